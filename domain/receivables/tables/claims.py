"""Rows that decide which lender comes first on a receivable (R13): registrations, and notices of assignment."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.receivables.states import Delivery
from domain.receivables.tables.confirmations import SHA256


class ClaimRegistration(PublicRow, table=True):
    """That a lender's claim on a receivable is in a public registry, since when and for how much."""

    __tablename__ = "claim_registration"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        belongs_to("party", "lender_id"),
        # One entry of the registry may cover many receivables, and each of them once.
        UniqueConstraint("tenant_id", "receivable_id", "registry_reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID
    lender_id: UUID
    registry_name: str = Field(max_length=64)
    registry_reference: str = Field(max_length=64)
    registered_at: datetime
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    recorded_by: str

    @property
    def public_id(self) -> str:
        """`rgn_…`."""
        return public_id("rgn", self.id)


class ClaimDischarge(TenantRow, table=True):
    """That a registration no longer stands: the receivable closed, or the lender let go of it."""

    __tablename__ = "claim_discharge"
    __table_args__ = (
        belongs_to("claim_registration", "registration_id"),
        {"info": {"append_only": True}},
    )

    registration_id: UUID = Field(primary_key=True)
    discharged_on: date
    reason: str = Field(max_length=500)
    recorded_by: str
    recorded_at: datetime


class AssignmentNotice(PublicRow, table=True):
    """That a debtor was told a lender holds the claim on it, when, how, and the proof."""

    __tablename__ = "assignment_notice"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        belongs_to("party", "lender_id"),
        Index("ix_assignment_notice_receivable", "tenant_id", "receivable_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID
    lender_id: UUID
    served_at: datetime
    how: Delivery = Field(sa_type=text_enum(Delivery, "how"))
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    document_sha256: bytes = Field(sa_type=SHA256)
    reference: str = Field(max_length=140)
    recorded_by: str

    @property
    def public_id(self) -> str:
        """`asn_…`."""
        return public_id("asn", self.id)
