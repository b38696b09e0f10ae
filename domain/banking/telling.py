"""The bank's word brought to its instructions: those whose state allows it move, by a statement per distinct change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import col

from domain.banking import queries, resolution
from domain.banking.states import InstructionState, Verdict
from domain.banking.tables import BankMessage
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import BANK

# Settled before returned, so that both in one batch fit; settled before rejected, because money moved.
ORDER = (Verdict.ACCEPTED, Verdict.SETTLED, Verdict.REJECTED, Verdict.RETURNED)
_TARGETS = {
    Verdict.ACCEPTED: InstructionState.ACCEPTED,
    Verdict.SETTLED: InstructionState.SETTLED,
    Verdict.REJECTED: InstructionState.REJECTED,
    Verdict.RETURNED: InstructionState.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One instruction that the bank's word has moved; `row` is the instruction as it is now."""

    verdict: Verdict
    answer_id: UUID
    said_on: date
    row: Row[Any]


def move_told(session: TenantSession, verdict: Verdict, *, clock: Clock) -> list[Told]:
    """Move every instruction that a waiting line of this verdict fits; the others' lines go on waiting."""
    lines = resolution.waiting_lines(session, verdict)
    if not lines:
        return []
    target = _TARGETS[verdict]
    locked = queries.lock_movable(session, target, lines)
    messages = _messages(session, {row.message_id for row in locked})
    said_on = {
        row.id: lines[row.id].value_date or max(messages[row.message_id].due_on, clock.today()) for row in locked
    }
    told: list[Told] = []
    for changes, ids in _changes(verdict, locked, lines, messages, said_on).items():
        moved = queries.move_locked(session, target, ids, dict(changes), actor=BANK, at=clock.now())
        told += [Told(verdict, lines[row.id].answer_id, said_on[row.id], row) for row in moved]
    resolution.mark_applied(session, [lines[each.row.id] for each in told])
    return sorted(told, key=lambda each: each.row.id)


def _messages(session: TenantSession, ids: set[UUID]) -> dict[UUID, BankMessage]:
    found = select(BankMessage).where(col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.id).in_(ids))
    return {message.id: message for message in session.execute(found).scalars()}


def _changes(
    verdict: Verdict,
    locked: Sequence[Row[Any]],
    lines: Mapping[int, Row[Any]],
    messages: Mapping[UUID, BankMessage],
    said_on: Mapping[int, date],
) -> dict[tuple[tuple[str, Any], ...], list[int]]:
    """Instructions by what changes in them: a few dates or reasons, whatever their number."""
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for row in locked:
        if verdict is Verdict.SETTLED:
            on = said_on[row.id]
            final_on = on + timedelta(days=messages[row.message_id].window_days)
            alike[("value_date", on), ("final_on", final_on)].append(row.id)
        elif verdict is Verdict.ACCEPTED:
            alike[()].append(row.id)
        else:
            alike[(("reason", lines[row.id].reason),)].append(row.id)
    return alike
