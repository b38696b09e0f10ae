"""Requests for cash, and the sealed offers that answer them."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.facilities_dto import PriceDto, price_dto
from app.fields import MAX_ITEMS, BatchId, FacilityId, Moment, OfferId, PartyId, ReceivableId, RequestId
from app.money_dto import MoneyDto, shown, shown_rate
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Offer, Request
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

BATCH, REQUEST, OFFER = "bat", "req", "off"


class RequestFinancing(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Confirmed invoices to get cash for; offers stay sealed until `sealed_until`."""

    seller_id: PartyId
    receivable_ids: Annotated[list[ReceivableId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    sealed_until: Moment | None = None
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=90, examples=[30])] = 30


class MakeOffers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Requests to answer, at the facility's price or at `price`."""

    facility_id: FacilityId
    request_ids: Annotated[list[RequestId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    price: PriceDto | None = None


class Offers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which offers."""

    offer_ids: Annotated[list[OfferId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class RequestView(msgspec.Struct, kw_only=True):
    """A seller's wish for cash against one receivable; those made together share a batch."""

    id: RequestId
    batch_id: BatchId
    receivable_id: ReceivableId
    seller_id: PartyId
    state: RequestState
    sealed_until: Moment
    valid_until: date
    made_by: str
    created_at: Moment


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
    principal: MoneyDto
    fee: MoneyDto
    interest: MoneyDto
    net: MoneyDto
    all_in_simple: str
    all_in_effective: str
    price: PriceDto
    expires_on: date
    state: OfferState
    made_by: str
    created_at: Moment


class OfferList(msgspec.Struct, kw_only=True):
    """Offers, cheapest first by their true cost."""

    items: list[OfferView]


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
        made_by=row.made_by,
        created_at=row.created_at,
    )


def offer_view(row: Offer) -> OfferView:
    """The offer as the API shows it."""
    return OfferView(
        id=row.public_id,
        batch_id=public_id(BATCH, row.batch_id),
        request_id=public_id(REQUEST, row.request_id),
        facility_id=public_id("fac", row.facility_id),
        lender_id=public_id(PARTY, row.lender_id),
        principal=shown(row.principal),
        fee=MoneyDto.of_minor(row.fee_minor, row.currency),
        interest=MoneyDto.of_minor(row.interest_minor, row.currency),
        net=MoneyDto.of_minor(row.net_minor, row.currency),
        all_in_simple=shown_rate(row.all_in_simple),
        all_in_effective=shown_rate(row.all_in_effective),
        price=price_dto(row.advance_rate, row.fee_bp, row.terms),
        expires_on=row.expires_on,
        state=row.state,
        made_by=row.made_by,
        created_at=row.created_at,
    )
