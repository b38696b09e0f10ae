"""Mandates, and every version of their terms."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.collection.rules import MandateTerms
from domain.collection.states import TRANSITIONS, Cycle, MandatePurpose, MandateState
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money


class MandateFields(SQLModel):
    """What a debit is checked against, limb by limb. Limits that are not given do not bind."""

    account_id: UUID
    payee_id: UUID | None = None
    purpose: MandatePurpose = Field(sa_type=text_enum(MandatePurpose, "purpose"))
    ends_on: date | None = None
    max_amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    cycle: Cycle = Field(default=Cycle.TERM, sa_type=text_enum(Cycle, "cycle"))
    max_per_cycle: int | None = None
    max_total_minor: int | None = Field(default=None, sa_type=BigInteger)


TERMS = tuple(MandateFields.model_fields)
_LIMITS = "max_amount_minor > 0 AND max_per_cycle > 0 AND max_total_minor > 0"


class Mandate(PublicRow, MandateFields, table=True):
    """A debtor's leave to debit its account for one purpose; the terms are those of `version`, the one in force."""

    __tablename__ = "mandate"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        belongs_to("party", "party_id"),
        belongs_to("party", "payee_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("mandate", "replaces_id"),
        Index(
            "ix_mandate_active",
            "tenant_id",
            "party_id",
            "currency",
            "purpose",
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_mandate_ending", "tenant_id", "ends_on", postgresql_where=text("state IN ('active', 'suspended')")),
        CheckConstraint("ends_on IS NULL OR ends_on >= signed_on", name="dates_in_order"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(_LIMITS, name="limits_positive"),
    )
    ENTITY: ClassVar[str] = "mandate"
    TRANSITIONS: ClassVar[Mapping[MandateState, frozenset[MandateState]]] = TRANSITIONS

    reference: str = Field(max_length=35)
    party_id: UUID
    currency: str = Field(max_length=3)
    signed_on: date
    state: MandateState = Field(sa_type=text_enum(MandateState, "state"))
    version: int = 1
    replaces_id: UUID | None = None

    @property
    def public_id(self) -> str:
        """`mnd_…`: the bank knows the mandate by it."""
        return public_id("mnd", self.id)

    @property
    def terms(self) -> MandateTerms:
        """What the rules check a debit against."""
        return MandateTerms(
            state=self.state,
            signed_on=self.signed_on,
            ends_on=self.ends_on,
            party_account_id=self.account_id,
            currency=self.currency,
            purpose=self.purpose,
            payee_id=self.payee_id,
            max_amount=self._money(self.max_amount_minor),
            cycle=self.cycle,
            max_per_cycle=self.max_per_cycle,
            max_total=self._money(self.max_total_minor),
        )

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money.from_minor(minor, self.currency)


class MandateVersion(TenantRow, MandateFields, table=True):
    """One version of a mandate's terms, what proves it, and the days from which it was in force."""

    __tablename__ = "mandate_version"
    __table_args__ = (
        belongs_to("mandate", "mandate_id"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(_LIMITS, name="limits_positive"),
        {"info": {"append_only": True}},
    )

    mandate_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    from_on: date
    evidence_digest: bytes | None = Field(default=None, sa_type=LargeBinary)  # SHA-256 of what was signed
    evidence_reference: str = Field(default="", max_length=140)
    made_by: str
    made_at: datetime


class DebitRefusal(TenantRow, table=True):
    """A debit that its mandate did not cover: what was to be debited, and the limbs on which it failed."""

    __tablename__ = "debit_refusal"
    __table_args__ = (
        belongs_to("mandate", "mandate_id"),
        CheckConstraint("limbs > 0", name="failed_on_something"),
        {"info": {"append_only": True}},
    )

    mandate_id: UUID = Field(primary_key=True)
    refused_on: date = Field(primary_key=True)
    obligation_key: str = Field(primary_key=True, max_length=128)
    version: int
    limbs: int  # Limb.bit, added up
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    at: datetime
