"""Rows of what small sellers have demanded of large buyers for paying late (R28)."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric
from sqlmodel import Field

from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to
from domain.values.money import Money

_RATE: Any = Numeric(18, 9)


class LateInterestDemand(PublicRow, table=True):
    """A seller's demand for late interest: how much, on what, as of when, by what rates and law, and who made it.

    It keeps the figures it was made with, so that what was demanded can be shown when rates and balances have moved.
    """

    __tablename__ = "late_interest_demand"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        belongs_to("party", "seller_id"),
        belongs_to("party", "debtor_id"),
        # One figure a day: the same demand twice is a slip.
        Index("uq_late_interest_demand_day", "tenant_id", "receivable_id", "as_of", unique=True),
        CheckConstraint("amount_minor > 0 AND unpaid_minor > 0 AND late_days > 0", name="something_late"),
        CheckConstraint("agreed_rate >= 0 AND lpr_at_signing >= 0", name="rates_not_negative"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID
    seller_id: UUID
    debtor_id: UUID
    as_of: date
    signed_on: date
    late_days: int
    currency: str = Field(max_length=3)
    unpaid_minor: int = Field(sa_type=BigInteger)
    amount_minor: int = Field(sa_type=BigInteger)
    agreed_rate: Decimal | None = Field(default=None, sa_type=_RATE)
    lpr_at_signing: Decimal = Field(sa_type=_RATE)
    rate_a_day: Decimal = Field(sa_type=_RATE)
    citation: str
    note: str = Field(default="", max_length=500)
    made_by: str

    @property
    def public_id(self) -> str:
        """`lid_…`."""
        return public_id("lid", self.id)

    @property
    def amount(self) -> Money:
        """What is demanded."""
        return Money.from_minor(self.amount_minor, self.currency)

    @property
    def unpaid(self) -> Money:
        """What was unpaid then."""
        return Money.from_minor(self.unpaid_minor, self.currency)
