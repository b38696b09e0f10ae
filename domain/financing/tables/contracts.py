"""Contract fields as columns, shared by facility, offer and advance."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Numeric
from sqlmodel import Field, SQLModel

from domain.financing.terms import FeeBasis, FeeBearer, InterestTiming, PenaltyBase, Terms, waterfall_from
from domain.platform.tables import text_enum
from domain.values.business_days import Roll
from domain.values.day_count import DayCount
from domain.values.rounding import Rounding

RATE: Any = Numeric(12, 9)
BASIS_POINTS: Any = Numeric(8, 3)
MINOR: Any = BigInteger


class ContractFields(SQLModel):
    """What figures depend on: agreed in the facility, quoted in the offer, kept on the advance."""

    annual_rate: Decimal = Field(sa_type=RATE)
    overdue_multiplier: Decimal = Field(default=Decimal("1.5"), sa_type=Numeric(6, 3))
    day_count: DayCount = Field(default=DayCount.ACT_360, sa_type=text_enum(DayCount, "day_count"))
    interest_timing: InterestTiming = Field(
        default=InterestTiming.REAR, sa_type=text_enum(InterestTiming, "interest_timing")
    )
    rounding: Rounding = Field(default=Rounding.HALF_UP, sa_type=text_enum(Rounding, "rounding"))
    roll: Roll = Field(default=Roll.FOLLOWING, sa_type=text_enum(Roll, "roll"))
    roll_accrues: bool = True
    grace_days: int = 0
    waterfall: str = "costs,penalty,interest,principal"
    fee_bearer: FeeBearer = Field(default=FeeBearer.SELLER, sa_type=text_enum(FeeBearer, "fee_bearer"))
    fee_basis: FeeBasis = Field(default=FeeBasis.FACE, sa_type=text_enum(FeeBasis, "fee_basis"))
    min_interest_days: int = 0
    early_settlement_bp: Decimal = Field(default=Decimal(0), sa_type=BASIS_POINTS)
    penalty_on: PenaltyBase = Field(default=PenaltyBase.PRINCIPAL, sa_type=text_enum(PenaltyBase, "penalty_on"))
    recourse: bool = True
    surplus_to_seller: bool = True
    # Where the rate comes from: a reference and a margin over it; the reference's own rate and day once it is fixed.
    reference_name: str | None = Field(default=None, max_length=32)
    margin_bp: Decimal | None = Field(default=None, sa_type=BASIS_POINTS)
    reference_rate: Decimal | None = Field(default=None, sa_type=RATE)
    reference_on: date | None = None

    @property
    def terms(self) -> Terms:
        """The contract fields as the rules take them."""
        return Terms(
            annual_rate=self.annual_rate,
            overdue_multiplier=self.overdue_multiplier,
            day_count=self.day_count,
            interest_timing=self.interest_timing,
            rounding=self.rounding,
            roll=self.roll,
            roll_accrues=self.roll_accrues,
            grace_days=self.grace_days,
            waterfall=waterfall_from(self.waterfall),
            fee_bearer=self.fee_bearer,
            fee_basis=self.fee_basis,
            min_interest_days=self.min_interest_days,
            early_settlement_bp=self.early_settlement_bp,
            penalty_on=self.penalty_on,
            recourse=self.recourse,
            surplus_to_seller=self.surplus_to_seller,
        )


CONTRACT_FIELDS = tuple(ContractFields.model_fields)


def contract_checks() -> tuple[CheckConstraint, ...]:
    """What holds of a contract wherever it is kept."""
    return (
        CheckConstraint("surplus_to_seller OR NOT recourse", name="surplus_with_recourse"),
        CheckConstraint("(reference_name IS NULL) = (margin_bp IS NULL)", name="margin_over_reference"),
        CheckConstraint("min_interest_days >= 0 AND early_settlement_bp >= 0", name="early_terms"),
    )
