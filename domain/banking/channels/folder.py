"""Files in a folder that somebody else reads and writes too: taken whole, left whole, never half."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".writing", ".crdownload")
_PLAIN_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")


def is_plain(name: str) -> bool:
    """Whether a name can be a file's on any system, and stays inside its folder."""
    return _PLAIN_NAME.fullmatch(name) is not None


def write_whole(path: Path, content: bytes) -> None:
    """The file with all its content under its name, or not at all, even when the machine stops meanwhile."""
    unfinished = path.with_name(f".{path.name}.tmp")
    with unfinished.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
    _keep_names(path.parent)


def move_whole(path: Path, target: Path) -> None:
    """The file under another name, on the same file system."""
    path.replace(target)
    _keep_names(target.parent)


def _keep_names(folder: Path) -> None:
    """Names are on disk only when their folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def finished_files(folder: Path) -> list[Path]:
    """The files of a folder by name, without those whose writer says by the name that they are not finished."""
    found = (path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())
    return sorted(path for path in found if path.suffix.lower() not in _UNFINISHED)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder to ourselves among all workers of this machine, until the block ends or the process dies."""
    with (folder / ".lock").open("ab") as lock:
        flock(lock, LOCK_EX)
        yield
