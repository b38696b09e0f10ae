"""What lies in the folder of a cluster, and where its socket is."""

import stat
import tempfile
from pathlib import Path

from domain.platform.embedded.account import Account
from domain.platform.embedded.endpoint import Endpoint
from domain.platform.embedded.errors import ServerNotRunnable
from domain.platform.embedded.processes import cluster_name

SUPERUSER = "tributary"
DATABASE = "tributary"
PORT = 5432  # only the socket's name: there is no TCP port
SOCKET_PATH_LIMIT = 100  # bytes; the kernel's 107 less room for the lock file's longer name
PREFIX = "tributary-"
LONGEST_NAME = len(f"/{PREFIX}12345678/.s.PGSQL.{PORT}.lock")
README = """\
This folder is a PostgreSQL database kept by Tributary. The data is in pgdata, the server's log in pgdata/log.
To delete the database: stop Tributary, then delete this folder. While Tributary runs, change nothing here.

本目录是 Tributary 管理的 PostgreSQL 数据库。数据在 pgdata 中，服务器日志在 pgdata/log 中。
如需删除数据库：先停止 Tributary，再删除本目录。Tributary 运行期间请勿改动此处内容。
"""


class Home:
    """The folder of a cluster: locks, pointer to the socket's folder, last words of the last start, and `pgdata`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.data = self.folder / "pgdata"
        self.lock = self.folder / "lock"
        self.users = self.folder / "users"
        self.start_log = self.folder / "start.log"
        self._pointer = self.folder / "socket"

    def prepare(self) -> None:
        """Make the folder if it is not there. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        readme = self.folder / "README.txt"
        if not readme.exists():
            readme.write_text(README, encoding="utf-8")

    def endpoint(self) -> Endpoint | None:
        """Where the server listens if it runs; None when no folder for its socket is known or fit."""
        if not self._pointer.exists() or not self.data.exists():
            return None
        name, _, socket_folder = self._pointer.read_text(encoding="utf-8").partition(" ")
        # A copied folder brings the pointer of the original, whose server it must not join.
        if name != cluster_name(self.data) or not self._is_private(Path(socket_folder)):
            return None
        return Endpoint(host=socket_folder, port=PORT, user=SUPERUSER, dbname=DATABASE)

    def fresh_endpoint(self, account: Account) -> Endpoint:
        """An endpoint without a socket yet; known ones are kept: open engines find a restarted server there."""
        endpoint = self.endpoint() or self._new_endpoint(account)
        _remove_sockets(Path(endpoint.host))
        return endpoint

    def forget_endpoint(self) -> None:
        """Remove the socket folder of a stopped server."""
        if endpoint := self.endpoint():
            _remove_sockets(Path(endpoint.host))
            Path(endpoint.host).rmdir()
        self._pointer.unlink(missing_ok=True)

    def _new_endpoint(self, account: Account) -> Endpoint:
        socket_folder = _private_folder(account)
        try:
            self._pointer.write_text(f"{cluster_name(self.data)} {socket_folder}", encoding="utf-8")
        except OSError:
            # On a full disk nobody would ever find the folder again.
            socket_folder.rmdir()
            raise
        return Endpoint(host=str(socket_folder), port=PORT, user=SUPERUSER, dbname=DATABASE)

    def _is_private(self, socket_folder: Path) -> bool:
        """Whether it is still ours: the folder for temporary files is cleaned by some, and written by all."""
        try:
            found = socket_folder.lstat()
        except FileNotFoundError:
            return False
        # A pointer cut short by a crash may name a folder of others.
        if not (socket_folder.is_absolute() and socket_folder.name.startswith(PREFIX)):
            return False
        ours = found.st_uid == self.data.stat().st_uid
        return ours and stat.S_ISDIR(found.st_mode) and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _remove_sockets(socket_folder: Path) -> None:
    for leftover in socket_folder.glob(".s.PGSQL.*"):
        leftover.unlink()


def _private_folder(account: Account) -> Path:
    """A new 0700 folder, short enough for a socket however long the path of the data. Raises ServerNotRunnable."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - the folder made there is private
        short = len(place.encode()) + LONGEST_NAME <= SOCKET_PATH_LIMIT
        if short and Path(place).is_dir() and account.reaches(Path(place)):
            made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            account.give(made)
            return made
    raise ServerNotRunnable(reason=f"uid {account.uid} can enter no folder for temporary files")
