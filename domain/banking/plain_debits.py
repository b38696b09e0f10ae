"""Debits as text straight from their rows, where nothing needs to be escaped, cut or refused: nearly all of a million.

To the byte what the writer of the format makes of the objects; what is not plain takes the way through them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from domain.banking.messages import writing
from domain.banking.messages.model import DirectDebit
from domain.banking.messages.pain008 import ReadyDebit, plain_item
from domain.banking.messages.rules import CharsetPolicy
from domain.banking.profiles import BankProfile
from domain.banking.references import end_to_end_ids
from domain.parties.accounts import number_opener
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id_of_text
from domain.values.money import Money

MANDATE_PREFIX = "mnd"  # the bank knows a mandate by its public id
LONGEST_NUMBER = 34  # of an account that is no IBAN, as of one
WIDEST_GB18030 = 4  # bytes of a character


class DebitDesk:
    """What the items of one message have in common."""

    def __init__(
        self,
        tenant_id: int,
        currency: str,
        keys: KeyRing,
        profile: BankProfile,
        slowly: Callable[[Sequence[Any]], DirectDebit],
    ) -> None:
        self._currency, self._slowly = currency, slowly
        self._reference, self._opened = end_to_end_ids(tenant_id), number_opener(keys, tenant_id)
        self._ascii_only = profile.charset is CharsetPolicy.LATIN
        widest = WIDEST_GB18030 if profile.charset is CharsetPolicy.GB18030 else 1
        self._limit = min(profile.text_limit, writing.TEXT_LIMIT) // widest

    def written(self, items: Iterable[Sequence[Any]]) -> Iterator[ReadyDebit]:
        """Rows of `rendering` as items, in their order. Raises FieldRefused, FieldUndecryptable."""
        currency, reference, opened = self._currency, self._reference, self._opened
        for item in items:
            _, mandate, account, instruction, minor, remittance, holder, bank_id, key_id, sealed = item
            if mandate is None or not self._is_plain(holder, remittance):
                yield ReadyDebit.of(self._slowly(item))
                continue
            number = opened(account, key_id, sealed)
            if not (number.isdigit() and number.isascii() and len(number) <= LONGEST_NUMBER):
                yield ReadyDebit.of(self._slowly(item))
                continue
            amount, element = _amount(minor, currency)
            text = plain_item(
                end_to_end_id=reference(instruction),
                amount=element,
                mandate_id=public_id_of_text(MANDATE_PREFIX, mandate),
                bank=writing.bank(bank_id),
                name=holder,
                number=number,
                remittance=remittance,
            )
            yield ReadyDebit(amount, text)

    def _is_plain(self, holder: str, remittance: str) -> bool:
        """On one line, printable, neither empty nor too long for any bank of the kind, nothing to escape."""
        if not (holder.isprintable() and remittance.isprintable()):
            return False
        if not (0 < len(holder) <= self._limit and 0 < len(remittance) <= self._limit):
            return False
        both = f"|{holder}|{remittance}|"
        if self._ascii_only and not both.isascii():
            return False
        # An `any` over the six would take longer than all of them.
        return not ("<" in both or ">" in both or "&" in both or "  " in both or "| " in both or " |" in both)


@lru_cache(maxsize=4_096)
def _amount(minor: int, currency: str) -> tuple[Money, str]:
    """The amounts of a subscription come again and again."""
    amount = Money.from_minor(minor, currency)
    return amount, writing.amount("InstdAmt", amount)
