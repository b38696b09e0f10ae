"""What the bank answers: raw first, then line by line, and what fits nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.banking.states import ANSWER_TRANSITIONS, AnswerKind, AnswerState, ExceptionKind, ItemState, Verdict
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum


class AnswerCursor(TenantRow, table=True):
    """How far the answers of a channel have been fetched; moved in the transaction that stores them."""

    __tablename__ = "bank_answer_cursor"

    channel: str = Field(primary_key=True, max_length=64)
    cursor: str
    moved_at: datetime


class BankAnswer(PublicRow, table=True):
    """An answer as it came: stored before it is read. The same bytes are one answer, however often they come."""

    __tablename__ = "bank_answer"
    __table_args__ = (
        UniqueConstraint("tenant_id", "digest"),
        Index("ix_bank_answer_stored", "tenant_id", "id", postgresql_where=text("state = 'stored'")),
        CheckConstraint("(state = 'quarantined') = (reason IS NOT NULL)", name="quarantined_with_reason"),
    )

    ENTITY: ClassVar[str] = "bank_answer"
    TRANSITIONS: ClassVar[Mapping[AnswerState, frozenset[AnswerState]]] = ANSWER_TRANSITIONS

    channel: str = Field(max_length=64)
    kind: AnswerKind = Field(sa_type=text_enum(AnswerKind, "kind"), default=AnswerKind.PAYMENTS)
    digest: bytes = Field(sa_type=LargeBinary)
    key_id: str = Field(max_length=32)
    sealed: bytes = Field(sa_type=LargeBinary)
    state: AnswerState = Field(sa_type=text_enum(AnswerState, "state"), default=AnswerState.STORED)
    reason: str | None = None


class AnswerItem(TenantRow, table=True):
    """One line of an answer about one instruction; `instruction_id` is what the line claims, and may name nothing.

    A line is written with the answer it stands in, by the transaction that has read it: no foreign key asks again.
    """

    __tablename__ = "bank_answer_item"
    __table_args__ = (
        Index("ix_bank_answer_item_waiting", "tenant_id", "instruction_id", postgresql_where=text("state = 'waiting'")),
        Index(None, "tenant_id", "instruction_id"),
    )

    answer_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    instruction_id: int | None = Field(default=None, sa_type=BigInteger)
    end_to_end_id: str
    message_id: UUID | None = None  # the message it answers; a notice answers none
    account_id: UUID | None = None  # the own account a notice is about; a status report names none
    verdict: Verdict = Field(sa_type=text_enum(Verdict, "verdict"))
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, max_length=3)
    reason: str | None = Field(default=None, max_length=35)
    value_date: date | None = None
    state: ItemState = Field(sa_type=text_enum(ItemState, "state"), default=ItemState.WAITING)


class BankException(PublicRow, table=True):
    """Something the bank said that does not fit what we know: kept for a person, never dropped."""

    __tablename__ = "bank_exception"
    __table_args__ = (
        Index("ix_bank_exception_open", "tenant_id", "id", postgresql_where=text("resolved_at IS NULL")),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved_by_somebody"),
        CheckConstraint("num_nonnulls(answer_id, file_id, statement_id) = 1", name="from_one_source"),
        belongs_to("bank_answer", "answer_id"),
        belongs_to("statement_file", "file_id"),
        belongs_to("statement", "statement_id"),
    )

    kind: ExceptionKind = Field(sa_type=text_enum(ExceptionKind, "kind"))
    answer_id: UUID | None = None
    file_id: UUID | None = None
    statement_id: UUID | None = None
    facts: dict[str, Any] = Field(sa_type=JSONB)
    resolved_at: datetime | None = None
    resolved_by: str | None = None
