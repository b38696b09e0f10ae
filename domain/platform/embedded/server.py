"""The running server of a cluster: asked, started, stopped. Call only while holding the folder's lock."""

import os
import re
import signal
import time
from contextlib import suppress

from psycopg import pq

from domain.platform.embedded.account import Account
from domain.platform.embedded.binaries import programs_for
from domain.platform.embedded.cluster import write_settings
from domain.platform.embedded.endpoint import Endpoint
from domain.platform.embedded.errors import ServerUnreachable, did_not_start
from domain.platform.embedded.home import Home
from domain.platform.embedded.last_words import last_words
from domain.platform.embedded.processes import (
    POLL_SECONDS,
    cluster_name,
    kill_all,
    processes_of,
    wait_until_gone,
)

RECOVERY_SECONDS = 600  # max_wal_size is 4 GB: a slow disk needs minutes to replay it
SILENCE_SECONDS = 10  # from a postmaster's birth to its socket it takes milliseconds
PING_SECONDS = 5  # a stopped process accepts and never speaks
FAST_STOP_SECONDS = 60  # the last checkpoint writes at most shared_buffers
KILL_SECONDS = 10
# In the background of a shell that ends: the server belongs to no process of ours, so it leaves us no zombie.
IN_BACKGROUND = '"$@" </dev/null >&2 &'


def joined(home: Home, *, in_use: bool) -> Endpoint | None:
    """The endpoint of a server that answers, or None once no process of the cluster is left.

    Raises ServerUnreachable when a server runs, others use it (`in_use`), and we cannot reach it.
    """
    if not home.data.exists():
        return None
    endpoint = home.endpoint()
    postmaster = _living_postmaster(home)
    if endpoint and _answers(home, endpoint, SILENCE_SECONDS if postmaster else 0):
        return endpoint
    if postmaster and in_use:
        raise ServerUnreachable(folder=home.folder, pid=postmaster, socket=endpoint.host if endpoint else "-")
    _end_processes(home)
    return None


def launch(home: Home, account: Account) -> Endpoint:
    """Start the server and wait until it answers. Raises ServerDidNotStart, DiskFull, ServerNotRunnable, OSError."""
    write_settings(home, account)
    endpoint = home.fresh_endpoint(account)
    with account.view(home.data) as (path, descriptors), home.start_log.open("wb") as log:
        command = (
            *("sh", "-c", IN_BACKGROUND, "sh", programs_for(account) / "postgres", "-D", path),
            f"--cluster_name={cluster_name(home.data)}",
            f'--unix_socket_directories="{endpoint.host}"',
            f"--port={endpoint.port}",
        )
        account.run(command, errors=log, descriptors=descriptors, environment=_past_stale_pid(home))
    if not _answers(home, endpoint, RECOVERY_SECONDS):
        raise did_not_start(home.folder, last_words(home))
    return endpoint


def stop(home: Home) -> None:
    """Stop whatever lives of this cluster: politely, then by force; what was committed survives either."""
    _end_processes(home)
    home.forget_endpoint()


def _end_processes(home: Home) -> None:
    name = cluster_name(home.data)
    if postmaster := _living_postmaster(home):
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGINT)
        wait_until_gone(name, FAST_STOP_SECONDS)
    # Children without a postmaster would hold its shared memory, which keeps a new server from starting.
    kill_all(name)
    wait_until_gone(name, KILL_SECONDS)


def _answers(home: Home, endpoint: Endpoint, patience: float) -> bool:
    """Whether the server answers, waiting while it lives: the socket is asked, a pid proves nothing."""
    name = cluster_name(home.data)
    question = f"{endpoint.conninfo()} connect_timeout={PING_SECONDS}".encode()
    deadline = time.monotonic() + patience
    while (state := pq.PGconn.ping(question)) != pq.Ping.OK:
        if not processes_of(name) or time.monotonic() > deadline:
            return False
        if state == pq.Ping.REJECT:
            deadline = max(deadline, time.monotonic() + SILENCE_SECONDS)
        time.sleep(POLL_SECONDS)
    return True


def _living_postmaster(home: Home) -> int:
    """The pid in `postmaster.pid` while it is still a process of this cluster; else 0."""
    pid = _postmaster(home)
    return pid if pid in processes_of(cluster_name(home.data)) else 0


def _postmaster(home: Home) -> int:
    """The pid in `postmaster.pid`, whoever owns it now; 0 when the file is missing or cut short."""
    path = home.data / "postmaster.pid"
    found = re.match(r"-?(\d+)\n", path.read_text()) if path.exists() else None
    return int(found[1]) if found else 0


def _past_stale_pid(home: Home) -> dict[str, str]:
    """Let PostgreSQL overlook the pid of a dead server, which may be any program's by now.

    It overlooks the pid of its grandparent, a variable of pg_ctl's. The file stays: it also names the shared memory,
    and PostgreSQL refuses to start while an orphan of the dead server is still attached. A file cut short by a
    crash names nothing and would stop every start.
    """
    stale = _postmaster(home)
    if not stale:
        (home.data / "postmaster.pid").unlink(missing_ok=True)
    return {"PG_GRANDPARENT_PID": str(stale)} if stale else {}
