"""Interest on intercompany positions: every leg's day by one statement, exact bases, rounded once (R16, Sweeps).

A leg's base is Σ position x rate x days. What is known late (a sweep valued earlier than the books had it) is the same
statement over the days behind: what they should have borne less what they bore, at the rates of the versions that were
in force on each of them. Nothing that was accrued is rewritten; the difference belongs to the day it is found.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, text
from sqlmodel import col, select

from domain.ledger import service as ledger
from domain.ledger import steps
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling.interest_postings import accrued_legs
from domain.pooling.tables import PoolAccrual, PoolAccrualRun
from domain.values.actor import system
from domain.values.money import Money

ACTOR = system("pool_interest")
DAILY = "day"
YEAR_DAYS = 360


@dataclass(frozen=True, slots=True)
class Accrued:
    """The business dates that were closed, and how many legs bore something on them."""

    dates: list[date]
    legs: int


@dataclass(frozen=True, slots=True)
class OneLeg:
    """A leg by what it stands between."""

    account_id: UUID
    parent_account_id: UUID
    structure_id: UUID


def accrue_pools(session: TenantSession, on: date, *, clock: Clock) -> Accrued:
    """Close `on`, and every date missed since the last one, each with a posting of its own; once."""
    steps.lock_ledger(session)
    last = session.exec(
        select(func.max(col(PoolAccrualRun.business_date))).where(PoolAccrualRun.tenant_id == session.tenant_id)
    ).one()
    first = on if last is None else last + timedelta(days=1)
    dates = [first + timedelta(days=day) for day in range((on - first).days + 1)]
    return Accrued(dates, sum(_close(session, day, clock) for day in dates))


def _close(session: TenantSession, on: date, clock: Clock) -> int:
    legs = accrue_legs(session, on, reason=DAILY)
    run = {"tenant_id": session.tenant_id, "business_date": on, "legs": legs, "recorded_at": clock.now()}
    session.execute(insert(PoolAccrualRun), run)
    post_accrued(session, on, reason=DAILY, value_date=on, clock=clock)
    return legs


def accrue_legs(session: TenantSession, on: date, *, reason: str, only: OneLeg | None = None) -> int:
    """Accrue up to and with `on`, all legs or one; returns how many bore something. Posts nothing."""
    session.flush()
    binds: dict[str, Any] = {
        "tenant": session.tenant_id,
        "on": on,
        "reason": reason,
        "account": only and only.account_id,
        "parent": only and only.parent_account_id,
        "structure": only and only.structure_id,
    }
    # The figures are joined to legs and movements once each: hashed, not looked through again for every row.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    borne = len(session.execute(_ACCRUE, binds).all())
    session.execute(text("SET LOCAL enable_nestloop = on"))
    session.expire_all()
    return borne


def post_accrued(session: TenantSession, on: date, *, reason: str, value_date: date, clock: Clock) -> None:
    """One posting for all that was accrued on a date for a reason, a pair of legs per header and currency."""
    sums = session.exec(
        select(
            PoolAccrual.parent_party_id,
            PoolAccrual.currency,
            func.sum(col(PoolAccrual.earned_minor) + col(PoolAccrual.owed_minor)),
        )
        .where(
            PoolAccrual.tenant_id == session.tenant_id,
            PoolAccrual.business_date == on,
            PoolAccrual.reason == reason,
        )
        .group_by(col(PoolAccrual.parent_party_id), col(PoolAccrual.currency))
        .order_by(col(PoolAccrual.parent_party_id), col(PoolAccrual.currency))
    ).all()
    legs: list[Leg] = []
    for header_id, currency, minor in sums:
        legs += accrued_legs(header_id, Money.from_minor(int(minor), currency))
    if not legs:
        return
    posting = Posting(
        key=f"pool_interest:{on.isoformat()}:{reason}",
        event="pool.interest_accrued",
        source=f"pool_interest:{on.isoformat()}",
        value_date=value_date,
        legs=tuple(legs),
        explanation={"rules": ["Sweeps: position x rate x days / 360", "R16"], "reason": reason, "headers": len(sums)},
    )
    ledger.post(session, posting, actor=ACTOR, clock=clock)


def _rounded(base: str) -> str:
    """SQL of a base over the year, half up; bases are not negative."""
    return f"div(2 * {base} + {YEAR_DAYS}, 2 * {YEAR_DAYS})::bigint"


# `old` is what a day behind was accrued on, `new` what it should have been; of a day ahead there is no old. Movements
# are found by the index of their leg and carried along: two lists of 100,000 that nobody has statistics of are joined
# row by row, which takes hours.
_OF_LEG = """movement.tenant_id = :tenant AND movement.account_id = {leg}.account_id
           AND movement.structure_id = {leg}.structure_id AND movement.parent_account_id = {leg}.parent_account_id"""
_ACCRUE = text(f"""
    WITH leg AS MATERIALIZED (
      SELECT account_id, parent_account_id, structure_id, parent_party_id, currency, position_minor, accrued_until,
             earned_base, owed_base, earned_minor, owed_minor,
             greatest(CAST(:on AS date), accrued_until - 1) AS last_day
      FROM pool_leg
      WHERE tenant_id = :tenant
        AND (CAST(:account AS uuid) IS NULL
             OR account_id = :account AND parent_account_id = :parent AND structure_id = :structure)
      ORDER BY account_id, parent_account_id, structure_id FOR UPDATE
    ), span AS MATERIALIZED (
      SELECT leg.*, found.minor AS found_minor, least(leg.accrued_until, found.first_day) AS first_day
      FROM leg CROSS JOIN LATERAL (
        SELECT sum(amount_minor)::bigint AS minor, min(value_date) AS first_day FROM pool_movement AS movement
        WHERE {_OF_LEG.format(leg="leg")} AND movement.taken_on IS NULL AND movement.value_date <= leg.last_day
      ) AS found
      WHERE leg.accrued_until <= CAST(:on AS date) OR found.minor IS NOT NULL
    ), rate AS MATERIALIZED (
      SELECT structure.id AS structure_id, day::date AS day, version.up_rate, version.down_rate
      FROM (SELECT structure_id AS id, min(first_day) AS first_day, max(last_day) AS last_day
            FROM span GROUP BY structure_id) AS structure
      CROSS JOIN LATERAL generate_series(structure.first_day, structure.last_day, interval '1 day') AS day
      CROSS JOIN LATERAL (
        SELECT up_rate, down_rate FROM pool_version AS known
        WHERE known.tenant_id = :tenant AND known.structure_id = structure.id
          AND known.state IN ('approved', 'in_force', 'replaced')
        ORDER BY known.effective_on <= day::date DESC, abs(known.effective_on - day::date), known.version DESC
        LIMIT 1) AS version
    ), day AS (
      SELECT span.*, rate.up_rate, rate.down_rate, rate.day < span.accrued_until AS behind,
             span.position_minor - standing.later AS old,
             span.position_minor - standing.later + standing.fresh AS new
      FROM span JOIN rate
        ON rate.structure_id = span.structure_id AND rate.day BETWEEN span.first_day AND span.last_day
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount_minor) FILTER (WHERE taken_on IS NOT NULL AND value_date > rate.day), 0) AS later,
               coalesce(sum(amount_minor) FILTER (WHERE taken_on IS NULL AND value_date <= rate.day), 0) AS fresh
        FROM pool_movement AS movement
        WHERE {_OF_LEG.format(leg="span")} AND span.found_minor IS NOT NULL) AS standing
    ), borne AS (
      SELECT account_id, parent_account_id, structure_id, parent_party_id, currency, position_minor, found_minor,
             last_day, earned_minor, owed_minor,
             earned_base
               + sum((greatest(new, 0) - CASE WHEN behind THEN greatest(old, 0) ELSE 0 END) * up_rate) AS earned_after,
             owed_base
               + sum((greatest(-new, 0) - CASE WHEN behind THEN greatest(-old, 0) ELSE 0 END) * down_rate) AS owed_after
      FROM day
      GROUP BY account_id, parent_account_id, structure_id, parent_party_id, currency, position_minor, found_minor,
               last_day, earned_minor, owed_minor, earned_base, owed_base
    ), figure AS MATERIALIZED (
      SELECT *, {_rounded("earned_after")} AS earned_total, {_rounded("owed_after")} AS owed_total FROM borne
    ), kept AS (
      UPDATE pool_leg SET position_minor = pool_leg.position_minor + coalesce(figure.found_minor, 0),
             accrued_until = figure.last_day + 1, earned_base = earned_after, owed_base = owed_after,
             earned_minor = earned_total, owed_minor = owed_total
      FROM figure
      WHERE pool_leg.tenant_id = :tenant AND pool_leg.account_id = figure.account_id
        AND pool_leg.parent_account_id = figure.parent_account_id AND pool_leg.structure_id = figure.structure_id
    ), taken AS (
      UPDATE pool_movement AS movement SET taken_on = :on
      FROM figure
      WHERE {_OF_LEG.format(leg="figure")} AND movement.taken_on IS NULL AND movement.value_date <= figure.last_day
        AND figure.found_minor IS NOT NULL
    )
    INSERT INTO pool_accrual (tenant_id, account_id, parent_account_id, structure_id, business_date, reason,
                              parent_party_id, currency, position_minor, earned_minor, owed_minor)
    SELECT :tenant, account_id, parent_account_id, structure_id, CAST(:on AS date), :reason, parent_party_id, currency,
           position_minor + coalesce(found_minor, 0), earned_total - earned_minor, owed_total - owed_minor
    FROM figure WHERE earned_total <> earned_minor OR owed_total <> owed_minor
    RETURNING account_id
""")
