"""Mandates on their way into force, through the payer's authorisation and its bank's; and out of it again."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import exists
from sqlmodel import col, select

from domain.banking.tables import Instruction
from domain.collection.mandates import NewMandate, check_each, insert_mandates
from domain.collection.queries import find_mandate
from domain.collection.rules import DORMANT_MONTHS
from domain.collection.states import MandateState
from domain.collection.tables import Mandate
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.values.actor import BANK, Actor, system

UPKEEP = system("mandates")
# The payer's bank refuses to register it, in any of the ways of pain.012.
_M = MandateState


def draft_mandates(session: TenantSession, new: Sequence[NewMandate], *, actor: Actor, clock: Clock) -> list[UUID]:
    """Mandates that nobody has authorised yet. Raises AccountNotOfParty, MandateEndsBeforeSigned, MandateExists."""
    if new:
        check_each(session, new)
        insert_mandates(session, new, _M.DRAFT, actor=actor, clock=clock)
    return [mandate.id for mandate in new]


def ask_authorisation(session: TenantSession, mandate_id: UUID, *, actor: Actor, clock: Clock) -> Mandate:
    """Put a draft before its payer. Raises NotFound, IllegalTransition."""
    mandate = find_mandate(session, mandate_id)
    move(session, mandate, _M.PENDING_AUTHORISATION, actor=actor, clock=clock)
    announce(session, "mandate.authorisation_asked", mandate.public_id, {"reference": mandate.reference}, clock=clock)
    return mandate


def record_authorisation(
    session: TenantSession, mandate_id: UUID, *, signed_on: date, reason: str, actor: Actor, clock: Clock
) -> Mandate:
    """The payer has said yes; `reason` names the proof. Raises NotFound, IllegalTransition."""
    mandate = find_mandate(session, mandate_id)
    move(session, mandate, _M.PENDING_SUBMISSION, actor=actor, clock=clock, reason=reason)
    mandate.signed_on = signed_on
    return mandate


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
    """Ask the bank anew to register a mandate that had expired or was cancelled. Raises NotFound, IllegalTransition."""
    mandate = find_mandate(session, mandate_id)
    move(session, mandate, _M.PENDING_SUBMISSION, actor=actor, clock=clock, reason=reason)
    return mandate


def block_mandates(session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock) -> int:
    """End mandates under which nothing may ever be debited again: fraud, a refund as not authorised."""
    return move_all(session, Mandate, sorted(set(ids)), _M.BLOCKED, actor=actor, clock=clock, reason=reason)


def replace_mandate(
    session: TenantSession, mandate_id: UUID, new: NewMandate, *, actor: Actor, clock: Clock
) -> Mandate:
    """A new paper for the same payer in the place of an old one, which ends. Raises as granting does."""
    old = find_mandate(session, mandate_id)
    check_each(session, [new])
    move(session, old, _M.REPLACED, actor=actor, clock=clock, reason=new.reference)
    insert_mandates(session, [new], _M.ACTIVE, actor=actor, clock=clock)
    mandate = find_mandate(session, new.id)
    mandate.replaces_id = old.id
    return mandate


def end_mandates(session: TenantSession, on: date, *, clock: Clock) -> tuple[int, int]:
    """Expire mandates whose last day has passed, and those not used for 36 months; returns how many of each."""
    ending = (_M.ACTIVE, _M.SUSPENDED)
    over = select(Mandate.id).where(
        Mandate.tenant_id == session.tenant_id, col(Mandate.state).in_(ending), col(Mandate.ends_on) < on
    )
    expired = move_all(session, Mandate, over, _M.EXPIRED, actor=UPKEEP, clock=clock, reason="its term is over")
    since = _months_before(on, DORMANT_MONTHS)
    used = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.mandate_id) == col(Mandate.id),
        col(Instruction.due_on) >= since,
    )
    dormant = select(Mandate.id).where(
        Mandate.tenant_id == session.tenant_id, col(Mandate.state).in_(ending), col(Mandate.signed_on) < since, ~used
    )
    reason = f"not used for {DORMANT_MONTHS} months"
    return expired, move_all(session, Mandate, dormant, _M.EXPIRED, actor=UPKEEP, clock=clock, reason=reason)


def consume_mandates(session: TenantSession, ids: Collection[UUID], *, clock: Clock) -> int:
    """End mandates that were given for so much and have been used up; returns how many."""
    return move_all(session, Mandate, sorted(set(ids)), _M.CONSUMED, actor=UPKEEP, clock=clock, reason="used up")


def _months_before(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, 28))
