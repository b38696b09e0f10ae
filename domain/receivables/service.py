"""From draft to confirmed: submission by a second person, verification, the debtor's answer in two steps, disputes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert

from domain import audit
from domain.approvals import service as approvals
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.receivables import queries, registry
from domain.receivables.answers import ANSWERABLE, CHANGEABLE, check_answerable
from domain.receivables.errors import NotConfirmable, RedLettered
from domain.receivables.evidence import Document, Evidence, record_evidence
from domain.receivables.exposure import lock_receivables
from domain.receivables.imports import APPROVAL, import_digest
from domain.receivables.parts.wholes import lock_invoice, roll_up
from domain.receivables.rules import check_confirmed, confirmed_state
from domain.receivables.states import Answer, ConfirmationGrade, ConfirmationState, EvidenceKind, ReceivableState
from domain.receivables.tables import Confirmation, ConfirmationLine, Receivable
from domain.values.actor import Actor, system
from domain.values.day_count import DatesReversed
from domain.values.errors import NotFound
from domain.values.money import Money

CONFIRMATION_APPROVAL = "debtor_confirmation"
VERIFIER = system("verification")


def submit_import(session: TenantSession, import_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The seller's checker submits what its maker brought in: exactly those invoices. Raises SamePerson, NotFound."""
    if queries.source(session, import_id).debtor_id is not None:
        raise NotFound(kind="import", reference=public_id("imp", import_id))
    return approve_import(session, import_id, actor=actor, clock=clock)


