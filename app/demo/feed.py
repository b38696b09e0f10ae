"""What happens to the group from outside, day by day: invoices are issued, debtors have money, tills take cash."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import BinaryIO

from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Firm:
    """A party of the scenario; `code` is how files name it, `region` where it stands."""

    code: str
    name: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """When a debtor has the money for an invoice: before that day its bank refuses the debit."""

    debtor: str
    due_on: date
    available_on: date
    disputed: bool


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What a lender offers. Rates are text, so that they reach the books as they stand here."""

    lender: Firm
    capital: Money
    advance_rate: str
    annual_rate: str
    fee_bp: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A whole scenario. Invoices and takings stay rows of files: the import has to read them as it would a user's.

    `invoices` holds a CSV file per seller and day; a row that names no readable day comes on the first. `not_yet`
    counts the rows dated after the last day, `long_past` those settled before the first. `payments` is by invoice
    number; `takings` opens the till file.
    """

    currency: str
    country: str
    start: date
    days: int
    hq: Firm
    branches: Sequence[Firm]
    sellers: Sequence[Firm]
    debtors: Sequence[Firm]
    credit_lines: Sequence[CreditLine]
    invoices: Mapping[date, Mapping[str, bytes]]
    invoices_read: int
    not_yet: int
    long_past: int
    payments: Mapping[str, Payment]
    takings: Callable[[], BinaryIO]

    @property
    def end(self) -> date:
        """The last day that is lived through."""
        return self.start + timedelta(days=self.days - 1)


def csv_file(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file as a spreadsheet would save it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
