"""Time: the only place that reads the system clock. A sandbox tenant's clock stands still until it is moved."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

BEIJING = "Asia/Shanghai"


class Clock(Protocol):
    """What services ask for the time."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    def today(self) -> date:
        """The business date in the tenant's time zone."""


@dataclass(frozen=True)
class SystemClock:
    """The real time, with dates as they are in `zone`."""

    zone: str = BEIJING

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The date in `zone` right now."""
        return self.now().astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class FixedClock:
    """A moment that does not pass: a sandbox tenant between two moves, or a test."""

    at: datetime
    zone: str = BEIJING

    def now(self) -> datetime:
        """The moment it stands at, in UTC."""
        return self.at.astimezone(UTC)

    def today(self) -> date:
        """The date of that moment in `zone`."""
        return self.at.astimezone(ZoneInfo(self.zone)).date()
