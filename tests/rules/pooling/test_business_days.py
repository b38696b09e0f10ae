"""The worked numbers of "Business days" (rules: pooling and collection) as literals, from the library's calendar."""

from datetime import date

import pytest

from domain.platform.calendar import load_calendar
from domain.values.business_days import Roll

CHINA = load_calendar("CN", [2026, 2027])


@pytest.mark.parametrize(
    ("due", "roll", "goes"),
    [
        # golden week: 1 to 7 October are holidays
        (date(2026, 10, 1), Roll.FOLLOWING, date(2026, 10, 8)),
        (date(2026, 10, 1), Roll.PRECEDING, date(2026, 9, 30)),
        (date(2026, 10, 7), Roll.MODIFIED_FOLLOWING, date(2026, 10, 8)),
        # Saturday, the last of its month
        (date(2026, 10, 31), Roll.FOLLOWING, date(2026, 11, 2)),
        (date(2026, 10, 31), Roll.MODIFIED_FOLLOWING, date(2026, 10, 30)),
        (date(2026, 10, 31), Roll.NONE, date(2026, 10, 31)),
        (date(2026, 3, 1), Roll.FOLLOWING, date(2026, 3, 2)),  # a Sunday
        # Saturdays that are worked stand
        (date(2026, 2, 14), Roll.FOLLOWING, date(2026, 2, 14)),
        (date(2026, 10, 10), Roll.FOLLOWING, date(2026, 10, 10)),
    ],
)
def test_business_days_a_debit_goes_where_its_convention_puts_it(due: date, roll: Roll, goes: date) -> None:
    assert CHINA.roll(due, roll) == goes


def test_business_days_a_leap_day_on_a_weekday_is_worked_and_on_a_weekend_is_rolled() -> None:
    leap = load_calendar("CN", [2024, 2032])
    assert leap.roll(date(2024, 2, 29)) == date(2024, 2, 29)  # a Thursday
    assert leap.roll(date(2032, 2, 29)) == date(2032, 3, 1)  # a Sunday
    assert leap.roll(date(2032, 2, 29), Roll.MODIFIED_FOLLOWING) == date(2032, 2, 27)  # not into the next month
