"""Business days: which days banks work, and where a date goes that falls on one they do not (R24)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

SATURDAY = 5


class Roll(StrEnum):
    """A contract field: where a date goes that is no business day (ISDA 2006 section 4.12)."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified_following"
    NONE = "none"


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekends are off unless `exceptions` says otherwise: True works (a make-up Saturday), False is a holiday."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_business_day(self, day: date) -> bool:
        """Whether banks work on `day`."""
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def roll(self, day: date, convention: Roll = Roll.FOLLOWING) -> date:
        """`day` itself when banks work, otherwise where the convention puts it."""
        if convention is Roll.NONE or self.is_business_day(day):
            return day
        if convention is Roll.PRECEDING:
            return self._step(day, -1)
        following = self._step(day, +1)
        if convention is Roll.MODIFIED_FOLLOWING and following.month != day.month:
            return self._step(day, -1)
        return following

    def add(self, day: date, business_days: int) -> date:
        """The date `business_days` working days after `day` (before it, when negative)."""
        for _ in range(abs(business_days)):
            day = self._step(day, 1 if business_days > 0 else -1)
        return day

    def _step(self, day: date, direction: int) -> date:
        day += timedelta(days=direction)
        while not self.is_business_day(day):
            day += timedelta(days=direction)
        return day
