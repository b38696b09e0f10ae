"""What bank accounts can be listed by."""

from domain.parties.states import AccountState
from domain.parties.tables import BankAccount
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, flag_field, text_field

BANK_ACCOUNTS = Listing(
    "bank_accounts",
    BankAccount,
    fields={
        "party": id_field("pty"),
        "own": flag_field(),
        "state": choice_field(AccountState),
        "currency": text_field("CNY"),
        "bank": text_field("102100099996"),
    },
    columns={
        "party": BankAccount.party_id,
        "own": BankAccount.own,
        "state": BankAccount.state,
        "currency": BankAccount.currency,
        "bank": BankAccount.bank_id,
    },
    owners=(BankAccount.party_id,),
)
