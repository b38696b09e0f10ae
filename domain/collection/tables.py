"""Mandates."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from domain.collection.states import TRANSITIONS, MandatePurpose, MandateState
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum


class Mandate(PublicRow, table=True):
    """A debtor's leave to debit its account for one purpose; `version` counts changes of its terms."""

    __tablename__ = "mandate"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        belongs_to("party", "party_id"),
        belongs_to("bank_account", "account_id"),
        Index(
            "ix_mandate_active",
            "tenant_id",
            "party_id",
            "currency",
            "purpose",
            postgresql_where=text("state = 'active'"),
        ),
        CheckConstraint("ends_on IS NULL OR ends_on >= signed_on", name="dates_in_order"),
        CheckConstraint("version > 0", name="version_positive"),
    )
    ENTITY: ClassVar[str] = "mandate"
    TRANSITIONS: ClassVar[Mapping[MandateState, frozenset[MandateState]]] = TRANSITIONS

    reference: str = Field(max_length=35)
    party_id: UUID
    account_id: UUID
    currency: str = Field(max_length=3)
    purpose: MandatePurpose = Field(sa_type=text_enum(MandatePurpose, "purpose"))
    signed_on: date
    ends_on: date | None = None
    state: MandateState = Field(sa_type=text_enum(MandateState, "state"))
    version: int = 1

    @property
    def public_id(self) -> str:
        """`mnd_…`: the bank knows the mandate by it."""
        return public_id("mnd", self.id)
