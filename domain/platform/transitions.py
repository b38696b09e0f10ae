"""The one door through which a row changes its state: checks the table of states, writes the row and the record."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CursorResult,
    Date,
    Index,
    Insert,
    String,
    Table,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlmodel import Field

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7, uuid7_counted, uuid7_counter
from domain.platform.tables import TenantRow
from domain.values.actor import Actor
from domain.values.states import check_transition


class StateTransition(TenantRow, table=True):
    """That an object moved: from where, to where, by whom, on which business date, and why."""

    __tablename__ = "state_transition"
    __table_args__ = (Index(None, "tenant_id", "entity_id"), {"info": {"append_only": True}})

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    entity: str
    entity_id: UUID
    from_state: str
    to_state: str
    actor: str
    reason: str
    business_date: date
    at: datetime


_RECORDS: Table = StateTransition.__table__  # type: ignore[attr-defined]


class Stateful(Protocol):
    """A row with a state; ENTITY names it in records and refusals, TRANSITIONS is its table of states."""

    ENTITY: ClassVar[str]
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]]

    id: UUID
    state: Any


def transitions_of(session: TenantSession, ids: Collection[UUID]) -> list[StateTransition]:
    """How these objects came to be where they are, in the order of time."""
    rows = session.scalars(
        select(StateTransition)
        .where(_RECORDS.c.tenant_id == session.tenant_id, _RECORDS.c.entity_id.in_(list(ids)))
        .order_by(_RECORDS.c.at, _RECORDS.c.id)
    )
    return list(rows)


def move(session: TenantSession, row: Stateful, to: StrEnum, *, actor: Actor, clock: Clock, reason: str = "") -> None:
    """Bring `row` to the state `to`, and record it. Raises IllegalTransition."""
    check_transition(row.ENTITY, row.TRANSITIONS, row.state, to)
    session.add(
        StateTransition(
            tenant_id=session.tenant_id,
            entity=row.ENTITY,
            entity_id=row.id,
            from_state=row.state.value,
            to_state=to.value,
            actor=str(actor),
            reason=reason,
            business_date=clock.today(),
            at=clock.now(),
        )
    )
    row.state = to


def move_all(
    session: TenantSession,
    table: Any,  # noqa: ANN401 - a stateful table
    ids: Any,  # noqa: ANN401 - a SELECT of ids or a collection of them
    to: StrEnum,
    *,
    actor: Actor,
    clock: Clock,
    reason: str = "",
) -> int:
    """Move many rows by one UPDATE and one INSERT, whatever their number; returns how many moved.

    Rows whose state does not allow the move stay as they are, so a caller that expects all of them compares the count.
    `ids` is a SELECT of ids, or ids.
    """
    session.flush()
    # Asked for first: on most days a SELECT finds nothing to move, and to compose the move costs more than to ask.
    if not (ids if isinstance(ids, Collection) else session.scalar(select(ids.exists()))):
        return 0
    # Named unlike any column: SQLAlchemy would also set a column of the name.
    binds = {
        "move_tenant": session.tenant_id,
        "move_actor": str(actor),
        "move_reason": reason,
        "move_today": clock.today(),
        "move_now": clock.now(),
        **uuid7_counter(),
    }
    if isinstance(ids, Collection):
        moved = session.execute(_move_listed(table, to), binds | {"move_ids": list(ids)})
    else:
        moved = session.execute(_move_chosen(table, to, func.array(ids.scalar_subquery())), binds)
    assert isinstance(moved, CursorResult)
    for row in [row for row in session.identity_map.values() if isinstance(row, table)]:
        session.expire(row, ["state"])
    return moved.rowcount


@cache
def _move_listed(table: Any, to: StrEnum) -> Insert:  # noqa: ANN401
    """Built once for each table and state: building it costs more than its execution."""
    # One array, not a parameter each: a statement takes 65,535 of them.
    return _move_chosen(table, to, bindparam("move_ids", type_=ARRAY(table.id.type)))


def _move_chosen(table: Any, to: StrEnum, ids: ColumnElement[Any]) -> Insert:  # noqa: ANN401
    """One statement over an array of ids. A SELECT comes as an array too: a plan may join it otherwise, row by row."""
    rows, tenant = table.__table__, bindparam("move_tenant", type_=BigInteger)
    sources = [state for state, targets in table.TRANSITIONS.items() if to in targets]
    before = (
        select(rows.c.id, rows.c.state)
        .where(rows.c.tenant_id == tenant, rows.c.id == any_(ids), rows.c.state.in_(sources))
        .order_by(rows.c.id)
        .with_for_update()
        .cte("before")
    )
    moved = (
        update(rows)
        .where(rows.c.tenant_id == tenant, rows.c.id == before.c.id)
        .values(state=to)
        .returning(rows.c.id, before.c.state.label("from_state"))
        .cte("moved")
    )
    values: dict[str, Any] = {
        "tenant_id": tenant,
        "id": uuid7_counted(func.row_number().over()),
        "entity": literal(table.ENTITY),
        "entity_id": moved.c.id,
        "from_state": moved.c.from_state,
        "to_state": literal(to.value),
        "actor": bindparam("move_actor", type_=String),
        "reason": bindparam("move_reason", type_=String),
        "business_date": bindparam("move_today", type_=Date),
        "at": bindparam("move_now", type_=_RECORDS.c.at.type),
    }
    # How many there were is all that anybody asks: their ids would be as dear to send as the rows to write.
    return (
        insert(_RECORDS).from_select(list(values), select(*values.values())).execution_options(preserve_rowcount=True)
    )
