"""Selects and set operations over instructions and messages. Every statement names its tenant: workers have no wall."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Row,
    Select,
    String,
    Table,
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
INSTRUCTION_SERIES = "instruction"
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
    locked = _locked(session, to, chosen).cte("locked")
    moved, recorded = _moved(session, to, locked, changes={}, reason=literal(reason), carried=[], actor=actor, at=at)
    count: int = session.execute(select(func.count()).select_from(moved).add_cte(recorded)).scalar_one()
    session.expire_all()
    return count


def move_each(
    session: TenantSession,
    to: InstructionState,
    beside: FromClause,
    changes: Sequence[str],
    *,
    actor: Actor,
    at: datetime,
    carried: Sequence[str] = (),
) -> Sequence[Row[Any]]:
    """Bring each instruction that `beside` names in its column `id` to `to`, taking over its columns `changes`.

    Returns the rows that came, as they are now, with the columns `carried` of `beside`; a column `reason` is recorded.
    """
    columns = [beside.c[name] for name in (*changes, *carried)]
    relation = _locked(session, to, [col(Instruction.id) == beside.c.id], *columns).cte("locked")
    reason = relation.c.reason if "reason" in changes else literal(None, String)
    new = {name: relation.c[name] for name in changes}
    returned = [relation.c[name] for name in carried]
    moved, recorded = _moved(session, to, relation, changes=new, reason=reason, carried=returned, actor=actor, at=at)
    rows = session.execute(select(moved).add_cte(recorded).order_by(moved.c.id)).all()
    session.expire_all()
    return rows


def _locked(
    session: TenantSession, to: InstructionState, chosen: Sequence[ColumnElement[bool]], *beside: ColumnElement[Any]
) -> Select[Any]:
    """The chosen that may come to `to`, in id order: workers with overlapping sets wait instead of deadlocking."""
    session.flush()
    columns: tuple[Any, ...] = (col(Instruction.id), *beside)
    return (
        select(*columns)
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.state).in_(sources_of(to)), *chosen)
        .order_by(col(Instruction.id))
        .with_for_update(of=Instruction)
    )


def _moved(
    session: TenantSession,
    to: InstructionState,
    locked: CTE,
    *,
    changes: Mapping[str, ColumnElement[Any]],
    reason: ColumnElement[Any],
    carried: Sequence[ColumnElement[Any]],
    actor: Actor,
    at: datetime,
) -> tuple[CTE, CTE]:
    moved = (
        update(Instruction)
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.id) == locked.c.id)
        .values(state=to, **changes)
        .returning(*_TABLE.c, reason.label("moved_because"), *carried)
        .cte("moved")
    )
    record = select(
        literal(session.tenant_id),
        SQL_UUID7,
        moved.c.id,
        literal(to.value),
        moved.c.moved_because,
        literal(str(actor)),
        literal(at),
    )
    columns = ["tenant_id", "id", "instruction_id", "state", "reason", "actor", "at"]
    return moved, insert(InstructionEvent).from_select(columns, record).cte("recorded")


def insert_dues(session: TenantSession, source: Select[Any], run_id: UUID | None, at: datetime) -> int:
    """Make an instruction of every due row whose obligation has none; one statement, whatever their number.

    Cancelled instructions do not count, so an obligation that left a reopened run comes into the next one. A rejected
    or returned one is not made again here: retries are planned on purpose.
    """
    due = source.cte("due")
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
            *(cast(due.c[name], _TABLE.c[name].type) for name in DUE_COLUMNS),
            func.coalesce(cancelled.c.attempts, 0) + 1,
            literal(InstructionState.CREATED.value),
            literal(run_id),
            literal(at),
        )
        .select_from(due)
        .join(head, literal(value=True))
        .join(cancelled, cancelled.c.obligation_key == due.c.obligation_key, isouter=True)
    )
    columns = ["tenant_id", "id", *DUE_COLUMNS, "attempt", "state", "run_id", "created_at"]
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


def open_items(session: TenantSession, message_id: UUID) -> int:
    """How many instructions of a message the bank has not finished."""
    return sum(count_in_state(session, state, col(Instruction.message_id) == message_id) for state in AT_THE_BANK)
