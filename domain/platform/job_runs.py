"""What the clockwork did: one row per tenant, job, business date and slot, so that nothing runs twice or is forgotten.

Two things decide whether a unit runs. A session-level advisory lock says who runs it *now*: it goes with the
connection, so a killed worker's unit is free at once, without a lease to wait for. The row says whether it still has to
be run: `done` is never claimed again; `failed`, or `running` by somebody who holds no lock any more, is. (Advisory
locks belong to a connection: a pooler in transaction mode must not stand between workers and the database.)
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, col, select

from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.tables import TenantRow, text_enum

_MAX_ERROR = 2_000  # enough for the last frames of a traceback


class JobState(StrEnum):
    """How far one unit of the clockwork came."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRun(TenantRow, table=True):
    """One job for one business date and slot: who ran it last, how often, and what came of it."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True, max_length=64)
    business_date: date = Field(primary_key=True)
    slot: str = Field(primary_key=True, max_length=16)
    state: JobState = Field(sa_type=text_enum(JobState, "state"))
    started_at: datetime
    finished_at: datetime | None = None
    attempt: int
    worker: str
    outcome: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class JobKey:
    """A unit of work of the clockwork; `slot` tells the runs of one day apart, such as `0800`."""

    tenant_id: int
    job: str
    business_date: date
    slot: str = ""

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.job}/{self.business_date.isoformat()}/{self.slot}"


def worker_name() -> str:
    """This process, as job runs name it."""
    return f"{socket.gethostname()}:{os.getpid()}"


@contextmanager
def claim_job(database: Database, key: JobKey, *, clock: Clock) -> Iterator[JobRun | None]:
    """The unit to run until the block ends, or None when it is done or somebody else runs it right now.

    The block calls `finish_job` in the transaction of its last work, or `fail_job`; when it raises, the unit is marked
    failed. Leaving without either keeps the row `running`, free to be claimed again.
    """
    with (
        database.engines[Role.WORKER].connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        TenantSession(connection, key.tenant_id) as at_once,
    ):
        if not connection.execute(
            text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), {"key": str(key)}
        ).scalar():
            yield None
            return
        try:
            run = _claim(at_once, key, clock)
            try:
                yield run
            except Exception as error:
                if run is not None:
                    with database.session(Role.WORKER, key.tenant_id) as session:
                        fail_job(session, key, error=f"{type(error).__name__}: {error}", clock=clock)
                raise
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), {"key": str(key)})


def _claim(session: TenantSession, key: JobKey, clock: Clock) -> JobRun | None:
    first = insert(JobRun).values(
        tenant_id=key.tenant_id,
        job=key.job,
        business_date=key.business_date,
        slot=key.slot,
        state=JobState.RUNNING,
        started_at=clock.now(),
        attempt=1,
        worker=worker_name(),
    )
    again = first.on_conflict_do_update(
        index_elements=["tenant_id", "job", "business_date", "slot"],
        set_={
            "state": JobState.RUNNING,
            "started_at": first.excluded.started_at,
            "finished_at": None,
            "attempt": col(JobRun.attempt) + 1,
            "worker": first.excluded.worker,
            "error": None,
        },
        where=col(JobRun.state) != JobState.DONE,
    )
    return session.scalars(again.returning(JobRun), execution_options={"populate_existing": True}).one_or_none()


def finish_job(session: TenantSession, key: JobKey, *, outcome: dict[str, Any], clock: Clock) -> None:
    """Mark the unit done; in the transaction of its last work, so that it is done exactly when that is."""
    _end(session, key, state=JobState.DONE, outcome=outcome, error=None, finished_at=clock.now())


def fail_job(session: TenantSession, key: JobKey, *, error: str, clock: Clock) -> None:
    """Mark the unit failed, with what a person needs to see; it may be claimed again."""
    _end(session, key, state=JobState.FAILED, outcome=None, error=error[-_MAX_ERROR:], finished_at=clock.now())


def _end(session: TenantSession, key: JobKey, **values: object) -> None:
    session.execute(
        update(JobRun)
        .where(
            col(JobRun.tenant_id) == key.tenant_id,
            col(JobRun.job) == key.job,
            col(JobRun.business_date) == key.business_date,
            col(JobRun.slot) == key.slot,
            col(JobRun.state) == JobState.RUNNING,
        )
        .values(**values)
    )


def job_done(session: TenantSession, key: JobKey) -> bool:
    """Whether the unit has been done: what catching up asks at start."""
    run = session.exec(
        select(JobRun).where(
            JobRun.tenant_id == key.tenant_id,
            JobRun.job == key.job,
            JobRun.business_date == key.business_date,
            JobRun.slot == key.slot,
        )
    ).one_or_none()
    return run is not None and run.state is JobState.DONE
