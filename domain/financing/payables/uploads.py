"""Invoices that the buyer itself says it owes: brought in by its maker, binding once its checker approves."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import literal
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from domain.approvals import service as approvals
from domain.financing.payables.errors import ProgrammeLimitExceeded
from domain.financing.payables.movements import note_confirmed
from domain.financing.payables.programmes import find_programme, lock_programme, require_active
from domain.financing.payables.states import SupplierState, UploadState
from domain.financing.payables.tables import Payable, PayablesUpload, Programme, ProgrammeSupplier
from domain.parties import queries as parties
from domain.parties.queries import any_of
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables import queries
from domain.receivables.binding import Word, bind_for_face
from domain.receivables.columns import recognise_columns
from domain.receivables.evidence import Document
from domain.receivables.imports import ImportReport, register_invoices
from domain.receivables.parsing import InvoiceRow, parse_sheet
from domain.receivables.queries import unpaid_minor
from domain.receivables.row_errors import RowError, RowProblem, row_error
from domain.receivables.service import submit_import, verify_receivables
from domain.receivables.sheets import read_sheet
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "payables_upload"


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What became of the buyer's list; `upload_id` is None where no row of it was taken."""

    upload_id: UUID | None
    read: int
    registered: int
    refused: list[RowError]
    receivable_ids: list[UUID]


def upload_file(
    session: TenantSession,
    programme_id: UUID,
    *,
    content: bytes,
    file_name: str,
    actor: Actor,
    clock: Clock,
) -> UploadReport:
    """The buyer's CSV or XLSX file of approved invoices, by the rules of every file of invoices.

    Raises UnreadableFile, MissingColumns, TooManyRows, ProgrammeNotActive, NotFound.
    """
    currency = find_programme(session, programme_id).currency
    sheet = read_sheet(content, file_name)
    rows, unreadable = parse_sheet(sheet, recognise_columns(sheet.header), currency)
    report = upload_invoices(session, programme_id, rows, actor=actor, clock=clock)
    refused = sorted([*unreadable, *report.refused], key=lambda error: (error.row, error.column))
    return UploadReport(report.upload_id, len(sheet.rows), report.registered, refused, report.receivable_ids)


def upload_invoices(
    session: TenantSession, programme_id: UUID, rows: Sequence[InvoiceRow], *, actor: Actor, clock: Clock
) -> UploadReport:
    """The buyer's maker names invoices it owes to the programme's suppliers; its checker makes them binding.

    Rows are independent: those of other firms, in another currency, or registered before are answered with reasons.
    Raises ProgrammeNotActive, NotFound.
    """
    programme = require_active(find_programme(session, programme_id))
    eligible, foreign = _of_programme(session, programme, rows)
    if not eligible:
        return UploadReport(None, len(rows), 0, foreign, [])
    report = register_invoices(session, eligible, actor=actor, clock=clock)
    refused = sorted([*foreign, *report.refused], key=lambda error: (error.row, error.column))
    upload = _propose(session, programme, report, actor=actor, clock=clock) if report.registered else None
    return UploadReport(upload.id if upload else None, len(rows), report.registered, refused, report.receivable_ids)


def _of_programme(
    session: TenantSession, programme: Programme, rows: Sequence[InvoiceRow]
) -> tuple[list[InvoiceRow], list[RowError]]:
    buyer = parties.party(session, programme.buyer_id)
    suppliers = _supplier_codes(session, programme)
    eligible, refused = [], []
    for row in rows:
        wrong = []
        if row.debtor_code != buyer.code:
            wrong.append(row_error(row.row, "debtor_code", RowProblem.UNKNOWN_DEBTOR, value=row.debtor_code))
        if row.seller_code not in suppliers:
            wrong.append(row_error(row.row, "seller_code", RowProblem.UNKNOWN_SELLER, value=row.seller_code or ""))
        if row.total.currency != programme.currency:
            wrong.append(row_error(row.row, "currency", RowProblem.UNKNOWN_CURRENCY, value=row.total.currency))
        refused += wrong
        if not wrong:
            eligible.append(row)
    return eligible, refused


def _supplier_codes(session: TenantSession, programme: Programme) -> set[str]:
    return set(
        session.exec(
            select(Party.code)
            .join(
                ProgrammeSupplier,
                (col(ProgrammeSupplier.tenant_id) == Party.tenant_id)
                & (col(ProgrammeSupplier.supplier_id) == Party.id),
            )
            .where(
                Party.tenant_id == session.tenant_id,
                ProgrammeSupplier.programme_id == programme.id,
                ProgrammeSupplier.state == SupplierState.ACTIVE,
            )
        )
    )


def _propose(
    session: TenantSession, programme: Programme, report: ImportReport, *, actor: Actor, clock: Clock
) -> PayablesUpload:
    upload = PayablesUpload(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        programme_id=programme.id,
        import_id=report.import_id,
        state=UploadState.PROPOSED,
        made_by=str(actor),
    )
    session.add(upload)
    session.flush()
    digest = _digest(queries.of_import(session, report.import_id))
    approvals.propose(session, kind=APPROVAL, subject_id=upload.id, digest=digest, actor=actor, clock=clock)
    return upload


