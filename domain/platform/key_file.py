"""The key ring of an installation: given in TRIBUTARY_KEYS, or a file beside the embedded database, made once."""

import os
import tempfile
from pathlib import Path

from domain.platform.embedded.errors import refusing_folder
from domain.platform.encryption import KeyRing, KeyRingInvalid, new_key_text
from domain.platform.settings import KeysRequired, Settings

KEY_FILE = "keys"


def key_ring(settings: Settings) -> KeyRing:
    """The ring that opens this installation's fields. Raises KeysRequired, KeyRingInvalid, FolderNotWritable."""
    if settings.keys is not None:
        return KeyRing.from_text(settings.keys)
    if not settings.embedded:
        raise KeysRequired
    return KeyRing.from_text(_kept(settings.data_folder / KEY_FILE))


def _kept(path: Path) -> str:
    with refusing_folder(path.parent):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _make(path)
        try:
            return path.read_text(encoding="ascii")
        except UnicodeDecodeError:
            raise KeyRingInvalid(problem_en="the key file is damaged", problem_zh="密钥文件已损坏") from None


def _make(path: Path) -> None:
    # Written and synced under another name, then linked: the file appears whole or not at all, a second process that
    # starts at the same moment takes the first one's keys, and no ring is ever replaced by another.
    handle, draft = tempfile.mkstemp(prefix=".keys-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new_key_text("k1"))
            file.flush()
            os.fsync(file.fileno())
        _link(draft, path)
    finally:
        Path(draft).unlink()


def _link(draft: str, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
