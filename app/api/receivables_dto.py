"""Receivables and their imports."""

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
from domain.platform.ids import public_id
from domain.receivables.imports import ImportReport
from domain.receivables.parsing import InvoiceRow
from domain.receivables.row_errors import RowError
from domain.receivables.service import Verification
from domain.receivables.states import ConfirmationGrade, ReceivableState
from domain.receivables.tables import Confirmation, InvoiceImport, Receivable

IMPORT, RECEIVABLE, CONFIRMATION = "imp", "rcv", "cnf"
MAX_INVOICES = 10_000  # of one call: three seconds of work; more comes as a file
Code = Annotated[str, line(64, "How the group's own systems call the firm.", "D-0007")]


def flag(description: str) -> msgspec.Meta:
    """What a yes or no is."""
    return msgspec.Meta(description=description)


class InvoiceFacts(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an invoice says, whoever brings it in."""

    invoice_number: Annotated[str, line(64, "As printed on it.", "INV-2026-0042")]
    issued_on: date
    due_on: date
    total: MoneyDto
    invoice_code: Annotated[str, line(32, "Of a Chinese VAT invoice.", "011002100311", minimum=0)] = ""
    delivered_on: date | None = None
    contract_reference: Annotated[str, line(64, "Contract or order behind it.", "HT-2026-017", minimum=0)] = ""
    not_assignable: Annotated[bool, flag("The contract forbids assignment.")] = False
    red_lettered: Annotated[bool, flag("Cancelled by a red-letter invoice.")] = False
    is_certificate: Annotated[bool, flag("A payment certificate of the debtor, not an open invoice.")] = False

    def row(self, place: int, *, debtor_code: str, seller_code: str | None) -> InvoiceRow:
        """The invoice as a row of a file would bring it."""
        return InvoiceRow(
            row=place,
            debtor_code=debtor_code,
            invoice_number=self.invoice_number,
            issued_on=self.issued_on,
            due_on=self.due_on,
            total=self.total.money(),
            invoice_code=self.invoice_code,
            seller_code=seller_code,
            delivered_on=self.delivered_on,
            contract_reference=self.contract_reference,
            not_assignable=self.not_assignable,
            red_lettered=self.red_lettered,
            is_certificate=self.is_certificate,
        )


class Invoice(InvoiceFacts, kw_only=True, forbid_unknown_fields=True):
    """An invoice of a seller to a debtor."""

    debtor_code: Code
    seller_code: Code | None = None

    def value(self, place: int) -> InvoiceRow:
        """The invoice as its place in the list."""
        return self.row(place, debtor_code=self.debtor_code, seller_code=self.seller_code)


class ApprovedInvoice(InvoiceFacts, kw_only=True, forbid_unknown_fields=True):
    """An invoice that the debtor has approved."""

    seller_code: Code

    def value(self, place: int) -> InvoiceRow:
        """The invoice as its place in the list; on whom it is, is known from who brings it."""
        return self.row(place, debtor_code="", seller_code=self.seller_code)


class RegisterApproved(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Invoices that a debtor brings in because it has approved them."""

    debtor_id: PartyId
    items: Annotated[list[ApprovedInvoice], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class RegisterInvoices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Invoices to register, each by itself; `seller_id` is whose they are where an invoice names no seller."""

    items: Annotated[list[Invoice], msgspec.Meta(min_length=1, max_length=MAX_INVOICES)]
    seller_id: PartyId | None = None


class Receivables(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which receivables."""

    receivable_ids: Annotated[list[ReceivableId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class SettleDispute(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the dispute is over, and what is owed where that is less than the invoice."""

    reason: Reason
    amount: MoneyDto | None = None


class ReceivableView(msgspec.Struct, kw_only=True):
    """A claim of a seller on a debtor; `confirmed_amount` is what the debtor signed, `unpaid` what of it is open.

    `parent_id` is what a part was split from; `seller_id` of a part that was passed on is who holds it now.
    """

    id: ReceivableId
    seller_id: PartyId
    debtor_id: PartyId
    import_id: ImportId | None
    parent_id: ReceivableId | None
    invoice_code: str
    invoice_number: str
    issued_on: date
    due_on: date
    delivered_on: date | None
    contract_reference: str
    not_assignable: bool
    red_lettered: bool
    is_certificate: bool
    face_amount: MoneyDto
    confirmed_amount: MoneyDto | None
    confirmation_grade: ConfirmationGrade | None
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


class RegisteredRowView(msgspec.Struct, kw_only=True):
    """An invoice that was registered: its row, or its place in the list from 1 on."""

    row: int
    receivable_id: ReceivableId


class ImportReportView(msgspec.Struct, kw_only=True):
    """What became of each invoice: those in order are registered as drafts, the others refused with all their reasons.

    A refused one is an exact duplicate where its code is `duplicate_in_file`, `duplicate_invoice` or
    `registered_elsewhere`. `resembling` names registered ones that match another invoice in part (firms and number, not
    date or total): those wait for a person. Whose the other one is, and since when, nobody is told.
    """

    id: ImportId
    read: int
    registered: int
    receivable_ids: list[ReceivableId]
    rows: list[RegisteredRowView]
    refused: list[RowErrorView]
    resembling: list[RowErrorView]


class ApprovedReportView(msgspec.Struct, kw_only=True):
    """What a debtor brought in; `confirmation_id` is its answer for what its sellers had registered before."""

    report: ImportReportView
    confirmation_id: ConfirmationId | None


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


def receivable_view(row: Receivable) -> ReceivableView:
    """The receivable as the API shows it."""
    return ReceivableView(
        id=row.public_id,
        seller_id=public_id(PARTY, row.seller_id),
        debtor_id=public_id(PARTY, row.debtor_id),
        import_id=shown_id(IMPORT, row.import_id),
        parent_id=shown_id(RECEIVABLE, row.parent_id),
        invoice_code=row.invoice_code,
        invoice_number=row.invoice_number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        delivered_on=row.delivered_on,
        contract_reference=row.contract_reference,
        not_assignable=row.not_assignable,
        red_lettered=row.red_lettered,
        is_certificate=row.is_certificate,
        face_amount=shown(row.face_amount),
        confirmed_amount=None if row.confirmed_minor is None else shown(row.confirmed_amount),
        confirmation_grade=row.confirmation_grade,
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
        rows=[
            RegisteredRowView(row=row, receivable_id=public_id(RECEIVABLE, receivable_id))
            for row, receivable_id in zip(report.rows, report.receivable_ids, strict=True)
        ],
        refused=[row_error_view(error) for error in report.refused],
        resembling=[row_error_view(error) for error in report.resembling],
    )


def approved_view(report: ImportReport, confirmation: Confirmation | None) -> ApprovedReportView:
    """What became of what a debtor brought in."""
    return ApprovedReportView(
        report=report_view(report), confirmation_id=shown_id(CONFIRMATION, confirmation.id if confirmation else None)
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
