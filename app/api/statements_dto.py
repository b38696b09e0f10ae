"""Bank statements, their entries, and whether the books agree with them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec

from app.fields import AccountId, Moment, StatementId
from app.money_dto import MoneyDto, shown
from app.paging import MAX_LIMIT
from domain.banking.statements import ImportedStatements
from domain.banking.states import EntryDirection, EntryState
from domain.banking.tables import Statement, StatementEntry, StatementEntryDetail
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.platform.ids import public_id
from domain.reconciliation.agreement import CashAgreement
from domain.reconciliation.states import Basis

Count = Annotated[int, msgspec.Meta(ge=0)]
STATEMENT = "stm"


class ImportedView(msgspec.Struct, kw_only=True):
    """What of a file was new."""

    statement_ids: list[StatementId]
    entries_new: Count
    entries_known: Count


class AnswerTaken(msgspec.Struct, kw_only=True):
    """Whether the answer was not there before."""

    new: bool


class StatementView(msgspec.Struct, kw_only=True):
    """One account over one period, as its bank states it."""

    id: StatementId
    account_id: AccountId
    bank_reference: str
    currency: str
    opened_on: date
    closed_on: date
    opening: MoneyDto | None
    closing: MoneyDto | None
    stated_at: Moment
    created_at: Moment


class EntryView(msgspec.Struct, kw_only=True):
    """One movement as the bank booked it, and what it was matched to."""

    id: int
    statement_id: StatementId
    account_id: AccountId
    direction: EntryDirection
    amount: MoneyDto
    booked_on: date
    value_date: date
    end_to_end_id: str | None
    remittance: str
    counterparty_name: str | None
    counterparty_masked: str | None
    state: EntryState
    instruction_id: int | None
    reason: str | None


class EntryDetailView(msgspec.Struct, kw_only=True):
    """One transaction of a batch; its amount is None where the bank does not break the entry down."""

    position: int
    amount: MoneyDto | None
    end_to_end_id: str | None
    servicer_reference: str | None
    return_reason: str | None
    remittance: str
    counterparty_name: str | None
    counterparty_masked: str | None


class EntryDetailsView(msgspec.Struct, kw_only=True):
    """What a batch entry consists of, in the bank's order; ask again behind the last position."""

    entry_id: int
    items: list[EntryDetailView]


class AgreementView(msgspec.Struct, kw_only=True):
    """An own account on a day: books, bank, and the difference, of which zero is the promise."""

    account_id: AccountId
    masked: str
    on: date
    stated_on: date
    basis: Basis
    books: MoneyDto
    bank: MoneyDto
    difference: MoneyDto
    on_statement_only: MoneyDto
    in_books_only: MoneyDto
    unexplained: MoneyDto
    unmatched: Count
    in_suspense: Count
    agrees: bool


class AgreementsView(msgspec.Struct, kw_only=True):
    """How the own accounts that have a statement by that day agreed.

    `items` are at most 200 of them, those that disagree first; GET /v1/cash-agreements pages through all.
    """

    on: date
    agrees: bool
    accounts: Count
    disagreeing: Count
    items: list[AgreementView]


class AgreeCash(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which day."""

    on: date


def imported_view(imported: ImportedStatements) -> ImportedView:
    """What was new."""
    return ImportedView(
        statement_ids=[public_id(STATEMENT, each) for each in imported.statement_ids],
        entries_new=imported.entries_new,
        entries_known=imported.entries_known,
    )


def statement_view(row: Statement) -> StatementView:
    """The statement as the API shows it."""
    return StatementView(
        id=public_id(STATEMENT, row.id),
        account_id=public_id(ACCOUNT, row.account_id),
        bank_reference=row.bank_reference,
        currency=row.currency,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        opening=None if row.opening_minor is None else MoneyDto.of_minor(row.opening_minor, row.currency),
        closing=None if row.closing is None else shown(row.closing),
        stated_at=row.stated_at,
        created_at=row.created_at,
    )


def entry_view(row: StatementEntry) -> EntryView:
    """The entry as the API shows it."""
    return EntryView(
        id=row.id,
        statement_id=public_id(STATEMENT, row.statement_id),
        account_id=public_id(ACCOUNT, row.account_id),
        direction=row.direction,
        amount=shown(row.amount),
        booked_on=row.booked_on,
        value_date=row.value_date,
        end_to_end_id=row.end_to_end_id,
        remittance=row.remittance,
        counterparty_name=row.counterparty_name,
        counterparty_masked=row.counterparty_masked,
        state=row.state,
        instruction_id=row.instruction_id,
        reason=row.reason,
    )


def entry_details_view(entry_id: int, details: Sequence[StatementEntryDetail]) -> EntryDetailsView:
    """The transactions of a batch."""
    return EntryDetailsView(entry_id=entry_id, items=[_detail_view(each) for each in details])


def _detail_view(row: StatementEntryDetail) -> EntryDetailView:
    minor, currency = row.amount_minor, row.currency
    return EntryDetailView(
        position=row.position,
        amount=None if minor is None or currency is None else MoneyDto.of_minor(minor, currency),
        end_to_end_id=row.end_to_end_id,
        servicer_reference=row.servicer_reference,
        return_reason=row.return_reason,
        remittance=row.remittance,
        counterparty_name=row.counterparty_name,
        counterparty_masked=row.counterparty_masked,
    )


def agreements_view(on: date, found: list[CashAgreement]) -> AgreementsView:
    """The day's agreement."""
    disagreeing = sum(not each.agrees for each in found)
    shown_first = sorted(found, key=lambda each: each.agrees)[:MAX_LIMIT]
    return AgreementsView(
        on=on,
        agrees=disagreeing == 0,
        accounts=len(found),
        disagreeing=disagreeing,
        items=[agreement_view(each) for each in shown_first],
    )


def agreement_view(row: CashAgreement) -> AgreementView:
    """One account's."""
    return AgreementView(
        account_id=public_id(ACCOUNT, row.account_id),
        masked=row.masked,
        on=row.on,
        stated_on=row.stated_on,
        basis=row.basis,
        books=shown(row.ledger),
        bank=shown(row.bank),
        difference=shown(row.difference),
        on_statement_only=shown(row.on_statement_only),
        in_books_only=shown(row.in_books_only),
        unexplained=shown(row.unexplained),
        unmatched=row.unmatched,
        in_suspense=row.in_suspense,
        agrees=row.agrees,
    )
