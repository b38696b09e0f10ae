"""Bank calendars: which days banks work, corrected by treasury, and what stands on days that may still change."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.calendars_dto import (
    CalendarChangeView,
    CalendarDayView,
    CalendarView,
    EditYear,
    ProvisionalPlanView,
    RefuseYear,
    change_view,
    day_view,
    plan_view,
)
from app.api.refused_dto import RefusedView, refused_view
from app.deps import Work
from app.endpoints import command, query, replacement
from app.fields import ProposedView
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.calendars import reading
from domain.calendars.listings import PLANS
from domain.platform.calendar import holiday_names
from domain.runs.calendar_edits import approve_calendar_edit, propose_calendar_edit, refuse_calendar_edit

CountryPath = Annotated[str, PathParameter(pattern="^[A-Z]{2}$", max_length=2, description="ISO 3166, such as CN.")]
OfYear = Annotated[int, QueryParameter(ge=1970, le=2199, description="The year.")]
PlanFilters = Annotated[list[str] | None, filters_of(PLANS)]


class Calendars(Controller):
    """When banks work."""

    tags = ("calendars",)

    @query("/calendars/{country:str}", needs=Permission.RUNS_READ)
    def get_calendar(self, work: NamedDependency[Work], country: CountryPath, year: OfYear) -> CalendarView:
        """Show a year of a country's bank calendar."""
        calendar = reading.calendar_of(work.session, country, [year])
        kept = year in reading.kept_years(work.session, country, [year])
        names = holiday_names(country, [year])
        days = (
            [day_view(row) for row in reading.days_of(work.session, country, [year])]
            if kept
            else [
                CalendarDayView(day=day, works=works, name=names.get(day, ""), edited_by=None)
                for day, works in sorted(calendar.exceptions.items())
            ]
        )
        provisional = year in calendar.provisional_years
        return CalendarView(country=country, year=year, kept=kept, provisional=provisional, days=days)

    @command("/calendars/{country:str}/propose", needs=Permission.POOLS_WRITE, status_code=HTTP_200_OK)
    def propose_calendar_edit(
        self, work: NamedDependency[Work], country: CountryPath, data: JSONBody[EditYear]
    ) -> ProposedView:
        """Propose the hand-made days of a year; another person puts exactly these into force."""
        work.whole_group()
        digest = propose_calendar_edit(work.session, data.edit(country), actor=work.actor, clock=work.clock)
        return ProposedView(digest=digest)

    @replacement("/calendars/{country:str}", needs=Permission.POOLS_WRITE)
    def edit_calendar(
        self, work: NamedDependency[Work], country: CountryPath, data: JSONBody[EditYear]
    ) -> CalendarChangeView:
        """Bring the hand-made days of a year to exactly these, as another person proposed them.

        What stands on days that change is rolled where it can be, and named.
        """
        work.whole_group()
        changed = approve_calendar_edit(work.session, data.edit(country), actor=work.actor, clock=work.clock)
        return change_view(*changed)

    @command("/calendars/{country:str}/refuse", needs=Permission.POOLS_WRITE, status_code=HTTP_200_OK)
    def refuse_calendar_edit(
        self, work: NamedDependency[Work], country: CountryPath, data: JSONBody[RefuseYear]
    ) -> RefusedView:
        """Refuse an edit of a year that was proposed, or take one's own proposal back."""
        work.whole_group()
        refused = refuse_calendar_edit(
            work.session,
            country=country,
            year=data.year,
            digest=data.digest,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return refused_view(refused)

    @query("/provisional-plans", needs=Permission.RUNS_READ)
    def list_provisional_plans(
        self,
        work: NamedDependency[Work],
        filters: PlanFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ProvisionalPlanView]:
        """List what was planned on days that may still change, newest first."""
        return listed(work, PLANS, plan_view, filters=filters, cursor=cursor, limit=limit)
