"""Mandates on their way into force: drafted, authorised by the payer, registered by its bank."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import col, select

from domain import audit
from domain.collection.amendments import versions_of
from domain.collection.endings import is_dormant
from domain.collection.errors import (
    AuthorisedLater,
    MandateDormant,
    MandateEndsBeforeSigned,
    MandateTermOver,
    NeverAuthorised,
)
from domain.collection.mandates import (
    NewMandate,
    Refused,
    check_each,
    columns_of,
    insert_mandates,
    sort_out,
    version_row,
)
from domain.collection.queries import PREFIX, find_mandate
from domain.collection.rules import DORMANT_MONTHS
from domain.collection.states import MandateState
from domain.collection.tables import Mandate, MandateVersion
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.values.actor import BANK, Actor, system
from domain.values.states import check_transition

UPKEEP = system("mandates")
_M = MandateState


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """That the payer has said yes: when, and what proves it (`evidence_digest` is the SHA-256 of that)."""

    signed_on: date
    evidence_reference: str
    evidence_digest: bytes | None = None


def draft_mandates(session: TenantSession, new: Sequence[NewMandate], *, actor: Actor, clock: Clock) -> list[UUID]:
    """Mandates that nobody has authorised yet: their `signed_on` is the day they were drawn up, until somebody does.

    Raises AccountNotOfParty, MandateEndsBeforeSigned, MandateExists.
    """
    if not new:
        return []
    check_each(session, new)
    insert_mandates(session, new, _M.DRAFT, actor=actor, clock=clock)
    deeds = [audit.Deed("mandate.drafted", public_id(PREFIX, each.id), {"reference": each.reference}) for each in new]
    audit.record_all(session, deeds, actor=actor, clock=clock)
    return [mandate.id for mandate in new]


def draft_each(
    session: TenantSession, new: Sequence[NewMandate], *, actor: Actor, clock: Clock
) -> tuple[list[NewMandate], list[Refused]]:
    """Draft those of the list that are in order; returns them, and the others with their reasons."""
    good, refused = sort_out(session, new)
    draft_mandates(session, good, actor=actor, clock=clock)
    return good, refused


def ask_authorisation(session: TenantSession, mandate_id: UUID, *, actor: Actor, clock: Clock) -> Mandate:
    """Put a draft before its payer. Raises NotFound, IllegalTransition."""
    mandate = find_mandate(session, mandate_id)
    move(session, mandate, _M.PENDING_AUTHORISATION, actor=actor, clock=clock)
    announce(session, "mandate.authorisation_asked", mandate.public_id, {"reference": mandate.reference}, clock=clock)
    return mandate


def record_authorisation(
    session: TenantSession, mandate_id: UUID, given: Authorisation, *, actor: Actor, clock: Clock
) -> Mandate:
    """The payer has said yes: what it signed is the first version of the terms, kept with its proof.

    Raises NotFound, IllegalTransition, MandateEndsBeforeSigned, AuthorisedLater.
    """
    mandate = find_mandate(session, mandate_id)
    _check_day(mandate, given.signed_on, clock.today())
    move(session, mandate, _M.PENDING_SUBMISSION, actor=actor, clock=clock, reason=given.evidence_reference)
    mandate.signed_on = given.signed_on
    session.flush()
    evidence = given.evidence_digest, given.evidence_reference
    row = version_row(columns_of(mandate), evidence=evidence, actor=actor, clock=clock)
    session.execute(insert(MandateVersion), [row])
    facts: dict[str, object] = {"signed_on": given.signed_on.isoformat(), "evidence": given.evidence_reference}
    audit.record(session, actor=actor, action="mandate.authorised", subject=mandate.public_id, facts=facts, clock=clock)
    return mandate


def _check_day(mandate: Mandate, signed_on: date, today: date) -> None:
    if signed_on > today:
        raise AuthorisedLater(reference=mandate.reference, signed_on=signed_on, today=today)
    if mandate.ends_on is not None and mandate.ends_on < signed_on:
        raise MandateEndsBeforeSigned(reference=mandate.reference, signed_on=signed_on, ends_on=mandate.ends_on)


def to_submit(session: TenantSession) -> list[Mandate]:
    """Authorised mandates that the payer's bank has not been asked to register."""
    return list(
        session.exec(
            select(Mandate)
            .where(Mandate.tenant_id == session.tenant_id, Mandate.state == _M.PENDING_SUBMISSION)
            .order_by(col(Mandate.id))
        )
    )


def note_submitted(session: TenantSession, ids: Collection[UUID], *, clock: Clock) -> int:
    """The requests (pain.009) are with the bank; returns how many moved."""
    return move_all(session, Mandate, list(ids), _M.SUBMITTED, actor=UPKEEP, clock=clock)


def record_registration(session: TenantSession, ids: Collection[UUID], *, clock: Clock) -> int:
    """The bank has registered them (pain.012 accepted): they are in force."""
    return move_all(session, Mandate, list(ids), _M.ACTIVE, actor=BANK, clock=clock, reason="registered")


def record_refusal(session: TenantSession, ids: Collection[UUID], *, reason: str, clock: Clock) -> int:
    """The bank has refused to register them (pain.012 rejected)."""
    return move_all(session, Mandate, list(ids), _M.FAILED, actor=BANK, clock=clock, reason=reason)


def reinstate_ended(session: TenantSession, mandate_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Mandate:
    """Ask the bank anew to register a mandate that had expired or was cancelled.

    Raises NotFound, IllegalTransition, NeverAuthorised; MandateTermOver and MandateDormant where it would expire again
    the same night.
    """
    mandate = find_mandate(session, mandate_id)
    check_transition(Mandate.ENTITY, Mandate.TRANSITIONS, mandate.state, _M.PENDING_SUBMISSION)
    # A draft that was cancelled has no version: going on with it would pass over its payer.
    if not versions_of(session, mandate.id):
        raise NeverAuthorised(reference=mandate.reference)
    if mandate.ends_on is not None and mandate.ends_on < clock.today():
        raise MandateTermOver(reference=mandate.reference, ends_on=mandate.ends_on)
    if is_dormant(session, mandate, clock.today()):
        raise MandateDormant(reference=mandate.reference, months=DORMANT_MONTHS)
    move(session, mandate, _M.PENDING_SUBMISSION, actor=actor, clock=clock, reason=reason)
    audit.record(
        session,
        actor=actor,
        action="mandate.reinstated",
        subject=mandate.public_id,
        facts={"reason": reason},
        clock=clock,
    )
    return mandate
