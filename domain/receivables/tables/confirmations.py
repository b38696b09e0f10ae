"""Rows of the debtor's word: its answers, the notices it was served, and the evidence of every confirmation."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.receivables.states import (
    CONFIRMATION_TRANSITIONS,
    Answer,
    ConfirmationGrade,
    ConfirmationState,
    Delivery,
    EvidenceKind,
)

SHA256: Any = LargeBinary(32)


class Confirmation(PublicRow, table=True):
    """A debtor's answers to a list of invoices: made by its maker, in force once its checker signs."""

    __tablename__ = "confirmation"
    __table_args__ = (belongs_to("party", "debtor_id"),)
    ENTITY: ClassVar[str] = "confirmation"
    TRANSITIONS: ClassVar[Mapping[ConfirmationState, frozenset[ConfirmationState]]] = CONFIRMATION_TRANSITIONS

    debtor_id: UUID
    document_sha256: bytes | None = Field(default=None, sa_type=SHA256)
    reference: str = Field(default="", max_length=140)
    state: ConfirmationState = Field(sa_type=text_enum(ConfirmationState, "state"))
    made_by: str
    signed_at: datetime | None = None


class ConfirmationLine(TenantRow, table=True):
    """What the debtor says to one invoice: the amount it owes and when, or that it disputes it."""

    __tablename__ = "confirmation_line"
    __table_args__ = (
        belongs_to("confirmation", "confirmation_id"),
        belongs_to("receivable", "receivable_id"),
        CheckConstraint("(answer = 'disputed') = (amount_minor IS NULL)", name="amount_unless_disputed"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("answer <> 'disputed' OR NOT waives_defences", name="no_waiver_of_a_dispute"),
        Index("ix_confirmation_line_receivable", "tenant_id", "receivable_id"),
        {"info": {"append_only": True}},
    )

    confirmation_id: UUID = Field(primary_key=True)
    receivable_id: UUID = Field(primary_key=True)
    answer: Answer = Field(sa_type=text_enum(Answer, "answer"))
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    due_on: date | None = None
    waives_defences: bool = False
    reason: str = ""


class ConfirmationNotice(PublicRow, table=True):
    """A letter that asks a debtor to answer for invoices by a date, and may say that silence counts as consent."""

    __tablename__ = "confirmation_notice"
    __table_args__ = (belongs_to("party", "debtor_id"), {"info": {"append_only": True}})

    debtor_id: UUID
    sent_on: date
    answer_by: date
    silence_is_consent: bool
    document_sha256: bytes = Field(sa_type=SHA256)
    reference: str = Field(max_length=140)
    sent_by: str

    @property
    def public_id(self) -> str:
        """`cnn_…`."""
        return public_id("cnn", self.id)


class ConfirmationNoticeLine(TenantRow, table=True):
    """An invoice the notice asks about."""

    __tablename__ = "confirmation_notice_line"
    __table_args__ = (
        belongs_to("confirmation_notice", "notice_id"),
        belongs_to("receivable", "receivable_id"),
        Index("ix_confirmation_notice_line_receivable", "tenant_id", "receivable_id"),
        {"info": {"append_only": True}},
    )

    notice_id: UUID = Field(primary_key=True)
    receivable_id: UUID = Field(primary_key=True)


class NoticeDelivery(TenantRow, table=True):
    """Proof that a notice reached its debtor. Without it silence says nothing; it speaks after `answer_until`."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        belongs_to("confirmation_notice", "notice_id"),
        Index("ix_notice_delivery_answer_until", "tenant_id", "answer_until"),
        {"info": {"append_only": True}},
    )

    notice_id: UUID = Field(primary_key=True)
    delivered_on: date
    how: Delivery = Field(sa_type=text_enum(Delivery, "how"))
    document_sha256: bytes = Field(sa_type=SHA256)
    reference: str = Field(max_length=140)
    answer_until: date
    recorded_by: str
    recorded_at: datetime


class ConfirmationEvidence(PublicRow, table=True):
    """What stands behind the word of a debtor on one invoice: kind, who, when, and the document it can be proved by.

    `grade` is the one the evidence gave the confirmation; none where it proves something else, such as a dispute.
    """

    __tablename__ = "confirmation_evidence"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        Index("ix_confirmation_evidence_receivable", "tenant_id", "receivable_id", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID
    kind: EvidenceKind = Field(sa_type=text_enum(EvidenceKind, "kind"))
    grade: ConfirmationGrade | None = Field(default=None, sa_type=text_enum(ConfirmationGrade, "grade"))
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    actor: str
    on: date
    document_sha256: bytes = Field(sa_type=SHA256)
    reference: str = Field(max_length=140)
