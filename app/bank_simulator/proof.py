"""What the books prove: balances, what debtors paid and got back, and that nothing was made or lost."""

import sqlite3
from typing import Literal

from app.bank_simulator.books import business_date
from app.bank_simulator.structs import BalanceView, BooksView, CurrencyProof, DebitView
from domain.values.money import Money

DebitKey = Literal["end_to_end_id", "remittance"]


def balances(books: sqlite3.Connection) -> list[BalanceView]:
    """Every account with its balance, by number."""
    rows = books.execute("SELECT * FROM account ORDER BY number")
    return [
        BalanceView(
            account=row["number"],
            name=row["name"],
            currency=row["currency"],
            kind=row["kind"],
            balance=_text(row["balance"], row["currency"]),
        )
        for row in rows
    ]


# The debtor stands on the debit side of a debit, and on the credit side of its return.
_DEBITS = """
SELECT m.{key} AS key, a.number, a.currency, SUM(m.kind = 'debit') AS settled, SUM(m.kind = 'return') AS returned,
    SUM(CASE m.kind WHEN 'debit' THEN m.amount ELSE -m.amount END) AS net
FROM move m JOIN account a ON a.id = CASE m.kind WHEN 'debit' THEN m.debit_account ELSE m.credit_account END
WHERE m.kind IN ('debit', 'return') AND (?1 IS NULL OR a.number = ?1) AND (?2 IS NULL OR m.{key} = ?2)
GROUP BY m.{key}, a.id ORDER BY m.{key}, a.number
"""


def debits(books: sqlite3.Connection, by: DebitKey, account: str | None, key: str | None) -> list[DebitView]:
    """What debtors paid, from the moves themselves, by end-to-end id or by remittance (the obligation)."""
    return [
        DebitView(
            key=row["key"],
            account=row["number"],
            currency=row["currency"],
            settled=row["settled"],
            returned=row["returned"],
            net=_text(row["net"], row["currency"]),
        )
        for row in books.execute(_DEBITS.format(key=by), (account, key))
    ]


_RECOMPUTED = """
SELECT a.number, a.currency, a.balance, COALESCE(d.amount, 0) AS debits, COALESCE(c.amount, 0) AS credits
FROM account a
LEFT JOIN (SELECT debit_account, SUM(amount) AS amount FROM move GROUP BY debit_account) d ON d.debit_account = a.id
LEFT JOIN (SELECT credit_account, SUM(amount) AS amount FROM move GROUP BY credit_account) c ON c.credit_account = a.id
ORDER BY a.number
"""


def proof(books: sqlite3.Connection) -> BooksView:
    """Recompute every balance from the moves and sum all of them: Σ = 0 in every currency."""
    rows = books.execute(_RECOMPUTED).fetchall()
    off = [row["number"] for row in rows if row["balance"] != row["credits"] - row["debits"]]
    currencies = [_proof_of(currency, rows) for currency in sorted({row["currency"] for row in rows})]
    nothing_made = all(each.debits == each.credits and not sum_of(rows, each.currency) for each in currencies)
    return BooksView(
        on=business_date(books),
        moves=books.execute("SELECT COUNT(*) FROM move").fetchone()[0],
        accounts=len(rows),
        currencies=currencies,
        accounts_off=off,
        balanced=nothing_made and not off,
    )


def sum_of(rows: list[sqlite3.Row], currency: str) -> int:
    """Σ of the balances kept in one currency, in minor units."""
    return sum(row["balance"] for row in rows if row["currency"] == currency)


def _proof_of(currency: str, rows: list[sqlite3.Row]) -> CurrencyProof:
    own = [row for row in rows if row["currency"] == currency]
    return CurrencyProof(
        currency=currency,
        debits=_text(sum(row["debits"] for row in own), currency),
        credits=_text(sum(row["credits"] for row in own), currency),
        sum_of_balances=_text(sum_of(rows, currency), currency),
    )


def _text(minor: int, currency: str) -> str:
    return f"{Money.from_minor(minor, currency).amount:f}"
