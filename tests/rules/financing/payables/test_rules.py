"""Rules of payables: the dynamic discount (R18), what own cash allows, and a month of the roll-forward."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.financing.payables.rules import (
    Liquidity,
    days_early,
    dynamic_discount,
    rate_on_cash,
    rate_on_face,
    roll,
)
from domain.financing.payables.states import MovementKind
from domain.values.day_count import DayCount
from domain.values.money import Money


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestDynamicDiscount:
    @pytest.mark.parametrize(("basis", "discount"), [(DayCount.ACT_365F, "701.37"), (DayCount.ACT_360, "711.11")])
    def test_is_the_yearly_rate_for_the_days_it_comes_early(self, basis: DayCount, discount: str) -> None:
        # 100,000 × 8 % × 32 / 365 = 701.37; / 360 = 711.11   (R18)
        assert dynamic_discount(cny("100000.00"), Decimal("0.08"), 32, basis) == cny(discount)

    def test_two_ten_net_thirty_is_so_much_a_year(self) -> None:
        # 2 % for 20 days: 2 / 100 × 365 / 20 = 36.50 % on face, 2 / 98 × 365 / 20 = 37.24 % on cash   (R18)
        facts = (cny("2.00"), cny("100.00"), 20, 365)
        assert round(rate_on_face(*facts), 4) == Decimal("0.3650")
        assert round(rate_on_cash(*facts), 4) == Decimal("0.3724")

    def test_nothing_comes_early_on_its_due_date_or_later(self) -> None:
        due_on = date(2026, 3, 27)
        assert [days_early(date(2026, 3, day), due_on, DayCount.ACT_365F) for day in (26, 27, 30)] == [1, 0, 0]


class TestLiquidity:
    FREE = Liquidity(
        cash=cny("1000.00"), committed=cny("100.00"), floor=cny("300.00"), limit=cny("900.00"), used=cny("250.00")
    )

    def test_is_idle_cash_above_the_floor(self) -> None:
        assert self.FREE.available == cny("600.00")  # 1,000 − 100 − 300, and 900 − 250 = 650 would be allowed

    def test_is_what_the_limit_leaves(self) -> None:
        assert replace(self.FREE, used=cny("850.00")).available == cny("50.00")

    def test_is_nothing_below_the_floor(self) -> None:
        assert replace(self.FREE, cash=cny("350.00")).available == cny("0.00")


def test_a_month_rolls_from_its_opening_to_its_closing() -> None:
    changes = {
        MovementKind.CONFIRMED: 50_000,
        MovementKind.EARLY: -20_000,
        MovementKind.MATURITY: -1_000,
        MovementKind.LENDER: -4_000,
        MovementKind.DILUTED: -500,
    }
    month = roll(date(2026, 3, 1), cny("100.00"), changes)
    # 100 + 500 − 200 − 10 − 40 − 5 = 345
    assert (month.paid_early, month.diluted, month.closing) == (cny("200.00"), cny("5.00"), cny("345.00"))
