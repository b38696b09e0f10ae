"""Changes by two people: one proposes what shall be, whole; another puts exactly that in force, or refuses it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from domain.approvals import service as approvals
from domain.approvals.errors import DigestChanged
from domain.financing import facilities, lenders, limits, references
from domain.financing.agents import policies, profiles
from domain.financing.agents.policies import NewPolicy
from domain.financing.agents.profiles import NewDays, NewJudgement
from domain.financing.agents.tables import Agent
from domain.financing.contracts import within
from domain.financing.errors import QuoteInFuture
from domain.financing.facilities import Amendment
from domain.financing.lenders import NewProfile
from domain.financing.limits import NewLimit
from domain.financing.states import ChangeKind, ChangeState
from domain.financing.tables import Facility, FinancingChange
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.listing import lock_row
from domain.platform.transitions import move
from domain.values.actor import Actor

APPROVAL = "financing_change"


@dataclass(frozen=True, slots=True)
class NewRate:
    """A quote of a reference, with where it was read."""

    name: str
    effective_on: date
    rate: Decimal
    citation: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A line that shall lend again, or never again, and the version that was looked at."""

    version: int


Proposal = Amendment | Standing | NewLimit | NewRate | NewProfile | NewPolicy | NewDays | NewJudgement
Apply = Callable[[TenantSession, FinancingChange, Any, Actor, Clock], None]


def propose_amendment(
    session: TenantSession, facility: Facility, amendment: Amendment, *, actor: Actor, clock: Clock
) -> FinancingChange:
    """The lender's maker proposes another version of a line. Raises RateOutOfRange, NoReferenceRate."""
    facilities.check_new(session, amendment.facility, clock)
    return _propose(session, ChangeKind.AMEND_FACILITY, amendment, facility=facility, actor=actor, clock=clock)


def propose_standing(
    session: TenantSession, facility: Facility, kind: ChangeKind, *, reason: str, actor: Actor, clock: Clock
) -> FinancingChange:
    """The lender's maker proposes to resume a line, or to close it."""
    standing = Standing(facility.version)
    return _propose(session, kind, standing, facility=facility, reason=reason, actor=actor, clock=clock)


def propose_limit(session: TenantSession, new: NewLimit, *, actor: Actor, clock: Clock) -> FinancingChange:
    """Propose a limit: a lender's own, or the group's where the scope names no lender."""
    lender_id = new.scope.lender_id
    return _propose(session, ChangeKind.SET_LIMIT, new, lender_id=lender_id, actor=actor, clock=clock)


def propose_rate(session: TenantSession, new: NewRate, *, actor: Actor, clock: Clock) -> FinancingChange:
    """Propose a quote of a reference. Raises RateOutOfRange, QuoteInFuture."""
    within("rate", new.rate, Decimal(0), Decimal("0.36"))
    if new.effective_on > clock.today():
        raise QuoteInFuture(effective_on=new.effective_on, today=clock.today())
    return _propose(session, ChangeKind.REFERENCE_RATE, new, actor=actor, clock=clock)


def propose_profile(session: TenantSession, new: NewProfile, *, actor: Actor, clock: Clock) -> FinancingChange:
    """Propose what is to be known of a lender. The group's affair: a lender does not license itself."""
    return _propose(session, ChangeKind.LENDER_PROFILE, new, actor=actor, clock=clock)


def propose_policy(session: TenantSession, new: NewPolicy, *, actor: Actor, clock: Clock) -> FinancingChange:
    """Propose how agents are to be measured from a date on. Raises PolicyBackdated, PolicyOutOfRange."""
    policies.check_policy(session, new, clock=clock)
    return _propose(session, ChangeKind.AGENT_POLICY, new, actor=actor, clock=clock)


def propose_days(
    session: TenantSession, agent: Agent, reporting_days: int, remittance_days: int, *, actor: Actor, clock: Clock
) -> FinancingChange:
    """Propose how an agent is to settle from its open period on; capacity follows once it is approved (R21)."""
    new = NewDays(agent.id, reporting_days, remittance_days, agent.reporting_days, agent.remittance_days)
    return _propose(session, ChangeKind.AGENT_DAYS, new, actor=actor, clock=clock)


def propose_judgement(
    session: TenantSession, agent: Agent, *, passes: bool | None, reason: str, actor: Actor, clock: Clock
) -> FinancingChange:
    """Propose to judge an agent's payment history by hand, or to let what happened speak again (R25)."""
    new = NewJudgement(agent.id, passes, reason, agent.history_override)
    return _propose(session, ChangeKind.AGENT_HISTORY, new, reason=reason, actor=actor, clock=clock)


def _propose(
    session: TenantSession,
    kind: ChangeKind,
    proposed: Proposal,
    *,
    facility: Facility | None = None,
    lender_id: UUID | None = None,
    reason: str = "",
    actor: Actor,
    clock: Clock,
) -> FinancingChange:
    change = FinancingChange(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        kind=kind,
        lender_id=facility.lender_id if facility else lender_id,
        facility_id=facility.id if facility else None,
        proposed=msgspec.to_builtins(proposed, str_keys=True),
        state=ChangeState.PROPOSED,
        made_by=str(actor),
        reason=reason,
    )
    session.add(change)
    session.flush()
    # As the database keeps it: the digest is made of what the checker reads.
    session.refresh(change)
    approvals.propose(session, kind=APPROVAL, subject_id=change.id, digest=digest_of(change), actor=actor, clock=clock)
    return change


