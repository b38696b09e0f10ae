"""Statement entries against instructions, by end-to-end id: set operations, each side of an instruction once.

On the paying or collecting own account an entry shows the settlement, and the opposite entry its return; on a receiving
account that is our own (a sweep) the sides are exchanged. An entry that is ahead of the bank's report waits for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.banking.states import Purpose
from domain.platform.database import TenantSession

# `undoes`: the entry is on the side of a return. A collection brings to our account and its return takes, a payment the
# other way round; seen from the receiving account both are turned.
_UNDOES = """(entry.direction = 'debit')
             IS DISTINCT FROM ((instruction.direction = 'credit') = (entry.account_id = instruction.own_account_id))"""
_FITS = """entry.account_id IN (instruction.own_account_id, instruction.counter_account_id)
      AND entry.amount_minor = instruction.amount_minor AND entry.currency = instruction.currency"""

# Asked first, and of the open entries alone: usually there are none. Entries of today have no statistics yet: the
# account is compared in a way that no index serves, so that `other` is found by its instruction and never by account.
_REPEATED = text(f"""
    SELECT id FROM (
      SELECT entry.id,
             row_number() OVER (PARTITION BY instruction.id, entry.account_id, entry.direction
                                ORDER BY entry.id) AS place,
             EXISTS (SELECT FROM statement_entry AS other
                     WHERE other.tenant_id = :tenant AND other.instruction_id = instruction.id
                       AND other.account_id IS NOT DISTINCT FROM entry.account_id
                       AND other.direction = entry.direction AND other.state = 'matched') AS is_matched
      FROM statement_entry AS entry
      JOIN instruction ON instruction.tenant_id = :tenant AND instruction.id = entry.claimed_instruction_id
      WHERE entry.tenant_id = :tenant AND entry.state = 'imported' AND {_FITS}) AS judged
    WHERE place > 1 OR is_matched
""")

# No entry is joined with another here, for the same reason: a plan for a few rows would take hours for a million.
_MATCH = text(f"""
    UPDATE statement_entry AS entry SET state = 'matched', instruction_id = instruction.id
    FROM instruction
    WHERE entry.tenant_id = :tenant AND entry.state = 'imported'
      AND instruction.tenant_id = :tenant AND instruction.id = entry.claimed_instruction_id
      AND {_FITS} AND entry.id <> ALL(:repeated)
      AND (instruction.state = 'returned' OR instruction.state IN ('settled', 'final') AND NOT {_UNDOES})
    RETURNING entry.id, instruction.purpose, instruction.subject_id, {_UNDOES} AS undoes
""").bindparams(bindparam("repeated", type_=ARRAY(BigInteger)))

# What no report to come can make fit; the others wait.
_MISFITS = text("""
    SELECT id, reason FROM (
      SELECT entry.id,
             CASE WHEN instruction.id IS NULL THEN 'unknown_reference'
                  WHEN entry.account_id NOT IN (instruction.own_account_id, instruction.counter_account_id)
                    THEN 'other_account'
                  WHEN entry.amount_minor <> instruction.amount_minor OR entry.currency <> instruction.currency
                    THEN 'amount_differs'
                  WHEN entry.id = ANY(:repeated) THEN 'booked_twice'
                  WHEN instruction.state IN ('created', 'locked', 'cancelled', 'rejected') THEN 'contradiction'
             END AS reason
      FROM statement_entry AS entry
      LEFT JOIN instruction ON instruction.tenant_id = :tenant AND instruction.id = entry.claimed_instruction_id
      WHERE entry.tenant_id = :tenant AND entry.state = 'imported' AND entry.claimed_instruction_id IS NOT NULL)
      AS judged
    WHERE reason IS NOT NULL ORDER BY id
""").bindparams(bindparam("repeated", type_=ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True)
class ByReference:
    """What the end-to-end ids brought: how many matched, which sweeps they prove, and what fits nothing, with why."""

    matched: int
    sweeps: list[UUID]
    misfits: dict[int, str]


def match_by_reference(session: TenantSession) -> ByReference:
    """Match every entry that carries one of our end-to-end ids."""
    repeated = list(session.scalars(_REPEATED, {"tenant": session.tenant_id}))
    binds = {"tenant": session.tenant_id, "repeated": repeated}
    matched: Sequence[Row[Any]] = session.execute(_MATCH, binds).all()
    proved = {row.subject_id for row in matched if row.purpose == Purpose.SWEEP and not row.undoes}
    misfits = session.execute(_MISFITS, binds)
    return ByReference(len(matched), sorted(proved), {row.id: row.reason for row in misfits})
