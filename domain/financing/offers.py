"""Sealed offers: made by a lender's maker and checker, or by its facility's rule; seen by others only once unsealed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.errors import FacilityNotActive, NotOfferable, OffersStillSealed
from domain.financing.facilities import check_price, contract_columns, find_facility
from domain.financing.quotes import Price, quote
from domain.financing.states import FacilityState, OfferState, RequestState
from domain.financing.tables import Facility, Offer, Request
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.transitions import move_all
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor, system
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

APPROVAL = "offer_batch"
AUTOMATIC = system("auto_offer")
MAX_OFFERS = 10_000  # priced in one call, each in Python: a few seconds; the next call takes the next ones

OpenRequests = Select[UUID, int | None, int, int, date]  # request, confirmed, diluted, paid, due_on


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the offers of one call have in common."""

    id: UUID
    facility: Facility
    price: Price
    state: OfferState
    actor: Actor
    clock: Clock
    calendar: BusinessCalendar


def make_offers(
    session: TenantSession,
    *,
    facility_id: UUID,
    request_ids: Collection[UUID],
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
    price: Price | None = None,
) -> UUID:
    """A lender's maker answers requests at the facility's price, or another; returns the batch its checker approves.

    Raises FacilityNotActive, NotOfferable, RateOutOfRange, FeesExceedAdvance, NotFound.
    """
    facility = find_facility(session, facility_id)
    if facility.state is not FacilityState.ACTIVE:
        raise FacilityNotActive(facility=facility.public_id, state=facility.state.value)
    asked = price or facility_price(facility)
    check_price(asked)
    batch = _Batch(uuid7(), facility, asked, OfferState.PROPOSED, actor, clock, calendar)
    offered = _offer(session, batch, _offerable(facility, clock).where(col(Request.id) == any_of(request_ids)))
    left_out = [request_id for request_id in request_ids if request_id not in offered]
    if left_out:
        raise NotOfferable(count=len(left_out), first=public_id("req", left_out[0]))
    digest = _digest(offers_of_batch(session, batch.id))
    approvals.propose(session, kind=APPROVAL, subject_id=batch.id, digest=digest, actor=actor, clock=clock)
    return batch.id


