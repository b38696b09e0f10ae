"""One line of an MT940 (:61:) and what is told about it (:86:), in the shapes that banks give both."""

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal

from domain.banking.messages.errors import FieldRefused
from domain.banking.messages.model import BOOKED, PENDING, AccountNumber, StatementEntry
from domain.values.money import Money

_NONE = {"", "NONREF", "NOTPROVIDED"}
_LINE = re.compile(
    r"(?P<value>\d{6})(?P<booked>\d{4}|\s{4})?(?P<mark>[RE]?[DC])(?P<funds>[A-Z])?(?P<amount>\d[\d,]{0,17})"
    r"(?P<kind>[A-Z][A-Z0-9 ]{3})?(?P<ours>(?:(?!//)[^\n]){0,60})(?://(?P<theirs>[^\n]{0,34}))?(?:\n(?P<more>.*))?",
    re.ASCII | re.DOTALL,
)
# German banks: a business transaction code, then subfields behind a separator: 166?00GUTSCHRIFT?20SVWZ+…
_STRUCTURED = re.compile(r"(?P<code>\d{3})(?P<separator>[?>@!+])(?=\d\d)")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|COAM|OAMT|RTRN)\+")
# Dutch banks: words between slashes: /EREF/…/REMI/…
_SLASHED = re.compile(r"/(EREF|REMI|NAME|IBAN|TRTP|BIC|CSID|MARF|CNTP)/")
_RETURNS = {"108", "109", "159"}  # business transaction codes of returned debits and transfers
_MONTHS_HALF = 6
ID_LIMIT = 35


def statement_line(line: str, told: str, currency: str) -> StatementEntry:
    """The entry that a line and its information come to. Raises FieldRefused."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise FieldRefused.malformed(":61:", line, "YYMMDD[MMDD]C/D amount, type, reference")
    value_date = day(":61:", match["value"])
    amount = Money(comma_amount(":61:", match["amount"]), currency)
    about = _Information(told)
    return StatementEntry(
        amount=amount if match["mark"] in {"C", "RD", "EC"} else -amount,
        booked_on=_booked_on(value_date, match["booked"]),
        value_date=value_date,
        servicer_reference=_reference(match["theirs"]),
        end_to_end_id=_reference(about.sepa("EREF")) or _reference(match["ours"]),
        status=PENDING if match["mark"].startswith("E") else BOOKED,
        bank_transaction_code=match["kind"] and match["kind"].strip(),
        return_reason=about.return_reason,
        remittance=about.remittance or _on_one_line(match["more"] or ""),
        counterparty_name=about.name,
        counterparty_account=None if about.account is None else AccountNumber(about.account),
    )


class _Information:
    """The subfields of an :86: as German or Dutch banks write them; plain text where neither fits."""

    def __init__(self, told: str) -> None:
        self.code = ""
        self._subfields: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._text = told
        joined = told.replace("\n", "")
        match = _STRUCTURED.match(joined)
        if match:
            self.code = match["code"]
            self._subfields = _split(re.compile(re.escape(match["separator"]) + r"(\d\d)"), joined[match.end() - 1 :])
            purpose = "".join(text for key, text in self._subfields.items() if key[0] == "2" or "60" <= key <= "63")
            self._words = _split(_SEPA, purpose)
            self._text = self._words.get("SVWZ") or _before(_SEPA, purpose)
        elif _SLASHED.search(joined):
            self._words = _split(_SLASHED, joined)
            self._text = self._words.get("REMI", "")

    def sepa(self, key: str) -> str | None:
        return self._words.get(key)

    @property
    def remittance(self) -> str:
        return _on_one_line(self._text)

    @property
    def name(self) -> str | None:
        name = self._subfields.get("32", "") + self._subfields.get("33", "") or self._words.get("NAME", "")
        return _on_one_line(name) or None

    @property
    def account(self) -> str | None:
        return (self._subfields.get("31") or self._words.get("IBAN") or "").strip() or None

    @property
    def return_reason(self) -> str | None:
        """The bank's own code (?34), where the line is a return."""
        return (self._subfields.get("34") or "NARR") if self.code in _RETURNS else None


def _split(keys: re.Pattern[str], text: str) -> dict[str, str]:
    """Text by the key before it; the first of two alike counts."""
    found: dict[str, str] = {}
    marks = [*keys.finditer(text)]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        found.setdefault(mark[1], text[mark.end() : end].rstrip())
    return found


def _before(keys: re.Pattern[str], text: str) -> str:
    match = keys.search(text)
    return text[: match.start()] if match else text


def _reference(written: str | None) -> str | None:
    """Without what some banks write behind it: a name after spaces, or text that has run into it."""
    stripped = re.split(r"\s{2,}", (written or "").strip())[0]
    return None if stripped in _NONE or len(stripped) > ID_LIMIT else stripped


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def day(tag: str, written: str) -> date:
    """YYMMDD, this century. Banks that count 30 days a month write 30 February: its last day. Raises FieldRefused."""
    year, month, number = 2000 + int(written[:2]), int(written[2:4]), int(written[4:])
    try:
        if month == 2 and number in {29, 30}:  # noqa: PLR2004 - February
            return date(year, month, monthrange(year, month)[1])
        return date(year, month, number)
    except ValueError:
        raise FieldRefused.malformed(tag, written, "YYMMDD") from None


def _booked_on(value_date: date, written: str | None) -> date:
    """MMDD in the year nearest to the value date: the turn of the year lies between them now and then."""
    if not (written or "").strip():
        return value_date
    month, number = int(str(written)[:2]), int(str(written)[2:])
    turn = (value_date.month - month > _MONTHS_HALF) - (month - value_date.month > _MONTHS_HALF)
    return day(":61:", f"{(value_date.year + turn) % 100:02d}{month:02d}{number:02d}")


def comma_amount(tag: str, written: str) -> Decimal:
    """An amount with a decimal comma, which may end it. Raises FieldRefused."""
    whole, _, part = written.partition(",")
    if not whole.isdigit() or (part and not part.isdigit()):
        raise FieldRefused.malformed(tag, written, "1234,56")
    return Decimal(f"{whole}.{part or '0'}")
