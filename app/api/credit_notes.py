"""Credit notes and ticket refunds: what a debtor owes less on an invoice (R10)."""

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.credit_notes_dto import (
    CreditNoteList,
    CreditNoteView,
    DilutionView,
    RecordCreditNote,
    credit_note_view,
    dilution_view,
)
from app.api.receivables import visible_receivable
from app.deps import Work
from app.endpoints import money_command, query
from app.fields import CreditNotePath, ReasonBody, ReceivablePath, body_date
from domain.access.rules import Permission
from domain.financing.dilution import Dilution, cancel_credit_note, dilute_receivable
from domain.receivables.dilution import cancellations, credit_notes, propose_cancellation
from domain.receivables.tables import CreditNote
from domain.values.errors import NotFound


class CreditNotes(Controller):
    """What debtors owe less."""

    path = "/receivables/{receivable_id:str}/credit-notes"
    tags = ("receivables",)

    @query("/", needs=Permission.RECEIVABLES_READ)
    def list_credit_notes(self, work: NamedDependency[Work], receivable_id: ReceivablePath) -> CreditNoteList:
        """List what was credited on an invoice."""
        row = visible_receivable(work, receivable_id)
        notes = credit_notes(work.session, row)
        gone = cancellations(work.session, notes)
        return CreditNoteList(items=[credit_note_view(note, gone.get(note.id)) for note in notes])

    @money_command("/", needs=Permission.RECEIVABLES_CREDIT)
    def record_credit_note(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[RecordCreditNote]
    ) -> DilutionView:
        """Set a credit note, or a ticket refund, against an invoice.

        An advance on it that is not funded yet may no longer be; of one that is, the seller owes what was lent on it.
        """
        row = visible_receivable(work, receivable_id)
        diluted = dilute_receivable(
            work.session,
            row.id,
            amount=data.amount.money(),
            reference=data.reference,
            issued_on=body_date("issued_on", data.issued_on),
            reason=data.reason,
            evidence=bytes.fromhex(data.evidence),
            actor=work.actor,
            clock=work.clock,
        )
        return _dilution(work, diluted)

    @money_command("/{credit_note_id:str}/cancellation", needs=Permission.RECEIVABLES_CREDIT, status_code=HTTP_200_OK)
    def propose_credit_note_cancellation(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, credit_note_id: CreditNotePath
    ) -> CreditNoteView:
        """Ask for a credit note to be cancelled: it was entered wrongly, or taken back."""
        note = _note(work, receivable_id, credit_note_id)
        propose_cancellation(work.session, note.id, actor=work.actor, clock=work.clock)
        return credit_note_view(note)

    @money_command(
        "/{credit_note_id:str}/cancellation/approve", needs=Permission.RECEIVABLES_CREDIT, status_code=HTTP_200_OK
    )
    def approve_credit_note_cancellation(
        self,
        work: NamedDependency[Work],
        receivable_id: ReceivablePath,
        credit_note_id: CreditNotePath,
        data: JSONBody[ReasonBody],
    ) -> DilutionView:
        """Cancel the credit note another person asked to cancel: the debtor owes its amount again."""
        note = _note(work, receivable_id, credit_note_id)
        done = cancel_credit_note(work.session, note.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return _dilution(work, done)


def _note(work: Work, receivable_id: str, reference: str) -> CreditNote:
    row = visible_receivable(work, receivable_id)
    note = work.find(CreditNote, "crn", reference, kind="credit note")
    if note.receivable_id != row.id:
        raise NotFound(kind="credit note", reference=reference)
    return note


def _dilution(work: Work, diluted: Dilution) -> DilutionView:
    return dilution_view(diluted, cancellations(work.session, [diluted.note]).get(diluted.note.id))
