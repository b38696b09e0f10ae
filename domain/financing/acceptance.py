"""Acceptance: an offer becomes an advance, if the invoice is still free and every limit still has room (R1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, and_
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from domain.financing import queries
from domain.financing.contracts import agreed_columns, price_of
from domain.financing.errors import (
    AvailabilityExceeded,
    FacilityNotActive,
    OfferExpired,
    OfferNotOpen,
    OffersStillSealed,
    ReceivableTaken,
)
from domain.financing.exposure_rules import Availability, Scope, availability
from domain.financing.headrooms import Headrooms, Others, lock_headrooms
from domain.financing.pricing import claim_of
from domain.financing.quotes import Quote, requote
from domain.financing.states import AdvanceState, FacilityState, OfferState, RequestState
from domain.financing.tables import Advance, Facility, FacilityDebtor, Offer, Request
from domain.financing.terms import DueDates, FeeBearer
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.receivables.checks import contra_of
from domain.receivables.exposure import lock_receivables
from domain.receivables.parts.wholes import roll_up
from domain.receivables.queries import receivable
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError, NotFound
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The advances that were made, by the offer each came from, and why other offers could not be accepted.

    With them, what could be lent when each was accepted, and its figures as they were shown then.
    """

    advances: dict[UUID, UUID] = field(default_factory=dict)
    refused: dict[UUID, DomainError] = field(default_factory=dict)
    available: dict[UUID, Availability] = field(default_factory=dict)
    quotes: dict[UUID, Quote] = field(default_factory=dict)
    made: dict[UUID, Advance] = field(default_factory=dict)


def accept_offer(
    session: TenantSession,
    offer_id: UUID,
    *,
    seller_id: UUID,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
    others: Others | None = None,
) -> Advance:
    """Accept one offer. Raises what makes it impossible: OfferNotOpen, OfferExpired, AvailabilityExceeded, …."""
    result = accept_offers(
        session, [offer_id], seller_id=seller_id, actor=actor, clock=clock, calendar=calendar, others=others
    )
    if offer_id in result.refused:
        raise result.refused[offer_id]
    return result.made[offer_id]


def accept_offers(
    session: TenantSession,
    offer_ids: Sequence[UUID],
    *,
    seller_id: UUID,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
    others: Others | None = None,
) -> Acceptance:
    """Accept many offers, each by itself, in the order given: limits are used up by those before.

    `others` adds limits that another module keeps. Raises NotFound for an offer that is not on one of the seller's
    requests.
    """
    deals = _lock(session, offer_ids, seller_id)
    headrooms = lock_headrooms(session, {deal.scope for deal in deals.values()}, on=clock.today(), others=others)
    contra = contra_of(session, {deal.receivable.id for deal in deals.values()})
    result = Acceptance()
    for offer_id in offer_ids:
        deal = deals[offer_id]
        try:
            _check(deal, clock)
            result.available[offer_id] = _check_availability(deal, headrooms, contra.get(deal.receivable.id))
            result.quotes[offer_id] = figures = _quote(deal, clock, calendar)
        except DomainError as refusal:
            result.refused[offer_id] = refusal
            continue
        result.made[offer_id] = advance = _commit(session, deal, headrooms, figures, clock=clock, calendar=calendar)
        result.advances[offer_id] = advance.id
    made = [deals[offer_id] for offer_id in result.advances]
    roll_up(session, [deal.receivable for deal in made])
    _close_bidding(session, made, actor=actor, clock=clock)
    return result


def parties_to(session: TenantSession, request: Request) -> tuple[UUID, UUID]:
    """The seller that asks, and the debtor that pays: they see what is offered once it is unsealed."""
    return request.seller_id, receivable(session, request.receivable_id).debtor_id


def accepted_by(session: TenantSession, offer: Offer, request: Request) -> UUID:
    """Who accepts an offer: whoever bears its fee."""
    seller_id, debtor_id = parties_to(session, request)
    return debtor_id if offer.fee_bearer is FeeBearer.DEBTOR else seller_id


@dataclass
class _Deal:
    """One offer with everything its acceptance touches, all of it locked."""

    offer: Offer
    request: Request
    receivable: Receivable
    facility: Facility
    line: FacilityDebtor

    @property
    def scope(self) -> Scope:
        """What limits count it under."""
        receivable = self.receivable
        return Scope(self.facility.lender_id, receivable.seller_id, receivable.debtor_id, self.offer.currency)


def _lock(session: TenantSession, offer_ids: Collection[UUID], seller_id: UUID) -> dict[UUID, _Deal]:
    """Facility before receivable before offer: two acceptances could each see the last 1,000 free."""
    # Read first, without a lock, only to know what to lock: these references never change.
    found = {row.id: row for row in session.execute(_references(session, offer_ids, seller_id))}
    missing = [each for each in offer_ids if each not in found]
    if missing:
        raise NotFound(kind="offer", reference=missing[0])
    facilities = queries.lock_facilities(session, {row.facility_id for row in found.values()})
    receivables = lock_receivables(session, {row.receivable_id for row in found.values()})
    pairs = {(row.facility_id, receivables[row.receivable_id].debtor_id) for row in found.values()}
    lines = queries.lines_of_debtors(session, pairs)
    # Read behind the locks: who waited for them may have lost the invoice to the one before.
    return {
        offer.id: _Deal(
            offer=offer,
            request=request,
            receivable=(receivable := receivables[request.receivable_id]),
            facility=facilities[offer.facility_id],
            line=lines[offer.facility_id, receivable.debtor_id],
        )
        for offer, request in session.exec(
            select(Offer, Request)
            .join(Request, _ITS_REQUEST)
            .where(Offer.tenant_id == session.tenant_id, col(Offer.id) == any_of(offer_ids))
            .order_by(col(Offer.id))
            .with_for_update(of=[Offer, Request])
            .execution_options(populate_existing=True)
        )
    }


