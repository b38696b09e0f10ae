"""Day counts: the fraction of a year between two dates, first day counted, last day not (R2)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.values.errors import DomainError
from domain.values.money import Money
from domain.values.rounding import Rounding


class DayCount(StrEnum):
    """A contract field: ISDA 2006 section 4.16 names for what a year is."""

    ACT_360 = "act/360"
    ACT_365F = "act/365f"
    THIRTY_360 = "30/360"

    @property
    def year_days(self) -> int:
        """The basis: days that make a year."""
        return 365 if self is DayCount.ACT_365F else 360

    def days(self, start: date, end: date) -> int:
        """Days from `start` (counted) to `end` (not counted). Raises DatesReversed."""
        if end < start:
            raise DatesReversed(start=start, end=end)
        return _thirty_360_days(start, end) if self is DayCount.THIRTY_360 else (end - start).days


class DatesReversed(DomainError):
    """A period ends before it starts."""

    code = "dates_reversed"
    status = 422
    en = "The period ends on {end}, before it starts on {start}. Put the dates in order."
    zh = "期间的结束日 {end} 早于开始日 {start},请调整日期顺序。"

    def __init__(self, *, start: date, end: date) -> None:
        super().__init__(start=start.isoformat(), end=end.isoformat())


class NegativeDays(DomainError):
    """A number of days below zero."""

    code = "negative_days"
    status = 422
    en = "{days} days is not a period. Give zero or more."
    zh = "天数 {days} 无效,应为零或正数。"

    def __init__(self, *, days: int) -> None:
        super().__init__(days=days)


def _thirty_360_days(start: date, end: date) -> int:
    """30/360 bond basis (ISDA 4.16(f)): the 31st counts as the 30th, at the end only after a start on the 30th."""
    start_day = min(start.day, 30)
    end_day = 30 if end.day == 31 and start_day == 30 else end.day  # noqa: PLR2004 - days of the month
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + end_day - start_day


def interest(
    principal: Money, annual_rate: Decimal, days: int, basis: DayCount, rounding: Rounding = Rounding.HALF_UP
) -> Money:
    """Principal × annual_rate × days / basis, rounded once (R2).

    annual_rate is a fraction (0.055 = 5.5 % a year). Raises NegativeDays. 900,000.00 at 5.5 % for 25 days on
    ACT/360 is 3,437.50.
    """
    if days < 0:
        raise NegativeDays(days=days)
    return Money.rounded(principal.amount * annual_rate * days / basis.year_days, principal.currency, rounding)
