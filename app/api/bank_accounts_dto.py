"""Bank accounts: numbers come in and never go out."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import AccountId, Moment, PartyId, line, shown_id
from app.money_dto import CurrencyCode
from domain.parties.accounts import PREFIX
from domain.parties.service import PREFIX as PARTY
from domain.parties.states import AccountState, Evidence
from domain.parties.tables import BankAccount
from domain.platform.ids import public_id

HolderName = Annotated[str, line(140, "As the bank knows the holder.", "杭州青禾服饰有限公司")]
BankId = Annotated[str, line(20, "BIC, CNAPS or another clearing code.", "ICBKCNBJZJP")]
Number = Annotated[
    str, line(50, "Account number, card number or IBAN; shown masked ever after.", "1202 0214 1990 0056 789")
]


class RegisterAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An account of the party; `own` when the group operates it."""

    holder_name: HolderName
    bank_id: BankId
    number: Number
    currency: CurrencyCode
    own: bool = False


class ReplaceAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the account shall be replaced by."""

    holder_name: HolderName
    bank_id: BankId
    number: Number


class AccountView(msgspec.Struct, kw_only=True):
    """A bank account; `usable_from` is the first day it can be paid."""

    id: AccountId
    party_id: PartyId
    holder_name: str
    bank_id: str
    masked: str
    currency: str
    own: bool
    state: AccountState
    evidence: Evidence | None
    usable_from: date | None
    replaces_id: AccountId | None
    created_at: Moment


class AccountList(msgspec.Struct, kw_only=True):
    """The accounts of a party, newest first, closed ones too."""

    items: list[AccountView]


def account_view(account: BankAccount) -> AccountView:
    """The account as the API shows it."""
    return AccountView(
        id=public_id(PREFIX, account.id),
        party_id=public_id(PARTY, account.party_id),
        holder_name=account.holder_name,
        bank_id=account.bank_id,
        masked=account.masked,
        currency=account.currency,
        own=account.own,
        state=account.state,
        evidence=account.evidence,
        usable_from=account.usable_from,
        replaces_id=shown_id(PREFIX, account.replaces_id),
        created_at=account.created_at,
    )
