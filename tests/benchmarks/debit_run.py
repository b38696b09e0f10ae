"""What a run of entrusted debits costs, from what is due to its certificate: figures, not tests.

`python tests/benchmarks/debit_run.py [items]` measures N and 2N items, each by one worker and by two, on clusters of
its own. Dues are put there by SQL, and the bank is a folder: it answers every pain.008 it was given by a pain.002 about
the very items in it, one in twenty refused. What the bank takes for that is not measured.
"""

import gc
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any, BinaryIO, Self
from uuid import UUID

from sqlalchemy import text

from app.cli.main import GARBAGE_THRESHOLD
from domain.banking.channels.port import Answer, Reply
from domain.banking.checks import blocks_miscounted, check_holds, check_transit, orphans
from domain.calendars.reading import bank_calendar
from domain.collection.check import check_collection
from domain.ledger import service as ledger
from domain.parties.accounts import NUMBER
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.embedded.processes import cluster_name, processes_of
from domain.platform.encryption import KeyRing, new_key_text
from domain.platform.ids import tenant_key, uuid7
from domain.platform.migrate import migrate
from domain.runs import service as runs
from domain.runs.states import RunKind
from domain.values.actor import system
from domain.values.money import Money

ITEMS = 100_000
GOAL_SECONDS_PER_ITEM = 20 / 1_000_000
ON = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CLOCK = FixedClock(AT)
TENANT = tenant_key("benchmark-debit-run")
BY = system("benchmark")
OWNERS_ROWS = 50_000  # rows of the world copied at once
_END_TO_END = re.compile(rb"<EndToEndId>([^<]+)</EndToEndId>")
_MESSAGE_ID = re.compile(rb"<MsgId>([^<]+)</MsgId>")


class FolderBank:
    """A bank that takes every file into a folder, and answers them when told to."""

    name = "folder"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def submit(self, message_id: str, content: bytes) -> Reply:
        target = self.folder / f"{message_id}.pain008"
        assert not target.exists(), "the bank was sent a file twice"
        target.write_bytes(content)
        return Reply(accepted=True, report=_report(message_id.encode(), b"ACTC", b""))

    def inquire(self, message_id: str) -> Reply | None:
        raise NotImplementedError(message_id)

    def answer(self) -> None:
        """Say what became of every item: one in twenty has no funds."""
        for place, path in enumerate(sorted(self.folder.glob("*.pain008")), start=1):
            content = path.read_bytes()
            message_id = _MESSAGE_ID.search(content)
            assert message_id is not None
            items = (
                _REFUSED % reference if number % 20 == 0 else _SETTLED % reference
                for number, reference in enumerate(_END_TO_END.findall(content))
            )
            block = b"<OrgnlPmtInfAndSts><OrgnlPmtInfId>%s</OrgnlPmtInfId>" % _block_id(content)
            report = _report(message_id[1], b"PART", block + b"".join(items) + b"</OrgnlPmtInfAndSts>")
            (self.folder / f"{place:06d}.pain002").write_bytes(report)
            path.unlink()

    def answers(self, after: str) -> list[Answer]:
        path = self.folder / f"{int(after or 0) + 1:06d}.pain002"
        return [Answer(str(int(after or 0) + 1), path.read_bytes())] if path.exists() else []

    def statements(self, on: date) -> Iterator[BinaryIO]:
        raise NotImplementedError(on)


_SETTLED = (
    b"<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>ACSC</TxSts>"
    b"<OrgnlTxRef><IntrBkSttlmDt>2026-03-02</IntrBkSttlmDt></OrgnlTxRef></TxInfAndSts>\n"
)
_REFUSED = (
    b"<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
    b"<StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf></TxInfAndSts>\n"
)


def _block_id(content: bytes) -> bytes:
    found = re.search(rb"<PmtInfId>([^<]+)</PmtInfId>", content)
    assert found is not None
    return found[1]


def _report(message_id: bytes, status: bytes, blocks: bytes) -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">'
        b"<CstmrPmtStsRpt><GrpHdr><MsgId>R%b</MsgId><CreDtTm>2026-03-02T01:00:00+00:00</CreDtTm></GrpHdr>"
        b"<OrgnlGrpInfAndSts><OrgnlMsgId>%b</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>"
        b"<GrpSts>%b</GrpSts></OrgnlGrpInfAndSts>%b</CstmrPmtStsRpt></Document>"
    ) % (message_id, message_id, status, blocks)


