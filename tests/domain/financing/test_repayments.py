"""Payments that people book (R7-R9): several debts, early, late, back-dated, taken back also after full repayment."""

from datetime import date
from uuid import UUID

import pytest

from domain.access.errors import SamePerson
from domain.banking.states import EntryState, Purpose
from domain.banking.tables import StatementEntry
from domain.financing.accrual import accrue
from domain.financing.ageing import mark_overdue
from domain.financing.dues import due_releases
from domain.financing.errors import (
    BeforeFunding,
    EntryDoesNotFit,
    HoldLifted,
    NothingOwed,
    NothingToRelease,
    PaysTooMuch,
    RepaymentKnown,
    RepaymentUnproved,
    ValueDateAhead,
)
from domain.financing.holds import approve_release, lift_hold, place_hold, set_release_policy
from domain.financing.owed import NewRepayment
from domain.financing.receipts import Receipt, book_receipts
from domain.financing.recourse import demand_recourse
from domain.financing.repayment_lines import lines_of, waterfall_of
from domain.financing.repayment_reversals import approve_reversal, propose_reversal
from domain.financing.repayments import (
    match_entry,
    propose_repayment,
    review_repayment,
    settle_repayment,
    withdraw_repayment,
)
from domain.financing.service import charge_cost, cost_of_advance
from domain.financing.states import AdvanceState, Payer, RepaymentState
from domain.financing.tables import Repayment
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.values.states import IllegalTransition
from tests.domain.financing.conftest import CHECKER, MAKER, World, cny, suspended_entry

DUE_ON, EARLY, TEN_DAYS_LATE = date(2026, 3, 27), date(2026, 3, 17), date(2026, 4, 6)


def entered(world: World, amount: str, on: date | None = None, **more: object) -> Repayment:
    new = {
        "lender_id": world.parties["lender"],
        "payer_id": world.parties["debtor"],
        "payer": Payer.DEBTOR,
        "amount": cny(amount),
        "value_date": on or world.today,
        "reference": f"R-{amount}-{on}",
        "reason": "cheque",
    }
    made = propose_repayment(world.session, NewRepayment(**new | more), actor=MAKER, clock=world.clock)  # type: ignore[arg-type]
    world.session.commit()
    return made


def paid(world: World, amount: str, on: date | None = None, **more: object) -> Repayment:
    repayment = entered(world, amount, on, **more)
    settle_repayment(world.session, repayment.id, actor=CHECKER, clock=world.clock)
    world.session.commit()
    world.nothing_in_transit()
    return repayment


def reversed_(world: World, repayment: Repayment) -> None:
    propose_reversal(world.session, repayment.id, actor=MAKER, clock=world.clock)
    approve_reversal(world.session, repayment.id, reason="another's money", actor=CHECKER, clock=world.clock)
    world.session.commit()
    world.nothing_in_transit()


@pytest.fixture
def advance_id(world: World) -> UUID:
    world.facility()
    return world.funded(world.invoice("INV-1"))


