"""Mandates at the bank: registered (pain.009), amended (pain.010), cancelled (pain.011); each decided by a pain.012."""

import sqlite3
from datetime import date
from io import BytesIO

from app.bank_simulator.answers import issued_at, queue
from app.bank_simulator.corrections import BANK_NAME, Corrected, short_id
from app.bank_simulator.faults import Dice, Fault
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.mandates import (
    MandateAcceptance,
    MandateAmendment,
    MandateCancellation,
    MandateMessage,
    MandateRequest,
    read_mandate_message,
    write_mandate_message,
)
from domain.banking.messages.model import StatusReport

ACCEPTANCE_KIND = "pain.012.001.05"
REQUESTS = (b"pain.009.001", b"pain.010.001", b"pain.011.001")
REFUSED = "MD16"  # by the debtor
_NO_MANDATE = "MD01"
_REGISTER = "INSERT INTO mandate (mandate_id) VALUES (?) ON CONFLICT DO UPDATE SET ended_on = NULL"
_END = "UPDATE mandate SET ended_on = ? WHERE mandate_id = ? AND ended_on IS NULL"
_KNOWN = "SELECT 1 FROM mandate WHERE mandate_id = ? AND ended_on IS NULL"


def read_request(body: bytes) -> MandateMessage:
    """The message about a mandate. Raises what the reader does."""
    message = read_mandate_message(BytesIO(body))
    if isinstance(message, MandateAcceptance):
        raise UnexpectedMessage(expected="pain.009 / 010 / 011", found="pain.012")
    return message


def decide(books: sqlite3.Connection, body: bytes, today: date, dice: Dice) -> Corrected:
    """Register, amend or end a mandate, and put the decision in the queue of answers."""
    message = read_request(body)
    kind, mandate_id = _subject(message)
    reason = _decided(books, message, mandate_id, today, dice)
    acceptance = MandateAcceptance(
        message_id=f"MDT-{short_id(message.message_id)}",
        created_at=issued_at(today),
        initiating_name=BANK_NAME,
        original_message_id=message.message_id,
        original_kind=kind,
        mandate_id=mandate_id,
        is_accepted=reason is None,
        reason=reason,
    )
    out = BytesIO()
    write_mandate_message(acceptance, out)
    queue(books, ACCEPTANCE_KIND, acceptance.message_id, today, out.getvalue().decode())
    report = StatusReport(
        message_id=f"ACK-{short_id(message.message_id)}",
        created_at=issued_at(today),
        original_message_id=message.message_id,
        original_kind=kind,
        group_status="ACTC",
        items=(),
    )
    return Corrected(kind, message.message_id, report)


def _subject(message: MandateMessage) -> tuple[str, str]:
    match message:
        case MandateRequest(terms=terms):
            return "pain.009.001.05", terms.mandate_id or terms.request_id
        case MandateAmendment(original_mandate_id=mandate_id):
            return "pain.010.001.05", mandate_id
        case MandateCancellation(mandate_id=mandate_id):
            return "pain.011.001.05", mandate_id
    raise AssertionError(message)


def _decided(
    books: sqlite3.Connection, message: MandateMessage, mandate_id: str, today: date, dice: Dice
) -> str | None:
    """Why it is refused, if it is."""
    if isinstance(message, MandateCancellation):
        return None if books.execute(_END, (today.isoformat(), mandate_id)).rowcount else _NO_MANDATE
    if isinstance(message, MandateAmendment) and books.execute(_KNOWN, (mandate_id,)).fetchone() is None:
        return _NO_MANDATE
    if dice.strikes(Fault.MANDATE_REFUSED, message.message_id):
        return REFUSED
    books.execute(_REGISTER, (mandate_id,))
    return None
