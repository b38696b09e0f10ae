"""Invoices in: from a file or a list, each row by itself, good ones registered in a few statements, bad ones named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from domain import audit
from domain.access.tenants import is_sandbox
from domain.approvals import service as approvals
from domain.parties import queries as parties
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.receivables import queries, registry
from domain.receivables.columns import ColumnMap, InvoiceField, check_columns, recognise_columns
from domain.receivables.parsing import InvoiceRow, parse_sheet, row_faults
from domain.receivables.row_errors import RowError, RowProblem, row_error
from domain.receivables.rules import InvoiceIdentity
from domain.receivables.sheets import read_sheet
from domain.receivables.states import ReceivableState
from domain.receivables.tables import InvoiceImport, Receivable
from domain.values.actor import Actor

APPROVAL = "invoice_import"
SELLERS = (PartyKind.SUPPLIER, PartyKind.HQ, PartyKind.BRANCH, PartyKind.AGENT)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: rows read, invoices registered, and every refused row with its reasons.

    `rows` says where each of `receivable_ids` stood; `resembling` names those among them that match another invoice in
    part; `known` are the tenant's own receivables that refused rows repeat exactly.
    """

    import_id: UUID
    read: int
    registered: int
    refused: list[RowError]
    receivable_ids: list[UUID]
    rows: list[int]
    resembling: list[RowError]
    known: list[UUID]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An invoice whose parties are known."""

    row: InvoiceRow
    seller: Party
    debtor: Party
    fingerprint: bytes
    likeness: bytes


def import_invoices(
    session: TenantSession,
    *,
    content: bytes,
    file_name: str,
    currency: str,
    actor: Actor,
    clock: Clock,
    seller_id: UUID | None = None,
    columns: ColumnMap | None = None,
) -> ImportReport:
    """Register the invoices of a CSV or XLSX file as drafts, for a second person to submit.

    Rows are independent: those in order are registered, the others reported, and none is registered in part.
    `seller_id` is whose they are where the file has no seller column; `columns` is recognised from the header if not
    given. Raises UnreadableFile, MissingColumns, TooManyRows, NotFound.
    """
    sheet = read_sheet(content, file_name)
    recognised = check_columns(columns, sheet.header) if columns else recognise_columns(sheet.header)
    rows, refused = parse_sheet(sheet, recognised, currency)
    source = _source(session, file_name, sha256(content).digest(), len(sheet.rows), actor=actor, clock=clock)
    names = Names(recognised.headers)
    return _register(session, source, rows, refused, names, seller_id=seller_id, actor=actor, clock=clock)


def register_invoices(
    session: TenantSession,
    rows: Sequence[InvoiceRow],
    *,
    actor: Actor,
    clock: Clock,
    seller_id: UUID | None = None,
    debtor_id: UUID | None = None,
) -> ImportReport:
    """Register a list of invoices, as an API call brings them, by the rules of a file. Raises NotFound.

    `debtor_id` is whose people bring them, where it is the debtor that has approved them.
    """
    source = _source(session, "", sha256(repr(rows).encode()).digest(), len(rows), actor=actor, clock=clock)
    source.debtor_id = debtor_id
    faults = [fault for row in rows for fault in row_faults(row)]
    return _register(session, source, rows, faults, Names({}), seller_id=seller_id, actor=actor, clock=clock)


class Names:
    """What the columns are called where the user looks: by the file's header, else by our own name."""

    def __init__(self, headers: Mapping[InvoiceField, str]) -> None:
        self.headers = headers

    def __getitem__(self, wanted: InvoiceField) -> str:
        return self.headers.get(wanted, wanted.value)


def _source(
    session: TenantSession, file_name: str, digest: bytes, rows_read: int, *, actor: Actor, clock: Clock
) -> InvoiceImport:
    return InvoiceImport(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        file_name=file_name,
        digest=digest,
        rows_read=rows_read,
        rows_registered=0,
        refused=[],
        made_by=str(actor),
    )


def _register(
    session: TenantSession,
    source: InvoiceImport,
    rows: Sequence[InvoiceRow],
    refused: list[RowError],
    names: Names,
    *,
    seller_id: UUID | None,
    actor: Actor,
    clock: Clock,
) -> ImportReport:
    candidates, unknown = _with_parties(session, rows, names, seller_id)
    bad = {error.row for error in refused}
    singles, repeated = _first_of_each([each for each in candidates if each.row.row not in bad], names)
    claimed = registry.claim(session, {each.fingerprint: each.likeness for each in singles})
    won = [each for each in singles if each.fingerprint in claimed]
    taken = [each for each in singles if each.fingerprint not in claimed]
    lost = _lost(session, taken, names)
    errors = sorted([*refused, *unknown, *repeated, *lost], key=lambda error: (error.row, error.column))
    source.rows_registered, source.refused = len(won), [error.as_json() for error in errors]
    session.add(source)
    session.flush()
    alike = registry.ambiguous(session, {each.likeness for each in won})
    ids = _insert(session, source, won, alike, clock)
    _put_before_checker(session, source, won, actor, clock)
    number = names[InvoiceField.INVOICE_NUMBER]
    near = [each.row.row for each in won if each.likeness in alike]
    return ImportReport(
        import_id=source.id,
        read=source.rows_read,
        registered=len(won),
        refused=errors,
        receivable_ids=ids,
        rows=[each.row.row for each in won],
        resembling=[row_error(row, number, RowProblem.RESEMBLES_REGISTERED) for row in near],
        known=queries.by_fingerprint(session, [each.fingerprint for each in taken]),
    )


