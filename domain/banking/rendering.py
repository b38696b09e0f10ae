"""A file's bytes from its items: names and numbers filled in, texts as the bank takes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Row, Text, cast, select
from sqlmodel import col

from domain.banking import queries
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
from domain.banking.messages.pain008 import ReadyBlock, write_ready_debits
from domain.banking.messages.rules import CharsetPolicy, Finding, check_file
from domain.banking.plain_debits import MANDATE_PREFIX, DebitDesk
from domain.banking.profiles import BankProfile, DebitFormat
from domain.banking.references import end_to_end_id, end_to_end_ids, payment_block_id
from domain.banking.states import Direction
from domain.banking.tables import BankMessage, Instruction, MessageBlock
from domain.parties.accounts import AccountIdentity, account_numbers, opened_number
from domain.parties.tables import BankAccount
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id_of_text
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money
from domain.values.pinyin import pinyin

ITEMS_PER_FETCH = 2_000  # of a stream from the database: memory stays flat
# Columns of the tables, not of their classes: rows come as the driver makes them.
_ITEM: Any = Instruction.__table__.c  # type: ignore[attr-defined]
_ACCOUNT: Any = BankAccount.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Block:
    """A payment block; `items` are rows of `_items`, consumed once."""

    position: int
    own_account_id: UUID
    count: int
    total_minor: int
    items: Iterable[Sequence[Any]]


def render(session: TenantSession, message: BankMessage, keys: KeyRing, profile: BankProfile) -> bytes:
    """The bytes of a drafted message, as its bank takes them. Raises FieldRefused."""
    out = BytesIO()
    if message.direction is Direction.DEBIT and profile.debit_format is DebitFormat.PAIN_008:
        page, stored, blocks = _page(session, message, keys, profile)
        file = DirectDebitFile(**page.header(stored), blocks=())
        write_ready_debits(file, (page.ready_debits(block) for block in blocks), out)
        return out.getvalue()
    whole = _file(session, message, keys, profile)
    if isinstance(whole, CreditTransferFile):
        write_credit_transfers(whole, out)
    else:
        write_beps_debits(whole, out)
    return out.getvalue()


def faults(
    session: TenantSession, message: BankMessage, keys: KeyRing, profile: BankProfile, calendar: BusinessCalendar
) -> Iterator[Finding]:
    """What of the file that `render` would write its bank would not like."""
    return check_file(_file(session, message, keys, profile), profile, calendar)


def _file(
    session: TenantSession, message: BankMessage, keys: KeyRing, profile: BankProfile
) -> CreditTransferFile | DirectDebitFile:
    """In the name of the first own account's holder. Read it once: its items come as they are asked for."""
    page, stored, blocks = _page(session, message, keys, profile)
    if message.direction is Direction.CREDIT:
        return CreditTransferFile(**page.header(stored), blocks=(page.transfers(block) for block in blocks))
    return DirectDebitFile(**page.header(stored), blocks=(page.debits(block) for block in blocks))


def _page(
    session: TenantSession, message: BankMessage, keys: KeyRing, profile: BankProfile
) -> tuple["_Page", Sequence[Row[Any]], Iterator[_Block]]:
    stored = _stored_blocks(session, message)
    own = account_numbers(session, [block.own_account_id for block in stored], keys)
    page = _Page(session.tenant_id, message, own, keys, profile)
    return page, stored, _with_items(stored, _items(session, message))


def _stored_blocks(session: TenantSession, message: BankMessage) -> Sequence[Row[Any]]:
    columns: tuple[Any, ...] = (
        *(MessageBlock.position, MessageBlock.own_account_id, MessageBlock.item_count, MessageBlock.total_minor),
    )
    found = select(*columns).where(
        col(MessageBlock.tenant_id) == session.tenant_id, col(MessageBlock.message_id) == message.id
    )
    return session.execute(found.order_by(col(MessageBlock.position))).all()


def _items(session: TenantSession, message: BankMessage) -> Iterator[Row[Any]]:
    """The items of the message by own account, each with the sealed account on the other side."""
    columns: tuple[Any, ...] = (
        # Ids as texts: who makes four UUIDs of each of a million items does little else.
        *(cast(own, Text) for own in (_ITEM.own_account_id, _ITEM.mandate_id, _ACCOUNT.id)),
        *(_ITEM.id, _ITEM.amount_minor, _ITEM.remittance),
        *(_ACCOUNT.holder_name, _ACCOUNT.bank_id, _ACCOUNT.key_id, _ACCOUNT.number_encrypted),
    )
    chosen = select(*columns).where(
        col(Instruction.tenant_id) == session.tenant_id,
        *queries.items_of([message]),
        col(BankAccount.tenant_id) == session.tenant_id,
        col(BankAccount.id) == col(Instruction.counter_account_id),
    )
    ordered = chosen.order_by(col(Instruction.own_account_id), col(Instruction.id))
    yield from session.execute(ordered.execution_options(yield_per=ITEMS_PER_FETCH))


