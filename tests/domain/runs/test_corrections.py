"""Over-debits at a real bank: the payer gets back exactly the excess, to the same account, once."""

from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Select, String, cast, column, select, text
from sqlalchemy import values as rows_of

from domain.access.errors import SamePerson
from domain.banking.checks import check_holds
from domain.banking.inbox import store_answer
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import AccountNumber, Statement, StatementEntry
from domain.banking.states import Purpose
from domain.banking.tables import Instruction
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.database import TenantSession
from domain.runs import service as runs
from domain.runs.corrections import proposals
from domain.runs.corrections.errors import CorrectionOutdated, CorrectionUnderWay, RefundTotalDiffers
from domain.runs.corrections.finding import find_over_debits
from domain.runs.corrections.following import book_refunds
from domain.runs.corrections.funds import RefundOwner, RefundOwners, set_aside
from domain.runs.corrections.queries import find_correction, find_instruction
from domain.runs.corrections.tables import Correction
from domain.runs.owners import Owners
from domain.runs.states import RunKind
from jobs import corrections as job
from jobs.context import JobContext, Occasion

from .conftest import Bank
from .world import CHECKER, MAKER, World, cny

WEDNESDAY, NEXT_MONDAY = date(2026, 3, 4), date(2026, 3, 9)


@dataclass
class Refunding(World):
    """The house, whose owner says what is due and from what account it would give back."""

    @property
    def refunds(self) -> RefundOwners:
        return {Purpose.RECEIVABLE_COLLECTION: RefundOwner(self._amounts_due, self._funds)}

    def _amounts_due(self, _session: TenantSession) -> Select[Any]:
        listed = rows_of(column("key", String), column("minor", BigInteger), name="owed")
        owed = listed.data([(due.key, due.amount.minor) for due in self.dues] or [("", 0)])
        return select(owed.c.key.label("obligation_key"), cast(owed.c.minor, BigInteger).label("amount_minor"))

    def _funds(self, _session: TenantSession, _instruction: Instruction) -> AccountRef:
        return AccountRef(AccountKind.TAKINGS, "CNY", self.own_party)

    @property
    def owners(self) -> Owners:
        base = super().owners
        handlers = dict(base.handlers)

        def book(session: TenantSession, outcomes: Any, *, clock: Any) -> None:  # noqa: ANN401
            book_refunds(session, outcomes, handlers=handlers, owners=self.refunds, clock=clock)

        handlers[Purpose.REFUND] = book
        purposes = {**base.purposes, RunKind.RELEASE: [Purpose.PAYOUT, Purpose.REFUND]}
        return replace(base, handlers=handlers, purposes=purposes, refunds=self.refunds)

    def collect(self, bank: Bank, key: str = "a", amount: str = "100.00") -> int:
        """A debit that settles today."""
        self.owe(key, amount)
        self.execute(self.plan(), bank.channel)
        bank.hand.set_day(self.today)
        self.record(bank.channel)
        return int(self.items()[-1].id)

    def look(self) -> int:
        with self.session() as session:
            return find_over_debits(session, self.refunds, clock=self.clock)

    def propose(self, instruction: int, amount: str, expected: str | None = None) -> UUID:
        with self.session() as session:
            return proposals.propose_correction(
                session,
                instruction,
                amount=cny(amount),
                expected_total=cny(expected or amount),
                reason="AM05",
                owners=self.refunds,
                actor=MAKER,
                clock=self.clock,
            ).id

    def approve(self, correction: UUID, by: Any = CHECKER) -> None:  # noqa: ANN401
        with self.session() as session:
            digest = find_correction(session, correction).digest
            proposals.approve_correction(
                session, correction, digest=digest, owners=self.refunds, actor=by, clock=self.clock
            )

    def send(self, bank: Bank) -> dict[str, Any]:
        context = JobContext(self.database, bank.channel, self.keys, self.tenant_id)
        return dict(job.run(context, Occasion(self.today, "0945", self.clock)))

    def pay(self, bank: Bank, on: date) -> None:
        """A day of payments."""
        self.today = on
        bank.hand.set_day(on)
        run = self.plan(RunKind.RELEASE, "1030")
        if run.item_count:
            self.execute(run, bank.channel)
        bank.hand.set_day(on)
        self.record(bank.channel)

    def correction(self, correction: UUID) -> Correction:
        with self.session() as session:
            return find_correction(session, correction)

    def kept(self) -> str:
        """What is put aside for the payer."""
        with self.session() as session:
            return str(balance(session, set_aside(self.parties[0], "CNY")).posted.amount)

    def takings(self) -> str:
        with self.session() as session:
            return str(balance(session, AccountRef(AccountKind.TAKINGS, "CNY", self.own_party)).posted.amount)

    def open_over_debits(self) -> int:
        statement = text("SELECT count(*) FROM over_debit WHERE tenant_id = :t AND resolved_at IS NULL")
        with self.session() as session:
            return int(session.execute(statement, {"t": self.tenant_id}).scalar_one())

    def is_sound(self) -> bool:
        with self.session() as session:
            return not check_holds(session) and not self.transit()


