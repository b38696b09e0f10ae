"""Bank calendars of a tenant: loaded, corrected by hand, and what was planned on days that may still change."""

from collections.abc import Sequence
from datetime import date

import pytest
from sqlmodel import select

from domain.audit.tables import AuditEntry
from domain.calendars import provisional, service
from domain.calendars.errors import DayNamedTwice, DayOfAnotherYear
from domain.calendars.reading import bank_calendar, calendar_of, revision_of
from domain.calendars.service import Change, DayEdit
from domain.calendars.states import PlanKind
from domain.calendars.tables import ProvisionalPlan
from domain.platform.calendar import UnknownCalendar
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.values.actor import Actor
from domain.values.business_days import Roll

TODAY = date(2026, 3, 2)
MONDAY_2028 = date(2028, 1, 31)  # a working day, unless the State Council moves it


@pytest.fixture
def kept(session: TenantSession, clock: FixedClock) -> TenantSession:
    service.reload(session, "CN", TODAY, clock=clock)
    return session


def say(
    session: TenantSession,
    actor: Actor,
    clock: FixedClock,
    days: Sequence[DayEdit],
    *,
    year: int = 2028,
    published: bool = False,
) -> Change:
    return service.edit_year(
        session,
        country="CN",
        year=year,
        days=days,
        published=published,
        reason="notice of the State Council",
        actor=actor,
        clock=clock,
    )


class TestChina2026FromTheTable:
    @pytest.mark.parametrize(
        ("due", "roll", "goes"),
        [
            (date(2026, 10, 1), Roll.FOLLOWING, date(2026, 10, 8)),
            (date(2026, 10, 1), Roll.PRECEDING, date(2026, 9, 30)),
            (date(2026, 10, 1), Roll.NONE, date(2026, 10, 1)),
            (date(2026, 10, 31), Roll.FOLLOWING, date(2026, 11, 2)),
            (date(2026, 10, 31), Roll.MODIFIED_FOLLOWING, date(2026, 10, 30)),
        ],
    )
    def test_a_debit_goes_where_its_convention_puts_it(
        self, kept: TenantSession, due: date, roll: Roll, goes: date
    ) -> None:
        assert bank_calendar(kept, TODAY).roll(due, roll) == goes

    @pytest.mark.parametrize("saturday", [date(2026, 2, 14), date(2026, 10, 10)])
    def test_make_up_saturdays_are_worked(self, kept: TenantSession, saturday: date) -> None:
        assert bank_calendar(kept, TODAY).is_business_day(saturday)

    def test_is_what_the_library_says_while_nothing_is_kept(self, session: TenantSession) -> None:
        assert revision_of(session, "CN") is None
        assert bank_calendar(session, TODAY).roll(date(2026, 10, 1)) == date(2026, 10, 8)

    def test_a_country_nobody_knows_is_refused(self, session: TenantSession, clock: FixedClock) -> None:
        with pytest.raises(UnknownCalendar):
            service.reload(session, "XX", TODAY, clock=clock)


class TestAReload:
    def test_that_finds_nothing_new_leaves_what_was_read_as_it_is(self, kept: TenantSession, clock: FixedClock) -> None:
        revision = revision_of(kept, "CN")
        assert service.reload(kept, "CN", TODAY, clock=clock).years == ()
        assert revision_of(kept, "CN") == revision

    def test_of_the_next_year_loads_what_is_not_kept_yet(self, kept: TenantSession, clock: FixedClock) -> None:
        # 2026 kept 2025 to 2028; 2027 needs 2029 too, and what the library calls provisional is loaded with it.
        assert 2029 in service.reload(kept, "CN", date(2027, 1, 4), clock=clock).years


