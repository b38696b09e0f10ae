"""Selects and set operations over instructions and messages. Every statement names its tenant: workers have no wall."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    CursorResult,
    Executable,
    FromClause,
    Row,
    Select,
    String,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from domain.banking.states import INSTRUCTION_TRANSITIONS, RELEASES_OBLIGATION, UNSENT_STATES, InstructionState
from domain.banking.tables import BankMessage, Instruction, InstructionEvent, MessageBlock
from domain.parties.tables import BankAccount
from domain.platform.binds import TENANT, of
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, uuid7
from domain.platform.numbers import reserve
from domain.values.actor import Actor
from domain.values.errors import NotFound

_TABLE: Table = Instruction.__table__  # type: ignore[attr-defined]
INSTRUCTION_SERIES = "instruction"
_ANSWERS = "bank_answers"
_LAST = select(func.max(col(Instruction.id))).where(col(Instruction.tenant_id) == TENANT)
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
    """Bring the chosen instructions to `to` and record it for each of them; returns how many came.

    Those whose state does not allow it stay as they are, so a caller that expects all of them compares the count.
    """
    moved = _moved(session, to, chosen)
    about = {"item_count": literal(1), "instruction_id": moved.c.id, "of_date": moved.c.final_on}
    return _recorded(session, moved, to, about, reason=reason, actor=actor, at=at)


def move_together(
    session: TenantSession, to: InstructionState, *chosen: ColumnElement[bool], actor: Actor, at: datetime
) -> int:
    """The same for whole runs, whose items share a record; those that became final, with those of the same day."""
    moved = _moved(session, to, chosen)
    shared = {"run_id": moved.c.run_id, "of_date": moved.c.final_on}
    about = {"item_count": func.count(), **shared}
    return _recorded(session, moved, to, about, group=list(shared.values()), actor=actor, at=at)


def _moved(session: TenantSession, to: InstructionState, chosen: Sequence[ColumnElement[bool]]) -> CTE:
    session.flush()
    # In id order: workers with overlapping sets wait for each other instead of deadlocking.
    locked = (
        select(col(Instruction.id))
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.state).in_(sources_of(to)), *chosen)
        .order_by(col(Instruction.id))
        .with_for_update()
        .cte("locked")
    )
    return (
        update(Instruction)
        .where(col(Instruction.tenant_id) == session.tenant_id, col(Instruction.id) == locked.c.id)
        .values(state=to, released=to in RELEASES_OBLIGATION)
        .returning(col(Instruction.id), col(Instruction.run_id), col(Instruction.final_on))
        .cte("moved")
    )


def _recorded(
    session: TenantSession,
    moved: CTE,
    to: InstructionState,
    about: Mapping[str, ColumnElement[Any]],
    *,
    group: Sequence[ColumnElement[Any]] = (),
    reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Carry the move out with its records, `about` as many items and whose; returns how many moved."""
    values: dict[str, Any] = {
        "tenant_id": literal(session.tenant_id),
        "id": SQL_UUID7,
        **about,
        "state": literal(to.value),
        "reason": literal(reason, String),
        "actor": literal(str(actor)),
        "at": literal(at),
    }
    records = select(*values.values()).select_from(moved).group_by(*group)
    recorded = insert(InstructionEvent).from_select(list(values), records).cte("recorded")
    count: int = session.execute(select(func.count()).select_from(moved).add_cte(recorded)).scalar_one()
    session.expire_all()
    return count


_RECORD = insert(InstructionEvent.__table__)  # type: ignore[attr-defined]


