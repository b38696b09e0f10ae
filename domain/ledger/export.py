"""The books for an accountant's own tool: a journal that hledger or beancount reads, adds up, and holds against ours.

Every posting that moved money is a transaction; holds are not in it, because nothing has moved. It ends with our own
balance of every account as an assertion, so that `hledger check` or `bean-check` fails unless it comes to the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain, groupby
from typing import Any, Protocol, TextIO

from sqlalchemy import Row, text

from domain.ledger.chart import CHART, AccountKind, AccountRef
from domain.platform.database import TenantSession
from domain.values.currency import minor_units
from domain.values.money import Money

ROWS_AT_ONCE = 5_000  # fetched from the server's cursor; memory stays flat whatever the journal's length

# Modes 0 posted, 2 post, 4 imposed move money. Everything stops at one transfer, so that books that go on being written
# while they are exported are consistent in the journal.
_LAST = text("SELECT coalesce(max(id), 0) FROM ledger_transfer WHERE tenant_id = :tenant")
_BALANCES = text("""
    WITH later AS (
      SELECT account_id, sum(change) AS change
      FROM (SELECT debit_account_id AS account_id, amount AS change FROM ledger_transfer
            WHERE tenant_id = :tenant AND id > :last AND mode IN (0, 2, 4)
            UNION ALL
            SELECT credit_account_id, -amount FROM ledger_transfer
            WHERE tenant_id = :tenant AND id > :last AND mode IN (0, 2, 4)) AS side
      GROUP BY account_id)
    SELECT id, kind, owner, currency, (debits_posted - credits_posted - coalesce(change, 0))::bigint AS balance
    FROM ledger_account LEFT JOIN later ON account_id = id WHERE tenant_id = :tenant ORDER BY id
""")
_DATES = text("SELECT min(value_date), max(value_date) FROM ledger_posting WHERE tenant_id = :tenant")
_LEGS = text("""
    SELECT leg.posting_id, leg.value_date, leg.amount, leg.debit_account_id, leg.credit_account_id, posting.event,
           posting.key, posting.source
    FROM ledger_transfer AS leg
    JOIN ledger_posting AS posting ON posting.tenant_id = :tenant AND posting.id = leg.posting_id
    WHERE leg.tenant_id = :tenant AND leg.id <= :last AND leg.mode IN (0, 2, 4) ORDER BY leg.id
""").execution_options(yield_per=ROWS_AT_ONCE)


class Format(StrEnum):
    """Whose journal."""

    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


class Journal(Protocol):
    """How a tool writes things down."""

    def name(self, account: AccountRef) -> str:
        """The account's name."""

    def opening(self, accounts: list[AccountRef], first: date) -> Iterator[str]:
        """Lines before the first transaction."""

    def transaction(self, on: date, event: str, key: str, source: str) -> str:
        """The first line of a transaction."""

    def closing(self, balances: list[tuple[AccountRef, Money]], last: date) -> Iterator[str]:
        """The assertions."""


def export(session: TenantSession, journal_format: Format, out: TextIO) -> int:
    """Write the whole journal to `out`, and return the number of transactions."""
    journal: Journal = Hledger() if journal_format is Format.HLEDGER else Beancount()
    binds = {"tenant": session.tenant_id, "last": session.execute(_LAST, {"tenant": session.tenant_id}).scalar_one()}
    accounts = {row.id: _account(row) for row in session.execute(_BALANCES, binds)}
    first, last = session.execute(_DATES, {"tenant": session.tenant_id}).one()
    if first is None:
        return 0
    names = {account_id: journal.name(ref) for account_id, (ref, _) in accounts.items()}
    currencies = {account_id: ref.currency for account_id, (ref, _) in accounts.items()}
    out.writelines(journal.opening([ref for ref, _ in accounts.values()], first))
    transactions = 0
    for _, legs in groupby(session.execute(_LEGS, binds), key=lambda leg: leg.posting_id):
        out.writelines(_transaction(journal, legs, names, currencies))
        transactions += 1
    out.writelines(journal.closing(list(accounts.values()), last))
    return transactions


