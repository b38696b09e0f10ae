"""Selects, locks and set operations over runs. Every statement names its tenant: workers have no wall."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, TextClause, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.states import AT_THE_BANK, HOLDS_OBLIGATION, InstructionState, MessageState, Purpose
from domain.banking.tables import BankMessage, Instruction
from domain.collection.horizon import open_from
from domain.collection.states import COLLECTIBLE
from domain.financing.states import OUTSTANDING
from domain.platform.binds import TENANT, any_id, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.runs.states import RunKind, RunState
from domain.runs.tables import Run, RunLimit
from domain.values.errors import NotFound

PREFIX = "run"
MAX_PAGE = 500  # more is an export
OPEN_ITEMS = (InstructionState.CREATED, InstructionState.LOCKED, *AT_THE_BANK)


_RUN: Table = Run.__table__  # type: ignore[attr-defined]
_OPEN = insert(_RUN).on_conflict_do_nothing(index_elements=["tenant_id", "kind", "business_date", "slot"])
_LOCKED_RUN = select(Run).where(col(Run.tenant_id) == TENANT).with_for_update()
_OF_SLOT = _LOCKED_RUN.where(
    col(Run.kind) == bindparam("of_kind"),
    col(Run.business_date) == bindparam("of_date"),
    col(Run.slot) == bindparam("of_slot"),
).execution_options(populate_existing=True)
_BY_ID = _LOCKED_RUN.where(col(Run.id) == bindparam("of_run")).execution_options(populate_existing=True)


def open_run(session: TenantSession, *, kind: RunKind, business_date: date, slot: str, clock: Clock) -> Run:
    """The run of that kind, date and slot, made if there is none, locked until commit."""
    row = {
        "tenant_id": session.tenant_id,
        "id": uuid7(),
        "created_at": clock.now(),
        "kind": kind,
        "business_date": business_date,
        "slot": slot,
        "state": RunState.OPEN,
        "item_count": 0,
        "totals": {},
        "left_count": 0,
    }
    session.execute(_OPEN, row)
    return session.scalars(_OF_SLOT, of(session, of_kind=kind, of_date=business_date, of_slot=slot)).one()


def lock_run(session: TenantSession, run_id: UUID) -> Run:
    """The run, locked until commit. Raises NotFound."""
    found = session.scalars(_BY_ID, of(session, of_run=run_id)).one_or_none()
    if found is None:
        raise NotFound(kind="run", reference=public_id(PREFIX, run_id))
    return found


def find_run(session: TenantSession, run_id: UUID) -> Run:
    """The run. Raises NotFound."""
    found = session.get(Run, (session.tenant_id, run_id))
    if found is None:
        raise NotFound(kind="run", reference=public_id(PREFIX, run_id))
    return found


def list_runs(
    session: TenantSession,
    *conditions: Any,  # noqa: ANN401 - filters of a listing
    before: UUID | None = None,
    limit: int = 50,
) -> list[Run]:
    """One page of runs, newest first; the next one begins before the last id."""
    query = select_rows(Run).where(Run.tenant_id == session.tenant_id, *conditions)
    if before is not None:
        query = query.where(col(Run.id) < before)
    return list(session.exec(query.order_by(col(Run.id).desc()).limit(min(limit, MAX_PAGE))))


@cache
def _locked_in(states: frozenset[RunState]) -> Select[Any]:
    found = _LOCKED_RUN.where(col(Run.state).in_(sorted(states))).order_by(col(Run.id))
    return found.execution_options(populate_existing=True)


def lock_runs_in(session: TenantSession, states: Collection[RunState], *conditions: Any) -> list[Run]:  # noqa: ANN401
    """The runs in these states, oldest first, locked until commit."""
    locked = _locked_in(frozenset(states))
    return list(session.scalars(locked.where(*conditions) if conditions else locked, of(session)))


def runs_in(session: TenantSession, states: Collection[RunState], *conditions: Any) -> list[UUID]:  # noqa: ANN401
    """Ids of the runs in these states, oldest first."""
    found = select(col(Run.id)).where(col(Run.tenant_id) == session.tenant_id, col(Run.state).in_(states), *conditions)
    return list(session.scalars(found.order_by(col(Run.id))))


def automatic_limits(session: TenantSession, kind: RunKind) -> dict[str, int]:
    """Per currency, up to which sum runs of the kind go without a second person."""
    found = select(col(RunLimit.currency), col(RunLimit.automatic_minor)).where(
        col(RunLimit.tenant_id) == session.tenant_id, col(RunLimit.kind) == kind
    )
    return {row.currency: row.automatic_minor for row in session.execute(found)}


def with_dues(session: TenantSession, sources: Sequence[Select[Any]]) -> list[Select[Any]]:
    """Those of the sources in which anything is due, by one statement: what is empty need not be checked or taken."""
    due = session.execute(select(*(source.exists() for source in sources))).one()
    return [source for source, has_dues in zip(sources, due, strict=True) if has_dues]


def not_under_way(session: TenantSession, source: Select[Any]) -> Select[Any]:
    """What is due and has nothing on its way for the same purpose and subject, whatever its obligation is called."""
    due = source.subquery("due")
    on_its_way = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.subject_id) == due.c.subject_id,
        col(Instruction.purpose) == due.c.purpose,
        col(Instruction.state).in_(OPEN_ITEMS),
    )
    return select(*due.c).where(~on_its_way)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run's items and messages came."""

    waiting: int
    at_bank: int
    done: int
    messages: frozenset[MessageState]

    @property
    def finished(self) -> bool:
        """Every item has its answer."""
        return not self.waiting and not self.at_bank


