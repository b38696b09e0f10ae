"""Executing items that are due: who can pay does, who cannot is refused with the reason a bank gives."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.bank_simulator.books import Move, post
from app.bank_simulator.faults import Dice, Fault
from domain.values.business_days import BusinessCalendar

MAX_RETURN_DAYS = 4  # business days after settlement
RETURN_REASONS = ("AM04", "MD06")


@dataclass(slots=True)
class Account:
    """An account on the desk; `balance` runs ahead of the books until the moves are posted."""

    id: int
    name: str
    currency: str
    is_own: bool
    is_closed: bool
    balance: int


@dataclass(slots=True)
class Desk:
    """One cycle's work: accounts involved, moves made, outcomes of items, all written at the end by set operations."""

    today: date
    dice: Dice
    calendar: BusinessCalendar
    accounts: dict[str, Account]
    shortages: dict[str, set[str]]
    moves: list[Move] = field(default_factory=list)
    outcomes: list[dict[str, object]] = field(default_factory=list)

    def execute(self, item: sqlite3.Row) -> None:
        """Settle or refuse one item."""
        reason = self._refusal(item)
        if reason is None:
            self._settle(item)
        self.outcomes.append(
            {
                "id": item["id"],
                "message": item["message"],
                "status": "ACSC" if reason is None else "RJCT",
                "reason": reason,
                "settled_on": self.today.isoformat() if reason is None else None,
                "report_on": self.today.isoformat(),
                "return_on": None,
                "return_reason": None,
            }
            | (self._late_return(item) if reason is None else {})
        )

    def _refusal(self, item: sqlite3.Row) -> str | None:
        own, other = self.accounts[item["own_account"]], self.accounts.get(item["other_account"])
        if other is None:
            return "AC01"
        payer = other if item["direction"] == "debit" else own
        struck = self.dice.strikes(Fault.CLOSED_ACCOUNT, item["end_to_end_id"])
        # The client's own accounts do not close by accident when it pays between them.
        if own.is_closed or other.is_closed or (struck and (item["direction"] == "debit" or not other.is_own)):
            return "AC04"
        if own is other:
            return "AG01"
        if {own.currency, other.currency} != {item["currency"]}:
            return "AM03"
        return "AM04" if payer.balance < item["amount"] or self._is_short_for(item) else None

    def _is_short_for(self, item: sqlite3.Row) -> bool:
        """Whether the debtor keeps no funds for this very item yet."""
        lacking = self.shortages.get(item["other_account"], set())
        return item["direction"] == "debit" and not lacking.isdisjoint(item["remittance"].split())

    def _settle(self, item: sqlite3.Row) -> None:
        own, other = self.accounts[item["own_account"]], self.accounts[item["other_account"]]
        payer, payee = (other, own) if item["direction"] == "debit" else (own, other)
        payer.balance -= item["amount"]
        payee.balance += item["amount"]
        self.moves.append(
            Move(
                booked_on=self.today,
                value_date=self.today,
                debit=payer.id,
                credit=payee.id,
                amount=item["amount"],
                kind=item["direction"],
                end_to_end_id=item["end_to_end_id"],
                remittance=item["remittance"],
            )
        )

    def _late_return(self, item: sqlite3.Row) -> dict[str, object]:
        end_to_end_id = item["end_to_end_id"]
        if item["direction"] != "debit" or not self.dice.strikes(Fault.LATE_RETURN, end_to_end_id):
            return {}
        delay = 1 + self.dice.pick("return_delay", end_to_end_id, MAX_RETURN_DAYS)
        return {
            "return_on": self.calendar.add(self.today, delay).isoformat(),
            "return_reason": RETURN_REASONS[self.dice.pick("return_reason", end_to_end_id, len(RETURN_REASONS))],
        }

    def split_answers(self, references: dict[int, str]) -> None:
        """Let the second half of a message's outcomes be reported tomorrow, where the fault strikes."""
        tomorrow = (self.today + timedelta(days=1)).isoformat()
        by_message: dict[object, list[dict[str, object]]] = defaultdict(list)
        for outcome in self.outcomes:
            by_message[outcome["message"]].append(outcome)
        for message, reference in references.items():
            outcomes = by_message[message]
            if self.dice.strikes(Fault.PARTIAL_ANSWER, reference):
                for outcome in outcomes[(len(outcomes) + 1) // 2 :]:
                    outcome["report_on"] = tomorrow


def execute_due(books: sqlite3.Connection, today: date, dice: Dice, calendar: BusinessCalendar) -> tuple[int, int]:
    """Execute every waiting item whose date has come, in the order of arrival; returns settled and rejected."""
    items = books.execute(
        "SELECT * FROM item WHERE status IS NULL AND due_on <= ? ORDER BY id", (today.isoformat(),)
    ).fetchall()
    _open_payees(books, items)
    desk = Desk(today, dice, calendar, _accounts_of(books, today), _shortages(books, today))
    for item in items:
        desk.execute(item)
    desk.split_answers(_references(books, today))
    post(books, desk.moves)
    books.executemany(
        "UPDATE item SET status = :status, reason = :reason, settled_on = :settled_on, report_on = :report_on,"
        " return_on = :return_on, return_reason = :return_reason WHERE id = :id",
        desk.outcomes,
    )
    return len(desk.moves), len(items) - len(desk.moves)


def _open_payees(books: sqlite3.Connection, items: Iterable[sqlite3.Row]) -> None:
    """Whoever is paid has an account somewhere: an unknown payee is opened outside, in the payment's currency."""
    books.executemany(
        "INSERT INTO account (number, name, currency, kind) VALUES (?, ?, ?, 'external') ON CONFLICT DO NOTHING",
        [
            (item["other_account"], item["other_name"], item["currency"])
            for item in items
            if item["direction"] == "transfer"
        ],
    )


def _accounts_of(books: sqlite3.Connection, today: date) -> dict[str, Account]:
    rows = books.execute(
        "WITH due AS (SELECT own_account, other_account FROM item WHERE status IS NULL AND due_on <= ?1)"
        " SELECT *, COALESCE(closed_on <= ?1, 0) AS closed FROM account"
        " WHERE number IN (SELECT own_account FROM due UNION SELECT other_account FROM due)",
        (today.isoformat(),),
    )
    return {
        row["number"]: Account(
            id=row["id"],
            name=row["name"],
            currency=row["currency"],
            is_own=row["kind"] == "own",
            is_closed=bool(row["closed"]),
            balance=row["balance"],
        )
        for row in rows
    }


def _shortages(books: sqlite3.Connection, today: date) -> dict[str, set[str]]:
    """By account, the references it cannot pay yet."""
    shortages: dict[str, set[str]] = defaultdict(set)
    for row in books.execute("SELECT account, reference FROM shortage WHERE until > ?", (today.isoformat(),)):
        shortages[row["account"]].add(row["reference"])
    return shortages


def _references(books: sqlite3.Connection, today: date) -> dict[int, str]:
    rows = books.execute(
        "SELECT id, message_id FROM message"
        " WHERE id IN (SELECT message FROM item WHERE status IS NULL AND due_on <= ?)",
        (today.isoformat(),),
    )
    return {row["id"]: row["message_id"] for row in rows}
