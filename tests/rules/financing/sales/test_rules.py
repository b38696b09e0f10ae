"""Repayment out of sales (R15): the daily payment, the daily rate, and a schedule that ends on nothing."""

from decimal import Decimal
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.financing.sales.errors import SalesTooSmall
from domain.financing.sales.rules import (
    MAX_PAYMENTS,
    SalesPlan,
    daily_effective_rate,
    daily_payment,
    repayment_schedule,
)
from domain.values.money import Money


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


BASE = SalesPlan(net=cny("9000.00"), fee=cny("1000.00"), daily=cny("50.00"))


class TestBaseCase:
    def test_a_share_of_a_years_sales_makes_the_daily_payment(self) -> None:
        # 100,000.00 × 18 % / 360 = 50.00 a day   (R15)
        assert daily_payment(cny("100000.00"), Decimal("0.18"), 360) == cny("50.00")

    def test_advance_and_fee_are_paid_back_in_as_many_days_as_it_takes(self) -> None:
        # ceil((9,000 + 1,000) / 50) = 200   (R15)
        assert len(BASE.payments) == 200

    def test_the_daily_rate_is_that_at_which_the_payments_are_worth_the_advance(self) -> None:
        assert round(daily_effective_rate(BASE) * 100, 6) == Decimal("0.106781")  # R15

    def test_the_first_days_income_and_balance(self) -> None:
        # 9,000 × 0.106781 % = 9.61; 9,000 + 9.61 − 50 = 8,959.61; × 0.106781 % = 9.57; + 9.57 − 50 = 8,919.18   (R15)
        first, second = repayment_schedule(BASE)[:2]
        assert (first.balance, first.income) == (cny("8959.61"), cny("9.61"))
        assert (second.balance, second.income) == (cny("8919.18"), cny("9.57"))

    def test_the_incomes_sum_to_the_fee_and_nothing_is_left(self) -> None:
        schedule = repayment_schedule(BASE)
        assert Money.total((row.income for row in schedule), "CNY") == cny("1000.00")
        assert schedule[-1].balance == cny("0.00")


def test_the_last_payment_may_be_smaller() -> None:
    # 10,000 / 300 = 33.3: 33 payments of 300 are 9,900, and 100 are left
    advance = SalesPlan(cny("9000.00"), cny("1000.00"), cny("300.00"))
    assert (len(advance.payments), advance.payments[-1]) == (34, cny("100.00"))
    assert repayment_schedule(advance)[-1].balance == cny("0.00")


def test_an_advance_without_a_fee_costs_nothing() -> None:
    advance = SalesPlan(cny("100.00"), cny("0.00"), cny("30.00"))
    assert daily_effective_rate(advance) == 0
    assert {row.income for row in repayment_schedule(advance)} == {cny("0.00")}


def test_sales_that_would_take_ten_years_and_a_day_are_refused() -> None:
    SalesPlan(Money.from_minor(MAX_PAYMENTS, "CNY"), cny("0.00"), cny("0.01"))
    with pytest.raises(SalesTooSmall):
        SalesPlan(Money.from_minor(MAX_PAYMENTS + 1, "CNY"), cny("0.00"), cny("0.01"))


@given(net=st.integers(1, 10**7), fee=st.integers(0, 10**6), days=st.integers(1, 60), data=st.data())
def test_every_schedule_pays_all_earns_the_fee_and_follows_its_rate(
    net: int, fee: int, days: int, data: st.DataObject
) -> None:
    least = max(1, (net + fee) // days)
    daily = data.draw(st.integers(least, max(least, net + fee)))
    advance = SalesPlan(*(Money.from_minor(each, "CNY") for each in (net, fee, daily)))
    schedule = repayment_schedule(advance)
    assert len(schedule) == ceil((net + fee) / daily)
    assert sum(row.payment.minor for row in schedule) == net + fee
    assert sum(row.income.minor for row in schedule) == fee
    assert schedule[-1].balance.minor == 0
    assert all(row.income.minor >= 0 for row in schedule)
    rate = daily_effective_rate(advance)
    worth = sum(row.payment.amount / (1 + rate) ** row.day for row in schedule)
    assert abs(worth - advance.net.amount) < Decimal("0.000001")
