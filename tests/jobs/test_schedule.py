"""The table of jobs, and the scheduler made of it."""

from datetime import date, time
from threading import Event

from jobs.runner import is_quiet
from jobs.schedule import DAY
from jobs.scheduler import MISFIRE_GRACE, build_scheduler


class TestTheTable:
    def test_is_in_the_order_of_the_day(self) -> None:
        assert [job.at for job in DAY] == sorted(job.at for job in DAY)

    def test_names_every_unit_of_a_day_once(self) -> None:
        units = [(job.name, job.slot) for job in DAY]
        assert len(units) == len(set(units))

    def test_has_nothing_in_the_small_hours(self) -> None:
        assert [job.name for job in DAY if is_quiet(job.at)] == []

    def test_needs_only_jobs_that_come_before(self) -> None:
        for job in DAY:
            assert set(job.needs) <= {other.name for other in DAY if other.at < job.at}

    def test_asks_the_bank_for_nothing_after_its_statements(self) -> None:
        statements = next(job.at for job in DAY if job.name == "statements")
        assert statements == time(20)
        after = {job.name for job in DAY if job.at > statements}
        assert after == {
            *("agent_review", "close_of_business", "dues_follow_up", "seal", "expiry", "confirmation_deadline"),
        }


class TestTheScheduler:
    def test_wakes_at_every_time_of_the_table_and_every_few_minutes(self) -> None:
        scheduler = build_scheduler(lambda: None, blocking=False)
        ids = {job.id for job in scheduler.get_jobs()}
        assert {"start", "tick"} | {f"at-{job.slot}" for job in DAY} == ids

    def test_ticks_at_once_when_it_starts_and_forgives_a_late_wake_up_for_hours(self) -> None:
        ticked = Event()
        scheduler = build_scheduler(ticked.set, blocking=False)
        scheduler.start()
        try:
            assert ticked.wait(10)
            job = scheduler.get_job("at-0800")
            assert job.misfire_grace_time == MISFIRE_GRACE.total_seconds() >= 3600
            assert job.coalesce
            assert job.next_run_time.astimezone(scheduler.timezone).time() == time(8)
            assert job.next_run_time.date() >= date(2020, 1, 1)
        finally:
            scheduler.shutdown()
