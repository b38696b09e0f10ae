"""Facts to book on advances: what the bank, or a person, says happened."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.financing.events import EventKind
from domain.ledger.chart import AccountRef
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about one advance.

    `source` is the word it is known by, and counts once; `cash` the account the money came into or went out of;
    `reverses` the source of the fact that a return undoes.
    """

    advance_id: UUID
    kind: EventKind
    value_date: date
    amount: Money
    source: str
    cash: AccountRef
    reverses: str | None = None
    reason: str = ""
