"""Writing XML as text: every value is checked against the schema and escaped, or refused: never cut."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from xml.sax.saxutils import escape

from domain.banking.messages.errors import FieldRefused
from domain.banking.messages.model import AccountNumber, Address, Party
from domain.banking.messages.parts import NOT_PROVIDED
from domain.values.money import Money

ID_LIMIT = 35  # Max35Text
TEXT_LIMIT = 140  # Max140Text
ADDRESS_LINE_LIMIT = 70
KEPT_PARTIES = 4_096  # the same debtors and banks come again and again
# Control characters, lone surrogates and non-characters: XML cannot carry them, or changes them on the way.
_UNWRITABLE = "\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_FORBIDDEN = re.compile(f"[{_UNWRITABLE}]")
_PLAIN = re.compile(rf"[^{_UNWRITABLE}<>&]+")
_PLAIN_ID = re.compile(r"[0-9A-Za-z+?/:().,'_-]{1,35}")
_ACCOUNT = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z ./:_-]{0,32}[0-9A-Za-z])?")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CNAPS = re.compile(r"[0-9]{12}")
_NO_BANK = f"<FinInstnId><Othr><Id>{NOT_PROVIDED}</Id></Othr></FinInstnId>"


def words(field: str, value: str, limit: int = TEXT_LIMIT) -> str:
    """Free text of 1 to `limit` characters, escaped. Raises FieldRefused."""
    if len(value) <= limit and _PLAIN.fullmatch(value):
        return value
    if not value:
        raise FieldRefused.empty(field)
    if len(value) > limit:
        raise FieldRefused.too_long(field, value, limit)
    if _FORBIDDEN.search(value):
        raise FieldRefused.unwritable(field, value)
    return escape(value)


def identifier(field: str, value: str) -> str:
    """An id of 1 to 35 characters without white space around it, escaped. Raises FieldRefused."""
    if _PLAIN_ID.fullmatch(value):
        return value
    if value != value.strip():
        raise FieldRefused.malformed(field, value, "no white space around an identifier")
    return words(field, value, ID_LIMIT)


def tagged(tag: str, value: str | None) -> str:
    """An element that holds an id; nothing without one. Raises FieldRefused."""
    return "" if value is None else f"<{tag}>{identifier(tag, value)}</{tag}>"


def creditor_scheme(scheme_id: str | None) -> str:
    """A creditor's id under its direct debit scheme; nothing without one. Raises FieldRefused."""
    if scheme_id is None:
        return ""
    written = identifier("CdtrSchmeId", scheme_id)
    return f"<CdtrSchmeId><Id><PrvtId><Othr><Id>{written}</Id></Othr></PrvtId></Id></CdtrSchmeId>"


def account_id(account: AccountNumber) -> str:
    """The Id element of an account, by IBAN when it is one. Raises FieldRefused, showing the last digits only."""
    if not _ACCOUNT.fullmatch(account.number):
        raise FieldRefused.malformed("Acct/Id", f"…{account.number[-4:]}", "1-34 letters, digits and - / . : _")
    iban = account.iban
    return f"<Id><IBAN>{iban}</IBAN></Id>" if iban else f"<Id><Othr><Id>{account.number}</Id></Othr></Id>"


@lru_cache(maxsize=KEPT_PARTIES)
def bank(bank_id: str | None) -> str:
    """The FinInstnId of a bank by BIC, CNAPS code or another clearing member id."""
    if bank_id is None:
        return _NO_BANK
    if _BIC.fullmatch(bank_id):
        return f"<FinInstnId><BICFI>{bank_id}</BICFI></FinInstnId>"
    system = "<ClrSysId><Cd>CNAPS</Cd></ClrSysId>" if _CNAPS.fullmatch(bank_id) else ""
    member = identifier("MmbId", bank_id)
    return f"<FinInstnId><ClrSysMmbId>{system}<MmbId>{member}</MmbId></ClrSysMmbId></FinInstnId>"


def address(value: Address | None) -> str:
    """The PstlAdr element of a party, in parts or in lines; nothing without an address. Raises FieldRefused."""
    if value is None:
        return ""
    if not re.fullmatch("[A-Z]{2}", value.country):
        raise FieldRefused.malformed("Ctry", value.country, "two letters such as CN")
    if value.in_lines:
        lines = "".join(f"<AdrLine>{words('AdrLine', line, ADDRESS_LINE_LIMIT)}</AdrLine>" for line in value.lines)
        return f"<PstlAdr><Ctry>{value.country}</Ctry>{lines}</PstlAdr>"
    street = _part("StrtNm", value.street, ADDRESS_LINE_LIMIT)
    building, postcode = _part("BldgNb", value.building, 16), _part("PstCd", value.postcode, 16)
    town = _part("TwnNm", value.town, ID_LIMIT)
    return f"<PstlAdr>{street}{building}{postcode}{town}<Ctry>{value.country}</Ctry></PstlAdr>"


def _part(tag: str, value: str | None, limit: int) -> str:
    return "" if value is None else f"<{tag}>{words(tag, value, limit)}</{tag}>"


def party_account_bank(role: str, party: Party) -> str:
    """Name, account and bank of an account holder, in the order of a payment block (Dbtr or Cdtr)."""
    name = words(f"{role}/Nm", party.name)
    return (
        f"<{role}><Nm>{name}</Nm>{address(party.address)}</{role}><{role}Acct>{account_id(party.account)}</{role}Acct>"
        f"<{role}Agt>{bank(party.bank_id)}</{role}Agt>"
    )


def amount(field: str, value: Money) -> str:
    """An amount element with its currency. Raises FieldRefused unless it is above zero."""
    if value.amount <= 0:
        raise FieldRefused.malformed(field, str(value), "an amount above zero")
    # Money holds whole minor units, so that its plain text has no exponent.
    return f'<{field} Ccy="{value.currency}">{value.amount!s}</{field}>'


def remittance(value: str) -> str:
    """The RmtInf element, nothing for an empty text."""
    return f"<RmtInf><Ustrd>{words('RmtInf/Ustrd', value)}</Ustrd></RmtInf>" if value else ""


def reason(code: str) -> str:
    """A reason: ISO codes have four characters, what is longer is the bank's own."""
    tag = "Cd" if len(code) <= 4 else "Prtry"  # noqa: PLR2004 - External…Reason1Code
    return f"<Rsn><{tag}>{identifier('Rsn', code)}</{tag}></Rsn>"


def instant(value: datetime) -> str:
    """An ISODateTime in UTC; the caller's instants are aware."""
    assert value.tzinfo is not None, "instants carry their zone"
    return value.astimezone(UTC).isoformat()


def document(kind: str, root: str) -> str:
    """The opening of a document; `closing` is its end."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{kind}"><{root}>\n'


def closing(root: str) -> str:
    """The end of a document."""
    return f"</{root}></Document>\n"
