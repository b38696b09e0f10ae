"""Payments of merchants by their own transfer (R7, R9, R15): entered by one person, settled by a second.

received -> matched -> allocated -> settled -> reversed -> replayed, as payments on invoices are; what is over five
times the payoff waits in suspense for a review. The money stands in the suspense account and goes back there when a
booking is reversed. The value date may lie in the past: the advance is replayed, never patched.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.errors import RepaymentKnown, RepaymentUnproved, ValueDateAhead
from domain.financing.proofs import APART
from domain.financing.rules import needs_review
from domain.financing.sales import queries
from domain.financing.sales.booking import book_facts
from domain.financing.sales.payoffs import digest_of, fact_of, payoff
from domain.financing.sales.tables import SalesAdvance, SalesRepayment
from domain.financing.states import RepaymentState
from domain.financing.suspended import close_entry, prove, require_fit
from domain.ledger import steps
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables.rules import check_above_zero
from domain.values.actor import Actor
from domain.values.money import Money

APPROVAL = "sales_repayment"
_S = RepaymentState
_STANDING = (_S.RECEIVED, _S.SUSPENSE, _S.MATCHED, _S.ALLOCATED, _S.SETTLED)


@dataclass(frozen=True, slots=True)
class NewSalesRepayment:
    """A payment to book; `entry_number` names the statement entry that waits in suspense, where there is one."""

    advance_id: UUID
    amount: Money
    value_date: date
    reference: str
    reason: str
    entry_number: int | None = None


def propose_repayment(session: TenantSession, new: NewSalesRepayment, *, actor: Actor, clock: Clock) -> SalesRepayment:
    """One person enters a payment; nothing is booked until a second one settles it.

    Raises ValueDateAhead, BeforeFunding, RepaymentKnown, EntryDoesNotFit, RepaymentUnproved, AmountNotAboveZero,
    NotFound.
    """
    advance = queries.find_sales_advance(session, new.advance_id)
    check_above_zero(new.amount, advance.currency)
    if new.value_date > clock.today():
        raise ValueDateAhead(value_date=new.value_date, today=clock.today())
    _, settles = payoff(session, advance, new.value_date)
    _require_new(session, advance, new)
    repayment = SalesRepayment(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        advance_id=advance.id,
        lender_id=advance.lender_id,
        merchant_id=advance.merchant_id,
        state=_S.RECEIVED,
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
    if needs_review(new.amount, settles):
        move(session, repayment, _S.SUSPENSE, actor=actor, clock=clock, reason=f"payoff {settles}")
        session.flush()
        return repayment
    _allocate(session, repayment, actor=actor, clock=clock)
    return repayment


def review_repayment(session: TenantSession, repayment_id: UUID, *, actor: Actor, clock: Clock) -> SalesRepayment:
    """A person has looked at a payment of over five times the payoff: it is meant. Raises NotFound."""
    repayment = find_repayment(session, repayment_id)
    _allocate(session, repayment, actor=actor, clock=clock)
    return repayment


def settle_repayment(session: TenantSession, repayment_id: UUID, *, actor: Actor, clock: Clock) -> SalesRepayment:
    """A second person books exactly what was entered. Raises SamePerson, NothingProposed, EntryDoesNotFit."""
    # The ledger before the advance, as every booking locks them.
    steps.lock_ledger(session)
    repayment = find_repayment(session, repayment_id)
    digest = digest_of(repayment)
    approvals.approve(session, kind=APPROVAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
    move(session, repayment, _S.SETTLED, actor=actor, clock=clock)
    session.flush()
    if repayment.entry_number is not None:
        close_entry(session, repayment.entry_number, repayment.amount, reason=repayment.public_id)
    book_facts(session, [fact_of(repayment)], actor=actor, clock=clock)
    facts = {"amount": str(repayment.amount.amount), "currency": repayment.currency}
    announce(session, "sales_repayment.settled", repayment.public_id, facts, clock=clock)
    return repayment


def withdraw_repayment(
    session: TenantSession, repayment_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> SalesRepayment:
    """Take back a payment that nobody has settled. Raises IllegalTransition, NotFound."""
    repayment = find_repayment(session, repayment_id)
    if repayment.state is _S.ALLOCATED:
        digest = digest_of(repayment)
        approvals.reject(
            session, kind=APPROVAL, subject_id=repayment.id, digest=digest, reason=reason, actor=actor, clock=clock
        )
    move(session, repayment, _S.WITHDRAWN, actor=actor, clock=clock, reason=reason)
    session.flush()
    return repayment


def match_entry(session: TenantSession, repayment_id: UUID, entry_number: int, *, clock: Clock) -> SalesRepayment:
    """Say that an entry which came after it is the payment a person had entered: it moves nothing, and counts once.

    Raises EntryDoesNotFit, NotFound.
    """
    repayment = find_repayment(session, repayment_id)
    prove(session, repayment, entry_number, clock=clock)
    return repayment


def find_repayment(session: TenantSession, repayment_id: UUID) -> SalesRepayment:
    """The payment, locked. Raises NotFound."""
    return lock_row(session, SalesRepayment, repayment_id, kind="sales repayment", reference=repayment_id)


def unproved(session: TenantSession, lender_ids: Collection[UUID]) -> list[SalesRepayment]:
    """The lenders' payments that stand and that no statement entry has proved."""
    return list(
        session.exec(
            select(SalesRepayment)
            .where(
                SalesRepayment.tenant_id == session.tenant_id,
                col(SalesRepayment.lender_id) == any_of(lender_ids),
                col(SalesRepayment.entry_number).is_(None),
                col(SalesRepayment.state).in_(_STANDING),
            )
            .order_by(col(SalesRepayment.id))
        )
    )


def may_be(repayment: SalesRepayment, advance_id: UUID, amount: Money, value_date: date) -> bool:
    """Whether money for that advance may be the very payment that was entered."""
    same = (repayment.advance_id, repayment.amount) == (advance_id, amount)
    return same and abs(repayment.value_date - value_date) <= APART


def _require_new(session: TenantSession, advance: SalesAdvance, new: NewSalesRepayment) -> None:
    """It counts once: by its reference, and by the entry it is."""
    known = session.exec(
        select(SalesRepayment).where(
            SalesRepayment.tenant_id == session.tenant_id,
            SalesRepayment.lender_id == advance.lender_id,
            SalesRepayment.reference == new.reference,
        )
    ).one_or_none()
    if known is not None:
        raise RepaymentKnown(reference=new.reference, repayment=known.public_id)
    if new.entry_number is None:
        return
    require_fit(session, new.entry_number, advance.lender_id, new.amount)
    for other in unproved(session, [advance.lender_id]):
        if may_be(other, advance.id, new.amount, new.value_date):
            raise RepaymentUnproved(repayment=other.public_id, entry=new.entry_number, amount=str(new.amount))


def _allocate(session: TenantSession, repayment: SalesRepayment, *, actor: Actor, clock: Clock) -> None:
    move(session, repayment, _S.MATCHED, actor=actor, clock=clock)
    move(session, repayment, _S.ALLOCATED, actor=actor, clock=clock, reason="by R7")
    session.flush()
    digest = digest_of(repayment)
    approvals.propose(session, kind=APPROVAL, subject_id=repayment.id, digest=digest, actor=actor, clock=clock)
