"""Transaction lists that banks export as CSV: how one bank writes them is a table in `layouts`.

Such a list names no statement and hardly its account, so the caller says whose it is; what the list says of the account
must agree. Opening and closing balance come from the running balance of its first and last row.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import BinaryIO

from domain.banking.messages.errors import (
    AccountDiffers,
    ControlSumMismatch,
    FieldRefused,
    MessageIncomplete,
    UnexpectedMessage,
)
from domain.banking.messages.layouts import layout_names, layout_table
from domain.banking.messages.lines import text_lines
from domain.banking.messages.model import BOOKED, AccountNumber, Balance, Statement, StatementEntry
from domain.values.money import Money

PREAMBLE_LINES = 30  # what stands before the columns' names is a title, an account, a period
MASKED_DIGITS = 4  # banks show at least the last four digits of a masked number
_AMOUNT = re.compile(r"-?\d{1,3}(?:,?\d{3})*(?:\.\d{1,3})?", re.ASCII)
_NAME_AND_ACCOUNT = re.compile(r"(?P<name>.*?)\s*(?P<number>[0-9]{6,34})?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLayout:
    """How one bank writes its list: which column says what."""

    name: str
    charsets: tuple[str, ...]
    columns: tuple[str, ...]
    newest_first: bool
    nothing: frozenset[str]  # what stands in a cell that says nothing
    date: str
    currency: str
    balance: str
    code: str
    remittance: tuple[str, ...]
    currencies: dict[str, str]
    amount: str | None = None  # one signed column, or …
    credit: str | None = None  # … one for what came in
    debit: str | None = None  # … and one for what left
    party: str | None = None
    counterparty: str | None = None
    counterparty_in_one: str | None = None
    own_account: str | None = None
    own_account_line: str | None = None
    total_line: str | None = None


@cache
def csv_layouts() -> tuple[CsvLayout, ...]:
    """Every list that is known."""
    return tuple(_layout(name) for name in layout_names("csv_"))


def _layout(name: str) -> CsvLayout:
    table = dict(layout_table(name))
    for key in ("charsets", "columns", "remittance"):
        table[key] = tuple(table[key])
    return CsvLayout(name=name.removeprefix("csv_"), **(table | {"nothing": frozenset(table["nothing"])}))


def read_bank_csv(source: BinaryIO, account: AccountNumber) -> Statement:
    """The list as a statement of `account`, recognised by the names of its columns.

    Raises UnexpectedMessage for columns nobody knows, AccountDiffers, FieldRefused with the line, ControlSumMismatch
    where the list states sums, MessageIncomplete for a list without rows, CharsetUnknown, MessageTooLarge.
    """
    charsets = tuple(dict.fromkeys(charset for layout in csv_layouts() for charset in layout.charsets))
    rows = csv.reader(line + "\n" for line in text_lines(source, charsets))
    cells = ((number, [cell.strip() for cell in row]) for number, row in enumerate(rows, start=1))
    try:
        listed = _Listed(*_found_layout(cells), account)
        for number, row in cells:
            if any(row):
                listed.take(number, row)
    except csv.Error as error:
        raise FieldRefused.malformed("CSV", str(error), "a CSV file") from None
    return listed.statement()


def _found_layout(rows: Iterator[tuple[int, list[str]]]) -> tuple[CsvLayout, str]:
    """The layout whose columns are named, and what stands before them."""
    before: list[str] = []
    for number, row in rows:
        names = tuple(row)
        for layout in csv_layouts():
            if names[: len(layout.columns)] == layout.columns and not any(names[len(layout.columns) :]):
                return layout, "\n".join(before)
        before.append(",".join(row))
        if number >= PREAMBLE_LINES:
            break
    raise UnexpectedMessage(
        expected=" / ".join(layout.name for layout in csv_layouts()), found=next(filter(None, before), "")[:80]
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One row as read."""

    entry: StatementEntry
    balance: Money


