from datetime import date

import pytest

from domain.platform.calendar import UnknownCalendar, load_calendar
from domain.values.business_days import Roll

CHINA = load_calendar("CN", range(2026, 2029))


class TestChina:
    def test_a_debit_due_on_national_day_goes_behind_golden_week_or_before_it(self) -> None:
        assert CHINA.roll(date(2026, 10, 1), Roll.FOLLOWING) == date(2026, 10, 8)
        assert CHINA.roll(date(2026, 10, 1), Roll.PRECEDING) == date(2026, 9, 30)

    def test_the_last_saturday_of_october_rolls_to_monday_in_november_or_back_when_modified(self) -> None:
        assert CHINA.roll(date(2026, 10, 31)) == date(2026, 11, 2)
        assert CHINA.roll(date(2026, 10, 31), Roll.MODIFIED_FOLLOWING) == date(2026, 10, 30)

    @pytest.mark.parametrize("saturday", [date(2026, 2, 14), date(2026, 10, 10)])
    def test_banks_work_on_make_up_saturdays(self, saturday: date) -> None:
        assert CHINA.is_business_day(saturday)

    def test_a_friday_off_that_a_saturday_makes_up_for_is_a_holiday(self) -> None:
        assert not CHINA.is_business_day(date(2026, 2, 20))

    def test_a_year_without_published_make_up_days_is_provisional(self) -> None:
        assert not CHINA.is_provisional(date(2026, 12, 31))
        assert CHINA.is_provisional(date(2028, 1, 4))

    def test_years_of_the_past_are_as_published(self) -> None:
        # New Year 2012: Sat 31 Dec 2011 was worked, Tue 3 Jan 2012 was off.
        past = load_calendar("cn", [2011, 2012])
        assert past.is_business_day(date(2011, 12, 31))
        assert not past.is_business_day(date(2012, 1, 3))


def test_a_country_that_makes_nothing_up_is_never_provisional() -> None:
    assert not load_calendar("DE", [2050]).is_provisional(date(2050, 1, 3))


def test_asking_again_costs_nothing() -> None:
    assert load_calendar("CN", [2026]) is load_calendar("CN", [2026])


def test_a_country_without_calendar_is_refused() -> None:
    with pytest.raises(UnknownCalendar):
        load_calendar("XX", [2026])
