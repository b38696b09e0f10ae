"""One row of a file as an invoice, or what is wrong with it: pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from domain.receivables.columns import REQUIRED, ColumnMap, DateOrder, InvoiceField
from domain.receivables.row_errors import RowError, RowProblem, row_error
from domain.receivables.sheets import REPLACED, Row, Sheet
from domain.values.currency import MINOR_UNITS, minor_units
from domain.values.money import BadAmount, Money

MAX_NUMBER = 64  # characters of an invoice number, as the column holds
MAX_CODE = 32
MAX_REFERENCE = 64
EXAMPLE_DATE = "2026-03-27"
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)  # beyond is a slip of the keyboard

_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?(?: 00:00(?::00)?)?", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_YES, _NO = frozenset({"yes", "y", "true", "1", "是"}), frozenset({"no", "n", "false", "0", "否"})
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)

Value = TypeVar("Value")
Default = TypeVar("Default")


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as its row says it, before its parties are looked up; `row` is where it stands in the file."""

    row: int
    debtor_code: str
    invoice_number: str
    issued_on: date
    due_on: date
    total: Money
    invoice_code: str = ""
    seller_code: str | None = None
    delivered_on: date | None = None
    contract_reference: str = ""
    not_assignable: bool = False
    red_lettered: bool = False
    is_certificate: bool = False


