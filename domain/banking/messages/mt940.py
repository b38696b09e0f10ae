"""Statements (MT940) and intraday reports (MT942) of SWIFT: fields with tags, on lines.

A statement is held as a whole, because its closing balance stands behind its entries; pages that continue one another
(60M, 62M) are one statement. What stands between messages (SWIFT blocks, a bank's own lines) is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import BinaryIO

from domain.banking.messages.errors import ControlSumMismatch, FieldRefused, MessageIncomplete, UnexpectedMessage
from domain.banking.messages.lines import text_lines
from domain.banking.messages.model import BOOKED, AccountNumber, Balance, Statement, StatementEntry
from domain.banking.messages.mt940_lines import comma_amount, day, statement_line
from domain.values.money import Money

CHARSETS = ("utf-8-sig", "cp1252", "latin-1")  # the last fits anything: only names and texts are at stake
_TAG = re.compile(r":(\d{2}[A-Z]?|NS):(.*)", re.DOTALL)
_END = re.compile(r"-(?:\}.*|XXX)?")
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,]{1,20})", re.ASCII)
_SUM = re.compile(r"(\d{1,5})([A-Z]{3})([\d,]{1,20})", re.ASCII)
_FLOOR = re.compile(r"([A-Z]{3})[CD]?[\d,]{1,20}", re.ASCII)
_STATED_AT = re.compile(r"(\d{6})(\d{4})([+-]\d{4})?", re.ASCII)
_BALANCE_KINDS = {"60F": "OPBD", "62F": "CLBD", "64": "CLAV", "65": "FWAV"}
_PAGES = {"60M", "62M"}


def read_mt940(source: BinaryIO, charsets: tuple[str, ...] = CHARSETS) -> Iterator[Statement]:
    """The statements of a file, in the first of `charsets` that fits.

    Raises UnexpectedMessage, MessageIncomplete, FieldRefused, MessageTooLarge, and ControlSumMismatch for the
    sums that an MT942 states.
    """
    page: _Page | None = None
    for tag, value in _fields(source, charsets):
        if tag == "20" and not (page is not None and page.is_continued):
            if page is not None:
                yield page.statement()
            page = _Page()
        if page is not None:
            page.take(tag, value)
    if page is None:
        raise UnexpectedMessage(expected="MT940 / MT942", found="no :20: field")
    yield page.statement()


def _fields(source: BinaryIO, charsets: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Tag and value, a value of several lines with line breaks in it."""
    tag, lines = "", list[str]()
    for line in text_lines(source, charsets):
        match = _TAG.fullmatch(line)
        if match or _END.fullmatch(line):
            if tag:
                yield tag, "\n".join(lines).strip()
            tag, lines = (match[1], [match[2]]) if match else ("", [])
        elif tag and line.strip():
            lines.append(line)
    if tag:
        yield tag, "\n".join(lines).strip()


@dataclass(slots=True)
class _Page:
    """A statement while its fields come in."""

    reference: str = ""
    number: str = ""
    account: str = ""
    currency: str = ""
    stated_at: datetime | None = None
    last_on: date | None = None
    is_continued: bool = False
    balances: list[Balance] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)  # :61: and its :86:
    sums: list[tuple[str, int, Decimal]] = field(default_factory=list)

    def take(self, tag: str, value: str) -> None:
        """One more field. Raises FieldRefused."""
        match tag:
            case "20":
                self.reference = self.reference or value
            case "28" | "28C":
                self.number = self.number or value
            case "25" | "25P":
                self._take_account(value)
            case "60F" | "60M" | "62F" | "62M" | "64" | "65":
                self._take_balance(tag, value)
            case "61":
                self.lines.append((value, ""))
            case "86" | "NS":
                self._take_information(value)
            case "13" | "13D":
                self.stated_at = _stated_at(value)
            case "34F":
                self.currency = self.currency or _matched(_FLOOR, ":34F:", value)[1]
            case "90D" | "90C":
                count, _currency, total = _matched(_SUM, f":{tag}:", value).groups()
                self.sums.append((tag[-1], int(count), comma_amount(f":{tag}:", total)))

    def _take_account(self, value: str) -> None:
        # A statement about two accounts is a broken one: which of them did the money move on?
        if self.account and value != self.account:
            raise FieldRefused.malformed(":25:", f"…{value[-4:]}", "one account in a statement")
        self.account = value

    def _take_balance(self, tag: str, value: str) -> None:
        sign, on, currency, amount = _matched(_BALANCE, f":{tag}:", value).groups()
        self.currency = self.currency or currency
        self.is_continued = tag == "62M"
        self.last_on = day(f":{tag}:", on) if tag in {"62F", "62M"} else self.last_on
        if tag not in _PAGES:
            money = Money(comma_amount(f":{tag}:", amount), currency)
            self.balances.append(Balance(_BALANCE_KINDS[tag], money if sign == "C" else -money, day(f":{tag}:", on)))

    def _take_information(self, value: str) -> None:
        # What stands before the first line, or behind the closing balance, is about the statement.
        if self.lines and not any(balance.kind == "CLBD" for balance in self.balances):
            line, before = self.lines[-1]
            self.lines[-1] = (line, f"{before}\n{value}" if before else value)

    def statement(self) -> Statement:
        """What the fields come to. Raises MessageIncomplete, FieldRefused, ControlSumMismatch."""
        for tag, value in ((":25:", self.account), (":60F:", self.currency)):
            if not value:
                raise MessageIncomplete(element=tag)
        entries = tuple(statement_line(line, told, self.currency) for line, told in self.lines)
        self._check_sums(entries)
        last_on = self.last_on or (self.stated_at.date() if self.stated_at else _last_booked(entries))
        if last_on is None:
            raise MessageIncomplete(element=":62F:")
        return Statement(
            statement_id=" ".join(part for part in (self.number, self.reference) if part),
            account=AccountNumber(self.account),
            currency=self.currency,
            from_on=None,
            to_on=last_on,
            created_at=self.stated_at or datetime.combine(last_on, time(), UTC),
            balances=tuple(self.balances),
            entries=entries,
        )

    def _check_sums(self, entries: tuple[StatementEntry, ...]) -> None:
        for sign, count, total in self.sums:
            amounts = [each.amount.amount for each in entries if (each.amount.amount < 0) == (sign == "D")]
            if (count, total) != (len(amounts), abs(sum(amounts, Decimal(0)))):
                raise ControlSumMismatch(
                    declared_count=count,
                    declared_total=total,
                    actual_count=len(amounts),
                    actual_total=abs(sum(amounts, Decimal(0))),
                )


def _matched(pattern: re.Pattern[str], tag: str, value: str) -> re.Match[str]:
    match = pattern.match(value)
    if match is None:
        raise FieldRefused.malformed(tag, value, "a field of MT940")
    return match


def _stated_at(value: str) -> datetime:
    on, at, zone = _matched(_STATED_AT, ":13D:", value).groups()
    try:
        return datetime.strptime(f"{on}{at}{zone or '+0000'}", "%y%m%d%H%M%z").astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldRefused.malformed(":13D:", value, "YYMMDDhhmm+hhmm") from None


def _last_booked(entries: tuple[StatementEntry, ...]) -> date | None:
    return max((each.booked_on for each in entries if each.booked_on and each.status == BOOKED), default=None)
