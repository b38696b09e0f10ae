"""Takings: what branches should see on their accounts, what the bank said, and where they differ."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from app.api.takings_dto import (
    TakingDaysView,
    TakingsImportView,
    TakingView,
    taking_day_view,
    taking_view,
    takings_import_view,
)
from app.deps import Work
from app.endpoints import query
from app.fields import business_date, id_pattern
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed, page, read_cursor
from app.refusals import FieldFault, ValidationFailed
from domain.access.rules import Permission
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.pooling.listings import TAKINGS_IMPORTS
from domain.pooling.pages import TakingsAsked, taking_days, taking_page
from domain.pooling.states import TakingStanding

MAX_DAYS = timedelta(days=366)  # a year of days is a page; more is an export
Since = Annotated[date, QueryParameter(description="First day.")]
Until = Annotated[date, QueryParameter(description="Last day, at most a year after the first.")]
BranchOf = Annotated[str | None, QueryParameter(pattern=id_pattern(PARTY), description="Only this branch's.")]
StandingOf = Annotated[
    TakingStanding | None,
    QueryParameter(description="`expected`: the bank said nothing yet; `booked`: as expected; `differs`: otherwise."),
]
ImportFilters = Annotated[list[str] | None, filters_of(TAKINGS_IMPORTS)]


class TakingsBook(Controller):
    """Takings against the bank's word."""

    path = "/takings"
    tags = ("pooling",)

    @query("/", needs=Permission.POOLS_READ)
    def list_takings(
        self,
        work: NamedDependency[Work],
        *,
        since: Since,
        until: Until,
        branch: BranchOf = None,
        standing: StandingOf = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[TakingView]:
        """List takings by day; a branch sees its own."""
        asked = TakingsAsked(*_days(since, until), _branch(work, branch), standing)
        listing = ("takings", *(str(value) for value in (since, until, asked.branch_id, standing)))
        ended = read_cursor(work, listing, cursor)
        after = (date.fromisoformat(ended[0]), ended[1]) if ended else None
        found = taking_page(work.session, asked, after=after, limit=limit + 1)
        return page(
            work, listing, found, limit, view=taking_view, position=lambda row: [str(row.taken_on), row.reference]
        )

    @query("/days", needs=Permission.POOLS_READ)
    def list_taking_days(
        self, work: NamedDependency[Work], *, since: Since, until: Until, branch: BranchOf = None
    ) -> TakingDaysView:
        """Show per day what was expected, what the bank booked, and the difference."""
        asked = TakingsAsked(*_days(since, until), _branch(work, branch))
        return TakingDaysView(items=[taking_day_view(day) for day in taking_days(work.session, asked)])

    @query("/imports", needs=Permission.POOLS_READ)
    def list_takings_imports(
        self,
        work: NamedDependency[Work],
        filters: ImportFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[TakingsImportView]:
        """List files of till weeks, newest first."""
        return listed(work, TAKINGS_IMPORTS, takings_import_view, filters=filters, cursor=cursor, limit=limit)


def _days(since: date, until: date) -> tuple[date, date]:
    """The days asked for. Raises ValidationFailed."""
    first, last = business_date("since", since), business_date("until", until)
    if last - first > MAX_DAYS:
        fault = FieldFault("out_of_range", "At most a year after `since`", "距 since 最多一年", parameter="until")
        raise ValidationFailed([fault])
    return first, last


def _branch(work: Work, reference: str | None) -> UUID | None:
    """Whose takings; who acts for a branch sees its own. Raises NotFound."""
    if reference is None:
        return work.principal.party_id
    identity = parse_public_id(PARTY, reference)
    work.confine(identity, kind="party", reference=reference)
    return identity
