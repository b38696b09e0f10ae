"""Bank calendars as callers take them: from the tenant's table, and from the library where a year is not kept yet.

A calendar is cached under its revision, which is new at every change: asking costs one statement, reading it another,
once. What is cached is never of another tenant, because nobody else has that revision.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from domain.calendars.tables import CalendarDay, CalendarHead, CalendarYear
from domain.platform.binds import TENANT, of
from domain.platform.calendar import BankCalendar, load_calendar
from domain.platform.database import TenantSession

HOME = "CN"  # where a group's banks work unless somebody says otherwise
_YEARS_BEFORE, _YEARS_AFTER = 1, 2  # dues are rolled over a turn of the year, retries and terms reach into the next
_MAX_CACHED = 256  # calendars of 100 kB at most: 256 tenants on one machine


def bank_calendar(session: TenantSession, on: date, country: str = HOME) -> BankCalendar:
    """The bank's business days around a date. Raises UnknownCalendar."""
    return calendar_of(session, country, range(on.year - _YEARS_BEFORE, on.year + _YEARS_AFTER + 1))


def calendar_of(session: TenantSession, country: str, years: Iterable[int]) -> BankCalendar:
    """The bank's business days of these years. Raises UnknownCalendar."""
    revision, wanted = revision_of(session, country), frozenset(years)
    library = load_calendar(country, wanted)
    if revision is None:
        return library
    shelf = _shelf(revision)
    if wanted not in shelf:
        shelf[wanted] = read(session, library, wanted)
    return shelf[wanted]


def revision_of(session: TenantSession, country: str) -> UUID | None:
    """What the tenant's calendar of that country is at; none while nothing is kept."""
    found: UUID | None = session.execute(_REVISION, of(session, of_country=country.upper())).scalar_one_or_none()
    return found


_REVISION = select(col(CalendarHead.revision)).where(
    col(CalendarHead.tenant_id) == TENANT, col(CalendarHead.country) == bindparam("of_country")
)


def kept_years(session: TenantSession, country: str, years: Iterable[int]) -> dict[int, bool]:
    """The years that are kept, and whether each is provisional."""
    found = session.execute(
        select(col(CalendarYear.year), col(CalendarYear.provisional)).where(
            col(CalendarYear.tenant_id) == session.tenant_id,
            col(CalendarYear.country) == country.upper(),
            col(CalendarYear.year).in_(list(years)),
        )
    )
    return {row.year: row.provisional for row in found}


def days_of(session: TenantSession, country: str, years: Iterable[int]) -> list[CalendarDay]:
    """The kept days of these years that are not what their weekday says, in order."""
    days = select(CalendarDay).where(
        col(CalendarDay.tenant_id) == session.tenant_id,
        col(CalendarDay.country) == country.upper(),
        func.extract("year", col(CalendarDay.day)).in_(list(years)),
    )
    # Read anew: rows were written by set operations that the session knows nothing of.
    return list(session.scalars(days.order_by(col(CalendarDay.day)), execution_options={"populate_existing": True}))


def read(session: TenantSession, library: BankCalendar, years: Iterable[int]) -> BankCalendar:
    """The calendar as the rows have it now; years that are not kept are the library's."""
    kept = kept_years(session, library.country, years)
    exceptions = {day: works for day, works in library.exceptions.items() if day.year not in kept}
    exceptions |= {row.day: row.works for row in days_of(session, library.country, kept)}
    provisional = {year for year in library.provisional_years if year not in kept}
    provisional |= {year for year, is_provisional in kept.items() if is_provisional}
    return BankCalendar(exceptions, country=library.country, provisional_years=frozenset(provisional))


@lru_cache(maxsize=_MAX_CACHED)
def _shelf(_revision: UUID) -> dict[frozenset[int], BankCalendar]:
    """What was read under a revision; threads that read at once put down the same."""
    return {}
