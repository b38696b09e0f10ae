"""Proposing, approving, rejecting; singly or by the thousand, in the same few statements.

A digest (SHA-256 in hex, made by whoever owns the subject over all that matters) says what exactly is decided. What is
carried out afterwards asks `require_approved` with the digest of what it is about to do.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from domain import audit
from domain.access.rules import check_two_people
from domain.approvals import queries
from domain.approvals.errors import AlreadyDecided, DigestChanged, NotApproved, NothingProposed
from domain.approvals.states import ApprovalState
from domain.approvals.tables import Approval
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.transitions import move
from domain.values.actor import Actor

Digests = Mapping[UUID, str]  # subject id → digest of what is proposed or decided


def propose(
    session: TenantSession, *, kind: str, subject_id: UUID, digest: str, actor: Actor, clock: Clock
) -> Approval:
    """Put one subject before a second person. Raises AlreadyDecided."""
    return propose_all(session, kind=kind, digests={subject_id: digest}, actor=actor, clock=clock)[0]


def propose_all(session: TenantSession, *, kind: str, digests: Digests, actor: Actor, clock: Clock) -> list[Approval]:
    """Put many subjects before a second person.

    The same digest by the same maker again changes nothing; another digest supersedes what was proposed or approved
    before. Raises AlreadyDecided when exactly this is approved.
    """
    latest = queries.lock_latest(session, kind, list(digests))
    kept: list[Approval] = []
    fresh: dict[UUID, str] = {}
    for subject_id, digest in digests.items():
        current = latest.get(subject_id)
        if current is not None and current.state is ApprovalState.APPROVED and current.digest == digest:
            raise AlreadyDecided(kind=kind, state=current.state.value, decided_by=current.decided_by or "")
        if current is not None and _repeats(current, digest, actor):
            kept.append(current)
            continue
        if current is not None and current.state in {ApprovalState.PROPOSED, ApprovalState.APPROVED}:
            move(session, current, ApprovalState.SUPERSEDED, actor=actor, clock=clock, reason="proposed anew")
        fresh[subject_id] = digest
    session.flush()
    return kept + _insert(session, kind, fresh, actor, clock)


def _repeats(current: Approval, digest: str, actor: Actor) -> bool:
    return current.state is ApprovalState.PROPOSED and current.digest == digest and current.made_by == str(actor)


def _insert(session: TenantSession, kind: str, fresh: Digests, actor: Actor, clock: Clock) -> list[Approval]:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "subject_kind": kind,
            "subject_id": subject_id,
            "digest": digest,
            "state": ApprovalState.PROPOSED,
            "made_by": str(actor),
        }
        for subject_id, digest in fresh.items()
    ]
    if not rows:
        return []
    added = list(session.scalars(insert(Approval).on_conflict_do_nothing().returning(Approval), rows))
    if len(added) < len(rows):
        # Somebody proposed the same subject at the same moment; theirs stands, and it is theirs that gets decided.
        raise AlreadyDecided(kind=kind, state=ApprovalState.PROPOSED.value, decided_by="another maker")
    _audit(session, "proposed", added, actor, clock)
    return added


def approve(
    session: TenantSession, *, kind: str, subject_id: UUID, digest: str, actor: Actor, clock: Clock
) -> Approval:
    """Say yes to exactly this digest. Raises NothingProposed, AlreadyDecided, DigestChanged, SamePerson."""
    return approve_all(session, kind=kind, digests={subject_id: digest}, actor=actor, clock=clock)[0]


def approve_all(session: TenantSession, *, kind: str, digests: Digests, actor: Actor, clock: Clock) -> list[Approval]:
    """Say yes to many at once, to all of them or to none."""
    return _decide(session, kind, digests, ApprovalState.APPROVED, actor=actor, clock=clock, reason="")


def reject(
    session: TenantSession, *, kind: str, subject_id: UUID, digest: str, reason: str, actor: Actor, clock: Clock
) -> Approval:
    """Say no to exactly this digest, and why; the maker may also withdraw it."""
    return _decide(
        session, kind, {subject_id: digest}, ApprovalState.REJECTED, actor=actor, clock=clock, reason=reason
    )[0]


def _decide(
    session: TenantSession, kind: str, digests: Digests, to: ApprovalState, *, actor: Actor, clock: Clock, reason: str
) -> list[Approval]:
    latest = queries.lock_latest(session, kind, list(digests))
    found = [_decidable(latest.get(subject_id), kind, subject_id, digest) for subject_id, digest in digests.items()]
    if to is ApprovalState.APPROVED:
        for approval in found:
            check_two_people(approval.made_by, actor)
    for approval in found:
        approval.decided_by, approval.decided_at = str(actor), clock.now()
        # Row by row, though by one flush: `move_all` would make the caller read again all it holds.
        move(session, approval, to, actor=actor, clock=clock, reason=reason)
    session.flush()
    _audit(session, to.value, found, actor, clock, reason=reason)
    return found


def _decidable(found: Approval | None, kind: str, subject_id: UUID, digest: str) -> Approval:
    if found is None:
        raise NothingProposed(kind=kind, subject_id=subject_id)
    if found.state is not ApprovalState.PROPOSED:
        raise AlreadyDecided(kind=kind, state=found.state.value, decided_by=found.decided_by or "")
    if found.digest != digest:
        raise DigestChanged(kind=kind, proposed=found.digest, current=digest)
    return found


def require_approved(session: TenantSession, kind: str, subject_id: UUID, digest: str) -> Approval:
    """The approval of exactly this digest, locked until commit. Raises NotApproved, DigestChanged."""
    return require_all_approved(session, kind, {subject_id: digest})[0]


def require_all_approved(session: TenantSession, kind: str, digests: Digests) -> list[Approval]:
    """The approvals of exactly these digests, locked until commit: nobody supersedes what is being carried out."""
    latest = queries.lock_latest(session, kind, list(digests))
    found: list[Approval] = []
    for subject_id, digest in digests.items():
        approval = latest.get(subject_id)
        if approval is None or approval.state is not ApprovalState.APPROVED:
            raise NotApproved(kind=kind, subject_id=subject_id)
        if approval.digest != digest:
            raise DigestChanged(kind=kind, proposed=approval.digest, current=digest)
        found.append(approval)
    return found


def _audit(
    session: TenantSession, what: str, approvals: list[Approval], actor: Actor, clock: Clock, *, reason: str = ""
) -> None:
    why = {"reason": reason} if reason else {}
    deeds = [
        audit.Deed(
            f"approval.{what}", f"{approval.subject_kind}:{approval.subject_id}", {"digest": approval.digest, **why}
        )
        for approval in approvals
    ]
    audit.record_all(session, deeds, actor=actor, clock=clock)
