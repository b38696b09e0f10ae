"""Agents as they stand, the policy they are measured by, and how their status and warnings came about."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from domain.financing.agents.rules import Standing
from domain.financing.agents.states import Status
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money

MINOR: Any = BigInteger
FACTOR: Any = Numeric(6, 3)


class Agent(PublicRow, table=True):
    """What we know of an agent; its id is the party's. In the books of receivables it is the debtor `debtor_id`.

    The sums are of its sales, refunds, remittances and deposit events; `unapplied_minor` is what it remitted before an
    invoice stood for it. Of the deposit, `returning_minor` is promised back and secures nothing any more.
    """

    __tablename__ = "agent"
    __table_args__ = (
        belongs_to("party", "id"),
        belongs_to("party", "seller_id"),
        belongs_to("party", "debtor_id"),
        UniqueConstraint("tenant_id", "debtor_id"),
        Index("ix_agent_period", "tenant_id", "period_from"),
        CheckConstraint("reporting_days IN (15, 30)", name="reports_once_or_twice_a_month"),
        CheckConstraint("remittance_days BETWEEN 0 AND 90", name="remittance_days_in_order"),
        CheckConstraint("sold_minor >= 0 AND refunded_minor >= 0", name="sales_not_negative"),
        CheckConstraint(
            "outstanding_minor = greatest(sold_minor - refunded_minor - remitted_minor, 0)",
            name="outstanding_is_its_parts",
        ),
        CheckConstraint("returning_minor BETWEEN 0 AND deposit_minor", name="returning_within_deposit"),
        CheckConstraint("limit_minor >= 0", name="limit_not_negative"),
        CheckConstraint("multiple > 0", name="multiple_positive"),
        CheckConstraint("(history_override IS NULL) = (override_reason = '')", name="override_has_a_reason"),
    )

    seller_id: UUID
    debtor_id: UUID
    currency: str = Field(max_length=3)
    reporting_days: int  # length of a settlement period
    remittance_days: int  # from the end of a period to its payment
    period_from: date  # first day of the settlement period that is open
    finances_pass: bool = False
    finances_reviewed_on: date | None = None
    finances_evidence: str = Field(default="", max_length=500)
    late_periods: int = 0  # in the policy's window, at the last review
    history_override: bool | None = None
    override_reason: str = Field(default="", max_length=500)
    history_pass: bool = True
    status: Status = Field(sa_type=text_enum(Status, "status"))
    reviewed_on: date | None = None
    capacity_minor: int | None = Field(default=None, sa_type=MINOR)
    multiple: Decimal = Field(sa_type=FACTOR)
    halted: bool = False
    limit_minor: int = Field(default=0, sa_type=MINOR)
    sold_minor: int = Field(default=0, sa_type=MINOR)
    refunded_minor: int = Field(default=0, sa_type=MINOR)
    remitted_minor: int = Field(default=0, sa_type=MINOR)
    outstanding_minor: int = Field(default=0, sa_type=MINOR)
    unapplied_minor: int = Field(default=0, sa_type=MINOR)
    deposit_minor: int = Field(default=0, sa_type=MINOR)
    returning_minor: int = Field(default=0, sa_type=MINOR)

    @property
    def public_id(self) -> str:
        """`pty_…`: an agent is spoken of as the party it is."""
        return public_id("pty", self.id)

    def money(self, minor: int) -> Money:
        """Minor units of its currency."""
        return Money.from_minor(minor, self.currency)

    @property
    def secured(self) -> Money:
        """The deposit that still secures its sales."""
        return self.money(self.deposit_minor - self.returning_minor)

    @property
    def outstanding(self) -> Money:
        """Sold, not refunded, not remitted."""
        return self.money(self.outstanding_minor)

    @property
    def standing(self) -> Standing:
        """All its limit is made of."""
        capacity = None if self.capacity_minor is None else self.money(self.capacity_minor)
        return Standing(self.status, capacity, self.secured, self.multiple, self.outstanding, self.halted)


class AgentPolicy(TenantRow, table=True):
    """How agents are measured from a date on, with what it rests on; a later row takes its place."""

    __tablename__ = "agent_policy"
    __table_args__ = (
        CheckConstraint("multiple_a > 0 AND multiple_b > 0 AND factor_a > 0 AND factor_b > 0", name="positive"),
        CheckConstraint(
            "late_allowed >= 0 AND grace_days >= 0 AND window_days > 0 AND call_days >= 0", name="days_in_order"
        ),
        {"info": {"append_only": True}},
    )

    valid_from: date = Field(primary_key=True)
    multiple_a: Decimal = Field(sa_type=FACTOR)
    multiple_b: Decimal = Field(sa_type=FACTOR)
    factor_a: Decimal = Field(sa_type=FACTOR)
    factor_b: Decimal = Field(sa_type=FACTOR)
    late_allowed: int
    grace_days: int
    window_days: int
    call_days: int
    report_confirms: bool
    citation: str = Field(max_length=500)
    made_by: str
    made_at: datetime

    def multiple(self, status: Status) -> Decimal:
        """How often the deposit counts (R26); of status C once (R21)."""
        return {Status.A: self.multiple_a, Status.B: self.multiple_b, Status.C: Decimal(1)}[status]

    def factor(self, status: Status) -> Decimal:
        """What capacity is multiplied by (R21); status C has none, its limit is its security."""
        return {Status.A: self.factor_a, Status.B: self.factor_b, Status.C: Decimal(1)}[status]


class StatusChange(PublicRow, table=True):
    """That an agent's status was found, and of what (R25)."""

    __tablename__ = "agent_status_change"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        Index(None, "tenant_id", "agent_id"),
        {"info": {"append_only": True}},
    )

    agent_id: UUID
    on: date
    status: Status = Field(sa_type=text_enum(Status, "status"))
    finances_pass: bool
    history_pass: bool
    late_periods: int
    actor: str
    reason: str = Field(max_length=500)


class AgentWarning(PublicRow, table=True):
    """That an agent had used a part of its limit (R21): once per crossing, until capacity is restored."""

    __tablename__ = "agent_warning"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        Index(
            "uq_agent_warning_open",
            "tenant_id",
            "agent_id",
            "level",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
        CheckConstraint("level IN (50, 75, 100)", name="level_known"),
    )

    agent_id: UUID
    level: int
    limit_minor: int = Field(sa_type=MINOR)
    outstanding_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    cleared_at: datetime | None = None
