"""A house with one own account that collects from debtors and pays payees, at a bank that keeps its own books.

What is due is a list here; the owner books what the bank says against takings. Everything else is the real thing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, String, Uuid, cast, column, literal, select, text
from sqlalchemy import values as rows_of

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.structs import AccountIn
from domain.banking import checks
from domain.banking.answers import Outcome
from domain.banking.cash import cash_at_bank, in_transit
from domain.banking.channels.port import BankChannel
from domain.banking.statements import import_statements
from domain.banking.states import Direction, Purpose, Verdict
from domain.banking.tables import Instruction
from domain.collection.mandates import NewMandate, grant_mandates
from domain.collection.queries import active_mandates
from domain.ledger import service as ledger
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import Clock, FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.reconciliation import service as reconciliation
from domain.runs import service as runs
from domain.runs.owners import Owners
from domain.runs.states import RunKind
from domain.runs.tables import Run
from domain.values.actor import Actor, ActorKind, system
from domain.values.money import Money

MONDAY = date(2026, 3, 2)
MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
BY = system("test")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass(frozen=True)
class Due:
    """An amount owed from a day on; `who` is the place of a debtor or payee."""

    key: str
    amount: Money
    who: int
    due_on: date
    direction: Direction = Direction.DEBIT
    subject_id: UUID = field(default_factory=uuid7)


@dataclass
class World:
    """The house on its day."""

    database: Database
    tenant_id: int
    keys: KeyRing
    today: date = MONDAY
    own: UUID = field(default_factory=uuid7)
    own_party: UUID = field(default_factory=uuid7)
    others: list[UUID] = field(default_factory=list)
    parties: list[UUID] = field(default_factory=list)
    numbers: dict[UUID, str] = field(default_factory=dict)
    mandates: list[UUID] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    booked: list[Outcome] = field(default_factory=list)

    @property
    def clock(self) -> FixedClock:
        return FixedClock(datetime.combine(self.today, time(1), UTC))

    @contextmanager
    def session(self) -> Iterator[TenantSession]:
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            yield session

    def furnish(self, debtors: int = 3) -> "World":
        """The own account of headquarters, and debtors with one account and one mandate each."""
        people = [NewParty(kind=PartyKind.HQ, name="总部", code="HQ")]
        people += [NewParty(kind=PartyKind.DEBTOR, name=f"客户 {n}", code=f"D{n}") for n in range(debtors)]
        accounts = [
            NewBankAccount(
                party_id=person.id,
                holder_name=person.name,
                bank_id="102100099996",
                number=f"4000{self.tenant_id % 10**9:09d}{place:05d}",
                currency="CNY",
                own=person.kind is PartyKind.HQ,
            )
            for place, person in enumerate(people)
        ]
        with self.session() as session:
            register_parties(session, people, actor=MAKER, clock=self.clock)
            add_bank_accounts(session, accounts, self.keys, actor=MAKER, clock=self.clock)
            verify_bank_accounts(session, [account.id for account in accounts], actor=CHECKER, clock=self.clock)
            new = [
                NewMandate(
                    reference=f"M{n}",
                    party_id=account.party_id,
                    account_id=account.id,
                    currency="CNY",
                    signed_on=MONDAY,
                )
                for n, account in enumerate(accounts[1:])
            ]
            self.mandates = grant_mandates(session, new, actor=MAKER, clock=self.clock)
            for kind in (RunKind.DEBIT, RunKind.RELEASE):
                runs.set_run_limit(session, kind=kind, limit=cny("1000000.00"), actor=CHECKER, clock=self.clock)
        self.own, self.own_party = accounts[0].id, people[0].id
        self.others = [account.id for account in accounts[1:]]
        self.parties = [person.id for person in people[1:]]
        self.numbers = {account.id: account.number for account in accounts}
        return self

    def open_at(self, bank: SimulatedBank, own: str = "0", others: str = "1000.00") -> None:
        """Accounts at the bank: ours with `own`, everybody else's with `others`."""
        ours = AccountIn(number=self.numbers[self.own], name="总部", currency="CNY", opening_balance=own, customer=True)
        theirs = [
            AccountIn(number=self.numbers[other], name=f"客户 {place}", currency="CNY", opening_balance=others)
            for place, other in enumerate(self.others)
        ]
        bank.open_accounts([ours, *theirs])
        bank.set_day(self.today)

    def fund(self, amount: str) -> None:
        """Cash at bank, as if it had always been there."""
        leg = Leg(cash_at_bank(self.own, "CNY"), AccountRef(AccountKind.FUNDING_CAPITAL, "CNY", uuid7()), cny(amount))
        with self.session() as session:
            posting = Posting(f"fund:{uuid7()}", "test.funded", "test", self.today, (leg,))
            ledger.post(session, posting, actor=BY, clock=self.clock)

    def owe(self, key: str, amount: str = "100.00", who: int = 0, **given: Any) -> Due:  # noqa: ANN401
        due = Due(key, cny(amount), who, given.pop("due_on", self.today), **given)
        self.dues.append(due)
        return due

    def pay_off(self, key: str) -> None:
        """The owner of the due says that nothing is owed any more."""
        self.dues = [due for due in self.dues if due.key != key]

    def reduce(self, key: str, amount: str) -> None:
        self.dues = [replace(due, amount=cny(amount)) if due.key == key else due for due in self.dues]

    @property
    def owners(self) -> Owners:
        purposes = {RunKind.DEBIT: [Purpose.RECEIVABLE_COLLECTION], RunKind.RELEASE: [Purpose.PAYOUT]}
        sources = {RunKind.DEBIT: [self._debits], RunKind.RELEASE: [self._payouts]}
        handlers = {Purpose.RECEIVABLE_COLLECTION: self._book, Purpose.PAYOUT: self._book}
        return Owners(sources, purposes, handlers, {})

    def _debits(self, session: TenantSession, on: date) -> Select[Any]:
        return self._due(session, on, Direction.DEBIT, Purpose.RECEIVABLE_COLLECTION)

    def _payouts(self, session: TenantSession, on: date) -> Select[Any]:
        return self._due(session, on, Direction.CREDIT, Purpose.PAYOUT)

    def _due(self, session: TenantSession, on: date, direction: Direction, purpose: Purpose) -> Select[Any]:
        """The standard columns over the list; a debtor without a mandate in force is not debited."""
        chosen = [due for due in self.dues if due.direction is direction and due.due_on <= on]
        listed = rows_of(
            column("key", String),
            column("minor"),
            column("party_id", Uuid),
            column("account_id", Uuid),
            column("subject_id", Uuid),
            name="listed",
        ).data(
            [(d.key, d.amount.minor, self.parties[d.who], self.others[d.who], d.subject_id) for d in chosen]
            or [("", 0, uuid7(), uuid7(), uuid7())]
        )
        mandates = active_mandates(session.tenant_id, on).subquery("mandates")
        found = select(
            literal(direction.value).label("direction"),
            literal(purpose.value).label("purpose"),
            listed.c.key.label("obligation_key"),
            listed.c.minor.label("amount_minor"),
            literal("CNY").label("currency"),
            literal(self.own, Uuid).label("own_account_id"),
            cast(listed.c.account_id, Uuid).label("counter_account_id"),
            mandates.c.mandate_id.label("mandate_id"),
            cast(listed.c.subject_id, Uuid).label("subject_id"),
            literal(on, Date).label("due_on"),
            listed.c.key.label("remittance"),
        ).where(listed.c.minor > 0)
        is_outer = direction is Direction.CREDIT
        return found.join_from(listed, mandates, mandates.c.party_id == cast(listed.c.party_id, Uuid), isouter=is_outer)

    def _book(self, session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
        self.booked += outcomes
        postings = [
            Posting(
                f"test:{outcome.instruction_id}:{outcome.result.value}",
                "test.booked",
                str(outcome.instruction_id),
                outcome.value_date,
                (self._leg(outcome),),
            )
            for outcome in outcomes
            if outcome.result is not Verdict.REJECTED
        ]
        ledger.post_all(session, postings, actor=BY, clock=clock)

    def _leg(self, outcome: Outcome) -> Leg:
        transit = in_transit(outcome.own_account_id, "CNY")
        counter = AccountRef(AccountKind.TAKINGS, "CNY", self.own_party)
        brings = (outcome.direction is Direction.DEBIT) is (outcome.result is Verdict.SETTLED)
        debit, credit = (transit, counter) if brings else (counter, transit)
        return Leg(debit, credit, outcome.amount, Mode.IMPOSED)

    def plan(self, kind: RunKind = RunKind.DEBIT, slot: str = "0800") -> Run:
        with self.session() as session:
            return runs.plan_run(
                session, kind=kind, business_date=self.today, slot=slot, clock=self.clock, owners=self.owners
            )

    def execute(self, run: Run, channel: BankChannel) -> runs.Execution:
        return runs.execute_run(
            self.database, channel, self.tenant_id, run.id, keys=self.keys, clock=self.clock, owners=self.owners
        )

    def resume(self, channel: BankChannel) -> list[runs.Execution]:
        """What a worker finds unfinished, executed again."""
        return runs.resume_runs(
            self.database, channel, self.tenant_id, keys=self.keys, clock=self.clock, owners=self.owners
        )

    def record(self, channel: BankChannel) -> runs.Recorded:
        return runs.record_answers(
            self.database, channel, self.tenant_id, keys=self.keys, clock=self.clock, owners=self.owners
        )

    def reconcile(self, channel: BankChannel) -> list[reconciliation.CashAgreement]:
        """The evening: statements in, entries matched, cash agreed, runs closed."""
        for content in channel.statements(self.today):
            with self.session() as session:
                import_statements(session, content, keys=self.keys, clock=self.clock)
        with self.session() as session:
            reconciliation.match_entries(session, clock=self.clock)
        with self.session() as session:
            agreed = reconciliation.agree_cash(session, on=self.today, clock=self.clock)
            runs.close_runs(session, clock=self.clock)
        return agreed

    def run(self, run: Run) -> Run:
        with self.session() as session:
            return runs.find_run(session, run.id)

    def cash(self) -> str:
        with self.session() as session:
            return str(balance(session, cash_at_bank(self.own, "CNY")).posted.amount)

    def transit(self) -> list[checks.InTransit]:
        with self.session() as session:
            return checks.check_transit(session)

    def items(self) -> list[Any]:
        """Every instruction, in order, as a plain row."""
        table = Instruction.__table__  # type: ignore[attr-defined]
        with self.session() as session:
            return list(
                session.execute(select(*table.c).where(table.c.tenant_id == self.tenant_id).order_by(table.c.id))
            )

    def states(self, key: str | None = None) -> list[str]:
        return [row.state.value for row in self.items() if key in {None, row.obligation_key}]

    def planned(self) -> list[tuple[str, int, date]]:
        """Attempts planned and not yet made: obligation, attempt, day."""
        statement = text(
            "SELECT obligation_key, attempt, due_on FROM planned_attempt"
            " WHERE tenant_id = :tenant AND taken_by IS NULL ORDER BY due_on, obligation_key"
        )
        with self.session() as session:
            return [tuple(row) for row in session.execute(statement, {"tenant": self.tenant_id})]