def approve_import(session: TenantSession, import_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """A second person stands by what another brought in: its invoices are submitted. Raises SamePerson."""
    invoices = queries.of_import(session, import_id)
    digest = import_digest(invoice.fingerprint for invoice in invoices)
    approvals.approve(session, kind=APPROVAL, subject_id=import_id, digest=digest, actor=actor, clock=clock)
    ids = [invoice.id for invoice in invoices]
    move_all(session, Receivable, ids, ReceivableState.SUBMITTED, actor=actor, clock=clock)
    return ids


@dataclass(frozen=True, slots=True)
class Verification:
    """Which invoices passed, and which wait for a person: they resemble another one, or are red-lettered."""

    verified: list[UUID]
    held: list[UUID]


def verify_receivables(session: TenantSession, ids: Collection[UUID], *, clock: Clock) -> Verification:
    """Check submitted invoices by rule: the fingerprint is this tenant's, nothing looks like it, no red letter.

    Likeness is asked anew: two tenants that registered like invoices at one moment did not see each other's.
    """
    submitted = queries.in_state(session, ids, ReceivableState.SUBMITTED)
    ours = registry.ours(session, [invoice.fingerprint for invoice in submitted])
    alike = registry.resembling(session, [invoice.fingerprint for invoice in submitted])
    flagged = [each.id for each in submitted if each.fingerprint in alike and not each.resembles_registered]
    queries.flag_resembling(session, flagged)
    clean = [each for each in submitted if not each.resembles_registered and not each.red_lettered]
    passed = [each.id for each in clean if each.fingerprint in ours]
    move_all(session, Receivable, passed, ReceivableState.VERIFIED, actor=VERIFIER, clock=clock, reason="by rule")
    held = [invoice.id for invoice in submitted if invoice.id not in set(passed)]
    return Verification(passed, held)


def clear_resemblance(
    session: TenantSession, receivable_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Receivable:
    """An operator looked: the invoice is another than the one it resembles.

    Raises RedLettered, NotFound, IllegalTransition.
    """
    invoice = queries.lock(session, receivable_id)
    if invoice.red_lettered:
        raise RedLettered(receivable=invoice.public_id)
    move(session, invoice, ReceivableState.VERIFIED, actor=actor, clock=clock, reason=reason)
    return invoice


def mark_red_lettered(
    session: TenantSession, receivable_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Receivable:
    """Note that a red-letter invoice cancelled this one: nobody lends on it from now on. Raises NotFound."""
    invoice = queries.receivable(session, receivable_id)
    # The invoice with all its parts: what was split off is no less cancelled.
    for part in lock_invoice(session, invoice):
        part.red_lettered = True
    exposure = Money.from_minor(invoice.exposure_minor, invoice.currency)
    facts: dict[str, object] = {"state": invoice.state.value, "exposure": str(exposure), "reason": reason}
    announce(session, "receivable.red_lettered", invoice.public_id, facts, clock=clock)
    audit.record(
        session, actor=actor, action="receivable.red_lettered", subject=invoice.public_id, facts=facts, clock=clock
    )
    return invoice


def reject_receivables(
    session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock
) -> None:
    """Refuse invoices before their debtor answered; their fingerprints are free again."""
    open_states = (ReceivableState.DRAFT, ReceivableState.SUBMITTED, ReceivableState.VERIFIED)
    rejected = queries.in_state(session, ids, *open_states)
    fingerprints = [invoice.fingerprint for invoice in rejected]
    chosen = [invoice.id for invoice in rejected]
    move_all(session, Receivable, chosen, ReceivableState.REJECTED, actor=actor, clock=clock, reason=reason)
    registry.release(session, fingerprints)


@dataclass(frozen=True, slots=True)
class DebtorAnswer:
    """What the debtor says to one invoice: how much it owes and when, or that it disputes it, and why."""

    receivable_id: UUID
    answer: Answer = Answer.CONFIRMED
    amount: Money | None = None
    due_on: date | None = None
    reason: str = ""
    waives_defences: bool = False

    @property
    def grade(self) -> ConfirmationGrade:
        """How good the confirmation is once it is signed."""
        return ConfirmationGrade.SIGNED_WITH_WAIVER if self.waives_defences else ConfirmationGrade.SIGNED


def propose_confirmation(
    session: TenantSession,
    *,
    debtor_id: UUID,
    answers: Sequence[DebtorAnswer],
    actor: Actor,
    clock: Clock,
    document: Document | None = None,
) -> Confirmation:
    """The debtor's maker answers for a list of invoices; nothing changes until its checker signs.

    An answer without amount or due date takes the invoice's own. One that is confirmed already takes a better grade:
    a signature after silence, a waiver after a signature. `document` is the paper that was signed, if there is one.
    Raises NotConfirmable, GradeNotBetter, AlreadyRelied, ConfirmedBeyondFace, DatesReversed.
    """
    answered = {debtor_id: answers}
    return propose_confirmations(session, answered, actor=actor, clock=clock, document=document)[0]


def propose_confirmations(
    session: TenantSession,
    answered: Mapping[UUID, Sequence[DebtorAnswer]],
    *,
    actor: Actor,
    clock: Clock,
    document: Document | None = None,
) -> list[Confirmation]:
    """Answers of many debtors, by debtor, a confirmation for each; by the same few statements as of one."""
    invoices = _waiting(session, answered)
    confirmations = {
        debtor_id: Confirmation(
            tenant_id=session.tenant_id,
            created_at=clock.now(),
            debtor_id=debtor_id,
            document_sha256=document.sha256 if document else None,
            reference=document.reference if document else "",
            state=ConfirmationState.PROPOSED,
            made_by=str(actor),
        )
        for debtor_id in answered
    }
    session.add_all(confirmations.values())
    session.flush()
    lines = [
        _line(confirmations[debtor_id], invoices[answer.receivable_id], answer)
        for debtor_id, answers in answered.items()
        for answer in answers
    ]
    session.execute(insert(ConfirmationLine), lines)
    made = list(confirmations.values())
    digests = _digests(made, queries.lines_of(session, [each.id for each in made]))
    approvals.propose_all(session, kind=CONFIRMATION_APPROVAL, digests=digests, actor=actor, clock=clock)
    return made


def _waiting(session: TenantSession, answered: Mapping[UUID, Sequence[DebtorAnswer]]) -> dict[UUID, Receivable]:
    """The invoices, each answered once and by its own debtor."""
    debtors = [(debtor_id, each.receivable_id) for debtor_id, answers in answered.items() for each in answers]
    found = queries.in_state(session, [receivable_id for _, receivable_id in debtors], *ANSWERABLE)
    invoices = {invoice.id: invoice for invoice in found}
    missing = [each for debtor_id, each in debtors if each not in invoices or invoices[each].debtor_id != debtor_id]
    if missing or len(debtors) != len(invoices):
        first = missing[0] if missing else debtors[0][1]
        raise NotConfirmable(count=max(len(missing), 1), first=str(first))
    return invoices


def _line(confirmation: Confirmation, invoice: Receivable, answer: DebtorAnswer) -> dict[str, object]:
    disputed = answer.answer is Answer.DISPUTED
    agreed = invoice.face_amount if invoice.confirmed_minor is None else invoice.confirmed_amount
    amount = None if disputed else agreed if answer.amount is None else answer.amount
    if amount is not None:
        check_confirmed(invoice.public_id, invoice.face_amount, amount)
    due_on = None if disputed else answer.due_on or invoice.due_on
    if due_on is not None and due_on < invoice.issued_on:
        raise DatesReversed(start=invoice.issued_on, end=due_on)
    check_answerable(invoice, answer.answer, answer.grade, amount, due_on)
    return {
        "tenant_id": confirmation.tenant_id,
        "confirmation_id": confirmation.id,
        "receivable_id": invoice.id,
        "answer": answer.answer,
        "amount_minor": None if amount is None else amount.minor,
        "due_on": due_on,
        "reason": answer.reason,
        "waives_defences": answer.waives_defences and not disputed,
    }


def _digests(
    confirmations: Sequence[Confirmation], lines: Mapping[UUID, Sequence[ConfirmationLine]]
) -> dict[UUID, str]:
    return {each.id: _digest(each, lines[each.id]) for each in confirmations}


def _digest(confirmation: Confirmation, lines: Sequence[ConfirmationLine]) -> str:
    facts = [(confirmation.document_sha256 or b"").hex(), confirmation.reference]
    facts += [
        f"{each.receivable_id}|{each.answer.value}|{each.amount_minor}|{each.due_on}|{each.waives_defences}"
        for each in lines
    ]
    return sha256("\n".join(facts).encode()).hexdigest()


def sign_confirmation(session: TenantSession, confirmation_id: UUID, *, actor: Actor, clock: Clock) -> Confirmation:
    """The debtor's checker signs: amounts and due dates bind the debtor, what it disputes is closed to financing.

    Raises SamePerson, DigestChanged; NotConfirmable, GradeNotBetter, AlreadyRelied when an invoice moved meanwhile.
    """
    return sign_confirmations(session, [confirmation_id], actor=actor, clock=clock)[0]


def sign_confirmations(
    session: TenantSession, ids: Collection[UUID], *, actor: Actor, clock: Clock
) -> list[Confirmation]:
    """Sign many, all of them or none, by the same few statements as one."""
    confirmations, lines = queries.confirmations(session, ids), queries.lines_of(session, ids)
    digests = _digests(confirmations, lines)
    approvals.approve_all(session, kind=CONFIRMATION_APPROVAL, digests=digests, actor=actor, clock=clock)
    for confirmation in confirmations:
        move(session, confirmation, ConfirmationState.SIGNED, actor=actor, clock=clock)
        confirmation.signed_at = clock.now()
    _answer(session, [line for each in confirmations for line in lines[each.id]], actor=actor, clock=clock)
    evidence = [
        _evidence(line, _document(confirmation, digests[confirmation.id]))
        for confirmation in confirmations
        for line in lines[confirmation.id]
    ]
    record_evidence(session, evidence, actor=actor, clock=clock)
    return confirmations


def _document(confirmation: Confirmation, digest: str) -> Document:
    """The paper that was signed, or what was signed here."""
    return Document(
        confirmation.document_sha256 or bytes.fromhex(digest),
        confirmation.reference or public_id("cnf", confirmation.id),
    )


def refuse_confirmation(
    session: TenantSession, confirmation_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Confirmation:
    """The debtor's checker will not sign, or its maker takes the answers back: nothing was said.

    Until then they keep the debtor's silence from counting. Raises AlreadyDecided, NotFound.
    """
    confirmation = queries.confirmation(session, confirmation_id)
    approvals.reject(
        session,
        kind=CONFIRMATION_APPROVAL,
        subject_id=confirmation_id,
        digest=_digest(confirmation, queries.confirmation_lines(session, confirmation_id)),
        reason=reason,
        actor=actor,
        clock=clock,
    )
    move(session, confirmation, ConfirmationState.REFUSED, actor=actor, clock=clock, reason=reason)
    return confirmation


def _answer(session: TenantSession, lines: Sequence[ConfirmationLine], *, actor: Actor, clock: Clock) -> None:
    invoices = lock_receivables(session, [line.receivable_id for line in lines])
    targets: dict[ReceivableState, list[UUID]] = {}
    for line in lines:
        invoice = invoices[line.receivable_id]
        amount = None if line.amount_minor is None else Money.from_minor(line.amount_minor, invoice.currency)
        check_answerable(invoice, line.answer, _grade(line), amount, line.due_on)
        state = confirmed_state(line.answer, invoice.face_amount, amount)
        if invoice.state in CHANGEABLE and invoice.state is not state:
            targets.setdefault(state, []).append(invoice.id)
        _bind(invoice, line, clock.today())
    session.flush()
    for state, ids in targets.items():
        moved = move_all(session, Receivable, ids, state, actor=actor, clock=clock, reason="debtor's answer")
        assert moved == len(ids), "locked invoices move"
    roll_up(session, invoices.values())


def _bind(invoice: Receivable, line: ConfirmationLine, today: date) -> None:
    invoice.confirmed_minor = line.amount_minor
    invoice.confirmation_grade = None if line.amount_minor is None else _grade(line)
    if line.due_on is not None:
        invoice.due_on = line.due_on
    if line.answer is Answer.DISPUTED:
        invoice.disputed_on, invoice.dispute_reason = today, line.reason


def _grade(line: ConfirmationLine) -> ConfirmationGrade:
    return ConfirmationGrade.SIGNED_WITH_WAIVER if line.waives_defences else ConfirmationGrade.SIGNED


def _evidence(line: ConfirmationLine, document: Document) -> Evidence:
    if line.answer is Answer.DISPUTED:
        return Evidence(line.receivable_id, EvidenceKind.DISPUTE, document)
    kind = EvidenceKind.WAIVER if line.waives_defences else EvidenceKind.SIGNATURE
    return Evidence(line.receivable_id, kind, document, _grade(line), line.amount_minor)
