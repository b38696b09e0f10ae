"""Late returns: a settled debit comes back days later, because the debtor was short or wants the money back."""

import sqlite3
from datetime import date
from io import BytesIO
from itertools import groupby

from app.bank_simulator.answers import NOTICE_KIND, issued_at, next_document_id, queue
from app.bank_simulator.books import Move, post
from app.bank_simulator.statements import entries_of
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import AccountNumber, Statement

_DUE = """
SELECT i.*, own.id AS own_id, other.id AS other_id FROM item i
JOIN account own ON own.number = i.own_account JOIN account other ON other.number = i.other_account
WHERE i.return_on <= ? AND i.returned_on IS NULL ORDER BY i.id
"""


def book_returns(books: sqlite3.Connection, today: date) -> int:
    """Give back what is to be returned today, whether the creditor can spare it or not, and tell it by camt.054."""
    due = books.execute(_DUE, (today.isoformat(),)).fetchall()
    last_move = books.execute("SELECT COALESCE(MAX(id), 0) FROM move").fetchone()[0]
    post(books, [_return_of(row, today) for row in due])
    books.executemany("UPDATE item SET returned_on = ? WHERE id = ?", [(today.isoformat(), row["id"]) for row in due])
    for number, _rows in groupby(sorted(row["own_account"] for row in due)):
        _notify(books, number, last_move, today)
    return len(due)


def _return_of(row: sqlite3.Row, today: date) -> Move:
    return Move(
        booked_on=today,
        value_date=today,
        debit=row["own_id"],
        credit=row["other_id"],
        amount=row["amount"],
        kind="return",
        end_to_end_id=row["end_to_end_id"],
        remittance=row["remittance"],
        return_reason=row["return_reason"],
    )


def _notify(books: sqlite3.Connection, number: str, last_move: int, today: date) -> None:
    """One notice per creditor's account with the returns booked behind `last_move`."""
    account = books.execute("SELECT * FROM account WHERE number = ?", (number,)).fetchone()
    notice_id = next_document_id(books, "NTC")
    notice = Statement(
        statement_id=notice_id,
        account=AccountNumber(number),
        currency=account["currency"],
        from_on=today,
        to_on=today,
        created_at=issued_at(today),
        balances=(),
        entries=entries_of(books, account, today, returned_after=last_move),
    )
    out = BytesIO()
    write_statements([notice], out, kind="camt.054", message_id=notice_id, created_at=issued_at(today))
    queue(books, NOTICE_KIND, notice_id, today, out.getvalue().decode())
