"""Deciding on sweeps: evaluate a pool, approve or reject what was proposed. `execution` carries it out."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain import approvals
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.pooling import evaluating, execution, queries, structures
from domain.pooling.evaluation import seal
from domain.pooling.positions import positions
from domain.pooling.states import ProposalState, SweepState
from domain.pooling.tables import PoolStructure, Sweep, SweepProposal
from domain.values.actor import Actor
from domain.values.errors import NotFound

PREFIX = "prp"
SUBJECT = "sweep_proposal"


def evaluate_pool(
    session: TenantSession, *, structure_id: UUID, business_date: date, slot: str, actor: Actor, clock: Clock
) -> SweepProposal:
    """Propose the sweeps of one pool for a date and slot.

    Evaluated before, it returns that proposal: a second run is not a no-op once a cap has bitten. Earlier proposals of
    the pool that were not sent are let go. Raises NotFound.
    """
    structure = structures.lock_structure(session, structure_id)
    known = queries.find_proposal(session, structure_id, business_date, slot)
    if known is not None:
        return known
    structures.bring_into_force(session, structure, business_date, clock=clock)
    _let_go_of_earlier(session, structure, actor=actor, clock=clock)
    proposal = _open(session, structure, _Occasion(business_date, slot, actor, clock))
    evaluating.write_sweeps(session, structure, proposal, queries.sweeps_on_the_way(session), now=clock.now())
    queries.total(session, proposal, structure.header_account_id)
    proposal.digest = seal(proposal.heading, queries.stream_legs(session, proposal.id))
    session.flush()
    if structure.auto_approve:
        standing = f"standing approval of pool version {structure.version}"
        _approve(session, proposal, actor=actor, clock=clock, reason=standing)
    else:
        sealed = proposal.digest
        approvals.propose(session, kind=SUBJECT, subject_id=proposal.id, digest=sealed, actor=actor, clock=clock)
    facts = {"sweeps": proposal.sweep_count, "up": str(proposal.up), "down": str(proposal.down)}
    announce(session, "sweep.proposed", public_id(PREFIX, proposal.id), facts, clock=clock)
    return proposal


def _let_go_of_earlier(session: TenantSession, structure: PoolStructure, *, actor: Actor, clock: Clock) -> None:
    """Later balances make a later plan: what was proposed or approved before and not sent is not sent any more."""
    earlier = queries.open_proposals(session, structure.id)
    if not earlier:
        return
    execution.note_instructed(session, clock=clock)
    execution.release_unsent(session, earlier, reason="superseded by a later evaluation", actor=actor, clock=clock)
    move_all(session, SweepProposal, earlier, ProposalState.SUPERSEDED, actor=actor, clock=clock)
    execution.close_finished(session, actor=actor, clock=clock)


@dataclass(frozen=True, slots=True)
class _Occasion:
    """When and by whom a pool is evaluated."""

    business_date: date
    slot: str
    actor: Actor
    clock: Clock


def _open(session: TenantSession, structure: PoolStructure, occasion: _Occasion) -> SweepProposal:
    """A proposal that nothing is written under yet."""
    header = positions(session, [structure.header_account_id], structure.currency)[structure.header_account_id]
    proposal = SweepProposal(
        tenant_id=structure.tenant_id,
        created_at=occasion.clock.now(),
        structure_id=structure.id,
        structure_version=structure.version,
        business_date=occasion.business_date,
        slot=occasion.slot,
        state=ProposalState.PROPOSED,
        digest="",
        evaluated_by=str(occasion.actor),
        currency=structure.currency,
        header_before_minor=header.available_minor,
        header_after_minor=header.available_minor,
        up_minor=0,
        down_minor=0,
        sweep_count=0,
        skip_count=0,
    )
    session.add(proposal)
    session.flush()
    return proposal


def approve_proposal(
    session: TenantSession, *, proposal_id: UUID, digest: str, actor: Actor, clock: Clock
) -> SweepProposal:
    """Approve exactly the sweeps whose digest the approver saw; another person than the maker.

    Raises NotFound, SamePerson, DigestChanged, ProposalAltered, IllegalTransition.
    """
    proposal = lock_proposal(session, proposal_id)
    execution.check_unaltered(session, proposal)
    approvals.approve(session, kind=SUBJECT, subject_id=proposal_id, digest=digest, actor=actor, clock=clock)
    _approve(session, proposal, actor=actor, clock=clock, reason="")
    return proposal


def reject_proposal(
    session: TenantSession, *, proposal_id: UUID, digest: str, reason: str, actor: Actor, clock: Clock
) -> SweepProposal:
    """Refuse the sweeps: none of them is sent. Raises NotFound, DigestChanged, IllegalTransition."""
    proposal = lock_proposal(session, proposal_id)
    approvals.reject(
        session, kind=SUBJECT, subject_id=proposal_id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, proposal, ProposalState.REJECTED, actor=actor, clock=clock, reason=reason)
    execution.release_unsent(session, [proposal_id], reason=reason, actor=actor, clock=clock)
    return proposal


def lock_proposal(session: TenantSession, proposal_id: UUID) -> SweepProposal:
    """The proposal, locked until commit. Raises NotFound."""
    proposal = queries.lock_proposal(session, proposal_id)
    if proposal is None:
        raise NotFound(kind="sweep proposal", reference=public_id(PREFIX, proposal_id))
    return proposal


def _approve(session: TenantSession, proposal: SweepProposal, *, actor: Actor, clock: Clock, reason: str) -> None:
    move(session, proposal, ProposalState.APPROVED, actor=actor, clock=clock, reason=reason)
    sweeps = list(session.scalars(queries.sweeps_to_make(session, proposal.id)))
    move_all(session, Sweep, sweeps, SweepState.APPROVED, actor=actor, clock=clock, reason=reason)
