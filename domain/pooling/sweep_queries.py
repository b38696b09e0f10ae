"""Selects, locks and set operations over sweeps on their way. Every statement names its tenant."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    text,
)
from sqlmodel import col

from domain.banking.states import Direction, InstructionState, MessageState, Purpose
from domain.banking.tables import BankMessage, Instruction
from domain.platform.binds import ON, TENANT, of
from domain.platform.database import TenantSession
from domain.pooling.bookings import Wave
from domain.pooling.queries import PAYEE, PAYER, as_array
from domain.pooling.rules import SweepDirection, SweepMeans
from domain.pooling.states import AT_A_RUN, UNDER_WAY, ProposalState, SweepState
from domain.pooling.tables import PoolMember, PoolStructure, Sweep, SweepProposal

_UNSENT = (SweepState.PROPOSED, SweepState.APPROVED, SweepState.RESERVED)
_NEXT = (SweepState.APPROVED, SweepState.RESERVED)


def _gathered(session: TenantSession, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a run has made an instruction of the sweep."""
    return exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.subject_id) == col(Sweep.id),
        col(Instruction.purpose) == Purpose.SWEEP,
        *also,
    )


def lock_unsent(session: TenantSession, proposal_ids: Sequence[UUID]) -> list[UUID]:
    """The proposals' sweeps that no run has gathered, locked until commit."""
    unsent = (
        col(Sweep.tenant_id) == session.tenant_id,
        col(Sweep.proposal_id).in_(proposal_ids),
        col(Sweep.state).in_(_UNSENT),
    )
    # Two statements: the second sees what a run committed while the first waited for its locks.
    session.execute(select(col(Sweep.id)).where(*unsent).order_by(col(Sweep.id)).with_for_update())
    return list(session.scalars(select(col(Sweep.id)).where(*unsent, ~_gathered(session))))


def newly_instructed(session: TenantSession) -> Select[Any]:
    """Ids of reserved sweeps that a run has gathered."""
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id, col(Sweep.state) == SweepState.RESERVED, _gathered(session)
    )


def passed_over(session: TenantSession) -> Select[Any]:
    """Ids of sweeps made ready for a run that has not gathered them."""
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id, col(Sweep.state) == SweepState.RESERVED, ~_gathered(session)
    )


def in_doubt(session: TenantSession, state: SweepState) -> Select[Any]:
    """Ids of sweeps that come to `state`: unknown with their file, queried once the bank is asked about it."""
    before = {SweepState.UNKNOWN: SweepState.INSTRUCTED, SweepState.QUERIED: SweepState.UNKNOWN}[state]
    in_file = (
        (col(Instruction.tenant_id) == session.tenant_id)
        & (col(Instruction.subject_id) == col(Sweep.id))
        & (col(Instruction.purpose) == Purpose.SWEEP)
    )
    file = (col(BankMessage.tenant_id) == session.tenant_id) & (col(BankMessage.id) == col(Instruction.message_id))
    unknown = col(BankMessage.state) == MessageState.UNKNOWN
    return (
        select(col(Sweep.id))
        .join(Instruction, in_file)
        .join(BankMessage, file)
        .where(
            col(Sweep.tenant_id) == session.tenant_id,
            col(Sweep.state) == before,
            unknown if state is SweepState.UNKNOWN else ~unknown,
        )
    )


def taken_out(session: TenantSession) -> Select[Any]:
    """Ids of instructed sweeps whose instructions were all cancelled: somebody took them out of their run."""
    alive = _gathered(session, col(Instruction.state) != InstructionState.CANCELLED)
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id, col(Sweep.state).in_(AT_A_RUN), ~alive
    )