@pytest.fixture
def world(database: Any, tenant_id: int, keys: Any) -> Refunding:  # noqa: ANN401
    house = Refunding(database, tenant_id, keys)
    house.furnish()
    return house


def payer(world: World, bank: Bank) -> str:
    """What the payer has at its bank."""
    number = world.numbers[world.others[0]]
    return next(each.balance for each in bank.hand.balances().balances if each.account == number)


class TestFinding:
    def test_an_excess_is_found_once_and_frozen(self, world: Refunding, bank: Bank) -> None:
        world.collect(bank)
        world.reduce("a", "70.00")  # a credit note came after the debit
        assert world.look() == 1
        assert world.look() == 0
        assert (world.kept(), world.takings()) == ("30.00", "70.00")  # 100.00 − 70.00

    def test_what_is_due_is_no_excess(self, world: Refunding, bank: Bank) -> None:
        world.collect(bank)
        assert world.look() == 0


class TestInPart:
    def test_the_excess_goes_back_after_seven_days_to_the_same_account_once(self, world: Refunding, bank: Bank) -> None:
        debit = world.collect(bank)
        assert payer(world, bank) == "900.00"
        world.reduce("a", "70.00")
        world.look()
        refund = world.propose(debit, "30.00")
        world.approve(refund)
        world.pay(bank, WEDNESDAY)
        assert payer(world, bank) == "900.00"  # held: 2 March + 7 days = 9 March
        world.pay(bank, NEXT_MONDAY)
        assert payer(world, bank) == "930.00"
        world.pay(bank, date(2026, 3, 10))
        assert payer(world, bank) == "930.00"
        assert world.correction(refund).state.value == "done"
        assert (world.kept(), world.takings(), world.cash()) == ("0.00", "70.00", "70.00")
        assert world.open_over_debits() == 0
        assert world.look() == 0  # 100.00 − 30.00 refunded is what is due
        assert world.is_sound()

    def test_a_second_request_must_state_what_it_comes_to(self, world: Refunding, bank: Bank) -> None:
        debit = world.collect(bank)
        refund = world.propose(debit, "30.00")
        world.approve(refund)
        world.pay(bank, NEXT_MONDAY)
        with pytest.raises(RefundTotalDiffers):
            world.propose(debit, "30.00")  # the same once more, by mistake
        world.propose(debit, "20.00", expected="50.00")

    def test_a_return_of_the_debit_overtakes_a_refund_that_is_held(self, world: Refunding, bank: Bank) -> None:
        debit = world.collect(bank)
        world.reduce("a", "70.00")
        world.look()
        refund = world.propose(debit, "30.00")
        world.approve(refund)
        returned(world, debit)
        assert world.correction(refund).state.value == "overtaken"
        world.pay(bank, NEXT_MONDAY)
        assert payer(world, bank) == "900.00"  # what our books were told came back is not paid a second time
        assert (world.kept(), world.takings(), world.cash()) == ("0.00", "0.00", "0.00")
        assert world.is_sound()

    def test_what_is_returned_while_its_refund_is_on_its_way_is_owed_by_the_payer(
        self, world: Refunding, bank: Bank
    ) -> None:
        debit = world.collect(bank)
        world.reduce("a", "70.00")
        world.look()
        refund = world.propose(debit, "30.00")
        world.approve(refund)
        world.today = NEXT_MONDAY
        bank.hand.set_day(NEXT_MONDAY)
        world.execute(world.plan(RunKind.RELEASE, "1030"), bank.channel)
        returned(world, debit)
        bank.hand.set_day(NEXT_MONDAY)
        world.record(bank.channel)
        assert world.correction(refund).state.value == "overtaken"
        # Collected 100.00, returned 100.00, refunded 30.00 all the same.
        assert (world.kept(), world.takings(), world.cash()) == ("-30.00", "0.00", "-30.00")
        assert world.is_sound()


