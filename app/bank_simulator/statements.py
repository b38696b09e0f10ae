"""Statements from the books: opening, every entry of the day, closing, to the cent."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from io import BytesIO

from app.bank_simulator.answers import issued_at
from app.bank_simulator.books import require_open
from app.bank_simulator.errors import DayNotReached
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import BOOKED, AccountNumber, Balance, Statement, StatementEntry
from domain.values.errors import NotFound
from domain.values.money import Money

# ISO 20022 bank transaction codes: issued and received direct debits and credit transfers, unpaid debits.
_CODES = {
    ("debit", "C"): "PMNT-IDDT-PMDD",
    ("debit", "D"): "PMNT-RDDT-PMDD",
    ("return", "D"): "PMNT-IDDT-UPDD",
    ("return", "C"): "PMNT-RDDT-UPDD",
    ("transfer", "D"): "PMNT-ICDT-DMCT",
    ("transfer", "C"): "PMNT-RCDT-DMCT",
    ("deposit", "C"): "PMNT-RCDT-DMCT",
    ("deposit", "D"): "PMNT-ICDT-DMCT",
}
_ENTRIES = """
SELECT m.*, 'D' AS side, other.number AS other_number, other.name AS other_name, other.kind AS other_kind
FROM move m JOIN account other ON other.id = m.credit_account WHERE m.booked_on = ?1 AND m.debit_account = ?2
UNION ALL
SELECT m.*, 'C', other.number, other.name, other.kind
FROM move m JOIN account other ON other.id = m.debit_account WHERE m.booked_on = ?1 AND m.credit_account = ?2
ORDER BY m.id
"""
# Balances are kept as of now: what was booked behind the day asked for is taken off again.
_BALANCES = """
WITH side AS (
    SELECT debit_account AS account, -amount AS amount, booked_on FROM move WHERE booked_on >= ?1
    UNION ALL SELECT credit_account, amount, booked_on FROM move WHERE booked_on >= ?1
)
SELECT a.*, a.balance - COALESCE(SUM(s.amount) FILTER (WHERE s.booked_on > ?1), 0) AS closing,
    a.balance - COALESCE(SUM(s.amount), 0) AS opening
FROM account a LEFT JOIN side s ON s.account = a.id
WHERE a.kind = 'own' AND (?2 IS NULL OR a.number = ?2) GROUP BY a.id ORDER BY a.number
"""


def statement_document(books: sqlite3.Connection, on: date, number: str | None) -> bytes:
    """The camt.053 of one day for one own account or all. Raises BankNotOpen, DayNotReached, NotFound."""
    today = require_open(books)
    if on > today:
        raise DayNotReached(today=today, on=on)
    accounts = books.execute(_BALANCES, (on.isoformat(), number)).fetchall()
    if not accounts:
        raise NotFound(kind="own account", reference="…" + (number or "")[-4:])
    out = BytesIO()
    write_statements(
        (_statement(books, account, on) for account in accounts),
        out,
        kind="camt.053",
        message_id=f"STMT-{on:%Y%m%d}" + ("" if number is None else f"-{accounts[0]['id']}"),
        created_at=issued_at(on),
    )
    return out.getvalue()


def _statement(books: sqlite3.Connection, account: sqlite3.Row, on: date) -> Statement:
    currency = account["currency"]
    return Statement(
        statement_id=f"ST-{on:%Y%m%d}-{account['id']}",
        account=AccountNumber(account["number"]),
        currency=currency,
        from_on=on,
        to_on=on,
        created_at=issued_at(on),
        balances=(
            Balance("OPBD", Money.from_minor(account["opening"], currency), on),
            Balance("CLBD", Money.from_minor(account["closing"], currency), on),
        ),
        entries=entries_of(books, account, on),
    )


def entries_of(
    books: sqlite3.Connection, account: sqlite3.Row, on: date, *, returned_after: int | None = None
) -> Iterator[StatementEntry]:
    """The entries of an account on a day; with `returned_after` only the returns it gave back behind that move."""
    for row in books.execute(_ENTRIES, (on.isoformat(), account["id"])).fetchall():
        is_wanted = returned_after is None or (
            row["kind"] == "return" and row["side"] == "D" and row["id"] > returned_after
        )
        if is_wanted:
            yield _entry(row, account["currency"])


def _entry(row: sqlite3.Row, currency: str) -> StatementEntry:
    amount = Money.from_minor(row["amount"] if row["side"] == "C" else -row["amount"], currency)
    is_outside = row["other_kind"] == "world"
    return StatementEntry(
        amount=amount,
        booked_on=date.fromisoformat(row["booked_on"]),
        value_date=date.fromisoformat(row["value_date"]),
        servicer_reference=f"BK{row['booked_on'].replace('-', '')}-{row['id']}{row['side']}",
        end_to_end_id=row["end_to_end_id"],
        status=BOOKED,
        bank_transaction_code=_CODES[row["kind"], row["side"]],
        return_reason=row["return_reason"],
        remittance=row["remittance"],
        counterparty_name=row["counterparty_name"] or (None if is_outside else row["other_name"]),
        counterparty_account=None if is_outside else AccountNumber(row["other_number"]),
    )
