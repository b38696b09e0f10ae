"""Money that merchants sent by themselves, naming their contract: booked from the statement without anybody's help."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.banking.cash import cash_at_bank
from domain.financing.receipts import Receipt, words_of
from domain.financing.rules import needs_review
from domain.financing.sales import queries
from domain.financing.sales.booking import book_facts
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.payoffs import payoff_by
from domain.financing.sales.repayments import may_be, unproved
from domain.financing.sales.replay import SalesEvent
from domain.financing.sales.states import PAID_OUT, SalesEventKind
from domain.financing.sales.tables import SalesAdvance, SalesRepayment
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor


@dataclass(frozen=True, slots=True)
class _Meant:
    """A receipt, and the one advance it names."""

    receipt: Receipt
    advance: SalesAdvance


def book_sales_receipts(
    session: TenantSession, receipts: Sequence[Receipt], *, actor: Actor, clock: Clock
) -> dict[str, UUID]:
    """Book those receipts that repay an advance out of sales; returns the advance by the receipt's source.

    That is: the remittance names the contract of one advance that was paid out of that account, in its currency. What
    is over five times the payoff, older than the payout, or perhaps what a person entered already is left to a person.
    """
    named = _meant(session, receipts)
    events = queries.events_of(session, {each.advance.id for each in named})
    meant = [each for each in named if _plausible(each, [queries.as_event(row) for row in events[each.advance.id]])]
    entered = unproved(session, {each.advance.lender_id for each in meant})
    sure = [each for each in meant if not _entered(each, entered)]
    book_facts(session, [_fact(each) for each in sure], actor=actor, clock=clock)
    return {each.receipt.source: each.advance.id for each in sure}


def _meant(session: TenantSession, receipts: Sequence[Receipt]) -> list[_Meant]:
    advances = _by_contract(session, receipts)
    found = []
    for receipt in receipts:
        named = {
            advance.id: advance
            for word in words_of(receipt.remittance)
            for advance in advances.get((receipt.own_account_id, word), ())
        }
        if len(named) == 1:
            found.append(_Meant(receipt, next(iter(named.values()))))
    return found


def _by_contract(
    session: TenantSession, receipts: Sequence[Receipt]
) -> Mapping[tuple[UUID, str], Sequence[SalesAdvance]]:
    words = {word for receipt in receipts for word in words_of(receipt.remittance)}
    rows = session.exec(
        select(SalesAdvance).where(
            SalesAdvance.tenant_id == session.tenant_id,
            col(SalesAdvance.own_account_id) == any_of({receipt.own_account_id for receipt in receipts}),
            col(SalesAdvance.contract_reference) == any_(literal(sorted(words), ARRAY(Text))),
            col(SalesAdvance.state).in_(PAID_OUT),
        )
    )
    found: defaultdict[tuple[UUID, str], list[SalesAdvance]] = defaultdict(list)
    for row in rows:
        found[row.own_account_id, row.contract_reference].append(row)
    return found


def _plausible(each: _Meant, events: Sequence[SalesEvent]) -> bool:
    """Its currency, no older than the payout, and not so much that it must be a slip."""
    receipt, advance = each.receipt, each.advance
    if receipt.amount.currency != advance.currency:
        return False
    if advance.funded_on is None or receipt.value_date < advance.funded_on:
        return False
    _, settles = payoff_by(advance, events, receipt.value_date)
    return not needs_review(receipt.amount, settles)


def _entered(each: _Meant, entered: Sequence[SalesRepayment]) -> bool:
    """Whether a person may have entered this money before its statement came."""
    receipt = each.receipt
    return any(may_be(known, each.advance.id, receipt.amount, receipt.value_date) for known in entered)


def _fact(each: _Meant) -> SalesFact:
    receipt = each.receipt
    return SalesFact(
        advance_id=each.advance.id,
        kind=SalesEventKind.RECEIVED,
        value_date=receipt.value_date,
        amount=receipt.amount,
        source=receipt.source,
        cash=cash_at_bank(receipt.own_account_id, receipt.amount.currency),
    )
