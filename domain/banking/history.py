"""What happened to instructions: to each of them alone, with its message, or with its run; in the order of time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from domain.banking.states import InstructionState
from domain.banking.tables import Instruction
from domain.platform.database import TenantSession
from domain.values.errors import NotFound


@dataclass(frozen=True, slots=True)
class Happening:
    """That an instruction came to a state, alone or as one of `item_count`; by which answer, if the bank said so."""

    state: InstructionState
    at: datetime
    actor: str
    reason: str | None
    of_date: date | None
    item_count: int
    answer_id: UUID | None


# A word of the bank on a message is about the items its answer names; a run's items become final day by day.
_HAPPENINGS = text("""
    SELECT item.id AS instruction_id, event.state, event.at, event.actor, event.reason, event.of_date,
           event.item_count, event.answer_id
    FROM instruction AS item
    CROSS JOIN LATERAL (
      SELECT own.* FROM instruction_event AS own WHERE own.tenant_id = :tenant AND own.instruction_id = item.id
      UNION ALL
      SELECT shared.* FROM instruction_event AS shared
      WHERE shared.tenant_id = :tenant AND shared.run_id = item.run_id
        AND (shared.state <> 'final' OR shared.of_date = item.final_on)
      UNION ALL
      SELECT shared.* FROM instruction_event AS shared
      WHERE shared.tenant_id = :tenant AND shared.message_id = item.message_id
        AND (shared.answer_id IS NULL OR EXISTS (
          SELECT FROM bank_answer_item AS line
          WHERE line.tenant_id = :tenant AND line.instruction_id = item.id AND line.answer_id = shared.answer_id
            AND line.verdict = shared.state AND line.state = 'applied'))) AS event
    WHERE item.tenant_id = :tenant AND item.id = ANY(:ids)
    ORDER BY item.id, event.at, event.id
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def histories(session: TenantSession, ids: Sequence[int]) -> dict[int, list[Happening]]:
    """What happened to each of these instructions, from its first event on; one statement, whatever their number."""
    found: dict[int, list[Happening]] = defaultdict(list)
    for number, state, *rest in session.execute(_HAPPENINGS, {"tenant": session.tenant_id, "ids": list(ids)}):
        found[number].append(Happening(InstructionState(state), *rest))
    return found


def history(session: TenantSession, instruction_id: int) -> list[Happening]:
    """What happened to one instruction. Raises NotFound."""
    found = histories(session, [instruction_id])[instruction_id]
    if not found and session.get(Instruction, (session.tenant_id, instruction_id)) is None:
        raise NotFound(kind="instruction", reference=instruction_id)
    return found
