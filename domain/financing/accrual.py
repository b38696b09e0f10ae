"""Close of business: a day's interest and penalty for every outstanding advance, a chunk per statement (R16, R6).

The same arithmetic as `replay`, in SQL: principal times days is summed in whole numbers, and what has accrued is that
sum times the rate, divided and rounded once; the day adds the difference to what stood there before. A property test
holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, text
from sqlmodel import col, select

from domain.financing.postings import accrual_legs
from domain.financing.states import OUTSTANDING
from domain.financing.tables import AccrualChunk, AccrualRun, Advance
from domain.ledger import service as ledger
from domain.ledger import steps
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import system
from domain.values.money import Money

ACTOR = system("close_of_business")


CHUNK = 20_000  # advances per transaction: seconds of work to lose in a crash, and a payment waits no longer than that


@dataclass(frozen=True, slots=True)
class Accrued:
    """The business dates that were closed, and how many advances bore something on them, all dates together."""

    dates: list[date]
    advances: int


def accrue(session: TenantSession, on: date, *, clock: Clock, size: int = CHUNK) -> Accrued:
    """Close `on`, and every date missed since the last one, in the caller's transaction; a closed date stays closed.

    An advance that was funded, or reopened, for a date closed before catches up in the next one.
    """
    dates = open_dates(session, on)
    advances = 0
    for day in dates:
        while (chunk := accrue_chunk(session, day, clock=clock, size=size)) is not None:
            advances += chunk
    return Accrued(dates, advances)


def open_dates(session: TenantSession, on: date) -> list[date]:
    """The dates up to `on` that are not closed: from the one after the last, or one that a crash left half done."""
    last = session.exec(
        select(func.max(col(AccrualRun.business_date))).where(AccrualRun.tenant_id == session.tenant_id)
    ).one()
    begun = session.exec(
        select(func.min(col(AccrualChunk.business_date))).where(
            AccrualChunk.tenant_id == session.tenant_id,
            *([] if last is None else [col(AccrualChunk.business_date) > last]),
        )
    ).one()
    first = (begun or on) if last is None else last + timedelta(days=1)
    return [first + timedelta(days=day) for day in range((on - first).days + 1)]


def accrue_chunk(session: TenantSession, on: date, *, clock: Clock, size: int = CHUNK) -> int | None:
    """Accrue the next `size` advances of a date that is not closed, and post it; returns how many bore something.

    None when the date was closed instead, because none were left. Committed one by one, a crash loses one of them at
    most, and books and advances agree after each.
    """
    # The ledger before the advances, as the bank's answers lock them: the other way round two workers could deadlock.
    steps.lock_ledger(session)
    session.flush()
    last = session.exec(
        select(AccrualChunk)
        .where(AccrualChunk.tenant_id == session.tenant_id, AccrualChunk.business_date == on)
        .order_by(col(AccrualChunk.number).desc())
        .limit(1)
    ).one_or_none()
    number, after = (1, _FIRST) if last is None else (last.number + 1, last.last_id)
    binds = {"tenant": session.tenant_id, "on": on, "until": on + timedelta(days=1), "after": after, "size": size}
    sums = session.execute(_ACCRUE, binds).all()
    session.expire_all()
    if not sums:
        _close(session, on, clock)
        return None
    advances = sum(row.advances for row in sums)
    chunk = {"tenant_id": session.tenant_id, "business_date": on, "number": number, "advances": advances}
    session.execute(insert(AccrualChunk), chunk | {"last_id": max(UUID(row.last_id) for row in sums)})
    _post(session, on, number, sums, clock)
    return sum(row.bearing for row in sums)


_FIRST = UUID(int=0)


def _close(session: TenantSession, on: date, clock: Clock) -> None:
    chunks = select(func.coalesce(func.sum(col(AccrualChunk.advances)), 0)).where(
        AccrualChunk.tenant_id == session.tenant_id, AccrualChunk.business_date == on
    )
    run = {"tenant_id": session.tenant_id, "business_date": on, "advances": session.exec(chunks).one()}
    session.execute(insert(AccrualRun), run | {"recorded_at": clock.now()})


def _post(session: TenantSession, on: date, number: int, sums: Sequence[Row[Any]], clock: Clock) -> None:
    legs: list[Leg] = []
    for row in sums:
        amounts = Money.from_minor(row.interest, row.currency), Money.from_minor(row.penalty, row.currency)
        legs += accrual_legs(row.lender_id, *amounts)
    if not legs:
        return
    posting = Posting(
        key=f"financing:accrual:{on.isoformat()}:{number}",
        event="advance.accrued",
        source=f"accrual:{on.isoformat()}",
        value_date=on,
        legs=tuple(legs),
        explanation={
            "rules": ["R16", "R2", "R6"],
            "business_date": on.isoformat(),
            "chunk": number,
            "advances": sum(row.advances for row in sums),
        },
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


def _accrued(base: str, rate: str) -> str:
    """SQL of `rules.accrued`, in whole numbers: `div` never rounds, so a half is exactly a half."""
    exact = f"({base} * {rate})"
    floor = f"div({exact}, year_days)"
    return f"""(CASE rounding
        WHEN 'half_up' THEN div(2 * {exact} + year_days, 2 * year_days)
        WHEN 'half_even' THEN {floor} + CASE sign(2 * ({exact} - {floor} * year_days) - year_days)
                                         WHEN 1 THEN 1 WHEN 0 THEN mod({floor}, 2) ELSE 0 END
        ELSE {floor} END)::bigint"""


_STATES = ", ".join(f"'{state.value}'" for state in OUTSTANDING)

# In id order through the partial index of what is open; the rows a chunk writes lie beside each other.
_ACCRUE = text(f"""
    WITH due AS (
      SELECT id, lender_id, currency, rounding, annual_rate, annual_rate * overdue_multiplier AS penalty_rate,
             CASE WHEN day_count = 'act/365f' THEN 365 ELSE 360 END AS year_days,
             interest_accrued_minor AS interest_before, penalty_accrued_minor AS penalty_before,
             interest_base + principal_open_minor
               * ({_interest_days("CAST(:until AS date)")} - {_interest_days("accrued_until")}) AS interest_base,
             penalty_base + principal_open_minor
               * ({_penalty_days("CAST(:until AS date)")} - {_penalty_days("accrued_until")}) AS penalty_base
      FROM {Advance.__tablename__}
      WHERE tenant_id = :tenant AND id > :after AND state IN ({_STATES}) AND principal_open_minor > 0
        AND accrued_until < :until
      ORDER BY id LIMIT :size FOR UPDATE
    ), figures AS (
      SELECT *, {_accrued("interest_base", "annual_rate")} AS interest_after,
             {_accrued("penalty_base", "penalty_rate")} AS penalty_after
      FROM due
    ), kept AS (
      UPDATE advance SET accrued_until = :until, interest_base = figures.interest_base,
             penalty_base = figures.penalty_base, interest_accrued_minor = interest_after,
             penalty_accrued_minor = penalty_after
      FROM figures WHERE advance.tenant_id = :tenant AND advance.id = figures.id
    ), entered AS (
      INSERT INTO advance_accrual (tenant_id, business_date, advance_id, interest_minor, penalty_minor)
      SELECT :tenant, CAST(:on AS date), id, interest_after - interest_before, penalty_after - penalty_before
      FROM figures WHERE interest_after <> interest_before OR penalty_after <> penalty_before
    )
    SELECT lender_id, currency, count(*)::int AS advances, max(id::text) AS last_id,
           count(*) FILTER (WHERE interest_after <> interest_before OR penalty_after <> penalty_before)::int AS bearing,
           sum(interest_after - interest_before)::bigint AS interest,
           sum(penalty_after - penalty_before)::bigint AS penalty
    FROM figures GROUP BY lender_id, currency ORDER BY lender_id, currency
""")
