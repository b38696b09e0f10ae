"""The processes of one cluster, told by the name that each carries in its command line.

A pid alone proves nothing: after a crash it belongs to any program. The name is made of device and inode of the data
folder, so a renamed folder keeps it and a copied folder has another. Command lines can be read without privileges,
also in containers, where /proc/<pid>/cwd of another user cannot.
"""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.01


def cluster_name(data: Path) -> str:
    """`tributary-<device>-<inode>`, hexadecimal: what `ps` shows of every process of the cluster."""
    place = data.stat()
    return f"tributary-{place.st_dev:x}-{place.st_ino:x}"


def processes_of(name: str) -> list[int]:
    """Pids of postmaster and children that live; a zombie has no command line and is not among them."""
    return [pid for pid, line in _command_lines() if _belongs(line, name)]


def kill_all(name: str) -> None:
    """Kill whatever lives of the cluster, as a crash would."""
    for pid in processes_of(name):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_until_gone(name: str, seconds: float) -> bool:
    """Whether the last process of the cluster ended within that time."""
    deadline = time.monotonic() + seconds
    seen: set[int] = set()
    while living := processes_of(name):
        if time.monotonic() > deadline:
            return False
        seen.update(living)
        time.sleep(POLL_SECONDS)
    _reap(seen)
    return True


def _reap(pids: set[int]) -> None:
    """In a container we may be process 1, to whom orphans fall: collect them, or they stay as zombies."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _belongs(line: str, name: str) -> bool:
    return bool(re.search(rf"^postgres: {name}:? |\s--cluster_name={name}(\s|$)", line))


def _command_lines() -> list[tuple[int, str]]:
    if not Path("/proc/self/cmdline").exists():
        return _command_lines_by_ps()
    return [(int(entry.name), _command_line(entry)) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _command_line(process: Path) -> str:
    with suppress(OSError):
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _command_lines_by_ps() -> list[tuple[int, str]]:
    listing = subprocess.run(["/bin/ps", "-axwwo", "pid=,command="], capture_output=True, text=True, check=True)
    pairs = (line.split(maxsplit=1) for line in listing.stdout.splitlines())
    return [(int(pair[0]), pair[1]) for pair in pairs if len(pair) > 1]
