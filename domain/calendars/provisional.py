"""Plans on days that may still change: noted when they are made, closed when the day is certain or the plan moved.

Who plans calls `warn`; who can plan anew asks `affected` after a change, moves its own dates, and says so with
`resolve`. A plan on a day that proved right is closed by `close_certain`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.calendars import reading
from domain.calendars.states import PlanKind
from domain.calendars.tables import CalendarHead, ProvisionalPlan
from domain.platform.calendar import BankCalendar
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7


@dataclass(frozen=True, slots=True)
class Affected:
    """A plan whose day is no business day any more, and the day it rolls to."""

    id: UUID
    kind: PlanKind
    subject: str
    planned_on: date
    rolls_to: date


def warn(
    session: TenantSession,
    calendar: BankCalendar,
    plans: Iterable[tuple[str, date]],
    *,
    kind: PlanKind,
    clock: Clock,
) -> int:
    """Note those of the plans (subject, day) that stand on provisional days, once each; returns how many."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "country": calendar.country,
            "kind": kind,
            "subject": subject,
            "planned_on": day,
        }
        for subject, day in plans
        if calendar.is_provisional(day)
    ]
    if rows:
        head = {"country": calendar.country, "revision": uuid7(), "changed_at": clock.now(), "changed_by": "plan"}
        session.execute(insert(CalendarHead).values(tenant_id=session.tenant_id, **head).on_conflict_do_nothing())
        session.execute(insert(ProvisionalPlan).on_conflict_do_nothing(), rows)
    return len(rows)


def affected(session: TenantSession, country: str = reading.HOME) -> list[Affected]:
    """Open plans on days that turned out to be no business days, with where they roll to (following)."""
    found = _open(session, country)
    days = {plan.planned_on.year for plan in found}
    calendar = reading.calendar_of(session, country, {year + step for year in days for step in (0, 1)})
    return [
        Affected(plan.id, plan.kind, plan.subject, plan.planned_on, calendar.roll(plan.planned_on))
        for plan in found
        if not calendar.is_business_day(plan.planned_on)
    ]


def resolve(session: TenantSession, moved: Mapping[UUID, date], *, clock: Clock) -> None:
    """Close plans that were made anew, each for its new day; the new plan is warned of by itself."""
    for plan_id, day in moved.items():
        _close(session, [plan_id], day, clock)


def close_certain(session: TenantSession, country: str = reading.HOME, *, clock: Clock) -> int:
    """Close plans whose day is certain now, and was right; returns how many."""
    found = _open(session, country)
    calendar = reading.calendar_of(session, country, {plan.planned_on.year for plan in found})
    right = [
        plan.id
        for plan in found
        if not calendar.is_provisional(plan.planned_on) and calendar.is_business_day(plan.planned_on)
    ]
    _close(session, right, None, clock)
    return len(right)


def _open(session: TenantSession, country: str) -> list[ProvisionalPlan]:
    plans = select(ProvisionalPlan).where(
        col(ProvisionalPlan.tenant_id) == session.tenant_id,
        col(ProvisionalPlan.country) == country.upper(),
        col(ProvisionalPlan.resolved_at).is_(None),
    )
    return list(session.scalars(plans.order_by(col(ProvisionalPlan.planned_on), col(ProvisionalPlan.id))))


def _close(session: TenantSession, ids: list[UUID], moved_to: date | None, clock: Clock) -> None:
    if ids:
        session.execute(
            update(ProvisionalPlan)
            .where(col(ProvisionalPlan.tenant_id) == session.tenant_id, col(ProvisionalPlan.id).in_(ids))
            .values(resolved_at=clock.now(), moved_to=moved_to)
        )
