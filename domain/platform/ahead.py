"""Reading ahead: the next items are made while the database works on the one before."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def made_ahead(items: Iterable[Item], *, at_most: int) -> Iterator[Item]:
    """The same items in the same order, made by a thread of their own, at most so many more than were asked for.

    One more keeps busy who only waits for the database; who sends it what was made works by turns with the maker, and
    leaves it idle while the database works, unless there is a second. What making one raises is raised where it is
    asked for. The items must not touch the asker's session.
    """
    source, end = iter(items), object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as maker:
        coming = deque(maker.submit(next, source, end) for _ in range(at_most))
        try:
            while (item := coming.popleft().result()) is not end:
                coming.append(maker.submit(next, source, end))
                yield item  # type: ignore[misc] # all but the end are items
        finally:
            maker.shutdown(wait=False, cancel_futures=True)
