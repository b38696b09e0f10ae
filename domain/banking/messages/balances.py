"""Whether a statement hangs together: opening balance, entries, closing balance."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.banking.messages.model import BOOKED, StatementEntry
from domain.values.money import Money

OPENING = ("OPBD", "PRCD")  # opening booked, else previously closed booked
CLOSING = ("CLBD",)


class Agreement(StrEnum):
    """On which of the two bases the balances of a statement agree with its entries."""

    BOOKED = "booked"  # opening + all booked entries = closing
    VALUED = "valued"  # the closing balance leaves out what is value-dated behind it
    OFF = "off"
    UNSTATED = "unstated"  # without both balances there is nothing to agree


@dataclass(slots=True)
class Tally:
    """What the booked entries of a statement come to, and what of it is value-dated behind its closing day."""

    closed_on: date
    booked: Decimal = Decimal(0)
    later: Decimal = Decimal(0)

    def counting(self, entries: Iterable[StatementEntry]) -> Iterator[StatementEntry]:
        """The same entries, counted as they pass."""
        for entry in entries:
            if entry.status == BOOKED:
                self.booked += entry.amount.amount
                if entry.value_date is not None and entry.value_date > self.closed_on:
                    self.later += entry.amount.amount
            yield entry

    def agreement(self, opening: Money | None, closing: Money | None) -> Agreement:
        """How the statement adds up: both bases are tried before it is called off."""
        if opening is None or closing is None:
            return Agreement.UNSTATED
        if opening.amount + self.booked == closing.amount:
            return Agreement.BOOKED
        left_out = opening.amount + self.booked - self.later == closing.amount
        return Agreement.VALUED if left_out else Agreement.OFF
