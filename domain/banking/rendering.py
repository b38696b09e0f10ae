"""A file's bytes from its items: names and numbers filled in, texts as the bank takes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from typing import Protocol, TypedDict
from uuid import UUID

from pypinyin import lazy_pinyin

from domain.banking.messages.beps import write_beps_debits
from domain.banking.messages.model import (
    AccountNumber,
    CreditTransfer,
    CreditTransferBlock,
    CreditTransferFile,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    Party,
)
from domain.banking.messages.pain001 import write_credit_transfers
from domain.banking.messages.pain008 import write_direct_debits
from domain.banking.messages.rules import CharsetPolicy
from domain.banking.profiles import BankProfile, DebitFormat
from domain.banking.references import bank_message_id, end_to_end_ids, payment_block_id
from domain.banking.states import Direction
from domain.parties.accounts import AccountIdentity
from domain.platform.ids import public_id
from domain.values.money import Money

MANDATE_PREFIX = "mnd"  # the bank knows a mandate by its public id


class Item(Protocol):
    """What a file says of one instruction."""

    @property
    def id(self) -> int:
        """The instruction."""

    @property
    def own_account_id(self) -> UUID:
        """The account of ours."""

    @property
    def amount_minor(self) -> int:
        """What it moves."""

    @property
    def counter_account_id(self) -> UUID:
        """The account on the other side."""

    @property
    def mandate_id(self) -> UUID | None:
        """By what right we collect."""

    @property
    def remittance(self) -> str:
        """What the other side reads."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all items of a file share."""

    tenant_id: int
    message_number: int
    created_at: datetime
    direction: Direction
    currency: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Block:
    """The items of one own account, as a payment block; positions count from 1."""

    position: int
    own_account_id: UUID
    items: Sequence[Item]

    @property
    def total_minor(self) -> int:
        """Σ of its items."""
        return sum(item.amount_minor for item in self.items)


def blocks_of(items: Iterable[Item]) -> list[Block]:
    """The payment blocks of items that stand by own account."""
    by_account = groupby(items, key=lambda item: item.own_account_id)
    return [Block(position, account, list(own)) for position, (account, own) in enumerate(by_account, start=1)]


def render(
    envelope: Envelope, blocks: Sequence[Block], accounts: Mapping[UUID, AccountIdentity], profile: BankProfile
) -> bytes:
    """The pain.001 or pain.008 of the blocks, in the name of the first one's account holder. Raises FieldRefused."""
    out = BytesIO()
    page = _Page(envelope, accounts, profile)
    if envelope.direction is Direction.CREDIT:
        transfers = CreditTransferFile(**page.header(blocks), blocks=(page.transfers(block) for block in blocks))
        write_credit_transfers(transfers, out)
    else:
        debits = DirectDebitFile(**page.header(blocks), blocks=(page.debits(block) for block in blocks))
        write = write_beps_debits if profile.debit_format is DebitFormat.BEPS_380 else write_direct_debits
        write(debits, out)
    return out.getvalue()


class _Header(TypedDict):
    message_id: str
    created_at: datetime
    initiating_name: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class _Page:
    """What every block and item is written with."""

    envelope: Envelope
    accounts: Mapping[UUID, AccountIdentity]
    profile: BankProfile
    parties: dict[UUID, Party] = field(default_factory=dict)

    def header(self, blocks: Sequence[Block]) -> _Header:
        return {
            "message_id": bank_message_id(self.envelope.tenant_id, self.envelope.message_number),
            "created_at": self.envelope.created_at,
            "initiating_name": self._party(blocks[0].own_account_id).name,
            "count": sum(len(block.items) for block in blocks),
            "total": self._money(sum(block.total_minor for block in blocks)).amount,
        }

    def transfers(self, block: Block) -> CreditTransferBlock:
        return CreditTransferBlock(
            block_id=payment_block_id(self.envelope.message_number, block.position),
            execution_on=self.envelope.due_on,
            debtor=self._party(block.own_account_id),
            count=len(block.items),
            total=self._money(block.total_minor).amount,
            items=self._transfers(block.items),
            batch_booking=self.profile.batch_booking,
        )

    def debits(self, block: Block) -> DirectDebitBlock:
        return DirectDebitBlock(
            block_id=payment_block_id(self.envelope.message_number, block.position),
            collection_on=self.envelope.due_on,
            creditor=self._party(block.own_account_id),
            creditor_scheme_id=self.profile.creditor_scheme_id,
            count=len(block.items),
            total=self._money(block.total_minor).amount,
            items=self._debits(block.items),
            batch_booking=self.profile.batch_booking,
        )

    def _transfers(self, items: Sequence[Item]) -> Iterator[CreditTransfer]:
        reference = end_to_end_ids(self.envelope.tenant_id)
        for item in items:
            yield CreditTransfer(
                end_to_end_id=reference(item.id),
                amount=self._money(item.amount_minor),
                creditor=self._party(item.counter_account_id),
                remittance=_words(item.remittance, self.profile),
            )

    def _debits(self, items: Sequence[Item]) -> Iterator[DirectDebit]:
        reference = end_to_end_ids(self.envelope.tenant_id)
        for item in items:
            yield DirectDebit(
                end_to_end_id=reference(item.id),
                amount=self._money(item.amount_minor),
                debtor=self._party(item.counter_account_id),
                mandate_id=None if item.mandate_id is None else public_id(MANDATE_PREFIX, item.mandate_id),
                mandate_signed_on=None,
                remittance=_words(item.remittance, self.profile),
            )

    def _money(self, minor: int) -> Money:
        return Money.from_minor(minor, self.envelope.currency)

    def _party(self, account_id: UUID) -> Party:
        if account_id not in self.parties:
            account = self.accounts[account_id]
            name = _words(account.holder_name, self.profile)
            self.parties[account_id] = Party(name, AccountNumber(account.number), account.bank_id)
        return self.parties[account_id]


def _words(value: str, profile: BankProfile) -> str:
    """On one line and printable: one odd character in one remittance would refuse the whole file."""
    if not value.isprintable():
        value = "".join(character if character.isprintable() else " " for character in value)
    line = " ".join(value.split())
    if profile.charset is CharsetPolicy.LATIN and not line.isascii():
        syllables = lazy_pinyin(line, errors=lambda kept: kept.encode("ascii", "ignore").decode())
        line = " ".join(" ".join(syllables).split())
    while profile.length(line) > profile.text_limit:
        line = line[:-1]
    return line
