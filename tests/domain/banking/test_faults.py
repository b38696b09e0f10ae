"""Banking against a bank that keeps its own books and has bad luck: whatever goes wrong, both agree to the cent.

Replies get lost, workers die while sending, answers come twice, in part, shuffled and again from the beginning, debits
come back late. In the end our cash is the bank's balance, no hold is left, nothing is in transit, nobody paid twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import pytest

from app.bank_simulator.faults import MANY_FAULTS
from app.bank_simulator.server import running_bank
from domain.banking import answers, checks, entries, inbox, instructions, statements
from domain.banking.answers import Outcome
from domain.banking.cash import cash_at_bank, in_transit
from domain.banking.channels.http import HttpChannel
from domain.banking.channels.port import Answer, Reply
from domain.banking.instructions import NewInstruction
from domain.banking.preparation import prepare_messages
from domain.banking.profiles import BankProfile
from domain.banking.rules import may_be_retried
from domain.banking.states import Direction, Purpose, Verdict
from domain.banking.submission import submit_message, unsent_messages
from domain.ledger import service as ledger
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key, uuid7
from domain.values.money import Money

from .conftest import BY, Group, make_group

FIRST_DAY = date(2026, 3, 2)
DAYS = 8
OPENING = "500.00"


class Killed(BaseException):
    """A worker that dies where it stands."""


@dataclass
class UnluckyChannel:
    """The way to the bank, on which workers die and answers are shuffled."""

    channel: HttpChannel
    luck: Random
    name: str = "http"

    def submit(self, message_id: str, content: bytes) -> Reply:
        if self.luck.random() < 0.1:
            raise Killed
        reply = self.channel.submit(message_id, content)
        if self.luck.random() < 0.2:
            raise Killed
        return reply

    def inquire(self, message_id: str) -> Reply | None:
        return self.channel.inquire(message_id)

    def answers(self, after: str) -> list[Answer]:
        page = self.channel.answers(after)
        contents = [answer.content for answer in page]
        self.luck.shuffle(contents)
        return [Answer(answer.cursor, content) for answer, content in zip(page, contents, strict=True)]

    def statements(self, on: date) -> Iterator[BinaryIO]:
        return self.channel.statements(on)


@dataclass
class Treasury:
    """A tenant that collects and pays for some days, as runs and jobs will."""

    database: Database
    tenant_id: int
    group: Group
    keys: KeyRing
    channel: UnluckyChannel
    luck: Random
    today: date = FIRST_DAY
    retries: list[NewInstruction] = field(default_factory=list)

    @property
    def clock(self) -> FixedClock:
        return FixedClock(datetime(self.today.year, self.today.month, self.today.day, 1, tzinfo=UTC))

    @contextmanager
    def session(self) -> Iterator[TenantSession]:
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            yield session

    def live_a_day(self) -> None:
        self.order()
        self.send()
        self.bank("day", {"on": self.today.isoformat()})
        self.record()

    def bank(self, call: str, body: dict[str, Any]) -> None:
        self.channel.channel._client.post(f"/simulator/{call}", json=body).raise_for_status()

    def order(self) -> None:
        new = [self.some_order(number) for number in range(self.luck.randint(0, 5))] + self.retries
        self.retries = []
        with self.session() as session:
            run_id = uuid7()
            instructions.create_instructions(session, new, clock=self.clock)
            instructions.gather_waiting(session, run_id=run_id, purposes=list(Purpose), on=self.today)
            instructions.lock_run(session, run_id, actor=BY, clock=self.clock)
            profile = BankProfile(max_items=2)
            prepare_messages(session, run_id, keys=self.keys, clock=self.clock, profile=profile)
            instructions.leave_run(session, run_id, actor=BY, clock=self.clock)

    def some_order(self, number: int) -> NewInstruction:
        is_debit = self.luck.random() < 0.6
        return NewInstruction(
            direction=Direction.DEBIT if is_debit else Direction.CREDIT,
            purpose=Purpose.RECEIVABLE_COLLECTION if is_debit else Purpose.PAYOUT,
            obligation_key=f"{self.today}-{number}",
            amount=Money.from_minor(self.luck.randint(1, 20_000), "CNY"),
            own_account_id=self.group.own,
            counter_account_id=self.luck.choice(list(self.group.others)),
            subject_id=uuid7(),
            due_on=self.today,
            remittance=f"{self.today}-{number}",
            mandate_id=uuid7() if is_debit else None,
        )

    def send(self) -> None:
        with self.session() as session:
            open_messages = unsent_messages(session)
        for message_id in open_messages:
            with suppress(Killed):
                submit_message(
                    self.database, self.channel, self.tenant_id, message_id, keys=self.keys, clock=self.clock
                )

    def record(self) -> None:
        inbox.fetch_answers(self.database, self.channel, self.tenant_id, keys=self.keys, clock=self.clock)
        while self.record_some():
            pass

    def record_some(self) -> bool:
        with self.session() as session:
            told = answers.apply_answers(session, keys=self.keys, clock=self.clock, limit=self.luck.randint(1, 3))
            self.book(session, told)
            self.retries += [
                self.retry(outcome)
                for outcome in told
                if outcome.result is not Verdict.SETTLED and may_be_retried(outcome.reason) and outcome.attempt < 3
            ]
        with self.session() as session:
            assert checks.check_transit(session) == []
            assert checks.check_holds(session) == []
            return answers.stored_answers(session) > 0

    def book(self, session: TenantSession, told: Sequence[Outcome]) -> None:
        """What the owners of the purposes do: clear in transit."""
        legs = [self.leg(outcome) for outcome in told if outcome.result is not Verdict.REJECTED]
        if legs:
            posting = Posting(f"owner:{uuid4()}", "test.booked", "test", self.today, tuple(legs))
            ledger.post(session, posting, actor=BY, clock=self.clock)

    def leg(self, outcome: Outcome) -> Leg:
        transit, income = in_transit(self.group.own, "CNY"), AccountRef(AccountKind.TAKINGS, "CNY", self.group.own)
        came_in = (outcome.direction is Direction.DEBIT) == (outcome.result is Verdict.SETTLED)
        return Leg(transit, income, outcome.amount) if came_in else Leg(income, transit, outcome.amount)

    def retry(self, outcome: Outcome) -> NewInstruction:
        return NewInstruction(
            direction=outcome.direction,
            purpose=outcome.purpose,
            obligation_key=outcome.obligation_key,
            amount=outcome.amount,
            own_account_id=outcome.own_account_id,
            counter_account_id=outcome.counter_account_id,
            subject_id=outcome.subject_id,
            due_on=self.today,
            remittance=outcome.obligation_key,
            mandate_id=outcome.mandate_id,
            attempt=outcome.attempt + 1,
        )

    def come_to_rest(self) -> None:
        """Days without orders, until every message has gone and every return come."""
        self.retries = []
        for _ in range(10):
            self.today += timedelta(days=1)
            self.send()
            self.bank("day", {"on": self.today.isoformat()})
            self.record()

    def bank_balance(self) -> Money:
        listed = self.channel.channel._client.get("/simulator/balances").json()["balances"]
        [own] = [line for line in listed if line["account"] == self.group.numbers[self.group.own]]
        return Money.of(own["balance"], "CNY")

    def debits(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.channel.channel._client.get(
            "/simulator/debits", params={"by": "remittance"}
        ).json()["debits"]
        return found


def open_accounts(treasury: Treasury) -> None:
    numbers = treasury.group.numbers
    own = {"number": numbers[treasury.group.own], "name": "HQ", "currency": "CNY", "opening_balance": OPENING}
    others = [
        {"number": numbers[other], "name": "D", "currency": "CNY", "opening_balance": amount}
        for other, amount in zip(treasury.group.others, ("1000.00", "150.00", "0.00"), strict=True)
    ]
    treasury.bank("accounts", {"accounts": [own | {"customer": True}, *others]})
    treasury.bank("day", {"on": FIRST_DAY.isoformat()})
    with treasury.session() as session:
        capital = AccountRef(AccountKind.FUNDING_CAPITAL, "CNY", treasury.group.own)
        leg = Leg(cash_at_bank(treasury.group.own, "CNY"), capital, Money.of(OPENING, "CNY"))
        posting = Posting("opening", "test.opened", "test", FIRST_DAY, (leg,))
        ledger.post(session, posting, actor=BY, clock=treasury.clock)


@contextmanager
def treasury_at_an_unlucky_bank(database: Database, keys: KeyRing, seed: int) -> Iterator[Treasury]:
    # References decide which faults strike, so the tenant follows from the seed too: a failure can be run again.
    tenant_id, luck = tenant_key(f"faults-{seed}"), Random(seed)  # noqa: S311 - bad luck is no secret
    clock = FixedClock(datetime(2026, 2, 1, 1, tzinfo=UTC))
    with database.session(Role.WORKER, tenant_id) as session:
        group = make_group(session, clock, keys)
    with running_bank(seed=seed, faults=MANY_FAULTS) as url, HttpChannel(url) as channel:
        treasury = Treasury(database, tenant_id, group, keys, UnluckyChannel(channel, luck), luck)
        open_accounts(treasury)
        yield treasury


@pytest.mark.parametrize("seed", range(1, 5))
def test_whatever_goes_wrong_our_cash_is_the_banks_balance_and_nobody_paid_twice(
    database: Database, keys: KeyRing, seed: int
) -> None:
    with treasury_at_an_unlucky_bank(database, keys, seed) as treasury:
        for _ in range(DAYS):
            treasury.live_a_day()
            treasury.today += timedelta(days=1)
        treasury.come_to_rest()
        agree(treasury)


def agree(treasury: Treasury) -> None:
    own = treasury.group.own
    with treasury.session() as session:
        cash = balance(session, cash_at_bank(own, "CNY"))
        assert (cash.pending_in.amount, cash.pending_out.amount) == (Decimal(0), Decimal(0))
        assert cash.posted == treasury.bank_balance()
        assert unsent_messages(session) == []
        assert checks.obligations_held_twice(session) == []
        assert all(line["settled"] - line["returned"] <= 1 for line in treasury.debits())
        prove_by_statements(treasury, session, own, cash.posted)


def prove_by_statements(treasury: Treasury, session: TenantSession, own: UUID, cash: Money) -> None:
    """Every entry of every statement is one of our instructions, and the last closing is our cash."""
    day = FIRST_DAY
    while day <= treasury.today:
        for content in treasury.channel.statements(day):
            brought = statements.import_statements(session, content, keys=treasury.keys, clock=treasury.clock)
            assert entries.match_by_reference(session) == brought.entries_new
        day += timedelta(days=1)
    closing = statements.last_closing(session, own, treasury.today)
    assert closing is not None
    assert closing.amount == cash
