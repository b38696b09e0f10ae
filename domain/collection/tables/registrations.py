"""What the payer's bank was asked about a mandate, and what it said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from domain.collection.states import RegistrationKind
from domain.platform.tables import TenantRow, belongs_to, text_enum


class MandateRegistration(TenantRow, table=True):
    """One message about one mandate (pain.009, 010, 011); `accepted` is the bank's word (pain.012), None until then."""

    __tablename__ = "mandate_registration"
    __table_args__ = (
        belongs_to("bank_message", "message_id"),
        belongs_to("mandate", "mandate_id"),
        Index("ix_mandate_registration_mandate", "tenant_id", "mandate_id", "message_id"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("(accepted IS NULL) = (decided_at IS NULL)", name="decided_at_a_time"),
        CheckConstraint("(accepted IS FALSE) = (reason IS NOT NULL)", name="refused_for_a_reason"),
    )

    message_id: UUID = Field(primary_key=True)
    mandate_id: UUID
    kind: RegistrationKind = Field(sa_type=text_enum(RegistrationKind, "kind"))
    version: int  # of the terms that were told
    accepted: bool | None = None
    reason: str | None = Field(default=None, max_length=35)
    decided_at: datetime | None = None
