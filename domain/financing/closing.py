"""A business date closed, transaction by transaction: accrual, overdue, non-performing, provision.

Each step is one set operation in a transaction of its own and changes nothing the second time, so a crash at any point
loses the step it was in, and the next start goes on from there.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

from domain.financing.accrual import accrue, open_dates
from domain.financing.ageing import mark_nonperforming, mark_overdue
from domain.financing.provision import close_provision
from domain.financing.sales.ageing import mark_behind
from domain.platform.clock import Clock
from domain.platform.database import TenantSession

Sessions = Callable[[], AbstractContextManager[TenantSession]]  # each commits when its block ends well


@dataclass(frozen=True, slots=True)
class Closed:
    """The dates that were closed, how many advances bore something on them, and how many aged."""

    dates: list[date]
    advances: int
    overdue: int
    nonperforming: int


def close_dates(sessions: Sessions, on: date, *, clock: Clock) -> Closed:
    """Close `on` and every date missed since the last; each date is done once it is committed."""
    with sessions() as session:
        dates = open_dates(session, on)
    advances = 0
    for day in dates:
        with sessions() as session:
            advances += accrue(session, day, clock=clock).advances
    with sessions() as session:
        overdue = mark_overdue(session, on, clock=clock)
    with sessions() as session:
        overdue += mark_behind(session, on, clock=clock)
    with sessions() as session:
        nonperforming = mark_nonperforming(session, on)
    with sessions() as session:
        close_provision(session, on, clock=clock)
    return Closed(dates, advances, overdue, nonperforming)
