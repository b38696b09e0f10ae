"""Plans, the dues they make, and what payers were told of them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from domain.collection.states import (
    DUE_TRANSITIONS,
    PLAN_TRANSITIONS,
    DueState,
    Frequency,
    PlanKind,
    PlanState,
)
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money


class Plan(PublicRow, table=True):
    """What a payer owes a client, and when: a subscription, instalments of a total, or one amount.

    `amount_minor` is that of each due of a subscription, else the total.
    """

    __tablename__ = "collection_plan"
    __table_args__ = (
        UniqueConstraint("tenant_id", "client_id", "reference"),
        belongs_to("collection_client", "client_id"),
        belongs_to("party", "payer_id"),
        belongs_to("mandate", "mandate_id"),
        Index(None, "tenant_id", "mandate_id"),
        Index("ix_collection_plan_active", "tenant_id", "id", postgresql_where=text("state = 'active'")),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(kind = 'subscription') = (frequency IS NOT NULL)", name="subscription_has_a_step"),
        CheckConstraint("day BETWEEN 1 AND 28 OR day = 31", name="day_of_every_month"),
        CheckConstraint("ends_on >= first_on", name="dates_in_order"),
    )
    ENTITY: ClassVar[str] = "collection_plan"
    TRANSITIONS: ClassVar[Mapping[PlanState, frozenset[PlanState]]] = PLAN_TRANSITIONS

    client_id: UUID
    payer_id: UUID
    mandate_id: UUID
    reference: str = Field(max_length=35)
    kind: PlanKind = Field(sa_type=text_enum(PlanKind, "kind"))
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    frequency: Frequency | None = Field(default=None, sa_type=text_enum(Frequency, "frequency"))
    day: int
    first_on: date
    ends_on: date | None = None
    laid_out_until: date | None = None  # every due up to and with this day has been made
    state: PlanState = Field(sa_type=text_enum(PlanState, "state"))
    made_by: str

    @property
    def public_id(self) -> str:
        """`pln_…`."""
        return public_id("pln", self.id)


class Due(PublicRow, table=True):
    """One amount that a payer owes a client on a day; `round` counts its presentations after it failed for good."""

    __tablename__ = "collection_due"
    __table_args__ = (
        UniqueConstraint("tenant_id", "plan_id", "due_on"),
        belongs_to("collection_plan", "plan_id"),
        belongs_to("collection_client", "client_id"),
        belongs_to("party", "payer_id"),
        belongs_to("mandate", "mandate_id"),
        belongs_to("client_payout", "payout_id"),
        # A million are collected on one day: that touches no index, and each page has room for what they become.
        Index("ix_collection_due_day", "tenant_id", "rolled_due_on"),
        Index("ix_collection_due_apart", "tenant_id", "rolled_due_on", postgresql_where=text("NOT ordinary")),
        # What payouts are planned of. Like the next, it changes with the payout, and not when the due is collected.
        Index("ix_collection_due_unpaid", "tenant_id", "rolled_due_on", postgresql_where=text("payout_id IS NULL")),
        Index("ix_collection_due_payout", "tenant_id", "payout_id", postgresql_where=text("payout_id IS NOT NULL")),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("fee_minor BETWEEN 0 AND amount_minor", name="fee_within_amount"),
        CheckConstraint("state <> 'collected' OR collected_on IS NOT NULL", name="collected_on_a_day"),
        CheckConstraint("round > 0", name="round_positive"),
        CheckConstraint("payout_id IS NULL OR state = 'collected'", name="paid_out_when_collected"),
        {"postgresql_with": {"fillfactor": 50}},
    )
    ENTITY: ClassVar[str] = "collection_due"
    TRANSITIONS: ClassVar[Mapping[DueState, frozenset[DueState]]] = DUE_TRANSITIONS

    plan_id: UUID
    client_id: UUID
    payer_id: UUID
    mandate_id: UUID
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    due_on: date
    rolled_due_on: date
    earliest_on: date | None = None  # a late notice moves the debit: not before this day
    round: int = 1
    state: DueState = Field(sa_type=text_enum(DueState, "state"))
    ordinary: bool = False  # found by its day; what is not, by itself: see `horizon`
    collected_on: date | None = None
    fee_minor: int = Field(default=0, sa_type=BigInteger)
    failed_on: date | None = None
    failure_reason: str = ""
    dunning_level: int = 0
    payout_id: UUID | None = None

    @property
    def public_id(self) -> str:
        """`due_…`."""
        return public_id("due", self.id)

    @property
    def amount(self) -> Money:
        """What is owed."""
        return Money.from_minor(self.amount_minor, self.currency)


class CollectionHorizon(TenantRow, table=True):
    """From which day on ordinary dues may be open; those of earlier days are over."""

    __tablename__ = "collection_horizon"

    tenant_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    open_from: date


class Prenotice(TenantRow, table=True):
    """That a payer was told beforehand what will be debited and when."""

    __tablename__ = "prenotice"
    __table_args__ = (belongs_to("collection_due", "due_id"), {"info": {"append_only": True}})

    due_id: UUID = Field(primary_key=True)
    round: int = Field(primary_key=True)
    sent_on: date
    debit_on: date
    amount_minor: int = Field(sa_type=BigInteger)
    at: datetime


class NoticeProof(TenantRow, table=True):
    """That a prenotice or reminder reached its payer: by what means, the carrier's reference, SHA-256 of the text."""

    __tablename__ = "notice_proof"
    __table_args__ = (belongs_to("collection_due", "due_id"), {"info": {"append_only": True}})

    due_id: UUID = Field(primary_key=True)
    notice: str = Field(primary_key=True, max_length=32)  # `prenotice:1`, `dunning:2`
    means: str = Field(max_length=32)
    carrier_reference: str = Field(max_length=140)
    digest: bytes = Field(sa_type=LargeBinary)
    delivered_at: datetime
    noted_by: str
    noted_at: datetime


class DunningNotice(TenantRow, table=True):
    """A reminder to a payer whose due failed for good."""

    __tablename__ = "dunning_notice"
    __table_args__ = (
        belongs_to("collection_due", "due_id"),
        CheckConstraint("level > 0", name="level_positive"),
        {"info": {"append_only": True}},
    )

    due_id: UUID = Field(primary_key=True)
    round: int = Field(primary_key=True)
    level: int = Field(primary_key=True)
    sent_on: date
    at: datetime
