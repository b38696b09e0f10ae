"""Selects, locks and set operations over pools. Every statement names its tenant: workers have no wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Uuid,
    case,
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
from domain.platform.ids import uuid7
from domain.pooling.evaluation import Leg
from domain.pooling.rules import SweepDirection, SweepMeans, SweepMethod
from domain.pooling.states import UNDER_WAY, ProposalState, SweepState
from domain.pooling.tables import PoolMember, PoolStructure, Sweep, SweepProposal

PAYER = case((col(Sweep.direction) == SweepDirection.UP, col(Sweep.account_id)), else_=col(Sweep.parent_account_id))
PAYEE = case((col(Sweep.direction) == SweepDirection.UP, col(Sweep.parent_account_id)), else_=col(Sweep.account_id))


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


_INSERT_SWEEPS = text("""
    INSERT INTO sweep (tenant_id, id, created_at, proposal_id, place, account_id, parent_account_id, party_id, method,
                       direction, wave, available_minor, raw_minor, lot_amount_minor, rule_minor, amount_minor,
                       currency, means, skip_reason, state)
    SELECT :tenant, id, :now, :proposal, place, account, parent, party, method, direction, wave, available, raw, lot,
           amount, amount, :currency, means, skip, CASE WHEN skip IS NULL THEN 'proposed' ELSE 'skipped' END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:accounts AS uuid[]), CAST(:parents AS uuid[]), CAST(:parties AS uuid[]),
                CAST(:methods AS text[]), CAST(:directions AS text[]), CAST(:waves AS integer[]),
                CAST(:availables AS bigint[]), CAST(:raws AS bigint[]), CAST(:lots AS bigint[]),
                CAST(:amounts AS bigint[]), CAST(:means AS text[]), CAST(:skips AS text[])) WITH ORDINALITY
         AS leg (id, account, parent, party, method, direction, wave, available, raw, lot, amount, means, skip, place)
""")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep's row says of its account beside the leg itself."""

    party_id: UUID
    method: SweepMethod
    available: int
    means: SweepMeans

    def means_of(self, direction: SweepDirection) -> SweepMeans:
        """How the leg goes: a header pays by transfer, whatever mandate it collects under."""
        collects = self.means is SweepMeans.DIRECT_DEBIT
        return SweepMeans.CREDIT_TRANSFER if collects and direction is SweepDirection.DOWN else self.means


def insert_sweeps(
    session: TenantSession, proposal: SweepProposal, legs: Sequence[Leg], about: dict[str, Swept], now: datetime
) -> None:
    """Write the legs of a proposal by one statement, whatever their number."""
    if not legs:
        return
    session.execute(
        _INSERT_SWEEPS,
        {
            "tenant": session.tenant_id,
            "now": now,
            "proposal": proposal.id,
            "currency": proposal.currency,
            "ids": [uuid7() for _ in legs],
            "accounts": [UUID(leg.account) for leg in legs],
            "parents": [UUID(leg.parent) for leg in legs],
            "parties": [about[leg.account].party_id for leg in legs],
            "methods": [about[leg.account].method.value for leg in legs],
            "directions": [leg.direction.value for leg in legs],
            "waves": [leg.wave for leg in legs],
            "availables": [about[leg.account].available for leg in legs],
            "raws": [leg.raw for leg in legs],
            "lots": [leg.lot_amount for leg in legs],
            "amounts": [leg.amount for leg in legs],
            "means": [about[leg.account].means_of(leg.direction).value for leg in legs],
            "skips": [leg.skip.value if leg.skip else None for leg in legs],
        },
    )


def legs_of(session: TenantSession, proposal_id: UUID) -> list[Leg]:
    """The legs as they stand in the rows, in their order: what a digest is taken of again."""
    rows = session.execute(
        select(
            col(Sweep.account_id),
            col(Sweep.parent_account_id),
            col(Sweep.direction),
            col(Sweep.wave),
            col(Sweep.raw_minor),
            col(Sweep.lot_amount_minor),
            col(Sweep.amount_minor),
            col(Sweep.skip_reason),
        )
        .where(col(Sweep.tenant_id) == session.tenant_id, col(Sweep.proposal_id) == proposal_id)
        .order_by(col(Sweep.place))
    )
    return [Leg(str(account), str(parent), *figures) for account, parent, *figures in rows]


def sweeps_to_make(session: TenantSession, proposal_id: UUID) -> Select[Any]:
    """Ids of the proposal's sweeps that wait for its approval."""
    return select(col(Sweep.id)).where(
        col(Sweep.tenant_id) == session.tenant_id,
        col(Sweep.proposal_id) == proposal_id,
        col(Sweep.state) == SweepState.PROPOSED,
    )
