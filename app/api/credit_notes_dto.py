"""Credit notes as the API takes and shows them."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import AdvanceId, CreditNoteId, Digest, Moment, Reason, ReceivableId, line, shown_id
from app.money_dto import MoneyDto, shown
from domain.financing.dilution import Dilution
from domain.platform.ids import public_id
from domain.receivables.tables import CreditNote, CreditNoteCancellation

Reference = Annotated[str, line(64, "The credit note's own number.", "CN-2026-0007")]


class RecordCreditNote(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A credit note: its number counts once on an invoice; `evidence` is the SHA-256 of the document."""

    amount: MoneyDto
    reference: Reference
    issued_on: date
    reason: Reason
    evidence: Digest


class CreditNoteView(msgspec.Struct, kw_only=True):
    """What was credited, why, and by what document."""

    id: CreditNoteId
    receivable_id: ReceivableId
    amount: MoneyDto
    reference: str
    issued_on: date
    reason: str
    evidence: Digest
    made_by: str
    created_at: Moment
    cancelled_on: date | None


class DilutionView(msgspec.Struct, kw_only=True):
    """A credit note, the advance that stands on its invoice, and what that calls from the seller now."""

    credit_note: CreditNoteView
    advance_id: AdvanceId | None
    call: MoneyDto


class CreditNoteList(msgspec.Struct, kw_only=True):
    """What was credited on an invoice, oldest first."""

    items: list[CreditNoteView]


def dilution_view(diluted: Dilution, cancelled: CreditNoteCancellation | None = None) -> DilutionView:
    """What a credit note did."""
    return DilutionView(
        credit_note=credit_note_view(diluted.note, cancelled),
        advance_id=shown_id("adv", diluted.advance_id),
        call=shown(diluted.call),
    )


def credit_note_view(note: CreditNote, cancelled: CreditNoteCancellation | None = None) -> CreditNoteView:
    """The note as the API shows it."""
    return CreditNoteView(
        id=note.public_id,
        receivable_id=public_id("rcv", note.receivable_id),
        amount=shown(note.amount),
        reference=note.reference,
        issued_on=note.issued_on,
        reason=note.reason,
        evidence=note.evidence.hex(),
        made_by=note.made_by,
        created_at=note.created_at,
        cancelled_on=cancelled.cancelled_on if cancelled else None,
    )
