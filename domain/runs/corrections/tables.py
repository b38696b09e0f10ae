"""Over-debits found, and corrections proposed, approved, sent."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from domain.banking.states import Purpose
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.runs.corrections.states import OPEN, TRANSITIONS, CorrectionState, Method
from domain.values.money import Money

_OPEN = ", ".join(f"'{state.value}'" for state in OPEN)


class OverDebit(PublicRow, table=True):
    """More was collected for an obligation than is due; `frozen_minor` was put aside for the payer."""

    __tablename__ = "over_debit"
    __table_args__ = (
        belongs_to("instruction", "instruction_id"),
        Index(
            "uq_over_debit_open",
            "tenant_id",
            "obligation_key",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        CheckConstraint("excess_minor > 0 AND excess_minor = collected_minor - due_minor", name="excess"),
        CheckConstraint("frozen_minor BETWEEN 0 AND excess_minor", name="frozen_within_excess"),
    )

    purpose: Purpose = Field(sa_type=text_enum(Purpose, "purpose"))
    obligation_key: str = Field(max_length=128)
    instruction_id: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    due_minor: int = Field(sa_type=BigInteger)
    collected_minor: int = Field(sa_type=BigInteger)
    excess_minor: int = Field(sa_type=BigInteger)
    frozen_minor: int = Field(default=0, sa_type=BigInteger)
    found_on: date
    resolved_at: datetime | None = None

    @property
    def frozen(self) -> Money:
        """What is put aside for the payer."""
        return Money.from_minor(self.frozen_minor, self.currency)


class Correction(PublicRow, table=True):
    """A request to give back the money of one instruction, in part or whole."""

    __tablename__ = "correction"
    __table_args__ = (
        belongs_to("instruction", "instruction_id"),
        belongs_to("instruction", "refund_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_message", "message_id"),
        belongs_to("over_debit", "over_debit_id"),
        Index(
            "uq_correction_open",
            "tenant_id",
            "instruction_id",
            unique=True,
            postgresql_where=text(f"state IN ({_OPEN})"),
        ),
        Index(None, "tenant_id", "instruction_id"),
        Index(None, "tenant_id", "message_id"),
        CheckConstraint("amount_minor > 0 AND total_minor >= amount_minor", name="amounts_positive"),
        CheckConstraint("frozen_minor BETWEEN 0 AND amount_minor", name="frozen_within_amount"),
    )
    ENTITY: ClassVar[str] = "correction"
    TRANSITIONS: ClassVar[Mapping[CorrectionState, frozenset[CorrectionState]]] = TRANSITIONS

    instruction_id: int = Field(sa_type=BigInteger)
    account_id: UUID  # where the money came from and goes back to
    over_debit_id: UUID | None = None
    method: Method = Field(sa_type=text_enum(Method, "method"))
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)  # given back of the instruction, this included
    whole: bool
    frozen_minor: int = Field(default=0, sa_type=BigInteger)  # put aside for it beyond what its over-debit froze
    reason: str = Field(max_length=4)  # ISO 20022 code
    state: CorrectionState = Field(sa_type=text_enum(CorrectionState, "state"))
    not_before: date
    made_by: str
    message_id: UUID | None = None
    refund_id: int | None = Field(default=None, sa_type=BigInteger)  # the instruction of a transfer
    failure_reason: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over what is decided: how much of what goes back to whom, how, why, and what it comes to in all."""
        facts = (
            self.id,
            self.instruction_id,
            self.account_id,
            self.method.value,
            self.amount_minor,
            self.currency,
            self.total_minor,
            self.reason,
        )
        return sha256("|".join(map(str, facts)).encode()).hexdigest()

    @property
    def public_id(self) -> str:
        """`cor_…`: the bank knows it by this too."""
        return public_id("cor", self.id)

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money.from_minor(self.amount_minor, self.currency)
