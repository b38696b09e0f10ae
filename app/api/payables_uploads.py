"""Invoices that a buyer brings in itself, and binds itself to."""

from typing import Annotated

import msgspec
from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.payables import buyers_own
from app.api.payables_dto import PROGRAMME, RECEIVABLE
from app.api.receivables_dto import Invoice, RowErrorView, row_error_view
from app.deps import Work
from app.endpoints import command, upload
from app.fields import MAX_ITEMS, FileName, ProgrammeId, ReceivableId, UploadId, UploadPath, id_pattern, shown_id
from domain.access.rules import Permission
from domain.financing.payables import uploads
from domain.financing.payables.uploads import UploadReport
from domain.platform.ids import parse_public_id, public_id

UPLOAD = "pup"
ProgrammeOf = Annotated[
    str, QueryParameter(pattern=id_pattern(PROGRAMME), description="The programme the invoices belong to.")
]


class UploadInvoices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Invoices the buyer approved, each by itself; every one names its seller."""

    programme_id: ProgrammeId
    items: Annotated[list[Invoice], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class UploadReportView(msgspec.Struct, kw_only=True):
    """What became of each invoice; `id` is null where none was taken."""

    id: UploadId | None
    read: int
    registered: int
    receivable_ids: list[ReceivableId]
    refused: list[RowErrorView]


class BindingView(msgspec.Struct, kw_only=True):
    """The invoices that bind the buyer from now on; others are held for a person to look at."""

    receivable_ids: list[ReceivableId]


class PayablesUploads(Controller):
    """What buyers say they owe."""

    path = "/payables/uploads"
    tags = ("payables",)

    @command("/", needs=Permission.PAYABLES_WRITE)
    def upload_invoices(self, work: NamedDependency[Work], data: JSONBody[UploadInvoices]) -> UploadReportView:
        """Bring in approved invoices, each by itself; a second person of the buyer makes them binding."""
        programme = buyers_own(work, data.programme_id)
        rows = [invoice.value(place) for place, invoice in enumerate(data.items, start=1)]
        report = uploads.upload_invoices(work.session, programme.id, rows, actor=work.actor, clock=work.clock)
        return _report(report)

    @upload("/files", needs=Permission.PAYABLES_WRITE)
    def upload_payables_file(
        self, work: NamedDependency[Work], body: RawBody, programme: ProgrammeOf, file_name: FileName
    ) -> UploadReportView:
        """Bring in a CSV or XLSX file of approved invoices.

        The body is the file itself. Rows are independent; one that names no currency is in the programme's.
        """
        report = uploads.upload_file(
            work.session,
            buyers_own(work, programme).id,
            content=body,
            file_name=file_name,
            actor=work.actor,
            clock=work.clock,
        )
        return _report(report)

    @command("/{upload_id:str}/approve", needs=Permission.PAYABLES_APPROVE, status_code=HTTP_200_OK)
    def approve_upload(self, work: NamedDependency[Work], upload_id: UploadPath) -> BindingView:
        """Bind the buyer to invoices another person brought in: exactly those, confirmed by its own upload."""
        row = uploads.find_upload(work.session, parse_public_id(UPLOAD, upload_id))
        buyers_own(work, public_id(PROGRAMME, row.programme_id))
        confirmed = uploads.approve_upload(work.session, row.id, actor=work.actor, clock=work.clock)
        return BindingView(receivable_ids=[public_id(RECEIVABLE, each) for each in confirmed])


def _report(report: UploadReport) -> UploadReportView:
    return UploadReportView(
        id=shown_id(UPLOAD, report.upload_id),
        read=report.read,
        registered=report.registered,
        receivable_ids=[public_id(RECEIVABLE, each) for each in report.receivable_ids],
        refused=[row_error_view(error) for error in report.refused],
    )
