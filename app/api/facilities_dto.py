"""Facilities."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.fields import FacilityId, Moment, PartyId, Reason, optional_id, shown_id
from app.money_dto import MoneyDto, Rate, shown, shown_rate
from app.refusals import FieldFault, ValidationFailed
from domain.financing.bidding import BiddingRule
from domain.financing.contracts import reference_of
from domain.financing.quotes import Price, Reference
from domain.financing.states import FacilityState
from domain.financing.tables import BidRule, ContractFields, Facility, FacilityDebtor
from domain.financing.terms import (
    CIVIL_CODE_561,
    Component,
    FeeBasis,
    FeeBearer,
    InterestTiming,
    PenaltyBase,
    Terms,
)
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.receivables.states import ConfirmationGrade
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


class DebtorLimit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much may stand on one debtor."""

    debtor_id: PartyId
    limit: MoneyDto


class GradeRate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The most that is advanced on a receivable confirmed so well."""

    grade: ConfirmationGrade
    advance_rate: Rate


class BiddingRuleDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an automatic offer asks of requests that fit; what is left out fits all. The first that fits decides."""

    seller_id: PartyId | None = None
    debtor_id: PartyId | None = None
    grade: ConfirmationGrade | None = None
    min_days: Annotated[int, msgspec.Meta(ge=0, le=366)] | None = None
    max_days: Annotated[int, msgspec.Meta(ge=0, le=366)] | None = None
    min_amount: MoneyDto | None = None
    max_amount: MoneyDto | None = None
    declines: bool = False
    rate_bp: SignedBasisPoints = "0"
    fee_bp: SignedBasisPoints = "0"
    advance_rate: Rate | None = None

    def value(self) -> BiddingRule:
        """The rule as the house takes it. Raises NotFound."""
        return BiddingRule(
            seller_id=optional_id(PARTY, self.seller_id),
            debtor_id=optional_id(PARTY, self.debtor_id),
            grade=self.grade,
            min_days=self.min_days,
            max_days=self.max_days,
            min_minor=self.min_amount.money().minor if self.min_amount else None,
            max_minor=self.max_amount.money().minor if self.max_amount else None,
            declines=self.declines,
            rate_bp=Decimal(self.rate_bp),
            fee_bp=Decimal(self.fee_bp),
            advance_rate=None if self.advance_rate is None else Decimal(self.advance_rate),
        )


class FacilityTerms(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All of a line that an amendment can change; without `grades`, what is signed or better is financed."""

    limit: MoneyDto
    price: PriceDto
    debtor_limit: MoneyDto | None = None
    debtor_limits: Annotated[list[DebtorLimit], msgspec.Meta(max_length=1000)] = []
    auto_offer: bool = False
    max_tenor_days: Annotated[int, msgspec.Meta(ge=1, le=360)] = 180
    offer_valid_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
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


class DebtorLineView(msgspec.Struct, kw_only=True):
    """What stands on one debtor under a line, and its own limit there."""

    debtor_id: PartyId
    limit: MoneyDto | None
    used: MoneyDto


class BiddingView(msgspec.Struct, kw_only=True):
    """How a line bids, for its lender only: grades, rules in their order, and what stands on each debtor."""

    grades: list[GradeRate]
    rules: list[BiddingRuleDto]
    debtors: list[DebtorLineView]


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
        state=row.state,
        version=row.version,
        made_by=row.made_by,
        created_at=row.created_at,
    )


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


def bidding_view(
    currency: str,
    grades: dict[ConfirmationGrade, Decimal],
    rules: Sequence[BidRule],
    lines: Sequence[FacilityDebtor],
) -> BiddingView:
    """How a line bids."""

    def money(minor: int | None) -> MoneyDto | None:
        return None if minor is None else MoneyDto.of_minor(minor, currency)

    return BiddingView(
        grades=[GradeRate(grade=grade, advance_rate=shown_rate(rate)) for grade, rate in sorted(grades.items())],
        rules=[
            BiddingRuleDto(
                seller_id=shown_id(PARTY, rule.seller_id),
                debtor_id=shown_id(PARTY, rule.debtor_id),
                grade=rule.grade,
                min_days=rule.min_days,
                max_days=rule.max_days,
                min_amount=money(rule.min_minor),
                max_amount=money(rule.max_minor),
                declines=rule.declines,
                rate_bp=shown_rate(rule.rate_bp),
                fee_bp=shown_rate(rule.fee_bp),
                advance_rate=None if rule.advance_rate is None else shown_rate(rule.advance_rate),
            )
            for rule in rules
        ],
        debtors=[
            DebtorLineView(
                debtor_id=public_id(PARTY, line.debtor_id),
                limit=money(line.limit_minor),
                used=MoneyDto.of_minor(line.used_minor, currency),
            )
            for line in lines
        ],
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
