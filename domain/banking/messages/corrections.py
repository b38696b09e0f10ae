"""What is taken back: reversals of collections, recalls of payments, and what the bank decides of a recall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Reversal:
    """One collection to be given back by the creditor; in part where `reversed_amount` is less than was collected."""

    reversal_id: str
    end_to_end_id: str
    collected: Money
    reversed_amount: Money
    reason: str
    collected_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReversalFile:
    """Reversals of one direct-debit file (pain.007); `count` and `total` must be those of all items."""

    message_id: str
    created_at: datetime
    initiating_name: str
    original_message_id: str
    original_kind: str
    original_block_id: str
    count: int | None
    total: Decimal | None
    items: Iterable[Reversal]


@dataclass(frozen=True, slots=True)
class Recall:
    """One payment that shall not be, or be given back by its payee."""

    recall_id: str
    end_to_end_id: str
    amount: Money
    reason: str
    settled_on: date | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class RecallFile:
    """Recalls of payments of one file (camt.056); `count` and `total` must be those of all items."""

    message_id: str
    created_at: datetime
    assigner: str
    bank_id: str | None
    original_message_id: str
    original_kind: str
    count: int | None
    total: Decimal | None
    items: Iterable[Recall]


@dataclass(frozen=True, slots=True)
class RecallDecision:
    """What became of one recall: ACCR accepted, RJCR rejected for `reason`, PDCR still open."""

    recall_id: str | None
    end_to_end_id: str
    status: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The bank's answer to a file of recalls (camt.029): CNCL all done, PECR some, RJCR none, PDCR still open."""

    message_id: str
    created_at: datetime
    assigner: str
    original_message_id: str | None
    confirmation: str
    decisions: Iterable[RecallDecision]
