"""A debtor's overpayment paid back: asked for by the lender's maker, approved by its checker, paid by the bank.

It leaves from the lender's own account, where it came in. A refund the bank refused or sent back stays the debtor's.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, cast, func, literal, null, select
from sqlmodel import col

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing.booking import book_facts
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.queries import lock_advances
from domain.financing.refunding import MOVES_MONEY, Refunds, settled_first
from domain.financing.states import RefundState
from domain.financing.tables import Advance, WalletRefund
from domain.parties.queries import own_accounts, payable_accounts
from domain.platform.binds import ON, TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.tables import Receivable
from domain.values.actor import BANK, Actor
from domain.values.errors import NotFound
from domain.values.money import Money

REFUNDS = Refunds(WalletRefund, noun="wallet refund", approval="wallet_refund", failed="wallet.refund_failed")
refuse_refund, find_refund, refunds_of = REFUNDS.refuse, REFUNDS.find, REFUNDS.of_advance


def propose_refund(
    session: TenantSession, advance_id: UUID, amount: Money, *, reason: str, actor: Actor, clock: Clock
) -> WalletRefund:
    """Ask to pay back what the debtor paid too much on an advance. Raises NothingToRefund, NotFound."""
    advance = _advance(session, advance_id)
    wallet = advance.figures.wallet
    return REFUNDS.propose(session, advance, wallet, amount, reason=reason, actor=actor, clock=clock)


def approve_refund(session: TenantSession, refund_id: UUID, *, actor: Actor, clock: Clock) -> WalletRefund:
    """Let it leave with the next run. Raises SamePerson, NothingToRefund when a payment was returned meanwhile."""
    row = find_refund(session, refund_id)
    advance = _advance(session, row.advance_id)
    return REFUNDS.approve(session, row, advance, advance.figures.wallet, actor=actor, clock=clock)


def due_wallet_refunds(session: TenantSession, on: date) -> Select[Any]:
    """Approved refunds, from the lender's own account to the one its debtor is paid to on `on`."""
    return _due_refunds().params(of(session, of_on=on))


@cache
def _due_refunds() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable")
    own = own_accounts(TENANT).subquery("own")
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
            ON.label("due_on"),
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
            col(WalletRefund.tenant_id) == TENANT,
            col(WalletRefund.state) == RefundState.APPROVED,
            # A payment that was returned since took the money with it.
            col(WalletRefund.amount_minor) <= col(Advance.overpaid_minor) - col(Advance.refunded_minor),
        )
    )


def book_wallet_refunds(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Refunds that reached their debtors; what the bank refused or sent back is the debtor's, and asked for anew."""
    rows = REFUNDS.lock(session, [outcome.subject_id for outcome in outcomes])
    moved = [each for each in sorted(outcomes, key=settled_first) if each.result in MOVES_MONEY]
    book_facts(session, [_fact(rows[each.subject_id], each) for each in moved], actor=BANK, clock=clock)
    REFUNDS.follow(session, rows, outcomes, clock)


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
