"""Runs on days that may still change: whoever sees one is warned, and it is listed to be planned again."""

from dataclasses import dataclass

from domain.calendars import provisional
from domain.calendars.reading import HOME, bank_calendar
from domain.calendars.states import PlanKind
from domain.platform.calendar import BankCalendar
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.runs.tables import Run


@dataclass(frozen=True, slots=True)
class RunWarning:
    """What a person should know of a run before trusting its date."""

    code: str
    message_en: str
    message_zh: str


def warnings_of(run: Run, calendar: BankCalendar) -> list[RunWarning]:
    """What about the run's date is not certain; `calendar` knows its year."""
    day = run.business_date
    if not calendar.is_provisional(day):
        return []
    return [
        RunWarning(
            "provisional_date",
            f"The bank calendar of {day.year} is not published yet: banks may be closed on {day}. "
            "Look at the provisional plans once it is, and plan again.",
            f"{day.year} 年银行日历尚未公布,{day} 可能并非银行营业日。公布后请查看暂定计划并重新安排。",
        )
    ]


def list_if_provisional(session: TenantSession, run: Run, *, country: str = HOME, clock: Clock) -> None:
    """Have a run whose date may still change planned again when the calendar does; twice is once."""
    calendar = bank_calendar(session, run.business_date, country)
    provisional.warn(session, calendar, [(run.public_id, run.business_date)], kind=PlanKind.RUN, clock=clock)
