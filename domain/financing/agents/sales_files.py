"""A file of daily sales: agent, date, reference, amount; refunds and corrections stand below zero. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.receivables.errors import MissingColumns
from domain.receivables.sheets import REPLACED, Row, read_sheet
from domain.values.money import BadAmount, Money
from domain.values.row_errors import RowError, worded

MAX_CODE = 64
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAMES = {
    "agent": ("agent", "agent code", "代理人", "代理人代码"),
    "date": ("date", "sold on", "日期", "销售日期"),
    "reference": ("reference", "report", "编号", "报告编号"),
    "amount": ("amount", "sales", "金额", "销售额"),
}


@dataclass(frozen=True, slots=True)
class SaleLine:
    """What an agent sold on a day, or gave back; `row` is where it stands."""

    row: int
    agent_code: str
    sold_on: date
    reference: str
    amount: Money


class LineProblem(StrEnum):
    """The stable codes of what can be wrong with a line; those that invoices know too have the same name there."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    BAD_DATE = "bad_date"
    BAD_AMOUNT = "bad_amount"
    WRONG_ENCODING = "wrong_encoding"
    ZERO = "zero"
    IN_FUTURE = "in_future"
    UNKNOWN_AGENT = "unknown_agent"
    OTHER_CURRENCY = "other_currency"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DIFFERS_FROM_BEFORE = "differs_from_before"


_SENTENCES: dict[LineProblem, tuple[str, str]] = {
    LineProblem.EMPTY: ("This cell is empty. Fill it in.", "此单元格为空,请填写。"),
    LineProblem.TOO_LONG: (
        "“{value}” has more than {limit} characters. Shorten it.",
        "“{value}”超过 {limit} 个字符,请缩短。",
    ),
    LineProblem.BAD_DATE: (
        "“{value}” is not a date of the calendar. Write it as 2026-03-27.",
        "“{value}”不是有效日期,请按 2026-03-27 的格式填写。",
    ),
    LineProblem.BAD_AMOUNT: (
        "“{value}” is not an amount in {currency}: write digits with at most {places} decimals, such as {example}.",
        "“{value}”不是有效的 {currency} 金额:请填写数字,小数最多 {places} 位,例如 {example}。",
    ),
    LineProblem.WRONG_ENCODING: (
        "“{value}” is not text in the file's encoding. Save the file as UTF-8 and check this cell.",
        "“{value}”与文件编码不一致,请将文件另存为 UTF-8 并核对此单元格。",
    ),
    LineProblem.ZERO: ("A line of nothing says nothing. Leave it out.", "金额为零的行没有意义,请删除。"),
    LineProblem.IN_FUTURE: (
        "{value} lies after today, {today}. Report sales once they are made.",
        "{value} 晚于今天({today}),请在销售完成后申报。",
    ),
    LineProblem.UNKNOWN_AGENT: (
        "No enrolled agent has the code “{value}”. Enrol it first, or correct the code.",
        "没有代码为“{value}”的已登记代理人,请先登记或更正代码。",
    ),
    LineProblem.OTHER_CURRENCY: (
        "This agent settles in {expected}, not in {value}.",
        "该代理人以 {expected} 结算,而非 {value}。",
    ),
    LineProblem.DUPLICATE_IN_FILE: (
        "The same reference stands in row {first_row}. Remove one of them.",
        "第 {first_row} 行已有相同编号,请删除其中一行。",
    ),
    LineProblem.DIFFERS_FROM_BEFORE: (
        "This reference was {known} before, now it is {value}. Report the difference as a line of its own.",
        "该编号此前为 {known},现为 {value}。差额请另行申报一行。",
    ),
}


def line_error(row: int, column: str, problem: LineProblem, **facts: object) -> RowError:
    """The error of a line, its sentences filled with the facts."""
    return worded(_SENTENCES, row, column, problem, facts)


def read_sales_file(content: bytes, name: str, currency: str) -> tuple[list[SaleLine], list[RowError], int]:
    """The lines of a CSV or XLSX file, what is wrong with the others, and how many there were.

    Raises UnreadableFile, MissingColumns, TooManyRows.
    """
    sheet = read_sheet(content, name)
    folded = {heading.strip().casefold(): place for place, heading in reversed(list(enumerate(sheet.header)))}
    places = {field: folded[each] for field, names in _NAMES.items() for each in reversed(names) if each in folded}
    missing = [field for field in _NAMES if field not in places]
    if missing:
        raise MissingColumns(missing=missing, found=[heading for heading in sheet.header if heading])
    read = [_line(row, places, currency) for row in sheet.rows]
    lines = [each for each in read if isinstance(each, SaleLine)]
    return lines, [each for each in read if isinstance(each, RowError)], len(sheet.rows)


def _line(row: Row, places: Mapping[str, int], currency: str) -> SaleLine | RowError:
    cells = {field: row.cells[place] if place < len(row.cells) else "" for field, place in places.items()}
    for field, value in cells.items():
        if not value:
            return line_error(row.number, field, LineProblem.EMPTY)
        if REPLACED in value or not value.isprintable():
            return line_error(row.number, field, LineProblem.WRONG_ENCODING, value=value[:MAX_CODE])
        if len(value) > MAX_CODE:
            return line_error(row.number, field, LineProblem.TOO_LONG, value=value[:MAX_CODE], limit=MAX_CODE)
    sold_on = read_date(cells["date"])
    if sold_on is None:
        return line_error(row.number, "date", LineProblem.BAD_DATE, value=cells["date"])
    try:
        amount = Money.of(cells["amount"], currency)
    except BadAmount as refusal:
        return line_error(row.number, "amount", LineProblem.BAD_AMOUNT, value=cells["amount"], **refusal.facts)
    return SaleLine(row.number, cells["agent"], sold_on, cells["reference"], amount)


def read_date(value: str) -> date | None:
    """A date as files of sales write it; None for what is none."""
    if not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
