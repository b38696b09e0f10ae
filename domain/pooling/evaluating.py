"""Whole pools evaluated where their balances are: each wave of sweeps by one INSERT ... SELECT, whatever its size.

What it does is said by `rules` and `evaluation`, which a test holds it against. A wave reads the sweeps of those before
it, so that cash lifted from a level is there for the next. Only a header that is short of cash gives leg by leg, by
the pure rule.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, text

from domain.ledger.chart import AccountKind
from domain.ledger.relations import balances_sql
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.pooling.evaluation import DIRECTIONS
from domain.pooling.members import terms_of
from domain.pooling.queries import OnTheWay
from domain.pooling.rules import Sized, SkipReason, SweepDirection, fill
from domain.pooling.tables import PoolStructure, SweepProposal

_UP = """
    CASE member.method
      WHEN 'zero' THEN own.balance
      WHEN 'target' THEN own.balance - member.target_minor
      WHEN 'threshold' THEN CASE WHEN own.balance >= member.threshold_minor THEN own.balance END
      WHEN 'collar' THEN CASE WHEN own.balance >= member.threshold_minor THEN own.balance - member.keep_minor END
      WHEN 'percent' THEN floor(own.balance * member.percent)::bigint
      WHEN 'fixed' THEN CASE WHEN own.balance >= member.fixed_minor THEN member.fixed_minor END
      WHEN 'min_max' THEN own.balance - member.upper_minor
    END
"""
# What is on its way to the account stills its need, but cannot be sent on.
_DOWN = """
    CASE WHEN member.two_way THEN
      CASE WHEN member.method = 'target' AND member.target_mode = 'constant' THEN member.target_minor
           WHEN member.method = 'min_max' THEN member.lower_minor
           ELSE 0 END - own.balance - own.incoming
    END
"""
_RAW = {SweepDirection.UP: _UP, SweepDirection.DOWN: _DOWN}
_LOTS = {
    SweepDirection.UP: "asked.raw / asked.lot_minor * asked.lot_minor",
    SweepDirection.DOWN: "(asked.raw + asked.lot_minor - 1) / asked.lot_minor * asked.lot_minor",
}
_MEMBERS = "pool_member AS member WHERE member.tenant_id = :tenant AND member.structure_id = :structure"
_LEVELS = f"""
    level AS (
      SELECT member.account_id, 1 AS depth FROM {_MEMBERS} AND member.parent_account_id = :header
      UNION ALL
      SELECT member.account_id, above.depth + 1
      FROM pool_member AS member JOIN level AS above ON above.account_id = member.parent_account_id
      WHERE member.tenant_id = :tenant AND member.structure_id = :structure)
"""
_SHAPE = text(f"""
    WITH RECURSIVE {_LEVELS}
    SELECT (SELECT coalesce(max(depth), 0) FROM level) AS levels,
           (SELECT coalesce(bool_or(two_way), false) FROM {_MEMBERS}) AS two_way
""")
# `available` is what the books allow, `balance` what the sweeps of this proposal have made of it so far. Priorities
# rank the legs of a wave; `wanted` is what all legs ask of a header that has `headroom` above its floor.
_JUDGED = f"""
    WITH RECURSIVE {_LEVELS},
    made AS (
      SELECT account_id, parent_account_id, CASE direction WHEN 'up' THEN amount_minor ELSE -amount_minor END AS minor
      FROM sweep WHERE tenant_id = :tenant AND proposal_id = :proposal AND amount_minor > 0),
    changed AS (
      SELECT account_id, sum(minor)::bigint AS minor
      FROM (SELECT parent_account_id AS account_id, minor FROM made
            UNION ALL SELECT account_id, -minor FROM made) AS part GROUP BY account_id),
    standing AS MATERIALIZED (
      SELECT pooled.account_id, pooled.floor, available, available + coalesce(changed.minor, 0) AS balance,
             coalesce(coming.minor, 0) AS incoming
      FROM (SELECT account_id, floor_minor AS floor FROM {_MEMBERS}
            UNION ALL SELECT CAST(:header AS uuid), CAST(:floor AS bigint)) AS pooled
      LEFT JOIN ({balances_sql(AccountKind.CASH_AT_BANK)}) AS cash ON cash.owner = pooled.account_id
      LEFT JOIN unnest(CAST(:leaving AS uuid[]), CAST(:leaving_minor AS bigint[])) AS leaving (account_id, minor)
        ON leaving.account_id = pooled.account_id
      LEFT JOIN unnest(CAST(:coming AS uuid[]), CAST(:coming_minor AS bigint[])) AS coming (account_id, minor)
        ON coming.account_id = pooled.account_id
      LEFT JOIN changed ON changed.account_id = pooled.account_id
      CROSS JOIN LATERAL (
        SELECT coalesce(cash.posted - cash.held, 0) - coalesce(leaving.minor, 0) AS available) AS booked),
    asked AS (
      SELECT member.*, own.available, {{raw}} AS raw
      FROM pool_member AS member
      JOIN level ON level.account_id = member.account_id AND level.depth = :depth
      JOIN standing AS own ON own.account_id = member.account_id
      WHERE member.tenant_id = :tenant AND member.structure_id = :structure),
    rounded AS (SELECT asked.*, {{lots}} AS lot_amount FROM asked WHERE raw > 0),
    sized AS (
      SELECT rounded.*,
             CASE WHEN lot_amount = 0 THEN 'below_lot' WHEN lot_amount < minimum_minor THEN 'below_minimum' END AS skip,
             CASE WHEN lot_amount < minimum_minor THEN 0 ELSE least(lot_amount, maximum_minor) END AS amount
      FROM rounded),
    judged AS (
      SELECT sized.*, above.balance - above.floor AS headroom,
             CAST(:placed AS bigint) + row_number() OVER (ORDER BY priority, place) AS rank,
             sum(amount) OVER (PARTITION BY parent_account_id) AS wanted
      FROM sized JOIN standing AS above ON above.account_id = sized.parent_account_id)
