"""Founding tenants, and their clocks."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from domain.access.errors import ClockMovesForward, NotASandbox, TenantExists
from domain.access.tables import Tenant
from domain.access.tenants import all_tenants, cooling_off_days, found_tenant, move_sandbox_clock, tenant_clock
from domain.platform.clock import FixedClock, SystemClock
from domain.platform.database import Database, TenantSession
from domain.values.actor import Actor
from domain.values.currency import UnknownCurrency
from domain.values.errors import InvalidValue, NotFound

LATER = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


def found(
    session: TenantSession,
    slug: str,
    clock: FixedClock,
    *,
    currency: str = "CNY",
    zone: str = "Asia/Shanghai",
    sandbox: bool = True,
    days: int | None = None,
) -> Tenant:
    return found_tenant(
        session,
        slug=slug,
        name="九州零售",
        currency=currency,
        zone=zone,
        sandbox=sandbox,
        clock=clock,
        cooling_off_days=days,
    )


class TestFounding:
    def test_a_tenant_is_founded_once(self, api_session: TenantSession, slug: str, clock: FixedClock) -> None:
        found(api_session, slug, clock)
        with pytest.raises(TenantExists):
            found(api_session, slug, clock)

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "Asia"])
    def test_its_time_zone_has_to_exist(self, session: TenantSession, slug: str, clock: FixedClock, zone: str) -> None:
        with pytest.raises(InvalidValue):
            found(session, slug, clock, zone=zone)

    def test_its_currency_has_to_exist(self, session: TenantSession, slug: str, clock: FixedClock) -> None:
        with pytest.raises(UnknownCurrency):
            found(session, slug, clock, currency="XXX")

    @pytest.mark.parametrize("bad", ["", "a", "Big", "a_b", "-a", "a-", "a--b", "九州", "a" * 41])
    def test_a_short_name_fits_addresses_and_command_lines(
        self, session: TenantSession, clock: FixedClock, bad: str
    ) -> None:
        with pytest.raises(InvalidValue):
            found(session, bad, clock)

    def test_only_a_sandbox_does_without_cooling_off(
        self, session: TenantSession, slug: str, clock: FixedClock
    ) -> None:
        with pytest.raises(InvalidValue):
            found(session, slug, clock, sandbox=False, days=0)
        assert found(session, slug, clock, sandbox=True, days=0).cooling_off_days == 0
        assert cooling_off_days(session) == 0

    def test_the_database_refuses_a_real_tenant_without_cooling_off(
        self, session: TenantSession, slug: str, clock: FixedClock
    ) -> None:
        found(session, slug, clock, sandbox=False).cooling_off_days = 0
        with pytest.raises(IntegrityError, match="ck_tenant_cooling_off"):
            session.flush()

    def test_a_tenant_not_founded_yet_cools_off_two_days(self, session: TenantSession) -> None:
        assert cooling_off_days(session) == 2

    def test_workers_know_all_tenants(
        self, database: Database, session: TenantSession, slug: str, clock: FixedClock
    ) -> None:
        found(session, slug, clock)
        session.commit()
        assert slug in {tenant.slug for tenant in all_tenants(database)}


class TestClock:
    def test_a_sandbox_stands_still_until_it_is_moved(
        self, session: TenantSession, slug: str, clock: FixedClock, actor: Actor
    ) -> None:
        found(session, slug, clock)
        assert tenant_clock(session).now() == clock.now()
        move_sandbox_clock(session, to=LATER, actor=actor)
        assert tenant_clock(session).now() == LATER
        assert tenant_clock(session).today().isoformat() == "2026-03-09"

    def test_it_only_moves_forward(self, session: TenantSession, slug: str, clock: FixedClock, actor: Actor) -> None:
        found(session, slug, clock)
        move_sandbox_clock(session, to=LATER, actor=actor)
        move_sandbox_clock(session, to=LATER, actor=actor)
        with pytest.raises(ClockMovesForward):
            move_sandbox_clock(session, to=clock.now(), actor=actor)

    def test_a_real_tenant_lives_in_real_time(
        self, session: TenantSession, slug: str, clock: FixedClock, actor: Actor
    ) -> None:
        found(session, slug, clock, sandbox=False, zone="Europe/Berlin")
        assert tenant_clock(session) == SystemClock("Europe/Berlin")
        with pytest.raises(NotASandbox):
            move_sandbox_clock(session, to=LATER, actor=actor)

    def test_nobodys_clock_is_not_found(self, session: TenantSession) -> None:
        with pytest.raises(NotFound):
            tenant_clock(session)
