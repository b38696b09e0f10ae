"""Bank calendars by country: holidays and make-up working days as the `holidays` library knows them.

What a tenant goes by is its own table, filled from here: `domain.calendars`.

A government publishes its make-up days one year ahead. Beyond the last published year the library still answers, but
without them, so those years are provisional: whoever plans on such a date warns, and plans again once it is published.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from holidays import country_holidays, list_supported_countries

from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError

# The library's own first and last year with make-up days lie within; asking for all of them takes 4 ms, once.
_KNOWN_YEARS = range(2000, 2100)


class UnknownCalendar(DomainError):
    """No holidays are known for the country."""

    code = "unknown_calendar"
    status = 422
    en = "“{country}” has no bank calendar. Use an ISO 3166 country code such as CN."
    zh = "没有“{country}”的银行日历,请使用 ISO 3166 国家代码,例如 CN。"

    def __init__(self, *, country: str) -> None:
        super().__init__(country=country)


@dataclass(frozen=True)
class BankCalendar(BusinessCalendar):
    """The business days of one country, and up to which year they are published."""

    country: str = ""
    provisional_years: frozenset[int] = frozenset()

    def is_provisional(self, day: date) -> bool:
        """Whether `day` may still change when the government publishes its year."""
        return day.year in self.provisional_years


def load_calendar(country: str, years: Iterable[int]) -> BankCalendar:
    """The calendar of `country` (ISO 3166) over `years`, cached. Raises UnknownCalendar."""
    return _load(country.upper(), frozenset(years))


@lru_cache(maxsize=64)
def _load(country: str, years: frozenset[int]) -> BankCalendar:
    if country not in list_supported_countries():
        raise UnknownCalendar(country=country)
    found = country_holidays(country, years=years)
    exceptions = dict.fromkeys((day for day in found if day.year in years), False)
    make_up_days = {day for day in getattr(found, "weekend_workdays", ()) if day.year in years}
    return BankCalendar(
        exceptions=exceptions | dict.fromkeys(make_up_days, True),
        country=country,
        provisional_years=frozenset(year for year in years if year > _last_published_year(country)),
    )


def holiday_names(country: str, years: Iterable[int]) -> dict[date, str]:
    """What the days that banks are closed for are called."""
    return {day: str(name)[:200] for day, name in country_holidays(country.upper(), years=years).items()}


@lru_cache(maxsize=64)
def _last_published_year(country: str) -> int:
    """The last year with make-up days; a country without any never moves a working day: none is provisional."""
    make_up_days = getattr(country_holidays(country, years=_KNOWN_YEARS), "weekend_workdays", ())
    return max((day.year for day in make_up_days), default=_KNOWN_YEARS.stop)
