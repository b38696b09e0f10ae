"""What people change of a proposal before it is approved: amounts lowered, sweeps dropped, each with its reason.

The result is sealed anew and put before a person who changed nothing: approval is of exactly what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, select, text
from sqlmodel import col

from domain import approvals, audit
from domain.approvals.errors import DigestChanged
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move_all
from domain.pooling import execution, queries, structures
from domain.pooling.errors import BeyondTheRule, EditLeavesAccountShort, OutsideTheLimits, SweepNotInProposal
from domain.pooling.evaluation import Account, Leg, least_of, seal, shortfall
from domain.pooling.positions import pool_accounts
from domain.pooling.rules import SkipReason, SweepDirection
from domain.pooling.service import PREFIX, SUBJECT, lock_proposal
from domain.pooling.states import ProposalState, SweepState
from domain.pooling.tables import PoolMember, Sweep, SweepProposal
from domain.values.actor import Actor
from domain.values.money import Money
from domain.values.states import check_transition

SWEEP = "swp"


@dataclass(frozen=True, slots=True)
class SweepEdit:
    """What becomes of one proposed sweep: a lower amount, or nothing at all."""

    sweep_id: UUID
    amount: Money | None
    reason: str


def edit_proposal(
    session: TenantSession,
    *,
    proposal_id: UUID,
    digest: str,
    edits: Sequence[SweepEdit],
    actor: Actor,
    clock: Clock,
) -> SweepProposal:
    """Lower or drop sweeps of the proposal whose digest was seen; what is left waits for another person.

    Raises NotFound, DigestChanged, IllegalTransition, SweepNotInProposal, BeyondTheRule, OutsideTheLimits,
    EditLeavesAccountShort.
    """
    proposal = lock_proposal(session, proposal_id)
    check_transition(proposal.ENTITY, proposal.TRANSITIONS, proposal.state, ProposalState.APPROVED)
    if proposal.digest != digest:
        raise DigestChanged(kind=SUBJECT, proposed=proposal.digest, current=digest)
    execution.check_unaltered(session, proposal)
    _check(session, proposal, edits)
    _write(session, edits, actor=actor, clock=clock)
    legs = queries.legs_of(session, proposal.id)
    structure = structures.lock_structure(session, proposal.structure_id)
    _check_cover(pool_accounts(session, structure), legs, proposal.currency)
    _reseal(session, proposal, legs, structure.header_account_id, actor=actor, clock=clock)
    return proposal


def _check(session: TenantSession, proposal: SweepProposal, edits: Sequence[SweepEdit]) -> None:
    rows = _proposed(session, proposal, [edit.sweep_id for edit in edits])
    if len({edit.sweep_id for edit in edits}) < len(edits):
        raise SweepNotInProposal(sweep="twice", proposal=public_id(PREFIX, proposal.id))
    for edit in edits:
        row = rows.get(edit.sweep_id)
        if row is None:
            raise SweepNotInProposal(sweep=public_id(SWEEP, edit.sweep_id), proposal=public_id(PREFIX, proposal.id))
        if edit.amount is not None:
            _check_amount(edit.amount, row, proposal.currency)


def _check_amount(amount: Money, row: Any, currency: str) -> None:  # noqa: ANN401 - a row of the sweep and its member
    rule = Money.from_minor(row.rule_minor, currency)
    if not Money.zero(currency) < amount < rule:
        raise BeyondTheRule(amount=amount, rule=rule)
    if amount.minor % row.lot_minor or amount.minor < row.minimum_minor:
        lot, minimum = (Money.from_minor(minor, currency) for minor in (row.lot_minor, row.minimum_minor))
        raise OutsideTheLimits(amount=amount, lot=lot, minimum=minimum)


def _proposed(session: TenantSession, proposal: SweepProposal, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    found = session.execute(
        select(col(Sweep.id), col(Sweep.rule_minor), col(PoolMember.lot_minor), col(PoolMember.minimum_minor))
        .join(
            PoolMember,
            (col(PoolMember.tenant_id) == session.tenant_id) & (col(PoolMember.account_id) == col(Sweep.account_id)),
        )
        .where(
            col(Sweep.tenant_id) == session.tenant_id,
            col(Sweep.proposal_id) == proposal.id,
            col(Sweep.state) == SweepState.PROPOSED,
            col(Sweep.id) == any_(queries.as_array(ids)),
        )
    )
    return {row.id: row for row in found}


_LOWER = text("""
    UPDATE sweep SET amount_minor = edit.amount, edited_by = :by, edit_reason = edit.reason,
                     skip_reason = CASE WHEN edit.amount = 0 THEN :dropped END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:amounts AS bigint[]), CAST(:reasons AS text[]))
         AS edit (id, amount, reason)
    WHERE sweep.tenant_id = :tenant AND sweep.id = edit.id
""")


def _write(session: TenantSession, edits: Sequence[SweepEdit], *, actor: Actor, clock: Clock) -> None:
    binds = {
        "tenant": session.tenant_id,
        "by": str(actor),
        "dropped": SkipReason.DROPPED.value,
        "ids": [edit.sweep_id for edit in edits],
        "amounts": [edit.amount.minor if edit.amount else 0 for edit in edits],
        "reasons": [edit.reason for edit in edits],
    }
    session.execute(_LOWER, binds)
    dropped = [edit.sweep_id for edit in edits if edit.amount is None]
    if dropped:
        move_all(session, Sweep, dropped, SweepState.SKIPPED, actor=actor, clock=clock, reason="dropped by a person")
    session.expire_all()


def _check_cover(accounts: Sequence[Account], legs: Sequence[Leg], currency: str) -> None:
    short = shortfall(accounts, legs)
    if short is None:
        return
    payer, balance = short
    direction = SweepDirection.UP if payer.parent is not None else SweepDirection.DOWN
    floor = min(payer.floor, least_of(payer, direction))
    raise EditLeavesAccountShort(
        account=public_id("acc", UUID(payer.key)),
        balance=Money.from_minor(balance, currency),
        floor=Money.from_minor(floor, currency),
    )


def _reseal(
    session: TenantSession, proposal: SweepProposal, legs: Sequence[Leg], header: UUID, *, actor: Actor, clock: Clock
) -> None:
    queries.total(session, proposal, header)
    proposal.digest = seal(proposal.heading, legs)
    session.flush()
    approvals.propose(session, kind=SUBJECT, subject_id=proposal.id, digest=proposal.digest, actor=actor, clock=clock)
    facts: dict[str, object] = {"digest": proposal.digest, "sweeps": proposal.sweep_count}
    subject = public_id(PREFIX, proposal.id)
    audit.record(session, actor=actor, action="sweep_proposal.edited", subject=subject, facts=facts, clock=clock)
