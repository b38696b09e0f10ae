"""The bank: its books, its bad luck, its calendar, and what it can be asked to do. Every call is one transaction."""

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from app.bank_simulator import answers, books, intake, proof, statements
from app.bank_simulator.errors import DayPassed
from app.bank_simulator.execution import execute_due
from app.bank_simulator.faults import Dice
from app.bank_simulator.proof import DebitKey
from app.bank_simulator.returns import book_returns
from app.bank_simulator.store import Store
from app.bank_simulator.structs import (
    AccountIn,
    AnswersView,
    BalancesView,
    BooksView,
    DayView,
    DebitsView,
    DepositIn,
    ShortageIn,
    Taken,
)
from domain.values.business_days import BusinessCalendar
from domain.values.errors import NotFound


@dataclass(frozen=True, slots=True)
class Bank:
    """The calendar only counts days to late returns: this bank books on every day it is moved to."""

    store: Store
    dice: Dice
    calendar: BusinessCalendar

    def take_in(self, body: bytes) -> intake.Reply:
        """Take a payment file in; it is executed by the next cycle. Raises BankNotOpen."""
        with self.store.transaction() as rows:
            return intake.take_in(rows, body, books.require_open(rows), self.dice)

    def latest_report(self, message_id: str) -> str:
        """The pain.002 of a message as far as told. Raises BankNotOpen, NotFound."""
        with self.store.transaction() as rows:
            report = answers.latest_report(rows, message_id, books.require_open(rows))
        if report is None:
            raise NotFound(kind="message", reference=message_id)
        return report

    def answers_after(self, cursor: int, limit: int) -> AnswersView:
        """The queue behind `cursor`."""
        with self.store.transaction() as rows:
            return answers.answers_after(rows, cursor, limit)

    def statement_document(self, on: date, account: str | None) -> bytes:
        """The camt.053 of a day. Raises BankNotOpen, DayNotReached, NotFound."""
        with self.store.transaction() as rows:
            return statements.statement_document(rows, on, account)

    def open_accounts(self, accounts: list[AccountIn]) -> Taken:
        """Open accounts in bulk."""
        with self.store.transaction() as rows:
            return books.open_accounts(rows, accounts)

    def schedule_deposits(self, deposits: list[DepositIn]) -> Taken:
        """Schedule cash from outside in bulk; all or none."""
        with self.store.transaction() as rows:
            return books.schedule_deposits(rows, deposits)

    def schedule_shortages(self, shortages: list[ShortageIn]) -> Taken:
        """Note who will be short of funds for what, and until when."""
        with self.store.transaction() as rows:
            return books.schedule_shortages(rows, shortages)

    def move_to(self, on: date) -> DayView:
        """Live through every day up to `on`; today again runs another cycle of today. Raises DayPassed."""
        with self.store.transaction() as rows:
            today = books.business_date(rows)
            if today is not None and on < today:
                raise DayPassed(today=today, on=on)
            first = on if today is None else min(today + timedelta(days=1), on)
            days = [self._live(rows, first + timedelta(days=offset)) for offset in range((on - first).days + 1)]
        return DayView(
            on=on,
            deposits=sum(day.deposits for day in days),
            settled=sum(day.settled for day in days),
            rejected=sum(day.rejected for day in days),
            returned=sum(day.returned for day in days),
            answers=sum(day.answers for day in days),
        )

    def _live(self, rows: sqlite3.Connection, today: date) -> DayView:
        books.set_business_date(rows, today)
        queued = answers.queue_end(rows)
        deposits = books.book_deposits(rows, today)
        returned = book_returns(rows, today)
        settled, rejected = execute_due(rows, today, self.dice, self.calendar)
        answers.issue_reports(rows, today, self.dice)
        return DayView(
            on=today,
            deposits=deposits,
            settled=settled,
            rejected=rejected,
            returned=returned,
            answers=answers.queue_end(rows) - queued,
        )

    def balances(self) -> BalancesView:
        """All balances now."""
        with self.store.transaction() as rows:
            return BalancesView(on=books.business_date(rows), balances=proof.balances(rows))

    def debits(self, by: DebitKey, account: str | None, key: str | None) -> DebitsView:
        """What debtors paid, net of returns."""
        with self.store.transaction() as rows:
            return DebitsView(debits=proof.debits(rows, by, account, key))

    def proof(self) -> BooksView:
        """Σ = 0, recomputed."""
        with self.store.transaction() as rows:
            return proof.proof(rows)
