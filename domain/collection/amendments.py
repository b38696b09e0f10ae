"""Changing a mandate's terms: proposed by one, approved by another, a version of its own from then on."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.collection.errors import AccountNotOfParty, MandateEndsBeforeSigned
from domain.collection.mandates import MandateLimits, columns_of, version_row
from domain.collection.queries import find_mandate
from domain.collection.states import MandateState
from domain.collection.tables import Mandate, MandateVersion
from domain.parties.queries import account
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move
from domain.values.actor import Actor

APPROVAL = "mandate_amendment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """New terms of a mandate, as its payer signed them; what is not named stays as it is given here, whole."""

    account_id: UUID
    ends_on: date | None
    limits: MandateLimits
    evidence_digest: bytes
    evidence_reference: str = ""

    def digest(self, mandate: Mandate) -> str:
        """SHA-256 over what is decided: which mandate, which version it follows, and every new term."""
        facts = (
            f"{mandate.id}|{mandate.version}|{self.account_id}|{self.ends_on}|{self.limits}|{self.evidence_digest!r}"
        )
        return sha256(facts.encode()).hexdigest()


def propose_amendment(
    session: TenantSession, mandate_id: UUID, amendment: Amendment, *, actor: Actor, clock: Clock
) -> str:
    """Stop debiting under the mandate until a second person has looked; returns the digest to approve.

    Raises NotFound, IllegalTransition, AccountNotOfParty, MandateEndsBeforeSigned.
    """
    mandate = find_mandate(session, mandate_id)
    _check(session, mandate, amendment)
    move(session, mandate, MandateState.AMENDING, actor=actor, clock=clock, reason=amendment.evidence_reference)
    session.flush()
    digest = amendment.digest(mandate)
    approvals.propose(session, kind=APPROVAL, subject_id=mandate.id, digest=digest, actor=actor, clock=clock)
    return digest


def approve_amendment(
    session: TenantSession, mandate_id: UUID, amendment: Amendment, *, actor: Actor, clock: Clock
) -> Mandate:
    """Put the proposed terms in force as the next version. Raises SamePerson, DigestChanged, NothingProposed."""
    mandate = find_mandate(session, mandate_id)
    digest = amendment.digest(mandate)
    approvals.approve(session, kind=APPROVAL, subject_id=mandate.id, digest=digest, actor=actor, clock=clock)
    mandate.account_id, mandate.ends_on = amendment.account_id, amendment.ends_on
    limits = amendment.limits
    mandate.max_amount_minor, mandate.max_total_minor = limits.max_amount_minor, limits.max_total_minor
    mandate.cycle, mandate.max_per_cycle = limits.cycle, limits.max_per_cycle
    mandate.version += 1
    move(session, mandate, MandateState.ACTIVE, actor=actor, clock=clock, reason=f"version {mandate.version}")
    session.flush()
    evidence = amendment.evidence_digest, amendment.evidence_reference
    row = version_row(columns_of(mandate), evidence=evidence, actor=actor, clock=clock)
    session.execute(insert(MandateVersion), [row])
    return mandate


def withdraw_amendment(
    session: TenantSession, mandate_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> Mandate:
    """Leave the terms as they are; the mandate is debited under again."""
    mandate = find_mandate(session, mandate_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=mandate.id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, mandate, MandateState.ACTIVE, actor=actor, clock=clock, reason=reason)
    return mandate


def versions_of(session: TenantSession, mandate_id: UUID) -> list[MandateVersion]:
    """Every version of the mandate's terms, the first one first."""
    return list(
        session.exec(
            select(MandateVersion)
            .where(MandateVersion.tenant_id == session.tenant_id, MandateVersion.mandate_id == mandate_id)
            .order_by(col(MandateVersion.version))
        )
    )


def _check(session: TenantSession, mandate: Mandate, amendment: Amendment) -> None:
    found = account(session, amendment.account_id)
    if (found.party_id, found.currency) != (mandate.party_id, mandate.currency):
        raise AccountNotOfParty(reference=mandate.reference)
    if amendment.ends_on is not None and amendment.ends_on < mandate.signed_on:
        raise MandateEndsBeforeSigned(
            reference=mandate.reference, signed_on=mandate.signed_on, ends_on=amendment.ends_on
        )
