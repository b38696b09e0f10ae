"""Postings as data: what a pure rule returns and the ledger books."""

import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Self

from domain.ledger.chart import AccountRef
from domain.ledger.errors import AmountNotPositive, SameAccount
from domain.values.money import CurrencyMismatch, Money


class Mode(StrEnum):
    """What a transfer does to the counters of its two accounts."""

    POSTED = "posted"  # moves the money
    PENDING = "pending"  # holds it: the payer cannot spend it, the receiver not yet
    POST = "post"  # ends a hold by moving the money
    VOID = "void"  # ends a hold by letting go
    # Moves the money whether or not it is covered, because the bank already has: a returned debit reaches an account
    # that was swept empty. Books that refuse a fact are wrong; the account may not sink further by our own acts.
    IMPOSED = "imposed"

    @property
    def number(self) -> int:
        """How the mode is stored: a small number, because there are millions."""
        return _NUMBERS[self]

    @classmethod
    def of_number(cls, number: int) -> Self:
        """The mode a stored number stands for."""
        return cls(next(mode for mode, own in _NUMBERS.items() if own == number))


_NUMBERS = {Mode.POSTED: 0, Mode.PENDING: 1, Mode.POST: 2, Mode.VOID: 3, Mode.IMPOSED: 4}
ENDS_A_HOLD = frozenset({Mode.POST, Mode.VOID})


@dataclass(frozen=True, slots=True)
class Resolution:
    """The end of a hold, of its full amount, between its own accounts: POST or VOID, once."""

    pending_id: int
    mode: Mode

    def __post_init__(self) -> None:
        assert self.mode in ENDS_A_HOLD, "a hold ends by POST or VOID"


@dataclass(frozen=True, slots=True)
class Leg:
    """One positive amount from a debited to a credited account of its currency.

    Raises AmountNotPositive, SameAccount, CurrencyMismatch.
    """

    debit: AccountRef
    credit: AccountRef
    amount: Money
    mode: Mode = Mode.POSTED

    def __post_init__(self) -> None:
        assert self.mode not in ENDS_A_HOLD, "Leg.resolving ends a hold"
        if self.amount.minor <= 0:
            raise AmountNotPositive(amount=str(self.amount))
        if self.debit == self.credit:
            raise SameAccount(account=str(self.debit))
        for account in (self.debit, self.credit):
            if account.currency != self.amount.currency:
                raise CurrencyMismatch(left=account.currency, right=self.amount.currency)

    @staticmethod
    def resolving(pending_id: int, mode: Mode) -> Resolution:
        """The end of the hold that transfer `pending_id` made."""
        return Resolution(pending_id, mode)


@dataclass(frozen=True, slots=True)
class Posting:
    """A business event. `key` makes it happen once; `explanation` holds rule numbers and their inputs as text."""

    key: str
    event: str
    source: str
    value_date: date
    legs: tuple[Leg | Resolution, ...]
    explanation: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.legs, "a posting moves something"

    def content_digest(self) -> bytes:
        """SHA-256 over everything but the key: what tells a repeat from a key used twice."""
        legs = [_leg_facts(leg) for leg in self.legs]
        return digest_of([self.event, self.source, self.value_date, legs, self.explanation])


def _leg_facts(leg: Leg | Resolution) -> list[object]:
    if isinstance(leg, Resolution):
        return [leg.mode, leg.pending_id]
    return [leg.mode, str(leg.debit), str(leg.credit), leg.amount.minor]


def digest_of(facts: object) -> bytes:
    """SHA-256 over the facts as JSON with sorted keys; dates and ids by their text."""
    return sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str).encode()).digest()


@dataclass(frozen=True, slots=True)
class Posted:
    """What was booked; `repeated` when the key had been booked before, and nothing was written now."""

    posting_id: int
    transfer_ids: tuple[int, ...]
    repeated: bool
