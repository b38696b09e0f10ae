"""What a bank checks that no schema can: a valid file may still be refused. Findings name the rule and the place.

Nothing is changed here and nothing raised: whoever makes a file decides what a finding means.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.banking.messages.model import (
    CreditTransfer,
    CreditTransferBlock,
    CreditTransferFile,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    Party,
)
from domain.banking.messages.writing import ID_LIMIT, TEXT_LIMIT
from domain.parties.errors import InvalidAccountNumber, InvalidTaxId
from domain.parties.rules import CHINA, check_tax_id, normal_account_number
from domain.values.business_days import BusinessCalendar


class CharsetPolicy(StrEnum):
    """Which characters a bank takes, and so what becomes of Chinese names in a file."""

    UNICODE = "unicode"  # kept as they are
    GB18030 = "gb18030"  # kept, and counted in the bytes of that encoding
    LATIN = "latin"  # transliterated before they are written: a bank would refuse them


class AddressForm(StrEnum):
    """What a bank wants to know of where a party lives."""

    NONE = "none"
    STRUCTURED = "structured"  # town and country at least, each in its element
    LINES = "lines"


class SchemeId(StrEnum):
    """What a creditor's id in the scheme is."""

    ANY = "any"
    USCC = "uscc"  # its unified social credit code


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """What one bank's files must keep to."""

    max_items: int = 50_000
    max_blocks: int = 500
    max_dates: int = 500
    charset: CharsetPolicy = CharsetPolicy.UNICODE
    text_limit: int = TEXT_LIMIT
    id_limit: int = ID_LIMIT
    address: AddressForm = AddressForm.NONE
    business_days_only: bool = False
    checked_numbers: bool = True
    scheme_id: SchemeId = SchemeId.ANY

    def length(self, value: str) -> int:
        """How long a text is for this bank."""
        return len(value.encode("gb18030")) if self.charset is CharsetPolicy.GB18030 else len(value)

    def takes(self, value: str) -> bool:
        """Whether all its characters can be written."""
        if self.charset is CharsetPolicy.LATIN:
            return value.isascii()
        return self.charset is CharsetPolicy.UNICODE or _fits(value, "gb18030")


def _fits(value: str, encoding: str) -> bool:
    try:
        value.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Rule(StrEnum):
    """What a file can break."""

    ACCOUNT_NUMBER = "account_number"  # an IBAN or card number whose check digits do not fit
    SCHEME_ID = "scheme_id"
    BUSINESS_DAY = "business_day"
    END_TO_END_ID_REPEATED = "end_to_end_id_repeated"
    BLOCK_ID_REPEATED = "block_id_repeated"
    COUNT = "count"
    CONTROL_SUM = "control_sum"
    CHARACTERS = "characters"
    TOO_LONG = "too_long"
    ADDRESS = "address"
    TOO_MANY_ITEMS = "too_many_items"
    TOO_MANY_BLOCKS = "too_many_blocks"
    TOO_MANY_DATES = "too_many_dates"


class Severity(StrEnum):
    """What a broken rule comes to."""

    ERROR = "error"  # the bank would refuse the file, or a payment of it
    WARNING = "warning"  # the bank would take it, or see to it itself


