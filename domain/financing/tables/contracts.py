"""Contract fields as columns, shared by facility, offer and advance."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Numeric
from sqlmodel import Field, SQLModel

from domain.financing.terms import InterestTiming, Terms, waterfall_from
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
    recourse: bool = True
    surplus_to_seller: bool = True

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
            recourse=self.recourse,
            surplus_to_seller=self.surplus_to_seller,
        )


CONTRACT_FIELDS = tuple(ContractFields.model_fields)