def approve_offers(session: TenantSession, batch_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The lender's checker lets the offers stand, at exactly these prices.

    Raises SamePerson, DigestChanged, NotOfferable when another lender's offer was accepted meanwhile.
    """
    offers = offers_of_batch(session, batch_id)
    digest = _digest(offers)
    approvals.approve(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    ids = [offer.id for offer in offers]
    moved = move_all(session, Offer, ids, OfferState.OFFERED, actor=actor, clock=clock)
    if moved != len(ids):
        raise NotOfferable(count=len(ids) - moved, first=public_id("req", offers[0].request_id))
    return ids


def make_auto_offers(session: TenantSession, *, clock: Clock, calendar: BusinessCalendar) -> int:
    """Offers by rule: every active facility that says so answers the open requests it may; returns how many.

    Its price was approved by two people with the facility. What the line has no room for is refused at acceptance.
    """
    facilities = session.exec(
        select(Facility)
        .where(Facility.tenant_id == session.tenant_id, Facility.state == FacilityState.ACTIVE, Facility.auto_offer)
        .order_by(col(Facility.id))
    ).all()
    return sum(_offer_by_rule(session, facility, clock, calendar) for facility in facilities)


def _offer_by_rule(session: TenantSession, facility: Facility, clock: Clock, calendar: BusinessCalendar) -> int:
    price = facility_price(facility)
    batch = _Batch(uuid7(), facility, price, OfferState.OFFERED, AUTOMATIC, clock, calendar)
    return len(_offer(session, batch, _offerable(facility, clock)))


def facility_price(facility: Facility) -> Price:
    """What the facility asks."""
    return Price(facility.advance_rate, facility.fee_bp, facility.terms)


def _offerable(facility: Facility, clock: Clock) -> OpenRequests:
    """(request, confirmed, due_on) of the requests this facility may answer."""
    today = clock.today()
    answered = select(Offer.request_id).where(
        Offer.tenant_id == facility.tenant_id, Offer.facility_id == facility.id, Offer.state != OfferState.EXPIRED
    )
    wanted = (
        select_columns(
            col(Request.id),
            col(Receivable.confirmed_minor),
            col(Receivable.diluted_minor),
            col(Receivable.paid_minor),
            col(Receivable.due_on),
        )
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == Request.tenant_id, col(Receivable.id) == Request.receivable_id),
        )
        .where(
            col(Request.tenant_id) == facility.tenant_id,
            col(Request.state) == RequestState.OPEN,
            col(Receivable.state) == ReceivableState.LISTED,
            col(Receivable.currency) == facility.currency,
            col(Receivable.due_on) > today,
            col(Receivable.due_on) <= today + timedelta(days=facility.max_tenor_days),
            col(Request.id).not_in(answered),
        )
        .order_by(col(Request.id))
        .limit(MAX_OFFERS)
    )
    return wanted if facility.seller_id is None else wanted.where(col(Request.seller_id) == facility.seller_id)


def _offer(session: TenantSession, batch: _Batch, requests: OpenRequests) -> set[UUID]:
    rows = [_row(batch, request) for request in session.execute(requests)]
    if not rows:
        return set()
    # Somebody of the same lender may be offering at this moment: one live offer of a facility on a request.
    made = insert(Offer).on_conflict_do_nothing().returning(col(Offer.request_id))
    return set(session.scalars(made, rows))


def _row(batch: _Batch, request: Row[Any]) -> dict[str, Any]:
    facility, today = batch.facility, batch.clock.today()
    owed = request.confirmed_minor - request.diluted_minor
    unpaid = Money.from_minor(owed - request.paid_minor, facility.currency)
    figures = quote(unpaid, request.due_on, batch.price, today, batch.calendar)
    return {
        "tenant_id": facility.tenant_id,
        "id": uuid7(),
        "created_at": batch.clock.now(),
        "batch_id": batch.id,
        "request_id": request.id,
        "facility_id": facility.id,
        "lender_id": facility.lender_id,
        "currency": facility.currency,
        "advance_rate": batch.price.advance_rate,
        "fee_bp": batch.price.fee_bp,
        "principal_minor": figures.principal.minor,
        "fee_minor": figures.fee.minor,
        "interest_minor": figures.interest.minor,
        "net_minor": figures.net.minor,
        "all_in_simple": figures.rate.simple,
        "all_in_effective": figures.rate.effective,
        "expires_on": today + timedelta(days=facility.offer_valid_days),
        "state": batch.state,
        "made_by": str(batch.actor),
        **contract_columns(batch.price),
    }


def offers_of_batch(session: TenantSession, batch_id: UUID) -> list[Offer]:
    """The offers that were made together."""
    return list(
        session.exec(
            select(Offer)
            .where(Offer.tenant_id == session.tenant_id, Offer.batch_id == batch_id)
            .order_by(col(Offer.id))
        )
    )


def offers_on(session: TenantSession, request_id: UUID, *, clock: Clock, lender_id: UUID | None = None) -> list[Offer]:
    """The offers on a request, cheapest first by their true cost (R14).

    A lender (`lender_id`) sees its own at any time; the seller sees all of them once they are unsealed. Raises
    OffersStillSealed.
    """
    offers = (
        select(Offer)
        .where(Offer.tenant_id == session.tenant_id, Offer.request_id == request_id)
        .order_by(col(Offer.all_in_effective), col(Offer.id))
    )
    if lender_id is not None:
        return list(session.exec(offers.where(Offer.lender_id == lender_id)))
    request = session.get_one(Request, (session.tenant_id, request_id))
    if clock.now() < request.sealed_until:
        raise OffersStillSealed(request=request.public_id, sealed_until=request.sealed_until.isoformat())
    return list(session.exec(offers.where(Offer.state != OfferState.PROPOSED)))


def cheapest_offers(session: TenantSession, *, seller_id: UUID, clock: Clock) -> list[UUID]:
    """For each of the seller's open, unsealed requests the standing offer with the lowest true cost (R14)."""
    offers = (
        select_columns(col(Offer.id))
        .join(Request, and_(col(Request.tenant_id) == Offer.tenant_id, col(Request.id) == Offer.request_id))
        .where(
            col(Offer.tenant_id) == session.tenant_id,
            col(Request.seller_id) == seller_id,
            col(Request.state) == RequestState.OPEN,
            col(Request.sealed_until) <= clock.now(),
            col(Offer.state) == OfferState.OFFERED,
            col(Offer.expires_on) >= clock.today(),
        )
        .ext(distinct_on(col(Offer.request_id)))
        .order_by(col(Offer.request_id), col(Offer.all_in_effective), col(Offer.id))
    )
    return list(session.scalars(offers))


def withdraw_offers(session: TenantSession, offer_ids: Collection[UUID], *, actor: Actor, clock: Clock) -> int:
    """The lender takes back offers nobody has accepted; returns how many."""
    return move_all(session, Offer, offer_ids, OfferState.WITHDRAWN, actor=actor, clock=clock)


def expire_offers(session: TenantSession, *, clock: Clock) -> int:
    """End the offers whose last day has passed; returns how many."""
    passed = select(Offer.id).where(
        Offer.tenant_id == session.tenant_id,
        Offer.state == OfferState.OFFERED,
        col(Offer.expires_on) < clock.today(),
    )
    return move_all(session, Offer, passed, OfferState.EXPIRED, actor=system("expiry"), clock=clock)


def _digest(offers: Sequence[Offer]) -> str:
    facts = [
        f"{offer.id}|{offer.request_id}|{offer.principal_minor}|{offer.fee_minor}|{offer.annual_rate}|{offer.expires_on}"
        for offer in offers
    ]
    return sha256("\n".join(facts).encode()).hexdigest()
