"""The bank's word brought to its instructions: those whose state allows it move, by a statement per distinct change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from domain.banking import queries, resolution
from domain.banking.states import InstructionState, Verdict
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


def move_told(session: TenantSession, *, clock: Clock) -> list[Told]:
    """Move every instruction that a waiting line fits, verdict by verdict; the others' lines go on waiting."""
    waiting = resolution.waiting_lines(session)
    told = [
        each
        for verdict in ORDER
        if verdict in waiting
        for each in _move(session, verdict, waiting[verdict], clock=clock)
    ]
    if told:
        resolution.mark_applied(session, [waiting[each.verdict][each.row.id] for each in told])
    return told


def _move(session: TenantSession, verdict: Verdict, lines: Mapping[int, Row[Any]], *, clock: Clock) -> list[Told]:
    target = _TARGETS[verdict]
    locked = queries.lock_movable(session, target, lines)
    said_on = {row.id: lines[row.id].value_date or max(row.due_on, clock.today()) for row in locked}
    told: list[Told] = []
    for changes, ids in _changes(verdict, locked, lines, said_on).items():
        moved = queries.move_locked(session, target, ids, dict(changes), actor=BANK, at=clock.now())
        told += [Told(verdict, lines[row.id].answer_id, said_on[row.id], row) for row in moved]
    return sorted(told, key=lambda each: each.row.id)


def _changes(
    verdict: Verdict,
    locked: Sequence[Row[Any]],
    lines: Mapping[int, Row[Any]],
    said_on: Mapping[int, date],
) -> dict[tuple[tuple[str, Any], ...], list[int]]:
    """Instructions by what changes in them: a few dates or reasons, whatever their number."""
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for row in locked:
        if verdict is Verdict.SETTLED:
            on = said_on[row.id]
            final_on = on + timedelta(days=row.window_days)
            alike[("value_date", on), ("final_on", final_on)].append(row.id)
        elif verdict is Verdict.ACCEPTED:
            alike[()].append(row.id)
        else:
            alike[(("reason", lines[row.id].reason),)].append(row.id)
    return alike
