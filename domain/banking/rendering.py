"""A file's bytes from its items: names and numbers filled in, texts as the bank takes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Protocol
from uuid import UUID

from pypinyin import lazy_pinyin

from domain.banking.messages.model import (
    AccountNumber,
    CreditTransfer,
    CreditTransferFile,
    DirectDebit,
    DirectDebitFile,
    Party,
)
from domain.banking.messages.pain001 import write_credit_transfers
from domain.banking.messages.pain008 import write_direct_debits
from domain.banking.profiles import BankProfile, CharsetPolicy
from domain.banking.references import bank_message_id, end_to_end_ids
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
    own_account_id: UUID
    currency: str
    due_on: date


def render(
    envelope: Envelope, items: Sequence[Item], accounts: Mapping[UUID, AccountIdentity], profile: BankProfile
) -> bytes:
    """The pain.001 or pain.008 of the items. Raises FieldRefused."""
    out = BytesIO()
    own = _party(accounts[envelope.own_account_id], profile)
    total = Money.from_minor(sum(item.amount_minor for item in items), envelope.currency).amount
    if envelope.direction is Direction.CREDIT:
        transfers = CreditTransferFile(
            message_id=bank_message_id(envelope.tenant_id, envelope.message_number),
            created_at=envelope.created_at,
            initiating_name=own.name,
            execution_on=envelope.due_on,
            debtor=own,
            count=len(items),
            total=total,
            items=_transfers(envelope, items, accounts, profile),
        )
        write_credit_transfers(transfers, out)
        return out.getvalue()
    debits = DirectDebitFile(
        message_id=bank_message_id(envelope.tenant_id, envelope.message_number),
        created_at=envelope.created_at,
        initiating_name=own.name,
        collection_on=envelope.due_on,
        creditor=own,
        creditor_scheme_id=profile.creditor_scheme_id,
        count=len(items),
        total=total,
        items=_debits(envelope, items, accounts, profile),
    )
    write_direct_debits(debits, out)
    return out.getvalue()


def _transfers(
    envelope: Envelope, items: Sequence[Item], accounts: Mapping[UUID, AccountIdentity], profile: BankProfile
) -> Iterator[CreditTransfer]:
    reference = end_to_end_ids(envelope.tenant_id)
    for item in items:
        yield CreditTransfer(
            end_to_end_id=reference(item.id),
            amount=Money.from_minor(item.amount_minor, envelope.currency),
            creditor=_party(accounts[item.counter_account_id], profile),
            remittance=_words(item.remittance, profile),
        )


def _debits(
    envelope: Envelope, items: Sequence[Item], accounts: Mapping[UUID, AccountIdentity], profile: BankProfile
) -> Iterator[DirectDebit]:
    reference = end_to_end_ids(envelope.tenant_id)
    for item in items:
        yield DirectDebit(
            end_to_end_id=reference(item.id),
            amount=Money.from_minor(item.amount_minor, envelope.currency),
            debtor=_party(accounts[item.counter_account_id], profile),
            mandate_id=None if item.mandate_id is None else public_id(MANDATE_PREFIX, item.mandate_id),
            mandate_signed_on=None,
            remittance=_words(item.remittance, profile),
        )


def _party(account: AccountIdentity, profile: BankProfile) -> Party:
    return Party(_words(account.holder_name, profile), AccountNumber(account.number), account.bank_id)


def _words(value: str, profile: BankProfile) -> str:
    """On one line and printable: one odd character in one remittance would refuse the whole file."""
    line = " ".join("".join(character if character.isprintable() else " " for character in value).split())
    if profile.charset is CharsetPolicy.LATIN and not line.isascii():
        syllables = lazy_pinyin(line, errors=lambda kept: kept.encode("ascii", "ignore").decode())
        line = " ".join(" ".join(syllables).split())
    return line[: profile.text_limit]
