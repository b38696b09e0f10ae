"""A data folder in use: one process at a time keeps the sandbox's bank in it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.platform.embedded.errors import refusing_folder
from domain.values.errors import DomainError

BANK_FILE = "bank.sqlite"
BANK_NAME = "simulated-bank"  # one channel: what a demo has heard of this bank, the service goes on from


class FolderInUse(DomainError):
    """Another process keeps the sandbox's bank in this folder."""

    code = "data_folder_in_use"
    status = 503
    en = "Tributary already runs on {folder}. Stop it first, or name another folder in TRIBUTARY_DATA."
    zh = "Tributary 已在 {folder} 上运行。请先停止,或在 TRIBUTARY_DATA 中指定其他目录。"

    def __init__(self, *, folder: Path) -> None:
        super().__init__(folder=str(folder))


@contextmanager
def bank_store(folder: Path) -> Iterator[Path]:
    """The file of the sandbox's bank, ours alone while the block runs. Raises FolderInUse, FolderNotWritable."""
    with refusing_folder(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "bank.lock").open("w", encoding="ascii")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(folder=folder) from None
        yield folder / BANK_FILE


def forget_bank(store: Path) -> None:
    """Remove the bank's books: a new demo begins with an empty bank."""
    for leftover in store.parent.glob(f"{store.name}*"):
        leftover.unlink()