def _with_items(stored: Sequence[Row[Any]], items: Iterator[Row[Any]]) -> Iterator[_Block]:
    by_account = groupby(items, key=itemgetter(0))
    for block, (account_id, own) in zip(stored, by_account, strict=True):
        assert str(block.own_account_id) == account_id, "blocks stand in the order of their accounts"
        yield _Block(block.position, block.own_account_id, block.item_count, block.total_minor, own)


class _Header(TypedDict):
    message_id: str
    created_at: datetime
    initiating_name: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class _Page:
    """What every block and item is written with."""

    tenant_id: int
    message: BankMessage
    own: Mapping[UUID, AccountIdentity]
    keys: KeyRing
    profile: BankProfile

    def header(self, blocks: Sequence[Row[Any]]) -> _Header:
        return {
            "message_id": self.message.bank_reference,
            "created_at": self.message.created_at,
            "initiating_name": self._own_party(blocks[0].own_account_id).name,
            "count": self.message.item_count,
            "total": self.message.total.amount,
        }

    def transfers(self, block: _Block) -> CreditTransferBlock:
        return CreditTransferBlock(
            block_id=payment_block_id(self.message.number, block.position),
            execution_on=self.message.due_on,
            debtor=self._own_party(block.own_account_id),
            count=block.count,
            total=self._money(block.total_minor).amount,
            items=self._transfers(block.items),
            batch_booking=self.profile.batch_booking,
        )

    def debits(self, block: _Block) -> DirectDebitBlock:
        return self._debit_block(block, self._debits(block.items))

    def ready_debits(self, block: _Block) -> ReadyBlock:
        """The same as text, without an object for each of thousands."""
        desk = DebitDesk(self.tenant_id, self.message.currency, self.keys, self.profile, self._debit)
        return ReadyBlock(self._debit_block(block, ()), desk.written(block.items))

    def _debit_block(self, block: _Block, items: Iterable[DirectDebit]) -> DirectDebitBlock:
        return DirectDebitBlock(
            block_id=payment_block_id(self.message.number, block.position),
            collection_on=self.message.due_on,
            creditor=self._own_party(block.own_account_id),
            creditor_scheme_id=self.profile.creditor_scheme_id,
            count=block.count,
            total=self._money(block.total_minor).amount,
            items=items,
            batch_booking=self.profile.batch_booking,
        )

    def _transfers(self, items: Iterable[Sequence[Any]]) -> Iterator[CreditTransfer]:
        reference, currency = end_to_end_ids(self.tenant_id), self.message.currency
        for _, _, account, number, minor, remittance, *holder in items:
            yield CreditTransfer(
                end_to_end_id=reference(number),
                amount=_money(minor, currency),
                creditor=self._party(account, *holder),
                remittance=_words(remittance, self.profile),
            )

    def _debits(self, items: Iterable[Sequence[Any]]) -> Iterator[DirectDebit]:
        return map(self._debit, items)

    def _debit(self, item: Sequence[Any]) -> DirectDebit:
        _, mandate, account, number, minor, remittance, *holder = item
        return DirectDebit(
            end_to_end_id=end_to_end_id(self.tenant_id, number),
            amount=_money(minor, self.message.currency),
            debtor=self._party(account, *holder),
            mandate_id=None if mandate is None else public_id_of_text(MANDATE_PREFIX, mandate),
            mandate_signed_on=None,
            remittance=_words(remittance, self.profile),
        )

    def _money(self, minor: int) -> Money:
        return _money(minor, self.message.currency)

    def _own_party(self, account_id: UUID) -> Party:
        account = self.own[account_id]
        return Party(_words(account.holder_name, self.profile), AccountNumber(account.number), account.bank_id)

    def _party(self, account_id: str, holder: str, bank_id: str, key_id: str, sealed: bytes) -> Party:
        number = opened_number(self.keys, self.tenant_id, account_id, key_id, sealed)
        return Party(_words(holder, self.profile), AccountNumber(number), bank_id)


@lru_cache(maxsize=4_096)
def _money(minor: int, currency: str) -> Money:
    """The amounts of a subscription come again and again."""
    return Money.from_minor(minor, currency)


def _words(value: str, profile: BankProfile) -> str:
    """On one line and printable: one odd character in one remittance would refuse the whole file."""
    if not value.isprintable():
        value = "".join(character if character.isprintable() else " " for character in value)
    line = " ".join(value.split())
    if profile.charset is CharsetPolicy.LATIN and not line.isascii():
        syllables = pinyin(line, errors=lambda kept: kept.encode("ascii", "ignore").decode())
        line = " ".join(" ".join(syllables).split())
    while profile.length(line) > profile.text_limit:
        line = line[:-1]
    return line
