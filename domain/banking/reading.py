"""Answers read into lines: which instruction, what verdict. What cannot be believed is quarantined, with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from domain.banking.errors import ForeignReference
from domain.banking.messages.camt import read_statements
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.model import ItemStatus, Statement, StatementEntry, StatusReport
from domain.banking.messages.pain002 import read_status_report
from domain.banking.references import own_instruction_id, parse_message_id
from domain.banking.rules import verdict_of
from domain.banking.states import Verdict
from domain.banking.tables import BankMessage
from domain.parties.accounts import find_account_by_number
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.values.errors import DomainError


class Unbelievable(Exception):
    """An answer that cannot be applied as a whole; its text is the reason a person reads."""


@dataclass(frozen=True, slots=True)
class Line:
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
class Answered:
    """What an answer says: line by line, and of all other items of its message at once."""

    lines: list[Line]
    message_id: UUID | None = None
    others: Verdict | None = None
    others_because: str | None = None


def read_answer(session: TenantSession, content: bytes, keys: KeyRing) -> Answered:
    """The lines of a status report or a notice. Raises Unbelievable."""
    try:
        return _report(session, read_status_report(BytesIO(content)))
    except UnexpectedMessage:
        return _notices(session, content, keys)
    except DomainError as error:
        raise Unbelievable(error.message("en")) from error


def _report(session: TenantSession, report: StatusReport) -> Answered:
    message_id = _message(session, report.original_message_id)
    lines = [_status_line(session.tenant_id, item) for item in report.items]
    group = None if report.group_status is None else verdict_of(report.group_status)
    # A refused file takes every item with it. Settled as a group says it of all only when no item is named.
    is_for_all = group is Verdict.REJECTED or (group is Verdict.SETTLED and not lines)
    return Answered(lines, message_id, group if is_for_all else None, report.group_reason)


def _message(session: TenantSession, reference: str) -> UUID:
    try:
        tenant_id, number = parse_message_id(reference)
    except ForeignReference:
        raise Unbelievable(f"It answers “{reference}”, which is no message of ours.") from None
    if tenant_id != session.tenant_id:
        raise Unbelievable(f"It answers “{reference}”, a message of another tenant.")
    found: UUID | None = session.execute(
        select(col(BankMessage.id)).where(
            col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.number) == number
        )
    ).scalar_one_or_none()
    if found is None:
        raise Unbelievable(f"It answers “{reference}”, a message that was never made.")
    return found


def _status_line(tenant_id: int, item: ItemStatus) -> Line:
    verdict = verdict_of(item.status)
    if verdict is None:
        raise Unbelievable(f"Item “{item.end_to_end_id}” has the status “{item.status}”, which is not known.")
    return Line(
        instruction_id=own_instruction_id(tenant_id, item.end_to_end_id),
        end_to_end_id=item.end_to_end_id,
        verdict=verdict,
        reason=item.reason,
        value_date=item.value_date,
    )


def _notices(session: TenantSession, content: bytes, keys: KeyRing) -> Answered:
    try:
        return Answered(
            [line for notice in read_statements(BytesIO(content)) for line in _lines(session, notice, keys)]
        )
    except DomainError as error:
        raise Unbelievable(error.message("en")) from error


def _lines(session: TenantSession, notice: Statement, keys: KeyRing) -> Iterator[Line]:
    account = find_account_by_number(session, notice.account.number, keys, currency=notice.currency)
    if account is None or not account.own:
        raise Unbelievable("It is about an account that is not one of ours.")
    for entry in notice.entries:
        # What carries no reference of ours (a deposit, a fee) is told by the statement.
        if own_instruction_id(session.tenant_id, entry.end_to_end_id) is not None or entry.return_reason is not None:
            yield _entry_line(session.tenant_id, account.id, entry)


def _entry_line(tenant_id: int, account_id: UUID, entry: StatementEntry) -> Line:
    return Line(
        instruction_id=own_instruction_id(tenant_id, entry.end_to_end_id),
        end_to_end_id=entry.end_to_end_id or "",
        verdict=Verdict.SETTLED if entry.return_reason is None else Verdict.RETURNED,
        reason=entry.return_reason,
        value_date=entry.value_date or entry.booked_on,
        account_id=account_id,
        amount_minor=abs(entry.amount.minor),
        currency=entry.amount.currency,
    )
