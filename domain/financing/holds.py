"""The reserve's way to the seller (R5): by rule or by a person, less what is held back for a reason."""

from uuid import UUID

from sqlmodel import col, select

from domain.financing import queries
from domain.financing.errors import HoldLifted, NothingToRelease
from domain.financing.tables import Advance, ReserveHold
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.receivables.rules import check_above_zero
from domain.values.actor import Actor
from domain.values.money import Money


def place_hold(
    session: TenantSession, advance_id: UUID, *, amount: Money, reason: str, actor: Actor, clock: Clock
) -> ReserveHold:
    """Keep `amount` of an advance's reserve back, also before there is one; several holds add up. Raises NotFound."""
    advance = _locked(session, advance_id)
    check_above_zero(amount, advance.currency)
    hold = ReserveHold(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        advance_id=advance_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        placed_on=clock.today(),
        placed_by=str(actor),
    )
    session.add(hold)
    advance.hold_minor += amount.minor
    session.flush()
    facts = {"amount": str(amount.amount), "currency": amount.currency, "reason": reason}
    announce(session, "advance.reserve_held", advance.public_id, facts, clock=clock)
    return hold


def lift_hold(
    session: TenantSession, advance_id: UUID, hold_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> ReserveHold:
    """Let what was held go its way again. Raises HoldLifted."""
    advance = _locked(session, advance_id)
    hold = session.get_one(ReserveHold, (session.tenant_id, hold_id), populate_existing=True)
    if hold.lifted_on is not None:
        raise HoldLifted(hold=hold.public_id, lifted_on=hold.lifted_on)
    hold.lifted_on, hold.lifted_by, hold.lift_reason = clock.today(), str(actor), reason
    advance.hold_minor -= hold.amount_minor
    session.flush()
    return hold


def holds_of(session: TenantSession, advance_id: UUID) -> list[ReserveHold]:
    """All holds there were on an advance's reserve, oldest first."""
    found = select(ReserveHold).where(ReserveHold.tenant_id == session.tenant_id, ReserveHold.advance_id == advance_id)
    return list(session.exec(found.order_by(col(ReserveHold.id))))


def set_release_policy(session: TenantSession, advance_id: UUID, *, by_rule: bool) -> Advance:
    """Whether the reserve leaves as soon as nothing is owed, or waits for the lender's checker. Raises NotFound."""
    advance = _locked(session, advance_id)
    advance.release_by_rule = by_rule
    session.flush()
    return advance


def approve_release(session: TenantSession, advance_id: UUID) -> Money:
    """The lender's checker lets the reserve go with the next run; returns what there is.

    Also one that came back from the bank, once the seller's account was seen to. Raises NothingToRelease.
    """
    advance = _locked(session, advance_id)
    figures, hold = advance.figures, advance.money(advance.hold_minor)
    free = figures.held - hold
    if free.minor <= 0 or not figures.repaid:
        raise NothingToRelease(advance=advance.public_id, reserve=str(figures.held), held=str(hold))
    advance.release_approved, advance.release_held = True, False
    session.flush()
    return free


def _locked(session: TenantSession, advance_id: UUID) -> Advance:
    return queries.lock_advances(session, [advance_id])[advance_id]
