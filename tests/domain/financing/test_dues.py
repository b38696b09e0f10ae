"""Who is debited when, for how much, and how often."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Uuid, literal, select, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.instructions import insert_due
from domain.banking.states import InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.financing.dues import due_collections, due_disbursements
from domain.financing.errors import NothingToWithdraw
from domain.financing.funding import withdraw_funding
from domain.financing.offers import make_auto_offers
from domain.financing.quotes import Price
from domain.financing.receipts import Receipt, book_receipts
from domain.financing.service import represent_collections
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance, Offer
from domain.financing.terms import FeeBearer, Terms
from domain.ledger.chart import AccountKind
from domain.platform.database import TenantSession
from domain.receivables.disputes import dispute_receivable, settle_dispute
from domain.runs.presenting import failed_debits
from tests.domain.financing.conftest import CALENDAR, MAKER, World, cny

SATURDAY, MONDAY = date(2026, 3, 28), date(2026, 3, 30)
MANDATE = uuid4()


def collections(world: World, on: date, party: str = "debtor") -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in world.session.execute(due(world, on, party))]


def due(world: World, on: date, party: str = "debtor") -> Any:  # noqa: ANN401 - a SELECT
    mandates = select(
        literal(world.parties[party], Uuid).label("party_id"),
        literal("CNY").label("currency"),
        literal(MANDATE, Uuid).label("mandate_id"),
        literal(world.accounts["debtor"], Uuid).label("account_id"),
    ).subquery("mandates")
    return due_collections(world.session, on, mandates=mandates)


def instruct(world: World, on: date) -> int:
    """What a run does: an instruction for everything that is due."""
    return insert_due(world.session, due(world, on), run_id=uuid4(), clock=world.clock)


class TestCollections:
    def test_are_due_on_the_rolled_date_and_not_before(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1", due_on=SATURDAY))
        assert collections(world, SATURDAY) == []  # R24
        (found,) = collections(world, MONDAY)
        assert (found["subject_id"], found["amount_minor"], found["mandate_id"]) == (advance_id, 1_000_000_00, MANDATE)
        assert found["own_account_id"] == world.accounts["lender"]
        assert found["counter_account_id"] == world.accounts["debtor"]

    def test_are_for_what_the_debtor_has_not_paid_by_itself(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        receipt = Receipt("entry:1", world.accounts["lender"], cny("300000.00"), world.today, "INV-1")
        book_receipts(world.session, [receipt], actor=MAKER, clock=world.clock)
        (found,) = collections(world, MONDAY)
        assert found["amount_minor"] == 700_000_00

    def test_pass_over_debtors_without_a_mandate(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        assert collections(world, MONDAY, party="seller") == []

    def test_wait_while_the_invoice_is_disputed(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.funded(invoice)
        dispute_receivable(world.session, invoice, reason="goods damaged", actor=MAKER, clock=world.clock)
        world.session.flush()
        assert collections(world, MONDAY) == []

    def test_end_with_the_repayment(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(MONDAY).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert collections(world, MONDAY) == []

    def test_are_instructed_once_however_often_they_are_gathered(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        assert (instruct(world, MONDAY), instruct(world, MONDAY)) == (1, 0)


class TestPresentingAnew:
    def test_is_refused_while_a_debit_is_on_its_way(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        instruct(world, MONDAY)
        assert represent_collections(world.session, [advance_id]) == []
        assert instruct(world, MONDAY) == 0

    def test_makes_one_new_debit_after_the_last_one_failed_for_good(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        instruct(world, MONDAY)
        rejected = (
            update(Instruction)
            .where(col(Instruction.tenant_id) == world.session.tenant_id)
            .values(state=InstructionState.CANCELLED, released=True)
        )
        world.session.execute(rejected)
        assert represent_collections(world.session, [advance_id]) == [advance_id]
        assert (instruct(world, MONDAY), instruct(world, MONDAY)) == (1, 0)

    def test_is_for_a_person_to_say_once_for_the_debtor_and_the_seller(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        instruct(world, MONDAY)
        assert failed_debits(world.session) == []
        answered = update(Instruction).where(col(Instruction.tenant_id) == world.session.tenant_id)
        world.session.execute(answered.values(state=InstructionState.CANCELLED, released=True))
        (found,) = failed_debits(world.session, lender_id=world.parties["lender"])
        assert (found.id, found.out_of_sales) == (advance_id, False)
        # The seller is being debited for it: the same number would be used twice.
        sellers = {"purpose": Purpose.RECOURSE_COLLECTION, "state": InstructionState.CREATED, "released": False}
        world.session.execute(answered.values(**sellers))
        assert represent_collections(world.session, [advance_id]) == []


class TestDisbursements:
    def test_stop_at_once_when_the_invoice_is_disputed(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.instructed(invoice)
        dispute_receivable(world.session, invoice, reason="goods damaged", actor=MAKER, clock=world.clock)
        world.session.flush()
        assert world.session.execute(due_disbursements(world.session, world.today)).all() == []
        settle_dispute(world.session, invoice, reason="replaced", actor=MAKER, clock=world.clock)
        world.session.flush()
        assert len(world.session.execute(due_disbursements(world.session, world.today)).all()) == 1

    def test_may_be_withdrawn_before_a_run_has_gathered_them_and_not_after(self, world: World) -> None:
        facility = world.facility()
        first, second = world.instructed(world.invoice("INV-1"), world.invoice("INV-2"))
        gathered = due_disbursements(world.session, world.today).where(col(Advance.id) == first)
        insert_due(world.session, gathered, run_id=uuid4(), clock=world.clock)
        order_id = world.advance(first).funding_order_id
        assert order_id is not None
        withdraw = partial(withdraw_funding, world.session, order_id, reason="seller's wish", actor=MAKER)
        assert withdraw(clock=world.clock) == [second]
        assert world.advance(second).state is AdvanceState.LAPSED
        world.session.refresh(facility)
        assert facility.used_minor == 900_000_00
        with pytest.raises(NothingToWithdraw, match="1 of its payments"):
            withdraw(clock=world.clock)

    def test_that_a_run_is_gathering_at_this_moment_cannot_be_withdrawn_under_it(
        self, world: World, api_session: TenantSession
    ) -> None:
        world.facility()
        (advance_id,) = world.instructed(world.invoice("INV-1"))
        order_id = world.advance(advance_id).funding_order_id
        assert order_id is not None
        world.session.commit()
        insert_due(world.session, due_disbursements(world.session, world.today), run_id=uuid4(), clock=world.clock)
        api_session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            withdraw_funding(api_session, order_id, reason="seller's wish", actor=MAKER, clock=world.clock)


class TestFeeThatTheDebtorBears:
    PRICE = Price(Decimal("0.9"), Decimal(20), Terms(annual_rate=Decimal("0.055"), fee_bearer=FeeBearer.DEBTOR))

    def funded(self, world: World) -> UUID:
        world.facility(price=self.PRICE)
        world.listed(world.invoice("INV-1"))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        (offer_id,) = world.session.exec(select_rows(Offer.id).where(Offer.tenant_id == world.session.tenant_id))
        return world.pay_out(world.order(world.accept([offer_id]))[0])

    def test_is_debited_with_the_invoice_and_is_the_lenders_income(self, world: World) -> None:
        advance_id = self.funded(world)
        world.on(date(2026, 3, 27))
        (found,) = collections(world, world.today)
        assert found["amount_minor"] == 1_002_000_00  # 1,000,000.00 + 20 bp of it
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1002000.00"))
        assert world.balance(AccountKind.FEE_INCOME) == cny("2000.00")
        assert collections(world, world.today) == []

    def test_is_debited_on_its_own_where_the_debtor_paid_just_the_invoice(self, world: World) -> None:
        advance_id = self.funded(world)
        world.on(date(2026, 3, 27)).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        (found,) = collections(world, world.today)
        assert found["amount_minor"] == 2_000_00
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("2000.00"))
        assert world.balance(AccountKind.FEE_INCOME) == cny("2000.00")
