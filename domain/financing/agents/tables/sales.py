"""What agents sold and remitted, and the settlement periods that turn it into invoices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.financing.agents.states import RemittanceKind, SaleOrigin
from domain.financing.agents.tables.profiles import MINOR
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum


class SalesReport(PublicRow, table=True):
    """A file or list of daily sales as it was read: what was taken, what was known, and why the rest was not."""

    __tablename__ = "agent_sales_report"

    file_name: str = Field(max_length=255)
    digest: bytes = Field(sa_type=LargeBinary)
    rows_read: int
    rows_taken: int
    rows_known: int
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    made_by: str


class AgentSale(PublicRow, table=True):
    """A day's sales of an agent, or one sale; below zero a refund or correction. Its reference counts once."""

    __tablename__ = "agent_sale"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        belongs_to("agent_sales_report", "report_id"),
        belongs_to("agent_period", "period_id"),
        UniqueConstraint("tenant_id", "agent_id", "reference"),
        Index(None, "tenant_id", "report_id"),
        Index("ix_agent_sale_open", "tenant_id", "agent_id", "sold_on", postgresql_where=text("period_id IS NULL")),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        CheckConstraint("(origin = 'reported') = (report_id IS NOT NULL)", name="reported_by_a_report"),
        CheckConstraint("origin = 'reported' OR amount_minor > 0", name="authorised_positive"),
    )

    agent_id: UUID
    reference: str = Field(max_length=64)
    sold_on: date
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    origin: SaleOrigin = Field(sa_type=text_enum(SaleOrigin, "origin"))
    report_id: UUID | None = None
    period_id: UUID | None = None


class AgentPeriod(PublicRow, table=True):
    """A settlement period that has ended. `early_minor` was remitted before it became an invoice.

    `collected_minor` is what has reached its invoice since, by remittances, advances or claims.
    """

    __tablename__ = "agent_period"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        belongs_to("receivable", "receivable_id"),
        UniqueConstraint("tenant_id", "agent_id", "ends_on"),
        Index("ix_agent_period_due", "tenant_id", "due_on"),
        Index("ix_agent_period_receivable", "tenant_id", "receivable_id"),
        CheckConstraint("starts_on <= ends_on AND ends_on <= due_on", name="dates_in_order"),
        CheckConstraint("sales_minor >= 0 AND refunds_minor >= 0", name="sales_not_negative"),
        CheckConstraint("face_minor = sales_minor - refunds_minor - early_minor", name="face_is_its_parts"),
        CheckConstraint("face_minor >= 0", name="face_not_negative"),
        CheckConstraint("face_minor > 0 OR receivable_id IS NULL", name="invoiced_if_due"),
    )

    agent_id: UUID
    starts_on: date
    ends_on: date
    due_on: date
    currency: str = Field(max_length=3)
    sales_minor: int = Field(sa_type=MINOR)
    refunds_minor: int = Field(sa_type=MINOR)
    early_minor: int = Field(sa_type=MINOR)
    face_minor: int = Field(sa_type=MINOR)
    collected_minor: int = Field(default=0, sa_type=MINOR)
    receivable_id: UUID | None = None

    @property
    def public_id(self) -> str:
        """`apd_…`."""
        return public_id("apd", self.id)


class Remittance(TenantRow, table=True):
    """What lowered an agent's outstanding, by the word it is known by; what came back stands below zero."""

    __tablename__ = "agent_remittance"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        UniqueConstraint("tenant_id", "source"),
        Index(None, "tenant_id", "agent_id", "value_on"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        CheckConstraint("kind NOT IN ('remitted', 'deposit', 'claimed') OR amount_minor > 0", name="payments_positive"),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(primary_key=True)
    agent_id: UUID
    kind: RemittanceKind = Field(sa_type=text_enum(RemittanceKind, "kind"))
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    value_on: date
    source: str = Field(max_length=128)
    recorded_at: datetime
