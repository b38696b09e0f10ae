"""Close of business: a day's interest and penalty of all outstanding advances together (R16, R6).

Decision (2026): what has accrued on an advance follows from its last event and the date, so a night writes no advance.
It reads them, by the arithmetic of `replay` in SQL, and posts per lender what the date added: principal times days is
summed in whole numbers, and what has accrued is that sum times the rate, divided and rounded once, at the end of the
date less at its start. A million advances are one read of some seconds, which a crash undoes and the next start
repeats. The books thus hold every advance as it stands on its last event or on the last closed date, whichever is later
(`booked_figures`); whoever books an event begins there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, text
from sqlmodel import col, select

from domain.financing.figures import Figures
from domain.financing.postings import accrual_legs
from domain.financing.replay import accrue_to
from domain.financing.sales.accrual import accrue_income
from domain.financing.states import OUTSTANDING
from domain.financing.tables import AccrualRun, Advance
from domain.financing.terms import PenaltyBase
from domain.ledger import service as ledger
from domain.ledger import steps
from domain.ledger.posting import Leg, Posting
from domain.platform.binds import TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import system
from domain.values.money import Money

ACTOR = system("close_of_business")


@dataclass
class Accrued:
    """The business dates that were closed and what they came to, all together.

    `read` counts the advances that were looked at each night, `advances` those that bore something; what they bore is
    added up by currency, in minor units.
    """

    dates: list[date] = field(default_factory=list)
    read: int = 0
    advances: int = 0
    interest: Counter[str] = field(default_factory=Counter)
    penalty: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Accrued") -> None:
        """Count other dates in."""
        self.dates += other.dates
        self.read += other.read
        self.advances += other.advances
        self.interest.update(other.interest)
        self.penalty.update(other.penalty)


def accrue(session: TenantSession, on: date, *, clock: Clock) -> Accrued:
    """Close `on`, and every date missed since the last one, each with a posting of its own; a closed date stays closed.

    What is booked later for an earlier date brings its own accrual with it.
    """
    # The ledger before the advances, as every booking locks them: nothing changes their figures until we commit.
    steps.lock_ledger(session)
    accrued = Accrued()
    for day in open_dates(session, on):
        accrued.add(_close(session, day, clock))
    return accrued


def open_dates(session: TenantSession, on: date) -> list[date]:
    """The dates up to `on` that are not closed yet, the earliest first; before the first close only `on`."""
    first = closed_until(session) or on
    return [first + timedelta(days=day) for day in range((on - first).days + 1)]


_LAST_CLOSED = select(func.max(col(AccrualRun.business_date))).where(col(AccrualRun.tenant_id) == TENANT)


def closed_until(session: TenantSession) -> date | None:
    """The day after the last closed date; None before the first."""
    last = session.scalars(_LAST_CLOSED, of(session)).one()
    return None if last is None else last + timedelta(days=1)


def booked_figures(advance: Advance, closed: date | None) -> Figures:
    """Where an advance stands in the books: at its last event, or on the last closed date where that is later."""
    return accrue_to(advance.contract, advance.figures, closed)


def _close(session: TenantSession, on: date, clock: Clock) -> Accrued:
    session.flush()
    # The very first close also adds what accrued before it.
    since = closed_until(session) or _BEGINNING
    sums = session.execute(
        _ACCRUED, {"tenant": session.tenant_id, "since": since, "until": on + timedelta(days=1)}
    ).all()
    accrued = Accrued([on])
    for row in sums:
        accrued.read += row.read
        accrued.advances += row.advances
        accrued.interest[row.currency] += row.interest
        accrued.penalty[row.currency] += row.penalty
    run = {"tenant_id": session.tenant_id, "business_date": on, "recorded_at": clock.now()}
    session.execute(insert(AccrualRun), run | {"advances": accrued.advances})
    _post(session, on, sums, clock)
    accrued.penalty.update(accrue_income(session, on, since=since, clock=clock))
    return accrued


_BEGINNING = date(1970, 1, 1)


def _post(session: TenantSession, on: date, sums: Sequence[Row[Any]], clock: Clock) -> None:
    legs: list[Leg] = []
    for row in sums:
        amounts = Money.from_minor(row.interest, row.currency), Money.from_minor(row.penalty, row.currency)
        legs += accrual_legs(row.lender_id, *amounts)
    if not legs:
        return
    posting = Posting(
        key=f"financing:accrual:{on.isoformat()}",
        event="advance.accrued",
        source=f"accrual:{on.isoformat()}",
        value_date=on,
        legs=tuple(legs),
        explanation={"rules": ["R16", "R2", "R6"], "business_date": on.isoformat(), "lenders": len(sums)},
    )
    ledger.post(session, posting, actor=ACTOR, clock=clock)


def _days(start: str, end: str) -> str:
    """SQL of `DayCount.days`: act/360 and act/365f count days, 30/360 months of thirty (ISDA 4.16(f))."""
    start_day = f"least(extract(day FROM {start}), 30)"
    end_day = f"""CASE WHEN extract(day FROM {end}) = 31 AND {start_day} = 30 THEN 30
                       ELSE extract(day FROM {end}) END"""
    return f"""(CASE WHEN day_count = '30/360'
        THEN 360 * (extract(year FROM {end}) - extract(year FROM {start}))
           + 30 * (extract(month FROM {end}) - extract(month FROM {start})) + {end_day} - {start_day}
        ELSE {end} - {start} END)"""


def _interest_days(until: str) -> str:
    """SQL of `Contract.interest_days`."""
    contract_end = f"greatest(funded_on, least({until}, greatest(interest_until, funded_on)))"
    grace_end = f"greatest(rolled_due_on, least({until}, penalty_from))"
    return f"({_days('funded_on', contract_end)} + {_days('rolled_due_on', grace_end)})"


def _penalty_days(until: str) -> str:
    """SQL of `Contract.penalty_days`."""
    return _days("penalty_from", f"greatest({until}, penalty_from)")


_YEAR = "(CASE WHEN day_count = 'act/365f' THEN 365 ELSE 360 END)"


def _accrued(base: str, rate: str) -> str:
    """SQL of `rules.accrued`, in whole numbers: `div` never rounds, so a half is exactly a half.

    What the cases share is named once, behind `OFFSET 0`, which keeps the planner from writing it out in each of them:
    written out, a night's statement was 318,000 characters, and only to plan it took most of 0.1 s.
    """
    return f"""(SELECT (CASE rounding
          WHEN 'half_up' THEN div(2 * exact + year, 2 * year)
          WHEN 'half_even' THEN whole + CASE sign(2 * (exact - whole * year) - year)
                                        WHEN 1 THEN 1 WHEN 0 THEN mod(whole, 2) ELSE 0 END
          ELSE whole END)::bigint
        FROM (SELECT exact, year, div(exact, year) AS whole
              FROM (SELECT {base} * {rate} AS exact, {_YEAR} AS year OFFSET 0) AS product) AS quotient)"""


_STATES = ", ".join(f"'{state.value}'" for state in OUTSTANDING)


def accrued_sql(component: str, at: str) -> str:
    """SQL of what has accrued of `interest` or `penalty` on a row of `advance` at the start of the date `at`.

    `at` is not before the row's `accrued_until`. Used by whoever adds advances up; one alone is `booked_figures`.
    """
    return {"interest": _interest, "penalty": _penalty}[component](at)


def _interest(at: str) -> str:
    days = f"({_interest_days(at)} - {_interest_days('accrued_until')})"
    earned = _accrued(f"(interest_base + principal_open_minor * {days})", "annual_rate")
    least = _accrued("(principal_minor * min_interest_days)", "annual_rate")
    return f"greatest({earned}, CASE WHEN min_interest_days > 0 THEN {least} ELSE 0 END)"


def _penalty(at: str) -> str:
    interest_open = f"greatest({_interest(at)} - interest_paid_minor - interest_written_off_minor, 0)"
    bears = f"""(principal_open_minor + CASE penalty_on WHEN '{PenaltyBase.PRINCIPAL_AND_INTEREST.value}'
                                         THEN {interest_open} ELSE 0 END)"""
    base = f"(penalty_base + {bears} * ({_penalty_days(at)} - {_penalty_days('accrued_until')}))"
    return _accrued(base, "(annual_rate * overdue_multiplier)")


# Where a night adds something: while principal is owed, or interest that bears penalty is.
BEARING = "(principal_open_minor > 0 OR interest_accrued_minor > interest_paid_minor + interest_written_off_minor)"
_SINCE, _UNTIL = "greatest(accrued_until, CAST(:since AS date))", "CAST(:until AS date)"
_ACCRUED = text(f"""
    WITH figures AS (
      SELECT lender_id, currency,
             {accrued_sql("interest", _UNTIL)} - {accrued_sql("interest", _SINCE)} AS interest,
             {accrued_sql("penalty", _UNTIL)} - {accrued_sql("penalty", _SINCE)} AS penalty
      FROM {Advance.__tablename__}
      WHERE tenant_id = :tenant AND state IN ({_STATES}) AND {BEARING} AND accrued_until < :until
    )
    SELECT lender_id, currency, count(*)::int AS read,
           count(*) FILTER (WHERE interest <> 0 OR penalty <> 0)::int AS advances,
           sum(interest)::bigint AS interest, sum(penalty)::bigint AS penalty
    FROM figures GROUP BY lender_id, currency ORDER BY lender_id, currency
""")
