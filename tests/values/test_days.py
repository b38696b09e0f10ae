"""Day counts, interest and business days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.values.business_days import BusinessCalendar, Roll
from domain.values.day_count import DatesReversed, DayCount, NegativeDays, interest
from domain.values.money import Money

PRINCIPAL = Money.of("900000.00", "CNY")
RATE = Decimal("0.055")
# China 2026: the October holiday runs from Thursday 1 to Wednesday 7; Saturday 10 October is worked.
CHINA = BusinessCalendar(
    {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 2, 14): True, date(2026, 10, 10): True}
)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


class TestInterest:
    def test_counts_the_first_day_and_not_the_last(self) -> None:
        # R2: 900,000 x 5.5 % x 25 / 360 = 3,437.50; / 365 = 3,390.41
        assert interest(PRINCIPAL, RATE, 25, DayCount.ACT_360) == Money.of("3437.50", "CNY")
        assert interest(PRINCIPAL, RATE, 25, DayCount.ACT_365F) == Money.of("3390.41", "CNY")

    def test_negative_days_are_refused(self) -> None:
        with pytest.raises(NegativeDays):
            interest(PRINCIPAL, RATE, -1, DayCount.ACT_360)


class TestDayCount:
    def test_march_2026_counts_25_actual_days_from_the_2nd_to_the_27th(self) -> None:
        assert DayCount.ACT_360.days(date(2026, 3, 2), date(2026, 3, 27)) == 25

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            (date(2026, 1, 30), date(2026, 2, 28), 28),
            (date(2026, 1, 31), date(2026, 3, 31), 60),
            (date(2026, 1, 15), date(2026, 3, 31), 76),
            (date(2024, 2, 29), date(2025, 2, 28), 359),
        ],
    )
    def test_thirty_360_gives_every_month_thirty_days(self, start: date, end: date, expected: int) -> None:
        assert DayCount.THIRTY_360.days(start, end) == expected

    def test_a_period_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(DatesReversed):
            DayCount.ACT_360.days(date(2026, 3, 2), date(2026, 3, 1))

    @given(days, st.integers(0, 400), st.integers(0, 400))
    def test_actual_days_add_up_over_adjacent_periods(self, start: date, first: int, second: int) -> None:
        middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
        count = DayCount.ACT_360.days
        assert count(start, middle) + count(middle, end) == count(start, end)


class TestRoll:
    @pytest.mark.parametrize(
        ("due", "convention", "expected"),
        [
            (date(2026, 10, 1), Roll.FOLLOWING, date(2026, 10, 8)),
            (date(2026, 10, 1), Roll.PRECEDING, date(2026, 9, 30)),
            (date(2026, 10, 31), Roll.FOLLOWING, date(2026, 11, 2)),
            (date(2026, 10, 31), Roll.MODIFIED_FOLLOWING, date(2026, 10, 30)),
            (date(2026, 10, 31), Roll.NONE, date(2026, 10, 31)),
            (date(2026, 2, 14), Roll.FOLLOWING, date(2026, 2, 14)),
            (date(2026, 10, 10), Roll.FOLLOWING, date(2026, 10, 10)),
        ],
    )
    def test_a_due_date_moves_as_the_contract_says(self, due: date, convention: Roll, expected: date) -> None:
        # R24 and the business days of the rules: 1 Oct 2026 becomes 8 Oct, or 30 Sep
        assert CHINA.roll(due, convention) == expected

    @given(days, st.sampled_from([Roll.FOLLOWING, Roll.PRECEDING, Roll.MODIFIED_FOLLOWING]))
    def test_a_rolled_date_is_a_business_day_and_rolling_again_changes_nothing(self, due: date, how: Roll) -> None:
        rolled = CHINA.roll(due, how)
        assert CHINA.is_business_day(rolled)
        assert CHINA.roll(rolled, how) == rolled

    @given(days, st.integers(1, 20))
    def test_adding_business_days_and_taking_them_away_returns_to_a_business_day(self, start: date, count: int) -> None:
        first = CHINA.roll(start)
        assert CHINA.add(CHINA.add(first, count), -count) == first
