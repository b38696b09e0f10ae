"""A programme's roll-forward: opening + confirmed - paid (by way) - diluted = closing, month by month, to the cent."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from domain.financing.payables.errors import PeriodTooLong
from domain.financing.payables.movements import UNNOTED
from domain.financing.payables.programmes import find_programme
from domain.financing.payables.rules import Period, roll
from domain.financing.payables.states import MovementKind
from domain.platform.clock import Clock
from domain.platform.database import TenantSession

MAX_MONTHS = 60  # five years on a page; more is an export

# What is not noted yet counts too, so that a month is right before its last day is closed.
_BY_MONTH = text(f"""
    WITH movement AS (
      SELECT programme_id, kind, amount_minor, value_date FROM payable_movement WHERE tenant_id = :tenant
      UNION ALL
      SELECT programme_id, kind, amount_minor, value_date FROM ({UNNOTED}) AS unnoted)
    SELECT CASE WHEN value_date >= :first THEN date_trunc('month', value_date)::date END AS month, kind,
           sum(amount_minor)::bigint AS amount
    FROM movement WHERE programme_id = :programme AND value_date < :until GROUP BY 1, 2
""")


def roll_forward(session: TenantSession, programme_id: UUID, *, first: date, last: date, clock: Clock) -> list[Period]:
    """The months from that of `first` to that of `last`. Raises PeriodTooLong, NotFound."""
    months = _months(first.replace(day=1), last.replace(day=1))
    programme = find_programme(session, programme_id)
    session.flush()
    binds = {
        "tenant": session.tenant_id,
        "programme": programme_id,
        "today": clock.today(),
        "first": months[0],
        "until": _next(months[-1]),
    }
    changes: dict[date | None, dict[MovementKind, int]] = {}
    for row in session.execute(_BY_MONTH, binds):
        changes.setdefault(row.month, {})[MovementKind(row.kind)] = row.amount
    opening = programme.money(sum(changes.get(None, {}).values()))
    periods: list[Period] = []
    for month in months:
        periods.append(roll(month, opening, changes.get(month, {})))
        opening = periods[-1].closing
    return periods


def _months(first: date, last: date) -> list[date]:
    months = [first]
    while months[-1] < last and len(months) <= MAX_MONTHS:
        months.append(_next(months[-1]))
    if months[-1] != last or len(months) > MAX_MONTHS:
        raise PeriodTooLong(limit=MAX_MONTHS)
    return months


def _next(month: date) -> date:
    years, place = divmod(month.month, 12)
    return date(month.year + years, place + 1, 1)