@dataclass(slots=True)
class _Listed:
    """A list while its rows come in."""

    layout: CsvLayout
    preamble: str
    account: AccountNumber
    rows: list[_Row] = field(default_factory=list)
    digest: str = ""

    def __post_init__(self) -> None:
        pattern = self.layout.own_account_line
        match = re.search(pattern, self.preamble) if pattern else None
        if match:
            self._check_account(match[1])

    def take(self, number: int, row: Sequence[str]) -> None:
        """One more row. Raises FieldRefused, ControlSumMismatch, AccountDiffers."""
        layout = self.layout
        cells = dict(zip(layout.columns, row, strict=False))
        if layout.total_line and row[0].endswith(layout.total_line):
            self._check_totals(number, cells)
            return
        if len(row) < len(layout.columns):
            raise FieldRefused.malformed(f"line {number}", ",".join(row), f"{len(layout.columns)} columns")
        if layout.own_account:
            self._check_account(cells[layout.own_account])
        self.rows.append(_row(layout, number, cells))
        self.digest = sha256(f"{self.digest}{row}".encode()).hexdigest()

    def _check_account(self, shown: str) -> None:
        """A number that is masked, or of which only the end is shown, must fit the account the list is read for."""
        ends = [digits for digits in re.split(r"\D+", shown) if digits][-1:]
        if ends and not self.account.number.replace(" ", "").endswith(ends[0][-MASKED_DIGITS:]):
            raise AccountDiffers(expected=self.account.number[-MASKED_DIGITS:], found=ends[0][-MASKED_DIGITS:])

    def _check_totals(self, number: int, cells: dict[str, str]) -> None:
        amounts = [row.entry.amount.amount for row in self.rows]
        for column, sign in ((self.layout.credit, 1), (self.layout.debit, -1)):
            if column is None:
                continue
            declared = _decimal(number, column, cells.get(column, ""))
            actual = sum((abs(amount) for amount in amounts if amount * sign > 0), Decimal(0))
            if declared != actual:
                raise ControlSumMismatch(
                    declared_count=len(amounts), declared_total=declared, actual_count=len(amounts), actual_total=actual
                )

    def statement(self) -> Statement:
        """The list from its oldest row to its newest. Raises MessageIncomplete."""
        if not self.rows:
            raise MessageIncomplete(element=self.layout.amount or self.layout.name)
        rows = self.rows[::-1] if self.layout.newest_first else self.rows
        first, last = rows[0], rows[-1]
        days = [day for row in rows if (day := row.entry.booked_on)]
        closing_on = max(days)
        return Statement(
            statement_id=f"{self.layout.name}-{min(days)}-{closing_on}-{self.digest[:8]}",
            account=self.account,
            currency=first.balance.currency,
            from_on=min(days),
            to_on=closing_on,
            created_at=datetime.combine(closing_on, time(), UTC),
            balances=(
                Balance("OPBD", first.balance - first.entry.amount, min(days)),
                Balance("CLBD", last.balance, closing_on),
            ),
            entries=tuple(row.entry for row in rows),
        )


def _row(layout: CsvLayout, number: int, cells: dict[str, str]) -> _Row:
    said = {name: "" if cell in layout.nothing else cell for name, cell in cells.items()}
    currency = layout.currencies.get(said[layout.currency], said[layout.currency])
    on = _day(number, layout.date, said[layout.date])
    name, counterparty = _counterparty(layout, said)
    entry = StatementEntry(
        amount=Money(_signed(layout, number, said), currency),
        booked_on=on,
        value_date=on,
        servicer_reference=None,
        end_to_end_id=None,
        status=BOOKED,
        bank_transaction_code=said[layout.code] or None,
        return_reason=None,
        remittance=" ".join(said[column] for column in layout.remittance if said[column]),
        counterparty_name=name,
        counterparty_account=counterparty,
    )
    return _Row(entry, Money(_decimal(number, layout.balance, said[layout.balance]), currency))


def _signed(layout: CsvLayout, number: int, said: dict[str, str]) -> Decimal:
    """What came in is positive. Raises FieldRefused where both columns or neither have a figure."""
    if layout.amount is not None:
        return _decimal(number, layout.amount, said[layout.amount])
    assert layout.credit is not None, "a list has one column for amounts or two"
    assert layout.debit is not None, "a list has one column for amounts or two"
    came, left = said[layout.credit], said[layout.debit]
    if bool(came) == bool(left):
        raise FieldRefused.malformed(
            f"line {number}: {layout.credit} / {layout.debit}", f"{came} / {left}", "one of both"
        )
    return _decimal(number, layout.credit, came) if came else -_decimal(number, layout.debit, left)


def _counterparty(layout: CsvLayout, said: dict[str, str]) -> tuple[str | None, AccountNumber | None]:
    name = said[layout.party] if layout.party else ""
    number = said[layout.counterparty] if layout.counterparty else ""
    if layout.counterparty_in_one:
        match = _NAME_AND_ACCOUNT.fullmatch(said[layout.counterparty_in_one])
        assert match is not None, "any text has a name, if an empty one"
        name, number = match["name"], match["number"] or ""
    # A masked number is nobody's account.
    return name or None, AccountNumber(number) if number and "*" not in number else None


def _decimal(number: int, column: str, written: str) -> Decimal:
    if not _AMOUNT.fullmatch(written):
        raise FieldRefused.malformed(f"line {number}: {column}", written, "1,234.50")
    return Decimal(written.replace(",", ""))


def _day(number: int, column: str, written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise FieldRefused.malformed(f"line {number}: {column}", written, "YYYY-MM-DD") from None
