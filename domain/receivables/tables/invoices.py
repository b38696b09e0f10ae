"""Rows of invoices: their imports, what they are, and the global registry of fingerprints."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.receivables.states import TRANSITIONS, ConfirmationGrade, ReceivableState
from domain.values.money import Money


class InvoiceImport(PublicRow, table=True):
    """One file (or list) of invoices as it was read: how many rows came in, and why the others did not.

    `debtor_id` is set where the debtor itself brought invoices it has approved: its checker submits and confirms them.
    """

    __tablename__ = "invoice_import"
    __table_args__ = (belongs_to("party", "debtor_id"),)

    file_name: str = Field(max_length=255)
    digest: bytes = Field(sa_type=LargeBinary)
    rows_read: int
    rows_registered: int
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    made_by: str
    debtor_id: UUID | None = None


class Receivable(PublicRow, table=True):
    """A claim of a seller on a debtor, from an invoice.

    `confirmed_minor` is what the debtor confirmed, `confirmation_grade` how well; `diluted_minor` what credit notes
    took off it; `paid_minor` what reached its lender; `exposure_minor` the principal of live advances that it secures.
    `is_certificate` marks a debtor's payment certificate (an electronic voucher of debt), whose term the law bounds;
    an invoice is on open account. A part that was split off names its whole in `parent_id`; the whole then adds up what
    becomes of its parts, so that its own CHECK bounds all that is lent on them.
    """

    __tablename__ = "receivable"
    __table_args__ = (
        belongs_to("party", "seller_id"),
        belongs_to("party", "debtor_id"),
        belongs_to("invoice_import", "import_id"),
        Index(
            "uq_receivable_fingerprint",
            "tenant_id",
            "fingerprint",
            unique=True,
            # A part that went back into its whole may be split off anew.
            postgresql_where=text("state NOT IN ('rejected', 'merged')"),
        ),
        belongs_to("receivable", "parent_id"),
        Index(None, "tenant_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(None, "tenant_id", "state", "id"),
        Index(None, "tenant_id", "invoice_number"),
        Index(None, "tenant_id", "seller_id", "debtor_id"),
        Index(None, "tenant_id", "import_id"),
        CheckConstraint("face_minor > 0", name="face_positive"),
        CheckConstraint("due_on >= issued_on", name="dates_in_order"),
        CheckConstraint("confirmed_minor > 0 AND confirmed_minor <= face_minor", name="confirmed_within_face"),
        CheckConstraint("paid_minor >= 0", name="paid_not_negative"),
        # No invoice carries more advances than its debtor still has to pay: the last wall behind every lock.
        CheckConstraint(
            "exposure_minor BETWEEN 0 AND greatest(coalesce(confirmed_minor, 0) - diluted_minor - paid_minor, 0)",
            name="exposure_within_unpaid",
        ),
        CheckConstraint("diluted_minor >= 0", name="diluted_not_negative"),
    )
    ENTITY: ClassVar[str] = "receivable"
    TRANSITIONS: ClassVar[Mapping[ReceivableState, frozenset[ReceivableState]]] = TRANSITIONS

    seller_id: UUID
    debtor_id: UUID
    import_id: UUID | None = None
    parent_id: UUID | None = None
    invoice_code: str = Field(default="", max_length=32)
    invoice_number: str = Field(max_length=64)
    issued_on: date
    due_on: date
    delivered_on: date | None = None
    contract_reference: str = Field(default="", max_length=64)
    not_assignable: bool = False
    red_lettered: bool = False
    is_certificate: bool = False
    currency: str = Field(max_length=3)
    face_minor: int = Field(sa_type=BigInteger)
    fingerprint: bytes = Field(sa_type=LargeBinary)
    resembles_registered: bool = False
    state: ReceivableState = Field(sa_type=text_enum(ReceivableState, "state"))
    confirmed_minor: int | None = Field(default=None, sa_type=BigInteger)
    confirmation_grade: ConfirmationGrade | None = Field(
        default=None, sa_type=text_enum(ConfirmationGrade, "confirmation_grade")
    )
    diluted_minor: int = Field(default=0, sa_type=BigInteger)
    paid_minor: int = Field(default=0, sa_type=BigInteger)
    exposure_minor: int = Field(default=0, sa_type=BigInteger)
    disputed_on: date | None = None
    dispute_reason: str = ""

    @property
    def public_id(self) -> str:
        """`rcv_…`."""
        return public_id("rcv", self.id)

    @property
    def face_amount(self) -> Money:
        """What the invoice says."""
        return Money.from_minor(self.face_minor, self.currency)

    @property
    def confirmed_amount(self) -> Money:
        """What the debtor signed for; nothing before it did."""
        return Money.from_minor(self.confirmed_minor or 0, self.currency)

    @property
    def unpaid(self) -> Money:
        """Confirmed, not credited and not yet paid."""
        owed = (self.confirmed_minor or 0) - self.diluted_minor
        return Money.from_minor(max(owed - self.paid_minor, 0), self.currency)


class Fingerprint(SQLModel, table=True):
    """The only global table: one hash per invoice known to any tenant, so that none is financed twice.

    `likeness` hashes the same invoice without its date and total: it finds what may be the same, never whose.
    """

    __tablename__ = "fingerprint"
    __table_args__ = (Index(None, "likeness"), {"info": {"global": True}})

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    likeness: bytes = Field(sa_type=LargeBinary)
    tenant_id: int = Field(sa_type=BigInteger)


class CreditNote(PublicRow, table=True):
    """A seller's credit to its debtor, or a ticket refund: what it takes off a confirmed invoice (R10)."""

    __tablename__ = "credit_note"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        Index("uq_credit_note_reference", "tenant_id", "receivable_id", "reference", unique=True),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID
    reference: str = Field(max_length=64)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    issued_on: date
    reason: str
    evidence: bytes = Field(sa_type=LargeBinary)
    made_by: str

    @property
    def public_id(self) -> str:
        """`crn_…`."""
        return public_id("crn", self.id)

    @property
    def amount(self) -> Money:
        """What the debtor owes less."""
        return Money.from_minor(self.amount_minor, self.currency)


class CreditNoteCancellation(TenantRow, table=True):
    """That a credit note was entered wrongly, or taken back: asked for by one, agreed to by another."""

    __tablename__ = "credit_note_cancellation"
    __table_args__ = (belongs_to("credit_note", "credit_note_id"), {"info": {"append_only": True}})

    credit_note_id: UUID = Field(primary_key=True)
    cancelled_on: date
    reason: str
    cancelled_by: str
