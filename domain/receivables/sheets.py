"""Files of invoices as rows of text: CSV in the encodings Chinese offices use, and XLSX. Knows nothing of invoices."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from domain.receivables.errors import TooManyRows, UnreadableFile

MAX_ROWS = 100_000  # one import is one transaction; beyond, the file is split
MAX_UNPACKED = 400_000_000  # bytes an XLSX may unpack to: ten times what MAX_ROWS rows need, and no zip bomb
REPLACED = "\N{REPLACEMENT CHARACTER}"  # stands where bytes were not text in the file's encoding
_XLSX_MAGIC, _XLS_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file; the header is row 1, as in a spreadsheet."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header and the rows below it, blank ones left out."""

    header: tuple[str, ...]
    rows: list[Row]


def read_sheet(content: bytes, name: str) -> Sheet:
    """The rows of a file; what it is shows in its bytes, whatever its name. Raises UnreadableFile, TooManyRows."""
    if content.startswith(_XLS_MAGIC):
        raise UnreadableFile(
            name=name, reason_en="it is an old .xls file; save it as .xlsx", reason_zh="旧版 .xls 文件,请另存为 .xlsx"
        )
    records = _xlsx_records(content, name) if content.startswith(_XLSX_MAGIC) else _csv_records(content, name)
    numbered = ((number, cells) for number, cells in enumerate(records, start=1) if any(cells))
    _, header = next(numbered, (0, ()))
    rows: list[Row] = []
    for number, cells in numbered:
        if len(rows) == MAX_ROWS:
            raise TooManyRows(limit=MAX_ROWS)
        rows.append(Row(number, cells))
    return Sheet(header, rows)


def _csv_records(content: bytes, name: str) -> Iterator[tuple[str, ...]]:
    text = decode(content, name)
    first_line = text.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            yield tuple(cell.strip() for cell in record)
    except csv.Error as error:
        raise UnreadableFile(
            name=name, reason_en=f"a cell is not closed properly ({error})", reason_zh=f"单元格引号未正确闭合({error})"
        ) from error


def decode(content: bytes, name: str) -> str:
    """The text of a CSV file in UTF-8 (with or without its mark) or GB18030.

    Where single lines are in neither the file's encoding nor readable, their broken characters become REPLACED, so that
    only those rows are refused. Raises UnreadableFile for what is no text at all.
    """
    if b"\x00" in content:
        raise UnreadableFile(
            name=name, reason_en="it is not UTF-8 or GB18030 text", reason_zh="编码不是 UTF-8 或 GB18030"
        )
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    told = [line for line in lines if not line.isascii()]
    in_utf8 = sum(_is_utf8(line) for line in told)
    encoding = "utf-8" if in_utf8 * 2 > len(told) or not told else "gb18030"
    return "\n".join(line.decode(encoding, errors="replace") for line in lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _xlsx_records(content: bytes, name: str) -> Iterator[tuple[str, ...]]:
    damaged = UnreadableFile(name=name, reason_en="it is a damaged workbook", reason_zh="工作簿已损坏")
    try:
        with ZipFile(io.BytesIO(content)) as package:
            if sum(part.file_size for part in package.infolist()) > MAX_UNPACKED:
                raise TooManyRows(limit=MAX_ROWS)
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        yield from (_as_texts(values) for values in sheet.iter_rows(values_only=True))
    except (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, IndexError, OSError) as error:
        raise damaged from error


def _as_texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(_as_text(value) for value in values)


def _as_text(value: object) -> str:
    """A cell's text. Workbooks hold numbers as binary floats: their shortest form is what the user typed."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.time().min else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
