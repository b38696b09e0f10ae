"""What the control calls take and give, as JSON; amounts are strings in the currency that stands beside them."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ACCOUNT_PATTERN = r"^[0-9A-Za-z](?:[0-9A-Za-z ./:_-]{0,32}[0-9A-Za-z])?$"
AccountNumberText = Annotated[str, Meta(pattern=ACCOUNT_PATTERN)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[str, Meta(pattern=r"^-?\d{1,15}(\.\d{1,3})?$", examples=["1234.50", "-80.00"])]
Reference = Annotated[str, Meta(pattern=r"^\S{1,35}$")]
Words = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f]{0,140}$")]
Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,140}$")]


class In(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A request body: unknown fields are refused."""


class View(msgspec.Struct, kw_only=True):
    """An answer."""


class AccountIn(In):
    """An account to open; of a known number all but balance and currency is taken over."""

    number: AccountNumberText
    name: Name
    currency: Currency
    opening_balance: Amount = "0"
    customer: bool = False
    closed_on: date | None = None


class AccountsIn(In):
    """Accounts in bulk."""

    accounts: list[AccountIn]


class DepositIn(In):
    """Cash from outside on a day (a negative amount leaves); the reference makes it happen once."""

    reference: Reference
    account: AccountNumberText
    amount: Amount
    on: date
    text: Words = ""
    counterparty_name: Name | None = None


class DepositsIn(In):
    """Deposits in bulk: all are taken or none."""

    deposits: list[DepositIn]


class ShortageIn(In):
    """Until that day the account cannot pay what carries the reference as a word of its remittance text."""

    account: AccountNumberText
    reference: Reference
    until: date


class ShortagesIn(In):
    """Shortages in bulk."""

    shortages: list[ShortageIn]


class DayIn(In):
    """The business date to move to."""

    on: date


class Taken(View):
    """How many of a bulk call were new, and how many were known already."""

    new: int
    known: int


class DayView(View):
    """What the days up to `on` brought."""

    on: date
    deposits: int
    settled: int
    rejected: int
    returned: int
    answers: int


class BalanceView(View):
    """An account as the books have it now; credit is positive."""

    account: str
    name: str
    currency: str
    kind: Literal["own", "external", "world"]
    balance: str


class BalancesView(View):
    """All balances on the business date."""

    on: date | None
    balances: list[BalanceView]


class DebitView(View):
    """What a debtor paid under one key: settled times, returned times, and the net still with the creditor."""

    key: str
    account: str
    currency: str
    settled: int
    returned: int
    net: str


class DebitsView(View):
    """Debits by key."""

    debits: list[DebitView]


class CurrencyProof(View):
    """Both sides of all moves of one currency, recomputed, and the sum of the balances kept: it must be zero."""

    currency: str
    debits: str
    credits: str
    sum_of_balances: str


class BooksView(View):
    """The proof: `balanced` when Σ = 0 in every currency and every balance is the sum of its moves."""

    on: date | None
    moves: int
    accounts: int
    currencies: list[CurrencyProof]
    accounts_off: list[str]
    balanced: bool


class AnswerView(View):
    """One document of the queue; the same document may come again under a later cursor."""

    cursor: int
    kind: str
    message_id: str
    issued_on: date
    xml: str


class AnswersView(View):
    """Documents after the cursor asked for; ask again with `next`."""

    answers: list[AnswerView]
    next: int
