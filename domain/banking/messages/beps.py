"""The batch pair of the BEPS as a bank's host takes it: 380 collections out, 381 answers in, fixed fields on lines."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import BinaryIO

from domain.banking.messages.errors import ControlSumMismatch, FieldRefused, MessageIncomplete, UnexpectedMessage
from domain.banking.messages.fields import count_of
from domain.banking.messages.fixed import fixed_date, fixed_records, fixed_required
from domain.banking.messages.initiation import Written
from domain.banking.messages.layouts import layout_table
from domain.banking.messages.lines import MAX_LINE_BYTES
from domain.banking.messages.model import (
    ControlSum,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    ItemStatus,
    StatusReport,
)
from domain.values.money import Money

KIND = "beps.380"
OWN_REASON = "381:"
_OUT, _IN = "beps_380", "beps_381"


def write_beps_debits(file: DirectDebitFile, out: BinaryIO) -> ControlSum:
    """Write the one block of `file` as a 380, item by item.

    Raises FieldRefused for what does not fit its field or a second block, ControlSumMismatch when the items are not
    what the header declares; what `out` holds is then no message.
    """
    records, written, block = fixed_records(_OUT), Written(), None
    for block in file.blocks:
        if written.count:
            raise FieldRefused.malformed("380", block.block_id, "one block in a file")
        for place, item in enumerate(block.items, start=1):
            if place == 1:
                out.write(records["batch"].write(_batch(file, block, item.amount.currency)))
            out.write(records["item"].write(_item(place, item)))
            written.add(item.amount)
    if block is None or not written.count:
        raise FieldRefused.empty("380")
    total = _minor(written.total, item.amount.currency)
    out.write(records["end"].write({"count": written.count, "total": total}))
    return written.agreed(file.count, file.total)


def _minor(total: Decimal, currency: str) -> int:
    return Money(total, currency).minor


def _batch(file: DirectDebitFile, block: DirectDebitBlock, currency: str) -> dict[str, object]:
    if file.count is None or file.total is None:
        raise FieldRefused.empty("count")
    return {
        "message_id": file.message_id,
        "created_on": file.created_at.date(),
        "due_on": block.collection_on,
        "count": file.count,
        "total": _minor(file.total, currency),
        "currency": currency,
        "bank_id": block.creditor.bank_id,
        "account": block.creditor.account.number,
        "name": block.creditor.name,
        "scheme_id": block.creditor_scheme_id,
    }


def _item(place: int, item: DirectDebit) -> dict[str, object]:
    return {
        "place": place,
        "end_to_end_id": item.end_to_end_id,
        "amount": item.amount.minor,
        "bank_id": item.debtor.bank_id,
        "account": item.debtor.account.number,
        "name": item.debtor.name,
        "mandate_id": item.mandate_id,
        "remittance": item.remittance,
    }


def is_beps_report(start: bytes) -> bool:
    """Whether a document that begins so is a 381."""
    return start.startswith(fixed_records(_IN)["batch"].marker)


def read_beps_report(source: BinaryIO) -> StatusReport:
    """A 381 as a status report, its items streamed: it is whole only when the last is read.

    Raises UnexpectedMessage, MessageIncomplete, FieldRefused, ControlSumMismatch.
    """
    lines = _lines(source)
    number, first = next(lines, (0, b""))
    record = fixed_records(_IN)["batch"]
    if not first.startswith(record.marker):
        raise UnexpectedMessage(expected="381", found=first[:20].decode("ascii", "replace"))
    head = record.read(first, number)
    created_on = fixed_date("created_on", head["created_on"]) or date.min
    return StatusReport(
        message_id=fixed_required("message_id", head["message_id"]),
        created_at=datetime.combine(created_on, time(), UTC),
        original_message_id=fixed_required("original_message_id", head["original_message_id"]),
        original_kind=KIND,
        group_status=_status(number, head["status"]),
        items=_items(lines),
        group_reason=_reason(head["reason"]),
    )


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := source.readline(MAX_LINE_BYTES):
        number += 1
        if stripped := line.rstrip(b"\r\n"):
            yield number, stripped


def _items(lines: Iterator[tuple[int, bytes]]) -> Iterator[ItemStatus]:
    records = fixed_records(_IN)
    for count, (number, line) in enumerate(lines):
        if line.startswith(records["end"].marker):
            declared = count_of("381T", records["end"].read(line, number)["count"])
            if declared != count:
                raise ControlSumMismatch(
                    declared_count=declared, declared_total=None, actual_count=count, actual_total=Decimal(0)
                )
            return
        if not line.startswith(records["item"].marker):
            raise FieldRefused.malformed(f"line {number}", line[:4].decode("ascii", "replace"), "381D / 381T")
        said = records["item"].read(line, number)
        yield ItemStatus(
            end_to_end_id=fixed_required(f"line {number}: end_to_end_id", said["end_to_end_id"]),
            status=_status(number, said["status"]),
            reason=_reason(said["reason"]),
            value_date=fixed_date(f"line {number}: settled_on", said["settled_on"]),
        )
    raise MessageIncomplete(element="381T")


def _status(number: int, written: str) -> str:
    known: dict[str, str] = layout_table(_IN)["statuses"]
    if written not in known:
        raise FieldRefused.malformed(f"line {number}: status", written, " / ".join(known))
    return known[written]


def _reason(written: str) -> str | None:
    """The ISO code, or one of the bank's own that nobody may guess at, so that no rule takes it for one it knows."""
    known: dict[str, str] = layout_table(_IN)["reasons"]
    return known.get(written, f"{OWN_REASON}{written}") if written else None