def _put_before_checker(
    session: TenantSession, source: InvoiceImport, won: Sequence[_Candidate], actor: Actor, clock: Clock
) -> None:
    if won:
        digest = import_digest(each.fingerprint for each in won)
        approvals.propose(session, kind=APPROVAL, subject_id=source.id, digest=digest, actor=actor, clock=clock)
    facts: dict[str, object] = {"read": source.rows_read, "registered": len(won), "file": source.file_name}
    subject = public_id("imp", source.id)
    audit.record(session, actor=actor, action="invoices.imported", subject=subject, facts=facts, clock=clock)


def import_digest(fingerprints: Iterable[bytes]) -> str:
    """What the second person submits: exactly these invoices."""
    return sha256(b"".join(sorted(fingerprints))).hexdigest()


def _with_parties(
    session: TenantSession, rows: Sequence[InvoiceRow], names: Names, seller_id: UUID | None
) -> tuple[list[_Candidate], list[RowError]]:
    debtors = parties.parties_by_code(session, PartyKind.DEBTOR, sorted({row.debtor_code for row in rows}))
    sellers = _sellers(session, sorted({row.seller_code for row in rows if row.seller_code}))
    default = parties.party(session, seller_id) if seller_id else None
    realm = f"sandbox:{session.tenant_id}" if is_sandbox(session) else ""
    candidates: list[_Candidate] = []
    errors: list[RowError] = []
    for row in rows:
        seller = sellers.get(row.seller_code) if row.seller_code else default
        debtor = debtors.get(row.debtor_code)
        wrong = [
            *_party_errors(row, seller, names[InvoiceField.SELLER_CODE], RowProblem.UNKNOWN_SELLER),
            *_party_errors(row, debtor, names[InvoiceField.DEBTOR_CODE], RowProblem.UNKNOWN_DEBTOR),
        ]
        errors += wrong
        if seller and debtor and not wrong:
            identity = _identity(row, seller, debtor, realm)
            candidates.append(_Candidate(row, seller, debtor, identity.fingerprint, identity.likeness))
    return candidates, errors


def _sellers(session: TenantSession, codes: Sequence[str]) -> dict[str, Party]:
    """Any firm of the group or behind it may sell: one that two kinds share a code with is the supplier."""
    found: dict[str, Party] = {}
    for kind in SELLERS if codes else ():
        found = parties.parties_by_code(session, kind, codes) | found
    return found


def _party_errors(row: InvoiceRow, party: Party | None, column: str, unknown: RowProblem) -> list[RowError]:
    if party is None:
        code = row.debtor_code if unknown is RowProblem.UNKNOWN_DEBTOR else row.seller_code or ""
        return [row_error(row.row, column, unknown, value=code)]
    # Two sellers' INV-001 must not collide, nor one invoice under two of our codes pass twice.
    return [] if party.tax_id else [row_error(row.row, column, RowProblem.NO_TAX_ID, value=party.name)]


def _identity(row: InvoiceRow, seller: Party, debtor: Party, realm: str) -> InvoiceIdentity:
    return InvoiceIdentity(
        seller_tax_id=f"{seller.country}{seller.tax_id}",
        debtor_tax_id=f"{debtor.country}{debtor.tax_id}",
        invoice_code=row.invoice_code,
        invoice_number=row.invoice_number,
        issued_on=row.issued_on,
        total=row.total,
        realm=realm,
    )


def _first_of_each(candidates: Sequence[_Candidate], names: Names) -> tuple[list[_Candidate], list[RowError]]:
    """Within the file the first row of an invoice counts."""
    first: dict[bytes, _Candidate] = {}
    errors = []
    for candidate in candidates:
        kept = first.setdefault(candidate.fingerprint, candidate)
        if kept is not candidate:
            column = names[InvoiceField.INVOICE_NUMBER]
            errors.append(row_error(candidate.row.row, column, RowProblem.DUPLICATE_IN_FILE, first_row=kept.row.row))
    return list(first.values()), errors


def _lost(session: TenantSession, lost: Sequence[_Candidate], names: Names) -> list[RowError]:
    ours = registry.ours(session, [each.fingerprint for each in lost])
    column = names[InvoiceField.INVOICE_NUMBER]
    return [
        row_error(
            each.row.row,
            column,
            RowProblem.DUPLICATE_INVOICE if each.fingerprint in ours else RowProblem.REGISTERED_ELSEWHERE,
        )
        for each in lost
    ]


def _insert(
    session: TenantSession, source: InvoiceImport, won: Sequence[_Candidate], alike: set[bytes], clock: Clock
) -> list[UUID]:
    if not won:
        return []
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "seller_id": each.seller.id,
            "debtor_id": each.debtor.id,
            "import_id": source.id,
            "invoice_code": each.row.invoice_code,
            "invoice_number": each.row.invoice_number,
            "issued_on": each.row.issued_on,
            "due_on": each.row.due_on,
            "currency": each.row.total.currency,
            "face_minor": each.row.total.minor,
            "fingerprint": each.fingerprint,
            "resembles_registered": each.likeness in alike,
            "delivered_on": each.row.delivered_on,
            "contract_reference": each.row.contract_reference,
            "not_assignable": each.row.not_assignable,
            "red_lettered": each.row.red_lettered,
            "is_certificate": each.row.is_certificate,
            "state": ReceivableState.DRAFT,
        }
        for each in won
    ]
    session.execute(insert(Receivable.__table__), rows)  # type: ignore[attr-defined]
    return [row["id"] for row in rows]