class TestSettlement:
    def test_shows_the_waterfall_before_anything_is_booked(self, world: World, advance_id: UUID) -> None:
        world.on(TEN_DAYS_LATE)
        lawyer = {"amount": cny("300.00"), "on": world.today, "reference": "L-1", "reason": "reminder"}
        charge_cost(world.session, advance_id, **lawyer, actor=MAKER, clock=world.clock)  # type: ignore[arg-type]
        repayment = entered(world, "500000.00")
        (share,) = waterfall_of(world.session, repayment)
        # 300.00 / 2,062.50 / 3,437.50 / 494,200.00; 405,800.00 left   (R7)
        assert share.after.costs_paid - share.before.costs_paid == cny("300.00")
        assert share.after.penalty_paid - share.before.penalty_paid == cny("2062.50")
        assert share.after.interest_paid - share.before.interest_paid == cny("3437.50")
        assert share.before.principal - share.after.principal == cny("494200.00")
        assert world.advance(advance_id).principal_open_minor == 900_000_00
        settle_repayment(world.session, repayment.id, actor=CHECKER, clock=world.clock)
        assert world.advance(advance_id).principal_open_minor == 405_800_00
        assert waterfall_of(world.session, repayment)[0].after.principal == cny("405800.00")

    @pytest.mark.usefixtures("advance_id")
    def test_takes_a_second_person(self, world: World) -> None:
        repayment = entered(world, "500000.00")
        with pytest.raises(SamePerson):
            settle_repayment(world.session, repayment.id, actor=MAKER, clock=world.clock)

    @pytest.mark.usefixtures("advance_id")
    def test_takes_the_money_out_of_suspense(self, world: World) -> None:
        paid(world, "500000.00")
        assert balance(world.session, AccountRef(AccountKind.SUSPENSE, "CNY")).posted == cny("-500000.00")

    @pytest.mark.usefixtures("advance_id")
    def test_counts_a_reference_once(self, world: World) -> None:
        entered(world, "500000.00")
        with pytest.raises(RepaymentKnown):
            entered(world, "500000.00")

    @pytest.mark.usefixtures("advance_id")
    def test_is_withdrawn_by_one_person_before_and_not_after(self, world: World) -> None:
        kept = entered(world, "100.00")
        withdraw_repayment(world.session, kept.id, reason="typed twice", actor=MAKER, clock=world.clock)
        assert kept.state is RepaymentState.WITHDRAWN
        booked = paid(world, "200.00")
        with pytest.raises(IllegalTransition):
            withdraw_repayment(world.session, booked.id, reason="", actor=MAKER, clock=world.clock)

    @pytest.mark.usefixtures("advance_id")
    def test_of_over_five_times_the_payoff_waits_for_a_review(self, world: World) -> None:
        assert entered(world, "4500000.00").state is RepaymentState.ALLOCATED  # 5 x 900,000.00 exactly
        large = entered(world, "4500000.01")
        assert large.state.value == "suspense"
        assert lines_of(world.session, large.id) == []
        review_repayment(world.session, large.id, advance_ids=[], actor=CHECKER, clock=world.clock)
        assert large.state is RepaymentState.ALLOCATED

    def test_refuses_what_has_not_happened(self, world: World, advance_id: UUID) -> None:
        with pytest.raises(ValueDateAhead):
            entered(world, "1.00", date(2026, 3, 3))
        with pytest.raises(BeforeFunding):
            entered(world, "1.00", date(2026, 3, 1), advance_ids=[advance_id])
        with pytest.raises(NothingOwed):
            entered(world, "1.00", payer_id=world.parties["seller"])


class TestOfAStatementEntry:
    """What reconciliation could not recognise waits in suspense until a person says what it is."""

    @pytest.mark.usefixtures("advance_id")
    def test_closes_it_and_leaves_nothing_in_suspense(self, world: World) -> None:
        number = suspended_entry(world, "500000.00")
        paid(world, "500000.00", entry_number=number)
        found = world.session.get_one(StatementEntry, (world.session.tenant_id, number), populate_existing=True)
        assert found.state is EntryState.RESOLVED
        assert balance(world.session, AccountRef(AccountKind.SUSPENSE, "CNY")).posted == cny("0.00")

    @pytest.mark.usefixtures("advance_id")
    def test_is_of_that_amount_and_waits_for_somebody(self, world: World) -> None:
        number = suspended_entry(world, "500000.00")
        with pytest.raises(EntryDoesNotFit):
            entered(world, "400000.00", entry_number=number)
        with pytest.raises(EntryDoesNotFit):
            entered(world, "500000.00", entry_number=number + 1)
        paid(world, "500000.00", entry_number=number)
        with pytest.raises(EntryDoesNotFit):
            entered(world, "500000.00", reference="again", entry_number=number)

    def test_that_comes_after_the_payment_was_entered_counts_once(self, world: World, advance_id: UUID) -> None:
        known = paid(world, "500000.00")
        receipt = Receipt("entry:9", world.accounts["lender"], cny("500000.00"), world.today, "INV-1")
        # Not recognised by itself, although it names the invoice; nor entered again by hand.
        assert book_receipts(world.session, [receipt], actor=MAKER, clock=world.clock) == {}
        number = suspended_entry(world, "500000.00")
        with pytest.raises(RepaymentUnproved):
            entered(world, "500000.00", reference="again", entry_number=number)
        match_entry(world.session, known.id, number, clock=world.clock)
        assert balance(world.session, AccountRef(AccountKind.SUSPENSE, "CNY")).posted == cny("0.00")
        assert world.advance(advance_id).collected_minor == 500_000_00
        with pytest.raises(EntryDoesNotFit):
            match_entry(world.session, known.id, number, clock=world.clock)


