"""What it takes to pool the takings of 3,331 tills through three levels over 143 weeks: figures, not tests.

`python tests/benchmarks/tills.py [weeks]` reads ../shared/data/takings.csv.gz. The till file is imported, a simulated
bank is brought the cash of every day, its statements are imported and reconciled, and each Monday all that has come in
is swept from 45 stores to 9 regions and from these to headquarters, by the real services. A test with fewer tills lives
through the same story.
"""

import gzip
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from pathlib import Path
from time import perf_counter, process_time
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import text

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn, DepositIn
from domain.banking.channels.http import HttpChannel
from domain.banking.statements import import_statements
from domain.ledger.balances import trial_balance
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import BEIJING, FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.platform.migrate import migrate
from domain.pooling.accrual import accrue_pools
from domain.pooling.checks import check_pooling, intercompany_positions
from domain.pooling.deposits import expected_takings
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.service import evaluate_pool
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.takings import DAYS_IN_WEEK, TakingsReport, import_takings
from domain.pooling.till_file import TillRow, read_till_file
from domain.reconciliation import service as reconciliation
from domain.runs import service as runs
from domain.runs.states import RunKind
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money

FILE = Path(__file__).parents[3] / "shared" / "data" / "takings.csv.gz"
STORES_PER_REGION = 5  # the file knows no regions: stores 1 to 5 are the first
RATE = Decimal("0.0135")  # what a header pays for what it holds
YEAR_DAYS = 360
MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
ZERO = SweepTerms(SweepMethod.ZERO, "CNY", two_way=True)
WAVES = ("1000", "1100")  # stores to regions, regions to headquarters