def returned(world: Refunding, debit: int) -> None:
    """The bank tells by a notice that the debit was taken back, because its payer wants the money."""
    with world.session() as session:
        instruction = find_instruction(session, debit)
        entry = StatementEntry(
            amount=cny("-100.00"),
            booked_on=world.today,
            value_date=world.today,
            servicer_reference="BK-RETURN",
            end_to_end_id=instruction.end_to_end_id,
            status="BOOK",
            bank_transaction_code=None,
            return_reason="MD06",
            remittance="",
            counterparty_name=None,
            counterparty_account=None,
        )
        number, at = AccountNumber(world.numbers[world.own]), world.clock.now()
        notice = Statement("N-1", number, "CNY", world.today, world.today, at, (), [entry])
        out = BytesIO()
        write_statements([notice], out, kind="camt.054", message_id="N-1", created_at=at)
        store_answer(session, "test", out.getvalue(), keys=world.keys, clock=world.clock)
    runs.record_stored(world.database, world.tenant_id, keys=world.keys, clock=world.clock, owners=world.owners)


class TestWhole:
    def test_within_five_days_it_is_reversed(self, world: Refunding, bank: Bank) -> None:
        debit = world.collect(bank)
        world.reduce("a", "0.00")  # paid by other means before
        world.look()
        reversal = world.propose(debit, "100.00")
        world.approve(reversal)
        assert world.send(bank) == {"prepared": 1, "sendings": {"acknowledged": 1}}
        assert world.send(bank) == {"prepared": 0, "sendings": {}}
        world.today = WEDNESDAY
        bank.hand.set_day(WEDNESDAY)
        world.record(bank.channel)
        assert payer(world, bank) == "1000.00"
        assert world.states("a") == ["returned"]
        assert world.correction(reversal).state.value == "done"
        assert (world.kept(), world.takings(), world.cash()) == ("0.00", "0.00", "0.00")
        assert world.open_over_debits() == 0
        assert world.planned() == []  # nobody tries to collect it again
        assert world.is_sound()

    def test_later_it_is_a_transfer_and_its_owner_hears_of_a_return(self, world: Refunding, bank: Bank) -> None:
        debit = world.collect(bank)
        world.today = NEXT_MONDAY
        refund = world.propose(debit, "100.00")
        world.approve(refund)
        world.pay(bank, NEXT_MONDAY)
        assert payer(world, bank) == "1000.00"
        assert world.correction(refund).state.value == "done"
        assert [outcome.result.value for outcome in world.booked] == ["settled", "returned"]
        assert (world.takings(), world.cash()) == ("0.00", "0.00")
        assert world.is_sound()

    def test_a_proposal_that_was_not_decided_in_time_is_outdated(self, world: Refunding, bank: Bank) -> None:
        reversal = world.propose(world.collect(bank), "100.00")
        world.today = NEXT_MONDAY
        with pytest.raises(CorrectionOutdated):
            world.approve(reversal)


class TestRecall:
    def test_what_has_not_settled_is_cancelled(self, world: Refunding, bank: Bank) -> None:
        world.owe("a", "100.00")
        world.execute(world.plan(), bank.channel)
        world.record(bank.channel)
        recall = world.propose(world.items()[0].id, "100.00")
        world.approve(recall)
        world.send(bank)
        bank.hand.set_day(world.today)
        world.record(bank.channel)
        assert world.states("a") == ["rejected"]
        assert world.correction(recall).state.value == "done"
        assert payer(world, bank) == "1000.00"
        assert world.is_sound()

    def test_what_settled_meanwhile_stays(self, world: Refunding, bank: Bank) -> None:
        world.owe("a", "100.00")
        world.execute(world.plan(), bank.channel)
        world.record(bank.channel)
        recall = world.propose(world.items()[0].id, "100.00")
        world.approve(recall)
        bank.hand.set_day(world.today)
        world.send(bank)
        world.record(bank.channel)
        assert world.states("a") == ["settled"]
        assert (world.correction(recall).state.value, world.correction(recall).failure_reason) == ("refused", "CUST")


class TestTwoPeople:
    def test_nobody_approves_what_he_proposed(self, world: Refunding, bank: Bank) -> None:
        refund = world.propose(world.collect(bank), "30.00")
        with pytest.raises(SamePerson):
            world.approve(refund, by=MAKER)

    def test_one_correction_of_an_instruction_at_a_time(self, world: Refunding, bank: Bank) -> None:
        debit = world.collect(bank)
        world.propose(debit, "30.00")
        with pytest.raises(CorrectionUnderWay):
            world.propose(debit, "10.00", expected="40.00")


def test_a_refund_is_gathered_only_by_runs_of_payments() -> None:
    holding = [kind for kind, purposes in runs.PURPOSES.items() if Purpose.REFUND in purposes]
    assert holding == [RunKind.RELEASE]
