"""Mandates signed on paper: granted in bulk, suspended when the bank says so or a person does, cancelled for good.

Those that the payer authorises and its bank registers come through `enrolment`; changes of terms through `amendments`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

from domain import audit
from domain.collection.errors import AccountNotOfParty, MandateEndsBeforeSigned, MandateExists, MandatesMoved
from domain.collection.queries import PREFIX
from domain.collection.states import Cycle, MandatePurpose, MandateState
from domain.collection.tables import TERMS, Mandate, MandateVersion
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.transitions import move_all
from domain.values.actor import Actor
from domain.values.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateLimits:
    """Up to what a mandate may be used: each debit, how many in a cycle, and all of them. None does not bind."""

    max_amount_minor: int | None = None
    cycle: Cycle = Cycle.TERM
    max_per_cycle: int | None = None
    max_total_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """What a debtor signed; `reference` is how its paper is filed, `evidence_digest` the SHA-256 of what was signed.

    `payee_id` is the firm whose account may collect; without it any of the group's may.
    """

    reference: str
    party_id: UUID
    account_id: UUID
    currency: str
    signed_on: date
    purpose: MandatePurpose = MandatePurpose.TRADE_PAYMENT
    ends_on: date | None = None
    limits: MandateLimits = MandateLimits()
    payee_id: UUID | None = None
    evidence_digest: bytes | None = None
    evidence_reference: str = ""
    id: UUID = field(default_factory=uuid7)


def grant_mandates(session: TenantSession, new: Sequence[NewMandate], *, actor: Actor, clock: Clock) -> list[UUID]:
    """Register signed mandates by one INSERT, all of them or none; returns their ids in the order given.

    Raises AccountNotOfParty, MandateEndsBeforeSigned, MandateExists.
    """
    if not new:
        return []
    check_each(session, new)
    insert_mandates(session, new, MandateState.ACTIVE, actor=actor, clock=clock)
    deeds = [_deed("mandate.granted", mandate.id, {"reference": mandate.reference}) for mandate in new]
    audit.record_all(session, deeds, actor=actor, clock=clock)
    return [mandate.id for mandate in new]


def insert_mandates(
    session: TenantSession, new: Sequence[NewMandate], state: MandateState, *, actor: Actor, clock: Clock
) -> None:
    """Mandates, all of them or none; with the first version of their terms, unless nobody has signed them yet.

    Raises MandateExists.
    """
    rows = [_row(session.tenant_id, mandate, state, clock) for mandate in new]
    made = insert(Mandate).on_conflict_do_nothing().returning(col(Mandate.id))
    inserted = set(session.scalars(made, rows))
    refused = [mandate.reference for mandate in new if mandate.id not in inserted]
    if refused:
        raise MandateExists(references=refused)
    if state is MandateState.DRAFT:
        return
    versions = [
        version_row(row, evidence=(mandate.evidence_digest, mandate.evidence_reference), actor=actor, clock=clock)
        for row, mandate in zip(rows, new, strict=True)
    ]
    session.execute(insert(MandateVersion), versions)


def version_row(
    mandate: Mapping[str, Any], *, evidence: tuple[bytes | None, str], actor: Actor, clock: Clock
) -> dict[str, Any]:
    """The version of a mandate whose columns are given, in force from today."""
    return {name: mandate[name] for name in TERMS} | {
        "tenant_id": mandate["tenant_id"],
        "mandate_id": mandate["id"],
        "version": mandate["version"],
        "from_on": clock.today(),
        "evidence_digest": evidence[0],
        "evidence_reference": evidence[1],
        "made_by": str(actor),
        "made_at": clock.now(),
    }


def columns_of(mandate: Mandate) -> Mapping[str, Any]:
    """The mandate as a row."""
    return {column: getattr(mandate, column) for column in Mandate.model_fields}


@dataclass(frozen=True, slots=True)
class Refused:
    """A mandate of a list that was not granted: its place in the list, from 0, and why."""

    place: int
    refusal: DomainError


def grant_each(
    session: TenantSession, new: Sequence[NewMandate], *, actor: Actor, clock: Clock
) -> tuple[list[NewMandate], list[Refused]]:
    """Register those of the list that are in order; returns them, and the others with their reasons.

    Raises MandateExists when somebody else registers one of them at the same moment.
    """
    good, refused = sort_out(session, new)
    grant_mandates(session, good, actor=actor, clock=clock)
    return good, refused


def sort_out(session: TenantSession, new: Sequence[NewMandate]) -> tuple[list[NewMandate], list[Refused]]:
    """Those of the list that are in order, and the others with their reasons."""
    owners = _owners(session, new)
    taken = _known_references(session, [mandate.reference for mandate in new])
    good: list[NewMandate] = []
    refused: list[Refused] = []
    for place, mandate in enumerate(new):
        refusal = _refusal(mandate, owners)
        if refusal is None and mandate.reference in taken:
            refusal = MandateExists(references=[mandate.reference])
        if refusal is None:
            taken.add(mandate.reference)
            good.append(mandate)
        else:
            refused.append(Refused(place, refusal))
    return good, refused


def _refusal(mandate: NewMandate, owners: Mapping[UUID, tuple[UUID, str]]) -> DomainError | None:
    """Why the mandate cannot be granted, whatever else is in the list."""
    if owners.get(mandate.account_id) != (mandate.party_id, mandate.currency):
        return AccountNotOfParty(reference=mandate.reference)
    if mandate.ends_on is not None and mandate.ends_on < mandate.signed_on:
        return MandateEndsBeforeSigned(
            reference=mandate.reference, signed_on=mandate.signed_on, ends_on=mandate.ends_on
        )
    return None


def _known_references(session: TenantSession, references: Sequence[str]) -> set[str]:
    known = select(col(Mandate.reference)).where(
        col(Mandate.tenant_id) == session.tenant_id,
        col(Mandate.reference) == any_(literal(list(references), ARRAY(String))),
    )
    return set(session.scalars(known))


def check_each(session: TenantSession, new: Sequence[NewMandate]) -> None:
    """Raise what is wrong with the first of them that is not in order."""
    owners = _owners(session, new)
    for mandate in new:
        refusal = _refusal(mandate, owners)
        if refusal is not None:
            raise refusal


def _owners(session: TenantSession, new: Sequence[NewMandate]) -> dict[UUID, tuple[UUID, str]]:
    """Party and currency of each account the list names."""
    wanted = list({mandate.account_id for mandate in new})
    owned = session.execute(
        select(col(BankAccount.id), col(BankAccount.party_id), col(BankAccount.currency)).where(
            col(BankAccount.tenant_id) == session.tenant_id,
            col(BankAccount.id) == any_(literal(wanted, ARRAY(Uuid))),
        )
    )
    return {account: (party, currency) for account, party, currency in owned}


def _row(tenant_id: int, mandate: NewMandate, state: MandateState, clock: Clock) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": mandate.id,
        "created_at": clock.now(),
        "reference": mandate.reference,
        "party_id": mandate.party_id,
        "account_id": mandate.account_id,
        "currency": mandate.currency,
        "purpose": mandate.purpose,
        "signed_on": mandate.signed_on,
        "ends_on": mandate.ends_on,
        "payee_id": mandate.payee_id,
        "state": state,
        "version": 1,
        **asdict(mandate.limits),
    }


def suspend_mandates(session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock) -> int:
    """Stop debiting under these mandates for now; those that are not active stay as they are. Returns how many."""
    if not ids:
        return 0
    # In id order: two workers who hear of the same mandates wait for each other instead of deadlocking.
    chosen = sorted(set(ids))
    moved = move_all(session, Mandate, chosen, MandateState.SUSPENDED, actor=actor, clock=clock, reason=reason)
    deeds = [_deed("mandate.suspended", mandate_id, {"reason": reason}) for mandate_id in chosen]
    audit.record_all(session, deeds if moved else [], actor=actor, clock=clock)
    return moved


def reinstate_mandates(
    session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock
) -> None:
    """Debit again under mandates whose trouble is over. Raises MandatesMoved when one is not suspended."""
    move_each(session, ids, MandateState.ACTIVE, "mandate.reinstated", reason=reason, actor=actor, clock=clock)


def cancel_mandates(session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock) -> None:
    """End mandates for good. Raises MandatesMoved when one was cancelled before."""
    move_each(session, ids, MandateState.CANCELLED, "mandate.cancelled", reason=reason, actor=actor, clock=clock)


def move_each(
    session: TenantSession,
    ids: Collection[UUID],
    to: MandateState,
    action: str,
    *,
    reason: str,
    actor: Actor,
    clock: Clock,
) -> None:
    """Bring all of these mandates to a state, and note it as `action`. Raises MandatesMoved."""
    chosen = sorted(set(ids))
    moved = move_all(session, Mandate, chosen, to, actor=actor, clock=clock, reason=reason)
    if moved != len(chosen):
        raise MandatesMoved(expected=len(chosen), moved=moved, target=to.value)
    deeds = [_deed(action, mandate_id, {"reason": reason}) for mandate_id in chosen]
    audit.record_all(session, deeds, actor=actor, clock=clock)


def _deed(action: str, mandate_id: UUID, facts: dict[str, object]) -> audit.Deed:
    return audit.Deed(action, public_id(PREFIX, mandate_id), facts)
