"""Facilities."""

from typing import Annotated

import msgspec

from app.api.bidding_dto import BiddingRuleDto, GradeRate
from app.api.contract_dto import PriceDto, PriceView, price_view
from app.fields import FacilityId, Moment, PartyId, Reason, shown_id
from app.money_dto import MoneyDto, shown
from domain.financing.states import FacilityState
from domain.financing.tables import Facility
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id


class DebtorLimit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much may stand on one debtor."""

    debtor_id: PartyId
    limit: MoneyDto


class FacilityTerms(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All of a line that an amendment can change; without `grades`, what is signed or better is financed.

    Where the law asks for it, money waits for the registration of its assignment; a licensed lender may go without. A
    reserve leaves by rule, or when the lender's checker approves it.
    """

    limit: MoneyDto
    price: PriceDto
    debtor_limit: MoneyDto | None = None
    debtor_limits: Annotated[list[DebtorLimit], msgspec.Meta(max_length=1000)] = []
    auto_offer: bool = False
    max_tenor_days: Annotated[int, msgspec.Meta(ge=1, le=360)] = 180
    offer_valid_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
    registration_first: bool = True
    release_by_rule: bool = True
    grades: Annotated[list[GradeRate], msgspec.Meta(max_length=4)] = []
    rules: Annotated[list[BiddingRuleDto], msgspec.Meta(max_length=100)] = []


class ProposeFacility(FacilityTerms, kw_only=True, forbid_unknown_fields=True):
    """A line; without `seller_id` it lends to every seller."""

    lender_id: PartyId
    seller_id: PartyId | None = None


class AmendFacility(FacilityTerms, kw_only=True, forbid_unknown_fields=True):
    """A line as it shall be, whole, and the version it was drawn up against."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class FacilityReason(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the line shall lend no more, or again."""

    reason: Reason


class FacilityView(msgspec.Struct, kw_only=True):
    """A lender's line: price, limits, contract, and how much of it is used."""

    id: FacilityId
    lender_id: PartyId
    seller_id: PartyId | None
    limit: MoneyDto
    used: MoneyDto
    headroom: MoneyDto
    debtor_limit: MoneyDto | None
    price: PriceView
    auto_offer: bool
    max_tenor_days: int
    offer_valid_days: int
    registration_first: bool
    release_by_rule: bool
    state: FacilityState
    version: int
    made_by: str
    created_at: Moment


def facility_view(row: Facility) -> FacilityView:
    """The facility as the API shows it."""
    limit = row.debtor_limit_minor
    return FacilityView(
        id=row.public_id,
        lender_id=public_id(PARTY, row.lender_id),
        seller_id=shown_id(PARTY, row.seller_id),
        limit=MoneyDto.of_minor(row.limit_minor, row.currency),
        used=MoneyDto.of_minor(row.used_minor, row.currency),
        headroom=shown(row.headroom),
        debtor_limit=None if limit is None else MoneyDto.of_minor(limit, row.currency),
        price=price_view(row, row.advance_rate, row.fee_bp),
        auto_offer=row.auto_offer,
        max_tenor_days=row.max_tenor_days,
        offer_valid_days=row.offer_valid_days,
        registration_first=row.registration_first,
        release_by_rule=row.release_by_rule,
        state=row.state,
        version=row.version,
        made_by=row.made_by,
        created_at=row.created_at,
    )