def finished_proposals(session: TenantSession) -> Select[Any]:
    """Ids of approved proposals none of whose sweeps is under way any more."""
    under_way = exists().where(
        col(Sweep.tenant_id) == session.tenant_id,
        col(Sweep.proposal_id) == col(SweepProposal.id),
        col(Sweep.state).in_(UNDER_WAY),
    )
    return select(col(SweepProposal.id)).where(
        col(SweepProposal.tenant_id) == session.tenant_id,
        col(SweepProposal.state) == ProposalState.APPROVED,
        ~under_way,
    )


def approved_on(session: TenantSession, on: date) -> list[SweepProposal]:
    """The approved proposals of a date, locked until commit."""
    return list(
        session.scalars(
            select(SweepProposal)
            .where(
                col(SweepProposal.tenant_id) == session.tenant_id,
                col(SweepProposal.business_date) == on,
                col(SweepProposal.state) == ProposalState.APPROVED,
            )
            .order_by(col(SweepProposal.id))
            .with_for_update()
        )
    )


_NOTE_OUTCOMES = text("""
    UPDATE sweep SET value_date = heard.value_date, failure = heard.reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:dates AS date[]), CAST(:reasons AS text[]))
         AS heard (id, value_date, reason)
    WHERE sweep.tenant_id = :tenant AND sweep.id = heard.id AND sweep.state = ANY(:states)
    RETURNING sweep.id, sweep.proposal_id, sweep.wave, sweep.value_date, sweep.means, sweep.currency
""")


def note_outcomes(
    session: TenantSession, heard: Sequence[tuple[UUID, date, str | None]], states: Collection[SweepState]
) -> list[tuple[Wave, UUID]]:
    """Write value date and reason of the bank on the sweeps in these states; those, by what is booked together.

    A word that was heard before finds its sweep in another state, and changes nothing.
    """
    ids, dates, reasons = (list(column) for column in zip(*heard, strict=True))
    binds = {"tenant": session.tenant_id, "ids": ids, "dates": dates, "reasons": reasons}
    noted = session.execute(_NOTE_OUTCOMES, binds | {"states": [state.value for state in states]})
    collects = SweepMeans.DIRECT_DEBIT.value
    return [
        (Wave(proposal, wave, value_date, means == collects, currency), sweep_id)
        for sweep_id, proposal, wave, value_date, means, currency in noted
    ]


def _due(session: TenantSession, on: date, *states: SweepState) -> Select[Any]:
    """Sweeps of these states that are next: of that date, in the lowest wave of their proposal under way."""
    return _next_of(states).params(of(session, of_on=on))


