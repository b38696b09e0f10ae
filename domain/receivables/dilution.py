"""Dilution (R10): credit notes and ticket refunds take something off a confirmed invoice, once each."""

from collections.abc import Collection
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.listing import find_row
from domain.platform.outbox import announce
from domain.receivables.errors import CreditBeyondInvoice, CreditCancelled, CreditKnown, CreditNotYetIssued
from domain.receivables.parts.errors import StandsElsewhere
from domain.receivables.rules import check_above_zero, normal
from domain.receivables.states import ReceivableState
from domain.receivables.tables import CreditNote, CreditNoteCancellation, Receivable
from domain.values.actor import Actor
from domain.values.money import Money

CANCELLATION = "credit_note_cancellation"


def record_credit_note(
    session: TenantSession,
    receivable: Receivable,
    *,
    amount: Money,
    reference: str,
    issued_on: date,
    reason: str,
    evidence: bytes,
    actor: Actor,
    clock: Clock,
) -> CreditNote:
    """Note that the debtor of a locked receivable owes `amount` less; `evidence` is the SHA-256 of the document.

    `financing.dilution` tells whoever lends on it, and the whole it is a part of. Raises CreditBeyondInvoice,
    CreditKnown, CreditNotYetIssued, AmountNotAboveZero, CurrencyMismatch, StandsElsewhere.
    """
    check_above_zero(amount, receivable.currency)
    if receivable.state in {ReceivableState.SPLIT, ReceivableState.MERGED}:
        raise StandsElsewhere(receivable=receivable.public_id, state=receivable.state.value)
    if issued_on > clock.today():
        raise CreditNotYetIssued(reference=reference, issued_on=issued_on, today=clock.today())
    require_owed(receivable, amount)
    require_new(session, receivable, reference)
    note = CreditNote(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        receivable_id=receivable.id,
        reference=reference,
        amount_minor=amount.minor,
        currency=amount.currency,
        issued_on=issued_on,
        reason=reason,
        evidence=evidence,
        made_by=str(actor),
    )
    session.add(note)
    receivable.diluted_minor += amount.minor
    # It secures no more principal than its debtor still has to pay.
    receivable.exposure_minor = min(receivable.exposure_minor, receivable.unpaid.minor)
    session.flush()
    facts = {"amount": str(amount.amount), "currency": amount.currency, "credit_note": note.public_id}
    announce(session, "receivable.diluted", receivable.public_id, facts, clock=clock)
    return note


def require_owed(receivable: Receivable, amount: Money) -> None:
    """No more is credited than is confirmed and open. Raises CreditBeyondInvoice."""
    if receivable.unpaid < amount:
        unpaid = str(receivable.unpaid)
        face, paid = str(receivable.face_amount), str(Money.from_minor(receivable.paid_minor, receivable.currency))
        raise CreditBeyondInvoice(
            receivable=receivable.public_id, amount=str(amount), unpaid=unpaid, face=face, paid=paid
        )


def require_new(session: TenantSession, receivable: Receivable, reference: str) -> None:
    """Whoever types it, and however: `CN-7` and `cn 7` are one credit note. Raises CreditKnown."""
    if normal(reference) in {normal(note.reference) for note in credit_notes(session, receivable)}:
        raise CreditKnown(receivable=receivable.public_id, reference=reference)


def credit_notes(session: TenantSession, receivable: Receivable) -> list[CreditNote]:
    """What was credited on an invoice, oldest first; cancelled ones too."""
    found = select(CreditNote).where(
        CreditNote.tenant_id == session.tenant_id, CreditNote.receivable_id == receivable.id
    )
    return list(session.exec(found.order_by(col(CreditNote.id))))


def cancellations(session: TenantSession, notes: Collection[CreditNote]) -> dict[UUID, CreditNoteCancellation]:
    """Which of the credit notes were cancelled."""
    found = session.exec(
        select(CreditNoteCancellation).where(
            CreditNoteCancellation.tenant_id == session.tenant_id,
            col(CreditNoteCancellation.credit_note_id) == any_of([note.id for note in notes]),
        )
    )
    return {row.credit_note_id: row for row in found}


def find_credit_note(session: TenantSession, note_id: UUID) -> CreditNote:
    """The credit note. Raises NotFound."""
    return find_row(session, CreditNote, note_id, kind="credit note", reference=public_id("crn", note_id))


def propose_cancellation(session: TenantSession, note_id: UUID, *, actor: Actor, clock: Clock) -> CreditNote:
    """Say that a credit note was entered wrongly; a second person cancels it. Raises CreditCancelled, NotFound."""
    note = find_credit_note(session, note_id)
    _require_standing(session, note)
    approvals.propose(session, kind=CANCELLATION, subject_id=note.id, digest=_digest(note), actor=actor, clock=clock)
    return note


def approve_cancellation(
    session: TenantSession, receivable: Receivable, note: CreditNote, *, reason: str, actor: Actor, clock: Clock
) -> None:
    """The debtor of a locked receivable owes the credited amount again. Raises SamePerson, CreditCancelled."""
    _require_standing(session, note)
    approvals.approve(session, kind=CANCELLATION, subject_id=note.id, digest=_digest(note), actor=actor, clock=clock)
    session.add(
        CreditNoteCancellation(
            tenant_id=session.tenant_id,
            credit_note_id=note.id,
            cancelled_on=clock.today(),
            reason=reason,
            cancelled_by=str(actor),
        )
    )
    receivable.diluted_minor -= note.amount_minor
    session.flush()
    facts = {"credit_note": note.public_id, "amount": str(note.amount.amount), "reason": reason}
    announce(session, "receivable.dilution_cancelled", receivable.public_id, facts, clock=clock)


def _require_standing(session: TenantSession, note: CreditNote) -> None:
    known = cancellations(session, [note]).get(note.id)
    if known is not None:
        raise CreditCancelled(reference=note.reference, cancelled_on=known.cancelled_on)


def _digest(note: CreditNote) -> str:
    return sha256(f"{note.id}|{note.amount_minor}|{note.currency}|{note.reference}".encode()).hexdigest()
