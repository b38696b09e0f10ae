"""Planning anew what stands on days that a changed calendar closed: retries that no run has taken yet are rolled."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Date, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.calendars import provisional
from domain.calendars.provisional import Affected
from domain.calendars.reading import HOME, calendar_of
from domain.calendars.states import PlanKind
from domain.platform.clock import Clock
from domain.platform.database import TenantSession

_ROLL = text("""
    UPDATE planned_attempt AS attempt SET due_on = moved.to_day
    FROM unnest(:obligations, :days, :rolled) AS moved (obligation, day, to_day)
    WHERE attempt.tenant_id = :tenant AND attempt.obligation_key = moved.obligation AND attempt.due_on = moved.day
      AND attempt.taken_by IS NULL
""").bindparams(
    bindparam("obligations", type_=ARRAY(String)),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("rolled", type_=ARRAY(Date)),
)


def replan(session: TenantSession, country: str = HOME, *, clock: Clock) -> list[Affected]:
    """Roll pending retries off days that banks do not work any more, and close every plan that is certain now.

    Returns what was affected: what is no retry (a run by hand, a due date of a contract) is for its owner to move.
    """
    affected = provisional.affected(session, country)
    retries = [plan for plan in affected if plan.kind is PlanKind.RETRY]
    if retries:
        columns = {
            "obligations": [plan.subject for plan in retries],
            "days": [plan.planned_on for plan in retries],
            "rolled": [plan.rolls_to for plan in retries],
        }
        session.execute(_ROLL, {"tenant": session.tenant_id, **columns})
        provisional.resolve(session, {plan.id: plan.rolls_to for plan in retries}, clock=clock)
        _warn_again(session, retries, country, clock)
    provisional.close_certain(session, country, clock=clock)
    return affected


def _warn_again(session: TenantSession, retries: Sequence[Affected], country: str, clock: Clock) -> None:
    years: set[int] = {plan.rolls_to.year for plan in retries}
    plans: list[tuple[str, date]] = [(plan.subject, plan.rolls_to) for plan in retries]
    provisional.warn(session, calendar_of(session, country, years), plans, kind=PlanKind.RETRY, clock=clock)
