"""Receivables, their imports, and the debtor's answers."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import (
    MAX_ITEMS,
    ConfirmationId,
    ImportId,
    Moment,
    PartyId,
    Reason,
    ReceivableId,
    line,
    shown_id,
)
from app.money_dto import MoneyDto, shown
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.receivables.imports import ImportReport
from domain.receivables.parsing import InvoiceRow
from domain.receivables.row_errors import RowError
from domain.receivables.service import DebtorAnswer, Verification
from domain.receivables.states import Answer, ConfirmationState, ReceivableState
from domain.receivables.tables import Confirmation, InvoiceImport, Receivable

IMPORT, RECEIVABLE, CONFIRMATION = "imp", "rcv", "cnf"
Code = Annotated[str, line(64, "How the group's own systems call the firm.", "D-0007")]


class Invoice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An invoice of a seller to a debtor."""

    debtor_code: Code
    invoice_number: Annotated[str, line(64, "As printed on it.", "INV-2026-0042")]
    issued_on: date
    due_on: date
    total: MoneyDto
    invoice_code: Annotated[str, line(32, "Of a Chinese VAT invoice.", "011002100311", minimum=0)] = ""
    seller_code: Code | None = None

    def value(self, place: int) -> InvoiceRow:
        """The invoice as a row of a file would bring it."""
        return InvoiceRow(
            row=place,
            debtor_code=self.debtor_code,
            invoice_number=self.invoice_number,
            issued_on=self.issued_on,
            due_on=self.due_on,
            total=self.total.money(),
            invoice_code=self.invoice_code,
            seller_code=self.seller_code,
        )


class RegisterInvoices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Invoices to register, each by itself; `seller_id` is whose they are where an invoice names no seller."""

    items: Annotated[list[Invoice], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    seller_id: PartyId | None = None


class Receivables(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which receivables."""

    receivable_ids: Annotated[list[ReceivableId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class SettleDispute(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the dispute is over, and what is owed where that is less than the invoice."""

    reason: Reason
    amount: MoneyDto | None = None


class AnswerLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the debtor says to one invoice; without amount or due date, the invoice's own."""

    receivable_id: ReceivableId
    answer: Answer = Answer.CONFIRMED
    amount: MoneyDto | None = None
    due_on: date | None = None
    reason: Annotated[str, line(500, "Why it is disputed.", "Goods arrived damaged", minimum=0)] = ""

    def value(self) -> DebtorAnswer:
        """The answer. Raises NotFound."""
        return DebtorAnswer(
            receivable_id=parse_public_id(RECEIVABLE, self.receivable_id),
            answer=self.answer,
            amount=self.amount.money() if self.amount else None,
            due_on=self.due_on,
            reason=self.reason,
        )


class ProposeConfirmation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A debtor's answers to a list of invoices."""

    debtor_id: PartyId
    answers: Annotated[list[AnswerLine], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class ReceivableView(msgspec.Struct, kw_only=True):
    """A claim of a seller on a debtor; `confirmed_amount` is what the debtor signed, `unpaid` what of it is open."""

    id: ReceivableId
    seller_id: PartyId
    debtor_id: PartyId
    import_id: ImportId | None
    invoice_code: str
    invoice_number: str
    issued_on: date
    due_on: date
    face_amount: MoneyDto
    confirmed_amount: MoneyDto | None
    unpaid: MoneyDto
    state: ReceivableState
    resembles_registered: bool
    disputed_on: date | None
    dispute_reason: str
    created_at: Moment


class RowErrorView(msgspec.Struct, kw_only=True):
    """Why a row was not registered: the row and column to correct."""

    row: int
    column: str
    code: str
    message_en: str
    message_zh: str


class ImportReportView(msgspec.Struct, kw_only=True):
    """What became of each invoice: those in order are registered as drafts, the others refused with their reasons."""

    id: ImportId
    read: int
    registered: int
    receivable_ids: list[ReceivableId]
    refused: list[RowErrorView]


class ImportView(msgspec.Struct, kw_only=True):
    """An import of the past."""

    id: ImportId
    file_name: str
    rows_read: int
    rows_registered: int
    refused: list[RowErrorView]
    made_by: str
    created_at: Moment


class SubmittedView(msgspec.Struct, kw_only=True):
    """The receivables a second person submitted."""

    receivable_ids: list[ReceivableId]


class VerificationView(msgspec.Struct, kw_only=True):
    """Which receivables passed, and which wait for a person because they resemble a registered one."""

    verified: list[ReceivableId]
    held: list[ReceivableId]


class ConfirmationView(msgspec.Struct, kw_only=True):
    """A debtor's answers: in force once signed by a second person."""

    id: ConfirmationId
    debtor_id: PartyId
    state: ConfirmationState
    made_by: str
    created_at: Moment
    signed_at: Moment | None


def receivable_view(row: Receivable) -> ReceivableView:
    """The receivable as the API shows it."""
    return ReceivableView(
        id=row.public_id,
        seller_id=public_id(PARTY, row.seller_id),
        debtor_id=public_id(PARTY, row.debtor_id),
        import_id=shown_id(IMPORT, row.import_id),
        invoice_code=row.invoice_code,
        invoice_number=row.invoice_number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        face_amount=shown(row.face_amount),
        confirmed_amount=None if row.confirmed_minor is None else shown(row.confirmed_amount),
        unpaid=shown(row.unpaid),
        state=row.state,
        resembles_registered=row.resembles_registered,
        disputed_on=row.disputed_on,
        dispute_reason=row.dispute_reason,
        created_at=row.created_at,
    )


def row_error_view(error: RowError) -> RowErrorView:
    """What is wrong with a row."""
    return RowErrorView(
        row=error.row,
        column=error.column,
        code=error.code,
        message_en=error.message_en,
        message_zh=error.message_zh,
    )


def report_view(report: ImportReport) -> ImportReportView:
    """What became of an import."""
    return ImportReportView(
        id=public_id(IMPORT, report.import_id),
        read=report.read,
        registered=report.registered,
        receivable_ids=[public_id(RECEIVABLE, receivable_id) for receivable_id in report.receivable_ids],
        refused=[row_error_view(error) for error in report.refused],
    )


def import_view(row: InvoiceImport) -> ImportView:
    """An import as it was kept."""
    return ImportView(
        id=public_id(IMPORT, row.id),
        file_name=row.file_name,
        rows_read=row.rows_read,
        rows_registered=row.rows_registered,
        refused=msgspec.convert(row.refused, list[RowErrorView]),
        made_by=row.made_by,
        created_at=row.created_at,
    )


def verification_view(verification: Verification) -> VerificationView:
    """Passed and held."""
    return VerificationView(
        verified=[public_id(RECEIVABLE, receivable_id) for receivable_id in verification.verified],
        held=[public_id(RECEIVABLE, receivable_id) for receivable_id in verification.held],
    )


def confirmation_view(row: Confirmation) -> ConfirmationView:
    """The debtor's answers as the API shows them."""
    return ConfirmationView(
        id=public_id(CONFIRMATION, row.id),
        debtor_id=public_id(PARTY, row.debtor_id),
        state=row.state,
        made_by=row.made_by,
        created_at=row.created_at,
        signed_at=row.signed_at,
    )
