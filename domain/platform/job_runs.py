"""What the clockwork did: one row per tenant, job, business date and slot, so that nothing runs twice or is forgotten.

Two things decide whether a unit runs. A session-level advisory lock says who runs it *now*: it goes with the
connection, so a killed worker's unit is free at once, without a lease to wait for. The row says whether it still has to
be run: `done` is never claimed again; `failed`, or `running` by somebody who holds no lock any more, is. (Advisory
locks belong to a connection: a pooler in transaction mode must not stand between workers and the database.)
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, select

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


@dataclass(slots=True)
class Claim:
    """A unit that is ours until the block of `claim_job` ends."""

    connection: Connection
    key: JobKey
    clock: Clock
    attempt: int
    held: bool = True

    def finish(self, outcome: Mapping[str, Any]) -> None:
        """Mark the unit done, and let it go; whoever takes the lock just then waits for the row, and finds it done."""
        self.connection.execute(_FINISH, _named(self.key) | {"outcome": dict(outcome), "now": self.clock.now()})
        self.held = False

    def fail(self, error: str) -> None:
        """Mark the unit failed, with what a person needs to see; it may be claimed again. What is done stays done."""
        facts = {"error": error[-_MAX_ERROR:], "now": self.clock.now()}
        self.connection.execute(_FAIL, _named(self.key) | facts)

    def let_go(self) -> None:
        """Give the lock back, if it is still ours."""
        if self.held:
            self.connection.execute(_UNLOCK, {"lock": str(self.key)})
            self.held = False


@contextmanager
def claim_job(
    database: Database, key: JobKey, *, clock: Clock, through: Connection | None = None
) -> Iterator[Claim | None]:
    """The unit to run until the block ends, or None when it is done or somebody else runs it right now.

    The block calls `finish` when its work is committed; when it raises, the unit is marked failed. Leaving without
    either keeps the row `running`, free to be claimed again. `through` is a connection that commits each statement,
    for who claims one unit after the other.
    """
    with _claiming(database, through) as connection:
        facts = {"now": clock.now(), "worker": worker_name()}
        row = connection.execute(_CLAIM, _named(key) | facts).one()
        claim = Claim(connection, key, clock, row.attempt, row.held)
        try:
            if row.attempt is None:
                yield None
                return
            try:
                yield claim
            except Exception as error:
                claim.fail(f"{type(error).__name__}: {error}")
                raise
        finally:
            claim.let_go()


def _claiming(database: Database, through: Connection | None) -> AbstractContextManager[Connection]:
    if through is not None:
        return nullcontext(through)
    return database.engines[Role.WORKER].connect().execution_options(isolation_level="AUTOCOMMIT")


def _named(key: JobKey) -> dict[str, Any]:
    return {
        "lock": str(key),
        "tenant": key.tenant_id,
        "job": key.job,
        "on": key.business_date,
        "slot": key.slot,
    }


# One statement each, committed by itself: two for every unit of a day. Neither waits for the disk: a unit that was
# claimed when the server fell is nobody's afterwards, and one whose end was not kept is run again, as its work allows.
_CLAIM = text("""
    WITH mine AS MATERIALIZED (
      SELECT pg_try_advisory_lock(hashtextextended(:lock, 0)) AS held, set_config('synchronous_commit', 'off', true)),
    claimed AS (
      INSERT INTO job_run AS run (tenant_id, job, business_date, slot, state, started_at, attempt, worker)
      SELECT :tenant, :job, :on, :slot, 'running', :now, 1, :worker FROM mine WHERE held
      ON CONFLICT (tenant_id, job, business_date, slot)
      DO UPDATE SET state = 'running', started_at = excluded.started_at, finished_at = NULL, error = NULL,
                    attempt = run.attempt + 1, worker = excluded.worker
      WHERE run.state <> 'done'
      RETURNING attempt)
    SELECT held, (SELECT attempt FROM claimed) AS attempt FROM mine
""")
_UNIT = "tenant_id = :tenant AND job = :job AND business_date = :on AND slot = :slot"
_FINISH = text(f"""
    WITH done AS (
      UPDATE job_run SET state = 'done', outcome = :outcome, error = NULL, finished_at = :now
      WHERE {_UNIT} AND state = 'running' RETURNING 1)
    SELECT pg_advisory_unlock(hashtextextended(:lock, 0)), set_config('synchronous_commit', 'off', true)
""").bindparams(bindparam("outcome", type_=JSONB))
_FAIL = text(f"""
    UPDATE job_run SET state = 'failed', outcome = NULL, error = :error, finished_at = :now
    WHERE {_UNIT} AND state = 'running'
""")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:lock, 0))")


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
