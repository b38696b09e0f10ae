"""Each unit once, in order, again after a failure, and never in the small hours."""

from collections.abc import Callable, Mapping
from datetime import date, time
from threading import Event, Thread
from typing import Any

import pytest
from sqlmodel import col, select

from domain.platform.job_runs import JobRun, JobState
from jobs.context import Job, JobContext, Occasion
from jobs.runner import MAX_CATCH_UP_DAYS, Result, is_quiet, run_due, run_job

At = Callable[[str], None]
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


class Diary:
    """Toy jobs that write down when they were done, and fail when told to."""

    def __init__(self) -> None:
        self.done: list[tuple[str, date]] = []
        self.failing: set[str] = set()

    def job(self, name: str, hour: int, **terms: bool | tuple[str, ...]) -> Job:
        def work(_: JobContext, occasion: Occasion) -> Mapping[str, Any]:
            if name in self.failing:
                message = f"{name} has no power"
                raise RuntimeError(message)
            self.done.append((name, occasion.business_date))
            return {"noted": len(self.done)}

        return Job(name, time(hour), work, **terms)  # type: ignore[arg-type]


@pytest.fixture
def diary() -> Diary:
    return Diary()


def rows(context: JobContext) -> list[tuple[str, date, JobState, int]]:
    with context.session() as session:
        found = session.exec(
            select(JobRun)
            .where(JobRun.tenant_id == context.tenant_id)
            .order_by(col(JobRun.business_date), col(JobRun.slot))
        ).all()
    return [(row.job, row.business_date, row.state, row.attempt) for row in found]


class TestATick:
    def test_does_what_is_due_by_now_and_nothing_later(self, context: JobContext, diary: Diary, at: At) -> None:
        jobs = [diary.job("early", 8), diary.job("noon", 12), diary.job("late", 22)]
        at("2026-03-02 12:00")
        run_due(context, jobs)
        assert diary.done == [("early", MONDAY), ("noon", MONDAY)]

    def test_does_nothing_twice(self, context: JobContext, diary: Diary) -> None:
        jobs = [diary.job("early", 8)]
        assert [ran.result for ran in run_due(context, jobs)] == [Result.DONE]
        assert run_due(context, jobs) == []
        assert rows(context) == [("early", MONDAY, JobState.DONE, 1)]

    def test_catches_up_day_by_day_what_has_no_row(self, context: JobContext, diary: Diary, at: At) -> None:
        jobs = [diary.job("morning", 8), diary.job("evening", 20)]
        at("2026-03-04 09:00")
        run_due(context, jobs)
        assert diary.done == [
            ("morning", MONDAY),
            ("evening", MONDAY),
            ("morning", TUESDAY),
            ("evening", TUESDAY),
            ("morning", date(2026, 3, 4)),
        ]

    def test_does_not_catch_up_more_than_a_month(self, context: JobContext, diary: Diary, at: At) -> None:
        at("2026-06-01 09:00")
        run_due(context, [diary.job("morning", 8)])
        assert len(diary.done) == MAX_CATCH_UP_DAYS + 1
        assert diary.done[0] == ("morning", date(2026, 5, 1))

    def test_between_one_and_three_does_nothing(self, context: JobContext, diary: Diary, at: At) -> None:
        jobs = [diary.job("midnight", 0)]
        at("2026-03-03 01:00")
        assert run_due(context, jobs) == []
        at("2026-03-03 02:59")
        assert run_due(context, jobs) == []
        at("2026-03-03 03:00")
        assert len(run_due(context, jobs)) == 2

    def test_on_a_bank_holiday_leaves_bank_jobs_out(self, context: JobContext, diary: Diary, at: At) -> None:
        # Sunday 1 March is before the tenant; Saturday 7 and Sunday 8 March are off
        jobs = [diary.job("bank", 8, business_days_only=True), diary.job("books", 9, needs=("bank",))]
        at("2026-03-09 09:00")
        run_due(context, jobs)
        assert [day.day for name, day in diary.done if name == "bank"] == [2, 3, 4, 5, 6, 9]
        assert [day.day for name, day in diary.done if name == "books"] == [2, 3, 4, 5, 6, 7, 8, 9]


class TestAFailure:
    def test_is_recorded_with_its_reason_and_tried_again_at_the_next_tick(
        self, context: JobContext, diary: Diary
    ) -> None:
        jobs = [diary.job("fragile", 8)]
        diary.failing = {"fragile"}
        assert [ran.result for ran in run_due(context, jobs)] == [Result.FAILED]
        with context.session() as session:
            row = session.exec(select(JobRun).where(JobRun.tenant_id == context.tenant_id)).one()
        assert (row.state, row.error) == (JobState.FAILED, "RuntimeError: fragile has no power")
        diary.failing = set()
        assert [ran.result for ran in run_due(context, jobs)] == [Result.DONE]
        assert rows(context) == [("fragile", MONDAY, JobState.DONE, 2)]

    def test_holds_back_what_needs_it_and_nothing_else(self, context: JobContext, diary: Diary) -> None:
        jobs = [diary.job("first", 6), diary.job("second", 7, needs=("first",)), diary.job("other", 8)]
        diary.failing = {"first"}
        run_due(context, jobs)
        assert diary.done == [("other", MONDAY)]
        diary.failing = set()
        run_due(context, jobs)
        assert diary.done == [("other", MONDAY), ("first", MONDAY), ("second", MONDAY)]

    def test_of_a_job_in_date_order_holds_back_its_later_dates(self, context: JobContext, diary: Diary, at: At) -> None:
        jobs = [diary.job("close", 6, in_date_order=True), diary.job("seal", 7)]
        diary.failing = {"close"}
        at("2026-03-03 09:00")
        run_due(context, jobs)
        assert diary.done == [("seal", MONDAY), ("seal", TUESDAY)]
        assert ("close", TUESDAY) not in [(job, day) for job, day, _, _ in rows(context)]
        diary.failing = set()
        run_due(context, jobs)
        assert diary.done[2:] == [("close", MONDAY), ("close", TUESDAY)]

    def test_reaches_whoever_ran_the_job_by_hand(self, context: JobContext, diary: Diary) -> None:
        diary.failing = {"fragile"}
        with pytest.raises(RuntimeError):
            run_job(context, diary.job("fragile", 8), MONDAY)


def test_two_workers_do_a_unit_once(context: JobContext) -> None:
    begun, may_end = Event(), Event()
    done = []

    def slow(_: JobContext, __: Occasion) -> Mapping[str, Any]:
        begun.set()
        assert may_end.wait(10)
        done.append(1)
        return {}

    job = Job("slow", time(8), slow)
    first = Thread(target=run_job, args=(context, job, MONDAY))
    first.start()
    assert begun.wait(10)
    assert run_job(context, job, MONDAY) is Result.BUSY
    may_end.set()
    first.join()
    assert done == [1]


@pytest.mark.parametrize(("at", "quiet"), [("00:59", False), ("01:00", True), ("02:59", True), ("03:00", False)])
def test_the_quiet_hours_are_one_to_three(at: str, quiet: bool) -> None:
    assert is_quiet(time.fromisoformat(at)) is quiet
