"""What merchants sold: the one source of what their advances are repaid from."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from domain.financing.tables.contracts import MINOR
from domain.platform.tables import PublicRow, belongs_to
from domain.values.money import Money


class MerchantSale(PublicRow, table=True):
    """What a merchant sold on a day, or gave back (below zero).

    A day is the sum of its lines: a correction is a line of its own. A reference counts once.
    """

    __tablename__ = "merchant_sale"
    __table_args__ = (
        belongs_to("party", "merchant_id"),
        Index("uq_merchant_sale_reference", "tenant_id", "merchant_id", "reference", unique=True),
        Index("ix_merchant_sale_day", "tenant_id", "merchant_id", "currency", "sold_on"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        {"info": {"append_only": True}},
    )

    merchant_id: UUID
    sold_on: date
    reference: str = Field(max_length=64)
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=MINOR)
    reported_by: str

    @property
    def amount(self) -> Money:
        """Sales above zero, refunds below."""
        return Money.from_minor(self.amount_minor, self.currency)
