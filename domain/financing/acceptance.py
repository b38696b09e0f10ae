"""Acceptance: an offer becomes an advance, if the invoice is still free and the lines still have room (R1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import col, select

from domain.financing import queries
from domain.financing.errors import (
    AvailabilityExceeded,
    OfferExpired,
    OfferNotOpen,
    OffersStillSealed,
    ReceivableTaken,
)
from domain.financing.facilities import contract_columns
from domain.financing.quotes import Price
from domain.financing.rules import availability
from domain.financing.states import AdvanceState, OfferState, RequestState
from domain.financing.tables import Advance, Facility, FacilityDebtor, Offer, Request
from domain.financing.terms import DueDates
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.receivables.exposure import lock_receivables
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError, NotFound
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The advances that were made, by the offer each came from, and why other offers could not be accepted."""

    advances: dict[UUID, UUID] = field(default_factory=dict)
    refused: dict[UUID, DomainError] = field(default_factory=dict)


def accept_offer(
    session: TenantSession, offer_id: UUID, *, seller_id: UUID, actor: Actor, clock: Clock, calendar: BusinessCalendar
) -> Advance:
    """Accept one offer. Raises what makes it impossible: OfferNotOpen, OfferExpired, AvailabilityExceeded, …."""
    result = accept_offers(session, [offer_id], seller_id=seller_id, actor=actor, clock=clock, calendar=calendar)
    if offer_id in result.refused:
        raise result.refused[offer_id]
    return session.get_one(Advance, (session.tenant_id, result.advances[offer_id]))


def accept_offers(
    session: TenantSession,
    offer_ids: Sequence[UUID],
    *,
    seller_id: UUID,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
) -> Acceptance:
    """Accept many offers, each by itself, in the order given: lines are used up by those before.

    Raises NotFound for an offer that is not on one of the seller's requests.
    """
    work = _lock(session, offer_ids, seller_id)
    result = Acceptance()
    for offer_id in offer_ids:
        deal = work[offer_id]
        try:
            _check(deal, clock)
        except DomainError as refusal:
            result.refused[offer_id] = refusal
            continue
        advance = _commit(session, deal, clock, calendar)
        result.advances[offer_id] = advance.id
    session.flush()
    _close_bidding(session, [work[offer_id] for offer_id in result.advances], actor=actor, clock=clock)
    return result


@dataclass
class _Deal:
    """One offer with everything its acceptance touches, all of it locked."""

    offer: Offer
    request: Request
    receivable: Receivable
    facility: Facility
    line: FacilityDebtor


def _lock(session: TenantSession, offer_ids: Collection[UUID], seller_id: UUID) -> dict[UUID, _Deal]:
    """Facility before receivable before offer: two acceptances could each see the last 1,000 free."""
    found = _offers(session, offer_ids, lock=False)
    facilities = queries.lock_facilities(session, {offer.facility_id for offer in found.values()})
    requests = _requests(session, {offer.request_id for offer in found.values()}, seller_id)
    missing = [each for each in offer_ids if each not in found or found[each].request_id not in requests]
    if missing:
        raise NotFound(kind="offer", reference=missing[0])
    receivables = lock_receivables(session, {request.receivable_id for request in requests.values()})
    # Read again behind the locks: who waited for them may have lost the invoice to the one before.
    offers, requests = _offers(session, offer_ids, lock=True), _requests(session, requests.keys(), seller_id)
    pairs = {
        (offer.facility_id, receivables[requests[offer.request_id].receivable_id].debtor_id)
        for offer in offers.values()
    }
    lines = queries.lines_of_debtors(session, pairs)
    return {
        offer.id: _Deal(
            offer=offer,
            request=(request := requests[offer.request_id]),
            receivable=(receivable := receivables[request.receivable_id]),
            facility=facilities[offer.facility_id],
            line=lines[offer.facility_id, receivable.debtor_id],
        )
        for offer in offers.values()
    }


