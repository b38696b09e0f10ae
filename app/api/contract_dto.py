"""Prices and the contract fields they go with: of facilities, offers and advances."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.money_dto import Rate, shown_rate
from app.refusals import FieldFault, ValidationFailed
from domain.financing.contracts import reference_of
from domain.financing.quotes import Price, Reference
from domain.financing.tables import ContractFields
from domain.financing.terms import (
    CIVIL_CODE_561,
    Component,
    FeeBasis,
    FeeBearer,
    InterestTiming,
    PenaltyBase,
    Terms,
)
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
SignedBasisPoints = Annotated[
    str,
    msgspec.Meta(pattern=r"^-?[0-9]{1,4}(\.[0-9]{1,3})?$", max_length=9, description="1 is 0.01 %.", examples=["250"]),
]
ReferenceName = Annotated[
    str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{1,30}$", max_length=31, description="A reference.", examples=["lpr_1y"])
]
Days = Annotated[int, msgspec.Meta(ge=0, le=90, examples=[0])]


class ContractDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The contract fields that figures come about by."""

    annual_rate: Rate | None = None
    overdue_multiplier: Multiplier = "1.5"
    day_count: DayCount = DayCount.ACT_360
    interest_timing: InterestTiming = InterestTiming.REAR
    rounding: Rounding = Rounding.HALF_UP
    roll: Roll = Roll.FOLLOWING
    roll_accrues: bool = True
    grace_days: Days = 0
    waterfall: Annotated[list[Component], msgspec.Meta(min_length=4, max_length=4)] = msgspec.field(
        default_factory=lambda: list(CIVIL_CODE_561)
    )
    fee_bearer: FeeBearer = FeeBearer.SELLER
    fee_basis: FeeBasis = FeeBasis.FACE
    min_interest_days: Days = 0
    early_settlement_bp: BasisPoints = "0"
    penalty_on: PenaltyBase = PenaltyBase.PRINCIPAL
    recourse: bool = True
    surplus_to_seller: bool = True

    def terms(self) -> Terms:
        """The terms as the rules take them."""
        return Terms(
            annual_rate=Decimal(self.annual_rate or 0),
            overdue_multiplier=Decimal(self.overdue_multiplier),
            day_count=self.day_count,
            interest_timing=self.interest_timing,
            rounding=self.rounding,
            roll=self.roll,
            roll_accrues=self.roll_accrues,
            grace_days=self.grace_days,
            waterfall=tuple(self.waterfall),
            fee_bearer=self.fee_bearer,
            fee_basis=self.fee_basis,
            min_interest_days=self.min_interest_days,
            early_settlement_bp=Decimal(self.early_settlement_bp),
            penalty_on=self.penalty_on,
            recourse=self.recourse,
            surplus_to_seller=self.surplus_to_seller,
        )


class ReferenceDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A published rate that a price follows, and the margin over it."""

    name: ReferenceName
    margin_bp: SignedBasisPoints

    def value(self) -> Reference:
        """The reference as the rules take it."""
        return Reference(self.name, Decimal(self.margin_bp))


class FixedReferenceView(msgspec.Struct, kw_only=True):
    """Where a rate came from: the reference as it stood on the day the rate was fixed, and the margin."""

    name: ReferenceName
    margin_bp: str
    rate: str | None
    effective_on: date | None


class PriceDto(ContractDto, kw_only=True, forbid_unknown_fields=True):
    """What financing costs, and the contract it goes by: at an `annual_rate`, or at a reference and a margin."""

    advance_rate: Rate
    fee_bp: BasisPoints = "0"
    reference: ReferenceDto | None = None

    def value(self) -> Price:
        """The price as the rules take it. Raises ValidationFailed."""
        if (self.annual_rate is None) == (self.reference is None):
            en, zh = "Give either annual_rate or reference", "annual_rate 与 reference 应二选一"
            raise ValidationFailed([FieldFault("either_or", en, zh, "#/price/annual_rate")])
        reference = self.reference.value() if self.reference else None
        return Price(Decimal(self.advance_rate), Decimal(self.fee_bp), self.terms(), reference)


class PriceView(ContractDto, kw_only=True):
    """The price of a facility or an offer: its rate, and what the rate comes from where it follows a reference."""

    advance_rate: Rate
    fee_bp: BasisPoints
    reference: FixedReferenceView | None


def price_view(row: ContractFields, advance_rate: Decimal, fee_bp: Decimal) -> PriceView:
    """The price of a facility or an offer."""
    reference = reference_of(row)
    return PriceView(
        advance_rate=shown_rate(advance_rate),
        fee_bp=shown_rate(fee_bp),
        reference=None if reference is None else _fixed(reference),
        **msgspec.structs.asdict(contract_dto(row.terms)),
    )


def _fixed(reference: Reference) -> FixedReferenceView:
    return FixedReferenceView(
        name=reference.name,
        margin_bp=shown_rate(reference.margin_bp),
        rate=None if reference.rate is None else shown_rate(reference.rate),
        effective_on=reference.effective_on,
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
        waterfall=list(terms.waterfall),
        fee_bearer=terms.fee_bearer,
        fee_basis=terms.fee_basis,
        min_interest_days=terms.min_interest_days,
        early_settlement_bp=shown_rate(terms.early_settlement_bp),
        penalty_on=terms.penalty_on,
        recourse=terms.recourse,
        surplus_to_seller=terms.surplus_to_seller,
    )
