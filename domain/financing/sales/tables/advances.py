"""Rows of advances out of sales: the contract with its sub-ledger, and what happened to it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.financing.sales.replay import SalesContract, SalesFigures
from domain.financing.sales.states import OUTSTANDING, SALES_ADVANCE_TRANSITIONS, SalesAdvanceState, SalesEventKind
from domain.financing.tables.contracts import MINOR, RATE
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money

DAILY_RATE_PLACES = 30  # compounded over ten years of days, the last cent must not hang on it
_DAILY_RATE: Any = Numeric(38, DAILY_RATE_PLACES)
_BALANCE: Any = Numeric(40, 20)
_BASE: Any = Numeric(30, 0)
_QUOTED: Any = Numeric(24, 9)
_OUTSTANDING = ", ".join(f"'{state.value}'" for state in OUTSTANDING)

# What a replay of its events fills; nobody decides on it.
SUB_LEDGER = frozenset(
    {"funded_on", "accrued_until", "balance", "income_minor", "collected_minor", "repaid_minor", "rebated_minor"}
    | {"penalty_base", "penalty_accrued_minor", "penalty_paid_minor", "written_off_minor"}
    | {"penalty_written_off_minor", "recovered_minor"}
)


class SalesAdvance(PublicRow, table=True):
    """Money lent to a merchant against a share of its daily sales.

    The columns from `funded_on` down are its sub-ledger: they stand as its last event left them, on `accrued_until`,
    and what is earned since follows from dates alone. What is unpaid on `final_on` falls due then, whatever was sold.
    """

    __tablename__ = "sales_advance"
    __table_args__ = (
        belongs_to("facility", "facility_id"),
        belongs_to("party", "lender_id"),
        belongs_to("party", "merchant_id"),
        belongs_to("party", "debtor_id"),
        belongs_to("bank_account", "own_account_id"),
        belongs_to("bank_account", "payee_account_id"),
        Index("ix_sales_advance_state", "tenant_id", "state", "id"),
        Index("ix_sales_advance_facility", "tenant_id", "facility_id"),
        Index(
            "ix_sales_advance_outstanding",
            "tenant_id",
            "merchant_id",
            postgresql_where=text(f"state IN ({_OUTSTANDING})"),
        ),
        CheckConstraint("net_minor > 0 AND fee_minor BETWEEN 0 AND net_minor", name="fee_within_net"),
        CheckConstraint("share > 0 AND share <= 1 AND year_days IN (360, 365)", name="share_fraction"),
        CheckConstraint("volume_minor > 0 AND daily_minor > 0 AND payments > 0", name="plan_positive"),
        CheckConstraint("final_on >= funding_on + payments", name="final_after_plan"),
        CheckConstraint("grace_days >= 0 AND daily_rate >= 0", name="terms_not_negative"),
        CheckConstraint("early_rebate BETWEEN 0 AND 1 AND penalty_rate BETWEEN 0 AND 1", name="rates_are_fractions"),
        CheckConstraint("collected_minor >= 0 AND income_minor BETWEEN 0 AND fee_minor", name="income_within_fee"),
        CheckConstraint(
            "repaid_minor >= 0 AND penalty_paid_minor >= 0 AND recovered_minor >= 0"
            " AND repaid_minor + penalty_paid_minor + recovered_minor <= collected_minor",
            name="set_off_within_collected",
        ),
        CheckConstraint(
            "rebated_minor >= 0 AND written_off_minor >= 0"
            " AND repaid_minor + rebated_minor + written_off_minor <= net_minor + fee_minor",
            name="repaid_within_owed",
        ),
        CheckConstraint(
            "penalty_written_off_minor >= 0"
            " AND penalty_paid_minor + penalty_written_off_minor <= penalty_accrued_minor",
            name="penalty_within_accrued",
        ),
        CheckConstraint(
            "recovered_minor <= written_off_minor + penalty_written_off_minor", name="recovered_within_lost"
        ),
        CheckConstraint("balance BETWEEN 0 AND net_minor + fee_minor", name="balance_within_owed"),
        CheckConstraint("(funded_on IS NULL) = (accrued_until IS NULL)", name="funded_accrues"),
    )
    ENTITY: ClassVar[str] = "sales_advance"
    TRANSITIONS: ClassVar[Mapping[SalesAdvanceState, frozenset[SalesAdvanceState]]] = SALES_ADVANCE_TRANSITIONS

    facility_id: UUID
    lender_id: UUID
    merchant_id: UUID
    # The same firm as receivables know it: an agent owes invoices under another party.
    debtor_id: UUID
    state: SalesAdvanceState = Field(sa_type=text_enum(SalesAdvanceState, "state"))
    currency: str = Field(max_length=3)
    # The contract the merchant signed; its mandate is what it is debited under.
    contract_reference: str = Field(max_length=64)
    # Expected sales of a year, and the share of each day's that repays.
    volume_minor: int = Field(sa_type=MINOR)
    share: Decimal = Field(sa_type=RATE)
    year_days: int
    net_minor: int = Field(sa_type=MINOR)
    fee_minor: int = Field(sa_type=MINOR)
    # The part of the unearned fee that is given back to who settles early, and the yearly rate after the last day.
    early_rebate: Decimal = Field(default=Decimal(0), sa_type=RATE)
    penalty_rate: Decimal = Field(default=Decimal(0), sa_type=RATE)
    # What the expected sales make of it: shown before it is agreed, and the rate at which the fee is earned.
    daily_minor: int = Field(sa_type=MINOR)
    payments: int
    daily_rate: Decimal = Field(sa_type=_DAILY_RATE)
    annual_effective: Decimal = Field(sa_type=_QUOTED)
    quoted_simple: Decimal = Field(sa_type=_QUOTED)
    quoted_effective: Decimal = Field(sa_type=_QUOTED)
    findings: list[dict[str, Any]] = Field(sa_type=JSONB)
    funding_on: date
    final_on: date
    grace_days: int
    own_account_id: UUID
    payee_account_id: UUID
    # Once a debit has settled, the next one is another obligation.
    collection_round: int = 1
    failure_reason: str = ""
    made_by: str

    funded_on: date | None = None
    accrued_until: date | None = None
    balance: Decimal = Field(default=Decimal(0), sa_type=_BALANCE)
    income_minor: int = Field(default=0, sa_type=MINOR)
    collected_minor: int = Field(default=0, sa_type=MINOR)
    repaid_minor: int = Field(default=0, sa_type=MINOR)
    rebated_minor: int = Field(default=0, sa_type=MINOR)
    penalty_base: Decimal = Field(default=Decimal(0), sa_type=_BASE)
    penalty_accrued_minor: int = Field(default=0, sa_type=MINOR)
    penalty_paid_minor: int = Field(default=0, sa_type=MINOR)
    written_off_minor: int = Field(default=0, sa_type=MINOR)
    penalty_written_off_minor: int = Field(default=0, sa_type=MINOR)
    recovered_minor: int = Field(default=0, sa_type=MINOR)

    @property
    def public_id(self) -> str:
        """`sad_…`."""
        return public_id("sad", self.id)

    @property
    def contract(self) -> SalesContract:
        """What a replay needs beside the events."""
        return SalesContract(
            self.money(self.net_minor),
            self.money(self.fee_minor),
            self.daily_rate,
            early_rebate=self.early_rebate,
            penalty_rate=self.penalty_rate,
            year_days=self.year_days,
            final_on=self.final_on,
            penalty_from=self.penalty_from,
        )

    @property
    def penalty_from(self) -> date:
        """The first day that bears penalty: the last one may be late by the grace, as every other."""
        return self.final_on + timedelta(days=self.grace_days)

    @property
    def figures(self) -> SalesFigures:
        """Where it stood after its last event, as the row keeps it."""
        return SalesFigures(
            funded_on=self.funded_on,
            as_of=self.accrued_until,
            owed=self.money(0) if self.funded_on is None else self.contract.owed,
            collected=self.money(self.collected_minor),
            repaid=self.money(self.repaid_minor),
            rebated=self.money(self.rebated_minor),
            balance=self.balance,
            income=self.money(self.income_minor),
            penalty_base=int(self.penalty_base),
            penalty_accrued=self.money(self.penalty_accrued_minor),
            penalty_paid=self.money(self.penalty_paid_minor),
            written_off=self.money(self.written_off_minor),
            penalty_written_off=self.money(self.penalty_written_off_minor),
            recovered=self.money(self.recovered_minor),
        )

    def money(self, minor: int) -> Money:
        """An amount in the advance's currency."""
        return Money.from_minor(minor, self.currency)


class SalesAdvanceEvent(TenantRow, table=True):
    """A fact of an advance's life, and what its booking changed (differences, with their sign); a word counts once."""

    __tablename__ = "sales_advance_event"
    __table_args__ = (
        belongs_to("sales_advance", "advance_id"),
        Index("uq_sales_advance_event_source", "tenant_id", "source", unique=True),
        Index("ix_sales_advance_event_advance", "tenant_id", "advance_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(kind = 'returned') = (reverses_id IS NOT NULL)", name="returned_names_what"),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(primary_key=True)
    advance_id: UUID
    number: int
    kind: SalesEventKind = Field(sa_type=text_enum(SalesEventKind, "kind"))
    value_date: date
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    source: str
    reverses_id: UUID | None = None
    reason: str = ""
    income_minor: int = Field(sa_type=MINOR)
    collected_minor: int = Field(sa_type=MINOR)
    penalty_paid_minor: int = Field(default=0, sa_type=MINOR)
    rebated_minor: int = Field(default=0, sa_type=MINOR)
    lost_minor: int = Field(default=0, sa_type=MINOR)
    recovered_minor: int = Field(default=0, sa_type=MINOR)
    recorded_at: datetime
