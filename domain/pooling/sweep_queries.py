"""Selects, locks and set operations over sweeps on their way. Every statement names its tenant."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    Uuid,
    any_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.banking.states import Direction, InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.platform.database import TenantSession
from domain.pooling.postings import SweepFacts
from domain.pooling.queries import PAYEE, PAYER, UNDER_WAY
from domain.pooling.rules import SweepDirection
from domain.pooling.states import ProposalState, SweepState
from domain.pooling.tables import PoolMember, PoolStructure, Sweep, SweepProposal
from domain.values.money import Money

_UNSENT = (SweepState.PROPOSED, SweepState.APPROVED)


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
    """Ids of approved sweeps that a run has gathered."""
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id, col(Sweep.state) == SweepState.APPROVED, _gathered(session)
    )


def taken_out(session: TenantSession) -> Select[Any]:
    """Ids of instructed sweeps whose instructions were all cancelled: somebody took them out of their run."""
    alive = _gathered(session, col(Instruction.state) != InstructionState.CANCELLED)
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id, col(Sweep.state) == SweepState.INSTRUCTED, ~alive
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


def sweep_facts(session: TenantSession, ids: Sequence[UUID]) -> list[SweepFacts]:
    """What entries say of these sweeps, in the order of their ids."""
    rows = session.execute(
        select(
            col(Sweep.id),
            col(Sweep.account_id),
            col(Sweep.parent_account_id),
            col(Sweep.party_id),
            col(Sweep.direction),
            col(Sweep.method),
            col(Sweep.currency),
            col(Sweep.available_minor),
            col(Sweep.raw_minor),
            col(Sweep.lot_amount_minor),
            col(Sweep.amount_minor),
        )
        .where(col(Sweep.tenant_id) == session.tenant_id, col(Sweep.id) == any_(literal(list(ids), ARRAY(Uuid))))
        .order_by(col(Sweep.id))
    )
    return [
        SweepFacts(
            id=row.id,
            account_id=row.account_id,
            parent_account_id=row.parent_account_id,
            party_id=row.party_id,
            direction=row.direction,
            method=row.method.value,
            available=Money.from_minor(row.available_minor, row.currency),
            raw=Money.from_minor(row.raw_minor, row.currency),
            lot_amount=Money.from_minor(row.lot_amount_minor, row.currency),
            amount=Money.from_minor(row.amount_minor, row.currency),
        )
        for row in rows
    ]


_NOTE_OUTCOMES = text("""
    UPDATE sweep SET value_date = heard.value_date, failure = heard.reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:dates AS date[]), CAST(:reasons AS text[]))
         AS heard (id, value_date, reason)
    WHERE sweep.tenant_id = :tenant AND sweep.id = heard.id
""")


def note_outcomes(session: TenantSession, heard: Sequence[tuple[UUID, date, str | None]]) -> None:
    """Write value date and reason of the bank on the sweeps, by one statement."""
    ids, dates, reasons = (list(column) for column in zip(*heard, strict=True))
    session.execute(_NOTE_OUTCOMES, {"tenant": session.tenant_id, "ids": ids, "dates": dates, "reasons": reasons})


def due_sweeps(session: TenantSession, on: date) -> Select[Any]:
    """What a sweep run of that date sends now, by the standard columns.

    A wave waits until the one before it has come to an end, because it may spend its money. Rows are locked for share:
    a sweep that is being released waits for the run, or the run for the release, and none is both.
    """
    before = aliased(Sweep)
    waiting = exists().where(
        col(before.tenant_id) == session.tenant_id,
        col(before.proposal_id) == col(Sweep.proposal_id),
        col(before.wave) < col(Sweep.wave),
        or_(col(before.state) == SweepState.APPROVED, col(before.state) == SweepState.INSTRUCTED),
    )
    due: Select[Any] = (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.SWEEP.value).label("purpose"),
            (literal("sweep:") + cast(col(Sweep.id), String)).label("obligation_key"),
            col(Sweep.amount_minor),
            col(Sweep.currency),
            PAYER.label("own_account_id"),
            PAYEE.label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(Sweep.id).label("subject_id"),
            literal(on).label("due_on"),
            (literal("SWEEP ") + func.upper(cast(col(Sweep.direction), String)) + literal(f" {on.isoformat()}")).label(
                "remittance"
            ),
        )
        .join(
            SweepProposal,
            (col(SweepProposal.tenant_id) == session.tenant_id) & (col(SweepProposal.id) == col(Sweep.proposal_id)),
        )
        .where(
            col(Sweep.tenant_id) == session.tenant_id,
            col(Sweep.state) == SweepState.APPROVED,
            col(SweepProposal.business_date) == on,
            ~waiting,
        )
        .with_for_update(read=True, of=Sweep)
    )
    return due


def count_due(session: TenantSession, on: date) -> int:
    """How many sweeps `due_sweeps` would give."""
    due = due_sweeps(session, on).with_only_columns(col(Sweep.id)).with_for_update(read=True, of=Sweep)
    return len(session.execute(due).all())


def paying_headers(session: TenantSession, on: date) -> list[tuple[UUID, int, str]]:
    """Accounts that would send due down-legs, with the floor each keeps as a header, and the currency."""
    due = due_sweeps(session, on).cte("due")
    structure, member = aliased(PoolStructure), aliased(PoolMember)
    floor = func.coalesce(col(structure.floor_minor), col(member.floor_minor))
    rows = session.execute(
        select(due.c.own_account_id, func.max(floor), func.max(due.c.currency))
        .join(Sweep, (col(Sweep.tenant_id) == session.tenant_id) & (col(Sweep.id) == due.c.subject_id))
        .join(
            structure,
            (col(structure.tenant_id) == session.tenant_id)
            & (col(structure.header_account_id) == due.c.own_account_id),
            isouter=True,
        )
        .join(
            member,
            (col(member.tenant_id) == session.tenant_id) & (col(member.account_id) == due.c.own_account_id),
            isouter=True,
        )
        .where(col(Sweep.direction) == SweepDirection.DOWN)
        .group_by(due.c.own_account_id)
    )
    return [(account, int(floor), currency) for account, floor, currency in rows]


def due_from(session: TenantSession, on: date, payer: UUID) -> list[tuple[UUID, int]]:
    """Due sweeps that leave one account, in their order, with their amounts."""
    due = (
        due_sweeps(session, on).where(literal(payer) == PAYER).with_only_columns(col(Sweep.id), col(Sweep.amount_minor))
    )
    return [(sweep_id, amount) for sweep_id, amount in session.execute(due.order_by(col(Sweep.place)))]
