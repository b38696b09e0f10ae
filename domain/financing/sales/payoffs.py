"""What settles an advance out of sales on a day, and what a payment does to it (R7, R9, R15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from domain.financing.errors import BeforeFunding
from domain.financing.sales import queries
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.replay import SalesEvent, SalesFigures, early_rebate, payoff_on, replay, unearned
from domain.financing.sales.states import SalesEventKind
from domain.financing.sales.tables import SalesAdvance, SalesRepayment
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Payoff:
    """What settles an advance on a day, if the merchant pays it by itself, and what it is made of."""

    on: date
    open: Money
    penalty: Money
    to_recover: Money
    unearned: Money
    rebate: Money
    amount: Money


def quote_payoff(session: TenantSession, advance: SalesAdvance, on: date) -> Payoff:
    """The payoff of a day, by what is known now (R9, R15). Raises BeforeFunding."""
    figures, amount = payoff(session, advance, on)
    return Payoff(
        on=on,
        open=figures.open,
        penalty=figures.penalty_open,
        to_recover=figures.to_recover,
        unearned=unearned(advance.contract, figures),
        rebate=early_rebate(advance.contract, figures, on),
        amount=amount,
    )


def payoff(session: TenantSession, advance: SalesAdvance, on: date) -> tuple[SalesFigures, Money]:
    """Where an advance would stand on a day, and what settles it then. Raises BeforeFunding."""
    if advance.funded_on is None or on < advance.funded_on:
        raise BeforeFunding(advance=advance.public_id, value_date=on)
    return payoff_by(advance, [event for _, event in _known(session, advance)], on)


def payoff_by(advance: SalesAdvance, events: Sequence[SalesEvent], on: date) -> tuple[SalesFigures, Money]:
    """The same of a funded advance whose events are at hand."""
    figures = replay(advance.contract, events, on)
    return figures, payoff_on(advance.contract, figures, on)


@dataclass(frozen=True, slots=True)
class Effect:
    """An advance just before and just after a payment, on its value date."""

    before: SalesFigures
    after: SalesFigures
    payoff_after: Money


def effect_of(session: TenantSession, advance: SalesAdvance, repayment: SalesRepayment) -> Effect:
    """What a payment does, or did, to its advance (R7): what is seen before it is settled."""
    on, contract = repayment.value_date, advance.contract
    known = [event for source, event in _known(session, advance) if source != source_of(repayment)]
    # One that was undone since is told as it was entered: without what took it back.
    present = {event.id for event in known}
    others = [event for event in known if event.reverses is None or event.reverses in present]
    own = SalesEvent(uuid7(), len(known) + 1, SalesEventKind.RECEIVED, on, repayment.amount)
    after = replay(contract, [*others, own], on)
    return Effect(replay(contract, others, on), after, payoff_on(contract, after, on))


def fact_of(repayment: SalesRepayment) -> SalesFact:
    """The payment as it is booked, out of suspense."""
    return SalesFact(
        advance_id=repayment.advance_id,
        kind=SalesEventKind.RECEIVED,
        value_date=repayment.value_date,
        amount=repayment.amount,
        source=source_of(repayment),
        cash=AccountRef(AccountKind.SUSPENSE, repayment.currency),
        reason=repayment.reason,
    )


def source_of(repayment: SalesRepayment) -> str:
    """The word by which its advance knows it."""
    return f"sales_repayment:{repayment.id}"


def digest_of(repayment: SalesRepayment) -> str:
    """What a second person settles, or undoes."""
    facts = f"{repayment.advance_id}|{repayment.value_date}|{repayment.amount_minor}|{repayment.currency}"
    return sha256(f"{facts}|{repayment.reference}|{repayment.reason}".encode()).hexdigest()


def _known(session: TenantSession, advance: SalesAdvance) -> Sequence[tuple[str, SalesEvent]]:
    rows = queries.events_of(session, [advance.id]).get(advance.id, [])
    return [(row.source, queries.as_event(row)) for row in rows]
