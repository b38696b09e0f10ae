"""An advance replayed from its events: the base case, and what must hold whatever happens to it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from domain.financing.postings import Owners, movement, positions
from domain.financing.replay import Event, EventKind, Figures, replay, unfunded
from domain.financing.terms import Component, Contract, DueDates, FeeBearer, InterestTiming, PenaltyBase, Terms
from domain.ledger.chart import AccountKind, AccountRef
from domain.values.business_days import BusinessCalendar, Roll
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding

FUNDED_ON, DUE_ON, TEN_DAYS_LATE = date(2026, 3, 2), date(2026, 3, 27), date(2026, 4, 6)
LENDER, SELLER, DEBTOR, ACCOUNT = uuid4(), uuid4(), uuid4(), uuid4()
OWNERS = Owners(LENDER, SELLER, DEBTOR, "CNY")
CASH = AccountRef(AccountKind.IN_TRANSIT, "CNY", ACCOUNT)
ZERO = Money.zero("CNY")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def contract(terms: Terms | None = None) -> Contract:
    terms = terms or Terms(annual_rate=Decimal("0.055"))
    dates = DueDates.under(DUE_ON, terms, BusinessCalendar())
    fee, debtor_fee = cny("2000.00"), cny("0.00")
    if terms.fee_bearer is FeeBearer.DEBTOR:
        fee, debtor_fee = debtor_fee, fee
    return Contract(cny("900000.00"), cny("1000000.00"), fee, terms, dates, debtor_fee=debtor_fee)


def event(number: int, kind: EventKind, on: date, amount: str, reverses: UUID | None = None) -> Event:
    return Event(uuid4(), number, kind, on, cny(amount), reverses)


FUNDED = event(1, EventKind.FUNDED, FUNDED_ON, "898000.00")


def entries(before: Figures, after: Figures) -> list[tuple[str, str, str]]:
    return [
        (leg.debit.kind.value, leg.credit.kind.value, str(leg.amount.amount))
        for leg in movement(OWNERS, before, after, CASH)
    ]


class TestEntries:
    def test_of_funding_are_the_principal_against_cash_and_fee(self) -> None:
        after = replay(contract(), [FUNDED], FUNDED_ON)
        assert entries(unfunded("CNY"), after) == [
            ("advance_principal", "in_transit", "898000.00"),  # R3
            ("advance_principal", "fee_income", "2000.00"),
        ]

    def test_of_front_ended_funding_keep_the_interest_back(self) -> None:
        front = contract(Terms(annual_rate=Decimal("0.055"), interest_timing=InterestTiming.FRONT))
        after = replay(front, [replace(FUNDED, amount=cny("894562.50"))], FUNDED_ON)
        assert entries(unfunded("CNY"), after) == [
            ("advance_principal", "in_transit", "894562.50"),  # R4
            ("advance_principal", "interest_receivable", "3437.50"),
            ("advance_principal", "fee_income", "2000.00"),
        ]

    def test_of_a_repayment_on_time_are_interest_principal_and_reserve(self) -> None:
        before = replay(contract(), [FUNDED], DUE_ON)
        after = replay(contract(), [FUNDED, event(2, EventKind.COLLECTED, DUE_ON, "1000000.00")], DUE_ON)
        assert entries(before, after) == [
            ("in_transit", "interest_receivable", "3437.50"),  # R2
            ("in_transit", "advance_principal", "900000.00"),
            ("in_transit", "holdback_payable", "96562.50"),  # R5
        ]

    def test_of_a_part_payment_read_as_its_waterfall(self) -> None:
        cost = event(2, EventKind.COST, TEN_DAYS_LATE, "300.00")
        before = replay(contract(), [FUNDED, cost], TEN_DAYS_LATE)
        payment = event(3, EventKind.COLLECTED, TEN_DAYS_LATE, "500000.00")
        assert entries(before, replay(contract(), [FUNDED, cost, payment], TEN_DAYS_LATE)) == [
            ("in_transit", "cost_recovery", "300.00"),  # R7
            ("in_transit", "penalty_receivable", "2062.50"),  # R6
            ("in_transit", "interest_receivable", "3437.50"),
            ("in_transit", "advance_principal", "494200.00"),
        ]

    def test_of_a_payment_for_which_nothing_had_accrued_yet_enter_that_first(self) -> None:
        before = replay(contract(), [FUNDED], FUNDED_ON)
        after = replay(contract(), [FUNDED, event(2, EventKind.COLLECTED, DUE_ON, "3437.50")], DUE_ON)
        assert entries(before, after) == [
            ("interest_receivable", "interest_income", "3437.50"),
            ("in_transit", "interest_receivable", "3437.50"),
        ]

    def test_of_a_return_are_those_of_the_payment_the_other_way_round(self) -> None:
        payment = event(2, EventKind.COLLECTED, DUE_ON, "1000000.00")
        paid = replay(contract(), [FUNDED, payment], DUE_ON)
        back = event(3, EventKind.RETURNED, DUE_ON, "1000000.00", payment.id)
        assert entries(paid, replay(contract(), [FUNDED, payment, back], DUE_ON)) == [
            ("interest_receivable", "in_transit", "3437.50"),
            ("advance_principal", "in_transit", "900000.00"),
            ("holdback_payable", "in_transit", "96562.50"),
        ]


class TestOrder:
    def test_of_recording_does_not_matter_but_that_of_value_dates_does(self) -> None:
        early = event(3, EventKind.RECEIVED, date(2026, 3, 12), "100000.00")
        late = event(2, EventKind.COLLECTED, DUE_ON, "900000.00")
        assert replay(contract(), [FUNDED, late, early], DUE_ON) == replay(contract(), [early, late, FUNDED], DUE_ON)

    def test_money_that_came_before_the_funding_repays_at_once(self) -> None:
        early = event(2, EventKind.RECEIVED, date(2026, 2, 27), "100000.00")
        assert replay(contract(), [FUNDED, early], FUNDED_ON).principal == cny("800000.00")

    def test_a_cost_after_repayment_is_taken_from_the_reserve(self) -> None:
        payment = event(2, EventKind.COLLECTED, DUE_ON, "1000000.00")
        cost = event(3, EventKind.COST, date(2026, 3, 30), "300.00")
        figures = replay(contract(), [FUNDED, payment, cost], date(2026, 3, 30))
        assert (figures.held, figures.costs_paid) == (cny("96262.50"), cny("300.00"))  # R5


def agreed(**terms: object) -> Contract:
    return contract(Terms(annual_rate=Decimal("0.055"), **terms))  # type: ignore[arg-type]


class TestSettlingEarly:
    DAY_15 = date(2026, 3, 17)

    def test_pays_the_days_that_passed(self) -> None:
        owed = replay(agreed(), [FUNDED], self.DAY_15)
        assert owed.interest_open == cny("2062.50")  # R9: 900,000 x 5.5 % x 15 / 360

    def test_gives_back_what_was_paid_in_front_and_not_earned(self) -> None:
        front = agreed(interest_timing=InterestTiming.FRONT)
        paid_out = replace(FUNDED, amount=cny("894562.50"))
        payment = event(2, EventKind.RECEIVED, self.DAY_15, "900000.00")
        assert replay(front, [paid_out, payment], self.DAY_15).held == cny("1375.00")  # R9: 3,437.50 - 2,062.50

    def test_owes_the_least_interest_however_early(self) -> None:
        # 900,000 x 5.5 % x 30 / 360 = 4,125.00; by day 15 only 2,062.50 were earned by days   (R9)
        payment = event(2, EventKind.RECEIVED, self.DAY_15, "904125.00")
        figures = replay(agreed(min_interest_days=30), [FUNDED, payment], self.DAY_15)
        assert (figures.interest_paid, figures.payoff, figures.held) == (cny("4125.00"), ZERO, ZERO)

    def test_owes_no_more_than_the_days_once_they_come_to_more(self) -> None:
        assert replay(agreed(min_interest_days=20), [FUNDED], DUE_ON).interest_open == cny("3437.50")

    def test_least_interest_is_earned_when_the_money_leaves(self) -> None:
        after = replay(agreed(min_interest_days=30), [FUNDED], FUNDED_ON)
        assert ("interest_receivable", "interest_income", "4125.00") in entries(unfunded("CNY"), after)

    def test_is_charged_on_the_principal_it_repays(self) -> None:
        # 900,000 x 0.50 % = 4,500.00; 1,000,000 - 900,000 - 2,062.50 - 4,500.00 = 93,437.50   (R9, R5)
        contract_ = agreed(early_settlement_bp=Decimal(50))
        before = replay(contract_, [FUNDED], self.DAY_15)
        payment = event(2, EventKind.RECEIVED, self.DAY_15, "1000000.00")
        after = replay(contract_, [FUNDED, payment], self.DAY_15)
        assert (after.early_charged, after.early_paid, after.held) == (cny("4500.00"), cny("4500.00"), cny("93437.50"))
        assert entries(before, after) == [
            ("in_transit", "interest_receivable", "2062.50"),
            ("in_transit", "advance_principal", "900000.00"),
            ("in_transit", "holdback_payable", "93437.50"),
            ("in_transit", "fee_income", "4500.00"),
        ]

    def test_charge_that_the_payment_does_not_cover_is_owed_first_next_time(self) -> None:
        # 102,062.50 - 2,062.50 = 100,000.00 of principal, for which 0.50 % = 500.00 are owed   (R9)
        part = event(2, EventKind.RECEIVED, self.DAY_15, "102062.50")
        figures = replay(agreed(early_settlement_bp=Decimal(50)), [FUNDED, part], self.DAY_15)
        assert (figures.principal, figures.costs_open) == (cny("800000.00"), cny("500.00"))
        rest = event(3, EventKind.COLLECTED, DUE_ON, "600.00")
        figures = replay(agreed(early_settlement_bp=Decimal(50)), [FUNDED, part, rest], DUE_ON)
        assert (figures.early_paid, figures.costs_paid, figures.interest_paid) == (cny("500.00"), ZERO, cny("2162.50"))

    def test_on_the_due_date_is_not_early(self) -> None:
        payment = event(2, EventKind.COLLECTED, DUE_ON, "1000000.00")
        figures = replay(agreed(early_settlement_bp=Decimal(50)), [FUNDED, payment], DUE_ON)
        assert (figures.early_charged, figures.held) == (ZERO, cny("96562.50"))


class TestPenalty:
    def test_replaces_contract_interest_and_is_not_added_to_it(self) -> None:
        figures = replay(contract(), [FUNDED], TEN_DAYS_LATE)
        # 900,000 x 5.5 % x 1.5 x 10 / 360 = 2,062.50, not + 1,375.00   (R6)
        assert (figures.penalty_open, figures.interest_open) == (cny("2062.50"), cny("3437.50"))

    def test_is_nothing_on_the_due_date(self) -> None:
        assert replay(contract(), [FUNDED], DUE_ON).penalty_open == ZERO


class TestPenaltyOnInterestToo:
    BOTH = PenaltyBase.PRINCIPAL_AND_INTEREST

    def test_is_charged_on_what_of_both_is_unpaid(self) -> None:
        figures = replay(agreed(penalty_on=self.BOTH), [FUNDED], TEN_DAYS_LATE)
        assert figures.penalty_open == cny("2070.38")  # R6: 903,437.50 x 8.25 % x 10 / 360 = 2,070.377…

    def test_leaves_interest_out_once_it_is_paid(self) -> None:
        paid = event(2, EventKind.COLLECTED, DUE_ON, "3437.50")
        figures = replay(agreed(penalty_on=self.BOTH), [FUNDED, paid], TEN_DAYS_LATE)
        assert figures.penalty_open == cny("2062.50")


class TestFeeThatTheDebtorBears:
    CONTRACT = replace(contract(), fee=ZERO, debtor_fee=cny("2000.00"))
    PAID_OUT = replace(FUNDED, amount=cny("900000.00"))

    def test_is_income_of_the_lender_when_it_comes_with_the_invoice(self) -> None:
        before = replay(self.CONTRACT, [self.PAID_OUT], DUE_ON)
        payment = event(2, EventKind.COLLECTED, DUE_ON, "1002000.00")
        after = replay(self.CONTRACT, [self.PAID_OUT, payment], DUE_ON)
        assert entries(before, after) == [
            ("in_transit", "interest_receivable", "3437.50"),
            ("in_transit", "advance_principal", "900000.00"),
            ("in_transit", "holdback_payable", "96562.50"),  # R5
            ("in_transit", "fee_income", "2000.00"),
        ]

    def test_may_come_on_its_own(self) -> None:
        invoice = event(2, EventKind.COLLECTED, DUE_ON, "1000000.00")
        fee = event(3, EventKind.RECEIVED, TEN_DAYS_LATE, "2000.00")
        figures = replay(self.CONTRACT, [self.PAID_OUT, invoice, fee], TEN_DAYS_LATE)
        assert (figures.debtor_fee_paid, figures.overpaid) == (cny("2000.00"), ZERO)

    def test_comes_before_what_is_the_debtors_own_again(self) -> None:
        payment = event(2, EventKind.COLLECTED, DUE_ON, "1002500.00")
        figures = replay(self.CONTRACT, [self.PAID_OUT, payment], DUE_ON)
        assert (figures.debtor_fee_paid, figures.overpaid) == (cny("2000.00"), cny("500.00"))

    def test_comes_after_what_was_confirmed_where_that_is_less_than_the_invoice(self) -> None:
        part = replace(self.CONTRACT, financed=cny("950000.00"))
        payment = event(2, EventKind.COLLECTED, DUE_ON, "952000.00")
        figures = replay(part, [self.PAID_OUT, payment], DUE_ON)
        assert (figures.debtor_fee_paid, figures.held) == (cny("2000.00"), cny("46562.50"))


class TestWhatTheSellerPays:
    def test_on_a_call_restores_the_advance_rate(self) -> None:
        agreed = replace(contract(), advance_rate=Decimal("0.9"))
        credit = event(2, EventKind.DILUTED, date(2026, 3, 10), "30000.00")
        called = replay(agreed, [FUNDED, credit], date(2026, 3, 12))
        assert (called.called, called.principal) == (cny("27000.00"), cny("900000.00"))  # R10
        answer = event(3, EventKind.DILUTION_PAID, date(2026, 3, 12), "27000.00")
        answered = replay(agreed, [FUNDED, credit, answer], date(2026, 3, 12))
        # It is principal and no interest, although 10 days had accrued.
        assert (answered.called, answered.principal, answered.interest_paid) == (ZERO, cny("873000.00"), ZERO)

    def test_under_recourse_is_no_payment_of_the_debtor(self) -> None:
        thirty_late = date(2026, 4, 26)
        owed = replay(contract(), [FUNDED], thirty_late).buy_back
        assert owed == cny("909625.00")  # R11
        bought = event(2, EventKind.BOUGHT_BACK, thirty_late, "909625.00")
        figures = replay(contract(), [FUNDED, bought], thirty_late)
        assert (figures.payoff, figures.collected, figures.held) == (ZERO, ZERO, ZERO)

    def test_leaves_it_the_invoice_also_where_surpluses_are_the_lenders(self) -> None:
        agreed = contract(Terms(annual_rate=Decimal("0.055"), recourse=False, surplus_to_seller=False))
        bought = event(2, EventKind.BOUGHT_BACK, DUE_ON, "903437.50")
        after_all = event(3, EventKind.RECEIVED, DUE_ON, "1000000.00")
        figures = replay(agreed, [FUNDED, bought, after_all], DUE_ON)
        assert (figures.held, figures.kept) == (cny("1000000.00"), ZERO)  # R11, R12

    def test_entries_of_a_call_move_principal_to_a_claim(self) -> None:
        agreed = replace(contract(), advance_rate=Decimal("0.9"))
        before = replay(agreed, [FUNDED], FUNDED_ON)
        credit = event(2, EventKind.DILUTED, FUNDED_ON, "30000.00")
        after = replay(agreed, [FUNDED, credit], FUNDED_ON)
        assert entries(before, after) == [("dilution_claim", "advance_principal", "27000.00")]


class TestWriteOff:
    LATE = date(2026, 4, 26)
    LOSS = event(3, EventKind.WRITTEN_OFF, LATE, "909625.00")

    def test_entries_are_the_loss_against_all_that_is_open(self) -> None:
        before = replay(contract(), [FUNDED], self.LATE)
        after = replay(contract(), [FUNDED, self.LOSS], self.LATE)
        assert entries(before, after) == [
            ("bad_debt", "penalty_receivable", "6187.50"),
            ("bad_debt", "interest_receivable", "3437.50"),
            ("bad_debt", "advance_principal", "900000.00"),
        ]

    def test_bears_nothing_afterwards(self) -> None:
        later = replay(contract(), [FUNDED, self.LOSS], date(2026, 12, 31))
        assert later.penalty_accrued == cny("6187.50")

    def test_is_smaller_by_a_payment_that_is_booked_for_a_day_before_it(self) -> None:
        payment = event(4, EventKind.RECEIVED, DUE_ON, "500000.00")
        figures = replay(contract(), [FUNDED, self.LOSS, payment], self.LATE)
        # 403,437.50 left on the due date, + 403,437.50 x 8.25 % x 30 / 360 = 2,773.63
        assert figures.written_off == cny("406211.13")
        assert figures.recovered == ZERO


TERMS = st.builds(
    Terms,
    annual_rate=st.decimals(Decimal(0), Decimal("0.3"), places=4),
    overdue_multiplier=st.sampled_from([Decimal(1), Decimal("1.3"), Decimal("1.5")]),
    day_count=st.sampled_from(DayCount),
    interest_timing=st.sampled_from(InterestTiming),
    rounding=st.sampled_from(Rounding),
    roll=st.sampled_from(Roll),
    roll_accrues=st.booleans(),
    grace_days=st.integers(0, 5),
    surplus_to_seller=st.booleans(),
    min_interest_days=st.sampled_from([0, 0, 10, 45]),
    early_settlement_bp=st.sampled_from([Decimal(0), Decimal(50), Decimal("12.5")]),
    penalty_on=st.sampled_from(PenaltyBase),
    waterfall=st.permutations(list(Component)).map(tuple),
    fee_bearer=st.sampled_from(FeeBearer),
)
_K = EventKind


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Any events after funding: payments, costs, releases, and returns of some of them."""
    events = [FUNDED]
    for number in range(2, draw(st.integers(2, 9))):
        on = FUNDED_ON + timedelta(days=draw(st.integers(0, 60)))
        kind = draw(st.sampled_from([kind for kind in EventKind if kind not in {_K.FUNDED, _K.RETURNED}]))
        amount = Money.from_minor(draw(st.integers(1, 70_000_000)), "CNY")
        undone = {each.reverses for each in events}
        standing = [each for each in events[1:] if each.reverses is None and each.id not in undone]
        undo: bool = draw(st.booleans())
        if standing and undo:
            target = draw(st.sampled_from(standing))
            events.append(Event(uuid4(), number, EventKind.RETURNED, on, target.amount, target.id))
        else:
            events.append(Event(uuid4(), number, kind, on, amount))
    return events


