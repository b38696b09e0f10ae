"""Sealed offers: made by a lender's maker and checker, or by its facility's rules; no rival ever sees them."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, not_, true
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.bidding import DECLINED_BY_RULE, adjusted, decline_requests, first_rule
from domain.financing.contracts import check_price, price_of
from domain.financing.errors import FacilityNotActive, GradeFinancesLess, NotOfferable, OfferExpired
from domain.financing.facilities import find_facility, price_on
from domain.financing.pricing import Batch, insert_offers, new_batch, offer_row, offerable, price_at_grade
from domain.financing.quotes import Price
from domain.financing.states import FacilityState, OfferState, RequestState
from domain.financing.tables import Facility, Offer, Request, RequestDecline
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move_all
from domain.receivables.checks import contra_of
from domain.values.actor import Actor, system
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError
from domain.values.money import Money

APPROVAL = "offer_batch"
AUTOMATIC = system("auto_offer")


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

    Raises FacilityNotActive, NotOfferable, RateOutOfRange, GradeFinancesLess, FeesExceedAdvance,
    LenderWithoutLicence, RateOverLine, NotFound.
    """
    facility = find_facility(session, facility_id)
    require_active(facility)
    asked = price_on(session, price or price_of(facility), clock)
    check_price(asked)
    batch = new_batch(session, facility, asked, OfferState.PROPOSED, actor=actor, clock=clock, calendar=calendar)
    wanted = offerable(facility, clock).where(col(Request.id) == any_of(request_ids))
    rows, requests = [], session.execute(wanted).all()
    contra = contra_of(session, [request.receivable_id for request in requests])
    for request in requests:
        if price is not None and asked.advance_rate > request.grade_rate:
            raise GradeFinancesLess(grade=request.grade.value, allowed=request.grade_rate, asked=asked.advance_rate)
        at_grade = price_at_grade(asked, request.grade_rate)
        rows.append(offer_row(batch, request, at_grade, contra.get(request.receivable_id)))
    offered = insert_offers(session, rows)
    left_out = [request_id for request_id in request_ids if request_id not in offered]
    if left_out:
        raise NotOfferable(count=len(left_out), first=public_id("req", left_out[0]))
    digest = _digest(offers_of_batch(session, batch.id))
    approvals.propose(session, kind=APPROVAL, subject_id=batch.id, digest=digest, actor=actor, clock=clock)
    return batch.id


def require_active(facility: Facility) -> None:
    """Raise FacilityNotActive for a line that does not lend now."""
    if facility.state is not FacilityState.ACTIVE:
        raise FacilityNotActive(facility=facility.public_id, state=facility.state.value)


