"""The rules of financing with their worked numbers (rules/financing.md)."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.financing import rules
from domain.financing.terms import Component, Contract, DueDates, InterestTiming, Terms
from domain.values.business_days import BusinessCalendar, Roll
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding

FUNDED_ON = date(2026, 3, 2)
DUE_ON = date(2026, 3, 27)  # 25 days later, a Friday
BASE = Terms(annual_rate=Decimal("0.055"))


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def contract(terms: Terms = BASE, due_on: date = DUE_ON, principal: str = "900000.00") -> Contract:
    """The base case: 1,000,000.00 of face, 90 % advanced, 0.20 % fee."""
    dates = DueDates.under(due_on, terms, BusinessCalendar())
    return Contract(cny(principal), cny("1000000.00"), cny("2000.00"), terms, dates)


class TestAvailability:
    def test_is_the_rate_times_the_eligible_balance_where_no_limit_is_narrower(self) -> None:
        # 1,000,000.00 x 90 % = 900,000.00   (R1)
        assert rules.availability(cny("1000000.00"), Decimal("0.9"), []) == cny("900000.00")

    def test_is_the_narrowest_headroom(self) -> None:
        headrooms = [cny("850000.00"), cny("640000.00"), cny("2000000.00")]
        assert rules.availability(cny("1000000.00"), Decimal("0.9"), headrooms) == cny("640000.00")

    def test_is_nothing_where_a_line_is_overdrawn(self) -> None:
        assert rules.availability(cny("1000000.00"), Decimal("0.9"), [cny("-5.00")]) == cny("0.00")

    def test_never_rounds_up_over_the_rate(self) -> None:
        # 0.05 x 90 % = 0.045
        assert rules.availability(cny("0.05"), Decimal("0.9"), []) == cny("0.04")


class TestInterest:
    def test_counts_the_first_day_and_not_the_last(self) -> None:
        # 900,000 x 5.5 % x 25 / 360 = 3,437.50   (R2)
        assert rules.contract_interest(contract(), FUNDED_ON, DUE_ON) == cny("3437.50")

    def test_differs_by_the_contracts_basis(self) -> None:
        # 900,000 x 5.5 % x 25 / 365 = 3,390.4109
        terms = Terms(annual_rate=Decimal("0.055"), day_count=DayCount.ACT_365F)
        assert rules.contract_interest(contract(terms), FUNDED_ON, DUE_ON) == cny("3390.41")

    def test_counts_months_of_thirty_days_where_the_contract_does(self) -> None:
        # 2 March to 2 May: 60 days, not 61: 900,000 x 5.5 % x 60 / 360 = 8,250.00
        terms = Terms(annual_rate=Decimal("0.055"), day_count=DayCount.THIRTY_360, roll=Roll.NONE)
        assert rules.contract_interest(contract(terms, date(2026, 5, 2)), FUNDED_ON, date(2026, 5, 2)) == cny("8250.00")

    def test_rounds_as_the_contract_says(self) -> None:
        # 1,000.00 x 5.5 % x 25 / 360 = 3.8194; truncated 3.81
        terms = Terms(annual_rate=Decimal("0.055"), rounding=Rounding.TRUNCATE)
        assert rules.contract_interest(contract(terms, principal="1000.00"), FUNDED_ON, DUE_ON) == cny("3.81")


class TestCashOut:
    def test_is_the_advance_less_the_fee_when_interest_is_paid_at_the_end(self) -> None:
        # 900,000.00 - 0.20 % of 1,000,000.00 = 898,000.00   (R3)
        fee = rules.handling_fee(cny("1000000.00"), Decimal(20))
        prepaid = rules.prepaid_interest(contract(), FUNDED_ON)
        assert rules.cash_out(cny("900000.00"), fee, prepaid) == cny("898000.00")

    def test_is_less_by_the_interest_when_that_is_paid_in_front(self) -> None:
        # 898,000.00 - 3,437.50 = 894,562.50   (R4)
        front = contract(Terms(annual_rate=Decimal("0.055"), interest_timing=InterestTiming.FRONT))
        prepaid = rules.prepaid_interest(front, FUNDED_ON)
        assert rules.cash_out(cny("900000.00"), cny("2000.00"), prepaid) == cny("894562.50")

    def test_shows_what_a_court_makes_of_interest_paid_in_front(self) -> None:
        # 900,000.00 - 3,437.50 = 896,562.50; x 5.5 % x 25 / 360 = 3,424.3707   (R4, Civil Code 670)
        restated = rules.restated_as_loan(cny("900000.00"), cny("3437.50"), BASE, 25)
        assert restated == (cny("896562.50"), cny("3424.37"))


class TestHoldback:
    def test_returns_what_is_left_after_principal_and_interest(self) -> None:
        # 1,000,000.00 - 900,000.00 - 3,437.50 = 96,562.50   (R5)
        assert rules.holdback_release(cny("1000000.00"), [cny("900000.00"), cny("3437.50")]) == cny("96562.50")

    def test_is_less_by_the_penalty_when_the_debtor_was_late(self) -> None:
        # 96,562.50 - 2,062.50 = 94,500.00   (R5, R6)
        deductions = [cny("900000.00"), cny("3437.50"), cny("2062.50")]
        assert rules.holdback_release(cny("1000000.00"), deductions) == cny("94500.00")


OWED = {
    Component.COSTS: cny("300.00"),
    Component.PENALTY: cny("2062.50"),
    Component.INTEREST: cny("3437.50"),
    Component.PRINCIPAL: cny("900000.00"),
}


class TestWaterfall:
    def test_pays_costs_then_penalty_then_interest_then_principal(self) -> None:
        # 500,000.00 - 300.00 - 2,062.50 - 3,437.50 = 494,200.00; 900,000.00 - 494,200.00 = 405,800.00 left   (R7)
        result = rules.allocate_payment(cny("500000.00"), OWED)
        assert result.paid == OWED | {Component.PRINCIPAL: cny("494200.00")}
        assert result.left == cny("0.00")
        assert OWED[Component.PRINCIPAL] - result.paid[Component.PRINCIPAL] == cny("405800.00")

    def test_leaves_what_nothing_is_owed_for(self) -> None:
        # 1,000,000.00 - 905,800.00 = 94,200.00
        assert rules.allocate_payment(cny("1000000.00"), OWED).left == cny("94200.00")

    def test_follows_another_order_where_the_contract_has_one(self) -> None:
        principal_first = (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY, Component.COSTS)
        result = rules.allocate_payment(cny("900001.00"), OWED, principal_first)
        assert result.paid[Component.PRINCIPAL] == cny("900000.00")
        assert result.paid[Component.INTEREST] == cny("1.00")

    @given(payment=st.integers(0, 10**12), owed=st.lists(st.integers(0, 10**11), min_size=4, max_size=4))
    def test_spends_the_payment_exactly(self, payment: int, owed: list[int]) -> None:
        debts = {part: Money.from_minor(minor, "CNY") for part, minor in zip(Component, owed, strict=True)}
        result = rules.allocate_payment(Money.from_minor(payment, "CNY"), debts)
        assert Money.total([*result.paid.values(), result.left], "CNY").minor == payment
        assert not any(debts[part] < result.paid[part] for part in Component)
        assert not result.left or result.paid == debts


class TestEarlySettlement:
    def test_charges_the_days_that_passed(self) -> None:
        # 900,000 x 5.5 % x 15 / 360 = 2,062.50   (R9)
        assert rules.contract_interest(contract(), FUNDED_ON, date(2026, 3, 17)) == cny("2062.50")

    def test_gives_back_the_interest_paid_in_front_and_not_used(self) -> None:
        # 3,437.50 - 2,062.50 = 1,375.00   (R9)
        assert rules.unused_interest(cny("3437.50"), cny("2062.50")) == cny("1375.00")


class TestAllInRate:
    def test_shows_the_whole_cost_beside_the_headline_rate(self) -> None:
        # cost 3,437.50 + 2,000.00 = 5,437.50 on 898,000.00 for 25 days: x 365 / 25 = 8.84 %; effective 9.21 %   (R14)
        rate = rules.all_in_rate(cny("5437.50"), cny("898000.00"), 25)
        assert round(rate.simple, 4) == Decimal("0.0884")
        assert round(rate.effective, 4) == Decimal("0.0921")

    def test_agrees_with_the_published_check(self) -> None:
        # 10,000 at 80 % is 8,000; 3 % fee is 300; 300 / 8,000 x 365 / 30 = 45.625 %
        assert rules.all_in_rate(cny("300.00"), cny("8000.00"), 30).simple == Decimal("0.456250000")


class TestAccrual:
    PRINCIPAL = Money.of("333333.33", "CNY")

    def cumulative(self, days: int) -> Money:
        return rules.accrued(self.PRINCIPAL.minor * days, Decimal("0.055"), DayCount.ACT_360, Rounding.HALF_UP, "CNY")

    def test_adds_up_to_the_interest_of_the_whole_term(self) -> None:
        # 333,333.33 x 5.5 % / 360 x 25 = 1,273.15   (R16)
        daily = [self.cumulative(day) - self.cumulative(day - 1) for day in range(1, 26)]
        assert Money.total(daily, "CNY") == cny("1273.15")

    def test_would_drift_if_each_day_were_rounded(self) -> None:
        # 333,333.33 x 5.5 % / 360 = 50.9259, rounded 50.93 x 25 = 1,273.25
        assert self.cumulative(1).times(25) == cny("1273.25")


class TestDueDates:
    SATURDAY = date(2026, 3, 28)

    def test_roll_forward_from_a_day_on_which_banks_are_closed(self) -> None:
        dates = DueDates.under(self.SATURDAY, BASE, BusinessCalendar())
        assert dates.rolled_due_on == date(2026, 3, 30)

    def test_bear_interest_over_the_roll_where_the_contract_says_so(self) -> None:
        # 26 + 2 days: 900,000 x 5.5 % x 2 / 360 = 275.00 more   (R24)
        rolled = contract(due_on=self.SATURDAY)
        to_due = rules.contract_interest(rolled, FUNDED_ON, self.SATURDAY)
        to_rolled = rules.contract_interest(rolled, FUNDED_ON, date(2026, 3, 30))
        assert to_rolled - to_due == cny("275.00")

    def test_bear_none_over_the_roll_where_the_contract_says_that(self) -> None:
        still = contract(Terms(annual_rate=Decimal("0.055"), roll_accrues=False), self.SATURDAY)
        to_due = rules.contract_interest(still, FUNDED_ON, self.SATURDAY)
        assert rules.contract_interest(still, FUNDED_ON, date(2026, 3, 30)) == to_due

    def test_are_late_only_after_the_rolled_date_and_its_grace(self) -> None:
        gracious = contract(Terms(annual_rate=Decimal("0.055"), grace_days=3), self.SATURDAY)
        assert gracious.dates.penalty_from == date(2026, 4, 2)
        assert gracious.penalty_days(date(2026, 4, 2)) == 0
        assert gracious.penalty_days(date(2026, 4, 3)) == 1

    def test_bear_contract_interest_through_the_grace_days(self) -> None:
        gracious = contract(Terms(annual_rate=Decimal("0.055"), grace_days=3), self.SATURDAY)
        assert gracious.interest_days(FUNDED_ON, date(2026, 4, 10)) == 26 + 2 + 3

    @given(
        start=st.dates(date(2024, 1, 1), date(2026, 1, 1)),
        cuts=st.lists(st.integers(0, 400), min_size=2, max_size=6),
        day_count=st.sampled_from(DayCount),
        roll_accrues=st.booleans(),
        grace_days=st.integers(0, 10),
    )
    def test_days_of_the_parts_add_up_to_the_days_of_the_whole(
        self, start: date, cuts: list[int], day_count: DayCount, roll_accrues: bool, grace_days: int
    ) -> None:
        terms = Terms(Decimal("0.055"), day_count=day_count, roll_accrues=roll_accrues, grace_days=grace_days)
        whole = contract(terms, date.fromordinal(start.toordinal() + 90))
        points = [date.fromordinal(start.toordinal() + cut) for cut in sorted(cuts)]
        days = [whole.interest_days(start, point) for point in points]
        assert days == sorted(days)
        assert days[0] >= 0


class TestDilution:
    def test_calls_what_was_lent_on_the_credit(self) -> None:
        # 900,000.00 - 90 % x (1,000,000.00 - 30,000.00) = 27,000.00   (R10)
        unpaid, credit = cny("970000.00"), cny("30000.00")
        assert rules.dilution_call(cny("900000.00"), Decimal("0.9"), unpaid, credit) == cny("27000.00")

    def test_calls_nothing_where_less_was_lent_than_might_have_been(self) -> None:
        # 800,000.00 is within 90 % of 970,000.00
        unpaid, credit = cny("970000.00"), cny("30000.00")
        assert rules.dilution_call(cny("800000.00"), Decimal("0.9"), unpaid, credit) == cny("0.00")

    def test_never_calls_more_than_was_lent_on_the_credit(self) -> None:
        # Penalty ate a payment: 500,000.00 stand on 400,000.00, but only 90 % of 30,000.00 is the credit's doing.
        unpaid, credit = cny("400000.00"), cny("30000.00")
        assert rules.dilution_call(cny("500000.00"), Decimal("0.9"), unpaid, credit) == cny("27000.00")


class TestProvision:
    def test_is_one_per_cent_of_closing_financing(self) -> None:
        assert rules.provision_required(cny("20000000.00")) == cny("200000.00")  # R23

    def test_a_debt_stops_performing_on_the_ninety_first_day(self) -> None:
        assert not rules.is_nonperforming(date(2026, 3, 27), date(2026, 6, 25))  # 90 days
        assert rules.is_nonperforming(date(2026, 3, 27), date(2026, 6, 26))  # R23


class TestReview:
    def test_is_for_more_than_five_times_what_is_owed(self) -> None:
        assert not rules.needs_review(cny("4500000.00"), cny("900000.00"))
        assert rules.needs_review(cny("4500000.01"), cny("900000.00"))
