"""What a million debits cost: figures and ratios, not tests.

`python tests/benchmarks/ledger.py [runs]` starts a cluster of its own, or uses the empty database TEST_DATABASE_URL
names. Figures are medians.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, MetaData, Select, Table, select, text

from domain.ledger import service as ledger
from domain.ledger.batch import Batch
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import SystemClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.ids import tenant_key
from domain.platform.migrate import migrate
from domain.values.actor import system
from domain.values.money import Money

MILLION = "a million strict debits, in chunks"
REPEATED = "the same key again"
CHECKED = "check a million"
VERIFIED = "verify a million"
SWEPT = "100,000 branches into a header, one posting"
SINGLY = "500 events, each committed"
IN_ONE_CALL = "5,000 events in one call"
GOALS = {REPEATED: "<= 0.005", CHECKED: "<= 2", SWEPT: "<= 1", MILLION: "<= 5 (goal), 9.1 (floor)"}

SINGLES = 500
TOGETHER = 5_000
REPEATS = 20
ROWS = 1_000_000
PAYERS = 100_000
HEADER = UUID(int=1)
ON = date(2026, 3, 2)
ACTOR = system("benchmark")
CLOCK = SystemClock()

# What a run's own rows look like: the dues of a night, in the order they were planned.
DUES = Table(
    "bench_due",
    MetaData(),
    *(Column(name, BigInteger) for name in ("tenant_id", "payer_id", "header_id", "amount", "reference")),
)


@dataclass
class Figures:
    """Seconds by what was measured."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.seconds.setdefault(name, []).append(perf_counter() - start)

    def median(self, name: str) -> float:
        return median(self.seconds[name])


@contextmanager
def opened() -> Iterator[Database]:
    url = os.environ.get("TEST_DATABASE_URL")
    if url:
        yield prepared(url)
        return
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder, EmbeddedPostgres(Path(folder)) as endpoint:
        database = prepared(endpoint.url())
        yield database
        database.close()


def prepared(url: str) -> Database:
    database = Database(url)
    migrate(database)
    with database.owner.begin() as connection:
        DUES.create(connection)
        connection.execute(text(f"GRANT SELECT ON bench_due TO {Role.WORKER}"))
    return database


def found_payers(database: Database, tenant_id: int) -> None:
    """A tenant with funded payers and a header, and a million dues."""
    wallets = [AccountRef(AccountKind.WALLET, "CNY", uuid4()) for _ in range(PAYERS)]
    header = AccountRef(AccountKind.WALLET, "CNY", HEADER)
    suspense = AccountRef(AccountKind.SUSPENSE, "CNY")
    with database.session(Role.WORKER, tenant_id) as session:
        accounts = ledger.open_accounts(session, [header, suspense, *wallets], clock=CLOCK)
        funding = [(accounts[suspense], accounts[wallet], 100_000_00, None) for wallet in wallets]
        ledger.post_rows(session, batch("funding", funding), actor=ACTOR, clock=CLOCK)
    with database.owner.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO bench_due SELECT :tenant, payer[1 + n % :payers], :header, 100 + n % 900, n
            FROM generate_series(1, :rows) AS n, (SELECT CAST(:accounts AS bigint[]) AS payer) AS payers"""),
            {
                "tenant": tenant_id,
                "payers": PAYERS,
                "header": accounts[header],
                "rows": ROWS,
                "accounts": [accounts[wallet] for wallet in wallets],
            },
        )
    with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def batch(key: str, rows: object) -> Batch:
    return Batch(key, f"bench.{key}", "benchmark", ON, "CNY", rows, strict=True)  # type: ignore[arg-type]


def dues(tenant_id: int) -> Select[tuple[int, int, int, int]]:
    columns = DUES.c
    wanted = select(columns.payer_id, columns.header_id, columns.amount, columns.reference)
    return wanted.where(columns.tenant_id == tenant_id)


def run(database: Database, figures: Figures) -> None:
    tenant_id = tenant_key(f"bench-{uuid4().hex}")
    found_payers(database, tenant_id)
    collect = batch("collect", dues(tenant_id))
    with figures.measured(MILLION):
        posted = ledger.post_in_chunks(database, tenant_id, collect, actor=ACTOR, clock=CLOCK)
    assert posted.accepted == ROWS, posted
    for _ in range(REPEATS):
        with figures.measured(REPEATED):
            assert ledger.post_in_chunks(database, tenant_id, collect, actor=ACTOR, clock=CLOCK).repeated
    with database.session(Role.WORKER, tenant_id) as session:
        with figures.measured(CHECKED):
            assert ledger.check(session) == []
        with figures.measured(VERIFIED):
            assert ledger.verify(session) == []
        sweep = (
            dues(tenant_id)
            .where(DUES.c.reference <= PAYERS)
            .with_only_columns(
                DUES.c.payer_id, DUES.c.header_id, DUES.c.amount, (DUES.c.reference + ROWS).label("reference")
            )
        )
        with figures.measured(SWEPT):
            ledger.post_rows(session, batch("sweep", sweep), actor=ACTOR, clock=CLOCK)
            session.commit()
        post_singly(session, figures)


def post_singly(session: TenantSession, figures: Figures) -> None:
    """Business events with two legs each, one by one with a commit after each, and many in one call."""
    suspense, header = AccountRef(AccountKind.SUSPENSE, "CNY"), AccountRef(AccountKind.WALLET, "CNY", HEADER)
    legs = (Leg(suspense, header, Money.of("1.00", "CNY")), Leg(header, suspense, Money.of("1.00", "CNY")))
    events = [Posting(f"event {n}", "bench.single", "benchmark", ON, legs) for n in range(SINGLES + TOGETHER)]
    with figures.measured(SINGLY):
        for event in events[:SINGLES]:
            ledger.post(session, event, actor=ACTOR, clock=CLOCK)
            session.commit()
    with figures.measured(IN_ONE_CALL):
        ledger.post_all(session, events[SINGLES:], actor=ACTOR, clock=CLOCK)
        session.commit()


def main() -> None:
    figures = Figures()
    with opened() as database:
        for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
            run(database, figures)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        f"{name:44} {figures.median(name):9.4f} s   {goal}  [{' '.join(f'{s:.3f}' for s in seconds[:5])}]"
        for name, seconds in figures.seconds.items()
        for goal in [GOALS.get(name, "")]
    ]
    rate = ROWS / figures.median(MILLION)
    lines += [
        f"debits a second {rate:,.0f}: {rate / 110_000:.2f} of the floor (110,000), {rate / 200_000:.2f} of the goal",
        f"events a second, each committed: {SINGLES / figures.median(SINGLY):,.0f}",
        f"events a second in one call: {TOGETHER / figures.median(IN_ONE_CALL):,.0f}",
        f"peak memory of this process {peak:.0f} MiB: {peak / 300:.2f} of the limit (300 MiB)",
    ]
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
