"""The sandbox's clock: moved by hand, and with it accruals, runs and the bank."""

from datetime import timedelta

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.sandbox_dto import ClockView, MoveClock
from app.deps import Work
from app.endpoints import command, query
from app.refusals import LeapTooLong
from domain.access.errors import ClockMovesForward, NotASandbox
from domain.access.rules import Permission
from domain.access.tables import Tenant
from domain.access.tenants import move_sandbox_clock, tenant_clock, tenant_of

MAX_LEAP = timedelta(days=92)  # every day in between is lived with its runs: a quarter takes a minute


class SandboxClock(Controller):
    """The tenant's clock."""

    path = "/sandbox/clock"
    tags = ("sandbox",)

    @query("/", needs=None)
    def get_clock(self, work: NamedDependency[Work]) -> ClockView:
        """Show the tenant's time."""
        return _view(work, tenant_of(work.session))

    @command("/", needs=Permission.CLOCK_MOVE, status_code=HTTP_200_OK)
    def move_clock(self, work: NamedDependency[Work], data: JSONBody[MoveClock]) -> ClockView:
        """Move a sandbox's clock forward.

        All that is due until then happens on the way, day by day: accruals, runs, answers of the bank. At most 92 days
        at a time.
        """
        tenant = tenant_of(work.session)
        _check_leap(tenant, data)
        advance = work.house.advance_sandbox
        if advance is None:
            move_sandbox_clock(work.session, to=data.to, actor=work.actor)
        else:
            advance(tenant.tenant_id, data.to, work.actor)
            work.session.refresh(tenant)
        return _view(work, tenant)


def _check_leap(tenant: Tenant, data: MoveClock) -> None:
    if tenant.sandbox_at is None:
        raise NotASandbox(slug=tenant.slug)
    if data.to < tenant.sandbox_at:
        raise ClockMovesForward(current=tenant.sandbox_at, requested=data.to)
    if data.to - tenant.sandbox_at > MAX_LEAP:
        raise LeapTooLong(days=MAX_LEAP.days)


def _view(work: Work, tenant: Tenant) -> ClockView:
    clock = tenant_clock(work.session)
    return ClockView(now=clock.now(), today=clock.today(), zone=tenant.zone, sandbox=tenant.sandbox)
