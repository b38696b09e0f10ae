"""Disputes of invoices that the debtor had confirmed, and how they end."""

from uuid import UUID

from sqlmodel import col, select

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import StateTransition, move
from domain.receivables import queries
from domain.receivables.errors import NotDisputed
from domain.receivables.evidence import Document, Evidence, record_evidence
from domain.receivables.parts.errors import StandsElsewhere
from domain.receivables.parts.wholes import lock_parts, roll_up
from domain.receivables.rules import check_confirmed, confirmed_state
from domain.receivables.states import TRANSITIONS, Answer, ConfirmationGrade, EvidenceKind, ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money

_UNDER_AN_ADVANCE = {ReceivableState.FINANCED, ReceivableState.PART_PAID, ReceivableState.OVERDUE}


def dispute_receivable(
    session: TenantSession, receivable_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Receivable:
    """The debtor's checker disputes an invoice it had confirmed: new funding and debits stop at once.

    Where the invoice is split, on all its parts that can be disputed. Raises IllegalTransition, NotFound.
    """
    parts = _locked(session, receivable_id)
    disputable = [part for part in parts if ReceivableState.DISPUTED in TRANSITIONS.get(part.state, ())]
    for part in disputable or parts:
        _dispute(session, part, reason=reason, actor=actor, clock=clock)
    return queries.receivable(session, receivable_id)


def _dispute(session: TenantSession, invoice: Receivable, *, reason: str, actor: Actor, clock: Clock) -> None:
    move(session, invoice, ReceivableState.DISPUTED, actor=actor, clock=clock, reason=reason)
    invoice.disputed_on, invoice.dispute_reason = clock.today(), reason
    evidence = Evidence(invoice.id, EvidenceKind.DISPUTE, Document.of_words(reason))
    record_evidence(session, [evidence], actor=actor, clock=clock)
    announce(session, "receivable.disputed", invoice.public_id, {"reason": reason}, clock=clock)


def settle_dispute(
    session: TenantSession,
    receivable_id: UUID,
    *,
    reason: str,
    actor: Actor,
    clock: Clock,
    amount: Money | None = None,
) -> Receivable:
    """The debtor withdraws its dispute; an invoice not yet financed counts as confirmed, for `amount` or its face.

    Where the invoice is split, on all its disputed parts; for less than they are, each by itself. The debtor has
    spoken, so what was confirmed by its silence counts as signed from now on; a waiver stands. Raises NotDisputed,
    ConfirmedBeyondFace, StandsElsewhere, NotFound.
    """
    parts = _locked(session, receivable_id)
    if amount is not None and [part.id for part in parts] != [receivable_id]:
        whole = queries.receivable(session, receivable_id)
        raise StandsElsewhere(receivable=whole.public_id, state=whole.state.value)
    disputed = [part for part in parts if part.state is ReceivableState.DISPUTED]
    if not disputed:
        row = queries.receivable(session, receivable_id)
        raise NotDisputed(receivable=row.public_id, state=row.state.value)
    for part in disputed:
        _settle(session, part, amount, reason=reason, actor=actor, clock=clock)
    roll_up(session, disputed)
    return queries.receivable(session, receivable_id)


def _settle(
    session: TenantSession, invoice: Receivable, amount: Money | None, *, reason: str, actor: Actor, clock: Clock
) -> None:
    before = _state_before_dispute(session, invoice.id)
    # Listed with principal on it: an advance was accepted, perhaps ordered, and waits for this.
    waited_for = before is ReceivableState.LISTED and invoice.exposure_minor > 0
    if before not in _UNDER_AN_ADVANCE and not waited_for:
        agreed = invoice.confirmed_amount if invoice.confirmed_minor else invoice.face_amount
        confirmed = agreed if amount is None else amount
        check_confirmed(invoice.public_id, invoice.face_amount, confirmed)
        invoice.confirmed_minor = confirmed.minor
        before = confirmed_state(Answer.CONFIRMED, invoice.face_amount, confirmed)
    move(session, invoice, before, actor=actor, clock=clock, reason=reason)
    invoice.disputed_on, invoice.dispute_reason = None, ""
    if ConfirmationGrade.SIGNED.outranks(invoice.confirmation_grade):
        invoice.confirmation_grade = ConfirmationGrade.SIGNED
    words = Document.of_words(reason)
    evidence = Evidence(invoice.id, EvidenceKind.SETTLEMENT, words, invoice.confirmation_grade, invoice.confirmed_minor)
    record_evidence(session, [evidence], actor=actor, clock=clock)


def _locked(session: TenantSession, receivable_id: UUID) -> list[Receivable]:
    """The receivable, or what stands in its place."""
    found = lock_parts(session, receivable_id)
    if not found:
        raise NotFound(kind="receivable", reference=receivable_id)
    return found


def _state_before_dispute(session: TenantSession, receivable_id: UUID) -> ReceivableState:
    last = session.exec(
        select(StateTransition.from_state)
        .where(
            StateTransition.tenant_id == session.tenant_id,
            StateTransition.entity_id == receivable_id,
            StateTransition.to_state == ReceivableState.DISPUTED.value,
        )
        .order_by(col(StateTransition.id).desc())
        .limit(1)
    ).first()
    return ReceivableState(last) if last else ReceivableState.DRAFT
