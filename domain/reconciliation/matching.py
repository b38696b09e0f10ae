"""Statement entries against instructions, by end-to-end id: set operations, each side of an instruction once.

On the paying or collecting own account an entry shows the settlement, and the opposite entry its return; on a receiving
account that is our own (a sweep) the sides are exchanged. An entry that is ahead of the bank's report waits for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from domain.banking.states import Purpose
from domain.platform.database import TenantSession

# `outward`: the entry takes from the account. A collection brings to our account, and its return takes; a payment the
# other way round. `undoes`: the entry is on the side of a return.
_JUDGED = """
    SELECT entry.id, entry.account_id, entry.direction, instruction.id AS instruction_id, instruction.state,
           instruction.purpose, instruction.subject_id,
           entry.account_id IN (instruction.own_account_id, instruction.counter_account_id) AS is_its_account,
           entry.amount_minor = instruction.amount_minor AND entry.currency = instruction.currency AS agrees,
           (entry.direction = 'debit')
             IS DISTINCT FROM ((instruction.direction = 'credit') = (entry.account_id = instruction.own_account_id))
             AS undoes,
           EXISTS (SELECT FROM statement_entry AS other
                   WHERE other.tenant_id = :tenant AND other.instruction_id = instruction.id
                     AND other.account_id = entry.account_id AND other.direction = entry.direction
                     AND other.state = 'matched')
             OR row_number() OVER (PARTITION BY instruction.id, entry.account_id, entry.direction ORDER BY entry.id) > 1
             AS is_repeated
    FROM statement_entry AS entry
    LEFT JOIN instruction ON instruction.tenant_id = :tenant AND instruction.id = entry.claimed_instruction_id
    WHERE entry.tenant_id = :tenant AND entry.state = 'imported' AND entry.claimed_instruction_id IS NOT NULL
"""

_MATCH = text(f"""
    WITH judged AS ({_JUDGED})
    UPDATE statement_entry AS entry SET state = 'matched', instruction_id = judged.instruction_id
    FROM judged
    WHERE entry.tenant_id = :tenant AND entry.id = judged.id
      AND judged.is_its_account AND judged.agrees AND NOT judged.is_repeated
      AND (judged.state = 'returned' OR judged.state IN ('settled', 'final') AND NOT judged.undoes)
    RETURNING entry.id, judged.purpose, judged.subject_id, judged.undoes
""")

# What no report to come can make fit; the others wait.
_MISFITS = text(f"""
    WITH judged AS ({_JUDGED})
    SELECT id, CASE WHEN instruction_id IS NULL THEN 'unknown_reference'
                    WHEN NOT is_its_account THEN 'other_account'
                    WHEN NOT agrees THEN 'amount_differs'
                    WHEN is_repeated THEN 'booked_twice'
                    WHEN state IN ('created', 'locked', 'cancelled', 'rejected') THEN 'contradiction' END AS reason
    FROM judged
    WHERE instruction_id IS NULL OR NOT is_its_account OR NOT agrees OR is_repeated
       OR state IN ('created', 'locked', 'cancelled', 'rejected')
    ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class ByReference:
    """What the end-to-end ids brought: how many matched, which sweeps they prove, and what fits nothing, with why."""

    matched: int
    sweeps: list[UUID]
    misfits: dict[int, str]


def match_by_reference(session: TenantSession) -> ByReference:
    """Match every entry that carries one of our end-to-end ids."""
    matched: Sequence[Row[Any]] = session.execute(_MATCH, {"tenant": session.tenant_id}).all()
    proved = {row.subject_id for row in matched if row.purpose == Purpose.SWEEP and not row.undoes}
    misfits = session.execute(_MISFITS, {"tenant": session.tenant_id})
    return ByReference(len(matched), sorted(proved), {row.id: row.reason for row in misfits})
