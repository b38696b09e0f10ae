"""Payments of merchants that a person booked, undone by two: they were another's, or never came."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from domain.approvals import service as approvals
from domain.financing.sales.booking import book_facts
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.payoffs import digest_of, fact_of, source_of
from domain.financing.sales.repayments import find_repayment
from domain.financing.sales.states import SalesEventKind
from domain.financing.sales.tables import SalesRepayment
from domain.financing.states import RepaymentState
from domain.ledger import steps
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import Actor

REVERSAL = "sales_repayment_reversal"
_S = RepaymentState


def propose_reversal(session: TenantSession, repayment_id: UUID, *, actor: Actor, clock: Clock) -> SalesRepayment:
    """Ask for a settled payment to be undone: it was another's, or never came. Raises NotFound."""
    repayment = find_repayment(session, repayment_id)
    digest = digest_of(repayment)
    approvals.propose(session, kind=REVERSAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
    return repayment


def approve_reversal(
    session: TenantSession, repayment_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> SalesRepayment:
    """A second person undoes it, also after full repayment: what came later is set off anew in date order.

    Raises SamePerson, NothingProposed, IllegalTransition.
    """
    steps.lock_ledger(session)
    repayment = find_repayment(session, repayment_id)
    digest = digest_of(repayment)
    approvals.approve(session, kind=REVERSAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
    move(session, repayment, _S.REVERSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    book_facts(session, [_undoing(repayment, clock.today(), reason)], actor=actor, clock=clock)
    move(session, repayment, _S.REPLAYED, actor=actor, clock=clock, reason=reason)
    session.flush()
    announce(session, "sales_repayment.reversed", repayment.public_id, {"reason": reason}, clock=clock)
    return repayment


def _undoing(repayment: SalesRepayment, on: date, reason: str) -> SalesFact:
    source = source_of(repayment)
    return replace(
        fact_of(repayment),
        kind=SalesEventKind.RETURNED,
        value_date=on,
        source=f"{source}:reversed",
        reverses=source,
        reason=reason,
    )
