"""Why the embedded database cannot be had, and what to do about it."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.values.errors import DomainError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
# A write cut short by a full disk carries no errno, only its length.
_NO_SPACE_IN_LOG = re.compile(r"No space left on device|Disk quota exceeded|wrote only \d+ of \d+ bytes")
LINES_QUOTED = 6


class FolderNotWritable(DomainError):
    """The folder cannot be made, entered or written by this process."""

    code = "database_folder_not_writable"
    status = 503
    en = "The database folder “{folder}” cannot be written ({reason}): choose another or correct its permissions."
    zh = "数据库目录“{folder}”无法写入（{reason}），请更换目录或修正其权限。"

    def __init__(self, *, folder: Path, reason: str) -> None:
        super().__init__(folder=str(folder), reason=reason)


class DiskFull(DomainError):
    """The file system of the folder has no room left."""

    code = "database_disk_full"
    status = 503
    en = "The disk that holds the database folder “{folder}” is full: free some space and start again."
    zh = "数据库目录“{folder}”所在的磁盘已满，请释放空间后重新启动。"

    def __init__(self, *, folder: Path) -> None:
        super().__init__(folder=str(folder))


class ServerDidNotStart(DomainError):
    """PostgreSQL ended before it answered, or never answered; `log` holds its last lines."""

    code = "database_did_not_start"
    status = 503
    en = "The database in “{folder}” did not start: correct what its last words name, then start again. {log}"
    zh = "“{folder}”中的数据库未能启动。请根据以下日志排除原因后重新启动。{log}"

    def __init__(self, *, folder: Path, log: str) -> None:
        super().__init__(folder=str(folder), log=log)


class ServerUnreachable(DomainError):
    """The server of this folder runs and others use it, but its socket cannot be reached from this process."""

    code = "database_unreachable"
    status = 503
    en = (
        "Process {pid} serves the database in “{folder}” for other programs but cannot be reached at “{socket}”: "
        "stop those programs, or run this one with the same view of that folder."
    )
    zh = (
        "进程 {pid} 正为其他程序提供“{folder}”中的数据库，但无法通过“{socket}”访问。"
        "请先停止那些程序，或让本程序能访问该目录。"
    )

    def __init__(self, *, folder: Path, pid: int, socket: str) -> None:
        super().__init__(folder=str(folder), pid=pid, socket=socket)


class OtherMajorVersion(DomainError):
    """The cluster was made by another major version; PostgreSQL cannot open it."""

    code = "database_of_other_version"
    status = 503
    en = (
        "The database in “{folder}” was made by PostgreSQL {found} and this program brings {needed}: "
        "dump it with version {found} and restore it into a new folder."
    )
    zh = "“{folder}”中的数据库由 PostgreSQL {found} 创建，而本程序自带 {needed}。请用 {found} 版本导出后恢复到新目录。"

    def __init__(self, *, folder: Path, found: str, needed: str) -> None:
        super().__init__(folder=str(folder), found=found, needed=needed)


class ServerNotRunnable(DomainError):
    """PostgreSQL's programs cannot be run: root found no account to run them as, or the files are closed to us."""

    code = "database_not_runnable"
    status = 503
    en = (
        "The PostgreSQL that comes with this program cannot run here ({reason}): start the program as an ordinary "
        "user who may execute its files, or set DATABASE_URL."
    )
    zh = (
        "本程序自带的 PostgreSQL 无法在此运行（{reason}）。"
        "请以有权执行其文件的普通用户启动本程序，或设置 DATABASE_URL。"
    )

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


@contextmanager
def refusing_folder(folder: Path) -> Iterator[None]:
    """Turn the operating system's errors on a folder into refusals. Raises DiskFull, FolderNotWritable."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise DiskFull(folder=folder) from error
        raise FolderNotWritable(folder=folder, reason=error.strerror or str(error)) from error


def did_not_start(folder: Path, log: str) -> DomainError:
    """The refusal that the last lines of a log call for."""
    last = "\n".join(log.splitlines()[-LINES_QUOTED:])
    return DiskFull(folder=folder) if _NO_SPACE_IN_LOG.search(last) else ServerDidNotStart(folder=folder, log=last)