@dataclass(frozen=True)
class TillWeeks:
    """A till file, whole or in part, and what a till's week has left in its store by each Monday."""

    content: bytes
    rows: Sequence[TillRow]

    @classmethod
    def read(cls, source: BinaryIO, wanted: Callable[[TillRow], bool] = lambda _: True) -> "TillWeeks":
        """The wanted rows as a file of their own."""
        rows = [row for row in read_till_file(source, "CNY") if isinstance(row, TillRow) and wanted(row)]
        lines = (
            f"{row.store},{row.till},{row.week_ends_on},{Money.from_minor(row.amount_minor, 'CNY').amount}\n"
            for row in rows
        )
        return cls(gzip.compress(("Store,Dept,Date,Weekly_Sales\n" + "".join(lines)).encode(), 1), rows)

    @property
    def total(self) -> Money:
        """All takings, less what returns exceeded sales by."""
        return Money.from_minor(sum(row.amount_minor for row in self.rows), "CNY")

    @property
    def negatives(self) -> list[TillRow]:
        """Weeks in which returns exceeded sales."""
        return [row for row in self.rows if row.amount_minor < 0]

    @property
    def stores(self) -> list[str]:
        """Codes of the stores, in their order."""
        return sorted({row.store for row in self.rows}, key=int)

    @property
    def mondays(self) -> list[date]:
        """The days of sweeps: the last one is behind the last week."""
        first, last = min(row.week_ends_on for row in self.rows), max(row.week_ends_on for row in self.rows)
        monday = first - timedelta(days=DAYS_IN_WEEK - 1) + timedelta(days=2)  # a week begins on Saturday
        return [monday + timedelta(weeks=week) for week in range((last - monday).days // DAYS_IN_WEEK + 2)]

    def interest(self, until: date) -> Money:
        """What every position bears up to and with a day: amount x rate x days / 360, rounded once for each leg.

        Reckoned here without the books: of each day's takings by when the Monday behind it has come.
        """
        bases: dict[str, int] = defaultdict(int)
        for row in self.rows:
            week, odd = divmod(row.amount_minor, DAYS_IN_WEEK)
            days = [week + (day < odd) for day in range(DAYS_IN_WEEK)]  # odd cents to the first days
            if row.amount_minor < 0:
                days = [0] * (DAYS_IN_WEEK - 1) + [row.amount_minor]
            for back, minor in zip(range(DAYS_IN_WEEK - 1, -1, -1), days, strict=True):
                taken_on = row.week_ends_on - timedelta(days=back)
                swept_on = taken_on + timedelta(days=DAYS_IN_WEEK - taken_on.weekday())
                for leg in (row.store, region_of(row.store)):
                    bases[leg] += minor * ((until - swept_on).days + 1)
        cents = [(base * RATE / YEAR_DAYS).quantize(Decimal(1), ROUND_HALF_UP) for base in bases.values()]
        return Money.from_minor(int(sum(cents)), "CNY")


def region_of(store: str) -> str:
    """The region a store belongs to."""
    return f"R{(int(store) - 1) // STORES_PER_REGION + 1}"


@dataclass
class Pooled:
    """What the story came to."""

    taken: TakingsReport
    sweeps: int = 0
    confirmed: int = 0
    disagreeing: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


@dataclass
class Story:
    """A chain of stores at a bank, from its till file to headquarters."""

    database: Database
    tenant_id: int
    weeks: TillWeeks
    keys: KeyRing = field(default_factory=KeyRing.generate)
    numbers: dict[UUID, str] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    pool_id: UUID = field(init=False)

    def clock(self, day: date) -> FixedClock:
        """Nine in the morning in Beijing."""
        return FixedClock(datetime.combine(day, time(1), UTC), BEIJING)

    @contextmanager
    def session(self) -> Iterator[TenantSession]:
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            yield session

    def found(self, day: date) -> TakingsReport:
        """Headquarters, regions, stores, an account each, the pool over them, and the till file in the books."""
        clock = self.clock(day)
        headquarters = NewParty(kind=PartyKind.HQ, name="HQ", code="HQ")
        regions = sorted({region_of(store) for store in self.weeks.stores})
        below = [
            NewParty(kind=PartyKind.BRANCH, name=code, code=code, parent_id=headquarters.id)
            for code in (*regions, *self.weeks.stores)
        ]
        parties = [headquarters, *below]
        accounts = [
            NewBankAccount(
                party_id=party.id,
                holder_name=party.name,
                bank_id="102100099996",
                number=f"4000{self.tenant_id % 10**9:09d}{place:04d}",
                currency="CNY",
                own=True,
            )
            for place, party in enumerate(parties)
        ]
        self.accounts = {party.code: account.id for party, account in zip(parties, accounts, strict=True)}
        self.numbers = {account.id: account.number for account in accounts}
        with self.session() as session:
            register_parties(session, parties, actor=MAKER, clock=clock)
            add_bank_accounts(session, accounts, self.keys, actor=MAKER, clock=clock)
            verify_bank_accounts(session, list(self.numbers), actor=CHECKER, clock=clock)
            self.pool_id = create_structure(
                session,
                name="Takings",
                header_account_id=self.accounts["HQ"],
                floor=Money.zero("CNY"),
                members=[
                    *(NewMember(account_id=self.accounts[region], terms=ZERO) for region in regions),
                    *(
                        NewMember(
                            account_id=self.accounts[store],
                            terms=ZERO,
                            parent_account_id=self.accounts[region_of(store)],
                        )
                        for store in self.weeks.stores
                    ),
                ],
                auto_approve=True,
                up_rate=RATE,
                down_rate=RATE,
                actor=MAKER,
                clock=clock,
            ).id
            return import_takings(
                session,
                source=BytesIO(self.weeks.content),
                file_name="takings.csv.gz",
                currency="CNY",
                actor=MAKER,
                clock=clock,
            )

    def live(
        self, bank: SimulatedBank, channel: HttpChannel, *, told: Callable[[str], None] = lambda _: None
    ) -> Pooled:
        """From the first week to the last Monday and the statement of that day."""
        mondays = self.weeks.mondays
        begun = mondays[0] - timedelta(days=DAYS_IN_WEEK)
        start = perf_counter()
        pooled = Pooled(self.found(begun))
        pooled.seconds["till file imported"] = perf_counter() - start
        bank.open_accounts(
            AccountIn(number=number, name="own", currency="CNY", customer=True) for number in self.numbers.values()
        )
        bank.set_day(begun)
        for monday in mondays:
            self._week(pooled, bank, channel, monday)
            told(f"{monday} {pooled.sweeps:,} sweeps {perf_counter() - start:7.1f} s")
        self._hear(pooled, bank, channel, mondays[-1] + timedelta(days=1), mondays[-1])
        return pooled

    def _week(self, pooled: Pooled, bank: SimulatedBank, channel: HttpChannel, monday: date) -> None:
        with self._timed(pooled, "cash carried to the bank"):
            self._carry(bank, monday - timedelta(days=DAYS_IN_WEEK), monday)
        self._hear(pooled, bank, channel, monday, monday - timedelta(days=DAYS_IN_WEEK))
        clock = self.clock(monday)
        with self._timed(pooled, "interest accrued"), self.session() as session:
            accrue_pools(session, monday - timedelta(days=1), clock=clock)
        with self._timed(pooled, "pool evaluated"), self.session() as session:
            proposal = evaluate_pool(
                session, structure_id=self.pool_id, business_date=monday, slot="weekly", actor=MAKER, clock=clock
            )
            pooled.sweeps += proposal.sweep_count
        for slot in WAVES:
            self._send(pooled, bank, channel, monday, slot)

    def _carry(self, bank: SimulatedBank, since: date, until: date) -> None:
        """The cash of each day in [since, until)."""
        with self.session() as session:
            takings = [
                taking
                for day in range((until - since).days)
                for taking in expected_takings(session, since + timedelta(days=day))
            ]
        bank.deposit(
            DepositIn(
                reference=taking.reference,
                account=self.numbers[taking.account_id],
                amount=str(taking.amount.amount),
                on=taking.taken_on,
                text=taking.reference,
            )
            for taking in takings
        )

    def _hear(self, pooled: Pooled, bank: SimulatedBank, channel: HttpChannel, today: date, since: date) -> None:
        """The statements of [since, today) imported and matched, and every account agreed with the bank."""
        with self._timed(pooled, "the bank's own work"):
            bank.set_day(today)
            documents = [
                source.read()
                for day in range((today - since).days)
                for source in channel.statements(since + timedelta(days=day))
            ]
        clock = self.clock(today)
        with self._timed(pooled, "statements imported"):
            for content in documents:
                with self.session() as session:
                    import_statements(session, BytesIO(content), keys=self.keys, clock=clock)
        with self._timed(pooled, "entries matched"), self.session() as session:
            pooled.confirmed += reconciliation.match_entries(session, clock=clock).matched
        with self._timed(pooled, "cash agreed, runs closed"), self.session() as session:
            agreed = reconciliation.agree_cash(session, on=today - timedelta(days=1), clock=clock)
            pooled.disagreeing += sum(not account.agrees for account in agreed)
            runs.close_runs(session, clock=clock)

    def _send(self, pooled: Pooled, bank: SimulatedBank, channel: HttpChannel, monday: date, slot: str) -> None:
        clock = self.clock(monday)
        with self._timed(pooled, "runs planned and sent"):
            with self.session() as session:
                run = runs.plan_run(session, kind=RunKind.SWEEP, business_date=monday, slot=slot, clock=clock)
            if run.item_count:
                runs.execute_run(self.database, channel, self.tenant_id, run.id, keys=self.keys, clock=clock)
        with self._timed(pooled, "the bank's own work"):
            bank.set_day(monday)
        with self._timed(pooled, "answers booked"):
            runs.record_answers(self.database, channel, self.tenant_id, keys=self.keys, clock=clock)

    @contextmanager
    def _timed(self, pooled: Pooled, what: str) -> Iterator[None]:
        start = perf_counter()
        yield
        pooled.seconds[what] += perf_counter() - start

    def prove(self, bank: SimulatedBank, pooled: Pooled) -> None:
        """Raise AssertionError unless every cent is where it belongs, in our books and in the bank's."""
        total = self.weeks.total
        balances = {each.account: each.balance for each in bank.balances().balances}
        ours = {code: balances[self.numbers[account]] for code, account in self.accounts.items()}
        assert Decimal(ours.pop("HQ")) == total.amount
        assert {Decimal(left) for left in ours.values()} == {Decimal(0)}
        assert bank.books().balanced
        assert pooled.taken.total == total
        assert pooled.disagreeing == 0
        with self.session() as session:
            owed = {branch: position.amount for branch, position in intercompany_positions(session, "CNY").items()}
            # What stores are owed by regions, and these by headquarters: the whole, on each of the two levels.
            assert sum(owed.values()) == 2 * total.amount
            assert check_pooling(session) == []
            lines = trial_balance(session)
            assert sum(line.debit.amount for line in lines) == sum(line.credit.amount for line in lines)
            assert self.corrections(session) == -sum(row.amount_minor for row in self.weeks.negatives)
            assert self.unbooked(session) == 0
        assert self.interest() == self.weeks.interest(self.weeks.mondays[-1] - timedelta(days=1))

    def interest(self) -> Money:
        """What the books have accrued."""
        return self._sum("SELECT sum(earned_minor) FROM pool_leg WHERE tenant_id = :tenant")

    def corrections(self, session: TenantSession) -> int:
        """What the bank booked out again for weeks in which returns exceeded sales."""
        booked = text("SELECT -sum(booked_minor) FROM taking WHERE tenant_id = :tenant AND amount_minor < 0")
        minor: int = session.execute(booked, {"tenant": session.tenant_id}).scalar_one()
        return minor

    def unbooked(self, session: TenantSession) -> int:
        """Takings that the bank booked with another amount, or not at all."""
        differing = text(
            "SELECT count(*) FROM taking WHERE tenant_id = :tenant AND booked_minor IS DISTINCT FROM amount_minor"
        )
        count: int = session.execute(differing, {"tenant": session.tenant_id}).scalar_one()
        return count

    def _sum(self, query: str) -> Money:
        with self.session() as session:
            minor = session.execute(text(query), {"tenant": session.tenant_id}).scalar_one()
        return Money.from_minor(int(minor or 0), "CNY")


def live_through(
    database: Database, tenant_id: int, weeks: TillWeeks, told: Callable[[str], None] = lambda _: None
) -> Pooled:
    """The whole story, proved."""
    story = Story(database, tenant_id, weeks)
    with running_bank() as url, SimulatedBank(url) as bank, HttpChannel(url) as channel:
        pooled = story.live(bank, channel, told=told)
        story.prove(bank, pooled)
    return pooled


def main(count: int) -> None:
    """All tills over the first `count` weeks."""

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    with FILE.open("rb") as source:
        weeks = TillWeeks.read(source)
    last = sorted({row.week_ends_on for row in weeks.rows})[:count][-1]
    if count < len({row.week_ends_on for row in weeks.rows}):
        with FILE.open("rb") as source:
            weeks = TillWeeks.read(source, lambda row: row.week_ends_on <= last)
    tills = len({(row.store, row.till) for row in weeks.rows})
    say(f"{tills:,} tills, {len(weeks.rows):,} weeks of theirs, {len(weeks.negatives):,} negative, {weeks.total}")
    start, worked = perf_counter(), process_time()
    with (
        tempfile.TemporaryDirectory(prefix="tributary-bench-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)) as endpoint,
    ):
        database = Database(endpoint.url())
        migrate(database)
        pooled = live_through(database, tenant_key("benchmark-tills"), weeks, say)
        database.close()
    for what, seconds in sorted(pooled.seconds.items(), key=lambda each: -each[1]):
        say(f"{what:<28}{seconds:8.1f} s")
    say(f"{pooled.sweeps:,} sweeps; all of {weeks.total} at headquarters, interest exact, books and bank balanced")
    say(f"{perf_counter() - start:.0f} s, {process_time() - worked:.0f} s of it our CPU and the bank's")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 143)
