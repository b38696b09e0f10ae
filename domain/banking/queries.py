"""Selects and set operations over instructions and messages. Every statement names its tenant: workers have no wall."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    Select,
    String,
    Table,
    any_,
    cast,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col

from domain.banking.states import AT_THE_BANK, INSTRUCTION_TRANSITIONS, InstructionState
from domain.banking.tables import BankMessage, Instruction, InstructionEvent
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.platform.numbers import NumberHead
from domain.values.actor import Actor
from domain.values.errors import NotFound

_TABLE: Table = Instruction.__table__  # type: ignore[attr-defined]
_EVENT_COLUMNS = ["tenant_id", "id", "instruction_id", "state", "reason", "actor", "at"]
INSTRUCTION_SERIES = "instruction"
_ANSWERS = "bank_answers"
# What every owner of dues selects, by these names; the order is free.
DUE_COLUMNS = (
    "direction",
    "purpose",
    "obligation_key",
    "amount_minor",
    "currency",
    "own_account_id",
    "counter_account_id",
    "mandate_id",
    "subject_id",
    "due_on",
    "remittance",
)
# What a debit was checked against; owners of dues know nothing of it, the check of mandates adds it.
CHECK_COLUMNS = ("mandate_version", "mandate_limbs", "mandate_limited")


def due_columns(due: FromClause) -> tuple[str, ...]:
    """The columns of a source of dues that instructions take over."""
    return (*DUE_COLUMNS, *(name for name in CHECK_COLUMNS if name in due.c))


def sources_of(to: InstructionState) -> list[InstructionState]:
    """The states from which an instruction may come to `to`."""
    return [state for state, targets in INSTRUCTION_TRANSITIONS.items() if to in targets]


def move_instructions(
    session: TenantSession,
    to: InstructionState,
    *chosen: ColumnElement[bool],
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> int:
    """Bring the chosen instructions to `to` and record it, whatever their number; returns how many came.

    Those whose state does not allow it stay as they are, so a caller that expects all of them compares the count.
    """
    session.flush()
    # In id order: workers with overlapping sets wait for each other instead of deadlocking.
    locked = (
        select(col(Instruction.id))
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.state).in_(sources_of(to)), *chosen)
        .order_by(col(Instruction.id))
        .with_for_update()
        .cte("locked")
    )
    moved = (
        update(Instruction)
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.id) == locked.c.id)
        .values(state=to)
        .returning(col(Instruction.id))
        .cte("moved")
    )
    events = insert(InstructionEvent).from_select(
        _EVENT_COLUMNS, _events(session, to, moved.c.id, reason, actor=actor, at=at)
    )
    recorded = events.cte("recorded")
    count: int = session.execute(select(func.count()).select_from(moved).add_cte(recorded)).scalar_one()
    session.expire_all()
    return count


def submit_instructions(
    session: TenantSession, message_id: UUID, holds: Mapping[int, int], *, actor: Actor, at: datetime
) -> None:
    """Bring instructions that the caller holds locked into a message, each with the transfer that holds its cash."""
    numbers = ARRAY(BigInteger)
    pairs = func.unnest(cast(list(holds), numbers), cast(list(holds.values()), numbers))
    held = pairs.table_valued("id", "hold_transfer_id").render_derived()
    session.execute(
        update(Instruction)
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.id) == held.c.id)
        .values(state=InstructionState.SUBMITTED, message_id=message_id, hold_transfer_id=held.c.hold_transfer_id)
        .execution_options(synchronize_session=False)
    )
    _record(session, InstructionState.SUBMITTED, list(holds), None, actor=actor, at=at)
    session.expire_all()


def lock_movable(session: TenantSession, to: InstructionState, ids: Collection[int]) -> Sequence[Row[Any]]:
    """Those of the instructions that may come to `to`, with date and window of their message, locked in id order.

    By a list of ids instead of a join: on tables filled a moment ago the planner has no statistics, and joined 10,000
    lines to 10,000 instructions row by row, in 31 s.
    """
    session.flush()
    columns: tuple[Any, ...] = (col(Instruction.id), col(BankMessage.due_on), col(BankMessage.window_days))
    sent_in = (col(BankMessage.tenant_id) == session.tenant_id) & (col(BankMessage.id) == col(Instruction.message_id))
    movable = (
        select(*columns)
        .join(BankMessage, sent_in)
        .where(
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.id) == any_(cast(list(ids), ARRAY(BigInteger))),
            col(Instruction.state).in_(sources_of(to)),
        )
    )
    return session.execute(movable.order_by(col(Instruction.id)).with_for_update(of=Instruction)).all()


def move_locked(
    session: TenantSession,
    to: InstructionState,
    ids: Sequence[int],
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> Sequence[Row[Any]]:
    """Bring locked instructions to `to` with the same changes, and record it; returns them as they are now."""
    moved = session.execute(
        update(_TABLE)
        .where(_TABLE.c.tenant_id == session.tenant_id, _TABLE.c.id == any_(cast(list(ids), ARRAY(BigInteger))))
        .values(state=to, **changes)
        .returning(*_TABLE.c)
    ).all()
    _record(session, to, ids, changes.get("reason"), actor=actor, at=at)
    session.expire_all()
    return moved


def _record(
    session: TenantSession,
    to: InstructionState,
    ids: Sequence[int],
    reason: str | None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    moved = func.unnest(cast(list(ids), ARRAY(BigInteger))).table_valued("id").render_derived()
    session.execute(
        insert(InstructionEvent).from_select(
            _EVENT_COLUMNS, _events(session, to, moved.c.id, reason, actor=actor, at=at)
        )
    )


def _events(
    session: TenantSession,
    to: InstructionState,
    ids: ColumnElement[int],
    reason: str | None,
    *,
    actor: Actor,
    at: datetime,
) -> Select[Any]:
    values: tuple[Any, ...] = (
        literal(session.tenant_id),
        SQL_UUID7,
        ids,
        literal(to.value),
        literal(reason, String),
        literal(str(actor)),
        literal(at),
    )
    return select(*values)


def insert_dues(session: TenantSession, source: Select[Any], run_id: UUID | None, at: datetime) -> int:
    """Make an instruction of every due row whose obligation has none; one statement, whatever their number.

    Cancelled instructions do not count, so an obligation that left a reopened run comes into the next one. A rejected
    or returned one is not made again here: retries are planned on purpose.
    """
    due = source.cte("due")
    names = due_columns(due)
    head = _reserved(session, due)
    cancelled = (
        select(col(Instruction.obligation_key), func.count().label("attempts"))
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.state) == InstructionState.CANCELLED)
        .group_by(col(Instruction.obligation_key))
        .subquery()
    )
    # The order gives the same due rows the same numbers, whatever plan the database chose.
    position = func.row_number().over(order_by=[due.c.due_on, due.c.obligation_key])
    rows = (
        select(
            literal(session.tenant_id),
            head.c.next_number - select(func.count()).select_from(due).scalar_subquery() + position - 1,
            # A literal NULL or enum has no type of its own in a CTE.
            *(cast(due.c[name], _TABLE.c[name].type) for name in names),
            func.coalesce(cancelled.c.attempts, 0) + 1,
            literal(InstructionState.CREATED.value),
            literal(run_id),
            literal(at),
        )
        .select_from(due)
        .join(head, literal(value=True))
        .join(cancelled, cancelled.c.obligation_key == due.c.obligation_key, isouter=True)
    )
    columns = ["tenant_id", "id", *names, "attempt", "state", "run_id", "created_at"]
    inserted = (
        upsert(Instruction)
        .from_select(columns, rows)
        .on_conflict_do_nothing()
        .returning(col(Instruction.id))
        .cte("inserted")
    )
    count: int = session.execute(select(func.count()).select_from(inserted)).scalar_one()
    return count


def _reserved(session: TenantSession, due: CTE) -> CTE:
    """Numbers for every due row, in the same statement: a second look at what is due could find more of it."""
    first = select(literal(session.tenant_id), literal(INSTRUCTION_SERIES), 1 + func.count()).select_from(due)
    fresh = upsert(NumberHead).from_select(["tenant_id", "series", "next_number"], first)
    return (
        fresh.on_conflict_do_update(
            index_elements=["tenant_id", "series"],
            set_={"next_number": col(NumberHead.next_number) + fresh.excluded.next_number - 1},
        )
        .returning(col(NumberHead.next_number))
        .cte("head")
    )


def find_message(session: TenantSession, message_id: UUID) -> BankMessage:
    """The message. Raises NotFound."""
    return _one(session, _message(session, message_id), message_id)


def lock_message(session: TenantSession, message_id: UUID) -> BankMessage:
    """The message as it is now, locked until commit. Raises NotFound."""
    locked = _message(session, message_id).with_for_update().execution_options(populate_existing=True)
    return _one(session, locked, message_id)


def _message(session: TenantSession, message_id: UUID) -> Select[Any]:
    return select(BankMessage).where(col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.id) == message_id)


def _one(session: TenantSession, query: Select[Any], message_id: UUID) -> BankMessage:
    found: BankMessage | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="message", reference=message_id)
    return found


def count_in_state(session: TenantSession, state: InstructionState, *chosen: ColumnElement[bool]) -> int:
    """How many of the chosen instructions are in that state."""
    counted = select(func.count()).where(
        col(Instruction.tenant_id) == session.tenant_id, col(Instruction.state) == state, *chosen
    )
    number: int = session.execute(counted).scalar_one()
    return number


def lock_messages(session: TenantSession, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Id, state, item count of messages, and how many of their items the bank has not finished; locked in id order."""
    locked = select(col(BankMessage.id), col(BankMessage.state), col(BankMessage.item_count)).where(
        col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.id).in_(ids)
    )
    messages = locked.order_by(col(BankMessage.id)).with_for_update().cte("locked")
    counted = select(func.count()).where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.message_id) == messages.c.id,
        col(Instruction.state).in_(AT_THE_BANK),
    )
    open_items = counted.scalar_subquery().label("open_items")
    return session.execute(select(*messages.c, open_items).order_by(messages.c.id)).all()


def lock_answers(session: TenantSession) -> None:
    """Let nobody else apply answers of the tenant until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_ANSWERS), func.hashint8(session.tenant_id))))
