"""The one door through which a row changes its state: checks the table of states, writes the row and the record."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import ARRAY, Index, any_, insert, literal, select, update
from sqlmodel import Field, col

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, uuid7
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


class Stateful(Protocol):
    """A row with a state; ENTITY names it in records and refusals, TRANSITIONS is its table of states."""

    ENTITY: ClassVar[str]
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]]

    id: UUID
    state: Any


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
    table: type[Any],
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
    sources = [state for state, targets in table.TRANSITIONS.items() if to in targets]
    # One array, not a parameter each: a statement takes 65,535 of them.
    chosen = (
        table.id == any_(literal(list(ids), ARRAY(table.id.type))) if isinstance(ids, Collection) else table.id.in_(ids)
    )
    before = (
        select(table.id, table.state)
        .where(table.tenant_id == session.tenant_id, chosen, table.state.in_(sources))
        .order_by(table.id)
        .with_for_update()
        .cte("before")
    )
    moved = (
        update(table)
        .where(table.tenant_id == session.tenant_id, table.id == before.c.id)
        .values(state=to)
        .returning(table.id, before.c.state.label("from_state"))
        .cte("moved")
    )
    record = select(
        literal(session.tenant_id),
        SQL_UUID7,
        literal(table.ENTITY),
        moved.c.id,
        moved.c.from_state,
        literal(to.value),
        literal(str(actor)),
        literal(reason),
        literal(clock.today()),
        literal(clock.now()),
    )
    columns = [
        "tenant_id",
        "id",
        "entity",
        "entity_id",
        "from_state",
        "to_state",
        "actor",
        "reason",
        "business_date",
        "at",
    ]
    recorded = insert(StateTransition).from_select(columns, record).returning(col(StateTransition.id))
    moved_count = len(session.execute(recorded).all())
    for row in [row for row in session.identity_map.values() if isinstance(row, table)]:
        session.expire(row, ["state"])
    return moved_count