@dataclass
class World:
    """One client whose payers owe one amount each today, under a mandate each."""

    keys: KeyRing
    items: int

    def furnish(self, database: Database) -> None:
        with database.owner.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            with raw.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")  # what is put there is whole
                operator, client, own, firm = uuid7(), uuid7(), uuid7(), uuid7()
                people = [(uuid7(), uuid7(), uuid7(), uuid7(), uuid7()) for _ in range(self.items)]
                self._copy(cursor, "party", self._parties(operator, firm, people))
                self._copy(cursor, "bank_account", self._accounts(operator, own, people))
                self._copy(cursor, "collection_client", [self._client(operator, client, own, firm)])
                self._copy(cursor, "mandate", (self._mandate(each) for each in people))
                self._copy(cursor, "collection_plan", (self._plan(each, client) for each in people))
                self._copy(cursor, "collection_due", (self._due(each, client, n) for n, each in enumerate(people)))
                cursor.execute("SET session_replication_role = origin")
            raw.commit()
        with database.session(Role.WORKER, TENANT) as session:
            runs.set_run_limit(
                session, kind=RunKind.DEBIT, limit=Money.of("1000000000000", "CNY"), actor=BY, clock=CLOCK
            )
        with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE, FREEZE)"))
            connection.execute(text("CHECKPOINT"))

    def _copy(self, cursor: Any, table: str, rows: Any) -> None:  # noqa: ANN401
        rows = iter(rows)
        first = next(rows)
        with cursor.copy(f"COPY {table} (tenant_id, {', '.join(first)}) FROM STDIN") as copy:
            copy.write_row((TENANT, *first.values()))
            while page := list(islice(rows, OWNERS_ROWS)):
                for row in page:
                    copy.write_row((TENANT, *row.values()))

    def _parties(self, operator: UUID, firm: UUID, people: Sequence[tuple[UUID, ...]]) -> Iterator[dict[str, Any]]:
        named = [(operator, "hq"), (firm, "client")]
        for place, (party, kind) in enumerate([*named, *((person[0], "payer") for person in people)]):
            yield {
                "id": party,
                "created_at": AT,
                "kind": kind,
                "name": f"客户{place}",
                "name_key": f"ke hu {place}",
                "initials": "kh",
                "code": f"P{place}",
                "country": "CN",
                "city": "",
                "region": "",
                "is_small": False,
            }

    def _accounts(self, operator: UUID, own: UUID, people: Sequence[tuple[UUID, ...]]) -> Iterator[dict[str, Any]]:
        accounts = [(operator, own), *((person[0], person[1]) for person in people)]
        for place, (party, account) in enumerate(accounts):
            number = f"62220200{place:011d}"
            key_id, sealed = self.keys.encrypt(number, NUMBER.context(TENANT, account))
            yield {
                "id": account,
                "created_at": AT,
                "party_id": party,
                "holder_name": f"客户{place}",
                "bank_id": "102100099996",
                "number_encrypted": sealed,
                "key_id": key_id,
                "number_hash": sha256(number.encode()).digest(),
                "masked": f"6222…{number[-4:]}",
                "currency": "CNY",
                "own": place == 0,
                "state": "verified",
                "registered_by": "a",
                "verified_by": "b",
                "usable_from": ON,
            }

    def _client(self, operator: UUID, client: UUID, own: UUID, firm: UUID) -> dict[str, Any]:
        return {
            "id": client,
            "created_at": AT,
            "party_id": firm,
            "operator_id": operator,
            "own_account_id": own,
            "currency": "CNY",
            "purpose": "rent",
            "fee_minor": 50,
            "fee_bp": 10,
            "risk_limit_minor": 0,
            "notice_days": 1,
            "roll": "following",
            "dunning_days": [7],
            "state": "active",
            "made_by": "a",
        }

    def _mandate(self, person: tuple[UUID, ...]) -> dict[str, Any]:
        return {
            "id": person[2],
            "created_at": AT,
            "reference": person[2].hex,
            "party_id": person[0],
            "account_id": person[1],
            "currency": "CNY",
            "purpose": "rent",
            "signed_on": ON,
            "cycle": "term",
            "state": "active",
            "version": 1,
        }

    def _plan(self, person: tuple[UUID, ...], client: UUID) -> dict[str, Any]:
        return {
            "id": person[3],
            "created_at": AT,
            "client_id": client,
            "payer_id": person[0],
            "mandate_id": person[2],
            "reference": f"RENT {person[3].hex[-12:]}",
            "kind": "subscription",
            "currency": "CNY",
            "amount_minor": 10_000,
            "frequency": "monthly",
            "day": 2,
            "first_on": ON,
            "state": "active",
            "made_by": "a",
        }

    def _due(self, person: tuple[UUID, ...], client: UUID, number: int) -> dict[str, Any]:
        return {
            "id": person[4],
            "created_at": AT,
            "plan_id": person[3],
            "client_id": client,
            "payer_id": person[0],
            "mandate_id": person[2],
            "currency": "CNY",
            "amount_minor": 10_000 + number % 977,
            "due_on": ON,
            "rolled_due_on": ON,
            "round": 1,
            "state": "notified",
            "fee_minor": 0,
            "failure_reason": "",
            "dunning_level": 0,
            "ordinary": True,
        }