# Banks roll a date to their next business day, and most take what lacks an address.
_WARNINGS = frozenset({Rule.BUSINESS_DAY, Rule.ADDRESS})


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken, and where (`block 1-1, item E2E-7, Dbtr/Nm`); `shown` holds no whole account number."""

    rule: Rule
    place: str
    shown: str

    @property
    def severity(self) -> Severity:
        """What it comes to."""
        return Severity.WARNING if self.rule in _WARNINGS else Severity.ERROR


def check_file(
    file: CreditTransferFile | DirectDebitFile, rules: FileRules, calendar: BusinessCalendar
) -> Iterator[Finding]:
    """What of a file its bank would refuse, as it is read through once; nothing for a good one."""
    return _Check(rules, calendar).file(file)


@dataclass(slots=True)
class _Check:
    """One file on its way through."""

    rules: FileRules
    calendar: BusinessCalendar
    end_to_end_ids: set[str] = field(default_factory=set)
    block_ids: set[str] = field(default_factory=set)
    dates: set[date] = field(default_factory=set)
    parties: set[Party] = field(default_factory=set)

    def file(self, file: CreditTransferFile | DirectDebitFile) -> Iterator[Finding]:
        yield from self._id("file, MsgId", file.message_id)
        yield from self._words("file, InitgPty/Nm", file.initiating_name)
        count, total = 0, Decimal(0)
        for block in file.blocks:
            place = f"block {block.block_id}"
            yield from self._block(place, block)
            own_count, own_total = 0, Decimal(0)
            for item in block.items:
                yield from self._item(f"{place}, item {item.end_to_end_id}", item)
                own_count, own_total = own_count + 1, own_total + item.amount.amount
            yield from _sums(place, (block.count, block.total), own_count, own_total)
            count, total = count + own_count, total + own_total
        yield from _sums("file", (file.count, file.total), count, total)
        yield from self._limits(count)

    def _limits(self, count: int) -> Iterator[Finding]:
        for rule, limit, found in (
            (Rule.TOO_MANY_ITEMS, self.rules.max_items, count),
            (Rule.TOO_MANY_BLOCKS, self.rules.max_blocks, len(self.block_ids)),
            (Rule.TOO_MANY_DATES, self.rules.max_dates, len(self.dates)),
        ):
            if found > limit:
                yield Finding(rule, "file", f"{found} > {limit}")

    def _block(self, place: str, block: CreditTransferBlock | DirectDebitBlock) -> Iterator[Finding]:
        if block.block_id in self.block_ids:
            yield Finding(Rule.BLOCK_ID_REPEATED, place, block.block_id)
        self.block_ids.add(block.block_id)
        self.dates.add(block.on)
        yield from self._id(f"{place}, PmtInfId", block.block_id)
        if self.rules.business_days_only and not self.calendar.is_business_day(block.on):
            yield Finding(Rule.BUSINESS_DAY, place, block.on.isoformat())
        if isinstance(block, DirectDebitBlock):
            yield from self._party(f"{place}, Cdtr", block.creditor)
            yield from self._scheme(f"{place}, CdtrSchmeId", block.creditor_scheme_id)
        else:
            yield from self._party(f"{place}, Dbtr", block.debtor)

    def _scheme(self, place: str, scheme_id: str | None) -> Iterator[Finding]:
        if self.rules.scheme_id is SchemeId.USCC and not _is_uscc(scheme_id or ""):
            yield Finding(Rule.SCHEME_ID, place, scheme_id or "")

    def _item(self, place: str, item: CreditTransfer | DirectDebit) -> Iterator[Finding]:
        if item.end_to_end_id in self.end_to_end_ids:
            yield Finding(Rule.END_TO_END_ID_REPEATED, place, item.end_to_end_id)
        self.end_to_end_ids.add(item.end_to_end_id)
        yield from self._id(f"{place}, EndToEndId", item.end_to_end_id)
        yield from self._words(f"{place}, RmtInf", item.remittance)
        if isinstance(item, DirectDebit):
            yield from self._party(f"{place}, Dbtr", item.debtor)
        else:
            yield from self._party(f"{place}, Cdtr", item.creditor)

    def _party(self, place: str, party: Party) -> Iterator[Finding]:
        """A party that was seen is known to be right or was told of: it comes in thousands of items."""
        if party in self.parties:
            return
        self.parties.add(party)
        yield from self._words(f"{place}/Nm", party.name)
        number = party.account.number
        if self.rules.checked_numbers and not _is_account_number(number):
            yield Finding(Rule.ACCOUNT_NUMBER, f"{place}Acct", f"…{number[-4:]}")
        yield from self._address(f"{place}/PstlAdr", party)

    def _address(self, place: str, party: Party) -> Iterator[Finding]:
        form, address = self.rules.address, party.address
        if form is AddressForm.NONE:
            return
        if address is None or address.in_lines != (form is AddressForm.LINES):
            yield Finding(Rule.ADDRESS, place, "" if address is None else form.value)

    def _words(self, place: str, value: str) -> Iterator[Finding]:
        if not self.rules.takes(value):
            yield Finding(Rule.CHARACTERS, place, value)
        elif self.rules.length(value) > self.rules.text_limit:
            yield Finding(Rule.TOO_LONG, place, value)

    def _id(self, place: str, value: str) -> Iterator[Finding]:
        if not value.isascii():
            yield Finding(Rule.CHARACTERS, place, value)
        elif len(value) > self.rules.id_limit:
            yield Finding(Rule.TOO_LONG, place, value)


def _is_account_number(number: str) -> bool:
    try:
        normal_account_number(number)
    except InvalidAccountNumber:
        return False
    return True


def _is_uscc(written: str) -> bool:
    try:
        return check_tax_id(written, CHINA) is None
    except InvalidTaxId:
        return False


def _sums(place: str, declared: tuple[int | None, Decimal | None], count: int, total: Decimal) -> Iterable[Finding]:
    if declared[0] != count:
        yield Finding(Rule.COUNT, place, f"{declared[0]} ≠ {count}")
    if declared[1] != total:
        yield Finding(Rule.CONTROL_SUM, place, f"{declared[1]} ≠ {total}")
