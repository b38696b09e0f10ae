"""What is done about advances that do not simply come back: holds, demands on sellers, write-offs, the provision."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from domain.financing.states import WRITE_OFF_TRANSITIONS, ProvisionKind, WriteOffState
from domain.financing.tables.contracts import MINOR
from domain.platform.ids import public_id, uuid7
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum


class ReserveHold(PublicRow, table=True):
    """A part of an advance's reserve that does not leave until the hold is lifted (R5)."""

    __tablename__ = "reserve_hold"
    __table_args__ = (
        belongs_to("advance", "advance_id"),
        Index("ix_reserve_hold_advance", "tenant_id", "advance_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    advance_id: UUID
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    reason: str
    placed_on: date
    placed_by: str
    lifted_on: date | None = None
    lifted_by: str | None = None
    lift_reason: str = ""

    @property
    def public_id(self) -> str:
        """`hld_…`."""
        return public_id("hld", self.id)


class RecourseDemand(TenantRow, table=True):
    """That the lender asked the seller to take its invoice back, and what it came to on that day (R11)."""

    __tablename__ = "recourse_demand"
    __table_args__ = (
        belongs_to("advance", "advance_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": {"append_only": True}},
    )

    advance_id: UUID = Field(primary_key=True)
    demanded_on: date = Field(primary_key=True)
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    reason: str
    made_by: str


class WriteOff(PublicRow, table=True):
    """An advance given up: proposed by the lender's checker, approved by risk (R23)."""

    __tablename__ = "write_off"
    __table_args__ = (
        belongs_to("advance", "advance_id"),
        Index("ix_write_off_advance", "tenant_id", "advance_id"),
    )
    ENTITY: ClassVar[str] = "write-off"
    TRANSITIONS: ClassVar[Mapping[WriteOffState, frozenset[WriteOffState]]] = WRITE_OFF_TRANSITIONS

    advance_id: UUID
    state: WriteOffState = Field(sa_type=text_enum(WriteOffState, "state"))
    value_date: date
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    reason: str
    made_by: str

    @property
    def public_id(self) -> str:
        """`wof_…`."""
        return public_id("wof", self.id)


class ProvisionMovement(TenantRow, table=True):
    """How a lender's provision changed: built or freed at close, or used by a write-off (R23)."""

    __tablename__ = "provision_movement"
    __table_args__ = (
        belongs_to("party", "lender_id"),
        Index("uq_provision_movement_source", "tenant_id", "lender_id", "currency", "source", unique=True),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    lender_id: UUID
    currency: str = Field(max_length=3)
    kind: ProvisionKind = Field(sa_type=text_enum(ProvisionKind, "kind"))
    business_date: date
    source: str
    financing_minor: int = Field(sa_type=MINOR)
    nonperforming_minor: int = Field(sa_type=MINOR)
    change_minor: int = Field(sa_type=MINOR)