def record_together(
    session: TenantSession,
    to: InstructionState,
    counts: Mapping[UUID, int],
    *,
    of: Literal["run_id", "message_id"],
    actor: Actor,
    at: datetime,
) -> None:
    """Record that so many instructions of a run or of a message came to `to`, by one row for each."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            of: owner,
            "item_count": count,
            "state": to,
            "actor": str(actor),
            "at": at,
        }
        for owner, count in counts.items()
        if count
    ]
    if rows:
        session.execute(_RECORD, rows)


def insert_dues(
    session: TenantSession, source: Select[Any], run_id: UUID | None, state: InstructionState, at: datetime
) -> int:
    """Make an instruction of every due row whose obligation has none; one statement, whatever their number.

    Cancelled instructions do not count, so an obligation that left a reopened run comes into the next one. A rejected
    or returned one is not made again here: retries are planned on purpose.
    """
    session.flush()
    # The head is locked until commit: how many numbers are taken is known once the rows are there.
    first = reserve(session, INSTRUCTION_SERIES, 0).start
    made = insert(_TABLE).from_select(*_new_rows(source, first, (run_id, state, at)))
    try:
        with session.begin_nested():
            count = _count_of(session, made)
    except IntegrityError:
        # Somebody made or finished one of these at this moment. To look at each index before each row costs a third
        # more, so only now.
        upserted = upsert(_TABLE).from_select(*_new_rows(source, first, (run_id, state, at)))
        count = _count_of(session, upserted.on_conflict_do_nothing())
    last: int | None = session.execute(_LAST, of(session)).scalar_one()
    reserve(session, INSTRUCTION_SERIES, max(0, (last or 0) + 1 - first))
    return count


def _count_of(session: TenantSession, statement: Executable) -> int:
    result = session.execute(statement, of(session), execution_options={"preserve_rowcount": True})
    assert isinstance(result, CursorResult), "an INSERT counts its rows"
    return result.rowcount


# Made once: an alias of a mapped class is adapted column by column, each time anew.
_ACCOUNT: Table = BankAccount.__table__  # type: ignore[attr-defined]
_OWN, _COUNTER = _ACCOUNT.alias("own"), _ACCOUNT.alias("counter")
_CANCELLED = (
    select(_TABLE.c.obligation_key, func.count().label("attempts"))
    .where(_TABLE.c.tenant_id == TENANT, _TABLE.c.released, _TABLE.c.state == InstructionState.CANCELLED)
    .group_by(_TABLE.c.obligation_key)
    .subquery("cancelled")
)


def _new_rows(
    source: Select[Any], first: int, shared: tuple[UUID | None, InstructionState, datetime]
) -> tuple[list[str], Select[Any]]:
    """Columns and rows of the instructions for what is due, numbered from `first` on; all share run, state, instant."""
    run_id, state, at = shared
    due = source.subquery("due")
    made = exists().where(
        _TABLE.c.tenant_id == TENANT,
        _TABLE.c.obligation_key == due.c.obligation_key,
        _TABLE.c.state != InstructionState.CANCELLED,
    )
    names = due_columns(due)
    # An account that is not there leaves a gap where none may be: what a foreign key would say, asked of the whole set.
    known = {"own_account_id": _OWN.c.id, "counter_account_id": _COUNTER.c.id}
    # The order gives the same due rows the same numbers, whatever plan the database chose.
    position = func.row_number().over(order_by=[due.c.due_on, due.c.obligation_key])
    rows = (
        select(
            TENANT,
            literal(first, BigInteger) + position - 1,
            # A literal NULL or enum has no type of its own in a subquery.
            *(cast(known.get(name, due.c[name]), _TABLE.c[name].type) for name in names),
            func.coalesce(_CANCELLED.c.attempts, 0) + 1,
            literal(state.value),
            literal(value=False),
            literal(run_id),
            literal(at),
        )
        .select_from(due)
        .join(_OWN, _is_account(_OWN, due.c.own_account_id), isouter=True)
        .join(_COUNTER, _is_account(_COUNTER, due.c.counter_account_id), isouter=True)
        .join(_CANCELLED, _CANCELLED.c.obligation_key == due.c.obligation_key, isouter=True)
        .where(~made)
    )
    return ["tenant_id", "id", *names, "attempt", "state", "released", "run_id", "created_at"], rows


def _is_account(account: FromClause, named: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(account.c.tenant_id == TENANT, account.c.id == named)


def require_accounts(session: TenantSession, ids: Collection[UUID]) -> None:
    """Raise NotFound unless all of them are accounts of the tenant."""
    found = select(col(BankAccount.id)).where(
        col(BankAccount.tenant_id) == session.tenant_id, col(BankAccount.id) == any_(cast(list(ids), ARRAY(Uuid)))
    )
    missing = set(ids) - set(session.execute(found).scalars())
    if missing:
        raise NotFound(kind="bank account", reference=min(missing))


_MESSAGE = select(BankMessage).where(
    col(BankMessage.tenant_id) == TENANT, col(BankMessage.id) == bindparam("of_message")
)
_LOCKED_MESSAGE = _MESSAGE.with_for_update().execution_options(populate_existing=True)


def find_message(session: TenantSession, message_id: UUID) -> BankMessage:
    """The message. Raises NotFound."""
    return _one(session, _MESSAGE, message_id)


def lock_message(session: TenantSession, message_id: UUID) -> BankMessage:
    """The message as it is now, locked until commit. Raises NotFound."""
    return _one(session, _LOCKED_MESSAGE, message_id)


def _one(session: TenantSession, query: Select[Any], message_id: UUID) -> BankMessage:
    found: BankMessage | None = session.execute(query, of(session, of_message=message_id)).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="message", reference=message_id)
    return found


_IN_RUN = select(func.count()).where(
    col(Instruction.tenant_id) == TENANT,
    col(Instruction.run_id) == bindparam("of_run"),
    col(Instruction.state) == bindparam("of_state"),
)


def count_of_run(session: TenantSession, run_id: UUID, state: InstructionState) -> int:
    """How many instructions of the run are in that state."""
    number: int = session.execute(_IN_RUN, of(session, of_run=run_id, of_state=state)).scalar_one()
    return number


def unsent_of(session: TenantSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of these messages that nobody has acknowledged."""
    found = select(col(BankMessage.id)).where(
        col(BankMessage.tenant_id) == session.tenant_id,
        col(BankMessage.id) == any_(cast(list(ids), ARRAY(Uuid))),
        col(BankMessage.state).in_(UNSENT_STATES),
    )
    return set(session.execute(found).scalars())


