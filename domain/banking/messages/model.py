"""What bank messages say, free of their XML: orders to the bank, its answers, its statements.

`blocks`, `items` and `entries` are consumed once: a writer takes any iterable, a reader hands out a stream, so that a
file of a million items needs no more memory than one of ten. `count` and `total` are those of the header of the file or
of the block; what a read header does not state is None, a written one always states both.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from domain.values.money import Money

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
# ISO 4217: “no currency involved”; a notice without entries need not name one.
NO_CURRENCY = "XXX"
BOOKED = "BOOK"
PENDING = "PDNG"


@dataclass(frozen=True, slots=True, repr=False)
class AccountNumber:
    """A bank account number as its owner writes it; it prints masked, so that no log shows it whole."""

    number: str

    @property
    def iban(self) -> str | None:
        """The number without spaces, in capitals, when its check digits make it an IBAN (ISO 13616); else None."""
        compact = self.number.replace(" ", "").upper()
        if not _IBAN.fullmatch(compact):
            return None
        digits = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
        return compact if int(digits) % 97 == 1 else None

    def __repr__(self) -> str:
        return f"AccountNumber(…{self.number[-4:]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address in parts; a bank that wants lines gets them from the parts."""

    country: str  # ISO 3166, two letters
    town: str
    street: str | None = None
    building: str | None = None
    postcode: str | None = None
    in_lines: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """Street and number, postcode and town: what of them there is, for the two lines a bank prints."""
        first = " ".join(part for part in (self.street, self.building) if part)
        return tuple(line for line in (first, " ".join(part for part in (self.postcode, self.town) if part)) if line)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with an account; `bank_id` is a BIC or a clearing member id (CNAPS code), None when not stated."""

    name: str
    account: AccountNumber
    bank_id: str | None = None
    address: Address | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ControlSum:
    """How many items and the sum of their amounts irrespective of currency: a check figure, therefore no Money."""

    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One payment to a creditor; an empty remittance is left out."""

    end_to_end_id: str
    amount: Money
    creditor: Party
    remittance: str = ""


@dataclass(frozen=True, slots=True)
class CreditTransferBlock:
    """Payments from one account on one date; `block_id` is unlike that of any other block of the file."""

    block_id: str
    execution_on: date
    debtor: Party
    count: int | None
    total: Decimal | None
    items: Iterable[CreditTransfer]
    batch_booking: bool = False  # False: one by one, so that every entry of the statement carries its end-to-end id

    @property
    def on(self) -> date:
        """The day it is for."""
        return self.execution_on


@dataclass(frozen=True, slots=True)
class CreditTransferFile:
    """Payments from any number of accounts (pain.001); `count` and `total` must be those of all items."""

    message_id: str
    created_at: datetime
    initiating_name: str
    count: int | None
    total: Decimal | None
    blocks: Iterable[CreditTransferBlock]


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """One collection from a debtor under a mandate."""

    end_to_end_id: str
    amount: Money
    debtor: Party
    mandate_id: str | None
    mandate_signed_on: date | None
    remittance: str = ""


@dataclass(frozen=True, slots=True)
class DirectDebitBlock:
    """Collections to one account on one date; `block_id` is unlike that of any other block of the file."""

    block_id: str
    collection_on: date
    creditor: Party
    creditor_scheme_id: str | None
    count: int | None
    total: Decimal | None
    items: Iterable[DirectDebit]
    batch_booking: bool = False

    @property
    def on(self) -> date:
        """The day it is for."""
        return self.collection_on


@dataclass(frozen=True, slots=True)
class DirectDebitFile:
    """Collections to any number of accounts (pain.008); `count` and `total` must be those of all items."""

    message_id: str
    created_at: datetime
    initiating_name: str
    count: int | None
    total: Decimal | None
    blocks: Iterable[DirectDebitBlock]


class ItemStatus(NamedTuple):
    """What became of one item: ACSC settled, ACCP accepted, PDNG pending, RJCT rejected for `reason`, and so on.

    `block_id` is that of the payment block it came in; None where the report gives the file's own id for it.
    """

    end_to_end_id: str
    status: str
    reason: str | None = None
    value_date: date | None = None
    block_id: str | None = None


@dataclass(frozen=True, slots=True)
class BlockStatus:
    """What the bank says of a payment block as a whole, and how many of its items it names."""

    block_id: str
    status: str
    reason: str | None = None
    named: int = 0


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The bank's answer to a file (pain.002); `group_status` is None when the bank speaks of blocks or items only.

    `blocks` are those that have a status of their own; of a report being read they are complete with its last item.
    """

    message_id: str
    created_at: datetime
    original_message_id: str
    original_kind: str
    group_status: str | None
    items: Iterable[ItemStatus]
    group_reason: str | None = None
    blocks: Sequence[BlockStatus] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of a statement: OPBD opening booked, CLBD closing booked, …; credit is positive."""

    kind: str
    amount: Money
    on: date


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One transaction of an entry that the bank booked as a batch.

    `amount` has the sign of the entry, whatever the detail says of its direction; None where the bank does not break
    the entry down.
    """

    amount: Money | None
    servicer_reference: str | None
    end_to_end_id: str | None
    bank_transaction_code: str | None
    return_reason: str | None
    remittance: str
    counterparty_name: str | None
    counterparty_account: AccountNumber | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What an entry says of the payment block it is the sum of: the key to match it by."""

    message_id: str | None
    block_id: str | None
    count: int | None


class StatementEntry(NamedTuple):
    """One movement as the bank booked it; credit is positive. What the bank left out is None, or "" for remittance.

    `bank_transaction_code` is DOMAIN-FAMILY-SUBFAMILY (PMNT-RDDT-PMDD), or the bank's own code. An entry of several
    transactions is the parent of its `details`; one of a single transaction has taken over what that says.
    """

    amount: Money
    booked_on: date | None
    value_date: date | None
    servicer_reference: str | None
    end_to_end_id: str | None
    status: str
    bank_transaction_code: str | None
    return_reason: str | None
    remittance: str
    counterparty_name: str | None
    counterparty_account: AccountNumber | None
    batch: Batch | None = None
    details: tuple[EntryDetail, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether the details, where all state an amount in the entry's currency, come to the entry's amount."""
        amounts = [detail.amount for detail in self.details if detail.amount is not None]
        stated = [amount for amount in amounts if amount.currency == self.amount.currency]
        return len(stated) < len(self.details) or not stated or Money.total(stated, self.amount.currency) == self.amount


@dataclass(frozen=True, slots=True)
class Statement:
    """One account in a statement, whatever its format; a notice has no balances, and a period only when stated."""

    statement_id: str
    account: AccountNumber
    currency: str
    from_on: date | None
    to_on: date | None
    created_at: datetime
    balances: tuple[Balance, ...]
    entries: Iterable[StatementEntry]

    def balance(self, kind: str) -> Money | None:
        """The first balance of that kind, such as CLBD; None when the bank did not state it."""
        return next((balance.amount for balance in self.balances if balance.kind == kind), None)