_ITS_REQUEST = and_(col(Request.tenant_id) == Offer.tenant_id, col(Request.id) == Offer.request_id)


def _references(session: TenantSession, offer_ids: Collection[UUID], seller_id: UUID) -> Select[UUID, UUID, UUID]:
    """(offer, facility_id, receivable_id) of those that answer one of the seller's requests."""
    return (
        select_columns(col(Offer.id), col(Offer.facility_id), col(Request.receivable_id))
        .join(Request, _ITS_REQUEST)
        .where(
            col(Offer.tenant_id) == session.tenant_id,
            col(Offer.id) == any_of(offer_ids),
            col(Request.seller_id) == seller_id,
        )
    )


def _check(deal: _Deal, clock: Clock) -> None:
    offer, receivable, facility = deal.offer, deal.receivable, deal.facility
    if offer.state is not OfferState.OFFERED:
        raise OfferNotOpen(offer=offer.public_id, state=offer.state.value)
    if offer.expires_on < clock.today():
        raise OfferExpired(offer=offer.public_id, expires_on=offer.expires_on, today=clock.today())
    if clock.now() < deal.request.sealed_until:
        raise OffersStillSealed(request=deal.request.public_id, sealed_until=deal.request.sealed_until.isoformat())
    if facility.state is not FacilityState.ACTIVE:
        raise FacilityNotActive(facility=facility.public_id, state=facility.state.value)
    free = receivable.state is ReceivableState.LISTED and deal.request.state is RequestState.OPEN
    if not free or receivable.exposure_minor or receivable.due_on <= clock.today():
        raise ReceivableTaken(receivable=receivable.public_id, state=receivable.state.value)


def _check_availability(deal: _Deal, headrooms: Headrooms, contra: Money | None) -> Availability:
    offer, over = deal.offer, headrooms.over(deal.facility, deal.line, deal.scope)
    most = availability(deal.receivable.unpaid, offer.advance_rate, over, contra=contra)
    if most.amount < offer.principal:
        raise AvailabilityExceeded(
            principal=str(offer.principal),
            available=str(most.amount),
            bound_by=most.bound_by,
            headrooms={name: str(headroom) for name, headroom in most.headrooms.items()},
        )
    return most


def _quote(deal: _Deal, clock: Clock, calendar: BusinessCalendar) -> Quote:
    """What the seller is shown as it accepts: the offer's price over the term that is left (R14)."""
    offer, claim = deal.offer, claim_of(deal.receivable, deal.offer.currency)
    return requote(offer.principal, claim, price_of(offer), clock.today(), calendar)


def _commit(
    session: TenantSession,
    deal: _Deal,
    headrooms: Headrooms,
    figures: Quote,
    *,
    clock: Clock,
    calendar: BusinessCalendar,
) -> Advance:
    """The advance, and its principal taken of every limit over it and of the receivable."""
    offer, receivable = deal.offer, deal.receivable
    dates = DueDates.under(receivable.due_on, offer.terms, calendar)
    advance = Advance(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        offer_id=offer.id,
        request_id=deal.request.id,
        receivable_id=receivable.id,
        facility_id=offer.facility_id,
        lender_id=offer.lender_id,
        seller_id=receivable.seller_id,
        debtor_id=receivable.debtor_id,
        state=AdvanceState.CREATED,
        currency=offer.currency,
        face_minor=receivable.face_minor,
        principal_minor=offer.principal_minor,
        fee_minor=offer.fee_minor,
        debtor_fee_minor=offer.debtor_fee_minor,
        quoted_cost_minor=figures.cost.minor,
        quoted_net_minor=figures.net.minor,
        quoted_simple=figures.rate.simple,
        quoted_effective=figures.rate.effective,
        advance_rate=offer.advance_rate,
        release_by_rule=deal.facility.release_by_rule,
        financed_minor=receivable.unpaid.minor,
        due_on=dates.due_on,
        rolled_due_on=dates.rolled_due_on,
        interest_until=dates.interest_until,
        penalty_from=dates.penalty_from,
        **agreed_columns(offer),
    )
    session.add(advance)
    headrooms.take(deal.facility, deal.line, deal.scope, offer.principal_minor)
    receivable.exposure_minor += offer.principal_minor
    announce(session, "advance.created", advance.public_id, {"offer": offer.public_id}, clock=clock)
    return advance


def _close_bidding(session: TenantSession, deals: Sequence[_Deal], *, actor: Actor, clock: Clock) -> None:
    """The accepted offers, their requests, and whoever was outbid."""
    for deal in deals:
        # Row by row, since each is in hand and all go out by one flush.
        move(session, deal.offer, OfferState.ACCEPTED, actor=actor, clock=clock)
        move(session, deal.request, RequestState.ACCEPTED, actor=actor, clock=clock)
    session.flush()
    # Asked for first: most requests have one offer, and nobody to outbid.
    others = session.scalars(
        select_columns(col(Offer.id)).where(
            col(Offer.tenant_id) == session.tenant_id,
            col(Offer.request_id) == any_of([deal.request.id for deal in deals]),
            col(Offer.state).in_((OfferState.PROPOSED, OfferState.OFFERED)),
        )
    ).all()
    if others:
        move_all(session, Offer, others, OfferState.OUTBID, actor=actor, clock=clock)
