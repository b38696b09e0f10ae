"""A business date closed by a person: the very job of the evening, marked done, so that the evening leaves it alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from time import perf_counter
from typing import Any

from domain.access.tenants import tenant_clock
from domain.financing.accrual import closed_until
from domain.financing.closing import Sessions
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.job_runs import JobKey, claim_job
from jobs import close_of_business
from jobs.errors import DayBeingClosed, DayNotCome, DayNotNext
from jobs.schedule import DAY

_CLOSING = next(job for job in DAY if job.work is close_of_business.run)


@dataclass(frozen=True, slots=True)
class DayClosed:
    """A business date, what its close came to, and how long it took; `dry_run` when nothing of it was kept."""

    on: date
    figures: dict[str, Any]
    seconds: float
    dry_run: bool


def close_day(database: Database, tenant_id: int, on: date | None = None, *, dry_run: bool = False) -> DayClosed:
    """Close the next business date: `on` has to be that one, where it is given.

    Before the first close any day up to today may be it. Raises DayNotNext, DayNotCome, DayBeingClosed.
    """
    sessions = partial(database.session, Role.WORKER, tenant_id)
    with sessions() as session:
        clock = tenant_clock(session)
        day = _next_day(closed_until(session), on, clock.today())
    began = perf_counter()
    figures = _try(sessions, day, clock) if dry_run else _close(database, sessions, tenant_id, day, clock)
    return DayClosed(day, figures, perf_counter() - began, dry_run)


def _next_day(closed: date | None, on: date | None, today: date) -> date:
    day = on or closed or today
    if closed is not None and day != closed:
        raise DayNotNext(day=day, next_day=closed)
    if day > today:
        raise DayNotCome(day=day, today=today)
    return day


def _close(database: Database, sessions: Sessions, tenant_id: int, day: date, clock: Clock) -> dict[str, Any]:
    key = JobKey(tenant_id, _CLOSING.name, day, _CLOSING.slot)
    with claim_job(database, key, clock=clock) as claimed:
        if claimed is None:
            raise DayBeingClosed(day=day)
        figures = close_of_business.close_business(sessions, day, clock=clock)
        claimed.finish(figures)
    return figures


def _try(sessions: Sessions, day: date, clock: Clock) -> dict[str, Any]:
    """All of it in one transaction that is taken back."""
    with sessions() as session:

        @contextmanager
        def same() -> Iterator[TenantSession]:
            yield session
            session.flush()

        figures = close_of_business.close_business(same, day, clock=clock)
        session.rollback()
    return figures
