"""Selects, locks and set operations over pools. Every statement names its tenant: workers have no wall."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    String,
    Uuid,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    text,
)
from sqlmodel import col

from domain.banking.states import AT_THE_BANK, Direction, Purpose
from domain.banking.tables import Instruction
from domain.platform.database import TenantSession
from domain.pooling.evaluation import Leg
from domain.pooling.rules import SweepDirection
from domain.pooling.states import UNDER_WAY, ProposalState, SweepState
from domain.pooling.tables import PoolMember, PoolStructure, Sweep, SweepProposal

PAYER = case((col(Sweep.direction) == SweepDirection.UP, col(Sweep.account_id)), else_=col(Sweep.parent_account_id))
PAYEE = case((col(Sweep.direction) == SweepDirection.UP, col(Sweep.parent_account_id)), else_=col(Sweep.account_id))


LEGS_PER_FETCH = 10_000  # of a stream from the database: memory stays flat


def as_array(ids: Sequence[UUID]) -> ColumnElement[Any]:
    """Ids as one bound array: a statement takes 65,535 parameters, a pool has 100,000 accounts."""
    return literal(list(ids), ARRAY(Uuid))


def lock_structure(session: TenantSession, structure_id: UUID) -> PoolStructure | None:
    """The pool, locked until commit: one evaluation at a time."""
    return session.execute(
        select(PoolStructure)
        .where(col(PoolStructure.tenant_id) == session.tenant_id, col(PoolStructure.id) == structure_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


MemberRow = Row[Any]  # the columns of PoolMember, without an object per branch


def members_of(session: TenantSession, structure_id: UUID) -> Sequence[MemberRow]:
    """The pool's members as plain rows, upper accounts first."""
    columns = [column for column in PoolMember.__table__.columns if column.name != "created_at"]  # type: ignore[attr-defined]
    return session.execute(
        select(*columns)
        .where(col(PoolMember.tenant_id) == session.tenant_id, col(PoolMember.structure_id) == structure_id)
        .order_by(col(PoolMember.place))
    ).all()


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """What sweeps under way will still change: sums to leave that no hold covers yet, and sums to come."""

    unheld: dict[UUID, int]
    incoming: dict[UUID, int]


def sweeps_on_the_way(session: TenantSession) -> OnTheWay:
    """Sweeps instructed and unsettled, by account.

    From submission on, the ledger holds the cash of a payer who sends it; until then, and where the header collects it,
    nothing but these rows stands for it.
    """
    held = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.subject_id) == col(Sweep.id),
        col(Instruction.purpose) == Purpose.SWEEP,
        col(Instruction.direction) == Direction.CREDIT,
        col(Instruction.state).in_(AT_THE_BANK),
    )
    live = (col(Sweep.tenant_id) == session.tenant_id, col(Sweep.state).in_(UNDER_WAY))
    amount = func.sum(col(Sweep.amount_minor))
    unheld = session.execute(select(PAYER, amount).where(*live, ~held).group_by(PAYER))
    incoming = session.execute(select(PAYEE, amount).where(*live).group_by(PAYEE))
    return OnTheWay(
        unheld={account: int(minor) for account, minor in unheld},
        incoming={account: int(minor) for account, minor in incoming},
    )


def find_proposal(session: TenantSession, structure_id: UUID, business_date: date, slot: str) -> SweepProposal | None:
    """The evaluation of that date and slot, if there was one."""
    return session.execute(
        select(SweepProposal).where(
            col(SweepProposal.tenant_id) == session.tenant_id,
            col(SweepProposal.structure_id) == structure_id,
            col(SweepProposal.business_date) == business_date,
            col(SweepProposal.slot) == slot,
        )
    ).scalar_one_or_none()


def lock_proposal(session: TenantSession, proposal_id: UUID) -> SweepProposal | None:
    """The proposal, locked until commit."""
    return session.execute(
        select(SweepProposal)
        .where(col(SweepProposal.tenant_id) == session.tenant_id, col(SweepProposal.id) == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def open_proposals(session: TenantSession, structure_id: UUID) -> list[UUID]:
    """Proposals of the pool that are neither superseded nor closed, locked until commit."""
    return list(
        session.scalars(
            select(col(SweepProposal.id))
            .where(
                col(SweepProposal.tenant_id) == session.tenant_id,
                col(SweepProposal.structure_id) == structure_id,
                col(SweepProposal.state).in_([ProposalState.PROPOSED, ProposalState.APPROVED]),
            )
            .order_by(col(SweepProposal.id))
            .with_for_update()
        )
    )


_TOTAL = text("""
    SELECT coalesce(sum(amount_minor) FILTER (WHERE direction = 'up'), 0)::bigint AS up_minor,
           coalesce(sum(amount_minor) FILTER (WHERE direction = 'down'), 0)::bigint AS down_minor,
           coalesce(sum(CASE direction WHEN 'up' THEN amount_minor ELSE -amount_minor END)
                    FILTER (WHERE parent_account_id = :header), 0)::bigint AS gained,
           count(*) FILTER (WHERE amount_minor > 0) AS sweep_count,
           count(*) FILTER (WHERE amount_minor = 0) AS skip_count
    FROM sweep WHERE tenant_id = :tenant AND proposal_id = :proposal
""")


def total(session: TenantSession, proposal: SweepProposal, header: UUID) -> None:
    """Put down on the proposal what its sweeps come to as they stand."""
    binds = {"tenant": session.tenant_id, "proposal": proposal.id, "header": header}
    sums = session.execute(_TOTAL, binds).one()
    proposal.up_minor, proposal.down_minor = sums.up_minor, sums.down_minor
    proposal.header_after_minor = proposal.header_before_minor + sums.gained
    proposal.sweep_count, proposal.skip_count = sums.sweep_count, sums.skip_count


def legs_of(session: TenantSession, proposal_id: UUID) -> list[Leg]:
    """The legs as they stand in the rows, in their order."""
    return list(stream_legs(session, proposal_id))


def stream_legs(session: TenantSession, proposal_id: UUID) -> Iterator[Leg]:
    """The same one after the other: what a digest is taken of, whatever their number."""
    rows = session.execute(
        select(
            cast(col(Sweep.account_id), String),
            cast(col(Sweep.parent_account_id), String),
            col(Sweep.direction),
            col(Sweep.wave),
            col(Sweep.raw_minor),
            col(Sweep.lot_amount_minor),
            col(Sweep.amount_minor),
            col(Sweep.skip_reason),
        )
        .where(col(Sweep.tenant_id) == session.tenant_id, col(Sweep.proposal_id) == proposal_id)
        .order_by(col(Sweep.place))
        .execution_options(yield_per=LEGS_PER_FETCH)
    )
    return (Leg(*row) for row in rows)


def sweeps_to_make(session: TenantSession, proposal_id: UUID) -> Select[Any]:
    """Ids of the proposal's sweeps that wait for its approval."""
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id,
        col(Sweep.proposal_id) == proposal_id,
        col(Sweep.state) == SweepState.PROPOSED,
    )
