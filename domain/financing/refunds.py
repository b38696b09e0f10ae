"""A debtor's overpayment paid back: asked for by the lender's maker, approved by its checker, paid by the bank.

It leaves from the lender's own account, where it came in. A refund the bank refused or sent back stays the debtor's.
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
from domain.financing.booking import book_facts
from domain.financing.errors import NothingToRefund
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.queries import lock_advances
from domain.financing.states import RefundState
from domain.financing.tables import Advance, WalletRefund
from domain.parties.queries import any_of, own_accounts, payable_accounts
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables.rules import check_above_zero
from domain.receivables.tables import Receivable
from domain.values.actor import BANK, Actor
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "wallet_refund"


def propose_refund(
    session: TenantSession, advance_id: UUID, amount: Money, *, reason: str, actor: Actor, clock: Clock
) -> WalletRefund:
    """Ask to pay back what the debtor paid too much on an advance. Raises NothingToRefund, NotFound."""
    advance = _advance(session, advance_id)
    check_above_zero(amount, advance.currency)
    under_way = session.scalars(_live(session, advance_id)).first()
    if under_way is not None or advance.figures.wallet < amount:
        raise NothingToRefund(advance=advance.public_id, amount=str(amount), wallet=str(advance.figures.wallet))
    row = WalletRefund(
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


def approve_refund(session: TenantSession, refund_id: UUID, *, actor: Actor, clock: Clock) -> WalletRefund:
    """Let it leave with the next run. Raises SamePerson, NothingToRefund when a payment was returned meanwhile."""
    row = find_refund(session, refund_id)
    advance = _advance(session, row.advance_id)
    if advance.figures.wallet < row.amount:
        raise NothingToRefund(advance=advance.public_id, amount=str(row.amount), wallet=str(advance.figures.wallet))
    approvals.approve(session, kind=APPROVAL, subject_id=row.id, digest=_digest(row), actor=actor, clock=clock)
    move(session, row, RefundState.APPROVED, actor=actor, clock=clock)
    session.flush()
    return row


def refuse_refund(session: TenantSession, refund_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> WalletRefund:
    """Keep the money for the debtor's next invoices. Raises AlreadyDecided, NotFound."""
    row = find_refund(session, refund_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=row.id, digest=_digest(row), reason=reason, actor=actor, clock=clock
    )
    move(session, row, RefundState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return row


def find_refund(session: TenantSession, refund_id: UUID) -> WalletRefund:
    """The refund, locked. Raises NotFound."""
    found = session.get(WalletRefund, (session.tenant_id, refund_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(kind="wallet refund", reference=refund_id)
    return found


def refunds_of(session: TenantSession, advance_id: UUID) -> list[WalletRefund]:
    """All that was asked for on an advance, oldest first."""
    found = select_rows(WalletRefund).where(
        WalletRefund.tenant_id == session.tenant_id, WalletRefund.advance_id == advance_id
    )
    return list(session.exec(found.order_by(col(WalletRefund.id))))


def due_wallet_refunds(session: TenantSession, on: date) -> Select[Any]:
    """Approved refunds, from the lender's own account to the one its debtor is paid to on `on`."""
    payable = payable_accounts(session.tenant_id, on).subquery("payable")
    own = own_accounts(session.tenant_id).subquery("own")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.WALLET_REFUND.value).label("purpose"),
            func.concat("wallet_refund:", col(WalletRefund.id)).label("obligation_key"),
            col(WalletRefund.amount_minor).label("amount_minor"),
            col(WalletRefund.currency).label("currency"),
            own.c.account_id.label("own_account_id"),
            payable.c.account_id.label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(WalletRefund.id).label("subject_id"),
            literal(on).label("due_on"),
            func.concat("Refund ", col(Receivable.invoice_number)).label("remittance"),
        )
        .join(
            Advance, and_(col(Advance.tenant_id) == WalletRefund.tenant_id, col(Advance.id) == WalletRefund.advance_id)
        )
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == Advance.tenant_id, col(Receivable.id) == Advance.receivable_id),
        )
        .join(own, and_(own.c.party_id == Advance.lender_id, own.c.currency == WalletRefund.currency))
        .join(payable, and_(payable.c.party_id == Advance.debtor_id, payable.c.currency == WalletRefund.currency))
        .where(
            col(WalletRefund.tenant_id) == session.tenant_id,
            col(WalletRefund.state) == RefundState.APPROVED,
            # A payment that was returned since took the money with it.
            col(WalletRefund.amount_minor) <= col(Advance.overpaid_minor) - col(Advance.refunded_minor),
        )
    )


def book_wallet_refunds(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Refunds that reached their debtors; what the bank refused or sent back is the debtor's, and asked for anew."""
    ids = [outcome.subject_id for outcome in outcomes]
    rows = {row.id: row for row in session.exec(_all(session, ids))}
    moved = sorted((each for each in outcomes if each.result in _MOVED), key=lambda each: _MOVED.index(each.result))
    book_facts(session, [_fact(rows[each.subject_id], each) for each in moved], actor=BANK, clock=clock)
    for outcome in sorted(outcomes, key=lambda each: each.result is not Verdict.SETTLED):
        row = rows[outcome.subject_id]
        if outcome.result is Verdict.SETTLED and row.state is RefundState.APPROVED:
            move(session, row, RefundState.PAID, actor=BANK, clock=clock)
        elif outcome.result is not Verdict.SETTLED and row.state in {RefundState.APPROVED, RefundState.PAID}:
            row.failure_reason = outcome.reason or ""
            move(session, row, RefundState.FAILED, actor=BANK, clock=clock, reason=row.failure_reason)
            announce(session, "wallet.refund_failed", row.public_id, {"reason": row.failure_reason}, clock=clock)
    session.flush()


_MOVED = (Verdict.SETTLED, Verdict.RETURNED)


def _fact(row: WalletRefund, outcome: Outcome) -> Fact:
    returned = outcome.result is Verdict.RETURNED
    return Fact(
        advance_id=row.advance_id,
        kind=EventKind.RETURNED if returned else EventKind.REFUNDED,
        value_date=outcome.value_date,
        amount=outcome.amount,
        source=outcome.source,
        cash=in_transit(outcome.own_account_id, outcome.amount.currency),
        reverses=outcome.source_of(Verdict.SETTLED) if returned else None,
        reason=outcome.reason or row.reason,
    )


def _advance(session: TenantSession, advance_id: UUID) -> Advance:
    found = lock_advances(session, [advance_id]).get(advance_id)
    if found is None:
        raise NotFound(kind="advance", reference=advance_id)
    return found


def _live(session: TenantSession, advance_id: UUID) -> Select[UUID]:
    return select(col(WalletRefund.id)).where(
        col(WalletRefund.tenant_id) == session.tenant_id,
        col(WalletRefund.advance_id) == advance_id,
        col(WalletRefund.state).in_((RefundState.PROPOSED, RefundState.APPROVED)),
    )


def _all(session: TenantSession, ids: Sequence[UUID]) -> Any:  # noqa: ANN401 - a SELECT
    return (
        select_rows(WalletRefund)
        .where(WalletRefund.tenant_id == session.tenant_id, col(WalletRefund.id) == any_of(ids))
        .order_by(col(WalletRefund.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _digest(row: WalletRefund) -> str:
    return sha256(f"{row.id}|{row.advance_id}|{row.amount_minor}|{row.currency}|{row.reason}".encode()).hexdigest()
