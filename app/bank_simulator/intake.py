"""Taking a payment file in: read, checked as a whole, kept once under its message id."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from io import BytesIO

from app.bank_simulator.answers import issued_at, rendered
from app.bank_simulator.corrections import Corrected, answer_of, reader_of, reverse
from app.bank_simulator.faults import Dice
from app.bank_simulator.mandates import REQUESTS, decide, read_request
from app.bank_simulator.structs import ACCOUNT_PATTERN
from domain.banking.messages import pain001, pain008
from domain.banking.messages.camt056 import read_recalls
from domain.banking.messages.errors import ControlSumMismatch, FieldRefused, UnexpectedMessage
from domain.banking.messages.model import (
    CreditTransfer,
    CreditTransferFile,
    DirectDebit,
    DirectDebitFile,
    ItemStatus,
    Party,
    StatusReport,
)
from domain.banking.messages.pain007 import read_reversals
from domain.banking.messages.parts import NOT_PROVIDED
from domain.banking.messages.writing import TEXT_LIMIT, identifier
from domain.values.errors import DomainError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
ACCEPTED, CONFLICT, UNREADABLE = 202, 409, 400


@dataclass(frozen=True, slots=True)
class Order:
    """One item as the bank keeps it; `own_account` is the client's, `other_account` the debtor's or payee's."""

    end_to_end_id: str
    amount: int
    currency: str
    own_account: str
    other_account: str
    other_name: str
    remittance: str
    due_on: date
    block_id: str


@dataclass(slots=True)
class Received:
    """A file as read; `mismatch` is the reason code when its sums are wrong."""

    kind: str
    direction: str
    message_id: str = NOT_PROVIDED
    mismatch: str | None = None
    orders: list[Order] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reply:
    """HTTP status and pain.002; `is_new` when the message had not been here before."""

    status: int
    answer: str
    message_id: str
    is_new: bool = False


def take_in(books: sqlite3.Connection, body: bytes, today: date, dice: Dice) -> Reply:
    """Answer a file: 202 taken or refused as a whole, 409 another file under its id, 400 unreadable and not kept.

    What cannot be read is not kept, because a file cut off on its way must be able to come again under its own id.
    """
    correct = _taker_of(body, dice)
    try:
        received = _head(body) if correct else _read(body)
    except DomainError:
        unreadable = Received(kind="pain", direction="")
        return Reply(UNREADABLE, _answer(unreadable, today, "RJCT", "FF01"), NOT_PROVIDED)
    digest = sha256(body).hexdigest()
    known = books.execute("SELECT * FROM message WHERE message_id = ?", (received.message_id,)).fetchone()
    if known is None and correct:
        return _keep_correction(books, correct(books, body, today), digest)
    if known is None:
        return _keep(books, received, digest, today)
    if known["digest"] != digest:
        return Reply(CONFLICT, _answer(received, today, "RJCT", "DU01"), received.message_id)
    return Reply(ACCEPTED, known["answer"], received.message_id)


def _taker_of(body: bytes, dice: Dice) -> Callable[[sqlite3.Connection, bytes, date], Corrected] | None:
    """Who takes in what is no payment file."""
    return partial(decide, dice=dice) if _is_about_a_mandate(body) else reader_of(body)


def _is_about_a_mandate(body: bytes) -> bool:
    return any(kind in body[:1_000] for kind in REQUESTS)


def _head(body: bytes) -> Received:
    """What is said of the message as a whole, read to its end, so that nothing is done of one that is cut off."""
    if _is_about_a_mandate(body):
        return Received("pain.009", "", read_request(body).message_id)
    file = read_reversals(BytesIO(body)) if reader_of(body) is reverse else read_recalls(BytesIO(body))
    for _item in file.items:
        pass
    return Received(file.original_kind, "", file.message_id)


def _keep_correction(books: sqlite3.Connection, corrected: Corrected, digest: str) -> Reply:
    answer, status = answer_of(corrected), corrected.report.group_status
    books.execute(
        "INSERT INTO message (message_id, kind, digest, status, answer) VALUES (?, ?, ?, ?, ?)",
        (corrected.message_id, corrected.kind, digest, "RJCT" if status == "RJCT" else "ACTC", answer),
    )
    return Reply(ACCEPTED, answer, corrected.message_id, is_new=True)


def _keep(books: sqlite3.Connection, received: Received, digest: str, today: date) -> Reply:
    reason, items = _fault_of(books, received)
    status = "ACTC" if reason is None else "RJCT"
    answer = _answer(received, today, status, reason, items)
    message = books.execute(
        "INSERT INTO message (message_id, kind, digest, status, answer) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (received.message_id, received.kind, digest, status, answer),
    ).fetchone()["id"]
    if reason is None:
        _keep_orders(books, message, received)
    return Reply(ACCEPTED, answer, received.message_id, is_new=True)


