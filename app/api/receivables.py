"""Receivables: invoices in, submitted by a second person, verified, disputed."""

from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.parties import visible_party
from app.api.receivables_dto import (
    IMPORT,
    RECEIVABLE,
    ApprovedReportView,
    ImportReportView,
    ImportView,
    Receivables,
    ReceivableView,
    RegisterApproved,
    RegisterInvoices,
    SettleDispute,
    SubmittedView,
    VerificationView,
    approved_view,
    import_view,
    receivable_view,
    report_view,
    verification_view,
)
from app.deps import Work
from app.endpoints import MAX_FILE, command, query, upload
from app.fields import CurrencyOf, FileName, ImportPath, ReasonBody, ReceivablePath, id_pattern
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.platform.ids import parse_public_id, public_id
from domain.receivables import approved, defaults, disputes, imports, queries, service
from domain.receivables.listings import IMPORTS, RECEIVABLES
from domain.receivables.tables import Receivable
from domain.values.currency import minor_units
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(RECEIVABLES)]
ImportFilters = Annotated[list[str] | None, filters_of(IMPORTS)]
SellerOf = Annotated[
    str | None,
    QueryParameter(
        pattern=id_pattern("pty"), description="Whose invoices they are where the file has no seller column."
    ),
]


class ReceivableEndpoints(Controller):
    """The asset: what debtors owe sellers."""

    path = "/receivables"
    tags = ("receivables",)

    @query("/", needs=Permission.RECEIVABLES_READ)
    def list_receivables(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ReceivableView]:
        """List receivables, newest first."""
        return listed(work, RECEIVABLES, receivable_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{receivable_id:str}", needs=Permission.RECEIVABLES_READ)
    def get_receivable(self, work: NamedDependency[Work], receivable_id: ReceivablePath) -> ReceivableView:
        """Show a receivable."""
        return receivable_view(visible_receivable(work, receivable_id))

    @command("/", needs=Permission.RECEIVABLES_WRITE, request_max_body_size=MAX_FILE)
    def register_invoices(self, work: NamedDependency[Work], data: JSONBody[RegisterInvoices]) -> ImportReportView:
        """Register invoices, one or as many as 10,000.

        Each by itself: those in order become drafts, the others are answered with all their reasons. A second person
        submits them.
        """
        rows = [invoice.value(place) for place, invoice in enumerate(data.items, start=1)]
        report = imports.register_invoices(
            work.session, rows, seller_id=_seller(work, data.seller_id), actor=work.actor, clock=work.clock
        )
        return report_view(report)

    @command("/approved", needs=Permission.RECEIVABLES_ANSWER)
    def register_approved_invoices(
        self, work: NamedDependency[Work], data: JSONBody[RegisterApproved]
    ) -> ApprovedReportView:
        """Bring in invoices that the debtor has approved.

        They count as confirmed once a second person of the debtor confirms the import; what sellers registered before,
        once that person signs the confirmation.
        """
        debtor = visible_party(work, data.debtor_id)
        rows = [invoice.value(place) for place, invoice in enumerate(data.items, start=1)]
        report, confirmation = approved.register_approved(
            work.session, rows, debtor_id=debtor.id, actor=work.actor, clock=work.clock
        )
        return approved_view(report, confirmation)

    @command("/imports/{import_id:str}/confirm", needs=Permission.RECEIVABLES_CONFIRM, status_code=HTTP_200_OK)
    def confirm_approved_invoices(self, work: NamedDependency[Work], import_id: ImportPath) -> VerificationView:
        """Confirm what another person of the debtor brought in; what resembles another invoice waits for a person."""
        identity = parse_public_id(IMPORT, import_id)
        source = queries.source(work.session, identity)
        if source.debtor_id is not None:
            work.confine(source.debtor_id, kind="import", reference=import_id)
        done = approved.confirm_approved(work.session, identity, actor=work.actor, clock=work.clock)
        return verification_view(done)

    @upload("/imports", needs=Permission.RECEIVABLES_WRITE)
    def import_invoices(
        self,
        work: NamedDependency[Work],
        body: RawBody,
        file_name: FileName,
        currency: CurrencyOf,
        seller: SellerOf = None,
    ) -> ImportReportView:
        """Register the invoices of a CSV or XLSX file.

        The body is the file itself. Rows are independent: those in order become drafts, the others are answered with
        row, column and remedy. `currency` is that of rows that name none.
        """
        minor_units(currency)
        report = imports.import_invoices(
            work.session,
            content=body,
            file_name=file_name,
            currency=currency,
            seller_id=_seller(work, seller),
            actor=work.actor,
            clock=work.clock,
        )
        return report_view(report)

    @query("/imports", needs=Permission.RECEIVABLES_READ)
    def list_imports(
        self,
        work: NamedDependency[Work],
        filters: ImportFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ImportView]:
        """List imports, newest first."""
        return listed(work, IMPORTS, import_view, filters=filters, cursor=cursor, limit=limit)

    @command("/imports/{import_id:str}/submit", needs=Permission.RECEIVABLES_WRITE, status_code=HTTP_200_OK)
    def submit_import(self, work: NamedDependency[Work], import_id: ImportPath) -> SubmittedView:
        """Submit what another person brought in: exactly those invoices."""
        identity = parse_public_id(IMPORT, import_id)
        for invoice in queries.of_import(work.session, identity):
            work.confine(invoice.seller_id, kind="import", reference=import_id)
        submitted = service.submit_import(work.session, identity, actor=work.actor, clock=work.clock)
        return SubmittedView(receivable_ids=[public_id(RECEIVABLE, each) for each in submitted])

    @command("/verify", needs=Permission.RECEIVABLES_VERIFY, status_code=HTTP_200_OK)
    def verify_receivables(self, work: NamedDependency[Work], data: JSONBody[Receivables]) -> VerificationView:
        """Verify submitted receivables by rule.

        Those that resemble an invoice registered before, or are red-lettered, are held for a person.
        """
        work.whole_group()
        verified = service.verify_receivables(work.session, receivable_ids(data), clock=work.clock)
        return verification_view(verified)

    @command("/{receivable_id:str}/clear", needs=Permission.RECEIVABLES_VERIFY, status_code=HTTP_200_OK)
    def clear_resemblance(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ReasonBody]
    ) -> ReceivableView:
        """Verify a held receivable by hand: it is another invoice than the one it resembles."""
        work.whole_group()
        cleared = service.clear_resemblance(
            work.session,
            parse_public_id(RECEIVABLE, receivable_id),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return receivable_view(cleared)

    @command("/{receivable_id:str}/reject", needs=Permission.RECEIVABLES_VERIFY, status_code=HTTP_200_OK)
    def reject_receivable(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ReasonBody]
    ) -> ReceivableView:
        """Reject a receivable before its debtor answered; the invoice may be registered anew."""
        work.whole_group()
        row = visible_receivable(work, receivable_id)
        service.reject_receivables(work.session, [row.id], reason=data.reason, actor=work.actor, clock=work.clock)
        work.session.refresh(row)
        return receivable_view(row)

    @command("/{receivable_id:str}/red-letter", needs=Permission.RECEIVABLES_VERIFY, status_code=HTTP_200_OK)
    def mark_red_lettered(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ReasonBody]
    ) -> ReceivableView:
        """Note that a red-letter invoice cancelled this one: nobody lends on it from now on."""
        work.whole_group()
        row = visible_receivable(work, receivable_id)
        marked = service.mark_red_lettered(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return receivable_view(marked)

    @command("/{receivable_id:str}/default", needs=Permission.RECEIVABLES_DEFAULT, status_code=HTTP_200_OK)
    def default_receivable(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ReasonBody]
    ) -> ReceivableView:
        """Call an overdue receivable defaulted, more than 90 days after it was due."""
        work.whole_group()
        row = visible_receivable(work, receivable_id)
        defaulted = defaults.mark_defaulted(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return receivable_view(defaulted)

    @command("/{receivable_id:str}/dispute", needs=Permission.RECEIVABLES_CONFIRM, status_code=HTTP_200_OK)
    def dispute_receivable(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ReasonBody]
    ) -> ReceivableView:
        """Dispute an invoice: new funding and debits stop at once."""
        row = _owed(work, receivable_id)
        disputed = disputes.dispute_receivable(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return receivable_view(disputed)

    @command("/{receivable_id:str}/settle-dispute", needs=Permission.RECEIVABLES_CONFIRM, status_code=HTTP_200_OK)
    def settle_dispute(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[SettleDispute]
    ) -> ReceivableView:
        """Withdraw a dispute; an invoice not yet financed counts as confirmed."""
        row = _owed(work, receivable_id)
        settled = disputes.settle_dispute(
            work.session,
            row.id,
            reason=data.reason,
            amount=data.amount.money() if data.amount else None,
            actor=work.actor,
            clock=work.clock,
        )
        return receivable_view(settled)


def visible_receivable(work: Work, reference: str) -> Receivable:
    """The receivable, for its seller, its debtor and the group. Raises NotFound."""
    row = queries.receivable(work.session, parse_public_id(RECEIVABLE, reference))
    if work.principal.party_id not in {None, row.seller_id, row.debtor_id}:
        raise NotFound(kind="receivable", reference=reference)
    return row


def receivable_ids(data: Receivables) -> list[UUID]:
    """The ids a request names, each once."""
    return list(dict.fromkeys(parse_public_id(RECEIVABLE, reference) for reference in data.receivable_ids))


def _owed(work: Work, reference: str) -> Receivable:
    """The receivable, for who answers for its debtor."""
    row = visible_receivable(work, reference)
    work.confine(row.debtor_id, kind="receivable", reference=reference)
    return row


def _seller(work: Work, reference: str | None) -> UUID | None:
    """The seller the invoices are of; a seller's own people bring in its own."""
    if reference is None:
        return work.principal.party_id
    return visible_party(work, reference).id