@cache
def _next_of(states: tuple[SweepState, ...]) -> Select[Any]:
    under_way = (
        select(col(Sweep.proposal_id).label("proposal_id"), func.min(col(Sweep.wave)).label("wave"))
        .where(col(Sweep.tenant_id) == TENANT, col(Sweep.state).in_(UNDER_WAY))
        .group_by(col(Sweep.proposal_id))
        # Once, whatever the planner thinks of this morning's rows, which it has no statistics of yet.
        .cte("pool_waves")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    found: Select[Any] = (
        select(col(Sweep.id))
        .join(
            SweepProposal,
            (col(SweepProposal.tenant_id) == TENANT) & (col(SweepProposal.id) == col(Sweep.proposal_id)),
        )
        .join(under_way, (under_way.c.proposal_id == col(Sweep.proposal_id)) & (under_way.c.wave == col(Sweep.wave)))
        .where(
            col(Sweep.tenant_id) == TENANT,
            col(Sweep.state).in_(states),
            col(SweepProposal.business_date) == ON,
        )
    )
    return found


def next_wave(session: TenantSession, on: date) -> Select[Any]:
    """Ids of approved sweeps that go next."""
    return _due(session, on, SweepState.APPROVED)


def without_mandate(session: TenantSession, on: date, mandates: Select[UUID, UUID] | None) -> Select[Any]:
    """Ids of sweeps that go next by direct debit, whose account is not among those of the mandates."""
    collected = _due(session, on, *_NEXT).where(col(Sweep.means) == SweepMeans.DIRECT_DEBIT)
    if mandates is None:
        return collected
    known = mandates.subquery("mandates")
    return collected.where(~exists().where(known.c.account_id == col(Sweep.account_id)))


_COLLECTED = col(Sweep.means) == SweepMeans.DIRECT_DEBIT


def due_sweeps(session: TenantSession, on: date, mandates: Select[UUID, UUID] | None = None) -> Select[Any]:
    """What a sweep run of that date sends now, by the standard columns.

    Who pays sends it; where a branch's account is debited, the header collects it under the mandate of that account
    (`mandates`: account_id, mandate_id).

    A wave waits until the one before it has come to an end, because it may spend its money. Rows are locked for share:
    a sweep that is being released waits for the run, or the run for the release, and none is both.
    """
    direction = func.upper(cast(col(Sweep.direction), String))
    next_due = _due(session, on, SweepState.RESERVED)
    mandate: ColumnElement[Any] = cast(null(), Uuid)
    if mandates is not None:
        known = mandates.subquery("mandates")
        next_due = next_due.outerjoin(known, _COLLECTED & (known.c.account_id == col(Sweep.account_id)))
        mandate = known.c.mandate_id
    due: Select[Any] = next_due.with_only_columns(
        case((_COLLECTED, Direction.DEBIT.value), else_=Direction.CREDIT.value).label("direction"),
        literal(Purpose.SWEEP.value).label("purpose"),
        (literal("sweep:") + cast(col(Sweep.id), String)).label("obligation_key"),
        col(Sweep.amount_minor),
        col(Sweep.currency),
        case((_COLLECTED, PAYEE), else_=PAYER).label("own_account_id"),
        case((_COLLECTED, PAYER), else_=PAYEE).label("counter_account_id"),
        mandate.label("mandate_id"),
        col(Sweep.id).label("subject_id"),
        literal(on).label("due_on"),
        (literal("SWEEP ") + direction + literal(f" {on.isoformat()}")).label("remittance"),
    )
    return due.with_for_update(read=True, of=Sweep)


def count_due(session: TenantSession, on: date) -> int:
    """How many sweeps `due_sweeps` would give."""
    count: int = session.execute(_due(session, on, SweepState.RESERVED).with_only_columns(func.count())).scalar_one()
    return count


def due_from_headers(session: TenantSession, on: date) -> dict[UUID, list[tuple[UUID, int]]]:
    """Due down-legs by the header that sends them, in their order, with their amounts."""
    due = _due(session, on, *_NEXT).where(col(Sweep.direction) == SweepDirection.DOWN)
    rows = session.execute(
        due.with_only_columns(col(Sweep.parent_account_id), col(Sweep.id), col(Sweep.amount_minor)).order_by(
            col(Sweep.parent_account_id), col(Sweep.place)
        )
    )
    by_header: dict[UUID, list[tuple[UUID, int]]] = {}
    for header, sweep_id, amount in rows:
        by_header.setdefault(header, []).append((sweep_id, amount))
    return by_header


def floors_of(session: TenantSession, headers: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    """What each account keeps as a header of others, and its currency."""
    tops = select(
        col(PoolStructure.header_account_id), col(PoolStructure.floor_minor), col(PoolStructure.currency)
    ).where(
        col(PoolStructure.tenant_id) == session.tenant_id,
        col(PoolStructure.header_account_id) == any_(as_array(headers)),
    )
    between = (
        select(col(PoolMember.account_id), col(PoolMember.floor_minor), col(PoolStructure.currency))
        .join(
            PoolStructure,
            (col(PoolStructure.tenant_id) == session.tenant_id)
            & (col(PoolStructure.id) == col(PoolMember.structure_id)),
        )
        .where(col(PoolMember.tenant_id) == session.tenant_id, col(PoolMember.account_id) == any_(as_array(headers)))
    )
    rows = session.execute(tops.union_all(between))
    return {account: (floor, currency) for account, floor, currency in rows}
