"""Files of mandates and plans, row by row: cells by the name of their column, and all that is wrong with them. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from domain.collection.row_errors import RowError, RowProblem, row_error
from domain.receivables.errors import MissingColumns
from domain.receivables.sheets import REPLACED, Row, Sheet, read_sheet
from domain.values.currency import MINOR_UNITS, minor_units
from domain.values.money import BadAmount, Money

EXAMPLE_DATE = "2026-03-27"
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)  # as the API takes them
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its names; the first is ours, and how the user is told of it when it is missing."""

    names: tuple[str, ...]
    required: bool = False


Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of a file: rows read, and either all of them made into something or none, with every fault."""

    read: int
    made: list[str]
    refused: list[RowError]


def read_rows(content: bytes, name: str, columns: Columns) -> list["Cells"]:
    """The rows of a CSV or XLSX file below its header. Raises UnreadableFile, MissingColumns, TooManyRows."""
    sheet = read_sheet(content, name)
    headers = _headers(sheet, columns)
    return [Cells(row, sheet.header, headers, columns) for row in sheet.rows]


def _headers(sheet: Sheet, columns: Columns) -> dict[str, str]:
    """The header of each column that the file has."""
    by_name = {_folded(name): name for name in reversed(sheet.header)}
    found = {
        key: by_name[_folded(name)]
        for key, column in columns.items()
        for name in reversed(column.names)
        if _folded(name) in by_name
    }
    missing = [column.names[0] for key, column in columns.items() if column.required and key not in found]
    if missing:
        raise MissingColumns(missing=missing, found=[name for name in sheet.header if name])
    return found


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in text if character.isalnum())


class Cells:
    """One row: reads its cells and keeps what is wrong with them, so that a user corrects a row once."""

    def __init__(self, row: Row, header: Sequence[str], headers: Mapping[str, str], columns: Columns) -> None:
        self.number = row.number
        self.errors: list[RowError] = []
        self._cells = dict(zip(header, row.cells, strict=False))
        self._headers = headers
        self._columns = columns
        if any(row.cells[len(header) :]):
            facts = {"value": len(row.cells), "limit": len(header)}
            self.errors.append(row_error(row.number, "", RowProblem.TOO_MANY_CELLS, **facts))

    def refuse(self, key: str, problem: RowProblem, **facts: object) -> None:
        """Note what is wrong with a cell."""
        self.errors.append(row_error(self.number, self.heading(key), problem, **facts))

    def heading(self, key: str) -> str:
        """What the column is called where the user looks."""
        return self._headers.get(key, self._columns[key].names[0])

    def text(self, key: str, limit: int = 140) -> str:
        """The cell as text; empty where it is, or is refused."""
        header = self._headers.get(key)
        text = unicodedata.normalize("NFKC", self._cells.get(header, "") if header else "").strip()
        if REPLACED in text or not text.isprintable():
            self.refuse(key, RowProblem.WRONG_ENCODING)
        elif len(text) > limit:
            self.refuse(key, RowProblem.TOO_LONG, value=text[:limit], limit=limit)
        elif not text and self._columns[key].required:
            self.refuse(key, RowProblem.EMPTY)
        else:
            return text
        return ""

    def currency(self, key: str, otherwise: str) -> str:
        """An ISO 4217 code."""
        code = self.text(key, limit=16).upper() or otherwise
        if code in MINOR_UNITS:
            return code
        self.refuse(key, RowProblem.UNKNOWN_CURRENCY, value=code)
        return otherwise

    def amount(self, key: str, currency: str) -> Money | None:
        """An amount above zero, with or without separators of thousands; never a float's notation."""
        text = self.text(key, limit=40)
        if not text:
            return None
        plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
        try:
            amount = Money.of(plain, currency)
        except BadAmount as bad:
            facts = {"currency": currency, "places": minor_units(currency), "example": bad.facts["example"]}
            self.refuse(key, RowProblem.BAD_AMOUNT, value=text, **facts)
            return None
        if amount.minor <= 0:
            self.refuse(key, RowProblem.NOT_POSITIVE, value=text)
            return None
        return amount

    def day(self, key: str) -> date | None:
        """A date that begins with its year."""
        text = self.text(key, limit=40)
        if not text:
            return None
        match = _DATE.fullmatch(text.removesuffix(" 00:00:00"))
        found = _date(*map(int, match.groups())) if match else None
        if found is None:
            self.refuse(key, RowProblem.BAD_DATE, value=text, example=EXAMPLE_DATE)
        return found

    def whole(self, key: str, most: int) -> int | None:
        """A number from 1 on."""
        text = self.text(key, limit=40)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
            self.refuse(key, RowProblem.BAD_NUMBER, value=text, least=1, most=most)
            return None
        return int(text)

    def word(self, key: str, words: Mapping[str, Word]) -> Word | None:
        """One of some words, in English or Chinese."""
        text = self.text(key, limit=40)
        found = words.get(text.casefold())
        if text and found is None:
            self.refuse(key, RowProblem.UNKNOWN_WORD, value=text, words=", ".join(words))
        return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def both(english: type[Word], chinese: Iterable[str]) -> dict[str, Word]:
    """The members of an enum by their values and, in the same order, by their Chinese names."""
    members = list(english)
    return {member.value: member for member in members} | dict(zip(chinese, members, strict=True))


def sorted_errors(errors: Iterable[RowError]) -> list[RowError]:
    """By row and column, as a user goes through a file."""
    return sorted(errors, key=lambda error: (error.row, error.column))


def errors_of(rows: Iterable[Cells]) -> Iterator[RowError]:
    """What is wrong with the cells of all rows."""
    return (error for row in rows for error in row.errors)
