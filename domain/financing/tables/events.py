"""What happened to advances, and which business dates are closed: append-only."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from domain.financing.events import EventKind
from domain.financing.tables.contracts import MINOR
from domain.platform.tables import TenantRow, belongs_to, text_enum


class AdvanceEvent(TenantRow, table=True):
    """A fact of an advance's life, and what its booking changed in the sub-ledger (differences, with their sign).

    `source` says by what word we know it (an instruction's outcome, a statement entry); a word counts once.
    """

    __tablename__ = "advance_event"
    __table_args__ = (
        belongs_to("advance", "advance_id"),
        Index("uq_advance_event_source", "tenant_id", "source", unique=True),
        Index("ix_advance_event_advance", "tenant_id", "advance_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(kind = 'returned') = (reverses_id IS NOT NULL)", name="returned_names_what"),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(primary_key=True)
    advance_id: UUID
    number: int = Field(sa_type=MINOR)
    kind: EventKind = Field(sa_type=text_enum(EventKind, "kind"))
    value_date: date
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    source: str
    reverses_id: UUID | None = None
    reason: str = ""
    recorded_at: datetime
    costs_minor: int = Field(sa_type=MINOR)
    penalty_minor: int = Field(sa_type=MINOR)
    interest_minor: int = Field(sa_type=MINOR)
    principal_minor: int = Field(sa_type=MINOR)
    surplus_minor: int = Field(sa_type=MINOR)
    overpaid_minor: int = Field(sa_type=MINOR)
    fees_minor: int = Field(sa_type=MINOR)
    interest_accrued_minor: int = Field(sa_type=MINOR)
    penalty_accrued_minor: int = Field(sa_type=MINOR)


class AccrualRun(TenantRow, table=True):
    """That a business date has accrued: once, whatever happens afterwards."""

    __tablename__ = "accrual_run"
    __table_args__ = ({"info": {"append_only": True}},)

    business_date: date = Field(primary_key=True)
    advances: int
    recorded_at: datetime