def digest_of(change: FinancingChange) -> str:
    """What exactly is proposed, as SHA-256 in hex."""
    facts = (change.kind.value, str(change.lender_id), str(change.facility_id))
    return sha256(
        b"\n".join([*map(str.encode, facts), msgspec.json.encode(change.proposed, order="sorted")])
    ).hexdigest()


def approve_change(
    session: TenantSession, change_id: UUID, *, digest: str, actor: Actor, clock: Clock
) -> FinancingChange:
    """The second person puts in force exactly what the digest stands for.

    Raises NotFound, SamePerson, DigestChanged, AlreadyDecided, FacilityChangedSince, AgentChangedSince,
    PolicyBackdated.
    """
    change = _decided(session, change_id, digest)
    approvals.approve(session, kind=APPROVAL, subject_id=change_id, digest=digest, actor=actor, clock=clock)
    kind, apply = _APPLIED[change.kind]
    apply(session, change, msgspec.convert(change.proposed, kind, str_keys=True, strict=False), actor, clock)
    move(session, change, ChangeState.APPLIED, actor=actor, clock=clock)
    session.flush()
    return change


def refuse_change(
    session: TenantSession, change_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> FinancingChange:
    """The second person says no; the maker may take back what it proposed. Raises NotFound, AlreadyDecided."""
    change = _decided(session, change_id, digest)
    approvals.reject(
        session, kind=APPROVAL, subject_id=change_id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, change, ChangeState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return change


def find_change(session: TenantSession, change_id: UUID) -> FinancingChange:
    """The change, locked until commit: two checkers decide one after the other. Raises NotFound."""
    return lock_row(session, FinancingChange, change_id, kind="change", reference=change_id)


def _decided(session: TenantSession, change_id: UUID, digest: str) -> FinancingChange:
    change = find_change(session, change_id)
    current = digest_of(change)
    if current != digest:
        raise DigestChanged(kind=APPROVAL, proposed=digest, current=current)
    return change


def _amend(session: TenantSession, change: FinancingChange, new: Amendment, actor: Actor, clock: Clock) -> None:
    facilities.amend_facility(session, _facility(change), new, actor=actor, clock=clock)


def _resume(session: TenantSession, change: FinancingChange, seen: Standing, actor: Actor, clock: Clock) -> None:
    facilities.resume_facility(session, _facility(change), seen.version, actor=actor, clock=clock)


def _close(session: TenantSession, change: FinancingChange, seen: Standing, actor: Actor, clock: Clock) -> None:
    facilities.close_facility(session, _facility(change), seen.version, actor=actor, clock=clock)


def _limit(session: TenantSession, _: FinancingChange, new: NewLimit, actor: Actor, clock: Clock) -> None:
    limits.set_limit(session, new, actor=actor, clock=clock)


def _rate(session: TenantSession, _: FinancingChange, new: NewRate, actor: Actor, clock: Clock) -> None:
    references.record_rate(session, new.name, new.effective_on, new.rate, new.citation, actor=actor, clock=clock)


def _profile(session: TenantSession, _: FinancingChange, new: NewProfile, actor: Actor, clock: Clock) -> None:
    lenders.keep_profile(session, new, actor=actor, clock=clock)


def _policy(session: TenantSession, _: FinancingChange, new: NewPolicy, actor: Actor, clock: Clock) -> None:
    policies.set_policy(session, new, actor=actor, clock=clock)


def _days(session: TenantSession, _: FinancingChange, new: NewDays, actor: Actor, clock: Clock) -> None:
    profiles.change_days(session, new, actor=actor, clock=clock)


def _judgement(session: TenantSession, _: FinancingChange, new: NewJudgement, actor: Actor, clock: Clock) -> None:
    profiles.override_history(session, new, actor=actor, clock=clock)


def _facility(change: FinancingChange) -> UUID:
    assert change.facility_id is not None, "a change of a facility names it"
    return change.facility_id


_APPLIED: Mapping[ChangeKind, tuple[type[Any], Apply]] = {
    ChangeKind.AMEND_FACILITY: (Amendment, _amend),
    ChangeKind.RESUME_FACILITY: (Standing, _resume),
    ChangeKind.CLOSE_FACILITY: (Standing, _close),
    ChangeKind.SET_LIMIT: (NewLimit, _limit),
    ChangeKind.REFERENCE_RATE: (NewRate, _rate),
    ChangeKind.LENDER_PROFILE: (NewProfile, _profile),
    ChangeKind.AGENT_POLICY: (NewPolicy, _policy),
    ChangeKind.AGENT_DAYS: (NewDays, _days),
    ChangeKind.AGENT_HISTORY: (NewJudgement, _judgement),
}
