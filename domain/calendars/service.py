"""Keeping bank calendars: load years from the library, correct them by hand, say which days a change moves.

A revision belongs to committed rows only: a transaction that is rolled back leaves what was cached before it as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain import audit
from domain.calendars import reading
from domain.calendars.errors import DayNamedTwice, DayOfAnotherYear
from domain.calendars.tables import CalendarDay, CalendarHead, CalendarYear
from domain.platform.calendar import BankCalendar, holiday_names, load_calendar
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.values.actor import Actor, system

LOADING = system("calendars")
YEARS_AHEAD = 2  # as far as anything is planned: financing runs for a year, and its dues are rolled into the next


@dataclass(frozen=True, slots=True)
class DayEdit:
    """What a person says of one day."""

    day: date
    works: bool
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of a calendar came to: days that banks work now and did not, or the other way round."""

    country: str
    years: tuple[int, ...]
    days: tuple[date, ...]

    @property
    def changed(self) -> bool:
        """Whether any day is another now."""
        return bool(self.days)


def reload(session: TenantSession, country: str, on: date, *, clock: Clock) -> Change:
    """Keep the years around `on` as the library knows them today; what people said of single days stands.

    Years that somebody confirmed, and years that are not provisional any more, are not loaded again. Where nothing is
    new, nothing is written, and what was read stays cached. Raises UnknownCalendar.
    """
    years = range(on.year - 1, on.year + YEARS_AHEAD + 1)
    if _is_up_to_date(session, country, years):
        return Change(country.upper(), (), ())
    _lock_head(session, country, actor=LOADING, clock=clock)
    kept = reading.kept_years(session, country, years)
    open_years = [year for year in years if kept.get(year, True)]
    return _replace(session, country, open_years, clock=clock, actor=LOADING)


def _is_up_to_date(session: TenantSession, country: str, years: Sequence[int]) -> bool:
    """Whether every year is kept, and those that are not certain are kept as the library knows them."""
    kept = reading.kept_years(session, country, years)
    open_years = [year for year in years if kept.get(year, True)]
    library = load_calendar(country, open_years)
    if kept.keys() != set(years) or library.provisional_years != set(open_years):
        return False
    rows = reading.days_of(session, country, open_years) if open_years else []
    by_hand = {row.day for row in rows if row.edited_by is not None}
    loaded = {row.day: row.works for row in rows if row.edited_by is None}
    return loaded == {day: works for day, works in library.exceptions.items() if day not in by_hand}


def edit_year(
    session: TenantSession,
    *,
    country: str,
    year: int,
    days: Sequence[DayEdit],
    published: bool,
    reason: str,
    actor: Actor,
    clock: Clock,
) -> Change:
    """Bring the hand-made days of a year to exactly `days`; `published` confirms a year the library does not know yet.

    Raises UnknownCalendar, DayOfAnotherYear, DayNamedTwice.
    """
    _check(days, year)
    _lock_head(session, country, actor=actor, clock=clock)
    change = _replace(session, country, [year], clock=clock, actor=actor, edits=days, published=published)
    facts: dict[str, object] = {
        "year": year,
        "published": published,
        "reason": reason,
        "days": {edit.day.isoformat(): edit.works for edit in days},
        "changed": [day.isoformat() for day in change.days],
    }
    subject = f"calendar:{country.upper()}"
    audit.record(session, actor=actor, action="calendar.edited", subject=subject, facts=facts, clock=clock)
    return change


def _check(days: Sequence[DayEdit], year: int) -> None:
    seen: set[date] = set()
    for edit in days:
        if edit.day.year != year:
            raise DayOfAnotherYear(day=edit.day, year=year)
        if edit.day in seen:
            raise DayNamedTwice(day=edit.day)
        seen.add(edit.day)


def _lock_head(session: TenantSession, country: str, *, actor: Actor, clock: Clock) -> None:
    """One change of a calendar at a time, each with a revision that nobody has seen. Raises UnknownCalendar."""
    load_calendar(country, [clock.today().year])
    row = {"revision": uuid7(), "changed_at": clock.now(), "changed_by": str(actor)}
    made = insert(CalendarHead).values(tenant_id=session.tenant_id, country=country.upper(), **row)
    session.execute(made.on_conflict_do_update(index_elements=["tenant_id", "country"], set_=row))


def _replace(
    session: TenantSession,
    country: str,
    years: Sequence[int],
    *,
    actor: Actor,
    clock: Clock,
    edits: Sequence[DayEdit] | None = None,
    published: bool = False,
) -> Change:
    """Write the years anew; `edits` replace what people said before, otherwise that stands."""
    library = load_calendar(country, years)
    before = reading.read(session, library, years)
    _write_years(session, library, years, confirmed_by=str(actor) if published else None, clock=clock)
    in_years = (
        col(CalendarDay.tenant_id) == session.tenant_id,
        col(CalendarDay.country) == library.country,
        func.extract("year", col(CalendarDay.day)).in_(years),
    )
    session.execute(
        delete(CalendarDay).where(*in_years, *([col(CalendarDay.edited_by).is_(None)] if edits is None else []))
    )
    _write_days(session, library.country, edits or [], edited_by=str(actor))
    names = holiday_names(library.country, years)
    known = [DayEdit(day, works, names.get(day, "")) for day, works in library.exceptions.items()]
    _write_days(session, library.country, known, edited_by=None)
    after = reading.read(session, library, years)
    days = sorted(before.exceptions.keys() | after.exceptions.keys())
    moved = tuple(day for day in days if before.is_business_day(day) != after.is_business_day(day))
    return Change(library.country, tuple(years), moved)


def _write_years(
    session: TenantSession, library: BankCalendar, years: Sequence[int], *, confirmed_by: str | None, clock: Clock
) -> None:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "country": library.country,
            "year": year,
            "provisional": year in library.provisional_years and confirmed_by is None,
            "confirmed_by": confirmed_by,
            "loaded_at": clock.now(),
        }
        for year in years
    ]
    if rows:
        made = insert(CalendarYear)
        changed = {name: getattr(made.excluded, name) for name in ("provisional", "confirmed_by", "loaded_at")}
        session.execute(made.on_conflict_do_update(index_elements=["tenant_id", "country", "year"], set_=changed), rows)


def _write_days(session: TenantSession, country: str, days: Sequence[DayEdit], *, edited_by: str | None) -> None:
    """Days that are not kept yet."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "country": country,
            "day": edit.day,
            "works": edit.works,
            "name": edit.name,
            "edited_by": edited_by,
        }
        for edit in days
    ]
    if rows:
        session.execute(insert(CalendarDay).on_conflict_do_nothing(), rows)
