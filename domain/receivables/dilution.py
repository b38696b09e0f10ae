"""Dilution (R10): credit notes and ticket refunds take something off a confirmed invoice, once each."""

from datetime import date

from sqlmodel import select

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.receivables.errors import CreditBeyondInvoice, CreditKnown, CreditNotYetIssued
from domain.receivables.rules import check_above_zero
from domain.receivables.tables import CreditNote, Receivable
from domain.values.actor import Actor
from domain.values.money import Money


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

    Whoever lends on it hears of it from `financing.dilution`. Raises CreditBeyondInvoice, CreditKnown,
    CreditNotYetIssued, AmountNotAboveZero, CurrencyMismatch.
    """
    check_above_zero(amount, receivable.currency)
    if issued_on > clock.today():
        raise CreditNotYetIssued(reference=reference, issued_on=issued_on, today=clock.today())
    if receivable.unpaid < amount:
        unpaid = str(receivable.unpaid)
        face, paid = str(receivable.face_amount), str(Money.from_minor(receivable.paid_minor, receivable.currency))
        raise CreditBeyondInvoice(
            receivable=receivable.public_id, amount=str(amount), unpaid=unpaid, face=face, paid=paid
        )
    _require_new(session, receivable, reference)
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


def _require_new(session: TenantSession, receivable: Receivable, reference: str) -> None:
    known = select(CreditNote.id).where(
        CreditNote.tenant_id == session.tenant_id,
        CreditNote.receivable_id == receivable.id,
        CreditNote.reference == reference,
    )
    if session.exec(known).first() is not None:
        raise CreditKnown(receivable=receivable.public_id, reference=reference)


def credit_notes(session: TenantSession, receivable: Receivable) -> list[CreditNote]:
    """What was credited on an invoice, oldest first."""
    found = select(CreditNote).where(
        CreditNote.tenant_id == session.tenant_id, CreditNote.receivable_id == receivable.id
    )
    return list(session.exec(found.order_by(CreditNote.id)))  # type: ignore[arg-type]
