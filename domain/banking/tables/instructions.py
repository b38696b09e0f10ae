"""What we ask of the bank: instructions, and the messages that carry them.

Instructions are made and moved by set operations only: a run has a million of them. Their state is in no index, and
each page has room for the next version of its rows, so that a move touches no index at all. The content of a message
is encrypted, because it names accounts.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.banking import states
from domain.banking.messages.rules import Severity
from domain.banking.references import bank_message_id, end_to_end_id
from domain.banking.states import Direction, InstructionState, MessageKind, MessageState, Purpose
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money

_ABOUT_MANDATES = "'mandate_request', 'mandate_amendment', 'mandate_cancellation'"  # they move nothing
_RELEASES = ", ".join(f"'{state.value}'" for state in states.RELEASES_OBLIGATION)


class BankMessage(PublicRow, table=True):
    """One file for the bank: everything in it is of one kind and goes the same way, in one currency, on one date.

    The items of payments are those of its run between the first and the last id that name it. `next_final_on` is the
    day on which the first of its settled items becomes final, None when none is left.
    """

    __tablename__ = "bank_message"
    __table_args__ = (
        CheckConstraint(
            f"item_count > 0 AND (total_minor > 0 OR kind IN ({_ABOUT_MANDATES}) AND total_minor = 0)", name="not_empty"
        ),
        Index(
            "ix_bank_message_open",
            "tenant_id",
            "id",
            postgresql_where=text("state IN ('drafted', 'prepared', 'transmitted', 'unknown')"),
        ),
        CheckConstraint("(state = 'drafted') = (digest IS NULL)", name="digest_of_what_is_written"),
        CheckConstraint(
            "num_nonnulls(first_instruction_id, last_instruction_id) = CASE kind WHEN 'payments' THEN 2 ELSE 0 END"
            " AND first_instruction_id <= last_instruction_id",
            name="span",
        ),
        Index(
            "ix_bank_message_unfinal", "tenant_id", "next_final_on", postgresql_where=text("next_final_on IS NOT NULL")
        ),
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "run_id"),
    )
    ENTITY: ClassVar[str] = "bank_message"
    TRANSITIONS: ClassVar[Mapping[MessageState, frozenset[MessageState]]] = states.MESSAGE_TRANSITIONS

    number: int = Field(sa_type=BigInteger)
    run_id: UUID | None = None
    kind: MessageKind = Field(sa_type=text_enum(MessageKind, "kind"), default=MessageKind.PAYMENTS)
    direction: Direction = Field(sa_type=text_enum(Direction, "direction"))
    due_on: date
    currency: str = Field(max_length=3)
    item_count: int
    total_minor: int = Field(sa_type=BigInteger)
    profile: str
    window_days: int  # of the profile when the file was made: finality is not moved by a later profile
    first_instruction_id: int | None = Field(default=None, sa_type=BigInteger)
    last_instruction_id: int | None = Field(default=None, sa_type=BigInteger)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)  # SHA-256 of the bytes sent
    next_final_on: date | None = None
    # What its bank would not like: rule, severity, place, what stands there. With an error in it, it is not sent.
    findings: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONB)
    overruled_by: str | None = None  # who sends it all the same
    paused: bool = False  # it does not leave until its run is resumed
    state: MessageState = Field(sa_type=text_enum(MessageState, "state"), default=MessageState.DRAFTED)

    @property
    def is_held(self) -> bool:
        """Whether its bank would refuse it, and nobody has said that it goes all the same."""
        return self.overruled_by is None and any(each["severity"] == Severity.ERROR for each in self.findings)

    @property
    def bank_reference(self) -> str:
        """The id the bank knows the file by."""
        return bank_message_id(self.tenant_id, self.number)

    @property
    def total(self) -> Money:
        """Σ of its items."""
        return Money.from_minor(self.total_minor, self.currency)


class MessageBlock(TenantRow, table=True):
    """A payment block of a message: what goes from or to one own account. `position` is part of its id at the bank.

    `open_count` and `open_minor` are what the bank has not finished; exactly that is held in the ledger, by one
    transfer.
    """

    __tablename__ = "bank_message_block"
    __table_args__ = (
        UniqueConstraint("tenant_id", "message_id", "own_account_id"),
        CheckConstraint("position > 0 AND item_count > 0 AND total_minor > 0", name="not_empty"),
        CheckConstraint(
            "open_count BETWEEN 0 AND item_count AND open_minor BETWEEN 0 AND total_minor"
            " AND (open_count = 0) = (open_minor = 0)",
            name="open",
        ),
        CheckConstraint("(open_minor = 0) = (hold_transfer_id IS NULL)", name="held_while_open"),
        belongs_to("bank_message", "message_id"),
        belongs_to("bank_account", "own_account_id"),
    )

    message_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    own_account_id: UUID
    item_count: int
    total_minor: int = Field(sa_type=BigInteger)
    open_count: int
    open_minor: int = Field(sa_type=BigInteger)
    hold_transfer_id: int | None = Field(default=None, sa_type=BigInteger)


class MessageContent(TenantRow, table=True):
    """The bytes of a message under its id, apart from its row: written once, and sealed anew when keys rotate."""

    __tablename__ = "bank_message_content"
    __table_args__ = (belongs_to("bank_message", "id"),)

    id: UUID = Field(primary_key=True)
    key_id: str = Field(max_length=32)
    sealed: bytes = Field(sa_type=LargeBinary)


class Instruction(TenantRow, table=True):
    """An order to move one amount between an own account and another.

    There are millions, so that no foreign key is checked row by row: the statements that make instructions read both
    accounts from their table, messages take in what is there, and `banking.checks` would find an orphan.
    """

    __tablename__ = "instruction"
    __table_args__ = (
        UniqueConstraint("tenant_id", "obligation_key", "attempt"),
        # Nobody is debited twice: whatever code runs, an obligation has one instruction on its way or settled. By a
        # column of its own, which changes for the few that fail: the state changes for all of them.
        Index(
            "uq_instruction_obligation_held",
            "tenant_id",
            "obligation_key",
            unique=True,
            postgresql_where=text("NOT released"),
        ),
        Index("ix_instruction_released", "tenant_id", "obligation_key", postgresql_where=text("released")),
        Index("ix_instruction_run", "tenant_id", "run_id", "id"),
        Index("ix_instruction_waiting", "tenant_id", "due_on", postgresql_where=text("run_id IS NULL")),
        Index("ix_instruction_subject", "tenant_id", "subject_id"),
        # How often a mandate with limits was used; debits under any other cost nothing here.
        Index(
            "ix_instruction_limited",
            "tenant_id",
            "mandate_id",
            "due_on",
            postgresql_where=text("mandate_limited"),
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("attempt > 0", name="attempt_positive"),
        CheckConstraint("own_account_id <> counter_account_id", name="two_accounts"),
        CheckConstraint("direction <> 'debit' OR mandate_id IS NOT NULL", name="debit_has_mandate"),
        CheckConstraint(f"released = (state IN ({_RELEASES}))", name="released_when_over"),
        CheckConstraint(
            "(state IN ('created', 'locked', 'cancelled')) = (message_id IS NULL)", name="sent_in_a_message"
        ),
        CheckConstraint(
            "(state IN ('settled', 'final', 'returned')) = (value_date IS NOT NULL) "
            "AND (value_date IS NULL) = (final_on IS NULL)",
            name="dated_when_settled",
        ),
        {"postgresql_with": {"fillfactor": 45}},
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    direction: Direction = Field(sa_type=text_enum(Direction, "direction"))
    purpose: Purpose = Field(sa_type=text_enum(Purpose, "purpose"))
    obligation_key: str = Field(max_length=128)
    attempt: int = 1
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    own_account_id: UUID
    counter_account_id: UUID
    mandate_id: UUID | None = None
    mandate_version: int | None = None  # the terms the debit was checked against, and the limbs it passed
    mandate_limbs: int | None = Field(default=None, sa_type=SmallInteger)
    mandate_limited: bool | None = None
    subject_id: UUID
    due_on: date
    remittance: str = Field(max_length=140)
    state: InstructionState = Field(sa_type=text_enum(InstructionState, "state"), default=InstructionState.CREATED)
    released: bool = False
    run_id: UUID | None = None
    message_id: UUID | None = None
    value_date: date | None = None
    reason: str | None = Field(default=None, max_length=35)
    final_on: date | None = None
    created_at: datetime

    @property
    def amount(self) -> Money:
        """What it moves."""
        return Money.from_minor(self.amount_minor, self.currency)

    @property
    def end_to_end_id(self) -> str:
        """The reference the bank carries along."""
        return end_to_end_id(self.tenant_id, self.id)


class InstructionEvent(TenantRow, table=True):
    """That an instruction came to a state, when, and why; or that many of a run or of a message did at once.

    What happens to all of a set is written once (locked, submitted, settled), what happens to single ones is theirs.
    Which of a message's items a word of the bank was about, the lines of its answer say; `of_date` is the value date
    of a settlement, and the day on which a settlement became final.
    """

    __tablename__ = "instruction_event"
    __table_args__ = (
        Index(
            "ix_instruction_event_item",
            "tenant_id",
            "instruction_id",
            postgresql_where=text("instruction_id IS NOT NULL"),
        ),
        Index("ix_instruction_event_run", "tenant_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
        Index(
            "ix_instruction_event_message", "tenant_id", "message_id", postgresql_where=text("message_id IS NOT NULL")
        ),
        CheckConstraint("num_nonnulls(instruction_id, run_id, message_id) = 1", name="of_one_thing"),
        CheckConstraint("item_count > 0", name="not_empty"),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(primary_key=True)
    instruction_id: int | None = Field(default=None, sa_type=BigInteger)
    run_id: UUID | None = None
    message_id: UUID | None = None
    answer_id: UUID | None = None
    of_date: date | None = None
    item_count: int = 1
    state: InstructionState = Field(sa_type=text_enum(InstructionState, "state"))
    reason: str | None = None
    actor: str
    at: datetime
