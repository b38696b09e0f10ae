"""Whether a statement hangs together: opening balance, entries, closing balance."""

from collections.abc import Iterable
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


def agreement(
    opening: Money | None, closing: Money | None, closed_on: date, entries: Iterable[StatementEntry]
) -> Agreement:
    """How a statement that closes on `closed_on` adds up: both bases are tried before it is called off."""
    if opening is None or closing is None:
        return Agreement.UNSTATED
    booked, later = Decimal(0), Decimal(0)
    for entry in entries:
        if entry.status == BOOKED:
            booked += entry.amount.amount
            if entry.value_date is not None and entry.value_date > closed_on:
                later += entry.amount.amount
    if opening.amount + booked == closing.amount:
        return Agreement.BOOKED
    return Agreement.VALUED if opening.amount + booked - later == closing.amount else Agreement.OFF
