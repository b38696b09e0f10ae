"""Lines of fixed fields, as a table in `layouts` says them: widths in bytes, because banks count those."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.layouts import layout_table

_DATE = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class FixedField:
    """One field: `text` is filled with spaces behind, `digits` with zeros before; an empty `date` is spaces."""

    name: str
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class FixedRecord:
    """One kind of line, which begins with its marker."""

    marker: bytes
    fields: tuple[FixedField, ...]
    charset: str

    def write(self, values: dict[str, object]) -> bytes:
        """The line. Raises FieldRefused for what does not fit; nothing is ever cut."""
        return self.marker + b"".join(self._written(field, values[field.name]) for field in self.fields) + b"\r\n"

    def _written(self, field: FixedField, value: object) -> bytes:
        text = value.strftime(_DATE) if isinstance(value, date) else "" if value is None else str(value)
        if not text.isprintable():
            raise FieldRefused.unwritable(field.name, text)
        try:
            raw = text.encode(self.charset)
        except UnicodeEncodeError:
            raise FieldRefused.malformed(field.name, text, f"characters of {self.charset}") from None
        if len(raw) > field.width:
            raise FieldRefused.too_long(field.name, text, field.width)
        return raw.rjust(field.width, b"0") if field.kind == "digits" else raw.ljust(field.width)

    def read(self, line: bytes, number: int) -> dict[str, str]:
        """The texts of the fields. Raises FieldRefused for a line of another length or in another character set."""
        body = line.removeprefix(self.marker)
        if len(body) != sum(field.width for field in self.fields):
            raise FieldRefused.malformed(f"line {number}", f"{len(line)} bytes", f"{self._length} bytes")
        found, start = {}, 0
        for field in self.fields:
            raw, start = body[start : start + field.width], start + field.width
            try:
                found[field.name] = raw.decode(self.charset).strip()
            except UnicodeDecodeError:
                raise FieldRefused.malformed(f"line {number}: {field.name}", "…", self.charset) from None
        return found

    @property
    def _length(self) -> int:
        return len(self.marker) + sum(field.width for field in self.fields)


@cache
def fixed_records(layout: str) -> dict[str, FixedRecord]:
    """The kinds of line of a format, by name."""
    table = layout_table(layout)
    return {name: _record(record, table["charset"]) for name, record in table["records"].items()}


def _record(table: dict[str, Any], charset: str) -> FixedRecord:
    fields = tuple(FixedField(name, width, kind) for name, width, kind in table["fields"])
    return FixedRecord(table["marker"].encode(), fields, charset)


def fixed_date(place: str, written: str) -> date | None:
    """YYYYMMDD, None for spaces. Raises FieldRefused."""
    if not written:
        return None
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:8]))
    except ValueError:
        raise FieldRefused.malformed(place, written, "YYYYMMDD") from None


def fixed_required(place: str, written: str) -> str:
    """A field that may not be empty. Raises MessageIncomplete."""
    if not written:
        raise MessageIncomplete(element=place)
    return written
