"""One fact about an advance out of sales on its way to being booked."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.financing.sales.states import SalesEventKind
from domain.ledger.chart import AccountRef
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class SalesFact:
    """What happened; `source` is the word that reports it, which counts once, `reverses` the one it takes back."""

    advance_id: UUID
    kind: SalesEventKind
    value_date: date
    amount: Money
    source: str
    cash: AccountRef
    reverses: str | None = None
    reason: str = ""
