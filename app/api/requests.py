"""Requests for cash, and offers on them: two people on either side, prices sealed until the seller's deadline."""

from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.facilities import visible_facility
from app.api.parties import visible_party
from app.api.requests_dto import (
    BATCH,
    OFFER,
    REQUEST,
    AcceptedView,
    DeclinedView,
    DeclineRequests,
    MakeOffers,
    OfferBatchView,
    OfferList,
    Offers,
    RequestBatchView,
    RequestFinancing,
    RequestList,
    RequestView,
    WithdrawnView,
    accepted_view,
    compared_view,
    offer_view,
    request_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import BatchPath, OfferPath, ReasonBody, RequestPath, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import acceptance, offers, requests
from domain.financing.agents.limits import over_agents
from domain.financing.comparison import compare_offers
from domain.financing.listings import REQUESTS
from domain.financing.tables import Offer, Request
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.values.errors import NotFound

Made = TypeVar("Made", Request, Offer)
Filters = Annotated[list[str] | None, filters_of(REQUESTS)]


class Requests(Controller):
    """What sellers ask for."""

    path = "/requests"
    tags = ("financing",)

    @query("/", needs=Permission.REQUESTS_READ)
    def list_requests(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[RequestView]:
        """List requests, newest first."""
        return listed(work, REQUESTS, request_view, filters=filters, cursor=cursor, limit=limit)

    @query("/open", needs=Permission.OFFERS_WRITE)
    def list_open_requests(self, work: NamedDependency[Work]) -> RequestList:
        """List the requests the caller's lender may answer, newest first; whom else they were sent to is not shown."""
        lender_id = work.principal.party_id
        found = [] if lender_id is None else requests.open_to(work.session, lender_id, clock=work.clock)
        return RequestList(items=[request_view(row) for row in found])

    @query("/{request_id:str}", needs=Permission.REQUESTS_READ)
    def get_request(self, work: NamedDependency[Work], request_id: RequestPath) -> RequestView:
        """Show a request, to its seller, the group, and the lenders it was sent to."""
        return request_view(_visible_request(work, request_id))

    @command("/decline", needs=Permission.OFFERS_WRITE, status_code=HTTP_200_OK)
    def decline_requests(self, work: NamedDependency[Work], data: JSONBody[DeclineRequests]) -> DeclinedView:
        """Let requests be: the facility's automatic rules do not answer them either. Nobody else learns of it."""
        facility = visible_facility(work, data.facility_id)
        work.confine(facility.lender_id, kind="facility", reference=data.facility_id)
        ids = [parse_public_id(REQUEST, reference) for reference in dict.fromkeys(data.request_ids)]
        declined = offers.decline_by_hand(
            work.session, facility.id, ids, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return DeclinedView(declined=declined)

    @command("/", needs=Permission.REQUESTS_WRITE)
    def request_financing(self, work: NamedDependency[Work], data: JSONBody[RequestFinancing]) -> RequestBatchView:
        """Ask for cash against confirmed invoices, a request for each.

        A second person of the seller approves the batch; then lenders may offer.
        """
        batch_id = requests.request_financing(
            work.session,
            [parse_public_id("rcv", reference) for reference in dict.fromkeys(data.receivable_ids)],
            seller_id=visible_party(work, data.seller_id).id,
            sealed_until=body_date("sealed_until", data.sealed_until),
            valid_days=data.valid_days,
            invited=[parse_public_id(PARTY, reference) for reference in dict.fromkeys(data.lender_ids)],
            actor=work.actor,
            clock=work.clock,
        )
        return _batch(work, batch_id)

    @command("/batches/{batch_id:str}/approve", needs=Permission.REQUESTS_WRITE, status_code=HTTP_200_OK)
    def approve_requests(self, work: NamedDependency[Work], batch_id: BatchPath) -> RequestBatchView:
        """Open the requests another person made to lenders."""
        identity = parse_public_id(BATCH, batch_id)
        made = _found(requests.requests_of_batch(work.session, identity), batch_id)
        work.confine(made[0].seller_id, kind="batch", reference=batch_id)
        requests.approve_requests(work.session, identity, actor=work.actor, clock=work.clock)
        return _batch(work, identity)

    @query("/{request_id:str}/offers", needs=Permission.OFFERS_READ)
    def list_offers(self, work: NamedDependency[Work], request_id: RequestPath) -> OfferList:
        """List the offers on a request, cheapest first by what each costs for the term it would have from today.

        A lender sees its own at any time, and never another's, nor how many there are; the seller and the group see
        them once they are unsealed.
        """
        request = _visible_request(work, request_id)
        bound = work.principal.party_id
        lender_id = None if bound in {None, *acceptance.parties_to(work.session, request)} else bound
        found = compare_offers(work.session, request.id, clock=work.clock, calendar=work.calendar, lender_id=lender_id)
        return OfferList(items=[compared_view(each) for each in found])


class OfferEndpoints(Controller):
    """What lenders answer."""

    path = "/offers"
    tags = ("financing",)

    @command("/", needs=Permission.OFFERS_WRITE)
    def make_offers(self, work: NamedDependency[Work], data: JSONBody[MakeOffers]) -> OfferBatchView:
        """Offer on requests, at the facility's price or another.

        A second person of the lender approves the batch; until then nobody else sees it.
        """
        facility = visible_facility(work, data.facility_id)
        work.confine(facility.lender_id, kind="facility", reference=data.facility_id)
        batch_id = offers.make_offers(
            work.session,
            facility_id=facility.id,
            request_ids=[parse_public_id(REQUEST, reference) for reference in dict.fromkeys(data.request_ids)],
            price=data.price.value() if data.price else None,
            actor=work.actor,
            clock=work.clock,
            calendar=work.calendar,
        )
        return _offers_of(work, batch_id)

    @command("/batches/{batch_id:str}/approve", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_offers(self, work: NamedDependency[Work], batch_id: BatchPath) -> OfferBatchView:
        """Let the offers another person made stand, at exactly these prices."""
        identity = parse_public_id(BATCH, batch_id)
        made = _found(offers.offers_of_batch(work.session, identity), batch_id)
        work.confine(made[0].lender_id, kind="batch", reference=batch_id)
        offers.approve_offers(work.session, identity, actor=work.actor, clock=work.clock)
        return _offers_of(work, identity)

    @command("/batches/{batch_id:str}/decline", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def decline_offers(
        self, work: NamedDependency[Work], batch_id: BatchPath, data: JSONBody[ReasonBody]
    ) -> OfferBatchView:
        """Let the offers a maker made not stand."""
        identity = parse_public_id(BATCH, batch_id)
        made = _found(offers.offers_of_batch(work.session, identity), batch_id)
        work.confine(made[0].lender_id, kind="batch", reference=batch_id)
        offers.decline_offers(work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock)
        return _offers_of(work, identity)

    @command("/withdraw", needs=Permission.OFFERS_WRITE, status_code=HTTP_200_OK)
    def withdraw_offers(self, work: NamedDependency[Work], data: JSONBody[Offers]) -> WithdrawnView:
        """Take back offers nobody has accepted."""
        chosen = [_offer(work, reference) for reference in dict.fromkeys(data.offer_ids)]
        for offer in chosen:
            work.confine(offer.lender_id, kind="offer", reference=offer.public_id)
        ids = [offer.id for offer in chosen]
        return WithdrawnView(withdrawn=offers.withdraw_offers(work.session, ids, actor=work.actor, clock=work.clock))

    @money_command("/{offer_id:str}/accept", needs=Permission.OFFERS_ACCEPT)
    def accept_offer(self, work: NamedDependency[Work], offer_id: OfferPath) -> AcceptedView:
        """Accept an offer: the advance is agreed, and the limits over it taken up.

        Who bears the fee accepts: the seller, or the debtor where the offer says so. The offer's conditions are
        checked again now; the answer, with `dry_run` too, shows what every limit let through, which of them bound,
        and what the offer costs from today.
        """
        offer = _offer(work, offer_id)
        request = work.find(Request, REQUEST, public_id(REQUEST, offer.request_id), kind="request")
        work.confine(acceptance.accepted_by(work.session, offer, request), kind="offer", reference=offer_id)
        result = acceptance.accept_offers(
            work.session,
            [offer.id],
            seller_id=request.seller_id,
            actor=work.actor,
            clock=work.clock,
            calendar=work.calendar,
            others=over_agents(work.clock),
        )
        if offer.id in result.refused:
            raise result.refused[offer.id]
        return accepted_view(result.made[offer.id], result.quotes[offer.id], result.available[offer.id])


def _batch(work: Work, batch_id: UUID) -> RequestBatchView:
    made = requests.requests_of_batch(work.session, batch_id)
    return RequestBatchView(batch_id=public_id(BATCH, batch_id), items=[request_view(row) for row in made])


def _offers_of(work: Work, batch_id: UUID) -> OfferBatchView:
    made = offers.offers_of_batch(work.session, batch_id)
    return OfferBatchView(batch_id=public_id(BATCH, batch_id), items=[offer_view(row) for row in made])


def _found(made: Sequence[Made], reference: str) -> Sequence[Made]:
    if not made:
        raise NotFound(kind="batch", reference=reference)
    return made


def _visible_request(work: Work, reference: str) -> Request:
    """The request, for its seller and debtor, the group, and lenders it was sent to. Raises NotFound."""
    request, bound = work.find(Request, REQUEST, reference, kind="request"), work.principal.party_id
    if bound is None or bound in acceptance.parties_to(work.session, request):
        return request
    if not requests.may_answer(work.session, request.id, bound):
        raise NotFound(kind="request", reference=reference)
    return request


def _offer(work: Work, reference: str) -> Offer:
    return work.find(Offer, OFFER, reference, kind="offer")
