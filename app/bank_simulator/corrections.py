"""What the client takes back: reversals of settled debits (pain.007), recalls of debits and transfers (camt.056)."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO

from app.bank_simulator.answers import issued_at, queue, rendered
from domain.banking.messages import camt029, camt056, pain007
from domain.banking.messages.camt029 import ACCEPTED, REJECTED, write_resolution
from domain.banking.messages.corrections import Recall, RecallDecision, Resolution, Reversal
from domain.banking.messages.model import ItemStatus, StatusReport

BANK_NAME = "Simulated Bank"
_FIND = "SELECT * FROM item WHERE end_to_end_id = ? AND direction = ?"
_REVERSE = "UPDATE item SET return_on = ?, return_reason = ? WHERE id = ?"
_CANCEL = "UPDATE item SET status = 'RJCT', reason = 'CANC', report_on = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction as it was taken: its kind and id, and the pain.002 that says so."""

    kind: str
    message_id: str
    report: StatusReport


def reader_of(body: bytes) -> "Callable[[sqlite3.Connection, bytes, date], Corrected] | None":
    """Who takes the document in, told by its namespace; None for a payment file."""
    start = body[:1_000]
    if b"pain.007.001" in start:
        return reverse
    return recall if b"camt.056.001" in start else None


def reverse(books: sqlite3.Connection, body: bytes, today: date) -> Corrected:
    """Give settled debits back with the next cycle: whole, once, and only those that settled here."""
    file = pain007.read_reversals(BytesIO(body))
    items = list(file.items)
    told = [_reversed(books, item, today) for item in items]
    return Corrected(pain007.KIND, file.message_id, _report(pain007.KIND, file.message_id, told, today))


def _reversed(books: sqlite3.Connection, item: Reversal, today: date) -> ItemStatus:
    row = books.execute(_FIND, (item.end_to_end_id, "debit")).fetchone()
    if row is None or row["status"] != "ACSC":
        return ItemStatus(item.end_to_end_id, "RJCT", "NOOR")  # no original that settled
    if row["return_on"] is not None:
        return ItemStatus(item.end_to_end_id, "RJCT", "AM05")  # on its way back already
    if item.reversed_amount.minor != row["amount"] or item.reversed_amount.currency != row["currency"]:
        return ItemStatus(item.end_to_end_id, "RJCT", "AM09")  # in part it is a transfer of its own
    books.execute(_REVERSE, (today.isoformat(), item.reason, row["id"]))
    return ItemStatus(item.end_to_end_id, "ACCP")


def recall(books: sqlite3.Connection, body: bytes, today: date) -> Corrected:
    """Cancel what is not executed yet; of executed transfers the payee decides, and here it keeps what it has."""
    file = camt056.read_recalls(BytesIO(body))
    items = list(file.items)
    decisions = [_recalled(books, item, today) for item in items]
    _resolve(books, file.message_id, decisions, today)
    told = [ItemStatus(item.end_to_end_id, "ACCP") for item in items]
    return Corrected(camt056.KIND, file.message_id, _report(camt056.KIND, file.message_id, told, today))


def _recalled(books: sqlite3.Connection, item: Recall, today: date) -> RecallDecision:
    row = books.execute("SELECT * FROM item WHERE end_to_end_id = ?", (item.end_to_end_id,)).fetchone()
    if row is None or row["amount"] != item.amount.minor:
        return RecallDecision(item.recall_id, item.end_to_end_id, REJECTED, "NOOR")
    if row["status"] is not None:
        return RecallDecision(item.recall_id, item.end_to_end_id, REJECTED, "CUST")
    books.execute(_CANCEL, (today.isoformat(), row["id"]))
    return RecallDecision(item.recall_id, item.end_to_end_id, ACCEPTED)


def _resolve(books: sqlite3.Connection, message_id: str, decisions: list[RecallDecision], today: date) -> None:
    done = sum(decision.status == ACCEPTED for decision in decisions)
    resolution = Resolution(
        message_id=f"RES-{short_id(message_id)}",
        created_at=issued_at(today),
        assigner=BANK_NAME,
        original_message_id=message_id,
        confirmation="CNCL" if done == len(decisions) else "PECR" if done else "RJCR",
        decisions=decisions,
    )
    out = BytesIO()
    write_resolution(resolution, out)
    queue(books, camt029.KIND, resolution.message_id, today, out.getvalue().decode())


def _report(kind: str, message_id: str, items: Iterable[ItemStatus], today: date) -> StatusReport:
    told = list(items)
    refused = sum(item.status == "RJCT" for item in told)
    return StatusReport(
        message_id=f"ACK-{short_id(message_id)}",
        created_at=issued_at(today),
        original_message_id=message_id,
        original_kind=kind,
        group_status="RJCT" if refused == len(told) else "PART" if refused else "ACTC",
        items=told,
    )


def short_id(message_id: str) -> str:
    """A part of the ids of what answers a message."""
    return sha256(message_id.encode()).hexdigest()[:24]


def answer_of(corrected: Corrected) -> str:
    """The pain.002 as it is sent."""
    return rendered(corrected.report)
