"""What stood on a provisional day when the calendar changes: retries roll, certain plans close, the rest is named."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlmodel import select

from domain.calendars import provisional, service
from domain.calendars.reading import calendar_of
from domain.calendars.service import DayEdit
from domain.calendars.states import PlanKind
from domain.calendars.tables import ProvisionalPlan
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.runs.replanning import replan
from domain.values.actor import Actor

from .world import World

TODAY = date(2026, 3, 2)
MONDAY, TUESDAY = date(2028, 1, 31), date(2028, 2, 1)  # of a year whose make-up days nobody has published


@pytest.fixture
def planned(session: TenantSession, world: World, actor: Actor, clock: FixedClock) -> TenantSession:
    """A retry and a due date, both on the Monday that the State Council then takes."""
    world.owe("debt")
    world.plan()
    service.reload(session, "CN", TODAY, clock=clock)
    session.execute(
        text("""INSERT INTO planned_attempt (tenant_id, obligation_key, attempt, purpose, due_on, presentation,
                                             presented_on, period, follows, planned_by, planned_at)
                SELECT tenant_id, obligation_key, 2, purpose, :monday, 1, :monday, 1, id, 'system:test', now()
                FROM instruction WHERE tenant_id = :tenant"""),
        {"tenant": session.tenant_id, "monday": MONDAY},
    )
    calendar = calendar_of(session, "CN", [2028])
    provisional.warn(session, calendar, [("debt", MONDAY)], kind=PlanKind.RETRY, clock=clock)
    provisional.warn(session, calendar, [("contract", MONDAY)], kind=PlanKind.DUE, clock=clock)
    service.edit_year(
        session,
        country="CN",
        year=2028,
        days=[DayEdit(MONDAY, works=False, name="春节")],
        published=False,
        reason="notice of the State Council",
        actor=actor,
        clock=clock,
    )
    return session


def due_on(session: TenantSession) -> date:
    found: date = session.execute(
        text("SELECT due_on FROM planned_attempt WHERE tenant_id = :tenant"), {"tenant": session.tenant_id}
    ).scalar_one()
    return found


def plans(session: TenantSession) -> list[tuple[PlanKind, date, date | None, bool]]:
    session.expire_all()
    found = session.exec(select(ProvisionalPlan).where(ProvisionalPlan.tenant_id == session.tenant_id)).all()
    return sorted((plan.kind, plan.planned_on, plan.moved_to, plan.resolved_at is not None) for plan in found)


def test_a_retry_rolls_to_the_next_business_day_and_is_warned_of_anew(
    planned: TenantSession, clock: FixedClock
) -> None:
    affected = replan(planned, clock=clock)
    assert {(each.kind, each.planned_on, each.rolls_to) for each in affected} == {
        (PlanKind.RETRY, MONDAY, TUESDAY),
        (PlanKind.DUE, MONDAY, TUESDAY),
    }
    assert due_on(planned) == TUESDAY
    assert plans(planned) == [
        (PlanKind.DUE, MONDAY, None, False),  # for its owner to move
        (PlanKind.RETRY, MONDAY, TUESDAY, True),
        (PlanKind.RETRY, TUESDAY, None, False),  # which may change as well
    ]


def test_a_second_time_moves_nothing(planned: TenantSession, clock: FixedClock) -> None:
    replan(planned, clock=clock)
    before = plans(planned)
    assert [each.kind for each in replan(planned, clock=clock)] == [PlanKind.DUE]
    assert plans(planned) == before


def test_what_a_run_has_taken_stays_where_it_is(planned: TenantSession, clock: FixedClock) -> None:
    planned.execute(
        text("UPDATE planned_attempt SET taken_by = follows WHERE tenant_id = :tenant"), {"tenant": planned.tenant_id}
    )
    replan(planned, clock=clock)
    assert due_on(planned) == MONDAY
