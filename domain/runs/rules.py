"""When a refused collection is tried again (rules: "Retries, returns, finality"). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from domain.runs.errors import RetryDayRefused
from domain.values.business_days import BusinessCalendar

RETRY_BY_HAND_DAYS = 92  # a quarter ahead: the mandate's and the receivable's data are no plan for longer


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `retries` + 1 attempts in a presentation, the retries within `window_days` after the first.

    A new presentation follows every `presentation_days` for as long as the obligation is unpaid; None gives up instead.
    """

    retries: int = 2
    window_days: int = 7
    presentation_days: int | None = 7

    def __post_init__(self) -> None:
        assert 0 < self.retries <= self.window_days, "a period has a day"
        assert self.presentation_days is None or self.presentation_days > 0, "presentations move on"


STANDARD_POLICY = RetryPolicy()
# Payers are firms and persons: after three attempts they are written to, not debited again.
ENTRUSTED_POLICY = RetryPolicy(presentation_days=None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attempt stands: in which presentation, begun when, and in which of its periods (0 is the first try)."""

    presentation: int
    presented_on: date
    period: int


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """The next attempt, and where it stands."""

    due_on: date
    place: Place


def retry_periods(presented_on: date, policy: RetryPolicy) -> list[tuple[date, date]]:
    """First and last day of each retry period: the window after the first attempt, in n parts of W/n days.

    7 days over 2 retries after 30 September are 1-3 and 4-7 October.
    """
    bounds = [policy.window_days * place // policy.retries for place in range(policy.retries + 1)]
    return [
        (presented_on + timedelta(days=start + 1), presented_on + timedelta(days=end))
        for start, end in pairwise(bounds)
    ]


def next_attempt(failed: Place, known_on: date, calendar: BusinessCalendar, policy: RetryPolicy) -> NextAttempt:
    """The attempt after one that failed for want of funds, known on `known_on`.

    A retry, or after the last period the obligation presented anew, on a whole number of `presentation_days` after the
    old presentation, rolled to a business day.
    """
    return retry_in_window(failed, known_on, calendar, policy) or _present_anew(failed, known_on, calendar, policy)


def following_attempt(
    failed: Place, known_on: date, calendar: BusinessCalendar, policy: RetryPolicy
) -> NextAttempt | None:
    """The same, or None where the policy gives up after the last period."""
    if policy.presentation_days is None:
        return retry_in_window(failed, known_on, calendar, policy)
    return next_attempt(failed, known_on, calendar, policy)


def retry_in_window(
    failed: Place, known_on: date, calendar: BusinessCalendar, policy: RetryPolicy
) -> NextAttempt | None:
    """One business day in each period that is left: the first after what is known; None when none is left.

    A period without one is dropped, never made up for in another.
    """
    periods = retry_periods(failed.presented_on, policy)
    for period, (first, last) in list(enumerate(periods, start=1))[failed.period :]:
        day = _business_day_in(max(first, known_on + timedelta(days=1)), last, calendar)
        if day is not None:
            return NextAttempt(day, Place(failed.presentation, failed.presented_on, period))
    return None


def _present_anew(failed: Place, known_on: date, calendar: BusinessCalendar, policy: RetryPolicy) -> NextAttempt:
    assert policy.presentation_days is not None, "a policy that gives up presents nothing anew"
    presented_on = failed.presented_on
    while presented_on <= max(known_on, failed.presented_on):
        presented_on += timedelta(days=policy.presentation_days)
    presented_on = calendar.roll(presented_on)
    return NextAttempt(presented_on, Place(failed.presentation + 1, presented_on, 0))


def _business_day_in(first: date, last: date, calendar: BusinessCalendar) -> date | None:
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return next((day for day in days if calendar.is_business_day(day)), None)


def check_retry_day(due_on: date, today: date, calendar: BusinessCalendar) -> None:
    """Raise RetryDayRefused unless a person may choose that day for one more attempt."""
    last = today + timedelta(days=RETRY_BY_HAND_DAYS)
    if not today <= due_on <= last or not calendar.is_business_day(due_on):
        raise RetryDayRefused(due_on=due_on, first=today, last=last)
