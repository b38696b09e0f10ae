"""Pools' own times in the table of a day, and the calendar that its job keeps."""

from datetime import date, time

from domain.calendars.reading import kept_years
from domain.platform.ids import uuid7
from domain.pooling.cron import Cron
from domain.pooling.slots import CronSlot
from jobs import calendars
from jobs.context import JobContext, Occasion
from jobs.schedule import DAY
from jobs.sweep_slots import job_at, with_slots

MONDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)


def test_a_tenant_without_slots_has_the_table_as_it_is(context: JobContext) -> None:
    assert with_slots(context, DAY) == list(DAY)


def test_a_slot_is_a_job_at_its_times_on_its_days() -> None:
    job = job_at(time(12), [CronSlot(uuid7(), "noon", Cron.parse("0 12 * * 1-5"))])
    assert (job.name, job.slot) == ("sweep_slots", "1200")
    assert job.falls is not None
    assert [job.falls(day) for day in (MONDAY, SATURDAY)] == [True, False]


def test_the_calendar_is_kept_for_the_years_anything_is_planned_in(context: JobContext) -> None:
    outcome = calendars.run(context, Occasion(MONDAY, "0730", context.clock()))
    assert (outcome["years"], outcome["days"]) == ([2025, 2026, 2027, 2028], 0)
    with context.session() as session:
        assert kept_years(session, "CN", [2026, 2028]) == {2026: False, 2028: True}
    again = calendars.run(context, Occasion(MONDAY, "0730", context.clock()))
    assert set(again["years"]) < {2025, 2026, 2027, 2028}  # what is published is not loaded again
