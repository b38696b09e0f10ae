"""The database is asked from threads, never from the event loop, and a request that goes away lets it finish."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CancelScope, to_thread

T = TypeVar("T")


async def off_loop(work: Callable[[], T]) -> T:
    """Run `work` in a thread; cancellation waits until it is done, so that no connection stays between two owners."""
    with CancelScope(shield=True):
        return await to_thread.run_sync(work)
    raise AssertionError("a shielded scope swallows nothing")
