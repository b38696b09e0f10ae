"""An advance from its events: one function that every booking and every question about the past goes through.

Decision (first issue): a repayment that comes late, back-dated or is returned is never patched into running figures.
The advance is replayed from its events in date order, and the books get the difference between what stood there and
what the replay says. A returned payment counts as never made. The set-based accrual adds the same figures up;
a property test holds the two together.

What comes from the seller is told apart from what the debtor pays, because only the debtor's money pays the invoice. A
write-off takes whatever is open on its date, so that a payment booked later for an earlier date makes the loss smaller.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.financing.events import Event, EventKind, in_date_order, standing
from domain.financing.figures import Figures, unfunded
from domain.financing.rules import (
    accrued,
    allocate_payment,
    dilution_call,
    early_charge,
    minimum_interest,
    unused_interest,
)
from domain.financing.terms import Component, Contract, PenaltyBase
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Step:
    """One event on the way: the figures after the one before it, those accrued to its date, those it left."""

    event: Event
    before: Figures
    accrued: Figures
    after: Figures


def walk(contract: Contract, events: Iterable[Event], as_of: date) -> Iterator[Step]:
    """Event after event, from nothing, by what is known up to and on `as_of`."""
    figures = unfunded(contract.currency)
    known = [event for event in in_date_order(standing(list(events))) if event.value_date <= as_of]
    debt = contract.face - _sum(known, EventKind.DILUTED, contract.currency)
    for event in known:
        accrued_then = accrue_to(contract, figures, event.value_date)
        after = _apply(contract, accrued_then, event, debt)
        yield Step(event, figures, accrued_then, after)
        figures = after


def replay(contract: Contract, events: Iterable[Event], as_of: date) -> Figures:
    """The figures at `as_of`, from nothing, by the events up to and on that date."""
    figures = unfunded(contract.currency)
    for step in walk(contract, events, as_of):
        figures = step.after
    return accrue_to(contract, figures, as_of)


def payoff_on(contract: Contract, figures: Figures, on: date) -> Money:
    """What settles an advance at these figures if it is paid that day: all that is owed, and for being early (R9).

    On day 15 of the base case at 50 bp: 900,000.00 + 2,062.50 + 4,500.00 = 906,562.50.
    """
    return figures.payoff + early_charge(contract, figures.principal, on)


def _sum(events: Iterable[Event], kind: EventKind, currency: str) -> Money:
    return Money.total((event.amount for event in events if event.kind is kind), currency)


def _called(contract: Contract, figures: Figures) -> Money:
    financed = contract.face if contract.financed is None else contract.financed
    unpaid = financed - figures.diluted - figures.collected
    return dilution_call(figures.principal, contract.advance_rate, unpaid, figures.diluted)


def accrue_to(contract: Contract, figures: Figures, until: date | None) -> Figures:
    """The figures at the start of `until`, if nothing happens before; never back in time."""
    funded_on, since = figures.funded_on, figures.as_of
    if funded_on is None or since is None or until is None or until <= since:
        return figures
    terms = contract.terms
    interest_base = figures.interest_base + figures.principal.minor * (
        contract.interest_days(funded_on, until) - contract.interest_days(funded_on, since)
    )
    rounding, currency = terms.rounding, contract.currency
    earned = accrued(interest_base, terms.annual_rate, terms.day_count, rounding, currency)
    # What is owed however early is owed from the start (R9); days earn more once they come to more.
    earning = replace(figures, interest_base=interest_base, interest_accrued=max(earned, minimum_interest(contract)))
    late_days = contract.penalty_days(until) - contract.penalty_days(since)
    penalty_base = figures.penalty_base + _bears_penalty(contract, earning) * late_days
    penalty = accrued(penalty_base, terms.penalty_rate, terms.day_count, rounding, currency)
    return replace(earning, as_of=until, penalty_base=penalty_base, penalty_accrued=penalty)


def _bears_penalty(contract: Contract, figures: Figures) -> int:
    """What the penalty rate is charged on, in minor units (R6); interest stands still once penalty runs."""
    if contract.terms.penalty_on is PenaltyBase.PRINCIPAL:
        return figures.principal.minor
    return figures.principal.minor + figures.owed[Component.INTEREST].minor


def _apply(contract: Contract, figures: Figures, event: Event, debt: Money) -> Figures:
    amount, nothing = event.amount, Money.zero(contract.currency)
    match event.kind:
        case EventKind.FUNDED:
            after = _fund(contract, figures, event)
        case EventKind.RELEASED:
            after = replace(figures, released=figures.released + amount)
        case EventKind.REFUNDED:
            after = replace(figures, refunded=figures.refunded + amount)
        case EventKind.COST:
            after = _settle(contract, replace(figures, costs_charged=figures.costs_charged + amount), nothing)
        case EventKind.DILUTED:
            after = replace(figures, diluted=figures.diluted + amount)
        case EventKind.DILUTION_PAID:
            after = _answer_call(contract, figures, amount)
        case EventKind.BOUGHT_BACK:
            bought = replace(figures, bought_back=figures.bought_back + amount)
            after = _settle(contract, bought, amount, on=event.value_date)
        case EventKind.WRITTEN_OFF:
            after = _write_off(figures)
        case _:
            after = _receive(contract, figures, event, debt)
    return replace(after, called=_called(contract, after))


def _fund(contract: Contract, figures: Figures, event: Event) -> Figures:
    funded = replace(
        figures,
        funded_on=event.value_date,
        as_of=event.value_date,
        principal=contract.principal,
        fee=contract.fee,
        disbursed=event.amount,
        interest_accrued=minimum_interest(contract),
        # What was neither paid out nor kept as fee is interest paid in front (R4).
        interest_paid=contract.principal - contract.fee - event.amount,
    )
    # The debtor may have paid before the money went out: what is held already repays.
    return _settle(contract, funded, Money.zero(contract.currency))


def _receive(contract: Contract, figures: Figures, event: Event, debt: Money) -> Figures:
    collected, zero = figures.collected + event.amount, Money.zero(contract.currency)
    # The fee the debtor bears comes after what it confirmed, as both are asked of it together.
    confirmed = debt if contract.financed is None else debt - contract.face + contract.financed
    fee = min(max(collected - max(confirmed, zero), zero), contract.debtor_fee or zero)
    # What the debtor pays beyond its invoice is its own money, whatever the seller still owes. A credit note corrects
    # the invoice itself, so it counts whatever its date: nothing a payment repaid is taken back for it.
    overpaid = max(collected - fee - debt, zero)
    pot = event.amount - (overpaid - figures.overpaid) - (fee - figures.debtor_fee_paid)
    received = replace(figures, collected=collected, debtor_fee_paid=fee, overpaid=overpaid)
    return _settle(contract, received, pot, on=event.value_date)


def _settle(contract: Contract, figures: Figures, payment: Money, *, on: date | None = None) -> Figures:
    """Set the payment, and the reserve still held, against what is owed (R7); the rest is the seller's (R5).

    A payment made `on` a day before the debt is due is charged for the principal it repays (R9): out of what is left,
    or it is owed like costs.
    """
    zero = Money.zero(contract.currency)
    pot = payment + figures.held + figures.kept
    result = allocate_payment(pot, figures.owed, contract.terms.waterfall)
    recovered = min(result.left, max(figures.written_off - figures.recovered, zero))
    repaid = result.paid[Component.PRINCIPAL]
    charge = zero if on is None else early_charge(contract, repaid, on)
    charged = min(result.left - recovered, charge)
    left = result.left - recovered - charged
    # What comes in on an invoice it bought back is the seller's, whatever the contract says of surpluses.
    to_seller = contract.terms.surplus_to_seller or bool(figures.bought_back)
    costs = min(result.paid[Component.COSTS], figures.costs_charged - figures.costs_paid)
    settled = replace(
        figures,
        recovered=figures.recovered + recovered,
        costs_paid=figures.costs_paid + costs,
        early_charged=figures.early_charged + charge,
        early_paid=figures.early_paid + result.paid[Component.COSTS] - costs + charged,
        penalty_paid=figures.penalty_paid + result.paid[Component.PENALTY],
        interest_paid=figures.interest_paid + result.paid[Component.INTEREST],
        principal=figures.principal - repaid,
        surplus=figures.surplus - figures.held + (left if to_seller else zero),
        kept=zero if to_seller else left,
    )
    settled = settled if settled.principal else _refund_unused(settled)
    # Interest that was paid in front and not earned may cover the rest of the charge.
    return _settle(contract, settled, zero) if charge - charged else settled


def _answer_call(contract: Contract, figures: Figures, payment: Money) -> Figures:
    """What the seller pays on a call restores the advance rate: it is principal (R10), and only the rest a payment."""
    principal = min(payment, figures.called)
    answered = replace(figures, dilution_paid=figures.dilution_paid + payment, principal=figures.principal - principal)
    return _settle(contract, answered, payment - principal)


def _write_off(figures: Figures) -> Figures:
    """Give up what is open; interest paid in front and not earned makes the loss smaller."""
    return replace(
        figures,
        principal_written_off=figures.principal_written_off + figures.principal,
        interest_written_off=figures.interest_written_off + figures.interest_open,
        penalty_written_off=figures.penalty_written_off + figures.penalty_open,
        principal=Money.zero(figures.principal.currency),
    )


def _refund_unused(figures: Figures) -> Figures:
    """Once no principal is left, front-ended interest that was never earned is the seller's again (R9)."""
    unused = unused_interest(figures.interest_paid + figures.interest_written_off, figures.interest_accrued)
    return replace(figures, interest_paid=figures.interest_paid - unused, surplus=figures.surplus + unused)
