"""Instructions: made from what is due or one by one, frozen with their run, cancelled, and final after their window."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking import queries
from domain.banking.errors import InstructionsMoved, ObligationTaken
from domain.banking.states import Direction, InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.numbers import reserve
from domain.values.actor import Actor, system
from domain.values.money import Money

ROWS_PER_FETCH = 10_000  # of a stream from the database: memory stays flat

# What a digest stands for: everything that decides who pays whom how much and when, in this order.
_CANONICAL_COLUMNS: tuple[Any, ...] = (
    Instruction.id,
    Instruction.direction,
    Instruction.purpose,
    Instruction.obligation_key,
    Instruction.attempt,
    Instruction.amount_minor,
    Instruction.currency,
    Instruction.own_account_id,
    Instruction.counter_account_id,
    Instruction.mandate_id,
    Instruction.due_on,
)


@dataclass(frozen=True, slots=True)
class NewInstruction:
    """What a module asks for when it wants one amount moved; a retry is attempt + 1 of the same obligation."""

    direction: Direction
    purpose: Purpose
    obligation_key: str
    amount: Money
    own_account_id: UUID
    counter_account_id: UUID
    subject_id: UUID
    due_on: date
    remittance: str = ""
    mandate_id: UUID | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What a frozen run comes to: items, Σ per currency in minor units, SHA-256 over its canonical list of items."""

    item_count: int
    total_minor: dict[str, int]
    digest: bytes


NOTHING = RunTotals(0, {}, sha256().digest())  # a run without items


def insert_due(session: TenantSession, source: Select[Any], *, run_id: UUID, clock: Clock) -> int:
    """Instructions for everything `source` says is due (columns: `queries.DUE_COLUMNS`), in the run; returns how many.

    What already has an instruction is passed over, so gathering twice changes nothing.
    """
    return queries.insert_dues(session, source, run_id, clock.now())


def create_instructions(session: TenantSession, new: Sequence[NewInstruction], *, clock: Clock) -> list[int]:
    """Instructions that wait for a run; returns their ids in the order given.

    Raises ObligationTaken when one of the obligations has an instruction on its way or settled, or this attempt.
    """
    if not new:
        return []
    ids = reserve(session, queries.INSTRUCTION_SERIES, len(new))
    rows = [_row(session.tenant_id, number, item, clock) for number, item in zip(ids, new, strict=True)]
    made = session.execute(insert(Instruction).on_conflict_do_nothing().returning(col(Instruction.id)), rows)
    missing = set(ids) - set(made.scalars())
    if missing:
        first = min(missing) - ids.start
        raise ObligationTaken(count=len(missing), first=new[first].obligation_key)
    return list(ids)


def _row(tenant_id: int, number: int, item: NewInstruction, clock: Clock) -> dict[str, Any]:
    row = asdict(item)
    del row["amount"]
    return row | {
        "tenant_id": tenant_id,
        "id": number,
        "amount_minor": item.amount.minor,
        "currency": item.amount.currency,
        "state": InstructionState.CREATED,
        "created_at": clock.now(),
    }


def gather_waiting(session: TenantSession, *, run_id: UUID, purposes: Collection[Purpose], on: date) -> int:
    """Take what was created before and is due by `on` (retries) into the run; returns how many."""
    gathered = session.execute(
        update(Instruction)
        .where(
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.state) == InstructionState.CREATED,
            col(Instruction.run_id).is_(None),
            col(Instruction.purpose).in_(purposes),
            col(Instruction.due_on) <= on,
        )
        .values(run_id=run_id)
        .returning(col(Instruction.id))
    )
    return len(gathered.all())


def lock_run(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> RunTotals:
    """Freeze the run's instructions and say what they come to."""
    queries.move_instructions(
        session, InstructionState.LOCKED, col(Instruction.run_id) == run_id, actor=actor, at=clock.now()
    )
    return run_totals(session, run_id)


def reopen_run(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> int:
    """Unfreeze what is not yet in a message; it stays with the run."""
    return queries.move_instructions(
        session, InstructionState.CREATED, col(Instruction.run_id) == run_id, actor=actor, at=clock.now()
    )


def leave_run(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> int:
    """Let what is not yet in a message wait for the next run, as what had no cover; returns how many."""
    reopen_run(session, run_id, actor=actor, clock=clock)
    left = session.execute(
        update(Instruction)
        .where(
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.run_id) == run_id,
            col(Instruction.state) == InstructionState.CREATED,
        )
        .values(run_id=None)
        .returning(col(Instruction.id))
    )
    return len(left.all())


def cancel_instructions(session: TenantSession, ids: Sequence[int], *, reason: str, actor: Actor, clock: Clock) -> None:
    """Give up instructions that are not yet in a message. Raises InstructionsMoved when one of them is."""
    moved = queries.move_instructions(
        session,
        InstructionState.CANCELLED,
        col(Instruction.id).in_(ids),
        actor=actor,
        at=clock.now(),
        reason=reason,
    )
    if moved != len(ids):
        raise InstructionsMoved(expected=len(ids), moved=moved, target=InstructionState.CANCELLED.value)


def run_totals(session: TenantSession, run_id: UUID) -> RunTotals:
    """Count, sums and digest of the run's instructions that were not cancelled; streamed, whatever their number."""
    digest, count, totals = sha256(), 0, dict[str, int]()
    for row in session.execute(_canonical_items(session, run_id)):
        digest.update("|".join(str(value) for value in row).encode() + b"\n")
        totals[row.currency] = totals.get(row.currency, 0) + row.amount_minor
        count += 1
    return RunTotals(count, totals, digest.digest())


def _canonical_items(session: TenantSession, run_id: UUID) -> Select[Any]:
    chosen = (
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == run_id,
        col(Instruction.state) != InstructionState.CANCELLED,
    )
    items: Select[Any] = select(*_CANONICAL_COLUMNS).where(*chosen).order_by(col(Instruction.id))
    return items.execution_options(yield_per=ROWS_PER_FETCH)


def unsent_items(session: TenantSession, run_id: UUID) -> int:
    """How many of the run's frozen instructions are in no message yet, for want of cover or because it just froze."""
    return queries.count_in_state(session, InstructionState.LOCKED, col(Instruction.run_id) == run_id)


def settle_finally(session: TenantSession, *, on: date, clock: Clock) -> int:
    """Make final what settled and whose window has passed by `on`; returns how many."""
    return queries.move_instructions(
        session,
        InstructionState.FINAL,
        col(Instruction.final_on) <= on,
        actor=system("finality"),
        at=clock.now(),
    )