class _Refused(Exception):
    """A cell that cannot be read; collected into the row's errors."""

    def __init__(self, problem: RowProblem, **facts: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.facts = facts


def parse_sheet(sheet: Sheet, columns: ColumnMap, currency: str) -> tuple[list[InvoiceRow], list[RowError]]:
    """The invoices of a sheet, and the errors of the rows that are none; `currency` where a row names no other."""
    invoices: list[InvoiceRow] = []
    refused: list[RowError] = []
    for row in sheet.rows:
        result = parse_row(row, sheet.header, columns, currency)
        if isinstance(result, InvoiceRow):
            invoices.append(result)
        else:
            refused += result
    return invoices, refused


def parse_row(row: Row, header: tuple[str, ...], columns: ColumnMap, currency: str) -> InvoiceRow | list[RowError]:
    """The invoice of one row, or everything that is wrong with its cells."""
    if any(row.cells[len(header) :]):
        facts = {"value": len(row.cells), "limit": len(header)}
        return [row_error(row.number, "", RowProblem.TOO_MANY_CELLS, **facts)]
    return _RowReader(row, dict(zip(header, row.cells, strict=False)), columns).invoice(currency)


def row_faults(row: InvoiceRow) -> list[RowError]:
    """What is wrong with an invoice that a program brings: the rules that a cell of a file has to meet."""
    faults = []
    if row.total.minor <= 0:
        faults.append(row_error(row.row, InvoiceField.AMOUNT, RowProblem.NOT_POSITIVE, value=row.total.amount))
    dates = {InvoiceField.ISSUED_ON: row.issued_on, InvoiceField.DUE_ON: row.due_on}
    if row.delivered_on is not None:
        dates[InvoiceField.DELIVERED_ON] = row.delivered_on
    for field, given in dates.items():
        if not EARLIEST <= given < LATEST:
            faults.append(row_error(row.row, field, RowProblem.BAD_DATE, value=given, example=EXAMPLE_DATE))
    if row.due_on < row.issued_on:
        facts = {"value": row.due_on, "issued_on": row.issued_on}
        faults.append(row_error(row.row, InvoiceField.DUE_ON, RowProblem.DUE_BEFORE_ISSUE, **facts))
    return faults


class _RowReader:
    """Reads the cells of one row and keeps what is wrong with them, so that a user corrects a row once."""

    def __init__(self, row: Row, cells: Mapping[str, str], columns: ColumnMap) -> None:
        self.row = row
        self.cells = cells
        self.columns = columns
        self.errors: list[RowError] = []

    def invoice(self, currency: str) -> InvoiceRow | list[RowError]:
        """The invoice, or all errors of the row."""
        order = self.columns.date_order
        currency = self._read(InvoiceField.CURRENCY, _currency, otherwise=currency)
        issued_on = self._read(InvoiceField.ISSUED_ON, partial(_date, order=order), otherwise=EARLIEST)
        invoice = InvoiceRow(
            row=self.row.number,
            debtor_code=self._read(InvoiceField.DEBTOR_CODE, partial(_text, limit=MAX_NUMBER), otherwise=""),
            invoice_number=self._read(InvoiceField.INVOICE_NUMBER, partial(_text, limit=MAX_NUMBER), otherwise=""),
            issued_on=issued_on,
            due_on=self._read(
                InvoiceField.DUE_ON, partial(_due_date, order=order, issued_on=issued_on), otherwise=LATEST
            ),
            total=self._read(InvoiceField.AMOUNT, partial(_amount, currency=currency), otherwise=Money.zero(currency)),
            invoice_code=self._read(InvoiceField.INVOICE_CODE, partial(_text, limit=MAX_CODE), otherwise=""),
            seller_code=self._read(InvoiceField.SELLER_CODE, partial(_text, limit=MAX_NUMBER), otherwise=None),
            delivered_on=self._read(InvoiceField.DELIVERED_ON, partial(_date, order=order), otherwise=None),
            contract_reference=self._read(
                InvoiceField.CONTRACT_REFERENCE, partial(_text, limit=MAX_REFERENCE), otherwise=""
            ),
            not_assignable=self._read(InvoiceField.NOT_ASSIGNABLE, _flag, otherwise=False),
            red_lettered=self._read(InvoiceField.RED_LETTERED, _flag, otherwise=False),
            is_certificate=self._read(InvoiceField.IS_CERTIFICATE, _flag, otherwise=False),
        )
        return self.errors or invoice

    def _read(self, wanted: InvoiceField, parse: Callable[[str], Value], *, otherwise: Default) -> Value | Default:
        """The parsed cell; `otherwise` where a column that may be missing is, or the cell is refused."""
        column = self.columns.headers.get(wanted)
        text = unicodedata.normalize("NFKC", self.cells.get(column, "") if column else "").strip()
        if not text and wanted not in REQUIRED:
            return otherwise
        try:
            return parse(_readable(text))
        except _Refused as refused:
            self.errors.append(row_error(self.row.number, column or "", refused.problem, value=text, **refused.facts))
            return otherwise


def _readable(text: str) -> str:
    if not text:
        raise _Refused(RowProblem.EMPTY)
    if REPLACED in text:
        raise _Refused(RowProblem.WRONG_ENCODING)
    return text


def _text(text: str, *, limit: int) -> str:
    if len(text) > limit:
        raise _Refused(RowProblem.TOO_LONG, limit=limit)
    return text


def _flag(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise _Refused(RowProblem.BAD_FLAG)
    return word in _YES


def _currency(text: str) -> str:
    if text.upper() not in MINOR_UNITS:
        raise _Refused(RowProblem.UNKNOWN_CURRENCY)
    return text.upper()


def _amount(text: str, *, currency: str) -> Money:
    """An amount, with or without a yen or yuan sign and separators of thousands; never a float's notation."""
    plain = text.lstrip("¥").strip()
    plain = plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain
    try:
        total = Money.of(plain, currency)
    except BadAmount as bad:
        facts = {"currency": currency, "places": minor_units(currency), "example": bad.facts["example"]}
        raise _Refused(RowProblem.BAD_AMOUNT, **facts) from bad
    if total.minor <= 0:
        raise _Refused(RowProblem.NOT_POSITIVE)
    return total


def _due_date(text: str, *, order: DateOrder, issued_on: date) -> date:
    due_on = _date(text, order=order)
    if due_on < issued_on:
        raise _Refused(RowProblem.DUE_BEFORE_ISSUE, issued_on=issued_on)
    return due_on


def _date(text: str, *, order: DateOrder) -> date:
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in match.groups() if part is not None)
    elif match := _YEAR_LAST.fullmatch(text):
        if order is DateOrder.UNTOLD:
            raise _Refused(RowProblem.AMBIGUOUS_DATE, example=EXAMPLE_DATE)
        first, second, year = (int(part) for part in match.groups())
        month, day = (first, second) if order is DateOrder.MONTH_DAY_YEAR else (second, first)
    else:
        raise _Refused(RowProblem.BAD_DATE, example=EXAMPLE_DATE)
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise _Refused(RowProblem.BAD_DATE, example=EXAMPLE_DATE) from error
    if not EARLIEST <= found < LATEST:
        raise _Refused(RowProblem.BAD_DATE, example=EXAMPLE_DATE)
    return found
