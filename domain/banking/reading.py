"""Answers read into lines: which instruction, what verdict. What cannot be believed is quarantined, with the reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from domain.banking.errors import ForeignReference
from domain.banking.messages.camt import read_statements
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.formats import read_any_report
from domain.banking.messages.model import BlockStatus, ItemStatus, StatementEntry, StatusReport
from domain.banking.ownership import OwnAccounts
from domain.banking.references import own_instruction_id, own_instruction_ids, parse_message_id, parse_payment_block_id
from domain.banking.rules import verdict_of
from domain.banking.states import Verdict
from domain.banking.tables import BankMessage, MessageBlock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.values.errors import DomainError


class Unbelievable(Exception):
    """An answer that cannot be applied as a whole; its text is the reason a person reads."""


class Line(NamedTuple):
    """One line of an answer."""

    instruction_id: int | None
    end_to_end_id: str
    verdict: Verdict
    reason: str | None = None
    value_date: date | None = None
    account_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Others:
    """What an answer says of all items it does not name: of its message, or of one own account's block of it."""

    verdict: Verdict
    reason: str | None
    own_account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer says: line by line, and of other items of its message at once."""

    lines: list[Line]
    message_id: UUID | None = None
    others: Sequence[Others] = ()


@dataclass(frozen=True, slots=True)
class _Report:
    """A status report as read: of which message, by its number."""

    reference: str
    number: int
    lines: list[Line]
    group: Verdict | None
    group_reason: str | None
    blocks: Sequence[BlockStatus]


@dataclass(frozen=True, slots=True)
class _Notice:
    """A notice of one account as read."""

    number: str
    currency: str
    entries: list[StatementEntry]


_Document = _Report | list[_Notice]


def read_answers(
    session: TenantSession, contents: Mapping[UUID, bytes], keys: KeyRing
) -> dict[UUID, Answered | Unbelievable]:
    """What status reports and notices say, by answer, or why one is not to be believed; a statement or two for all."""
    documents = {answer_id: _parsed(session.tenant_id, content) for answer_id, content in contents.items()}
    reports = [document for document in documents.values() if isinstance(document, _Report)]
    notices = [notice for document in documents.values() if isinstance(document, list) for notice in document]
    desk = _Desk(
        session.tenant_id,
        _messages(session, reports),
        OwnAccounts.look_up(session, [notice.number for notice in notices], keys),
    )
    return {answer_id: desk.answered(document) for answer_id, document in documents.items()}


def _parsed(tenant_id: int, content: bytes) -> _Document | Unbelievable:
    try:
        return _report(tenant_id, read_any_report(BytesIO(content)))
    except UnexpectedMessage:
        return _notices(content)
    except DomainError as error:
        return Unbelievable(error.message("en"))
    except Unbelievable as unbelievable:
        return unbelievable


def _report(tenant_id: int, report: StatusReport) -> _Report:
    """Raises Unbelievable, and what the reader does."""
    reference = report.original_message_id
    number = _message_number(tenant_id, reference)
    lines = list(_status_lines(tenant_id, report.items))
    group = None if report.group_status is None else verdict_of(report.group_status)
    return _Report(reference, number, lines, group, report.group_reason, report.blocks)


def _message_number(tenant_id: int, reference: str) -> int:
    try:
        owner, number = parse_message_id(reference)
    except ForeignReference:
        raise Unbelievable(f"It answers “{reference}”, which is no message of ours.") from None
    if owner != tenant_id:
        raise Unbelievable(f"It answers “{reference}”, a message of another tenant.")
    return number


def _status_lines(tenant_id: int, items: Iterable[ItemStatus]) -> Iterator[Line]:
    instruction_id = own_instruction_ids(tenant_id)
    for name, status, reason, value_date, _ in items:
        verdict = verdict_of(status)
        if verdict is None:
            raise Unbelievable(f"Item “{name}” has the status “{status}”, which is not known.")
        yield Line(instruction_id(name), name, verdict, reason, value_date)


def _notices(content: bytes) -> list[_Notice] | Unbelievable:
    try:
        return [
            _Notice(notice.account.number, notice.currency, list(notice.entries))
            for notice in read_statements(BytesIO(content))
        ]
    except DomainError as error:
        return Unbelievable(error.message("en"))


@dataclass(frozen=True, slots=True)
class _Message:
    """A message of ours, and which own account each of its payment blocks is about, by position."""

    id: UUID
    blocks: dict[int, UUID]


def _messages(session: TenantSession, reports: Sequence[_Report]) -> dict[int, _Message]:
    """By number. The blocks are looked up only where a report speaks of blocks."""
    if not reports:
        return {}
    found = session.execute(
        select(col(BankMessage.number), col(BankMessage.id)).where(
            col(BankMessage.tenant_id) == session.tenant_id,
            col(BankMessage.number).in_({report.number for report in reports}),
        )
    )
    messages = {number: _Message(message_id, {}) for number, message_id in found}
    spoken_of = [messages[report.number] for report in reports if report.blocks and report.number in messages]
    by_id = {message.id: message for message in spoken_of}
    if by_id:
        blocks = select(
            col(MessageBlock.message_id), col(MessageBlock.position), col(MessageBlock.own_account_id)
        ).where(col(MessageBlock.tenant_id) == session.tenant_id, col(MessageBlock.message_id).in_(by_id))
        for message_id, position, account_id in session.execute(blocks):
            by_id[message_id].blocks[position] = account_id
    return messages


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is known of the messages and accounts that answers name."""

    tenant_id: int
    messages: Mapping[int, _Message]
    accounts: OwnAccounts

    def answered(self, document: _Document | Unbelievable) -> Answered | Unbelievable:
        """What the document comes to."""
        if isinstance(document, Unbelievable):
            return document
        try:
            if isinstance(document, _Report):
                return self._report(document)
            return Answered([line for notice in document for line in self._lines(notice)])
        except DomainError as error:
            return Unbelievable(error.message("en"))
        except Unbelievable as unbelievable:
            return unbelievable

    def _report(self, report: _Report) -> Answered:
        message = self.messages.get(report.number)
        if message is None:
            raise Unbelievable(f"It answers “{report.reference}”, a message that was never made.")
        others = [others for block in report.blocks if (others := self._of_block(report, message, block))]
        # A refused file takes every item with it. Settled as a group says it of all only when no item is named.
        if report.group is Verdict.REJECTED or (report.group is Verdict.SETTLED and not report.lines):
            others.append(Others(report.group, report.group_reason))
        return Answered(report.lines, message.id, others)

    def _of_block(self, report: _Report, message: _Message, block: BlockStatus) -> Others | None:
        """A refused payment block takes its items with it, and those of no other block."""
        verdict = verdict_of(block.status)
        if not (verdict is Verdict.REJECTED or (verdict is Verdict.SETTLED and not block.named)):
            return None
        reason = report.group_reason or block.reason
        if len(message.blocks) == 1:
            return Others(verdict, reason)
        return Others(verdict, reason, _account_of(report, message, block.block_id))

    def _lines(self, notice: _Notice) -> Iterator[Line]:
        account_id = self.accounts.find(notice.number, notice.currency)
        if account_id is None:
            raise Unbelievable("It is about an account that is not one of ours.")
        for entry in notice.entries:
            instruction_id = own_instruction_id(self.tenant_id, entry.end_to_end_id)
            # What carries no reference of ours (a deposit, a fee) is told by the statement.
            if instruction_id is not None or entry.return_reason is not None:
                yield _entry_line(instruction_id, account_id, entry)


def _account_of(report: _Report, message: _Message, block_id: str) -> UUID:
    try:
        number, position = parse_payment_block_id(block_id)
    except ForeignReference:
        number, position = 0, 0
    if number != report.number or position not in message.blocks:
        raise Unbelievable(f"It speaks of “{block_id}”, which is no payment block of “{report.reference}”.")
    return message.blocks[position]


def _entry_line(instruction_id: int | None, account_id: UUID, entry: StatementEntry) -> Line:
    return Line(
        instruction_id=instruction_id,
        end_to_end_id=entry.end_to_end_id or "",
        verdict=Verdict.SETTLED if entry.return_reason is None else Verdict.RETURNED,
        reason=entry.return_reason,
        value_date=entry.value_date or entry.booked_on,
        account_id=account_id,
        amount_minor=abs(entry.amount.minor),
        currency=entry.amount.currency,
    )