class TestAnEdit:
    def test_is_seen_at_once_and_by_this_tenant_only(
        self, database: Database, kept: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        day = date(2026, 3, 3)
        assert bank_calendar(kept, TODAY).is_business_day(day)
        change = say(kept, actor, clock, [DayEdit(day, works=False, name="typhoon")], year=2026)
        assert change.days == (day,)
        assert not bank_calendar(kept, TODAY).is_business_day(day)
        with database.session(Role.WORKER, tenant_key("another-tenant")) as other:
            assert bank_calendar(other, TODAY).is_business_day(day)

    def test_that_is_rolled_back_was_never_there(self, kept: TenantSession, actor: Actor, clock: FixedClock) -> None:
        kept.commit()
        day = date(2026, 3, 3)
        say(kept, actor, clock, [DayEdit(day, works=False, name="typhoon")], year=2026)
        assert not bank_calendar(kept, TODAY).is_business_day(day)
        kept.rollback()
        assert bank_calendar(kept, TODAY).is_business_day(day)

    def test_survives_a_reload_and_is_taken_back_by_the_next_edit(
        self, kept: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        say(kept, actor, clock, [DayEdit(MONDAY_2028, works=False, name="spring festival")])
        service.reload(kept, "CN", TODAY, clock=clock)
        assert not calendar_of(kept, "CN", [2028]).is_business_day(MONDAY_2028)
        assert say(kept, actor, clock, []).days == (MONDAY_2028,)
        assert calendar_of(kept, "CN", [2028]).is_business_day(MONDAY_2028)

    def test_confirms_a_year_that_the_library_does_not_know(
        self, kept: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        assert calendar_of(kept, "CN", [2028]).is_provisional(MONDAY_2028)
        say(kept, actor, clock, [], published=True)
        service.reload(kept, "CN", TODAY, clock=clock)
        assert not calendar_of(kept, "CN", [2028]).is_provisional(MONDAY_2028)

    def test_stands_in_the_audit(self, kept: TenantSession, actor: Actor, clock: FixedClock) -> None:
        say(kept, actor, clock, [DayEdit(MONDAY_2028, works=False, name="x")])
        entry = kept.exec(select(AuditEntry).where(AuditEntry.tenant_id == kept.tenant_id)).one()
        assert (entry.action, entry.facts["changed"]) == ("calendar.edited", ["2028-01-31"])

    def test_of_another_year_or_of_one_day_twice_is_refused(
        self, kept: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        with pytest.raises(DayOfAnotherYear):
            say(kept, actor, clock, [DayEdit(MONDAY_2028, works=False, name="x")], year=2027)
        with pytest.raises(DayNamedTwice):
            say(kept, actor, clock, [DayEdit(MONDAY_2028, works=False, name="x")] * 2)


class TestPlansOnProvisionalDays:
    def plan(self, session: TenantSession, clock: FixedClock, *days: date) -> int:
        calendar = calendar_of(session, "CN", [2026, 2028])
        return provisional.warn(
            session, calendar, [(f"debt {day}", day) for day in days], kind=PlanKind.RETRY, clock=clock
        )

    def test_are_noted_once_and_only_where_the_day_may_change(self, kept: TenantSession, clock: FixedClock) -> None:
        assert self.plan(kept, clock, MONDAY_2028, date(2026, 3, 3)) == 1
        self.plan(kept, clock, MONDAY_2028)
        plans = kept.exec(select(ProvisionalPlan).where(ProvisionalPlan.tenant_id == kept.tenant_id)).all()
        assert [(plan.subject, plan.planned_on) for plan in plans] == [("debt 2028-01-31", MONDAY_2028)]

    def test_are_affected_when_their_day_is_taken_and_closed_when_it_proves_right(
        self, kept: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        tuesday = date(2028, 2, 1)
        self.plan(kept, clock, MONDAY_2028, tuesday)
        assert provisional.affected(kept) == []
        say(kept, actor, clock, [DayEdit(MONDAY_2028, works=False, name="spring festival")], published=True)
        assert [(plan.planned_on, plan.rolls_to) for plan in provisional.affected(kept)] == [(MONDAY_2028, tuesday)]
        assert provisional.close_certain(kept, clock=clock) == 1
        provisional.resolve(kept, {plan.id: plan.rolls_to for plan in provisional.affected(kept)}, clock=clock)
        assert provisional.affected(kept) == []
