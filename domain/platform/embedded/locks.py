"""Locks that the kernel drops when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the only holder's place on this file. Raises OSError when the file cannot be opened."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Lease:
    """One user's share in a server: a shared lock on a file common to all users.

    Take, drop and ask only while holding the folder's exclusive lock. A forked child keeps its parent's lease alive
    until both have dropped it, for the child uses the server too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Count as a user from now on. Raises OSError."""
        if self._descriptor is None:
            self._descriptor = _open(self._path)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def drop(self) -> None:
        """Count no longer. Closed, not unlocked: unlocking would take a forked child's share with it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_by_others(self) -> bool:
        """Whether any live process but this lease counts as a user; drop this lease before asking."""
        assert self._descriptor is None
        descriptor = _open(self._path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def _open(path: Path) -> int:
    # 0600: whoever may read the file could hold the lock against us.
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