"""
_SHORT = "wanted > 0 AND wanted > headroom"
_COLUMNS = """
    INSERT INTO sweep (tenant_id, id, created_at, proposal_id, place, account_id, parent_account_id, party_id, method,
                       direction, wave, available_minor, raw_minor, lot_amount_minor, rule_minor, amount_minor,
                       currency, means, skip_reason, state)
"""
# A header pays by transfer, whatever mandate it collects under.
_MEANS = "CASE WHEN CAST(:direction AS text) = 'down' AND means = 'direct_debit' THEN 'credit_transfer' ELSE means END"
_INSERT = f"""
    SELECT :tenant, {SQL_UUID7}, :now, :proposal, {{rank}}, account_id, parent_account_id, party_id, method,
           CAST(:direction AS text), :wave, available, raw, lot_amount, {{amount}}, {{amount}}, :currency,
           {_MEANS}, {{skip}},
           CASE WHEN {{skip}} IS NULL THEN 'proposed' ELSE 'skipped' END
"""
_WRITE = {
    direction: text(
        _COLUMNS
        + _JUDGED.format(raw=_RAW[direction], lots=_LOTS[direction])
        + _INSERT.format(rank="rank", amount="amount", skip="skip")
        + f"FROM judged WHERE {'true' if direction is SweepDirection.UP else f'NOT ({_SHORT})'}"
    )
    for direction in SweepDirection
}
_DOWN_JUDGED = _JUDGED.format(raw=_DOWN, lots=_LOTS[SweepDirection.DOWN])
_OF_SHORT_HEADERS = text(f"{_DOWN_JUDGED} SELECT * FROM judged WHERE {_SHORT} ORDER BY rank")
_WRITE_FILLED = text(f"""
    {_COLUMNS} {_INSERT.format(rank="rank", amount="amount", skip="skip")}
    FROM unnest(CAST(:ranks AS bigint[]), CAST(:accounts AS uuid[]), CAST(:parents AS uuid[]), CAST(:parties AS uuid[]),
                CAST(:methods AS text[]), CAST(:availables AS bigint[]), CAST(:raws AS bigint[]),
                CAST(:lots AS bigint[]), CAST(:amounts AS bigint[]), CAST(:means AS text[]), CAST(:skips AS text[]))
         AS leg (rank, account_id, parent_account_id, party_id, method, available, raw, lot_amount, amount, means, skip)
""")


def write_sweeps(
    session: TenantSession, structure: PoolStructure, proposal: SweepProposal, on_the_way: OnTheWay, *, now: datetime
) -> None:
    """The sweeps that the pool's balances ask for, written under the proposal, in the order they run."""
    binds = {
        "tenant": session.tenant_id,
        "structure": structure.id,
        "header": structure.header_account_id,
        "floor": structure.floor_minor,
        "currency": structure.currency,
        "proposal": proposal.id,
        "now": now,
        "leaving": list(on_the_way.unheld),
        "leaving_minor": list(on_the_way.unheld.values()),
        "coming": list(on_the_way.incoming),
        "coming_minor": list(on_the_way.incoming.values()),
    }
    # A pool of this morning has no statistics: row by row, its lists are looked through once for each of their rows.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    shape = session.execute(_SHAPE, binds).one()
    directions = DIRECTIONS[structure.sweep_order]
    waves = [(depth, direction) for depth in range(shape.levels, 0, -1) for direction in directions]
    placed = 0
    for wave, (depth, direction) in enumerate(waves):
        if direction is SweepDirection.UP or shape.two_way:
            of_wave = {"depth": depth, "direction": direction.value, "wave": wave, "placed": placed}
            placed += _write_wave(session, direction, binds | of_wave)
    session.execute(text("SET LOCAL enable_nestloop = on"))


def _write_wave(session: TenantSession, direction: SweepDirection, binds: dict[str, Any]) -> int:
    """How many legs the wave has."""
    # Read before the others are written, which changes who asks for something.
    short = session.execute(_OF_SHORT_HEADERS, binds).all() if direction is SweepDirection.DOWN else []
    written = session.execute(_WRITE[direction], binds)
    assert isinstance(written, CursorResult)
    if short:
        session.execute(_WRITE_FILLED, binds | _filled(short, binds["currency"]))
    return written.rowcount + len(short)


def _filled(short: Sequence[Row[Any]], currency: str) -> dict[str, list[Any]]:
    """The legs below headers that cannot give all that is asked: what each can give, one after the other."""
    given: dict[UUID, int] = defaultdict(int)
    sized: list[Sized] = []
    for row in short:
        wanted = Sized(row.lot_amount, row.amount, SkipReason(row.skip) if row.skip else None)
        sized.append(fill(terms_of(row, currency), wanted, row.headroom - given[row.parent_account_id]))
        given[row.parent_account_id] += sized[-1].amount
    return {
        "ranks": [row.rank for row in short],
        "accounts": [row.account_id for row in short],
        "parents": [row.parent_account_id for row in short],
        "parties": [row.party_id for row in short],
        "methods": [row.method for row in short],
        "availables": [row.available for row in short],
        "raws": [row.raw for row in short],
        "lots": [row.lot_amount for row in short],
        "amounts": [each.amount for each in sized],
        "means": [row.means for row in short],
        "skips": [each.skip and each.skip.value for each in sized],
    }
