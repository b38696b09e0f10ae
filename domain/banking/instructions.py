"""Instructions: made from what is due or one by one, frozen with their run, cancelled, and final after their window."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlmodel import col

from domain.banking import queries
from domain.banking.errors import InstructionsMoved, ObligationTaken
from domain.banking.states import Direction, InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.platform.binds import TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.numbers import reserve
from domain.values.actor import Actor, system
from domain.values.money import Money

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
    """What a frozen run comes to: items, Σ per currency in minor units, SHA-256 over its canonical list of items.

    `accounts` are the own accounts that pay or collect, with their currencies.
    """

    item_count: int
    total_minor: dict[str, int]
    digest: bytes
    accounts: frozenset[tuple[UUID, str]] = frozenset()


LINES_PER_ROW = 5_000  # of a digest, as one text: memory stays flat
NOTHING = RunTotals(0, {}, sha256().digest())  # a run without items


def insert_due(
    session: TenantSession,
    source: Select[Any],
    *,
    run_id: UUID,
    clock: Clock,
    state: InstructionState = InstructionState.CREATED,
) -> int:
    """Instructions for everything `source` says is due (columns: `queries.DUE_COLUMNS`), in the run; returns how many.

    What already has an instruction is passed over, so gathering twice changes nothing. Who freezes the run in the same
    transaction makes them LOCKED.
    """
    return queries.insert_dues(session, source, run_id, state, clock.now())


def create_instructions(session: TenantSession, new: Sequence[NewInstruction], *, clock: Clock) -> list[int]:
    """Instructions that wait for a run; returns their ids in the order given.

    Raises ObligationTaken when one of the obligations has an instruction on its way or settled, or this attempt, and
    NotFound for an account that is not there.
    """
    if not new:
        return []
    queries.require_accounts(
        session, {account for item in new for account in (item.own_account_id, item.counter_account_id)}
    )
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
        "released": False,
        "created_at": clock.now(),
    }


def gather_waiting(session: TenantSession, *, run_id: UUID, purposes: Collection[Purpose], on: date) -> int:
    """Take what was created before and is due by `on` (retries) into the run, frozen; returns how many."""
    session.flush()
    binds = of(session, into_run=run_id, of_purposes=[purpose.value for purpose in purposes], until=on)
    return len(session.execute(_GATHER, binds).all())


_ITEMS: Table = Instruction.__table__  # type: ignore[attr-defined]
_GATHER = (
    update(_ITEMS)
    .where(
        _ITEMS.c.tenant_id == TENANT,
        _ITEMS.c.state == InstructionState.CREATED,
        _ITEMS.c.run_id.is_(None),
        _ITEMS.c.purpose == any_(bindparam("of_purposes", type_=ARRAY(Text))),
        _ITEMS.c.due_on <= bindparam("until", type_=Date),
    )
    .values(run_id=bindparam("into_run", type_=Uuid), state=InstructionState.LOCKED)
    .returning(_ITEMS.c.id)
)


def lock_run(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> RunTotals:
    """Freeze the run's instructions and say what they come to; those that were made frozen count as well."""
    session.flush()
    session.execute(
        update(Instruction)
        .where(*_live_items(session, run_id), col(Instruction.state) == InstructionState.CREATED)
        .values(state=InstructionState.LOCKED)
        .execution_options(synchronize_session=False)
    )
    return note_frozen(session, run_id, actor=actor, clock=clock)


def note_frozen(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> RunTotals:
    """The same for a run all of whose instructions were made or gathered frozen."""
    session.expire_all()
    totals = run_totals(session, run_id)
    counts = {run_id: totals.item_count}
    queries.record_together(session, InstructionState.LOCKED, counts, of="run_id", actor=actor, at=clock.now())
    return totals


def reopen_run(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> int:
    """Unfreeze what is not yet in a message; it stays with the run."""
    return queries.move_together(
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
    """Count, sums and digest of the run's instructions that were not cancelled, whatever their number."""
    of = col(Instruction.currency), col(Instruction.own_account_id)
    sums = session.execute(
        select(*of, func.count(), func.sum(col(Instruction.amount_minor)))
        .where(*_live_items(session, run_id))
        .group_by(*of)
        .order_by(*of)
    ).all()
    if not sums:
        return NOTHING
    totals: dict[str, int] = {}
    for currency, _, _, minor in sums:
        totals[currency] = totals.get(currency, 0) + int(minor)
    accounts = frozenset((account, currency) for currency, account, _, _ in sums)
    return RunTotals(sum(count for _, _, count, _ in sums), totals, run_digest(session, run_id), accounts)


def run_digest(session: TenantSession, run_id: UUID) -> bytes:
    """SHA-256 over the canonical list of the run's instructions that were not cancelled."""
    return hash_items(session, run_id, _CANONICAL_COLUMNS, null="None")


def _live_items(session: TenantSession, run_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == run_id,
        col(Instruction.state) != InstructionState.CANCELLED,
    )


def hash_items(session: TenantSession, run_id: UUID, columns: tuple[Any, ...], *, null: str) -> bytes:
    """SHA-256 over a line per item of the run in order of id, its columns as text with bars between.

    `null` stands for no value. The database writes the lines, thousands to a row: no object is made of each.
    """
    digest, after, written = sha256(), 0, LINES_PER_ROW
    while written == LINES_PER_ROW:
        binds = of(session, of_run=run_id, of_after=after)
        after, written, lines = session.execute(_lines(columns, null), binds).one()
        digest.update((lines or "").encode())
    return digest.digest()


@cache
def _lines(columns: tuple[Any, ...], null: str) -> Select[Any, int, str]:
    """The last id, how many lines, and the lines of what follows the item `of_after`."""
    line = func.concat_ws("|", *(func.coalesce(cast(column, Text), null) for column in columns)).label("line")
    page = (
        select(col(Instruction.id), line)
        .where(
            col(Instruction.tenant_id) == TENANT,
            col(Instruction.run_id) == bindparam("of_run"),
            col(Instruction.state) != InstructionState.CANCELLED,
            col(Instruction.id) > bindparam("of_after"),
        )
        .order_by(col(Instruction.id))
        .limit(LINES_PER_ROW)
        .subquery("page")
    )
    lines = func.string_agg(page.c.line, aggregate_order_by(literal("\n"), page.c.id)).concat("\n")
    return select(func.max(page.c.id), func.count(), lines).select_from(page)


def unsent_items(session: TenantSession, run_id: UUID) -> int:
    """How many of the run's frozen instructions are in no message yet, for want of cover or because it just froze."""
    return queries.count_of_run(session, run_id, InstructionState.LOCKED)


def settle_finally(session: TenantSession, *, on: date, clock: Clock) -> int:
    """Make final what settled and whose window has passed by `on`; returns how many."""
    messages = queries.lock_unfinal_messages(session, on)
    if not messages:
        return 0
    moved = queries.move_together(
        session,
        InstructionState.FINAL,
        *queries.items_of(messages),
        col(Instruction.final_on) <= on,
        actor=system("finality"),
        at=clock.now(),
    )
    queries.note_next_final(session, messages)
    return moved
