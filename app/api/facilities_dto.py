"""Facilities."""

from decimal import Decimal
from typing import Annotated

import msgspec

from app.fields import FacilityId, Moment, PartyId, shown_id
from app.money_dto import MoneyDto, Rate, shown, shown_rate
from domain.financing.quotes import Price
from domain.financing.states import FacilityState
from domain.financing.tables import Facility
from domain.financing.terms import InterestTiming, Terms
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.values.business_days import Roll
from domain.values.day_count import DayCount
from domain.values.rounding import Rounding

BasisPoints = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9]{1,4}(\.[0-9]{1,3})?$", max_length=8, description="1 is 0.01 %.", examples=["25"]),
]
Multiplier = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,3})?$", max_length=6, description="Times the rate.", examples=["1.5"]),
]
Days = Annotated[int, msgspec.Meta(ge=0, le=90, examples=[0])]


class ContractDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The contract fields that figures come about by."""

    annual_rate: Rate
    overdue_multiplier: Multiplier = "1.5"
    day_count: DayCount = DayCount.ACT_360
    interest_timing: InterestTiming = InterestTiming.REAR
    rounding: Rounding = Rounding.HALF_UP
    roll: Roll = Roll.FOLLOWING
    roll_accrues: bool = True
    grace_days: Days = 0

    def terms(self) -> Terms:
        """The terms as the rules take them."""
        return Terms(
            annual_rate=Decimal(self.annual_rate),
            overdue_multiplier=Decimal(self.overdue_multiplier),
            day_count=self.day_count,
            interest_timing=self.interest_timing,
            rounding=self.rounding,
            roll=self.roll,
            roll_accrues=self.roll_accrues,
            grace_days=self.grace_days,
        )


class PriceDto(ContractDto, kw_only=True, forbid_unknown_fields=True):
    """What financing costs, and the contract it goes by."""

    advance_rate: Rate
    fee_bp: BasisPoints = "0"

    def value(self) -> Price:
        """The price as the rules take it."""
        return Price(Decimal(self.advance_rate), Decimal(self.fee_bp), self.terms())


class DebtorLimit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much may stand on one debtor."""

    debtor_id: PartyId
    limit: MoneyDto


class ProposeFacility(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A line; without `seller_id` it lends to every seller."""

    lender_id: PartyId
    limit: MoneyDto
    price: PriceDto
    seller_id: PartyId | None = None
    debtor_limit: MoneyDto | None = None
    debtor_limits: Annotated[list[DebtorLimit], msgspec.Meta(max_length=1000)] = []
    auto_offer: bool = False
    max_tenor_days: Annotated[int, msgspec.Meta(ge=1, le=360)] = 180
    offer_valid_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5


class FacilityView(msgspec.Struct, kw_only=True):
    """A lender's line: price, limits, contract, and how much of it is used."""

    id: FacilityId
    lender_id: PartyId
    seller_id: PartyId | None
    limit: MoneyDto
    used: MoneyDto
    headroom: MoneyDto
    debtor_limit: MoneyDto | None
    price: PriceDto
    auto_offer: bool
    max_tenor_days: int
    offer_valid_days: int
    state: FacilityState
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
        price=price_dto(row.advance_rate, row.fee_bp, row.terms),
        auto_offer=row.auto_offer,
        max_tenor_days=row.max_tenor_days,
        offer_valid_days=row.offer_valid_days,
        state=row.state,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def price_dto(advance_rate: Decimal, fee_bp: Decimal, terms: Terms) -> PriceDto:
    """The price of a facility or an offer."""
    return PriceDto(
        advance_rate=shown_rate(advance_rate), fee_bp=shown_rate(fee_bp), **msgspec.structs.asdict(contract_dto(terms))
    )


def contract_dto(terms: Terms) -> ContractDto:
    """The contract fields of a facility, an offer or an advance."""
    return ContractDto(
        annual_rate=shown_rate(terms.annual_rate),
        overdue_multiplier=shown_rate(terms.overdue_multiplier),
        day_count=terms.day_count,
        interest_timing=terms.interest_timing,
        rounding=terms.rounding,
        roll=terms.roll,
        roll_accrues=terms.roll_accrues,
        grace_days=terms.grace_days,
    )