def lock_messages(session: TenantSession, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Id, run, state, item count of messages and their first and last item; locked in id order.

    Whoever moves items of a message holds its lock: two answers to one message follow each other.
    """
    columns: tuple[Any, ...] = (
        *(BankMessage.id, BankMessage.run_id, BankMessage.state, BankMessage.item_count),
        *(BankMessage.first_instruction_id, BankMessage.last_instruction_id),
    )
    locked = select(*columns).where(
        col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.id) == any_(cast(list(ids), ARRAY(Uuid)))
    )
    return session.execute(locked.order_by(col(BankMessage.id)).with_for_update()).all()


def open_items(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, int]:
    """How many items of each message the bank has not finished."""
    counted = select(col(MessageBlock.message_id), func.sum(col(MessageBlock.open_count))).where(
        col(MessageBlock.tenant_id) == session.tenant_id,
        col(MessageBlock.message_id) == any_(cast(list(ids), ARRAY(Uuid))),
    )
    return {message: int(count) for message, count in session.execute(counted.group_by(col(MessageBlock.message_id)))}


def lock_unfinal_messages(session: TenantSession, on: date) -> Sequence[Row[Any]]:
    """The messages of which an item becomes final by `on`, as `lock_messages` has them."""
    found = select(col(BankMessage.id)).where(
        col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.next_final_on) <= on
    )
    return lock_messages(session, session.execute(found).scalars().all())


def items_of(messages: Sequence[Any]) -> tuple[ColumnElement[bool], ...]:
    """The condition for the items of these messages: found by run and span of ids, because no index names a message."""
    return (
        col(Instruction.run_id) == any_(cast(list({message.run_id for message in messages}), ARRAY(Uuid))),
        col(Instruction.id) >= min(message.first_instruction_id for message in messages),
        col(Instruction.id) <= max(message.last_instruction_id for message in messages),
        col(Instruction.message_id) == any_(cast([message.id for message in messages], ARRAY(Uuid))),
    )


def note_next_final(session: TenantSession, messages: Sequence[Row[Any]]) -> None:
    """Keep for each message on which day the first of its settled items becomes final."""
    following = (
        select(func.min(col(Instruction.final_on)))
        .where(
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.run_id) == col(BankMessage.run_id),
            col(Instruction.id).between(col(BankMessage.first_instruction_id), col(BankMessage.last_instruction_id)),
            col(Instruction.message_id) == col(BankMessage.id),
            col(Instruction.state) == InstructionState.SETTLED,
        )
        .scalar_subquery()
    )
    session.execute(
        update(BankMessage)
        .where(
            col(BankMessage.tenant_id) == session.tenant_id,
            col(BankMessage.id) == any_(cast([message.id for message in messages], ARRAY(Uuid))),
        )
        .values(next_final_on=following)
        .execution_options(synchronize_session=False)
    )


def lock_answers(session: TenantSession) -> None:
    """Let nobody else apply answers of the tenant until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_ANSWERS), func.hashint8(session.tenant_id))))
