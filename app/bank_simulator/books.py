"""The bank's double entry: accounts, and moves that debit one and credit another."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.bank_simulator.errors import BankNotOpen, ReferenceReused
from app.bank_simulator.structs import AccountIn, DepositIn, ShortageIn, Taken
from domain.values.errors import InvalidValue, NotFound
from domain.values.money import Money

# Opening balances are brought forward from before any day, so that no statement shows them as an entry.
BROUGHT_FORWARD = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Money from the debit to the credit account, both by id; `amount` in minor units."""

    booked_on: date
    value_date: date
    debit: int
    credit: int
    amount: int
    kind: str
    end_to_end_id: str | None = None
    remittance: str = ""
    counterparty_name: str | None = None
    return_reason: str | None = None


def post(books: sqlite3.Connection, moves: Sequence[Move]) -> None:
    """Book the moves and bring the balances along."""
    books.executemany(
        "INSERT INTO move (booked_on, value_date, debit_account, credit_account, amount, kind, end_to_end_id,"
        " remittance, counterparty_name, return_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                move.booked_on.isoformat(),
                move.value_date.isoformat(),
                move.debit,
                move.credit,
                move.amount,
                move.kind,
                move.end_to_end_id,
                move.remittance,
                move.counterparty_name,
                move.return_reason,
            )
            for move in moves
        ],
    )
    net: Counter[int] = Counter()
    for move in moves:
        net[move.debit] -= move.amount
        net[move.credit] += move.amount
    books.executemany(
        "UPDATE account SET balance = balance + ? WHERE id = ?", [(change, account) for account, change in net.items()]
    )


def business_date(books: sqlite3.Connection) -> date | None:
    """Today at the bank, None before it was ever set."""
    row = books.execute("SELECT today FROM business_date").fetchone()
    return None if row is None else date.fromisoformat(row["today"])


def set_business_date(books: sqlite3.Connection, today: date) -> None:
    """It is `today` at the bank."""
    books.execute(
        "INSERT INTO business_date (only, today) VALUES (1, ?) ON CONFLICT DO UPDATE SET today = excluded.today",
        (today.isoformat(),),
    )


def require_open(books: sqlite3.Connection) -> date:
    """Today at the bank; raises BankNotOpen."""
    today = business_date(books)
    if today is None:
        raise BankNotOpen
    return today


def world(books: sqlite3.Connection, currency: str) -> int:
    """The id of the account beyond which lies everybody else's money, one per currency."""
    books.execute(
        "INSERT INTO account (number, name, currency, kind) VALUES (?, 'World', ?, 'world') ON CONFLICT DO NOTHING",
        (f"*{currency}*", currency),  # asterisks: no customer's number looks like this
    )
    return account_id(books, f"*{currency}*")


def account_id(books: sqlite3.Connection, number: str) -> int:
    """The id of an account by number; raises NotFound."""
    row = books.execute("SELECT id FROM account WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise NotFound(kind="account", reference=f"…{number[-4:]}")
    return int(row["id"])


def open_accounts(books: sqlite3.Connection, accounts: Iterable[AccountIn]) -> Taken:
    """Open what is new with its opening balance; of a known account take over all but balance and currency."""
    new = known = 0
    for account in accounts:
        closed_on = account.closed_on and account.closed_on.isoformat()
        row = (account.name, "own" if account.customer else "external", closed_on, account.number)
        if books.execute("UPDATE account SET name = ?, kind = ?, closed_on = ? WHERE number = ?", row).rowcount:
            known += 1
            continue
        books.execute(
            "INSERT INTO account (name, kind, closed_on, number, currency) VALUES (?, ?, ?, ?, ?)",
            (*row, account.currency),
        )
        _bring_forward(books, account)
        new += 1
    return Taken(new=new, known=known)


def _bring_forward(books: sqlite3.Connection, account: AccountIn) -> None:
    amount = Money.of(account.opening_balance, account.currency).minor
    if amount:
        debit, credit = world(books, account.currency), account_id(books, account.number)
        debit, credit = (debit, credit) if amount > 0 else (credit, debit)
        day = BROUGHT_FORWARD
        opening = Move(booked_on=day, value_date=day, debit=debit, credit=credit, amount=abs(amount), kind="opening")
        post(books, [opening])


def schedule_deposits(books: sqlite3.Connection, deposits: Iterable[DepositIn]) -> Taken:
    """Note cash to come; a known reference changes nothing. Raises NotFound, ReferenceReused, InvalidValue."""
    new = known = 0
    for deposit in deposits:
        account = books.execute("SELECT id, currency FROM account WHERE number = ?", (deposit.account,)).fetchone()
        if account is None:
            raise NotFound(kind="account", reference=f"…{deposit.account[-4:]}")
        amount = Money.of(deposit.amount, account["currency"]).minor
        if amount == 0:
            raise InvalidValue(field="amount", value=deposit.amount, reason="nothing moves", reason_zh="金额不能为零")
        row = (deposit.reference, account["id"], amount, deposit.on.isoformat())
        written = books.execute(
            "INSERT INTO deposit (reference, account, amount, due_on, text, counterparty_name)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*row, deposit.text or deposit.reference, deposit.counterparty_name),
        )
        new += written.rowcount
        known += 1 - written.rowcount
        if not written.rowcount and tuple(_deposit(books, deposit.reference)) != row:
            raise ReferenceReused(reference=deposit.reference)
    return Taken(new=new, known=known)


def schedule_shortages(books: sqlite3.Connection, shortages: Sequence[ShortageIn]) -> Taken:
    """Note who will be short of funds for what; the newest word on an account and reference counts."""
    before = books.execute("SELECT count(*) FROM shortage").fetchone()[0]
    books.executemany(
        "INSERT INTO shortage (account, reference, until) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET until = excluded.until",
        [(shortage.account, shortage.reference, shortage.until.isoformat()) for shortage in shortages],
    )
    new = books.execute("SELECT count(*) FROM shortage").fetchone()[0] - before
    return Taken(new=new, known=len(shortages) - new)


def _deposit(books: sqlite3.Connection, reference: str) -> sqlite3.Row:
    found: sqlite3.Row = books.execute(
        "SELECT reference, account, amount, due_on FROM deposit WHERE reference = ?", (reference,)
    ).fetchone()
    return found


def book_deposits(books: sqlite3.Connection, today: date) -> int:
    """Book what is due; a late one with the value date it was meant for. Returns how many."""
    due = books.execute(
        "SELECT d.*, a.currency FROM deposit d JOIN account a ON a.id = d.account"
        " WHERE d.booked_on IS NULL AND d.due_on <= ? ORDER BY d.due_on, d.rowid",
        (today.isoformat(),),
    ).fetchall()
    outside = {currency: world(books, currency) for currency in {row["currency"] for row in due}}
    post(books, [_deposit_move(row, outside[row["currency"]], today) for row in due])
    books.execute("UPDATE deposit SET booked_on = ?1 WHERE booked_on IS NULL AND due_on <= ?1", (today.isoformat(),))
    return len(due)


def _deposit_move(row: sqlite3.Row, outside: int, today: date) -> Move:
    arriving = row["amount"] > 0
    return Move(
        booked_on=today,
        value_date=date.fromisoformat(row["due_on"]),
        debit=outside if arriving else row["account"],
        credit=row["account"] if arriving else outside,
        amount=abs(row["amount"]),
        kind="deposit",
        remittance=row["text"],
        counterparty_name=row["counterparty_name"],
    )
