"""The files of a cluster: made once, in one piece, and checked at every start."""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from domain.platform.embedded.account import Account
from domain.platform.embedded.binaries import major_version, programs_for
from domain.platform.embedded.errors import OtherMajorVersion, did_not_start
from domain.platform.embedded.home import DATABASE, SUPERUSER, Home
from domain.platform.embedded.settings import settings_file

DRAFT = "pgdata.new-"
INCLUDE = "\ninclude_if_exists = 'tributary.conf'\n"
INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    "--no-sync",
)
SYNC_ONLY = ("--sync-only", "--sync-method=syncfs" if sys.platform == "linux" else "--sync-method=fsync")


def ensure_cluster(home: Home, account: Account) -> None:
    """Make `pgdata` if it is not there. Raises OtherMajorVersion, ServerDidNotStart, DiskFull, OSError."""
    if not home.data.exists():
        _make(home, account)
    found = (home.data / "PG_VERSION").read_text().strip()
    if found != major_version():
        raise OtherMajorVersion(folder=home.folder, found=found, needed=major_version())


def write_settings(home: Home, account: Account) -> None:
    """Write our settings beside the cluster's own. Raises OSError."""
    path = home.data / "tributary.conf"
    path.write_text(settings_file())
    account.give(path)


def _make(home: Home, account: Account) -> None:
    # Renamed when complete: whoever finds `pgdata` finds a whole cluster with its database.
    for abandoned in home.folder.glob(f"{DRAFT}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    # A new name each time: initdb outlives a starter that was killed, and still writes to its own draft.
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=home.folder))
    account.give(draft)
    with account.view(draft) as (path, descriptors):
        initdb = (programs_for(account) / "initdb", "-D", path)
        _run(home, account, (*initdb, *INITDB_OPTIONS), descriptors)
        with (draft / "postgresql.conf").open("a") as conf:
            conf.write(INCLUDE)
        _create_database(home, account, path, descriptors)
        # One flush of everything instead of one per file: a power cut afterwards finds the cluster on the disk.
        _run(home, account, (*initdb, *SYNC_ONLY), descriptors)
    draft.rename(home.data)
    _flush_names(home.folder)


def _create_database(home: Home, account: Account, path: str, descriptors: Sequence[int]) -> None:
    single = (programs_for(account) / "postgres", "--single", "-D", path, "-cfsync=off", "postgres")
    _run(home, account, single, descriptors, words=f"CREATE DATABASE {DATABASE}\n")


def _flush_names(folder: Path) -> None:
    """Bring the folder's new names to the disk: a lost one would turn committed data back into a draft."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _run(
    home: Home, account: Account, command: Sequence[str | Path], descriptors: Sequence[int], words: str = ""
) -> None:
    done = account.run(command, descriptors=descriptors, words=words)
    if done.returncode != 0:
        raise did_not_start(home.folder, done.stdout)
