"""What makes two invoices the same, what a debtor's answer makes of one, and what its lateness costs (R28): pure."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256

from domain.receivables.errors import AmountNotAboveZero, ConfirmedBeyondFace
from domain.receivables.states import Answer, ReceivableState
from domain.values.day_count import DayCount, NegativeDays, interest
from domain.values.money import Money

# Part of what is hashed: should the normal form ever change, old and new hashes must not be compared.
FINGERPRINT_VERSION = "1"


@dataclass(frozen=True, slots=True)
class InvoiceIdentity:
    """What an invoice is recognised by, whoever registers it and however he types it.

    `realm` is empty where invoices are real: a sandbox has one of its own, so that play never blocks an invoice.
    """

    seller_tax_id: str
    debtor_tax_id: str
    invoice_code: str
    invoice_number: str
    issued_on: date
    total: Money
    realm: str = ""

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of everything: the same invoice."""
        total = f"{self.total.amount} {self.total.currency}"
        return _digest(*self._parties_and_number, normal(self.invoice_code), self.issued_on.isoformat(), total)

    @property
    def likeness(self) -> bytes:
        """SHA-256 of parties and number: perhaps the same invoice, typed or issued anew."""
        return _digest(*self._parties_and_number)

    @property
    def _parties_and_number(self) -> tuple[str, ...]:
        return self.realm, normal(self.seller_tax_id), normal(self.debtor_tax_id), normal(self.invoice_number)


@lru_cache(maxsize=4096)  # the firms of a file are the same in row after row
def normal(text: str) -> str:
    """Full-width made half-width, capitals, without spaces and punctuation: `ＩＮＶ-001 ` is `INV001`."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).upper() if character.isalnum())


def _digest(*parts: str) -> bytes:
    # Separated, because "AB" + "C" is another invoice than "A" + "BC"; no part holds the separator.
    return sha256("|".join((FINGERPRINT_VERSION, *parts)).encode()).digest()


def confirmed_state(answer: Answer, face: Money, amount: Money | None) -> ReceivableState:
    """Where the debtor's answer brings an invoice: whole, in part, or into dispute."""
    if answer is Answer.DISPUTED or amount is None:
        return ReceivableState.DISPUTED
    return ReceivableState.CONFIRMED if amount == face else ReceivableState.PART_CONFIRMED


def check_above_zero(amount: Money, currency: str) -> None:
    """Refuse what moves nothing, or is of another currency. Raises AmountNotAboveZero, CurrencyMismatch."""
    if not Money.zero(currency) < amount:
        raise AmountNotAboveZero(amount=str(amount))


def check_confirmed(receivable: str, face: Money, amount: Money) -> None:
    """A debtor confirms something, and no more than the invoice. Raises ConfirmedBeyondFace."""
    if face < amount or not Money.zero(face.currency) < amount:
        raise ConfirmedBeyondFace(receivable=receivable, amount=str(amount), face=str(face))


def late_interest(
    unpaid: Money, late_days: int, *, rate_a_day: Decimal, lpr_at_signing: Decimal, agreed_rate: Decimal | None
) -> Money:
    """Interest a debtor owes a small seller for paying late (R28).

    `rate_a_day` is what the law gives where nothing was agreed (0.0005 = 0.05 %). The other rates are fractions a year
    (0.03 = 3 %), on ACT/360; an agreed one below the one-year LPR at signing counts as that LPR. Raises NegativeDays.
    Source: SME payment regulation, art. 17; 1,000,000 for 10 days is 5,000.00, and 833.33 at the floor of 3.00 %.
    """
    if late_days < 0:
        raise NegativeDays(days=late_days)
    if agreed_rate is None:
        return unpaid.times(rate_a_day * late_days)
    return interest(unpaid, max(agreed_rate, lpr_at_signing), late_days, DayCount.ACT_360)