_ITEMS = (
    select(
        col(Instruction.run_id),
        func.count().filter(col(Instruction.state).in_([InstructionState.CREATED, InstructionState.LOCKED])),
        func.count().filter(col(Instruction.state).in_(AT_THE_BANK)),
        func.count(),
    )
    .where(
        col(Instruction.tenant_id) == TENANT,
        col(Instruction.run_id) == any_id(),
        col(Instruction.state) != InstructionState.CANCELLED,
    )
    .group_by(col(Instruction.run_id))
)
_MESSAGES = (
    select(col(BankMessage.run_id), col(BankMessage.state))
    .where(col(BankMessage.tenant_id) == TENANT, col(BankMessage.run_id) == any_id())
    .distinct()
)


def standing(session: TenantSession, run_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Where the runs' items and messages are, by two statements whatever their number."""
    items = session.execute(_ITEMS, of(session, run_ids))
    counted = {run_id: (left, sent, all_of_it - left - sent) for run_id, left, sent, all_of_it in items}
    messages: dict[UUID, set[MessageState]] = {run_id: set() for run_id in run_ids}
    for run_id, state in session.execute(_MESSAGES, of(session, run_ids)):
        messages[run_id].add(state)
    return {run_id: Standing(*counted.get(run_id, (0, 0, 0)), frozenset(messages[run_id])) for run_id in run_ids}


# The obligation of a subject's current presentation was refused or returned for a reason that is not tried again.
_GIVEN_UP = """
    SELECT subject.id
    FROM {subject} AS subject
    WHERE subject.tenant_id = :tenant AND subject.state = ANY(:open) {sought}
      AND EXISTS (SELECT FROM instruction AS failed
                  WHERE failed.tenant_id = :tenant AND failed.subject_id = subject.id
                    AND failed.obligation_key = {obligation})
      AND NOT EXISTS (SELECT FROM instruction AS live
                      WHERE live.tenant_id = :tenant AND live.subject_id = subject.id
                        AND live.purpose = '{purpose}' AND live.state = ANY(:holding))
      AND NOT EXISTS (SELECT FROM planned_attempt AS planned
                      WHERE planned.tenant_id = :tenant AND planned.taken_by IS NULL
                        AND planned.obligation_key = {obligation})
    ORDER BY subject.id
"""
_GIVEN_UP_COLLECTIONS = text(
    _GIVEN_UP.format(
        subject="advance",
        purpose=Purpose.RECEIVABLE_COLLECTION.value,
        obligation="concat('collection:', subject.id, ':', subject.collection_round)",
        sought="",
    )
)
_GIVEN_UP_DUES = text(
    _GIVEN_UP.format(
        subject="collection_due",
        purpose=Purpose.ENTRUSTED_COLLECTION.value,
        obligation="concat('due:', subject.id, ':', subject.round)",
        sought="AND (NOT subject.ordinary OR subject.rolled_due_on >= :open_from)",
    )
)


def given_up_collections(session: TenantSession) -> list[UUID]:
    """Advances still owed whose debit failed for good: a person decides whether they are presented anew."""
    return _given_up(session, _GIVEN_UP_COLLECTIONS, OUTSTANDING)


def given_up_dues(session: TenantSession) -> list[UUID]:
    """Dues collected for clients that no attempt is left for."""
    return _given_up(session, _GIVEN_UP_DUES, COLLECTIBLE, open_from=open_from(session))


def _given_up(session: TenantSession, query: TextClause, open_states: Collection[StrEnum], **found: date) -> list[UUID]:
    states: dict[str, Any] = found | {
        "open": [state.value for state in open_states],
        "holding": [state.value for state in HOLDS_OBLIGATION],
    }
    return list(session.scalars(query, {"tenant": session.tenant_id, **states}))
