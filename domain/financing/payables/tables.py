"""Rows of payables financing: programmes and who is in them, what buyers approved, what moved it, early payments."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from domain.financing.payables.states import (
    EARLY_PAYMENT_TRANSITIONS,
    LIVE,
    PROGRAMME_TRANSITIONS,
    SUPPLIER_TRANSITIONS,
    UPLOAD_TRANSITIONS,
    EarlyPaymentState,
    MovementKind,
    PaymentKind,
    ProgrammeState,
    SupplierState,
    UploadState,
)
from domain.financing.tables.contracts import MINOR, RATE
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding


class Programme(PublicRow, table=True):
    """A buyer's payables programme: how much, at what discount, and how much of whose cash may pay early.

    `payer_id` is whose own accounts pay: the buyer's, or the headquarters' that pools for it.
    """

    __tablename__ = "payables_programme"
    __table_args__ = (
        belongs_to("party", "buyer_id"),
        belongs_to("party", "payer_id"),
        CheckConstraint("limit_minor > 0", name="limit_positive"),
        CheckConstraint("own_cash_limit_minor >= 0 AND liquidity_floor_minor >= 0", name="cash_not_negative"),
        CheckConstraint("annual_rate >= 0 AND annual_rate < 1", name="annual_rate_fraction"),
        CheckConstraint("min_days_early > 0", name="early"),
    )
    ENTITY: ClassVar[str] = "payables_programme"
    TRANSITIONS: ClassVar[Mapping[ProgrammeState, frozenset[ProgrammeState]]] = PROGRAMME_TRANSITIONS

    buyer_id: UUID
    payer_id: UUID
    currency: str = Field(max_length=3)
    limit_minor: int = Field(sa_type=MINOR)
    own_cash_limit_minor: int = Field(sa_type=MINOR)
    liquidity_floor_minor: int = Field(sa_type=MINOR)
    annual_rate: Decimal = Field(sa_type=RATE)
    day_count: DayCount = Field(sa_type=text_enum(DayCount, "day_count"))
    rounding: Rounding = Field(sa_type=text_enum(Rounding, "rounding"))
    min_days_early: int
    waives_defences: bool = False
    suspensions: int = 0
    state: ProgrammeState = Field(sa_type=text_enum(ProgrammeState, "state"))
    made_by: str

    @property
    def public_id(self) -> str:
        """`ppg_…`."""
        return public_id("ppg", self.id)

    def money(self, minor: int) -> Money:
        """An amount in the programme's currency."""
        return Money.from_minor(minor, self.currency)


class ProgrammeSupplier(PublicRow, table=True):
    """A supplier in a programme; those proposed together share a batch and one approval."""

    __tablename__ = "payables_supplier"
    __table_args__ = (
        belongs_to("payables_programme", "programme_id"),
        belongs_to("party", "supplier_id"),
        UniqueConstraint("tenant_id", "programme_id", "supplier_id"),
        Index(None, "tenant_id", "batch_id"),
    )
    ENTITY: ClassVar[str] = "payables_supplier"
    TRANSITIONS: ClassVar[Mapping[SupplierState, frozenset[SupplierState]]] = SUPPLIER_TRANSITIONS

    programme_id: UUID
    supplier_id: UUID
    batch_id: UUID
    state: SupplierState = Field(sa_type=text_enum(SupplierState, "state"))
    made_by: str


class ProgrammeFacility(TenantRow, table=True):
    """A lender's line that may buy under a programme, and whether it has recourse to the supplier."""

    __tablename__ = "payables_facility"
    __table_args__ = (
        belongs_to("payables_programme", "programme_id"),
        belongs_to("facility", "facility_id"),
        {"info": {"append_only": True}},
    )

    programme_id: UUID = Field(primary_key=True)
    facility_id: UUID = Field(primary_key=True)
    recourse: bool


class PayablesUpload(PublicRow, table=True):
    """Invoices the buyer says it owes: what its maker brought in, and its checker makes binding."""

    __tablename__ = "payables_upload"
    __table_args__ = (
        belongs_to("payables_programme", "programme_id"),
        belongs_to("invoice_import", "import_id"),
        UniqueConstraint("tenant_id", "import_id"),
    )
    ENTITY: ClassVar[str] = "payables_upload"
    TRANSITIONS: ClassVar[Mapping[UploadState, frozenset[UploadState]]] = UPLOAD_TRANSITIONS

    programme_id: UUID
    import_id: UUID
    state: UploadState = Field(sa_type=text_enum(UploadState, "state"))
    made_by: str

    @property
    def public_id(self) -> str:
        """`pup_…`."""
        return public_id("pup", self.id)