@given(terms=TERMS, events=histories(), days=st.integers(0, 90))
def test_every_figure_adds_up_whatever_happened(terms: Terms, events: list[Event], days: int) -> None:
    figures = replay(contract(terms), events, FUNDED_ON + timedelta(days=days))
    parts = [figures.principal, *figures.owed.values(), figures.held, figures.claim, figures.overpaid]
    assert not any(part < ZERO for part in parts)
    assert not figures.held or figures.repaid, "no reserve is kept while something is owed"
    repaid = cny("900000.00") - figures.principal - figures.principal_written_off
    fees = figures.early_paid + figures.debtor_fee_paid
    paid = figures.costs_paid + figures.penalty_paid + figures.interest_paid
    spent = repaid + paid + fees + figures.surplus + figures.kept
    assert figures.wallet - figures.wallet_claim == figures.overpaid - figures.refunded
    prepaid = cny("900000.00") - figures.fee - figures.disbursed
    came = figures.collected + figures.bought_back + figures.dilution_paid
    assert spent + figures.recovered + figures.overpaid == came + prepaid


@given(terms=TERMS, events=histories(), days=st.integers(0, 90))
def test_the_books_balance_between_any_two_moments(terms: Terms, events: list[Event], days: int) -> None:
    before = replay(contract(terms), events[:-1], FUNDED_ON + timedelta(days=days))
    after = replay(contract(terms), events, FUNDED_ON + timedelta(days=days + 1))
    stood = dict(positions(OWNERS, before))
    for leg in movement(OWNERS, before, after, CASH):
        stood[leg.debit] = stood.get(leg.debit, 0) + leg.amount.minor
        stood[leg.credit] = stood.get(leg.credit, 0) - leg.amount.minor
    stood.pop(CASH, None)
    assert stood == positions(OWNERS, after)