def approve_upload(session: TenantSession, upload_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The buyer's checker makes the invoices binding, exactly as they were brought in; returns the confirmed ones.

    One that resembles another registered invoice is held for a person, and confirmed once it was cleared. Raises
    SamePerson, DigestChanged, ProgrammeNotActive, ProgrammeLimitExceeded, NotFound.
    """
    upload = find_upload(session, upload_id)
    require_active(lock_programme(session, upload.programme_id))
    invoices = queries.of_import(session, upload.import_id)
    digest = _digest(invoices)
    approvals.approve(session, kind=APPROVAL, subject_id=upload_id, digest=digest, actor=actor, clock=clock)
    move(session, upload, UploadState.APPROVED, actor=actor, clock=clock)
    submitted = submit_import(session, upload.import_id, actor=actor, clock=clock)
    verify_receivables(session, submitted, clock=clock)
    return confirm_upload(session, upload_id, actor=actor, clock=clock)


def confirm_upload(session: TenantSession, upload_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """Let the approved upload bind the buyer for everything of it that passed verification and is not bound yet.

    The confirmation is the evidence: made by the upload's maker, signed by its approval. Raises
    ProgrammeLimitExceeded.
    """
    upload = find_upload(session, upload_id)
    programme = lock_programme(session, upload.programme_id)
    verified = [
        invoice.id
        for invoice in queries.of_import(session, upload.import_id)
        if invoice.state is ReceivableState.VERIFIED and upload.state is UploadState.APPROVED
    ]
    if not verified:
        return []
    _check_limit(session, programme, verified)
    _confirm(session, programme, upload, verified, actor=actor, clock=clock)
    note_confirmed(session, verified, actor=actor, clock=clock)
    facts = {"invoices": len(verified), "upload": upload.public_id}
    announce(session, "payables.confirmed", programme.public_id, facts, clock=clock)
    return verified


def _check_limit(session: TenantSession, programme: Programme, ids: Sequence[UUID]) -> None:
    unpaid = unpaid_minor()
    owed = session.execute(
        select_columns(func.coalesce(func.sum(func.greatest(unpaid, 0)), 0))
        .join(Payable, (col(Payable.tenant_id) == Receivable.tenant_id) & (col(Payable.receivable_id) == Receivable.id))
        .where(col(Receivable.tenant_id) == session.tenant_id, col(Payable.programme_id) == programme.id)
    ).scalar_one()
    new = session.execute(
        select_columns(func.sum(col(Receivable.face_minor))).where(
            col(Receivable.tenant_id) == session.tenant_id, col(Receivable.id) == any_of(ids)
        )
    ).scalar_one()
    if owed + new > programme.limit_minor:
        added, open_, limit = (
            Money.from_minor(int(each), programme.currency) for each in (new, owed, programme.limit_minor)
        )
        raise ProgrammeLimitExceeded(added=str(added), open=str(open_), limit=str(limit))


def _confirm(
    session: TenantSession,
    programme: Programme,
    upload: PayablesUpload,
    ids: Sequence[UUID],
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """The debtor's own upload counts as confirmed, and puts its invoices under the programme."""
    document = Document(queries.source(session, upload.import_id).digest, upload.public_id)
    word = Word(document, upload.made_by, f"uploaded as {upload.public_id}", programme.waives_defences)
    bound = bind_for_face(session, ids, word, actor=actor, clock=clock)
    payables = select_columns(
        literal(session.tenant_id),
        col(Receivable.id),
        literal(programme.id),
        literal(upload.id),
        literal(clock.today()),
    ).where(col(Receivable.tenant_id) == session.tenant_id, col(Receivable.id) == any_of(bound))
    columns = ["tenant_id", "receivable_id", "programme_id", "upload_id", "confirmed_on"]
    session.execute(insert(Payable).from_select(columns, payables))


def confirm_cleared(session: TenantSession, *, actor: Actor, clock: Clock) -> int:
    """Bind the buyer for invoices of approved uploads that were held and cleared since; returns how many.

    What a programme has no room for goes on waiting, and is announced.
    """
    waiting = session.scalars(
        select(PayablesUpload.id)
        .join(
            Receivable,
            (col(Receivable.tenant_id) == PayablesUpload.tenant_id)
            & (col(Receivable.import_id) == PayablesUpload.import_id),
        )
        .where(
            PayablesUpload.tenant_id == session.tenant_id,
            PayablesUpload.state == UploadState.APPROVED,
            Receivable.state == ReceivableState.VERIFIED,
        )
        .distinct()
    ).all()
    confirmed = 0
    for upload_id in sorted(waiting):
        try:
            confirmed += len(confirm_upload(session, upload_id, actor=actor, clock=clock))
        except ProgrammeLimitExceeded as refusal:  # nothing was written; the other programmes do not wait for this one
            announce(session, "payables.over_limit", public_id("pup", upload_id), refusal.facts, clock=clock)
    return confirmed


def find_upload(session: TenantSession, upload_id: UUID) -> PayablesUpload:
    """The upload. Raises NotFound."""
    found = session.get(PayablesUpload, (session.tenant_id, upload_id))
    if found is None:
        raise NotFound(kind="upload", reference=upload_id)
    return found


def _digest(invoices: Sequence[Receivable]) -> str:
    # The import's own digest is of fingerprints, which know no due date; that is what the buyer binds itself to.
    facts = [f"{each.id}|{each.seller_id}|{each.face_minor}|{each.currency}|{each.due_on}" for each in invoices]
    return sha256("\n".join(facts).encode()).hexdigest()
