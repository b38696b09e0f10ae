"""Payments as they came in, and how each was set against debts."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from domain.financing.states import REPAYMENT_TRANSITIONS, Payer, RepaymentState
from domain.financing.tables.contracts import MINOR
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money


class Repayment(PublicRow, table=True):
    """One payment of a debtor or a seller that a person books: made by one, settled by another.

    `source` is the word it counts once by; `entry_number` the statement entry that waited in suspense, if it was one.
    """

    __tablename__ = "repayment"
    __table_args__ = (
        belongs_to("party", "payer_id"),
        belongs_to("party", "lender_id"),
        Index("uq_repayment_reference", "tenant_id", "lender_id", "reference", unique=True),
        Index("ix_repayment_state", "tenant_id", "state", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    ENTITY: ClassVar[str] = "repayment"
    TRANSITIONS: ClassVar[Mapping[RepaymentState, frozenset[RepaymentState]]] = REPAYMENT_TRANSITIONS

    lender_id: UUID
    payer_id: UUID
    payer: Payer = Field(sa_type=text_enum(Payer, "payer"))
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
        """`rpy_…`."""
        return public_id("rpy", self.id)

    @property
    def amount(self) -> Money:
        """What came in."""
        return Money.from_minor(self.amount_minor, self.currency)


class RepaymentLine(TenantRow, table=True):
    """What of a payment is set against one advance; its place is the order of the debts (R8)."""

    __tablename__ = "repayment_line"
    __table_args__ = (
        belongs_to("repayment", "repayment_id"),
        belongs_to("advance", "advance_id"),
        Index("ix_repayment_line_advance", "tenant_id", "advance_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": {"append_only": True}},
    )

    repayment_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)
    advance_id: UUID
    amount_minor: int = Field(sa_type=MINOR)
