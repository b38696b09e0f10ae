"""A debtor that does not pay: recourse (R11, R12), default and write-off (R23), recovery."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import FromClause, Uuid, literal, select

from domain.access.errors import SamePerson
from domain.banking.states import Purpose, Verdict
from domain.financing.accrual import accrue
from domain.financing.ageing import mark_nonperforming, mark_overdue
from domain.financing.dues import due_recourse, due_releases
from domain.financing.errors import NoRecourse, NotLateEnough, NotOverdue
from domain.financing.provision import close_provision, provision_of
from domain.financing.quotes import Price
from domain.financing.recourse import approve_write_off, declare_default, demand_recourse, propose_write_off
from domain.financing.states import AdvanceState
from domain.financing.terms import Terms
from domain.ledger.chart import AccountKind
from domain.receivables.claims import NewRegistration, record_registration, registrations_on
from domain.receivables.disputes import dispute_receivable
from domain.receivables.queries import receivable
from domain.receivables.states import ReceivableState
from domain.values.actor import Actor, ActorKind
from tests.domain.financing.conftest import CHECKER, MAKER, World, cny

DUE_ON = date(2026, 3, 27)
THIRTY_LATE, DAY_91 = DUE_ON + timedelta(days=30), DUE_ON + timedelta(days=91)
RECOURSE = Purpose.RECOURSE_COLLECTION
RISK = Actor(ActorKind.PERSON, "risk")


def overdue(
    world: World, number: str = "INV-1", on: date = THIRTY_LATE, terms: Terms | None = None
) -> tuple[UUID, UUID]:
    """An advance whose debtor has not paid by `on`."""
    world.facility(price=Price(Decimal("0.9"), Decimal(20), terms or Terms(annual_rate=Decimal("0.055"))))
    invoice = world.invoice(number)
    advance_id = world.funded(invoice)
    world.on(on)
    accrue(world.session, on - timedelta(days=1), clock=world.clock)
    mark_overdue(world.session, on, clock=world.clock)
    return advance_id, invoice


def demanded(world: World, on: date = THIRTY_LATE) -> tuple[UUID, UUID]:
    advance_id, invoice = overdue(world, on=on)
    demand_recourse(world.session, advance_id, reason="unpaid", actor=CHECKER, clock=world.clock)
    return advance_id, invoice


class TestRecourse:
    def test_asks_for_what_is_owed_and_not_for_the_invoice(self, world: World) -> None:
        advance_id, _ = overdue(world)
        asked = demand_recourse(world.session, advance_id, reason="unpaid", actor=CHECKER, clock=world.clock)
        # 900,000.00 + 3,437.50 + 900,000 x 8.25 % x 30 / 360 = 6,187.50: 909,625.00, not 1,000,000   (R11)
        assert asked.amount_minor == 909_625_00
        assert world.advance(advance_id).state is AdvanceState.RECOURSE_DEMANDED

    def test_debits_the_seller_under_its_mandate(self, world: World) -> None:
        advance_id, _ = demanded(world)
        (due,) = world.session.execute(due_recourse(world.session, world.today, mandates=of_seller(world))).all()
        assert (due.amount_minor, due.subject_id, due.purpose) == (909_625_00, advance_id, RECOURSE.value)

    def test_paid_gives_the_invoice_back(self, world: World) -> None:
        advance_id, invoice = demanded(world)
        world.bank(RECOURSE, advance_id, cny("909625.00"))
        assert world.advance(advance_id).state is AdvanceState.BOUGHT_BACK
        assert receivable(world.session, invoice).state is ReceivableState.REASSIGNED
        for kind in (AccountKind.ADVANCE_PRINCIPAL, AccountKind.INTEREST_RECEIVABLE, AccountKind.PENALTY_RECEIVABLE):
            assert world.balance(kind) == cny("0.00")
        # The reserve was a memo: nothing is held, nothing is owed to the seller.
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("0.00")

    def test_paid_discharges_what_its_lender_had_registered(self, world: World) -> None:
        advance_id, invoice = demanded(world)
        for lender in ("lender", "second lender"):
            new = NewRegistration(
                invoice, world.parties[lender], cny("1000000.00"), "Zhongdeng", f"R-{lender}", world.clock.now()
            )
            record_registration(world.session, new, actor=MAKER, clock=world.clock)
        world.bank(RECOURSE, advance_id, cny("909625.00"))
        standing = [each.lender_id for each, gone in registrations_on(world.session, invoice) if gone is None]
        assert standing == [world.parties["second lender"]]

    def test_returned_by_the_sellers_bank_stands_again(self, world: World) -> None:
        advance_id, invoice = demanded(world)
        instruction = world.bank(RECOURSE, advance_id, cny("909625.00"))
        world.bank(RECOURSE, advance_id, cny("909625.00"), Verdict.RETURNED, instruction=instruction)
        assert world.advance(advance_id).state is AdvanceState.RECOURSE_DEMANDED
        assert receivable(world.session, invoice).state is ReceivableState.OVERDUE

    def test_leaves_the_seller_what_its_debtor_pays_after_all(self, world: World) -> None:
        advance_id, invoice = demanded(world)
        world.bank(RECOURSE, advance_id, cny("909625.00"))
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("1000000.00")
        (due,) = world.session.execute(due_releases(world.session, world.today)).all()
        assert due.amount_minor == 1_000_000_00
        assert receivable(world.session, invoice).state is ReceivableState.CLOSED

    def test_ends_when_the_debtor_pays_first(self, world: World) -> None:
        advance_id, _ = demanded(world)
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert world.advance(advance_id).state is AdvanceState.REPAID
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("90375.00")  # 1,000,000 - 909,625

    def test_asks_the_published_seller_for_a_thousand(self, world: World) -> None:
        # Sale 100,000, fee 8 %, cash 82,000: 10,000 held. Bad debt 11,000: 89,000 came, the seller pays 1,000   (R11)
        free = Terms(annual_rate=Decimal(0))
        world.facility(price=Price(Decimal("0.9"), Decimal(800), free))
        advance_id = world.funded(world.invoice("INV-1", "100000.00"))
        assert world.advance(advance_id).disbursed_minor == 82_000_00
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("89000.00"))
        mark_overdue(world.on(date(2026, 3, 28)).session, world.today, clock=world.clock)
        asked = demand_recourse(world.session, advance_id, reason="bad debt", actor=CHECKER, clock=world.clock)
        assert asked.amount_minor == 1_000_00

    def test_is_not_asked_before_the_debt_is_late(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        with pytest.raises(NotOverdue):
            demand_recourse(world.session, advance_id, reason="", actor=CHECKER, clock=world.clock)


class TestWithoutRecourse:
    TERMS = Terms(annual_rate=Decimal("0.055"), recourse=False, surplus_to_seller=False)

    def test_the_lender_keeps_the_surplus(self, world: World) -> None:
        world.facility(price=Price(Decimal("0.9"), Decimal(20), self.TERMS))
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        # 2,000.00 fee + 96,562.50 that nobody claims   (R12)
        assert world.balance(AccountKind.FEE_INCOME) == cny("98562.50")
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("0.00")
        assert world.advance(advance_id).state is AdvanceState.CLOSED

    def test_a_deferred_price_is_the_sellers(self, world: World) -> None:
        world.facility(price=Price(Decimal("0.9"), Decimal(20), Terms(annual_rate=Decimal("0.055"), recourse=False)))
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("96562.50")

    def test_the_seller_does_not_answer_for_a_debtor_that_does_not_pay(self, world: World) -> None:
        advance_id, _ = overdue(world, terms=self.TERMS)
        with pytest.raises(NoRecourse):
            demand_recourse(world.session, advance_id, reason="", actor=CHECKER, clock=world.clock)

    def test_but_for_a_dispute_it_does(self, world: World) -> None:
        advance_id, invoice = overdue(world, terms=self.TERMS)
        dispute_receivable(world.session, invoice, reason="broken", actor=CHECKER, clock=world.clock)
        demand_recourse(world.session, advance_id, reason="disputed", actor=CHECKER, clock=world.clock)
        assert world.advance(advance_id).state is AdvanceState.RECOURSE_DEMANDED


class TestDefault:
    def test_is_declared_after_more_than_ninety_days(self, world: World) -> None:
        advance_id, invoice = overdue(world, on=DAY_91 - timedelta(days=1))
        with pytest.raises(NotLateEnough):
            declare_default(world.session, advance_id, reason="", actor=RISK, clock=world.clock)
        world.on(DAY_91)
        declare_default(world.session, advance_id, reason="insolvent", actor=RISK, clock=world.clock)
        assert receivable(world.session, invoice).state is ReceivableState.DEFAULTED

    def test_does_not_perform_from_the_ninety_first_day(self, world: World) -> None:
        advance_id, _ = overdue(world, on=DAY_91)
        assert mark_nonperforming(world.session, DAY_91 - timedelta(days=1)) == 0
        assert mark_nonperforming(world.session, DAY_91) == 1
        assert world.advance(advance_id).nonperforming_on == DAY_91


class TestWriteOff:
    def written_off(self, world: World) -> UUID:
        advance_id, _ = demanded(world)
        proposed = propose_write_off(world.session, advance_id, reason="insolvent", actor=CHECKER, clock=world.clock)
        approve_write_off(world.session, proposed.id, actor=RISK, clock=world.clock)
        world.session.commit()
        world.nothing_in_transit()
        return advance_id

    def test_makes_a_loss_of_all_that_is_open(self, world: World) -> None:
        advance_id = self.written_off(world)
        assert world.advance(advance_id).state is AdvanceState.WRITTEN_OFF
        assert world.balance(AccountKind.BAD_DEBT) == cny("909625.00")
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("0.00")

    def test_takes_two_people(self, world: World) -> None:
        advance_id, _ = demanded(world)
        proposed = propose_write_off(world.session, advance_id, reason="x", actor=CHECKER, clock=world.clock)
        with pytest.raises(SamePerson):
            approve_write_off(world.session, proposed.id, actor=CHECKER, clock=world.clock)

    def test_comes_after_recourse_where_there_is_any(self, world: World) -> None:
        advance_id, _ = overdue(world)
        with pytest.raises(NotOverdue):
            propose_write_off(world.session, advance_id, reason="x", actor=CHECKER, clock=world.clock)

    def test_uses_the_provision_first(self, world: World) -> None:
        advance_id, _ = demanded(world)
        close_provision(world.session, world.today, clock=world.clock)
        assert world.balance(AccountKind.PROVISION) == cny("9000.00")  # 1 % of 900,000.00   (R23)
        proposed = propose_write_off(world.session, advance_id, reason="x", actor=CHECKER, clock=world.clock)
        approve_write_off(world.session, proposed.id, actor=RISK, clock=world.clock)
        assert world.balance(AccountKind.PROVISION) == cny("0.00")
        # 9,000.00 was an expense when it was provided for; the loss adds 909,625.00 - 9,000.00.
        assert world.balance(AccountKind.BAD_DEBT) == cny("909625.00")
        world.nothing_in_transit()

    def test_is_smaller_by_what_comes_in_after_all(self, world: World) -> None:
        advance_id = self.written_off(world)
        world.on(DAY_91).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("300000.00"))
        assert world.balance(AccountKind.BAD_DEBT) == cny("609625.00")
        assert world.advance(advance_id).state is AdvanceState.WRITTEN_OFF
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("700000.00"))
        # 1,000,000.00 - 909,625.00: the whole loss came back, the rest is the seller's.
        assert world.balance(AccountKind.BAD_DEBT) == cny("0.00")
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("90375.00")


class TestProvision:
    def test_is_one_per_cent_of_closing_financing(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        assert close_provision(world.session, world.today, clock=world.clock) == 1
        assert world.balance(AccountKind.PROVISION) == cny("9000.00")
        assert close_provision(world.session, world.today, clock=world.clock) == 0
        world.nothing_in_transit()

    def test_is_given_back_when_the_financing_is(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        close_provision(world.session, world.today, clock=world.clock)
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        close_provision(world.session, world.today, clock=world.clock)
        assert provision_of(world.session, world.parties["lender"], "CNY") == cny("0.00")
        assert world.balance(AccountKind.BAD_DEBT) == cny("0.00")


def of_seller(world: World) -> FromClause:
    row = select(
        literal(world.parties["seller"], Uuid).label("party_id"),
        literal("CNY").label("currency"),
        literal(world.parties["seller"], Uuid).label("mandate_id"),
        literal(world.accounts["seller"], Uuid).label("account_id"),
    )
    return row.subquery("mandates")
