"""A new paper in the place of a mandate: proposed by one, approved by another, because it may name another account."""

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from domain import audit
from domain.approvals import service as approvals
from domain.collection.mandates import NewMandate, check_each, insert_mandates
from domain.collection.queries import PREFIX, find_mandate
from domain.collection.states import COLLECTIBLE, PRESENTABLE, DueState, MandateState, PlanState
from domain.collection.tables import Due, Mandate, Plan
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.states import check_transition

APPROVAL = "mandate_replacement"
_TO_COME = (*COLLECTIBLE, *PRESENTABLE, DueState.PLANNED)


def in_place_of(old: Mandate, new: NewMandate) -> NewMandate:
    """The new paper with what it shares with the old one: whose it is, for what, and in which currency."""
    return replace(new, party_id=old.party_id, currency=old.currency, purpose=old.purpose)


def propose_replacement(
    session: TenantSession, mandate_id: UUID, new: NewMandate, *, actor: Actor, clock: Clock
) -> str:
    """Put a new paper before a second person; until then the old one stands. Returns the digest to approve.

    Raises NotFound, IllegalTransition, AccountNotOfParty, MandateEndsBeforeSigned.
    """
    old = find_mandate(session, mandate_id)
    check_transition(Mandate.ENTITY, Mandate.TRANSITIONS, old.state, MandateState.REPLACED)
    check_each(session, [new])
    digest = digest_of(old, new)
    approvals.propose(session, kind=APPROVAL, subject_id=old.id, digest=digest, actor=actor, clock=clock)
    return digest


def approve_replacement(
    session: TenantSession, mandate_id: UUID, new: NewMandate, *, actor: Actor, clock: Clock
) -> Mandate:
    """Put exactly the proposed paper in force; plans and dues to come are debited under it. Returns the new mandate.

    Raises NotFound, SamePerson, DigestChanged, NothingProposed, AlreadyDecided, IllegalTransition, MandateExists.
    """
    old = find_mandate(session, mandate_id)
    digest = digest_of(old, new)
    approvals.approve(session, kind=APPROVAL, subject_id=old.id, digest=digest, actor=actor, clock=clock)
    check_each(session, [new])
    move(session, old, MandateState.REPLACED, actor=actor, clock=clock, reason=new.reference)
    insert_mandates(session, [new], MandateState.ACTIVE, actor=actor, clock=clock)
    mandate = find_mandate(session, new.id)
    mandate.replaces_id = old.id
    _hand_over(session, old.id, new.id)
    deed = audit.Deed("mandate.replaced", old.public_id, {"by": public_id(PREFIX, new.id), "reference": new.reference})
    audit.record_all(session, [deed], actor=actor, clock=clock)
    return mandate


def refuse_replacement(
    session: TenantSession, mandate_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> Mandate:
    """Leave the old paper in force. Raises NotFound, NothingProposed, DigestChanged, AlreadyDecided."""
    old = find_mandate(session, mandate_id)
    approvals.reject(session, kind=APPROVAL, subject_id=old.id, digest=digest, reason=reason, actor=actor, clock=clock)
    return old


def digest_of(old: Mandate, new: NewMandate) -> str:
    """SHA-256 over what is decided: which mandate, in which version, and everything the new paper says."""
    facts = (old.id, old.version, replace(new, id=old.id))
    return sha256(repr(facts).encode()).hexdigest()


def _hand_over(session: TenantSession, old_id: UUID, new_id: UUID) -> None:
    session.flush()
    _point(session, Plan, old_id, new_id, col(Plan.state) != PlanState.ENDED)
    _point(session, Due, old_id, new_id, col(Due.state).in_(_TO_COME))
    session.expire_all()


def _point(session: TenantSession, table: Any, old_id: UUID, new_id: UUID, still: Any) -> None:  # noqa: ANN401
    session.execute(
        update(table)
        .where(col(table.tenant_id) == session.tenant_id, col(table.mandate_id) == old_id, still)
        .values(mandate_id=new_id)
        .execution_options(synchronize_session=False)
    )
