"""What a merchant paid too much, paid back: asked for by the lender's maker, approved by its checker, paid by the bank.

As overpayments of debtors are (`financing.refunds`), and in the same run: each word goes to the table that knows it.
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
from domain.financing import refunds as of_debtors
from domain.financing.refunding import MOVES_MONEY, Refunds, settled_first
from domain.financing.sales import queries
from domain.financing.sales.booking import book_facts
from domain.financing.sales.dues import overpaid
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.states import SalesEventKind
from domain.financing.sales.tables import SalesAdvance, SalesRefund
from domain.financing.states import RefundState
from domain.parties.queries import payable_accounts
from domain.platform.binds import ON, TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import BANK, Actor
from domain.values.money import Money

REFUNDS = Refunds(SalesRefund, noun="sales refund", approval="sales_refund", failed="sales_advance.refund_failed")
refuse_refund, find_refund, refunds_of = REFUNDS.refuse, REFUNDS.find, REFUNDS.of_advance


def propose_refund(
    session: TenantSession, advance_id: UUID, amount: Money, *, reason: str, actor: Actor, clock: Clock
) -> SalesRefund:
    """Ask to pay back what the merchant paid too much on an advance. Raises NothingToRefund, NotFound."""
    advance = queries.lock_sales_advances(session, [advance_id])[advance_id]
    wallet = advance.figures.wallet
    return REFUNDS.propose(session, advance, wallet, amount, reason=reason, actor=actor, clock=clock)


def approve_refund(session: TenantSession, refund_id: UUID, *, actor: Actor, clock: Clock) -> SalesRefund:
    """Let it leave with the next run. Raises SamePerson, NothingToRefund when a payment was returned meanwhile."""
    row = find_refund(session, refund_id)
    advance = queries.lock_sales_advances(session, [row.advance_id])[row.advance_id]
    return REFUNDS.approve(session, row, advance, advance.figures.wallet, actor=actor, clock=clock)


def due_sales_refunds(session: TenantSession, on: date) -> Select[Any]:
    """Approved refunds, from the account the advance was paid from to the one its merchant is paid to on `on`."""
    return _due_refunds().params(of(session, of_on=on))


@cache
def _due_refunds() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable")
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
            ON.label("due_on"),
            func.concat("Refund ", col(SalesAdvance.contract_reference)).label("remittance"),
        )
        .join(
            SalesAdvance,
            and_(col(SalesAdvance.tenant_id) == SalesRefund.tenant_id, col(SalesAdvance.id) == SalesRefund.advance_id),
        )
        .join(payable, and_(payable.c.party_id == SalesAdvance.merchant_id, payable.c.currency == SalesRefund.currency))
        .where(
            col(SalesRefund.tenant_id) == TENANT,
            col(SalesRefund.state) == RefundState.APPROVED,
            # A payment that was returned since took the money with it.
            col(SalesRefund.amount_minor) <= overpaid() - col(SalesAdvance.refunded_minor),
        )
    )


def book_refunds(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Refunds that reached merchants and debtors; what the bank refused or sent back is theirs, and asked for anew."""
    rows = REFUNDS.lock(session, [outcome.subject_id for outcome in outcomes])
    others = [each for each in outcomes if each.subject_id not in rows]
    if others:
        of_debtors.book_wallet_refunds(session, others, clock)
    ours = sorted((each for each in outcomes if each.subject_id in rows), key=settled_first)
    moved = [_fact(rows[each.subject_id], each) for each in ours if each.result in MOVES_MONEY]
    book_facts(session, moved, actor=BANK, clock=clock)
    REFUNDS.follow(session, rows, ours, clock)


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
