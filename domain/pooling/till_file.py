"""The till file: one row per branch, till and week, read as a stream from plain or gzipped CSV. Pure: no database.

Columns are Store, Dept, Date and Weekly_Sales; others are ignored. The date is the week's last day: in the retail
extract this format comes from, weeks end on Friday, and the holiday flag of 12 February 2010 belongs to the Super Bowl
of Sunday the 7th, of 31 December 2010 to Christmas Day, both of which lie before the date.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from domain.pooling.errors import TakingsFileUnreadable
from domain.values.errors import DomainError
from domain.values.money import Money

_GZIP_MAGIC = b"\x1f\x8b"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MAX_TILL = 32  # characters of a till's name
_NAMES = {
    "store": "store",
    "门店": "store",
    "dept": "till",
    "部门": "till",
    "date": "week_ends_on",
    "周末日期": "week_ends_on",
    "weekly_sales": "amount",
    "周营业额": "amount",
}
_HEADINGS = {"store": "Store", "till": "Dept", "week_ends_on": "Date", "amount": "Weekly_Sales"}


class RowRefusal(DomainError):
    """One row of a file that was not taken; the others go on."""

    code = "till_row_refused"
    status = 422
    en = "The row cannot be read."
    zh = "该行无法读取。"


class MissingValue(RowRefusal):
    """A field the row needs is empty."""

    code = "till_value_missing"
    en = "{column} is empty. Fill it in."
    zh = "{column} 为空,请填写。"


class BadDate(RowRefusal):
    """The text is not a date of the calendar."""

    code = "till_date_invalid"
    en = "“{value}” is not a date. Write it as 2012-02-29."
    zh = "“{value}”不是有效日期,请按 2012-02-29 的格式填写。"


class TextTooLong(RowRefusal):
    """A name is longer than the books hold."""

    code = "till_text_too_long"
    en = "{column} has more than {limit} characters. Shorten it."
    zh = "{column} 超过 {limit} 个字符,请缩短。"


class BadEncoding(RowRefusal):
    """The row holds bytes that are no UTF-8."""

    code = "till_bytes_invalid"
    en = "The row is not UTF-8 text. Save the file as UTF-8."
    zh = "该行不是 UTF-8 文本,请将文件另存为 UTF-8 编码。"


class UnknownBranch(RowRefusal):
    """No branch has this code."""

    code = "unknown_branch"
    en = "There is no branch with the code “{value}”. Register it, or correct the code."
    zh = "没有编码为“{value}”的门店,请先登记或更正编码。"


class RepeatedInFile(RowRefusal):
    """The same branch, till and week stand twice in one file."""

    code = "till_week_repeated"
    en = "Row {first} of this file has the same store, department and week. Keep one of them."
    zh = "本文件第 {first} 行已有相同的门店、部门和周,请保留一行。"


class TillWeekDiffers(RowRefusal):
    """The week was imported before, with another figure."""

    code = "till_week_differs"
    en = "This week was imported before as {known}, now it is {value}. Book the difference as a correction."
    zh = "该周此前已导入,金额为 {known},现为 {value}。差额请作为更正入账。"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was not taken; `row` is its line in the file, the heading being 1."""

    row: int
    column: str
    code: str
    message_en: str
    message_zh: str

    @classmethod
    def of(cls, row: int, column: str, refusal: DomainError) -> "RowError":
        """The refusal, at its place in the file."""
        return cls(row, column, refusal.code, refusal.message("en"), refusal.message("zh"))


@dataclass(frozen=True, slots=True)
class TillRow:
    """What one till took in the week that ends on a date; negative when returns exceeded sales."""

    row: int
    store: str
    till: str
    week_ends_on: date
    amount_minor: int


def read_till_file(source: BinaryIO, currency: str) -> Iterator[TillRow | RowError]:
    """Rows and row errors in the order of the file, which is never held in memory.

    `source` is seekable. Raises TakingsFileUnreadable when the file as a whole cannot be read.
    """
    text = _text(source)
    try:
        yield from _rows(text, currency)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise TakingsFileUnreadable(problem_en="its gzip data are damaged", problem_zh="压缩数据已损坏") from None
    except csv.Error:
        raise TakingsFileUnreadable(problem_en="it is not CSV text", problem_zh="不是 CSV 文本") from None
    finally:
        text.detach()  # or it would close the caller's file when it is collected


def _text(source: BinaryIO) -> io.TextIOWrapper:
    start = source.tell()
    zipped = source.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    source.seek(start)
    plain = gzip.GzipFile(fileobj=source) if zipped else source
    # Bytes that are no UTF-8 become surrogates here and a row error below: one bad row does not hide the others.
    return io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _rows(text: io.TextIOWrapper, currency: str) -> Iterator[TillRow | RowError]:
    reader = csv.reader(text)
    places = _places(next(reader, []))
    for fields in reader:
        if not any(fields):
            continue
        yield _row(reader.line_num, {name: _field(fields, place) for name, place in places.items()}, currency)


def _places(heading: list[str]) -> dict[str, int]:
    found = {_NAMES.get(name.strip().lower()): place for place, name in enumerate(heading)}
    missing = ", ".join(heading for name, heading in _HEADINGS.items() if name not in found)
    if missing:
        raise TakingsFileUnreadable(problem_en=f"columns are missing: {missing}", problem_zh=f"缺少列:{missing}")
    return {name: found[name] for name in _HEADINGS}


def _field(fields: list[str], place: int) -> str:
    return fields[place].strip() if place < len(fields) else ""


def _row(line: int, values: dict[str, str], currency: str) -> TillRow | RowError:
    column = ""
    try:
        for name, value in values.items():
            column = _HEADINGS[name]
            _check_text(column, value)
        column = "Dept"
        _check_length(column, values["till"])
        column = "Date"
        week_ends_on = _date(values["week_ends_on"])
        column = "Weekly_Sales"
        amount = Money.of(values["amount"], currency)
    except DomainError as refusal:
        return RowError.of(line, column, refusal)
    return TillRow(line, values["store"], values["till"], week_ends_on, amount.minor)


def _check_text(column: str, value: str) -> None:
    if not value:
        raise MissingValue(column=column)
    if not value.isascii() and any("\udc80" <= character <= "\udcff" for character in value):
        raise BadEncoding


def _check_length(column: str, value: str) -> None:
    if len(value) > _MAX_TILL:
        raise TextTooLong(column=column, limit=_MAX_TILL)


def _date(value: str) -> date:
    if not _DATE.fullmatch(value):  # `fromisoformat` also takes 20120203 and 2012-W05-5
        raise BadDate(value=value)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadDate(value=value) from None