class Payable(TenantRow, table=True):
    """That a receivable is a payable of a programme: one invoice, one programme."""

    __tablename__ = "payable"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        belongs_to("payables_programme", "programme_id"),
        belongs_to("payables_upload", "upload_id"),
        Index(None, "tenant_id", "programme_id"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID = Field(primary_key=True)
    programme_id: UUID
    upload_id: UUID
    confirmed_on: date


class PayableMovement(TenantRow, table=True):
    """What changed an open payable, with the sign it has on what is open; `source` is the word it is known by."""

    __tablename__ = "payable_movement"
    __table_args__ = (
        belongs_to("payable", "receivable_id", "receivable_id"),
        UniqueConstraint("tenant_id", "source"),
        Index(None, "tenant_id", "programme_id", "value_date"),
        Index(None, "tenant_id", "receivable_id"),
        CheckConstraint("amount_minor <> 0", name="moves"),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(primary_key=True)
    programme_id: UUID
    receivable_id: UUID
    kind: MovementKind = Field(sa_type=text_enum(MovementKind, "kind"))
    amount_minor: int = Field(sa_type=MINOR)
    value_date: date
    source: str = Field(max_length=128)
    recorded_at: datetime


class EarlyPaymentOrder(PublicRow, table=True):
    """Payments that treasury's maker orders and its checker approves, by digest."""

    __tablename__ = "early_payment_order"
    __table_args__ = (belongs_to("payables_programme", "programme_id"),)

    programme_id: UUID
    pay_on: date
    item_count: int
    total_minor: int = Field(sa_type=MINOR)
    discount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    digest: str = Field(max_length=64)
    made_by: str

    @property
    def public_id(self) -> str:
        """`epo_…`."""
        return public_id("epo", self.id)


class EarlyPayment(PublicRow, table=True):
    """One invoice paid out of own cash: the whole of what is unpaid, less the discount (R18)."""

    __tablename__ = "early_payment"
    __table_args__ = (
        belongs_to("payables_programme", "programme_id"),
        belongs_to("payable", "receivable_id", "receivable_id"),
        belongs_to("party", "supplier_id"),
        belongs_to("financing_request", "request_id"),
        belongs_to("early_payment_order", "order_id"),
        belongs_to("bank_account", "own_account_id"),
        belongs_to("bank_account", "payee_account_id"),
        # Nobody is paid twice: the last wall behind every lock.
        Index(
            "uq_early_payment_live",
            "tenant_id",
            "receivable_id",
            unique=True,
            postgresql_where=text("state IN ({})".format(", ".join(f"'{state.value}'" for state in LIVE))),
        ),
        Index(None, "tenant_id", "state", "id"),
        Index(None, "tenant_id", "programme_id"),
        Index(None, "tenant_id", "order_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("discount_minor >= 0 AND discount_minor < amount_minor", name="discount_within"),
        CheckConstraint("kind = 'early' OR discount_minor = 0", name="discount_for_time"),
    )
    ENTITY: ClassVar[str] = "early_payment"
    TRANSITIONS: ClassVar[Mapping[EarlyPaymentState, frozenset[EarlyPaymentState]]] = EARLY_PAYMENT_TRANSITIONS

    programme_id: UUID
    receivable_id: UUID
    supplier_id: UUID
    kind: PaymentKind = Field(sa_type=text_enum(PaymentKind, "kind"))
    state: EarlyPaymentState = Field(sa_type=text_enum(EarlyPaymentState, "state"))
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=MINOR)
    discount_minor: int = Field(sa_type=MINOR)
    annual_rate: Decimal = Field(sa_type=RATE)
    day_count: DayCount = Field(sa_type=text_enum(DayCount, "day_count"))
    pay_on: date
    due_on: date
    expires_on: date
    request_id: UUID | None = None
    order_id: UUID | None = None
    own_account_id: UUID | None = None
    payee_account_id: UUID | None = None
    failure_reason: str = ""
    made_by: str

    @property
    def public_id(self) -> str:
        """`epy_…`."""
        return public_id("epy", self.id)

    @property
    def amount(self) -> Money:
        """What of the invoice it pays."""
        return Money.from_minor(self.amount_minor, self.currency)

    @property
    def discount(self) -> Money:
        """What the buyer keeps of it."""
        return Money.from_minor(self.discount_minor, self.currency)

    @property
    def net(self) -> Money:
        """The cash the supplier gets."""
        return self.amount - self.discount
