"""A business date closed by a person: next in turn, with its numbers, once; tried out, it leaves nothing behind."""

from collections.abc import Callable
from datetime import date

import pytest

from app.cli.closing import _lines
from domain.financing.accrual import closed_until
from domain.platform.job_runs import JobKey, claim_job
from jobs.closing_by_hand import DayClosed, close_day
from jobs.context import JobContext
from jobs.errors import DayBeingClosed, DayNotCome, DayNotNext
from jobs.runner import Result, run_job
from jobs.schedule import DAY
from tests.domain.financing.conftest import furnished

At = Callable[[str], None]
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))
EVENING = next(job for job in DAY if job.name == "close_of_business")


@pytest.fixture
def books(context: JobContext) -> JobContext:
    """The base case: 900,000.00 at 5.50 %, funded on Monday."""
    with context.session() as session:
        world = furnished(session)
        world.facility()
        world.funded(world.invoice("INV-1"))
    return context


def close(books: JobContext, on: date | None = None, *, dry_run: bool = False) -> DayClosed:
    return close_day(books.database, books.tenant_id, on, dry_run=dry_run)


def last_closed(books: JobContext) -> date | None:
    with books.session() as session:
        return closed_until(session)


class TestClosingADay:
    def test_tells_what_the_day_came_to(self, books: JobContext) -> None:
        closed = close(books)
        # 900,000 x 5.5 % / 360 = 137.50 (R2); 1 % of 900,000 = 9,000.00 (R23)
        told = {name: closed.figures[name] for name in ("read", "accrued", "interest", "provision", "differences")}
        assert (closed.on, told) == (
            MONDAY,
            {
                "read": 1,
                "accrued": 1,
                "interest": {"CNY": "137.50"},
                "provision": {"CNY": "9000.00"},
                "differences": 0,
            },
        )

    def test_is_the_evenings_job_which_then_leaves_the_day_alone(self, books: JobContext) -> None:
        close(books)
        assert run_job(books, EVENING, MONDAY) is Result.BUSY
        assert last_closed(books) == TUESDAY

    def test_tried_out_works_everything_out_and_keeps_nothing(self, books: JobContext) -> None:
        tried = close(books, dry_run=True)
        assert (tried.figures["interest"], last_closed(books)) == ({"CNY": "137.50"}, None)
        kept = close(books)
        assert kept.figures == tried.figures

    def test_is_told_line_by_line_at_the_command(self, books: JobContext) -> None:
        head, *lines = _lines(close(books, dry_run=True))
        assert head.startswith("2026-03-02: worked out, nothing kept, ")
        assert lines[:4] == [
            *("  advances read: 1", "  of them bore something: 1", "  interest: 137.50 CNY", "  penalty: 0.00 CNY")
        ]
        assert "  provision, change: 9,000.00 CNY" in lines

    def test_is_refused_when_another_day_is_next(self, books: JobContext, at: At) -> None:
        close(books)
        at("2026-03-04 09:00")
        with pytest.raises(DayNotNext) as too_far:
            close(books, WEDNESDAY)
        assert too_far.value.facts == {"day": "2026-03-04", "next_day": "2026-03-03"}
        with pytest.raises(DayNotNext):
            close(books, MONDAY)
        assert [close(books).on, close(books, WEDNESDAY).on] == [TUESDAY, WEDNESDAY]

    def test_is_refused_for_a_day_that_has_not_come(self, books: JobContext) -> None:
        close(books)
        with pytest.raises(DayNotCome) as refused:
            close(books)
        assert refused.value.facts == {"day": "2026-03-03", "today": "2026-03-02"}

    def test_is_refused_while_somebody_else_does_it(self, books: JobContext) -> None:
        key = JobKey(books.tenant_id, EVENING.name, MONDAY, EVENING.slot)
        with claim_job(books.database, key, clock=books.clock()), pytest.raises(DayBeingClosed):
            close(books)
