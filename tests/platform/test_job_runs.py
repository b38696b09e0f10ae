"""The clockwork's record: nothing runs twice, nothing is forgotten, a killed worker's unit is free at once."""

import signal
import subprocess
import sys
from datetime import date
from time import sleep

import pytest
from sqlalchemy import text

from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.job_runs import Claim, JobKey, JobRun, JobState, claim_job, job_done, worker_name

DAY = date(2026, 3, 2)


@pytest.fixture
def key(tenant_id: int) -> JobKey:
    return JobKey(tenant_id, "debit_run", DAY, "0800")


def finish(claim: Claim | None) -> None:
    assert claim is not None
    claim.finish({"items": 3})


def row(database: Database, key: JobKey) -> JobRun:
    with database.session(Role.WORKER, key.tenant_id) as session:
        return session.get_one(JobRun, (key.tenant_id, key.job, key.business_date, key.slot))


def test_a_unit_is_claimed_run_and_done(database: Database, key: JobKey, clock: FixedClock) -> None:
    with claim_job(database, key, clock=clock) as run:
        assert run is not None
        claimed = row(database, key)
        assert (claimed.state, claimed.attempt, claimed.worker) == (JobState.RUNNING, 1, worker_name())
        finish(run)
    done = row(database, key)
    assert (done.state, done.outcome, done.finished_at) == (JobState.DONE, {"items": 3}, clock.now())


def test_what_is_done_is_not_claimed_again(database: Database, key: JobKey, clock: FixedClock) -> None:
    with claim_job(database, key, clock=clock) as run:
        finish(run)
    with claim_job(database, key, clock=clock) as again:
        assert again is None
    with database.session(Role.WORKER, key.tenant_id) as session:
        assert job_done(session, key)
        assert not job_done(session, JobKey(key.tenant_id, "debit_run", DAY, "1200"))


def test_a_unit_that_is_done_is_free_while_its_worker_still_holds_the_block(
    database: Database, key: JobKey, clock: FixedClock
) -> None:
    with claim_job(database, key, clock=clock) as run:
        finish(run)
        with claim_job(database, key, clock=clock) as again:
            assert again is None
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        with database.session(Role.WORKER, key.tenant_id) as session:
            assert session.execute(text(held)).scalar_one() == 0


def test_two_workers_do_not_run_one_unit_at_once(database: Database, key: JobKey, clock: FixedClock) -> None:
    with claim_job(database, key, clock=clock) as first, claim_job(database, key, clock=clock) as second:
        assert first is not None
        assert second is None


def test_units_of_other_days_slots_and_tenants_run_beside_it(
    database: Database, key: JobKey, clock: FixedClock
) -> None:
    others = [
        JobKey(key.tenant_id, "debit_run", DAY, "1200"),
        JobKey(key.tenant_id, "debit_run", date(2026, 3, 3), "0800"),
        JobKey(key.tenant_id + 1, "debit_run", DAY, "0800"),
    ]
    with claim_job(database, key, clock=clock):
        for other in others:
            with claim_job(database, other, clock=clock) as run:
                assert run is not None


def test_a_failure_is_recorded_raised_and_may_be_tried_again(
    database: Database, key: JobKey, clock: FixedClock
) -> None:
    with pytest.raises(ZeroDivisionError), claim_job(database, key, clock=clock):
        1 / 0  # noqa: B018 - what a job may do
    failed = row(database, key)
    assert (failed.state, failed.error) == (JobState.FAILED, "ZeroDivisionError: division by zero")
    with claim_job(database, key, clock=clock) as again:
        assert again is not None
        assert (again.attempt, row(database, key).error) == (2, None)
        finish(again)
    assert row(database, key).state is JobState.DONE


def test_work_done_before_a_failure_in_the_same_block_stays_done(
    database: Database, key: JobKey, clock: FixedClock
) -> None:
    def finish_and_fail() -> None:
        with claim_job(database, key, clock=clock) as run:
            finish(run)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        finish_and_fail()
    assert row(database, key).state is JobState.DONE


def test_a_killed_workers_unit_is_free_at_once(database: Database, key: JobKey, clock: FixedClock) -> None:
    program = """
import os, signal, sys
from datetime import date
from domain.platform.clock import SystemClock
from domain.platform.database import Database
from domain.platform.job_runs import JobKey, claim_job
key = JobKey(int(sys.argv[2]), "debit_run", date(2026, 3, 2), "0800")
with claim_job(Database(sys.argv[1]), key, clock=SystemClock()):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program, database.url, str(key.tenant_id)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert row(database, key).state is JobState.RUNNING
    assert attempt_of_next(database, key, clock) == 2


def attempt_of_next(database: Database, key: JobKey, clock: FixedClock) -> int | None:
    for _ in range(50):  # the server notices the dead connection within milliseconds; a busy machine gets five seconds
        with claim_job(database, key, clock=clock) as run:
            if run is not None:
                return run.attempt
        sleep(0.1)
    return None
