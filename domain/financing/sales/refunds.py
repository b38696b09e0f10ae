"""What a merchant paid too much, paid back: asked for by the lender's maker, approved by its checker, paid by the bank.

As overpayments of debtors are (`financing.refunds`), and in the same run: each word goes to the table that knows it.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, cast, func, literal, null, select
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.approvals import service as approvals
from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing import refunds as of_debtors
from domain.financing.errors import NothingToRefund
from domain.financing.sales import queries
from domain.financing.sales.booking import book_facts
from domain.financing.sales.dues import overpaid
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.states import SalesEventKind
from domain.financing.sales.tables import SalesAdvance, SalesRefund
from domain.financing.states import RefundState
from domain.parties.queries import any_of, payable_accounts
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables.rules import check_above_zero
from domain.values.actor import BANK, Actor
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "sales_refund"
_LIVE = (RefundState.PROPOSED, RefundState.APPROVED)
_MOVED = (Verdict.SETTLED, Verdict.RETURNED)


def propose_refund(
    session: TenantSession, advance_id: UUID, amount: Money, *, reason: str, actor: Actor, clock: Clock
) -> SalesRefund:
    """Ask to pay back what the merchant paid too much on an advance. Raises NothingToRefund, NotFound."""
    advance = queries.lock_sales_advances(session, [advance_id])[advance_id]
    check_above_zero(amount, advance.currency)
    under_way = any(each.state in _LIVE for each in refunds_of(session, advance_id))
    if under_way or advance.figures.wallet < amount:
        raise NothingToRefund(advance=advance.public_id, amount=str(amount), wallet=str(advance.figures.wallet))
    row = SalesRefund(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        advance_id=advance_id,
        state=RefundState.PROPOSED,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        made_by=str(actor),
    )
    session.add(row)
    session.flush()
    approvals.propose(session, kind=APPROVAL, subject_id=row.id, digest=_digest(row), actor=actor, clock=clock)
    return row


def approve_refund(session: TenantSession, refund_id: UUID, *, actor: Actor, clock: Clock) -> SalesRefund:
    """Let it leave with the next run. Raises SamePerson, NothingToRefund when a payment was returned meanwhile."""
    row = find_refund(session, refund_id)
    advance = queries.lock_sales_advances(session, [row.advance_id])[row.advance_id]
    if advance.figures.wallet < row.amount:
        raise NothingToRefund(advance=advance.public_id, amount=str(row.amount), wallet=str(advance.figures.wallet))
    approvals.approve(session, kind=APPROVAL, subject_id=row.id, digest=_digest(row), actor=actor, clock=clock)
    move(session, row, RefundState.APPROVED, actor=actor, clock=clock)
    session.flush()
    return row


def refuse_refund(session: TenantSession, refund_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> SalesRefund:
    """Keep the money in the merchant's wallet. Raises AlreadyDecided, NotFound."""
    row = find_refund(session, refund_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=row.id, digest=_digest(row), reason=reason, actor=actor, clock=clock
    )
    move(session, row, RefundState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return row


def find_refund(session: TenantSession, refund_id: UUID) -> SalesRefund:
    """The refund, locked. Raises NotFound."""
    found = session.get(SalesRefund, (session.tenant_id, refund_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(kind="sales refund", reference=refund_id)
    return found


def refunds_of(session: TenantSession, advance_id: UUID) -> list[SalesRefund]:
    """All that was asked for on an advance, oldest first."""
    found = select_rows(SalesRefund).where(
        SalesRefund.tenant_id == session.tenant_id, SalesRefund.advance_id == advance_id
    )
    return list(session.exec(found.order_by(col(SalesRefund.id))))


def due_sales_refunds(session: TenantSession, on: date) -> Select[Any]:
    """Approved refunds, from the account the advance was paid from to the one its merchant is paid to on `on`."""
    payable = payable_accounts(session.tenant_id, on).subquery("payable")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.WALLET_REFUND.value).label("purpose"),
            func.concat("sales_refund:", col(SalesRefund.id)).label("obligation_key"),
            col(SalesRefund.amount_minor).label("amount_minor"),
            col(SalesRefund.currency).label("currency"),
            col(SalesAdvance.own_account_id).label("own_account_id"),
            payable.c.account_id.label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(SalesRefund.id).label("subject_id"),
            literal(on).label("due_on"),
            func.concat("Refund ", col(SalesAdvance.contract_reference)).label("remittance"),
        )
        .join(
            SalesAdvance,
            and_(col(SalesAdvance.tenant_id) == SalesRefund.tenant_id, col(SalesAdvance.id) == SalesRefund.advance_id),
        )
        .join(payable, and_(payable.c.party_id == SalesAdvance.merchant_id, payable.c.currency == SalesRefund.currency))
        .where(
            col(SalesRefund.tenant_id) == session.tenant_id,
            col(SalesRefund.state) == RefundState.APPROVED,
            # A payment that was returned since took the money with it.
            col(SalesRefund.amount_minor) <= overpaid() - col(SalesAdvance.refunded_minor),
        )
    )


def book_refunds(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Refunds that reached merchants and debtors; what the bank refused or sent back is theirs, and asked for anew."""
    rows = {row.id: row for row in session.exec(_all(session, [each.subject_id for each in outcomes]))}
    others = [each for each in outcomes if each.subject_id not in rows]
    if others:
        of_debtors.book_wallet_refunds(session, others, clock)
    ours = sorted((each for each in outcomes if each.subject_id in rows), key=_settled_first)
    moved = [_fact(rows[each.subject_id], each) for each in ours if each.result in _MOVED]
    book_facts(session, moved, actor=BANK, clock=clock)
    for outcome in ours:
        row = rows[outcome.subject_id]
        if outcome.result is Verdict.SETTLED and row.state is RefundState.APPROVED:
            move(session, row, RefundState.PAID, actor=BANK, clock=clock)
        elif outcome.result is not Verdict.SETTLED and row.state in {RefundState.APPROVED, RefundState.PAID}:
            row.failure_reason = outcome.reason or ""
            move(session, row, RefundState.FAILED, actor=BANK, clock=clock, reason=row.failure_reason)
            announce(session, "sales_advance.refund_failed", row.public_id, {"reason": row.failure_reason}, clock=clock)
    session.flush()


def _settled_first(outcome: Outcome) -> bool:
    return outcome.result is not Verdict.SETTLED


def _fact(row: SalesRefund, outcome: Outcome) -> SalesFact:
    returned = outcome.result is Verdict.RETURNED
    return SalesFact(
        advance_id=row.advance_id,
        kind=SalesEventKind.RETURNED if returned else SalesEventKind.REFUNDED,
        value_date=outcome.value_date,
        amount=outcome.amount,
        source=outcome.source,
        cash=in_transit(outcome.own_account_id, outcome.amount.currency),
        reverses=outcome.source_of(Verdict.SETTLED) if returned else None,
        reason=outcome.reason or row.reason,
    )


def _all(session: TenantSession, ids: Sequence[UUID]) -> Any:  # noqa: ANN401 - a SELECT
    return (
        select_rows(SalesRefund)
        .where(SalesRefund.tenant_id == session.tenant_id, col(SalesRefund.id) == any_of(ids))
        .order_by(col(SalesRefund.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _digest(row: SalesRefund) -> str:
    return sha256(f"{row.id}|{row.advance_id}|{row.amount_minor}|{row.currency}|{row.reason}".encode()).hexdigest()
