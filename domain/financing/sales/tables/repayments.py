"""Payments of merchants that a person books, and what is done about those that do not pay."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from domain.financing.states import REPAYMENT_TRANSITIONS, WRITE_OFF_TRANSITIONS, RepaymentState, WriteOffState
from domain.financing.tables.contracts import MINOR
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money


class SalesRepayment(PublicRow, table=True):
    """One payment of a merchant by its own transfer: made by one person, settled by another.

    `entry_number` is the statement entry that waited in suspense, if it was one.
    """

    __tablename__ = "sales_repayment"
    __table_args__ = (
        belongs_to("sales_advance", "advance_id"),
        belongs_to("party", "lender_id"),
        belongs_to("party", "merchant_id"),
        Index("uq_sales_repayment_reference", "tenant_id", "lender_id", "reference", unique=True),
        Index("ix_sales_repayment_state", "tenant_id", "state", "id"),
        Index("ix_sales_repayment_advance", "tenant_id", "advance_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    ENTITY: ClassVar[str] = "sales_repayment"
    TRANSITIONS: ClassVar[Mapping[RepaymentState, frozenset[RepaymentState]]] = REPAYMENT_TRANSITIONS

    advance_id: UUID
    lender_id: UUID
    merchant_id: UUID
    state: RepaymentState = Field(sa_type=text_enum(RepaymentState, "state"))
    reference: str = Field(max_length=64)
    value_date: date
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    entry_number: int | None = Field(default=None, sa_type=MINOR)
    reason: str
    made_by: str

    @property
    def public_id(self) -> str:
        """`srp_…`."""
        return public_id("srp", self.id)

    @property
    def amount(self) -> Money:
        """What came in."""
        return Money.from_minor(self.amount_minor, self.currency)


class SalesDemand(TenantRow, table=True):
    """That the lender asked a merchant for everything, after the last day, and what it came to on that day."""

    __tablename__ = "sales_demand"
    __table_args__ = (
        belongs_to("sales_advance", "advance_id"),
        CheckConstraint("amount_minor > 0 AND penalty_minor BETWEEN 0 AND amount_minor", name="penalty_within_amount"),
        {"info": {"append_only": True}},
    )

    advance_id: UUID = Field(primary_key=True)
    demanded_on: date = Field(primary_key=True)
    amount_minor: int = Field(sa_type=MINOR)
    penalty_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    reason: str
    made_by: str


class SalesWriteOff(PublicRow, table=True):
    """An advance out of sales given up: proposed by the lender's checker, approved by risk (R23)."""

    __tablename__ = "sales_write_off"
    __table_args__ = (
        belongs_to("sales_advance", "advance_id"),
        belongs_to("party", "lender_id"),
        belongs_to("party", "merchant_id"),
        Index("ix_sales_write_off_advance", "tenant_id", "advance_id"),
        Index("ix_sales_write_off_state", "tenant_id", "state", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    ENTITY: ClassVar[str] = "sales_write_off"
    TRANSITIONS: ClassVar[Mapping[WriteOffState, frozenset[WriteOffState]]] = WRITE_OFF_TRANSITIONS

    advance_id: UUID
    lender_id: UUID
    merchant_id: UUID
    state: WriteOffState = Field(sa_type=text_enum(WriteOffState, "state"))
    value_date: date
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    reason: str
    made_by: str

    @property
    def public_id(self) -> str:
        """`swo_…`."""
        return public_id("swo", self.id)

    @property
    def amount(self) -> Money:
        """What was open on the day of the proposal."""
        return Money.from_minor(self.amount_minor, self.currency)
