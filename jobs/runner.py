"""Doing jobs: each unit (tenant, job, business date, slot) once, by date, a failed one again at the next tick.

The truth is in `job_run` rows, not in the scheduler's memory: what has no row that says done is still to be done,
whether the process slept, was killed, or never ran.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, select
from sqlmodel import col

from domain.access.tenants import tenant_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.job_runs import JobKey, JobRun, JobState, claim_job
from domain.values.business_days import BusinessCalendar
from jobs.context import Job, JobContext, Occasion

log = structlog.get_logger("tributary.jobs")

# Longer outages need a person: a month of runs sent at once is not what anybody planned.
MAX_CATCH_UP_DAYS = 31
# At 02:30 an hour may come twice or never where clocks are changed; nothing is run then, anywhere.
QUIET_FROM, QUIET_UNTIL = time(1), time(3)


class Result(StrEnum):
    """What became of one unit at one tick."""

    DONE = "done"
    FAILED = "failed"
    BUSY = "busy"  # somebody else runs it right now, or has just done it


@dataclass(frozen=True, slots=True)
class Ran:
    """One unit that was tried."""

    job: str
    business_date: date
    slot: str
    result: Result


def run_job(
    context: JobContext,
    job: Job,
    business_date: date,
    clock: Clock | None = None,
    *,
    through: Connection | None = None,
) -> Result:
    """Claim the unit, `through` a connection as `claim_job` takes one, do its work, and mark it done.

    When the work raises, the unit is marked failed with its reason, and the error goes on to the caller.
    """
    clock = clock or context.clock()
    key = JobKey(context.tenant_id, job.name, business_date, job.slot)
    with claim_job(context.database, key, clock=clock, through=through) as claimed:
        if claimed is None:
            return Result.BUSY
        claimed.finish(job.work(context, Occasion(business_date, job.slot, clock)))
    return Result.DONE


@dataclass
class Progress:
    """Which units are done, as far back as catching up looks."""

    since: date
    done: set[tuple[str, date, str]]

    @classmethod
    def read(cls, session: TenantSession, since: date) -> "Progress":
        """The tenant's done units from a date on, by one statement."""
        rows = session.execute(
            select(col(JobRun.job), col(JobRun.business_date), col(JobRun.slot)).where(
                col(JobRun.tenant_id) == session.tenant_id,
                col(JobRun.business_date) >= since,
                col(JobRun.state) == JobState.DONE,
            )
        )
        return cls(since, {(job, business_date, slot) for job, business_date, slot in rows})

    def has(self, job: Job, business_date: date) -> bool:
        """Whether the unit is done."""
        return (job.name, business_date, job.slot) in self.done

    def add(self, job: Job, business_date: date) -> None:
        """Note that the unit is done."""
        self.done.add((job.name, business_date, job.slot))


def run_due(context: JobContext, jobs: Sequence[Job]) -> list[Ran]:
    """Do everything that is due by the tenant's clock and not done: what a tick and a start do.

    A failure is recorded and logged, holds back what needs it, and nothing else.
    """
    zone = context.zone()
    local = context.clock().now().astimezone(zone)
    if is_quiet(local.time()):
        return []
    first = _first_day(context, local.date(), zone)
    with context.session() as session:
        progress = Progress.read(session, first)
    return [ran for day in days(first, local.date()) for ran in _run_day(context, jobs, day, local, progress)]


def is_quiet(at: time) -> bool:
    """Whether nothing is run at this local time."""
    return QUIET_FROM <= at < QUIET_UNTIL


def _first_day(context: JobContext, today: date, zone: ZoneInfo) -> date:
    with context.session() as session:
        founded = tenant_of(session).created_at.astimezone(zone).date()
    return max(founded, today - timedelta(days=MAX_CATCH_UP_DAYS))


def days(first: date, last: date) -> list[date]:
    """Every date from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _run_day(context: JobContext, jobs: Sequence[Job], day: date, local: datetime, progress: Progress) -> Iterable[Ran]:
    for job in jobs:
        if datetime.combine(day, job.at, local.tzinfo) > local:
            return
        if progress.has(job, day) or not falls_on(context, job, day) or not _ready(context, job, jobs, day, progress):
            continue
        result = _try(context, job, day)
        if result is Result.DONE:
            progress.add(job, day)
        yield Ran(job.name, day, job.slot, result)


def falls_on(context: JobContext, job: Job, day: date) -> bool:
    """Whether the job is run on that day at all."""
    return falls(job, day, lambda: context.calendar(day))


def falls(job: Job, day: date, calendar: Callable[[], BusinessCalendar]) -> bool:
    """Whether the job is run on that day, by a calendar that is asked for only where it matters."""
    if job.falls is not None and not job.falls(day):
        return False
    return not job.business_days_only or calendar().is_business_day(day)


def _ready(context: JobContext, job: Job, jobs: Sequence[Job], day: date, progress: Progress) -> bool:
    """Whether everything the unit builds on is done."""
    needed = [other for other in jobs if other.name in job.needs and other.at <= job.at]
    if not all(progress.has(other, day) for other in needed if falls_on(context, other, day)):
        return False
    return not job.in_date_order or day == progress.since or progress.has(job, day - timedelta(days=1))


def _try(context: JobContext, job: Job, day: date) -> Result:
    try:
        return run_job(context, job, day)
    except Exception:
        log.exception("job failed", tenant=context.tenant_id, job=job.name, business_date=str(day), slot=job.slot)
        return Result.FAILED
