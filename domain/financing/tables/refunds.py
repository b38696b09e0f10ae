"""What debtors paid too much, on its way back."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from domain.financing.states import REFUND_TRANSITIONS, RefundState
from domain.financing.tables.contracts import MINOR
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.values.money import Money


class WalletRefund(PublicRow, table=True):
    """A part of what was paid too much on an advance, paid back to its debtor: made by one, approved by another."""

    __tablename__ = "wallet_refund"
    __table_args__ = (
        belongs_to("advance", "advance_id"),
        # One at a time: what is on its way is nobody's to ask for again.
        Index(
            "uq_wallet_refund_live",
            "tenant_id",
            "advance_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
        Index("ix_wallet_refund_state", "tenant_id", "state", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    ENTITY: ClassVar[str] = "wallet_refund"
    TRANSITIONS: ClassVar[Mapping[RefundState, frozenset[RefundState]]] = REFUND_TRANSITIONS

    advance_id: UUID
    state: RefundState = Field(sa_type=text_enum(RefundState, "state"))
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    reason: str
    failure_reason: str = ""
    made_by: str

    @property
    def public_id(self) -> str:
        """`wrf_…`."""
        return public_id("wrf", self.id)

    @property
    def amount(self) -> Money:
        """What leaves."""
        return Money.from_minor(self.amount_minor, self.currency)
