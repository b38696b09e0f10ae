"""The process that ticks: APScheduler wakes up at every job's time, every few minutes, and at once when it starts.

A tick does whatever is due and has no `job_run` row that says done, so a wake-up that is late, doubled or missed does
no harm. Its memory is empty after a restart; the rows are not.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from domain.access.tenants import all_tenants
from domain.banking.channels.port import BankChannel
from domain.platform.clock import BEIJING
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from jobs.context import Job, JobContext
from jobs.runner import Ran, run_due
from jobs.schedule import DAY
from jobs.sweep_slots import with_slots

log = structlog.get_logger("tributary.jobs")

# The default of one second would skip the night after a busy loop.
MISFIRE_GRACE = timedelta(hours=6)
# How soon a failed unit is tried again, and tenants of other time zones are looked at.
TICK_MINUTES = 5


def tick(
    database: Database, banks: Callable[[int], BankChannel], keys: KeyRing, jobs: Sequence[Job] = DAY
) -> list[Ran]:
    """Do what is due for every tenant whose time is the real one; a sandbox is moved by its people.

    `banks` gives a tenant's way to its banks.

    What one tenant's books hold against it does not keep the others waiting.
    """
    ran: list[Ran] = []
    for tenant in all_tenants(database):
        if tenant.sandbox:
            continue
        try:
            context = JobContext(database, banks(tenant.tenant_id), keys, tenant.tenant_id)
            ran += run_due(context, with_slots(context, jobs))
        except Exception:
            log.exception("tick failed", tenant=tenant.slug)
    return ran


def build_scheduler(
    work: Callable[[], object], *, blocking: bool, jobs: Sequence[Job] = DAY, zone: str = BEIJING
) -> BaseScheduler:
    """A scheduler that does `work` (a tick) at every time of the table; not started yet."""
    kind = BlockingScheduler if blocking else BackgroundScheduler
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": int(MISFIRE_GRACE.total_seconds())}
    scheduler = kind(timezone=zone, job_defaults=defaults)
    scheduler.add_job(work, id="start")
    scheduler.add_job(work, IntervalTrigger(minutes=TICK_MINUTES, timezone=zone), id="tick")
    for at in sorted({job.at for job in jobs}):
        trigger = CronTrigger(hour=at.hour, minute=at.minute, timezone=zone)
        scheduler.add_job(work, trigger, id=f"at-{at:%H%M}")
    return scheduler
