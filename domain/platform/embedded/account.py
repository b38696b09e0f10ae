"""Who the server runs as: ourselves, or an unprivileged account when we are root, which PostgreSQL refuses."""

import os
import pwd
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from domain.platform.embedded.errors import ServerNotRunnable

# First those whose owner may see a database anyway; `nobody` exists everywhere.
CANDIDATES = ("tributary", "postgres", "nobody")
# The caller's PGDATA, PGPORT, LC_ALL … must not steer the server.
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """User and group that own the data and the server; `borrowed` when they are not our own."""

    uid: int
    gid: int
    borrowed: bool

    def run(
        self,
        command: Sequence[str | Path],
        *,
        errors: IO[bytes] | int = subprocess.STDOUT,
        environment: Mapping[str, str] | None = None,
        descriptors: Sequence[int] = (),
        words: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, in a session of its own so that the terminal's Ctrl-C spares it.

        `words` go to its standard input, `errors` says where its standard error goes. Raises ServerNotRunnable when
        the system does not let us change to the account or execute the file.
        """
        try:
            return subprocess.run(  # noqa: S603 - the commands are ours, no text of a user is among them
                command,
                user=self.uid if self.borrowed else None,
                group=self.gid if self.borrowed else None,
                extra_groups=[] if self.borrowed else None,
                umask=0o077,
                env={**CLEAN_ENVIRONMENT, **(environment or {})},
                cwd="/",
                pass_fds=descriptors,
                start_new_session=True,
                input=words,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise ServerNotRunnable(reason=f"uid {self.uid}: {error.strerror}") from error

    def reaches(self, path: Path) -> bool:
        """Whether the account may execute the file or enter the folder, asked of the kernel and not of mode bits."""
        return not self.borrowed or self.run(["sh", "-c", 'test -x "$1"', "sh", path]).returncode == 0

    def give(self, path: Path) -> None:
        """Make the account owner of a file or folder."""
        if self.borrowed:
            os.chown(path, self.uid, self.gid)

    @contextmanager
    def view(self, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield (path, descriptors to hand down) by which the account enters a folder of its own.

        A folder below one that only root may enter, such as /root, is handed down as an open descriptor: the data
        stays where it was asked for, and nobody's permissions change.
        """
        if self.reaches(folder):
            yield str(folder), ()
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)


def server_account(data: Path) -> Account:
    """The owner of existing data, else ourselves, else the first candidate. Raises ServerNotRunnable."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), borrowed=False)
    if data.exists():
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid, borrowed=True)
    return _first_candidate()


def _first_candidate() -> Account:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in CANDIDATES:
        if name in known and known[name].pw_uid != 0:
            return Account(known[name].pw_uid, known[name].pw_gid, borrowed=True)
    raise ServerNotRunnable(reason=f"no account {', '.join(CANDIDATES)}")
