"""Requests for cash, and the sealed offers that answer them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import msgspec

from app.api.advances_dto import AdvanceView, advance_view
from app.api.contract_dto import PriceDto, PriceView, price_view
from app.fields import MAX_ITEMS, BatchId, FacilityId, Moment, OfferId, PartyId, Reason, ReceivableId, RequestId
from app.money_dto import MoneyDto, shown, shown_rate
from domain.financing.comparison import Compared
from domain.financing.exposure_rules import Availability
from domain.financing.quotes import Quote
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Advance, Offer, Request
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

BATCH, REQUEST, OFFER = "bat", "req", "off"


class RequestFinancing(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Confirmed invoices to get cash for, from the lenders named or from all; offers stay sealed until the deadline."""

    seller_id: PartyId
    receivable_ids: Annotated[list[ReceivableId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    sealed_until: Moment | None = None
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=90, examples=[30])] = 30
    lender_ids: Annotated[list[PartyId], msgspec.Meta(max_length=100)] = []


class MakeOffers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Requests to answer, at the facility's price or at `price`."""

    facility_id: FacilityId
    request_ids: Annotated[list[RequestId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    price: PriceDto | None = None


class Offers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which offers."""

    offer_ids: Annotated[list[OfferId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class DeclineRequests(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Requests a facility lets be."""

    facility_id: FacilityId
    request_ids: Annotated[list[RequestId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    reason: Reason


class DeclinedView(msgspec.Struct, kw_only=True):
    """How many were declined."""

    declined: int


class WarningView(msgspec.Struct, kw_only=True):
    """What law or market practice says of it: a sentence in both languages, the numbers, and the source."""

    code: str
    en: str
    zh: str
    citation: str
    facts: dict[str, str]


class RequestView(msgspec.Struct, kw_only=True):
    """A seller's wish for cash against one receivable; those made together share a batch."""

    id: RequestId
    batch_id: BatchId
    receivable_id: ReceivableId
    seller_id: PartyId
    state: RequestState
    sealed_until: Moment
    valid_until: date
    by_invitation: bool
    warnings: list[WarningView]
    made_by: str
    created_at: Moment


class RequestList(msgspec.Struct, kw_only=True):
    """Requests a lender may answer, newest first."""

    items: list[RequestView]


class RequestBatchView(msgspec.Struct, kw_only=True):
    """Requests made together, which one approval opens to lenders."""

    batch_id: BatchId
    items: list[RequestView]


class OfferView(msgspec.Struct, kw_only=True):
    """What a lender would pay: principal less fee and interest taken in front; and its true cost a year (R14)."""

    id: OfferId
    batch_id: BatchId
    request_id: RequestId
    facility_id: FacilityId
    lender_id: PartyId
    facility_version: int
    principal: MoneyDto
    fee: MoneyDto
    debtor_fee: MoneyDto
    interest: MoneyDto
    net: MoneyDto
    all_in_simple: str
    all_in_effective: str
    price: PriceView
    expires_on: date
    state: OfferState
    warnings: list[WarningView]
    made_by: str
    created_at: Moment


class QuoteView(msgspec.Struct, kw_only=True):
    """What it comes to from a day on: cost in money, and as a yearly rate, simple and effective (R14)."""

    days: int
    principal: MoneyDto
    cost: MoneyDto
    interest: MoneyDto
    net: MoneyDto
    all_in_simple: str
    all_in_effective: str


class ComparedOfferView(OfferView, kw_only=True):
    """An offer beside the others: its figures if it were accepted today, and whether it is the cheapest then."""

    today: QuoteView | None
    cheapest: bool


class OfferList(msgspec.Struct, kw_only=True):
    """Offers, cheapest first by their true cost over the term they would have from today."""

    items: list[ComparedOfferView]


class AvailabilityView(msgspec.Struct, kw_only=True):
    """What could be lent, which limit decided it, and what each limit let through (R1)."""

    available: MoneyDto
    bound_by: str
    headrooms: dict[str, MoneyDto]


class AcceptedView(AdvanceView, kw_only=True):
    """The advance that was agreed, what the seller was shown, and the limits it was held against."""

    quote: QuoteView
    availability: AvailabilityView


class OfferBatchView(msgspec.Struct, kw_only=True):
    """Offers made together, which one approval lets stand."""

    batch_id: BatchId
    items: list[OfferView]


class WithdrawnView(msgspec.Struct, kw_only=True):
    """How many offers were taken back."""

    withdrawn: int


def request_view(row: Request) -> RequestView:
    """The request as the API shows it."""
    return RequestView(
        id=row.public_id,
        batch_id=public_id(BATCH, row.batch_id),
        receivable_id=public_id("rcv", row.receivable_id),
        seller_id=public_id(PARTY, row.seller_id),
        state=row.state,
        sealed_until=row.sealed_until,
        valid_until=row.valid_until,
        by_invitation=row.by_invitation,
        warnings=warnings_view(row.warnings),
        made_by=row.made_by,
        created_at=row.created_at,
    )


def warnings_view(warnings: list[dict[str, Any]]) -> list[WarningView]:
    """The warnings a request or an offer keeps."""
    return [WarningView(**warning) for warning in warnings]


def offer_view(row: Offer) -> OfferView:
    """The offer as the API shows it."""
    return OfferView(**_offer_fields(row))


def compared_view(compared: Compared) -> ComparedOfferView:
    """The offer beside the others."""
    today = None if compared.today is None else quote_view(compared.today)
    return ComparedOfferView(**_offer_fields(compared.offer), today=today, cheapest=compared.cheapest)


def quote_view(figures: Quote) -> QuoteView:
    """What it comes to."""
    return QuoteView(
        days=figures.days,
        principal=shown(figures.principal),
        cost=shown(figures.cost),
        interest=shown(figures.interest),
        net=shown(figures.net),
        all_in_simple=shown_rate(figures.rate.simple),
        all_in_effective=shown_rate(figures.rate.effective),
    )


def accepted_view(advance: Advance, figures: Quote, available: Availability) -> AcceptedView:
    """The advance, as it was agreed."""
    return AcceptedView(
        **msgspec.structs.asdict(advance_view(advance)),
        quote=quote_view(figures),
        availability=AvailabilityView(
            available=shown(available.amount),
            bound_by=available.bound_by,
            headrooms={name: shown(headroom) for name, headroom in available.headrooms.items()},
        ),
    )


def _offer_fields(row: Offer) -> Mapping[str, Any]:
    return {
        "id": row.public_id,
        "batch_id": public_id(BATCH, row.batch_id),
        "request_id": public_id(REQUEST, row.request_id),
        "facility_id": public_id("fac", row.facility_id),
        "facility_version": row.facility_version,
        "lender_id": public_id(PARTY, row.lender_id),
        "principal": shown(row.principal),
        "fee": MoneyDto.of_minor(row.fee_minor, row.currency),
        "debtor_fee": MoneyDto.of_minor(row.debtor_fee_minor, row.currency),
        "interest": MoneyDto.of_minor(row.interest_minor, row.currency),
        "net": MoneyDto.of_minor(row.net_minor, row.currency),
        "all_in_simple": shown_rate(row.all_in_simple),
        "all_in_effective": shown_rate(row.all_in_effective),
        "price": price_view(row, row.advance_rate, row.fee_bp),
        "expires_on": row.expires_on,
        "state": row.state,
        "warnings": warnings_view(row.warnings),
        "made_by": row.made_by,
        "created_at": row.created_at,
    }
