"""What a tax id and an account number must look like, and how much of it is shown. Pure."""

import re
from enum import StrEnum

from domain.parties.errors import InvalidAccountNumber, InvalidTaxId

CHINA = "CN"

# GB 32100-2015: 31 characters, without I, O, S, V and Z; the character's place is its value.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_LENGTH = 18
_USCC_BASE = 31
_USCC_WEIGHTS = tuple(pow(3, place, _USCC_BASE) for place in range(_USCC_LENGTH - 1))

_SEPARATORS = re.compile(r"[\s\-.·]+")
_TAX_ID = re.compile(r"[0-9A-Z/]{4,32}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_CARD = re.compile(r"62[0-9]{14,17}")  # UnionPay: 16 to 19 digits that begin with 62
_ANY_ACCOUNT = re.compile(r"[0-9A-Z]{5,34}")
_BANK = re.compile(r"[A-Z]{6}[0-9A-Z]{2}(?:[0-9A-Z]{3})?|[0-9]{12}|[0-9A-Z]{6,14}")  # BIC, CNAPS, another clearing code
SHOWN = 4  # digits of an account number anybody ever sees, and never more than a third of it


class TaxIdDoubt(StrEnum):
    """Why a tax id was accepted but deserves a look."""

    NOT_A_USCC = "not_a_uscc"


def normal_tax_id(tax_id: str) -> str:
    """The tax id without spaces and hyphens, in capitals."""
    return _SEPARATORS.sub("", tax_id).upper()


def uscc_check_character(first_17: str) -> str:
    """The eighteenth character of a unified social credit code (GB 32100-2015, section 6).

    31 minus the weighted sum modulo 31, weights 3^0 … 3^16; `91350100M000100Y4` gives `3`.
    """
    total = sum(_USCC_ALPHABET.index(c) * weight for c, weight in zip(first_17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % _USCC_BASE]


def check_tax_id(tax_id: str, country: str) -> TaxIdDoubt | None:
    """Raise InvalidTaxId for what cannot be one; say what to look at twice; None when nothing is wrong.

    `tax_id` is normalised. A Chinese id of 18 characters is a unified social credit code and must add up: a slip of
    the pen shows there. Older Chinese ids (15 or 20 characters) have no check and are accepted with a doubt. Other
    countries' ids are taken as they are: each has its own rules, and a wrong rule refuses a good supplier.
    """
    if not _TAX_ID.fullmatch(tax_id):
        raise InvalidTaxId(
            tax_id=tax_id, problem_en="4 to 32 letters and digits", problem_zh="应为 4 至 32 位字母和数字"
        )
    if country != CHINA:
        return None
    if len(tax_id) != _USCC_LENGTH:
        return TaxIdDoubt.NOT_A_USCC
    if not set(tax_id) <= set(_USCC_ALPHABET):
        raise InvalidTaxId(tax_id=tax_id, problem_en="it has no I, O, S, V or Z", problem_zh="不含字母 I、O、S、V、Z")
    if uscc_check_character(tax_id[:-1]) != tax_id[-1]:
        raise InvalidTaxId(
            tax_id=tax_id, problem_en="its last character does not fit the others", problem_zh="校验码不符"
        )
    return None


def normal_account_number(number: str) -> str:
    """The account number without spaces, hyphens and dots, in capitals, checked as far as it carries a check.

    IBANs satisfy ISO 13616 (modulo 97), UnionPay cards Luhn's formula (ISO/IEC 7812-1). Company accounts in China have
    no public check digit and are accepted as they are. Raises InvalidAccountNumber.
    """
    plain = _SEPARATORS.sub("", number).upper()
    if not _ANY_ACCOUNT.fullmatch(plain):
        raise InvalidAccountNumber(
            masked=masked(plain), problem_en="5 to 34 letters and digits", problem_zh="应为 5 至 34 位字母和数字"
        )
    if _IBAN.fullmatch(plain) and not iban_adds_up(plain):
        raise InvalidAccountNumber(
            masked=masked(plain), problem_en="the IBAN's check digits do not fit", problem_zh="IBAN 校验位不符"
        )
    if _CARD.fullmatch(plain) and not luhn_adds_up(plain):
        raise InvalidAccountNumber(
            masked=masked(plain), problem_en="the card number's check digit does not fit", problem_zh="银行卡校验位不符"
        )
    return plain


def iban_adds_up(iban: str) -> bool:
    """ISO 13616: the first four characters to the end, letters as 10 to 35, the number modulo 97 is 1."""
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


def luhn_adds_up(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, digit sums, a multiple of ten."""
    doubled = (int(d) * 2 if place % 2 else int(d) for place, d in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the formula's own


def normal_bank_id(bank_id: str) -> str | None:
    """The bank's BIC, CNAPS or other clearing code in capitals, or None when it can be none of these."""
    plain = _SEPARATORS.sub("", bank_id).upper()
    return plain if _BANK.fullmatch(plain) else None


def masked(number: str) -> str:
    """What may be shown of an account number: its last four characters, fewer of a short one, never its length."""
    shown = min(SHOWN, len(number) // 3)
    return f"**** **** **** {number[len(number) - shown :].rjust(SHOWN, '*')}"
