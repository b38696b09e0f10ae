"""When dues fall, what a client pays for them, and what it may be paid before it is final."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.collection.errors import InstalmentsDoNotAddUp, NoSuchDay
from domain.collection.rules import FeePlan, check_day, check_instalments, collection_fee, due_dates, payable_now
from domain.collection.states import Frequency
from domain.values.money import Money


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestDueDates:
    def test_the_last_day_of_a_month_is_what_the_month_has(self) -> None:
        days = list(due_dates(Frequency.MONTHLY, date(2028, 1, 31), 31, date(2028, 4, 30)))
        assert days == [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]

    def test_a_day_before_the_first_is_left_out(self) -> None:
        days = list(due_dates(Frequency.MONTHLY, date(2026, 3, 20), 5, date(2026, 5, 31)))
        assert days == [date(2026, 4, 5), date(2026, 5, 5)]

    def test_weeks_keep_their_weekday_and_years_their_month(self) -> None:
        assert list(due_dates(Frequency.WEEKLY, date(2026, 12, 28), 28, date(2027, 1, 10))) == [
            date(2026, 12, 28),
            date(2027, 1, 4),
        ]
        assert list(due_dates(Frequency.YEARLY, date(2026, 2, 28), 31, date(2028, 12, 31))) == [
            date(2026, 2, 28),
            date(2027, 2, 28),
            date(2028, 2, 29),
        ]

    @pytest.mark.parametrize("day", [0, 29, 30, 32])
    def test_a_day_that_some_months_lack_is_refused(self, day: int) -> None:
        with pytest.raises(NoSuchDay) as refused:
            check_day(day)
        assert refused.value.facts == {"day": day, "most": 28, "last": 31}

    @given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from([*range(1, 29), 31]), st.integers(0, 900))
    def test_every_month_has_exactly_one(self, first_on: date, day: int, span: int) -> None:
        until = first_on + timedelta(days=span)
        days = list(due_dates(Frequency.MONTHLY, first_on, day, until))
        assert days == sorted(days)
        assert all(first_on <= each <= until for each in days)
        months = [(each.year, each.month) for each in days]
        assert len(set(months)) == len(months)
        assert len(days) >= (span - 31) // 31


class TestInstalments:
    def test_come_to_the_total_exactly(self) -> None:
        # 333.34 + 333.33 + 333.33 = 1,000.00
        check_instalments(cny("1000.00"), [cny("333.34"), cny("333.33"), cny("333.33")])
        with pytest.raises(InstalmentsDoNotAddUp) as refused:
            check_instalments(cny("1000.00"), [cny("333.33")] * 3)
        assert refused.value.facts == {"total": "1,000.00 CNY", "summed": "999.99 CNY", "count": 3}

    def test_each_is_something(self) -> None:
        with pytest.raises(InstalmentsDoNotAddUp):
            check_instalments(cny("10.00"), [cny("10.00"), cny("0.00")])


class TestFees:
    @pytest.mark.parametrize(
        ("amount", "fee"),
        [
            ("100.00", "0.80"),  # 0.50 + 30 bp of 100.00
            ("1.00", "0.50"),  # 0.50 + 0.003, half up to the cent
            ("10000.00", "5.00"),  # 30.50, at most 5.00
            ("0.30", "0.30"),  # never more than was collected
        ],
    )
    def test_are_an_amount_and_basis_points_up_to_a_ceiling(self, amount: str, fee: str) -> None:
        plan = FeePlan(cny("0.50"), Decimal(30), cny("5.00"))
        assert collection_fee(cny(amount), plan) == cny(fee)


class TestPayableBeforeItIsFinal:
    def test_the_oldest_within_the_risk_limit_that_is_left(self) -> None:
        # limit 100.00, 40.00 at risk already: 30.00 and 30.00 fit, 0.01 more does not
        amounts = [cny("30.00"), cny("30.00"), cny("0.01")]
        assert payable_now(amounts, cny("100.00"), cny("40.00")) == [cny("30.00"), cny("30.00")]

    def test_nothing_without_a_limit(self) -> None:
        assert payable_now([cny("0.01")], cny("0.00"), cny("0.00")) == []