class TestSeveralDebts:
    def test_are_paid_by_law_unless_the_payer_chooses(self, world: World) -> None:
        world.facility()
        later = world.funded(world.invoice("INV-1", "1000000.00", date(2026, 4, 27)))
        earlier = world.funded(world.invoice("INV-2", "200000.00"))
        by_law = entered(world, "300000.00")
        assert [(each.advance_id, each.amount_minor) for each in lines_of(world.session, by_law.id)] == [
            (earlier, 200_000_00),  # R8: earliest due
            (later, 100_000_00),
        ]
        chosen = entered(world, "300000.01", advance_ids=[later])
        assert [each.advance_id for each in lines_of(world.session, chosen.id)] == [later]


class TestEarly:
    def test_charges_the_days_there_were(self, world: World, advance_id: UUID) -> None:
        world.on(EARLY)
        paid(world, "902062.50")
        # 900,000 x 5.5 % x 15 / 360 = 2,062.50, not 3,437.50   (R9)
        assert world.advance(advance_id).interest_paid_minor == 2_062_50
        assert world.advance(advance_id).principal_open_minor == 0


class TestBackDated:
    def test_is_replayed_in_date_order(self, world: World, advance_id: UUID) -> None:
        world.on(TEN_DAYS_LATE)
        accrue(world.session, date(2026, 4, 5), clock=world.clock)
        mark_overdue(world.session, world.today, clock=world.clock)
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("400000.00"))
        paid(world, "600000.00", EARLY)
        # 15 days on 900,000 = 2,062.50; 302,062.50 left bears 10 days x 5.5 % = 461.48 and 10 late x 8.25 % = 692.23
        figures = world.advance(advance_id).figures
        assert (figures.interest_accrued, figures.penalty_accrued) == (cny("2523.98"), cny("692.23"))
        assert figures.held == cny("96783.79")  # 1,000,000.00 - 900,000.00 - 2,523.98 - 692.23
        assert world.balance(AccountKind.PENALTY_INCOME) == cny("692.23")


class TestReversal:
    def test_after_full_repayment_is_normal_traffic(self, world: World, advance_id: UUID) -> None:
        world.on(DUE_ON)
        repayment = paid(world, "1000000.00")
        world.bank(Purpose.HOLDBACK_RELEASE, advance_id, cny("96562.50"))
        assert world.advance(advance_id).state is AdvanceState.CLOSED
        world.on(TEN_DAYS_LATE)
        reversed_(world, repayment)
        assert repayment.state is RepaymentState.REPLAYED
        assert world.advance(advance_id).state is AdvanceState.OVERDUE
        # The reserve had left: the seller owes it until the debtor pays again.
        assert world.balance(AccountKind.RECOURSE_CLAIM) == cny("96562.50")
        paid(world, "1000000.01")
        assert world.advance(advance_id).state is AdvanceState.REPAID

    def test_allocates_later_payments_anew(self, world: World, advance_id: UUID) -> None:
        wrong = paid(world.on(EARLY), "300000.00")
        paid(world.on(DUE_ON), "500000.00")
        reversed_(world, wrong)
        # As if only 500,000.00 had come: 3,437.50 interest, 496,562.50 principal   (R7)
        assert world.advance(advance_id).principal_open_minor == 403_437_50
        assert balance(world.session, AccountRef(AccountKind.SUSPENSE, "CNY")).posted == cny("-500000.00")

    @pytest.mark.usefixtures("advance_id")
    def test_takes_two_people(self, world: World) -> None:
        repayment = paid(world, "300000.00")
        propose_reversal(world.session, repayment.id, actor=MAKER, clock=world.clock)
        with pytest.raises(SamePerson):
            approve_reversal(world.session, repayment.id, reason="", actor=MAKER, clock=world.clock)


