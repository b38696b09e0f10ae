"""A sandbox through its days: the same jobs in the same order, its clock and its bank moved along."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from domain import audit
from domain.access.errors import NotASandbox
from domain.access.tenants import let_sandbox_time_pass, tenant_clock, tenant_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from jobs.context import Job, JobContext, Occasion
from jobs.runner import Result, days, falls, run_job
from jobs.schedule import DAY
from jobs.sweep_slots import with_slots

OPENING = time(7)  # the day begins before its first job


class SandboxBank(Protocol):
    """A bank whose days somebody else moves."""

    def set_day(self, on: date) -> object:
        """Live through every day up to `on`; today again works another cycle of today."""


@dataclass(frozen=True, slots=True)
class DayDone:
    """A day of the sandbox, and how many of its jobs were run for it."""

    on: date
    jobs_run: int


def advance(
    context: JobContext,
    to_date: date,
    *,
    actor: Actor,
    bank: SandboxBank | None = None,
    on_day: Callable[[date], object] | None = None,
    jobs: Sequence[Job] = DAY,
) -> list[DayDone]:
    """Bring the sandbox to the end of `to_date`, day by day from where its clock stands.

    `on_day` happens once in the morning, before the bank opens: what comes from outside (takings, invoices) is told
    there. A job that fails stops the sandbox at that moment; advancing again goes on from there. Raises NotASandbox.
    """
    zone = context.zone()
    first = _set_out(context, datetime.combine(to_date, time.max, zone), actor)
    morning = _morning(bank, on_day)
    # The pools' own times as they stand when a day begins: who changes them in the morning sees them kept.
    return [_live(context, day, (morning, *with_slots(context, jobs)), zone, bank) for day in days(first, to_date)]


def advance_to(
    context: JobContext, to: datetime, *, actor: Actor, bank: SandboxBank | None = None, jobs: Sequence[Job] = DAY
) -> date:
    """Bring the sandbox to a moment: the days before it whole, of the last one what falls before it.

    Returns the business date it then has. Raises as `advance`.
    """
    zone = context.zone()
    local = to.astimezone(zone)
    first, last = _set_out(context, to, actor), local.date()
    whole_day = (_morning(bank, None), *with_slots(context, jobs))
    for day in days(first, last - timedelta(days=1)):
        _live(context, day, whole_day, zone, bank)
    _live(context, last, [job for job in whole_day if job.at <= local.time()], zone, bank)
    with context.glance() as session:
        _pass_time(session, last, local.time(), zone)
    return last


def _set_out(context: JobContext, to: datetime, actor: Actor) -> date:
    """Record who lets the sandbox live on, and until when; returns the day its clock stands on."""
    with context.session() as session:
        tenant, clock = tenant_of(session), tenant_clock(session)
        if tenant.sandbox_at is None:
            raise NotASandbox(slug=tenant.slug)
        facts: dict[str, object] = {"to": to.isoformat()}
        audit.record(session, actor=actor, action="clock.moved", subject=tenant.slug, facts=facts, clock=clock)
        return clock.today()


def _morning(bank: SandboxBank | None, on_day: Callable[[date], object] | None) -> Job:
    """A job like the others, so that a day that is begun again is not told twice what happened in it."""

    def begin(_context: JobContext, occasion: Occasion) -> dict[str, Any]:
        if on_day is not None:
            on_day(occasion.business_date)
        if bank is not None:
            bank.set_day(occasion.business_date)
        return {}

    return Job("sandbox_morning", OPENING, begin)


def _live(context: JobContext, day: date, jobs: Sequence[Job], zone: ZoneInfo, bank: SandboxBank | None) -> DayDone:
    done, calendar = 0, context.calendar(day)  # the day is lived by the calendar it begins with
    with context.glance() as session:
        for job in jobs:
            if not falls(job, day, lambda: calendar):
                continue
            clock = _pass_time(session, day, job.at, zone)
            if bank is not None and job.hears_bank:
                bank.set_day(day)
            done += run_job(context, job, day, clock, through=session.connection()) is Result.DONE
    return DayDone(day, done)


def _pass_time(session: TenantSession, day: date, at: time, zone: ZoneInfo) -> Clock:
    """The clock at that local time, or where it stands behind it already: time never goes back."""
    return let_sandbox_time_pass(session, to=datetime.combine(day, at, zone))
