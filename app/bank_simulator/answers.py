"""What the bank says back: status reports per message, notices of late returns, and the queue they wait in."""

import sqlite3
from datetime import UTC, date, datetime, time
from io import BytesIO

from app.bank_simulator.faults import Dice, Fault
from app.bank_simulator.structs import AnswersView, AnswerView
from domain.banking.messages import camt056, pain007
from domain.banking.messages.model import ItemStatus, StatusReport
from domain.banking.messages.pain002 import write_status_report

NOTICE_KIND = "camt.054.001.08"
REPORT_KIND = "pain.002.001.10"
CORRECTIONS = {pain007.KIND, camt056.KIND, "pain.009.001.05", "pain.010.001.05", "pain.011.001.05"}  # answered at once


def issued_at(on: date) -> datetime:
    """Noon of the business date: the bank reads no clock."""
    return datetime.combine(on, time(12), UTC)


def rendered(report: StatusReport) -> str:
    """The report as pain.002."""
    out = BytesIO()
    write_status_report(report, out)
    return out.getvalue().decode()


def issue_reports(books: sqlite3.Connection, today: date, dice: Dice) -> None:
    """Queue a report for every message with items to be reported today."""
    due = books.execute(
        "SELECT DISTINCT message FROM item WHERE reported = 0 AND report_on <= ? ORDER BY message", (today.isoformat(),)
    ).fetchall()
    for row in due:
        _issue_report(books, row["message"], today, dice)


def _issue_report(books: sqlite3.Connection, message: int, today: date, dice: Dice) -> None:
    fresh = books.execute(
        "UPDATE item SET reported = 1 WHERE message = ? AND reported = 0 AND report_on <= ? RETURNING *",
        (message, today.isoformat()),
    ).fetchall()
    items = [item_status(row) for row in sorted(fresh, key=lambda row: int(row["id"]))]
    report = _report(books, message, next_document_id(books, "RPT"), today, items)
    copies = 2 if dice.strikes(Fault.DUPLICATE_ANSWER, report.original_message_id) else 1
    for _ in range(copies):
        queue(books, REPORT_KIND, report.message_id, today, rendered(report))


def latest_report(books: sqlite3.Connection, message_id: str, today: date) -> str | None:
    """All the bank has said about a message so far, PDNG where it has said nothing; None when it never came."""
    message = books.execute("SELECT * FROM message WHERE message_id = ?", (message_id,)).fetchone()
    if message is None or message["status"] == "RJCT" or message["kind"] in CORRECTIONS:
        return None if message is None else str(message["answer"])
    rows = books.execute("SELECT * FROM item WHERE message = ? ORDER BY id", (message["id"],)).fetchall()
    told = sum(row["reported"] for row in rows)
    items = [item_status(row) if row["reported"] else _pending(row) for row in rows]
    return rendered(_report(books, message["id"], f"STS-{message['id']}-{told}", today, items))


def item_status(row: sqlite3.Row) -> ItemStatus:
    """An executed item as reported; only what settled has a value date."""
    settled_on = row["settled_on"]
    value_date = None if settled_on is None else date.fromisoformat(settled_on)
    return ItemStatus(row["end_to_end_id"], row["status"], row["reason"], value_date, row["block"])


def _pending(row: sqlite3.Row) -> ItemStatus:
    return ItemStatus(row["end_to_end_id"], "PDNG", block_id=row["block"])


def _report(
    books: sqlite3.Connection, message: int, message_id: str, today: date, items: list[ItemStatus]
) -> StatusReport:
    original = books.execute("SELECT message_id, kind FROM message WHERE id = ?", (message,)).fetchone()
    return StatusReport(
        message_id=message_id,
        created_at=issued_at(today),
        original_message_id=original["message_id"],
        original_kind=original["kind"],
        group_status=_group_status(books, message),
        items=items,
    )


def _group_status(books: sqlite3.Connection, message: int) -> str:
    """ACTC before anything is told; ACSC or RJCT when all items are told and alike; else PART."""
    told = books.execute(
        "SELECT COUNT(*) AS items, SUM(reported) AS told, SUM(reported AND status = 'ACSC') AS settled"
        " FROM item WHERE message = ?",
        (message,),
    ).fetchone()
    if not told["told"]:
        return "ACTC"
    if told["told"] < told["items"] or 0 < told["settled"] < told["items"]:
        return "PART"
    return "ACSC" if told["settled"] else "RJCT"


def queue(books: sqlite3.Connection, kind: str, message_id: str, on: date, xml: str) -> None:
    """Put a document at the end of the queue."""
    books.execute(
        "INSERT INTO answer (kind, message_id, issued_on, xml) VALUES (?, ?, ?, ?)",
        (kind, message_id, on.isoformat(), xml),
    )


def next_document_id(books: sqlite3.Connection, prefix: str) -> str:
    """An id no other document of the queue has."""
    return f"{prefix}-{queue_end(books) + 1}"


def queue_end(books: sqlite3.Connection) -> int:
    """The last cursor given out."""
    return int(books.execute("SELECT COALESCE(MAX(cursor), 0) FROM answer").fetchone()[0])


def answers_after(books: sqlite3.Connection, cursor: int, limit: int) -> AnswersView:
    """At most `limit` documents behind `cursor`, oldest first."""
    rows = books.execute("SELECT * FROM answer WHERE cursor > ? ORDER BY cursor LIMIT ?", (cursor, limit)).fetchall()
    answers = [
        AnswerView(
            cursor=row["cursor"],
            kind=row["kind"],
            message_id=row["message_id"],
            issued_on=date.fromisoformat(row["issued_on"]),
            xml=row["xml"],
        )
        for row in rows
    ]
    return AnswersView(answers=answers, next=answers[-1].cursor if answers else cursor)
