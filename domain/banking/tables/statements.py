"""What the bank states: files, statements, balances, entries."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from domain.banking import states
from domain.banking.states import EntryDirection, EntryState
from domain.platform.ids import uuid7
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money


class StatementFile(PublicRow, table=True):
    """A file of statements as it came; the same bytes are one file."""

    __tablename__ = "statement_file"
    __table_args__ = (UniqueConstraint("tenant_id", "digest"),)

    digest: bytes = Field(sa_type=LargeBinary)


class StatementFilePart(TenantRow, table=True):
    """Some megabytes of a file: nobody holds more of it in memory."""

    __tablename__ = "statement_file_part"
    __table_args__ = (
        UniqueConstraint("tenant_id", "file_id", "position"),
        CheckConstraint("position > 0", name="position_positive"),
        belongs_to("statement_file", "file_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    file_id: UUID
    position: int
    key_id: str = Field(max_length=32)
    sealed: bytes = Field(sa_type=LargeBinary)


class Statement(PublicRow, table=True):
    """One account over one period, as its bank states it."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "bank_reference", "closed_on"),
        Index(None, "tenant_id", "account_id", "closed_on"),
        belongs_to("statement_file", "file_id"),
        belongs_to("bank_account", "account_id"),
        {"info": {"append_only": True}},
    )

    file_id: UUID
    account_id: UUID
    bank_reference: str
    currency: str = Field(max_length=3)
    opened_on: date
    closed_on: date
    stated_at: datetime
    opening_minor: int | None = Field(default=None, sa_type=BigInteger)
    closing_minor: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def closing(self) -> Money | None:
        """The closing booked balance, if the bank states one."""
        return None if self.closing_minor is None else Money.from_minor(self.closing_minor, self.currency)


class StatementBalance(TenantRow, table=True):
    """Any balance of a statement, by the bank's code: OPBD, CLBD, CLAV …; credit is positive."""

    __tablename__ = "statement_balance"
    __table_args__ = (belongs_to("statement", "statement_id"), {"info": {"append_only": True}})

    statement_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    kind: str = Field(max_length=35)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    on: date


class StatementEntry(TenantRow, table=True):
    """One movement as the bank booked it.

    `identity` is the bank's own reference, else the hash of the content and which occurrence of it this is: two equal
    payments on one day are two, the same payment in two files is one.
    """

    __tablename__ = "statement_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "identity"),
        Index("ix_statement_entry_open", "tenant_id", "id", postgresql_where=text("state = 'imported'")),
        Index(None, "tenant_id", "account_id", "booked_on"),
        Index(None, "tenant_id", "instruction_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(state = 'matched') <= (instruction_id IS NOT NULL)", name="matched_to_something"),
        belongs_to("statement", "statement_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("instruction", "instruction_id"),
    )
    ENTITY: ClassVar[str] = "statement_entry"
    TRANSITIONS: ClassVar[Mapping[EntryState, frozenset[EntryState]]] = states.ENTRY_TRANSITIONS

    id: int = Field(primary_key=True, sa_type=BigInteger)
    statement_id: UUID
    account_id: UUID
    identity: str
    direction: EntryDirection = Field(sa_type=text_enum(EntryDirection, "direction"))
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    booked_on: date
    value_date: date
    servicer_reference: str | None = None
    end_to_end_id: str | None = None
    claimed_instruction_id: int | None = Field(default=None, sa_type=BigInteger)  # read from the end-to-end id
    bank_transaction_code: str | None = None
    return_reason: str | None = None
    remittance: str = ""
    counterparty_name: str | None = None
    counterparty_hash: bytes | None = Field(default=None, sa_type=LargeBinary)  # finds the account without showing it
    counterparty_masked: str | None = None
    state: EntryState = Field(sa_type=text_enum(EntryState, "state"), default=EntryState.IMPORTED)
    instruction_id: int | None = Field(default=None, sa_type=BigInteger)  # what it was matched to
    reason: str | None = None  # why it was recognised, or lies in suspense

    @property
    def amount(self) -> Money:
        """What was booked, without its sign."""
        return Money.from_minor(self.amount_minor, self.currency)


class StatementEntryDetail(TenantRow, table=True):
    """One transaction of an entry that the bank booked as a batch; the entry is its parent, and what is matched.

    `amount_minor` is None where the bank does not break the entry down.
    """

    __tablename__ = "statement_entry_detail"
    __table_args__ = (
        belongs_to("statement_entry", "entry_id"),
        CheckConstraint("position > 0", name="position_positive"),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="amount_in_a_currency"),
        {"info": {"append_only": True}},
    )

    entry_id: int = Field(primary_key=True, sa_type=BigInteger)
    position: int = Field(primary_key=True)
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, max_length=3)
    servicer_reference: str | None = None
    end_to_end_id: str | None = None
    claimed_instruction_id: int | None = Field(default=None, sa_type=BigInteger)
    bank_transaction_code: str | None = None
    return_reason: str | None = None
    remittance: str = ""
    counterparty_name: str | None = None
    counterparty_masked: str | None = None
