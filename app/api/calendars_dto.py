"""Bank calendars, and what was planned on days that may still change."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import Moment, Reason, RefuseDigest, body_date, line, public
from domain.calendars.provisional import Affected
from domain.calendars.service import Change, DayEdit
from domain.calendars.states import PlanKind
from domain.calendars.tables import CalendarDay, ProvisionalPlan
from domain.platform.ids import public_id
from domain.runs.calendar_edits import CalendarEdit

PLAN = "ppl"
Year = Annotated[int, msgspec.Meta(ge=1970, le=2199, examples=[2027])]
DayName = Annotated[str, line(200, "What the day is called.", "春节调休")]


class DayDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person says of a day: that banks work on it, or that they do not."""

    day: date
    works: bool
    name: DayName


class EditYear(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All hand-made days of a year; `published` says that the year is certain as it stands then."""

    year: Year
    days: Annotated[list[DayDto], msgspec.Meta(max_length=366)]
    reason: Reason
    published: bool = False

    def edit(self, country: str) -> CalendarEdit:
        """The edit as the service takes it."""
        days = [DayEdit(body_date("days", each.day), each.works, each.name) for each in self.days]
        return CalendarEdit(country, self.year, days, self.published, self.reason)


class RefuseYear(RefuseDigest, kw_only=True, forbid_unknown_fields=True):
    """An edit of a year that is not to be carried out, and why."""

    year: Year


class CalendarDayView(msgspec.Struct, kw_only=True):
    """A day that is not what its weekday says; `edited_by` where a person said so."""

    day: date
    works: bool
    name: str
    edited_by: str | None


class CalendarView(msgspec.Struct, kw_only=True):
    """A year of a bank calendar: days not listed are worked from Monday to Friday.

    A provisional year lacks make-up days that are still to be published. Without `kept`, it is the library's.
    """

    country: str
    year: Year
    kept: bool
    provisional: bool
    days: list[CalendarDayView]


class AffectedView(msgspec.Struct, kw_only=True):
    """A plan whose day banks do not work any more, and where it rolls to."""

    kind: PlanKind
    subject: str
    planned_on: date
    rolls_to: date


class CalendarChangeView(msgspec.Struct, kw_only=True):
    """What an edit came to: days that changed, and plans that stood on them."""

    country: str
    days: list[date]
    affected: list[AffectedView]


class ProvisionalPlanView(msgspec.Struct, kw_only=True):
    """Something planned on a day that may still change; resolved once the day is certain, or planned anew."""

    id: Annotated[str, public(PLAN, "A plan on a provisional day.")]
    country: str
    kind: PlanKind
    subject: str
    planned_on: date
    created_at: Moment
    resolved_at: Moment | None
    moved_to: date | None


def day_view(row: CalendarDay) -> CalendarDayView:
    """The day as the API shows it."""
    return CalendarDayView(day=row.day, works=row.works, name=row.name, edited_by=row.edited_by)


def change_view(change: Change, affected: list[Affected]) -> CalendarChangeView:
    """The change as the API shows it."""
    return CalendarChangeView(
        country=change.country,
        days=list(change.days),
        affected=[
            AffectedView(kind=each.kind, subject=each.subject, planned_on=each.planned_on, rolls_to=each.rolls_to)
            for each in affected
        ],
    )


def plan_view(row: ProvisionalPlan) -> ProvisionalPlanView:
    """The plan as the API shows it."""
    return ProvisionalPlanView(
        id=public_id(PLAN, row.id),
        country=row.country,
        kind=row.kind,
        subject=row.subject,
        planned_on=row.planned_on,
        created_at=row.created_at,
        resolved_at=row.resolved_at,
        moved_to=row.moved_to,
    )
