"""A sandbox is led through its days by the same jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.platform.clock import BEIJING
from domain.values.actor import Actor
from jobs.context import Job, JobContext, Occasion
from jobs.sandbox import DayDone, advance, advance_to

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


@dataclass
class Diary:
    """What happened, in the order it did."""

    lines: list[str] = field(default_factory=list)

    def set_day(self, on: date) -> None:
        self.lines.append(f"bank {on:%d}")

    def outside(self, on: date) -> None:
        self.lines.append(f"outside {on:%d}")

    def job(self, name: str, at: time, *, hears_bank: bool = False) -> Job:
        def work(_: JobContext, occasion: Occasion) -> Mapping[str, Any]:
            local = occasion.clock.now().astimezone(ZoneInfo(BEIJING))
            self.lines.append(f"{name} {occasion.business_date:%d} at {local:%d %H:%M}")
            return {}

        return Job(name, at, work, hears_bank=hears_bank)


@pytest.fixture
def diary() -> Diary:
    return Diary()


class TestAdvancing:
    def test_lives_each_day_from_morning_to_evening(self, context: JobContext, diary: Diary, actor: Actor) -> None:
        jobs = [diary.job("debit", time(8)), diary.job("answers", time(9, 30), hears_bank=True)]
        days = advance(context, TUESDAY, actor=actor, bank=diary, on_day=diary.outside, jobs=jobs)
        assert diary.lines == [
            "outside 02",
            "bank 02",
            # the sandbox was founded at 09:00: what was to be done before is done then
            "debit 02 at 02 09:00",
            "bank 02",
            "answers 02 at 02 09:30",
            "outside 03",
            "bank 03",
            "debit 03 at 03 08:00",
            "bank 03",
            "answers 03 at 03 09:30",
        ]
        assert days == [DayDone(MONDAY, 3), DayDone(TUESDAY, 3)]

    def test_again_to_the_same_day_does_nothing_anew(self, context: JobContext, diary: Diary, actor: Actor) -> None:
        jobs = [diary.job("debit", time(8))]
        advance(context, MONDAY, actor=actor, on_day=diary.outside, jobs=jobs)
        advance(context, MONDAY, actor=actor, on_day=diary.outside, jobs=jobs)
        assert diary.lines == ["outside 02", "debit 02 at 02 09:00"]

    def test_stops_at_a_failure_and_goes_on_from_there(self, context: JobContext, diary: Diary, actor: Actor) -> None:
        broken = [True]

        def work(_: JobContext, __: Occasion) -> Mapping[str, Any]:
            if broken[0]:
                raise RuntimeError
            return {}

        jobs = [diary.job("debit", time(8)), Job("fragile", time(12), work), diary.job("late", time(20))]
        with pytest.raises(RuntimeError):
            advance(context, WEDNESDAY, actor=actor, on_day=diary.outside, jobs=jobs)
        broken[0] = False
        advance(context, MONDAY, actor=actor, on_day=diary.outside, jobs=jobs)
        assert diary.lines == ["outside 02", "debit 02 at 02 09:00", "late 02 at 02 20:00"]

    def test_stops_at_a_moment_within_a_day_and_does_the_rest_of_it_later(
        self, context: JobContext, diary: Diary, actor: Actor
    ) -> None:
        jobs = [diary.job("early", time(8)), diary.job("late", time(22))]
        noon = datetime(2026, 3, 3, 12, 0, tzinfo=ZoneInfo(BEIJING))
        assert advance_to(context, noon, actor=actor, bank=diary, jobs=jobs) == TUESDAY
        assert context.clock().now() == noon
        assert [line for line in diary.lines if "late" in line] == ["late 02 at 02 22:00"]
        advance(context, TUESDAY, actor=actor, bank=diary, jobs=jobs)
        assert [line for line in diary.lines if "early" in line] == ["early 02 at 02 09:00", "early 03 at 03 08:00"]
        assert diary.lines[-1] == "late 03 at 03 22:00"