def _account(row: Row[Any]) -> tuple[AccountRef, Money]:
    return AccountRef(AccountKind(row.kind), row.currency, row.owner), Money.from_minor(row.balance, row.currency)


def _transaction(
    journal: Journal, legs: Iterator[Row[Any]], names: dict[int, str], currencies: dict[int, str]
) -> Iterator[str]:
    head = next(legs)
    yield journal.transaction(head.value_date, head.event, head.key, head.source)
    for leg in chain([head], legs):
        currency = currencies[leg.debit_account_id]
        amount = Money.from_minor(leg.amount, currency).amount
        yield f"    {names[leg.debit_account_id]}  {amount} {currency}\n"
        yield f"    {names[leg.credit_account_id]}  -{amount} {currency}\n"
    yield "\n"


def _short(account: AccountRef) -> str:
    # The last 48 bits: the first ones of a UUIDv7 are the time, alike in all that were registered together.
    return account.owner.hex[-12:] if account.owner else "common"


@dataclass(frozen=True)
class Hledger:
    """hledger 1.2x: `hledger check -s -f FILE`."""

    def name(self, account: AccountRef) -> str:
        """`assets:cash at bank:CNY:0c9d8e7f6a5b`."""
        line = CHART[account.kind]
        return f"{line.section.value}:{line.en.lower()}:{account.currency}:{_short(account)}"

    def opening(self, accounts: list[AccountRef], first: date) -> Iterator[str]:
        """Commodities with their decimals, and every account."""
        yield f"; exported from {first}\n"
        for currency in sorted({account.currency for account in accounts}):
            yield f"commodity 1000.{'0' * minor_units(currency)} {currency}\n"
        for account in accounts:
            yield f"account {self.name(account)}\n"
        yield "\n"

    def transaction(self, on: date, event: str, key: str, source: str) -> str:
        """`2026-03-02 * advance.funded  ; key: …, source: …`."""
        return f"{on} * {_one_line(event)}  ; key: {_one_line(key)}, source: {_one_line(source)}\n"

    def closing(self, balances: list[tuple[AccountRef, Money]], last: date) -> Iterator[str]:
        """One transaction that moves nothing and asserts everything."""
        yield f"{last} * balances as kept by the ledger\n"
        for account, balance in balances:
            yield f"    {self.name(account)}  0 {account.currency} = {balance.amount} {account.currency}\n"


@dataclass(frozen=True)
class Beancount:
    """beancount 3: `bean-check FILE`."""

    def name(self, account: AccountRef) -> str:
        """`Assets:CashAtBank:CNY:0C9D8E7F6A5B`."""
        section = CHART[account.kind].section.value.capitalize()
        kind = "".join(word.capitalize() for word in account.kind.value.split("_"))
        return f"{section}:{kind}:{account.currency}:{_short(account).upper()}"

    def opening(self, accounts: list[AccountRef], first: date) -> Iterator[str]:
        """Every account is opened in its currency."""
        for currency in sorted({account.currency for account in accounts}):
            yield f'option "operating_currency" "{currency}"\n'
        for account in accounts:
            yield f"{first} open {self.name(account)} {account.currency}\n"
        yield "\n"

    def transaction(self, on: date, event: str, key: str, source: str) -> str:
        """`2026-03-02 * "advance.funded" "key"` with the source as metadata."""
        return f'{on} * "{_quoted(event)}" "{_quoted(key)}"\n    source: "{_quoted(source)}"\n'

    def closing(self, balances: list[tuple[AccountRef, Money]], last: date) -> Iterator[str]:
        """Beancount asserts the balance at the beginning of a day, and forgives a cent unless told not to."""
        day_after = last + timedelta(days=1)
        for account, balance in balances:
            yield f"{day_after} balance {self.name(account)}  {balance.amount} ~ 0 {account.currency}\n"


def _one_line(words: str) -> str:
    """Nothing that ends a description or begins a comment."""
    return " ".join(words.split()).replace(";", ",")


def _quoted(words: str) -> str:
    return _one_line(words).replace("\\", "\\\\").replace('"', '\\"')
