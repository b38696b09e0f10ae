"""Payments that a person booked, undone by two: they were another's, or never came."""

from datetime import date
from uuid import UUID

from domain.approvals import service as approvals
from domain.financing.booking import book_facts
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.repayment_lines import amount_of, digest_of, lines_of, source_of
from domain.financing.repayments import find_repayment
from domain.financing.states import RepaymentState
from domain.financing.tables import Repayment, RepaymentLine
from domain.ledger import steps
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import Actor

REVERSAL = "repayment_reversal"


def propose_reversal(session: TenantSession, repayment_id: UUID, *, actor: Actor, clock: Clock) -> Repayment:
    """An operator asks for a settled payment to be undone: it was another's, or never came. Raises NotFound."""
    repayment = find_repayment(session, repayment_id)
    digest = digest_of(repayment, lines_of(session, repayment_id))
    approvals.propose(session, kind=REVERSAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
    return repayment


def approve_reversal(
    session: TenantSession, repayment_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Repayment:
    """A second person undoes it, also after full repayment: later payments are allocated anew in date order.

    Raises SamePerson, NothingProposed, IllegalTransition.
    """
    steps.lock_ledger(session)
    repayment = find_repayment(session, repayment_id)
    lines = lines_of(session, repayment_id)
    digest = digest_of(repayment, lines)
    approvals.approve(session, kind=REVERSAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
    move(session, repayment, RepaymentState.REVERSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    undone = [_undoing(repayment, line, clock.today(), reason) for line in lines]
    book_facts(session, undone, actor=actor, clock=clock)
    move(session, repayment, RepaymentState.REPLAYED, actor=actor, clock=clock, reason=reason)
    session.flush()
    announce(session, "repayment.reversed", repayment.public_id, {"reason": reason}, clock=clock)
    return repayment


def _undoing(repayment: Repayment, line: RepaymentLine, on: date, reason: str) -> Fact:
    return Fact(
        advance_id=line.advance_id,
        kind=EventKind.RETURNED,
        value_date=on,
        amount=amount_of(repayment, line),
        source=f"{source_of(repayment, line)}:reversed",
        cash=AccountRef(AccountKind.SUSPENSE, repayment.currency),
        reverses=source_of(repayment, line),
        reason=reason,
    )