@dataclass(frozen=True)
class Seat:
    """What a worker process needs to begin."""

    url: str
    keys: str
    folder: Path

    def begin(self) -> tuple[Database, FolderBank, KeyRing]:
        return _opened(self.url), FolderBank(self.folder), KeyRing.from_text(self.keys)


@cache
def _opened(url: str) -> Database:
    """Kept for as long as the process lives, as workers do; what its connections use is counted while they live."""
    gc.freeze()  # as every worker does
    gc.set_threshold(GARBAGE_THRESHOLD)
    return Database(url)


def begin(seat: Seat) -> None:
    """Bring a worker to where it is on any day but its first: connected, with the holidays read."""
    database, _, _ = seat.begin()
    with database.session(Role.WORKER, TENANT) as session:
        bank_calendar(session, ON)
    sleep(0.2)  # the other workers take one, too


def plan(seat: Seat) -> UUID:
    database, _, _ = seat.begin()
    with database.session(Role.WORKER, TENANT) as session:
        run = runs.plan_run(session, kind=RunKind.DEBIT, business_date=ON, slot="0800", clock=CLOCK)
        return run.id


def execute(seat: Seat, run_id: UUID) -> None:
    database, bank, keys = seat.begin()
    # A second worker may be sending what is left when this one finds nothing.
    runs.execute_run(database, bank, TENANT, run_id, keys=keys, clock=CLOCK)


def record(seat: Seat) -> runs.Recorded:
    database, bank, keys = seat.begin()
    return runs.record_answers(database, bank, TENANT, keys=keys, clock=CLOCK)


def close(seat: Seat) -> int:
    database, _, _ = seat.begin()
    with database.session(Role.WORKER, TENANT) as session:
        return runs.close_runs(session, clock=CLOCK)


# What the bank states in the evening, matched: how statements are read is measured by another program.
_STATED = text("""
    INSERT INTO statement_entry (tenant_id, id, statement_id, account_id, identity, amount_minor, currency, direction,
                                 booked_on, value_date, end_to_end_id, remittance, state, instruction_id)
    SELECT tenant_id, id, :statement, own_account_id, id::text, amount_minor, currency, 'credit',
           :on, :on, '', '', 'matched', id
    FROM instruction WHERE tenant_id = :tenant AND state = 'settled'
""")


