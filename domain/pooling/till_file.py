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
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from domain.pooling.errors import TakingsFileUnreadable
from domain.pooling.row_errors import RowError, RowProblem, row_error
from domain.values.currency import minor_units
from domain.values.days import read_day
from domain.values.money import BadAmount, Money

_GZIP_MAGIC = b"\x1f\x8b"
MAX_TEXT = 32  # characters of any cell: a till's name has as many in the books
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


class TillRow(NamedTuple):
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
    cells, decimals = itemgetter(*places.values()), minor_units(currency)
    plain = re.compile(rf"-?\d{{1,13}}(?:\.\d{{1,{decimals}}})?" if decimals else r"-?\d{1,13}", re.ASCII).fullmatch
    last = max(places.values())
    for fields in reader:
        # Nearly every row is plain, with names and dates that came before; anything else takes its time.
        if len(fields) > last:
            store, till, written, amount = cells(fields)
            week_ends_on = read_day(written)
            if week_ends_on is not None and _is_name(store) and _is_name(till) and plain(amount):
                whole, _, decimal = amount.partition(".")
                yield TillRow(reader.line_num, store, till, week_ends_on, int(whole + decimal.ljust(decimals, "0")))
                continue
        if any(fields):
            yield _row(reader.line_num, {name: _field(fields, place) for name, place in places.items()}, currency)


def _places(heading: list[str]) -> dict[str, int]:
    found = {_NAMES.get(name.strip().lower()): place for place, name in enumerate(heading)}
    missing = ", ".join(heading for name, heading in _HEADINGS.items() if name not in found)
    if missing:
        raise TakingsFileUnreadable(problem_en=f"columns are missing: {missing}", problem_zh=f"缺少列:{missing}")
    return {name: found[name] for name in _HEADINGS}


def _field(fields: list[str], place: int) -> str:
    return fields[place].strip() if place < len(fields) else ""


def _row(line: int, cells: dict[str, str], currency: str) -> TillRow | RowError:
    for name, value in cells.items():
        problem = _text_problem(line, _HEADINGS[name], value)
        if problem:
            return problem
    week_ends_on = read_day(cells["week_ends_on"])
    if week_ends_on is None:
        value, example = cells["week_ends_on"], "2012-02-29"
        return row_error(line, _HEADINGS["week_ends_on"], RowProblem.BAD_DATE, value=value, example=example)
    try:
        amount = Money.of(cells["amount"], currency)
    except BadAmount as refusal:
        facts = refusal.facts | {"value": cells["amount"]}
        return row_error(line, _HEADINGS["amount"], RowProblem.BAD_AMOUNT, **facts)
    return TillRow(line, cells["store"], cells["till"], week_ends_on, amount.minor)


def _text_problem(line: int, column: str, value: str) -> RowError | None:
    if not value:
        return row_error(line, column, RowProblem.EMPTY)
    if not value.isascii() and any("\udc80" <= character <= "\udcff" for character in value):
        return row_error(line, column, RowProblem.WRONG_ENCODING)
    if len(value) > MAX_TEXT:
        return row_error(line, column, RowProblem.TOO_LONG, value=value[:MAX_TEXT], limit=MAX_TEXT)
    return None


@lru_cache(maxsize=4096)
def _is_name(value: str) -> bool:
    """Whether it may stand as it is."""
    return value == value.strip() and _text_problem(0, "", value) is None
