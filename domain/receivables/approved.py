"""Invoices that the debtor itself brings in because it has approved them: its word comes with them.

What its sellers registered before is not registered twice: it is put before the debtor's checker as a confirmation.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.parties import queries as parties
from domain.parties.states import PartyKind
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.receivables import queries
from domain.receivables.binding import Word, bind_for_face
from domain.receivables.evidence import Document
from domain.receivables.imports import ImportReport, register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.service import (
    DebtorAnswer,
    Verification,
    approve_import,
    propose_confirmation,
    verify_receivables,
)
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Confirmation
from domain.values.actor import Actor
from domain.values.errors import NotFound


def register_approved(
    session: TenantSession, rows: Sequence[InvoiceRow], *, debtor_id: UUID, actor: Actor, clock: Clock
) -> tuple[ImportReport, Confirmation | None]:
    """The debtor's maker brings in invoices it has approved; each names its seller.

    Whatever debtor a row names, the invoice is on the one whose people bring it. Returns what was registered, and the
    confirmation of what its sellers had registered before, for its checker to sign. Raises NotFound.
    """
    debtor = parties.party(session, debtor_id)
    if debtor.kind is not PartyKind.DEBTOR:
        raise NotFound(kind="debtor", reference=public_id("pty", debtor_id))
    own = [replace(row, debtor_code=debtor.code) for row in rows]
    report = register_invoices(session, own, debtor_id=debtor_id, actor=actor, clock=clock)
    waiting = queries.in_state(session, report.known, ReceivableState.VERIFIED, debtor_id=debtor_id)
    if not waiting:
        return report, None
    answers = [DebtorAnswer(invoice.id) for invoice in waiting]
    document = Document(queries.source(session, report.import_id).digest, public_id("imp", report.import_id))
    return report, propose_confirmation(
        session, debtor_id=debtor_id, answers=answers, actor=actor, clock=clock, document=document
    )


def confirm_approved(session: TenantSession, import_id: UUID, *, actor: Actor, clock: Clock) -> Verification:
    """The debtor's checker stands by them: verified by rule and confirmed for their face; what resembles others waits.

    Raises SamePerson, NotFound.
    """
    source = queries.source(session, import_id)
    if source.debtor_id is None:
        raise NotFound(kind="import", reference=public_id("imp", import_id))
    submitted = approve_import(session, import_id, actor=actor, clock=clock)
    verification = verify_receivables(session, submitted, clock=clock)
    document = Document(source.digest, public_id("imp", import_id))
    word = Word(document, source.made_by, "the debtor brought it in")
    bind_for_face(session, verification.verified, word, actor=actor, clock=clock)
    return verification