def state_everything(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(_STATED, {"tenant": TENANT, "statement": uuid7(), "on": ON})
    with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


class Watch:
    """What the processes use while it looks: memory of their own from /proc, and seconds of processor time."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.workers: dict[int, int] = {}
        self.servers: dict[int, int] = {}
        self.together = 0
        self._done = Event()

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            ours = {pid: _anonymous(pid) for pid in _children(os.getpid())}
            self.together = max(self.together, sum(ours.values()))
            servers = {pid: _anonymous(pid) for pid in processes_of(self.cluster)}
            for peaks, now in ((self.workers, ours), (self.servers, servers)):
                peaks |= {pid: max(used, peaks.get(pid, 0)) for pid, used in now.items()}

    def seconds(self) -> float:
        """Processor time so far of our workers, of the server, and of their children that have ended."""
        return sum(_seconds(pid) for pid in (*_children(os.getpid()), *processes_of(self.cluster)))

    def __str__(self) -> str:
        workers = ", ".join(str(used // 1024) for used in self.workers.values())
        largest = max(self.servers.values(), default=0) // 1024
        return f"ours together {self.together // 1024} MiB (each {workers}), largest of the server {largest} MiB"


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _anonymous(pid: int) -> int:
    """Its own memory in kB: what a server process shares with others is not."""
    try:
        found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _seconds(pid: int) -> float:
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    except OSError:
        return 0
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(name: str, items: int, stages: dict[str, float], watch: Watch) -> Iterator[None]:
    start, busy = perf_counter(), watch.seconds()
    yield
    stages[name] = seconds = perf_counter() - start
    busy = watch.seconds() - busy
    sys.stdout.write(f"  {name:<12}{seconds:8.2f} s {items / seconds:12,.0f}/s {busy:8.2f} s of processor time\n")
    sys.stdout.flush()


def run(items: int, workers: int) -> float:
    """One night, and whether the books agree afterwards; returns the seconds it took."""
    stages: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory(prefix="tributary-bench-") as name,
        EmbeddedPostgres(Path(name) / "pg") as endpoint,
    ):
        database, seat = Database(endpoint.url()), Seat(endpoint.url(), new_key_text("k1"), Path(name) / "bank")
        seat.folder.mkdir()
        migrate(database)
        World(KeyRing.from_text(seat.keys), items).furnish(database)
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        with pool, Watch(cluster_name(Path(name) / "pg" / "pgdata")) as watch:
            list(pool.map(begin, [seat] * workers * 4))  # before the clock
            sys.stdout.write(f"{items:,} items, {workers} worker(s)\n")
            with measured("plan", items, stages, watch):
                run_id = pool.submit(plan, seat).result()
            with measured("execute", items, stages, watch):
                _together(pool, workers, execute, seat, run_id)
            FolderBank(seat.folder).answer()
            with measured("record", items, stages, watch):
                recorded = _together(pool, workers, record, seat)
            state_everything(database)
            with measured("close", items, stages, watch):
                closed = pool.submit(close, seat).result()
        settled = sum(each.settled for each in recorded)
        rejected = sum(each.rejected for each in recorded)
        assert settled + rejected == items, f"{settled} settled, {rejected} rejected"
        assert closed == 1, "a run with all its answers closes"
        _prove(database, run_id)
        database.close()
    total = sum(stages.values())
    goal = GOAL_SECONDS_PER_ITEM * items
    sys.stdout.write(f"  {'all':<12}{total:8.2f} s, {total / goal:.2f} x the goal of {goal:.1f} s; {watch}\n")
    sys.stdout.flush()
    return total


def _together(pool: ProcessPoolExecutor, workers: int, work: Callable[..., Any], *given: Any) -> list[Any]:  # noqa: ANN401
    return [each.result() for each in [pool.submit(work, *given) for _ in range(workers)]]


def _prove(database: Database, run_id: UUID) -> None:
    with database.session(Role.WORKER, TENANT) as session:
        assert check_holds(session) == []
        assert check_transit(session) == []
        assert orphans(session) == []
        assert blocks_miscounted(session) == []
        assert check_collection(session) == []
        assert ledger.check(session) == []
        assert runs.verify_certificate(session, run_id) == []


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    if len(sys.argv) > 2:
        run(size, int(sys.argv[2]))
        sys.exit()
    took = {(items, workers): run(items, workers) for items in (size, 2 * size) for workers in (1, 2)}
    for workers in (1, 2):
        ratio = took[2 * size, workers] / took[size, workers]
        sys.stdout.write(f"twice the items by {workers} worker(s): {ratio:.2f} x the time\n")
    for items in (size, 2 * size):
        sys.stdout.write(f"{items:,} items by two workers: {took[items, 2] / took[items, 1]:.2f} x the time of one\n")
