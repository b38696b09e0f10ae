"""Payments that a person books (R7-R9): matched to debts, allocated by law and contract, settled by a second person.

received -> matched -> allocated -> settled -> reversed -> replayed; what is over five times the payoff waits in
suspense for a review. The money stands in the suspense account, where reconciliation put what nobody recognised, and
goes back there when a booking is reversed. The value date may lie in the past: advances are replayed, never patched.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import select

from domain.approvals import service as approvals
from domain.financing.booking import book_facts
from domain.financing.debts import Debt, allocate_receipt
from domain.financing.errors import RepaymentKnown, ValueDateAhead
from domain.financing.facts import Fact
from domain.financing.owed import NewRepayment, debts_of
from domain.financing.proofs import require_unclaimed
from domain.financing.repayment_lines import KINDS, amount_of, digest_of, lines_of, source_of
from domain.financing.rules import needs_review
from domain.financing.states import RepaymentState
from domain.financing.suspended import close_entry, prove, require_fit
from domain.financing.tables import Repayment, RepaymentLine
from domain.ledger import steps
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables.rules import check_above_zero
from domain.values.actor import Actor

APPROVAL = "repayment"


def propose_repayment(session: TenantSession, new: NewRepayment, *, actor: Actor, clock: Clock) -> Repayment:
    """One person enters a payment: it is matched and allocated, and books nothing until a second one settles it.

    Raises ValueDateAhead, RepaymentKnown, EntryDoesNotFit, RepaymentUnproved, NothingOwed, PaysTooMuch, BeforeFunding,
    NotFound.
    """
    check_above_zero(new.amount, new.amount.currency)
    if new.value_date > clock.today():
        raise ValueDateAhead(value_date=new.value_date, today=clock.today())
    _require_new(session, new)
    if new.entry_number is not None:
        require_fit(session, new.entry_number, new.lender_id, new.amount)
    require_unclaimed(session, new)
    debts, payoff = debts_of(session, new)
    repayment = _received(session, new, actor, clock)
    if needs_review(new.amount, payoff):
        move(session, repayment, RepaymentState.SUSPENSE, actor=actor, clock=clock, reason=f"payoff {payoff}")
        session.flush()
        return repayment
    _allocate(session, repayment, debts, new.advance_ids, actor=actor, clock=clock)
    return repayment


def review_repayment(
    session: TenantSession, repayment_id: UUID, *, advance_ids: Sequence[UUID], actor: Actor, clock: Clock
) -> Repayment:
    """A person has looked at a payment of over five times the payoff: it is meant. Raises NotFound."""
    repayment = find_repayment(session, repayment_id)
    new = NewRepayment(
        lender_id=repayment.lender_id,
        payer_id=repayment.payer_id,
        payer=repayment.payer,
        amount=repayment.amount,
        value_date=repayment.value_date,
        reference=repayment.reference,
        reason=repayment.reason,
        advance_ids=advance_ids,
    )
    debts, _ = debts_of(session, new)
    _allocate(session, repayment, debts, advance_ids, actor=actor, clock=clock)
    return repayment


def settle_repayment(session: TenantSession, repayment_id: UUID, *, actor: Actor, clock: Clock) -> Repayment:
    """A second person books exactly what was allocated. Raises SamePerson, NothingProposed, EntryDoesNotFit."""
    # The ledger before the advances, as every booking locks them.
    steps.lock_ledger(session)
    repayment = find_repayment(session, repayment_id)
    lines = lines_of(session, repayment_id)
    digest = digest_of(repayment, lines)
    approvals.approve(session, kind=APPROVAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
    move(session, repayment, RepaymentState.SETTLED, actor=actor, clock=clock)
    session.flush()
    if repayment.entry_number is not None:
        close_entry(session, repayment.entry_number, repayment.amount, reason=repayment.public_id)
    book_facts(session, [_fact(repayment, line) for line in lines], actor=actor, clock=clock)
    facts = {"amount": str(repayment.amount.amount), "currency": repayment.currency}
    announce(session, "repayment.settled", repayment.public_id, facts, clock=clock)
    return repayment


def withdraw_repayment(
    session: TenantSession, repayment_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Repayment:
    """Take back a payment that nobody has settled. Raises IllegalTransition, NotFound."""
    repayment = find_repayment(session, repayment_id)
    if repayment.state is RepaymentState.ALLOCATED:
        digest = digest_of(repayment, lines_of(session, repayment_id))
        approvals.reject(
            session, kind=APPROVAL, subject_id=repayment.id, digest=digest, reason=reason, actor=actor, clock=clock
        )
    move(session, repayment, RepaymentState.WITHDRAWN, actor=actor, clock=clock, reason=reason)
    session.flush()
    return repayment


def match_entry(session: TenantSession, repayment_id: UUID, entry_number: int, *, clock: Clock) -> Repayment:
    """Say that an entry which came after it is the payment a person had entered. Raises EntryDoesNotFit, NotFound."""
    repayment = find_repayment(session, repayment_id)
    prove(session, repayment, entry_number, clock=clock)
    return repayment


def find_repayment(session: TenantSession, repayment_id: UUID) -> Repayment:
    """The payment, locked. Raises NotFound."""
    return lock_row(session, Repayment, repayment_id, kind="repayment", reference=repayment_id)


def _require_new(session: TenantSession, new: NewRepayment) -> None:
    known = session.exec(
        select(Repayment).where(
            Repayment.tenant_id == session.tenant_id,
            Repayment.lender_id == new.lender_id,
            Repayment.reference == new.reference,
        )
    ).one_or_none()
    if known is not None:
        raise RepaymentKnown(reference=new.reference, repayment=known.public_id)


def _received(session: TenantSession, new: NewRepayment, actor: Actor, clock: Clock) -> Repayment:
    repayment = Repayment(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        lender_id=new.lender_id,
        payer_id=new.payer_id,
        payer=new.payer,
        state=RepaymentState.RECEIVED,
        reference=new.reference,
        value_date=new.value_date,
        amount_minor=new.amount.minor,
        currency=new.amount.currency,
        entry_number=new.entry_number,
        reason=new.reason,
        made_by=str(actor),
    )
    session.add(repayment)
    session.flush()
    return repayment


def _allocate(
    session: TenantSession,
    repayment: Repayment,
    debts: Sequence[Debt],
    chosen: Sequence[UUID],
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    move(session, repayment, RepaymentState.MATCHED, actor=actor, clock=clock)
    shares = allocate_receipt(repayment.amount, debts, on=repayment.value_date, chosen=chosen)
    rows = [
        {
            "tenant_id": session.tenant_id,
            "repayment_id": repayment.id,
            "place": place,
            "advance_id": advance_id,
            "amount_minor": amount.minor,
        }
        for place, (advance_id, amount) in enumerate(shares, 1)
    ]
    session.execute(insert(RepaymentLine), rows)
    move(session, repayment, RepaymentState.ALLOCATED, actor=actor, clock=clock, reason="by R8")
    session.flush()
    digest = digest_of(repayment, lines_of(session, repayment.id))
    approvals.propose(session, kind=APPROVAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)


def _fact(repayment: Repayment, line: RepaymentLine) -> Fact:
    return Fact(
        advance_id=line.advance_id,
        kind=KINDS[repayment.payer],
        value_date=repayment.value_date,
        amount=amount_of(repayment, line),
        source=source_of(repayment, line),
        cash=AccountRef(AccountKind.SUSPENSE, repayment.currency),
        reason=repayment.reason,
    )
