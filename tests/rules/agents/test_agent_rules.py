"""R21, R25, R26, R27 with the published figures."""

from decimal import Decimal

import pytest

from domain.financing.agents import rules
from domain.financing.agents.rules import PeriodSales, Standing
from domain.financing.agents.states import ClaimStep, Status
from domain.values.money import Money


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


THREE = [PeriodSales(cny(amount), 15) for amount in ("390000.00", "420000.00", "360000.00")]


def standing(outstanding: str, *, status: Status = Status.A, halted: bool = False) -> Standing:
    return Standing(status, cny("1300000.00"), cny("300000.00"), Decimal(4), cny(outstanding), halted)


class TestCapacity:
    def test_is_days_times_the_mean_of_the_three_highest_periods_times_two(self) -> None:
        # R21: 420,000 + 390,000 + 360,000 = 1,170,000 over 45 days: 26,000 a day; 25 days x 26,000 x 2
        assert rules.mean_daily_sales(THREE) == cny("26000.00")
        assert rules.capacity(THREE, 25, Decimal(2)) == cny("1300000.00")

    def test_looks_at_the_highest_three_only(self) -> None:
        more = [*THREE, PeriodSales(cny("359999.99"), 15), PeriodSales(cny("1.00"), 15)]
        assert rules.capacity(more, 25, Decimal(2)) == cny("1300000.00")

    def test_divides_once_and_rounds_down(self) -> None:
        # R21: 100.00 / 45 x 25 x 2 = 111.11; a mean rounded first (2.22 x 50) would give 111.00
        assert rules.capacity([PeriodSales(cny("100.00"), 45)], 25, Decimal(2)) == cny("111.11")

    def test_is_unknown_without_a_period(self) -> None:
        assert rules.capacity([], 25, Decimal(2)) is None

    def test_is_nothing_when_more_was_refunded_than_sold(self) -> None:
        assert rules.capacity([PeriodSales(cny("-5.00"), 15)], 25, Decimal(2)) == cny("0.00")


@pytest.mark.parametrize(
    ("finances", "history", "status"),
    [(True, True, Status.A), (True, False, Status.B), (False, True, Status.B), (False, False, Status.C)],
)
def test_both_tests_passed_is_a_one_failed_is_b_both_failed_is_c(finances: bool, history: bool, status: Status) -> None:
    assert rules.risk_status(finances_pass=finances, history_pass=history) is status  # R25


class TestLimit:
    def test_is_the_lesser_of_capacity_and_deposit_times_multiple(self) -> None:
        # R26: min(1,300,000; 300,000 x 4 = 1,200,000) - 1,050,000 = 150,000: a sale of 160,000 does not fit
        assert rules.agent_limit(standing("1050000.00")) == cny("1200000.00")
        assert rules.headroom(standing("1050000.00")) == cny("150000.00")

    def test_remitting_early_restores_it(self) -> None:
        # R26: 1,200,000 - (1,050,000 - 200,000) = 350,000
        assert rules.headroom(standing("850000.00")) == cny("350000.00")

    def test_of_status_c_is_the_security_held(self) -> None:
        assert rules.agent_limit(standing("0.00", status=Status.C)) == cny("300000.00")  # R21

    def test_is_nothing_until_a_used_deposit_is_topped_up(self) -> None:
        assert rules.agent_limit(standing("0.00", halted=True)) == cny("0.00")  # R27

    def test_beyond_the_limit_nothing_may_be_sold(self) -> None:
        assert rules.headroom(standing("1200000.01")) == cny("0.00")


class TestWarnings:
    def test_come_at_50_75_and_100_per_cent(self) -> None:
        # R21: 1,050,000 / 1,200,000 = 87.5 %
        limit = cny("1200000.00")
        assert rules.used_percent(limit, cny("1050000.00")) == Decimal("87.50")
        assert rules.warnings_reached(limit, cny("1050000.00")) == (50, 75)
        assert rules.warnings_reached(limit, cny("600000.00")) == (50,)
        assert rules.warnings_reached(limit, cny("599999.99")) == ()
        assert rules.warnings_reached(limit, cny("1200000.00")) == (50, 75, 100)

    def test_all_of_a_limit_of_nothing_is_used_by_anything(self) -> None:
        assert rules.warnings_reached(cny("0.00"), cny("0.01")) == (50, 75, 100)
        assert rules.warnings_reached(cny("0.00"), cny("0.00")) == ()


class TestDeposit:
    def test_needed_is_what_its_multiple_covers(self) -> None:
        # R26: 1,050,000 / 4 = 262,500; a cent more owed needs a cent more deposit
        assert rules.deposit_needed(Status.A, cny("1050000.00"), Decimal(4)) == cny("262500.00")
        assert rules.deposit_needed(Status.A, cny("1050000.01"), Decimal(4)) == cny("262500.01")

    def test_of_status_c_secures_everything(self) -> None:
        assert rules.deposit_needed(Status.C, cny("1050000.00"), Decimal(4)) == cny("1050000.00")


class TestDefault:
    def test_takes_the_deposit_and_claims_the_rest(self) -> None:
        # R27: 412,000 - 300,000 = 112,000
        assert rules.cover_default(cny("412000.00"), cny("300000.00")) == (cny("300000.00"), cny("112000.00"))

    def test_that_the_deposit_covers_leaves_nothing_to_claim(self) -> None:
        assert rules.cover_default(cny("200000.00"), cny("300000.00")) == (cny("200000.00"), cny("0.00"))

    def test_goes_from_payouts_to_guarantor_to_seller_passing_over_who_is_not_there(self) -> None:
        everybody = dict.fromkeys(ClaimStep, True)
        assert rules.next_step(None, everybody) is ClaimStep.PAYOUTS
        assert rules.next_step(ClaimStep.PAYOUTS, everybody) is ClaimStep.GUARANTOR
        assert rules.next_step(ClaimStep.PAYOUTS, everybody | {ClaimStep.GUARANTOR: False}) is ClaimStep.SELLER
        assert rules.next_step(ClaimStep.SELLER, everybody) is None