def approve_offers(session: TenantSession, batch_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The lender's checker lets the offers stand, at exactly these prices.

    Raises SamePerson, DigestChanged, OfferExpired; NotOfferable when another lender's was accepted meanwhile.
    """
    offers = offers_of_batch(session, batch_id)
    digest = _digest(offers)
    approvals.approve(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    for offer in offers:
        if offer.expires_on < clock.today():
            raise OfferExpired(offer=offer.public_id, expires_on=offer.expires_on, today=clock.today())
    ids = [offer.id for offer in offers]
    moved = move_all(session, Offer, ids, OfferState.OFFERED, actor=actor, clock=clock)
    if moved != len(ids):
        raise NotOfferable(count=len(ids) - moved, first=public_id("req", offers[0].request_id))
    return ids


def decline_offers(session: TenantSession, batch_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> int:
    """The lender's checker does not let its maker's offers stand; returns how many. Raises AlreadyDecided."""
    offers = offers_of_batch(session, batch_id)
    digest = _digest(offers)
    approvals.reject(
        session, kind=APPROVAL, subject_id=batch_id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    ids = [offer.id for offer in offers]
    return move_all(session, Offer, ids, OfferState.DECLINED, actor=actor, clock=clock, reason=reason)


def decline_by_hand(
    session: TenantSession, facility_id: UUID, request_ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock
) -> int:
    """A lender lets requests be: its rules do not answer them either. Returns how many; raises NotOfferable."""
    facility = find_facility(session, facility_id)
    wanted = offerable(facility, clock).where(col(Request.id) == any_of(request_ids))
    answerable = {request.id for request in session.execute(wanted)}
    left_out = [request_id for request_id in request_ids if request_id not in answerable]
    if left_out:
        raise NotOfferable(count=len(left_out), first=public_id("req", left_out[0]))
    reasons = dict.fromkeys(request_ids, reason)
    return len(decline_requests(session, facility, reasons, actor=actor, clock=clock))


def make_auto_offers(session: TenantSession, *, clock: Clock, calendar: BusinessCalendar) -> int:
    """Offers by rule: every active facility that says so answers the open requests it may; returns how many.

    Its price and rules were approved by two people. What the line has no room for is refused at acceptance.
    """
    # Most looks find nobody waiting: one statement then, not one for each facility.
    anybody_waits = exists().where(col(Request.tenant_id) == session.tenant_id, col(Request.state) == RequestState.OPEN)
    facilities = session.exec(
        select(Facility)
        .where(Facility.tenant_id == session.tenant_id, Facility.state == FacilityState.ACTIVE, Facility.auto_offer)
        .where(anybody_waits)
        .order_by(col(Facility.id))
    ).all()
    return sum(_offer_by_rule(session, facility, clock, calendar) for facility in facilities)


def _offer_by_rule(session: TenantSession, facility: Facility, clock: Clock, calendar: BusinessCalendar) -> int:
    rule = first_rule(facility, clock.today())
    declined = exists().where(
        col(RequestDecline.tenant_id) == facility.tenant_id,
        col(RequestDecline.facility_id) == facility.id,
        col(RequestDecline.request_id) == Request.id,
    )
    wanted = offerable(facility, clock).where(not_(declined)).outerjoin(rule, true()).add_columns(*rule.c)
    requests = session.execute(wanted).all()
    if not requests:
        return 0
    price = price_on(session, price_of(facility), clock)
    batch = new_batch(session, facility, price, OfferState.OFFERED, actor=AUTOMATIC, clock=clock, calendar=calendar)
    contra = contra_of(session, [request.receivable_id for request in requests])
    rows, reasons = [], {}
    for request in requests:
        answer = _bid(batch, request, contra.get(request.receivable_id))
        if isinstance(answer, str):
            reasons[request.id] = answer
        else:
            rows.append(answer)
    decline_requests(session, facility, reasons, actor=AUTOMATIC, clock=clock)
    return len(insert_offers(session, rows))


def _bid(batch: Batch, request: Row[Any], contra: Money | None) -> dict[str, Any] | str:
    """An offer, or why none is made: one invoice that no price fits must not keep the others waiting."""
    if request.declines:
        return f"{DECLINED_BY_RULE} {request.rule}"
    try:
        price = adjusted(batch.price, request)
        check_price(price)
        return offer_row(batch, request, price, contra)
    except DomainError as refusal:
        return str(refusal)


def offers_of_batch(session: TenantSession, batch_id: UUID) -> list[Offer]:
    """The offers that were made together."""
    return list(
        session.exec(
            select(Offer)
            .where(Offer.tenant_id == session.tenant_id, Offer.batch_id == batch_id)
            .order_by(col(Offer.id))
        )
    )


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
    """End the offers whose last day has passed, approved or not; returns how many."""
    passed = select(Offer.id).where(
        Offer.tenant_id == session.tenant_id,
        col(Offer.state).in_((OfferState.PROPOSED, OfferState.OFFERED)),
        col(Offer.expires_on) < clock.today(),
    )
    return move_all(session, Offer, passed, OfferState.EXPIRED, actor=system("expiry"), clock=clock)


def _digest(offers: Sequence[Offer]) -> str:
    facts = [
        f"{offer.id}|{offer.request_id}|{offer.principal_minor}|{offer.fee_minor}|{offer.annual_rate}|{offer.expires_on}"
        for offer in offers
    ]
    return sha256("\n".join(facts).encode()).hexdigest()
