"""Offers side by side: what each would cost if it were accepted today, cheapest first (R14)."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from domain.financing.contracts import price_of
from domain.financing.errors import FeesExceedAdvance, NoTermLeft, OffersStillSealed, RateBeyondDisclosure
from domain.financing.pricing import claim_of
from domain.financing.quotes import Quote, requote
from domain.financing.states import OfferState
from domain.financing.tables import Offer, Request
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.queries import receivable
from domain.receivables.tables import Receivable
from domain.values.business_days import BusinessCalendar


@dataclass(frozen=True, slots=True)
class Compared:
    """An offer, its figures for the term it would have from today (none once it does not stand), and the cheapest."""

    offer: Offer
    today: Quote | None
    cheapest: bool


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
    # What its lender never let stand is nobody else's business.
    unseen = (OfferState.PROPOSED, OfferState.DECLINED)
    return list(session.exec(offers.where(col(Offer.state).not_in(unseen))))


def compare_offers(
    session: TenantSession,
    request_id: UUID,
    *,
    clock: Clock,
    calendar: BusinessCalendar,
    lender_id: UUID | None = None,
) -> list[Compared]:
    """The offers on a request by what each costs for the term it would have from today; those that stand first.

    The order may differ from the day they were made: the shorter the term, the dearer a fee. Raises OffersStillSealed.
    """
    offers = offers_on(session, request_id, clock=clock, lender_id=lender_id)
    request = session.get_one(Request, (session.tenant_id, request_id))
    claim = receivable(session, request.receivable_id)
    figures = {offer.id: _today(offer, claim, clock, calendar) for offer in offers}
    ranked = sorted(offers, key=lambda offer: _rank(offer, figures[offer.id]))
    best = ranked[0].id if ranked and figures[ranked[0].id] is not None and lender_id is None else None
    return [Compared(offer, figures[offer.id], offer.id == best) for offer in ranked]


def _rank(offer: Offer, figures: Quote | None) -> tuple[object, ...]:
    return (figures is None, figures.rate.effective if figures else offer.all_in_effective, offer.id)


def _today(offer: Offer, claim: Receivable, clock: Clock, calendar: BusinessCalendar) -> Quote | None:
    """An offer's figures as of today; none when it does not stand, or the term is over."""
    if offer.state is not OfferState.OFFERED or offer.expires_on < clock.today():
        return None
    try:
        return requote(offer.principal, claim_of(claim, offer.currency), price_of(offer), clock.today(), calendar)
    except (NoTermLeft, FeesExceedAdvance, RateBeyondDisclosure):
        return None