def _offers(session: TenantSession, ids: Collection[UUID], *, lock: bool) -> dict[UUID, Offer]:
    wanted = (
        select(Offer)
        .where(Offer.tenant_id == session.tenant_id, col(Offer.id) == any_of(ids))
        .order_by(col(Offer.id))
        .execution_options(populate_existing=True)
    )
    return {offer.id: offer for offer in session.exec(wanted.with_for_update() if lock else wanted)}


def _requests(session: TenantSession, ids: Collection[UUID], seller_id: UUID) -> dict[UUID, Request]:
    wanted = (
        select(Request)
        .where(Request.tenant_id == session.tenant_id, col(Request.id) == any_of(ids), Request.seller_id == seller_id)
        .order_by(col(Request.id))
        .execution_options(populate_existing=True)
    )
    return {request.id: request for request in session.exec(wanted)}


def _check(deal: _Deal, clock: Clock) -> None:
    offer, receivable = deal.offer, deal.receivable
    if offer.state is not OfferState.OFFERED:
        raise OfferNotOpen(offer=offer.public_id, state=offer.state.value)
    if offer.expires_on < clock.today():
        raise OfferExpired(offer=offer.public_id, expires_on=offer.expires_on, today=clock.today())
    if clock.now() < deal.request.sealed_until:
        raise OffersStillSealed(request=deal.request.public_id, sealed_until=deal.request.sealed_until.isoformat())
    free = receivable.state is ReceivableState.LISTED and deal.request.state is RequestState.OPEN
    if not free or receivable.exposure_minor or receivable.due_on <= clock.today():
        raise ReceivableTaken(receivable=receivable.public_id, state=receivable.state.value)
    _check_availability(deal)


def _check_availability(deal: _Deal) -> None:
    offer, eligible = deal.offer, deal.receivable.unpaid
    facility, debtor = deal.facility.headroom, _debtor_headroom(deal)
    most = availability(eligible, offer.advance_rate, [facility, debtor])
    if most < offer.principal:
        raise AvailabilityExceeded(
            principal=str(offer.principal),
            available=str(most),
            eligible=str(eligible),
            advance_rate=str(offer.advance_rate),
            facility=str(facility),
            debtor=str(debtor),
        )


def _debtor_headroom(deal: _Deal) -> Money:
    """What the line still lends on this debtor: by its own limit, else the facility's for each, else the whole line."""
    facility, line = deal.facility, deal.line
    limit = line.limit_minor if line.limit_minor is not None else facility.debtor_limit_minor
    return facility.headroom if limit is None else Money.from_minor(limit - line.used_minor, facility.currency)


def _commit(session: TenantSession, deal: _Deal, clock: Clock, calendar: BusinessCalendar) -> Advance:
    """The advance, and its principal taken of the line, the debtor's line and the receivable."""
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
        advance_rate=offer.advance_rate,
        financed_minor=receivable.unpaid.minor,
        due_on=dates.due_on,
        rolled_due_on=dates.rolled_due_on,
        interest_until=dates.interest_until,
        penalty_from=dates.penalty_from,
        **contract_columns(Price(offer.advance_rate, offer.fee_bp, offer.terms)),
    )
    session.add(advance)
    deal.facility.used_minor += offer.principal_minor
    deal.line.used_minor += offer.principal_minor
    receivable.exposure_minor += offer.principal_minor
    announce(session, "advance.created", advance.public_id, {"offer": offer.public_id}, clock=clock)
    return advance


def _close_bidding(session: TenantSession, deals: Sequence[_Deal], *, actor: Actor, clock: Clock) -> None:
    """The accepted offers, their requests, and whoever was outbid."""
    accepted = [deal.offer.id for deal in deals]
    requests = [deal.request.id for deal in deals]
    others = select(Offer.id).where(Offer.tenant_id == session.tenant_id, col(Offer.request_id) == any_of(requests))
    move_all(session, Offer, accepted, OfferState.ACCEPTED, actor=actor, clock=clock)
    move_all(session, Offer, others, OfferState.OUTBID, actor=actor, clock=clock)
    move_all(session, Request, requests, RequestState.ACCEPTED, actor=actor, clock=clock)