class TestSeller:
    def test_buys_back_by_its_own_payment_and_pays_no_more_than_is_asked(self, world: World, advance_id: UUID) -> None:
        world.on(date(2026, 4, 26))
        mark_overdue(world.session, world.today, clock=world.clock)
        demand_recourse(world.session, advance_id, reason="unpaid", actor=CHECKER, clock=world.clock)
        seller = world.parties["seller"]
        with pytest.raises(PaysTooMuch):
            entered(world, "909625.01", payer=Payer.SELLER_RECOURSE, payer_id=seller)
        paid(world, "909625.00", payer=Payer.SELLER_RECOURSE, payer_id=seller)  # R11
        assert world.advance(advance_id).state is AdvanceState.BOUGHT_BACK


class TestReserve:
    def due(self, world: World) -> list[int]:
        return [row.amount_minor for row in world.session.execute(due_releases(world.session, world.today))]

    def test_leaves_without_what_is_held(self, world: World, advance_id: UUID) -> None:
        hold = place_hold(
            world.session, advance_id, amount=cny("50000.00"), reason="audit", actor=CHECKER, clock=world.clock
        )
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert self.due(world) == [46_562_50]  # 96,562.50 - 50,000.00   (R5)
        lift_hold(world.session, advance_id, hold.id, reason="done", actor=CHECKER, clock=world.clock)
        assert self.due(world) == [96_562_50]
        with pytest.raises(HoldLifted):
            lift_hold(world.session, advance_id, hold.id, reason="again", actor=CHECKER, clock=world.clock)

    def test_waits_for_the_lender_where_it_wants_to_look_first(self, world: World, advance_id: UUID) -> None:
        set_release_policy(world.session, advance_id, by_rule=False)
        with pytest.raises(NothingToRelease):
            approve_release(world.session, advance_id)
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert self.due(world) == []
        assert approve_release(world.session, advance_id) == cny("96562.50")
        assert self.due(world) == [96_562_50]
        world.bank(Purpose.HOLDBACK_RELEASE, advance_id, cny("96562.50"))
        assert world.advance(advance_id).state is AdvanceState.CLOSED


class TestCost:
    def test_comes_to_what_was_quoted_when_all_goes_well(self, world: World, advance_id: UUID) -> None:
        assert cost_of_advance(world.session, advance_id).realised is None
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        world.bank(Purpose.HOLDBACK_RELEASE, advance_id, cny("96562.50"))
        cost = cost_of_advance(world.session, advance_id)
        assert cost.realised is not None
        assert cost.cost == cny("5437.50")  # 2,000.00 fee + 3,437.50 interest
        # 8.84 % simple, 9.21 % effective, against a 5.50 % headline   (R14)
        assert [f"{each:.4f}" for each in (cost.realised.simple, cost.realised.effective)] == ["0.0884", "0.0921"]
        assert f"{cost.quoted.effective:.4f}" == "0.0921"

    def test_is_dearer_when_the_debtor_is_late(self, world: World, advance_id: UUID) -> None:
        world.on(TEN_DAYS_LATE).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        cost = cost_of_advance(world.session, advance_id)
        assert cost.realised is not None
        assert cost.cost == cny("7500.00")  # 2,000.00 + 3,437.50 + 2,062.50
        # 7,500 / 898,000 x 365 / 35
        assert f"{cost.realised.simple:.6f}" == "0.087098"
