"""When a collection that was refused for want of funds is tried again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.banking.rules import may_be_retried
from domain.platform.calendar import load_calendar
from domain.runs.rules import (
    ENTRUSTED_POLICY,
    STANDARD_POLICY,
    Place,
    RetryPolicy,
    following_attempt,
    next_attempt,
    retry_periods,
)
from domain.values.business_days import BusinessCalendar

CHINA = load_calendar("CN", range(2025, 2028))
MONDAY = date(2026, 3, 2)


def first(presented_on: date) -> Place:
    return Place(1, presented_on, 0)


class TestPeriods:
    def test_seven_days_over_two_retries_are_three_days_and_four(self) -> None:
        # 7 x 1 / 2 = 3.5: days 1-3 and 4-7 after Monday 2 March
        assert retry_periods(MONDAY, STANDARD_POLICY) == [
            (date(2026, 3, 3), date(2026, 3, 5)),
            (date(2026, 3, 6), date(2026, 3, 9)),
        ]

    @given(st.integers(1, 10), st.integers(0, 60))
    def test_periods_cover_the_window_without_gap_or_overlap(self, retries: int, more_days: int) -> None:
        policy = RetryPolicy(retries=retries, window_days=retries + more_days)
        days = [
            start + timedelta(days=offset)
            for start, end in retry_periods(MONDAY, policy)
            for offset in range((end - start).days + 1)
        ]
        assert days == [MONDAY + timedelta(days=offset) for offset in range(1, policy.window_days + 1)]


class TestNextAttempt:
    def test_is_the_first_business_day_of_each_period(self) -> None:
        second = next_attempt(first(MONDAY), MONDAY, CHINA, STANDARD_POLICY)
        assert (second.due_on, second.place) == (date(2026, 3, 3), Place(1, MONDAY, 1))
        third = next_attempt(second.place, second.due_on, CHINA, STANDARD_POLICY)
        assert (third.due_on, third.place) == (date(2026, 3, 6), Place(1, MONDAY, 2))

    def test_after_three_attempts_the_obligation_is_presented_anew_a_week_later(self) -> None:
        fourth = next_attempt(Place(1, MONDAY, 2), date(2026, 3, 6), CHINA, STANDARD_POLICY)
        assert (fourth.due_on, fourth.place) == (date(2026, 3, 9), Place(2, date(2026, 3, 9), 0))

    def test_golden_week_drops_both_periods_and_doubles_none(self) -> None:
        # 30 September 2026 + 7 days: 1-3 and 4-7 October are all holidays; the week ends on 7 October, so 8 October.
        presented = date(2026, 9, 30)
        coming = next_attempt(first(presented), presented, CHINA, STANDARD_POLICY)
        assert (coming.due_on, coming.place) == (date(2026, 10, 8), Place(2, date(2026, 10, 8), 0))

    def test_golden_week_leaves_a_payer_alone_who_is_written_to_instead(self) -> None:
        # The same window for entrusted dues: both periods are dropped, and nothing is presented anew by itself.
        presented = date(2026, 9, 30)
        assert following_attempt(first(presented), presented, CHINA, ENTRUSTED_POLICY) is None

    def test_a_window_over_the_end_of_a_month_and_of_a_leap_february(self) -> None:
        # Monday 28 February 2028 + 7 days: Tuesday 29 February - 2 March, 3 March - 6 March.
        assert retry_periods(date(2028, 2, 28), STANDARD_POLICY) == [
            (date(2028, 2, 29), date(2028, 3, 2)),
            (date(2028, 3, 3), date(2028, 3, 6)),
        ]

    def test_a_make_up_saturday_is_a_day_to_try(self) -> None:
        # 28 September + 1-3 is 29 September; the second period, 2-5 October, is all holiday and dropped; a new
        # presentation falls on 5 October, rolls to 8 October, and its first retry is Friday 9; then Saturday 12 - 15.
        place = first(date(2026, 9, 28))
        assert next_attempt(place, date(2026, 9, 28), CHINA, STANDARD_POLICY).due_on == date(2026, 9, 29)
        second = next_attempt(Place(1, date(2026, 9, 28), 1), date(2026, 9, 29), CHINA, STANDARD_POLICY)
        assert second.due_on == date(2026, 10, 8)
        # Known late on Friday 9 October: Saturday 10 October works in 2026.
        third = next_attempt(second.place, date(2026, 10, 9), CHINA, STANDARD_POLICY)
        assert third.due_on == date(2026, 10, 10)

    def test_a_refusal_that_was_told_late_is_not_made_up_for(self) -> None:
        # Known on Friday 6 March: the first period (3-5) is over, Monday 9 March is the last day of the second.
        assert next_attempt(first(MONDAY), date(2026, 3, 6), CHINA, STANDARD_POLICY).due_on == date(2026, 3, 9)

    def test_a_year_before_and_a_leap_day_are_days_like_others(self) -> None:
        calendar = BusinessCalendar()
        # Monday 28 February 2028: the day after is Tuesday 29.
        found = next_attempt(first(date(2028, 2, 28)), date(2028, 2, 28), calendar, STANDARD_POLICY)
        assert found.due_on == date(2028, 2, 29)

    @given(
        st.dates(date(2025, 6, 1), date(2027, 6, 1)),
        st.integers(0, 9),
        st.integers(1, 5),
        st.integers(0, 10),
    )
    def test_attempts_go_forward_on_business_days_at_most_n_plus_one_in_a_presentation(
        self, presented_on: date, told_late: int, retries: int, more_days: int
    ) -> None:
        policy = RetryPolicy(retries=retries, window_days=retries + more_days)
        presented_on = CHINA.roll(presented_on)
        place, known_on, attempts = first(presented_on), presented_on + timedelta(days=told_late), 1
        while place.presentation == 1:
            coming = next_attempt(place, known_on, CHINA, policy)
            assert coming.due_on > known_on
            assert CHINA.is_business_day(coming.due_on)
            assert coming.place.presentation > place.presentation or coming.place.period > place.period
            attempts += coming.place.presentation == 1
            place, known_on = coming.place, coming.due_on
        assert attempts <= retries + 1


def test_a_policy_whose_periods_have_no_day_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        RetryPolicy(retries=8, window_days=7)


@pytest.mark.parametrize(
    ("reason", "again"),
    [
        ("AM04", True),  # SEPA: insufficient funds
        ("R01", True),  # ACH: insufficient funds
        ("R09", True),  # ACH: uncollected funds
        ("R02", False),  # ACH: account closed
        ("AC01", False),
        ("AC04", False),
        ("AC06", False),
        ("MD01", False),
        ("MD06", False),
        (None, False),
    ],
)
def test_only_want_of_funds_is_tried_again(reason: str | None, again: bool) -> None:
    assert may_be_retried(reason) is again