def _keep_orders(books: sqlite3.Connection, message: int, received: Received) -> None:
    books.executemany(
        "INSERT INTO item (message, direction, end_to_end_id, amount, currency, own_account, other_account,"
        " other_name, remittance, due_on, block) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                message,
                received.direction,
                order.end_to_end_id,
                order.amount,
                order.currency,
                order.own_account,
                order.other_account,
                order.other_name,
                order.remittance,
                order.due_on.isoformat(),
                order.block_id,
            )
            for order in received.orders
        ),
    )


def _fault_of(books: sqlite3.Connection, received: Received) -> tuple[str | None, list[ItemStatus]]:
    """Why the file is refused as a whole, if it is: its sums, one of its own accounts, ids that were used before."""
    if received.mismatch is not None:
        return received.mismatch, []
    for number in {order.own_account for order in received.orders}:
        own = books.execute("SELECT 1 FROM account WHERE number = ? AND kind = 'own'", (number,)).fetchone()
        if own is None:
            return ("AC03" if received.direction == "debit" else "AC02"), []
    repeated = _repeated(books, [order.end_to_end_id for order in received.orders])
    return ("AM05" if repeated else None), [ItemStatus(each, "RJCT", "AM05") for each in repeated]


def _repeated(books: sqlite3.Connection, end_to_end_ids: list[str]) -> list[str]:
    counted = Counter(end_to_end_ids)
    find = "SELECT 1 FROM item WHERE end_to_end_id = ?"
    return [each for each, times in counted.items() if times > 1 or books.execute(find, (each,)).fetchone()]


def _answer(received: Received, today: date, status: str, reason: str | None, items: Iterable[ItemStatus] = ()) -> str:
    return rendered(
        StatusReport(
            message_id=f"ACK-{sha256(received.message_id.encode()).hexdigest()[:24]}",
            created_at=issued_at(today),
            original_message_id=received.message_id,
            original_kind=received.kind,
            group_status=status,
            items=items,
            group_reason=reason,
        )
    )


def _read(body: bytes) -> Received:
    """The file, whichever kind it is. Raises the errors of the readers, but keeps a control sum's in `mismatch`."""
    try:
        debits = pain008.read_direct_debits(BytesIO(body))
    except UnexpectedMessage:
        transfers = pain001.read_credit_transfers(BytesIO(body))
        return _gather(pain001.KIND, "transfer", transfers.message_id, _transfers(transfers))
    return _gather(pain008.KIND, "debit", debits.message_id, _debits(debits))


def _gather(kind: str, direction: str, message_id: str, orders: Iterator[Order]) -> Received:
    """All orders of a file, once its last one has proved it whole."""
    identifier("MsgId", message_id)
    received = Received(kind, direction, message_id)
    try:
        received.orders.extend(orders)
    except ControlSumMismatch as error:
        counts_agree = error.facts["declared_count"] == error.facts["actual_count"]
        received.mismatch = "AM10" if counts_agree else "AM18"
    return received


def _debits(file: DirectDebitFile) -> Iterator[Order]:
    for block in file.blocks:
        identifier("PmtInfId", block.block_id)
        for item in block.items:
            yield _order(block.block_id, item, block.creditor, item.debtor, block.collection_on)


def _transfers(file: CreditTransferFile) -> Iterator[Order]:
    for block in file.blocks:
        identifier("PmtInfId", block.block_id)
        for item in block.items:
            yield _order(block.block_id, item, block.debtor, item.creditor, block.execution_on)


def _order(block_id: str, item: DirectDebit | CreditTransfer, own: Party, other: Party, on: date) -> Order:
    """Checked as the schema would: what could not be written on a statement is not taken in."""
    for number in (own.account.number, other.account.number):
        if not re.fullmatch(ACCOUNT_PATTERN, number):
            raise FieldRefused.malformed("Acct/Id", f"…{number[-4:]}", "an account number")
    if item.amount.amount <= 0:
        raise FieldRefused.malformed("InstdAmt", str(item.amount), "an amount above zero")
    identifier("EndToEndId", item.end_to_end_id)
    return Order(
        end_to_end_id=item.end_to_end_id,
        amount=item.amount.minor,
        currency=item.amount.currency,
        own_account=own.account.number,
        other_account=other.account.number,
        other_name=_tidy(other.name) or "—",
        remittance=_tidy(item.remittance),
        due_on=on,
        block_id=block_id,
    )


def _tidy(text: str) -> str:
    """On one line and no longer than a statement's field; a bank does cut what it copies."""
    return " ".join(_CONTROL.sub(" ", text).split())[:TEXT_LIMIT]
