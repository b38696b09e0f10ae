"""Times of evaluation as cron expressions of five fields: minute, hour, day of month, month, day of week. Pure.

Numbers, `*`, lists, ranges and steps, as crontab(5) has them: 0 and 7 are Sunday, and when both days are restricted,
either will do. No names, no seconds.
"""

from dataclasses import dataclass
from datetime import date, time
from typing import Self

from domain.pooling.errors import BadCron

QUIET_HOURS = frozenset({1, 2})  # at 02:30 an hour may come twice or never where clocks are changed
MAX_TIMES_A_DAY = 24  # a pool swept more often than hourly is one that a balance event serves better
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PARTS = 5
_SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Cron:
    """On which days, and at which times of them."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @classmethod
    def parse(cls, expression: str) -> Self:
        """The times an expression stands for. Raises BadCron."""
        parts = expression.split()
        if len(parts) != _PARTS:
            raise _bad(expression, f"it has {len(parts)} fields", f"共 {len(parts)} 段")
        sets = [_numbers(expression, part, first, last) for part, (first, last) in zip(parts, _FIELDS, strict=True)]
        minutes, hours, days, months, weekdays = sets
        if hours & QUIET_HOURS:
            raise _bad(expression, "nothing runs from 01:00 to 03:00", "01:00 至 03:00 不执行任务")
        if len(minutes) * len(hours) > MAX_TIMES_A_DAY:
            raise _bad(expression, f"more than {MAX_TIMES_A_DAY} times a day", f"每日超过 {MAX_TIMES_A_DAY} 次")
        weekdays = frozenset(number % _SUNDAY for number in weekdays)
        either = parts[2] != "*" and parts[4] != "*"
        return cls(minutes, hours, days, months, weekdays, either)

    def falls_on(self, day: date) -> bool:
        """Whether any of its times is on that day."""
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % _SUNDAY in self.weekdays
        return by_date or by_weekday if self.either_day else by_date and by_weekday

    @property
    def times(self) -> list[time]:
        """The times of such a day, in order."""
        return [time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)]


def _numbers(expression: str, part: str, first: int, last: int) -> frozenset[int]:
    found: set[int] = set()
    for item in part.split(","):
        span, slash, step = item.partition("/")
        start, dash, end = span.partition("-")
        if slash and not (step.isascii() and step.isdecimal() and int(step) > 0):
            raise _bad(expression, f"“{item}” has no step", f"“{item}”步长无效")
        bounds = (first, last) if span == "*" else _bounds(expression, item, start, end if dash else None)
        low, high = bounds if dash or not slash or span == "*" else (bounds[0], last)
        if not first <= low <= high <= last:
            raise _bad(expression, f"“{item}” lies outside {first}-{last}", f"“{item}”不在 {first}-{last} 之间")
        found.update(range(low, high + 1, int(step) if slash else 1))
    return frozenset(found)


def _bounds(expression: str, item: str, start: str, end: str | None) -> tuple[int, int]:
    numbers = [start] if end is None else [start, end]
    if not all(number.isascii() and number.isdecimal() for number in numbers):
        raise _bad(expression, f"“{item}” is no number, range or *", f"“{item}”不是数字、区间或 *")
    return int(numbers[0]), int(numbers[-1])


def _bad(expression: str, en: str, zh: str) -> BadCron:
    return BadCron(expression=expression[:100], problem_en=en, problem_zh=zh)
