"""Runs, the limits up to which they go by themselves, planned attempts, and certificates."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.banking.states import Purpose
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.runs.states import TRANSITIONS, RunKind, RunState
from domain.values.money import Money


class Run(PublicRow, table=True):
    """What was due of one kind at one cut-off; the constraint makes sure that there is one.

    `digest`, `item_count` and `totals` (minor units per currency) are those of the last freeze; `left_count` of its
    items had no cover and went on to a later run.
    """

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "business_date", "slot"),
        Index("ix_run_unfinished", "tenant_id", "id", postgresql_where=text("state <> 'closed'")),
        CheckConstraint("item_count >= 0 AND left_count BETWEEN 0 AND item_count", name="counts"),
        CheckConstraint("(digest IS NULL) = (frozen_at IS NULL)", name="frozen_with_digest"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_closing"),
        CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="paused_by_somebody"),
    )
    ENTITY: ClassVar[str] = "run"
    TRANSITIONS: ClassVar[Mapping[RunState, frozenset[RunState]]] = TRANSITIONS

    kind: RunKind = Field(sa_type=text_enum(RunKind, "kind"))
    business_date: date
    slot: str = Field(max_length=16)
    state: RunState = Field(sa_type=text_enum(RunState, "state"))
    item_count: int = 0
    totals: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    frozen_at: datetime | None = None
    left_count: int = 0
    closed_at: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str | None = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing more of it leaves for the bank until somebody resumes it."""
        return self.paused_at is not None

    @property
    def public_id(self) -> str:
        """`run_…`."""
        return public_id("run", self.id)

    @property
    def sums(self) -> list[Money]:
        """The control sum in each currency."""
        return [Money.from_minor(minor, currency) for currency, minor in sorted(self.totals.items())]


class RunLimit(TenantRow, table=True):
    """Up to which sum a frozen run of a kind goes without a second person; without a row, never."""

    __tablename__ = "run_limit"
    __table_args__ = (CheckConstraint("automatic_minor >= 0", name="not_negative"),)

    kind: RunKind = Field(primary_key=True, sa_type=text_enum(RunKind, "kind"))
    currency: str = Field(primary_key=True, max_length=3)
    automatic_minor: int = Field(sa_type=BigInteger)
    set_by: str
    set_at: datetime


class PlannedAttempt(TenantRow, table=True):
    """That an obligation is to be collected again on a day: which attempt, in which presentation and period.

    `taken_by` is the instruction that a run made of it; until then it is pending.
    """

    __tablename__ = "planned_attempt"
    __table_args__ = (
        Index("ix_planned_attempt_pending", "tenant_id", "due_on", postgresql_where=text("taken_by IS NULL")),
        # Whoever plans, by hand or by policy: one attempt of an obligation is waited for at a time.
        Index(
            "uq_planned_attempt_pending",
            "tenant_id",
            "obligation_key",
            unique=True,
            postgresql_where=text("taken_by IS NULL"),
        ),
        CheckConstraint("attempt > 1 AND presentation > 0 AND period >= 0", name="counted"),
        belongs_to("instruction", "follows"),
        belongs_to("instruction", "taken_by"),
    )

    obligation_key: str = Field(primary_key=True, max_length=128)
    attempt: int = Field(primary_key=True)
    purpose: Purpose = Field(sa_type=text_enum(Purpose, "purpose"))
    presentation: int
    presented_on: date
    period: int
    due_on: date
    follows: int = Field(sa_type=BigInteger)
    taken_by: int | None = Field(default=None, sa_type=BigInteger)
    planned_by: str
    planned_at: datetime


class RunBalance(TenantRow, table=True):
    """What an own account of a run held, by the books, when the run was frozen and when it closed."""

    __tablename__ = "run_balance"
    __table_args__ = (belongs_to("run", "run_id"), belongs_to("bank_account", "account_id"))

    run_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    currency: str = Field(primary_key=True, max_length=3)
    before_minor: int = Field(sa_type=BigInteger)
    after_minor: int | None = Field(default=None, sa_type=BigInteger)


class RunCertificate(TenantRow, table=True):
    """The certificate of a closed run as it was given: canonical JSON and its SHA-256."""

    __tablename__ = "run_certificate"
    __table_args__ = (belongs_to("run", "run_id"), {"info": {"append_only": True}})

    run_id: UUID = Field(primary_key=True)
    content: str
    digest: bytes = Field(sa_type=LargeBinary)
    made_at: datetime
