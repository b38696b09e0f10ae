"""An advance from its events: one function that every booking and every question about the past goes through.

Decision (first issue): a repayment that comes late, back-dated or is returned is never patched into running figures.
The advance is replayed from its events in date order, and the books get the difference between what stood there and
what the replay says. A returned payment counts as never made. The set-based accrual keeps the same figures day by day;
a property test holds the two together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.financing.rules import accrued, allocate_payment, unused_interest
from domain.financing.terms import Component, Contract
from domain.values.money import Money


class EventKind(StrEnum):
    """What can happen to an advance once money moves."""

    FUNDED = "funded"
    COST = "cost"
    COLLECTED = "collected"
    RECEIVED = "received"
    RELEASED = "released"
    RETURNED = "returned"


PAYMENTS = frozenset({EventKind.COLLECTED, EventKind.RECEIVED})
# On one date: the money goes out first, what a payment must cover stands before the payment.
_ORDER = list(EventKind)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `amount` is the cash moved; `number` orders one date's facts; RETURNED names what it undid."""

    id: UUID
    number: int
    kind: EventKind
    value_date: date
    amount: Money
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Where an advance stands at the start of `as_of`: all nights before it have borne interest.

    `principal` is what is still owed of it; the bases sum minor units × days; `surplus` is what payments left for the
    seller (its reserve), `overpaid` what the debtor paid beyond the invoice.
    """

    funded_on: date | None
    as_of: date | None
    principal: Money
    disbursed: Money
    fee: Money
    interest_base: int
    penalty_base: int
    interest_accrued: Money
    interest_paid: Money
    penalty_accrued: Money
    penalty_paid: Money
    costs_charged: Money
    costs_paid: Money
    collected: Money
    surplus: Money
    released: Money
    overpaid: Money

    @property
    def interest_open(self) -> Money:
        """Earned and not paid; below zero while front-ended interest is not yet earned."""
        return self.interest_accrued - self.interest_paid

    @property
    def owed(self) -> dict[Component, Money]:
        """What a payment is set against."""
        return {
            Component.COSTS: self.costs_charged - self.costs_paid,
            Component.PENALTY: self.penalty_accrued - self.penalty_paid,
            Component.INTEREST: max(self.interest_open, Money.zero(self.principal.currency)),
            Component.PRINCIPAL: self.principal,
        }

    @property
    def payoff(self) -> Money:
        """What would settle the advance now."""
        return Money.total(self.owed.values(), self.principal.currency)

    @property
    def held(self) -> Money:
        """The reserve that is the seller's and not yet released (R5)."""
        return max(self.surplus - self.released, Money.zero(self.principal.currency))

    @property
    def claim(self) -> Money:
        """What the seller got too much, because a payment was returned after its reserve had left."""
        return max(self.released - self.surplus, Money.zero(self.principal.currency))

    @property
    def repaid(self) -> bool:
        """Nothing is owed any more."""
        return not self.payoff


def unfunded(currency: str) -> Figures:
    """Before any money moved."""
    zero = Money.zero(currency)
    return Figures(None, None, zero, zero, zero, 0, 0, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero)


def replay(contract: Contract, events: Iterable[Event], as_of: date) -> Figures:
    """The figures at `as_of`, from nothing, by the events up to and on that date."""
    figures = unfunded(contract.currency)
    for event in in_date_order(standing(list(events))):
        if event.value_date <= as_of:
            figures = _apply(contract, _accrue(contract, figures, event.value_date), event)
    return _accrue(contract, figures, as_of)


def standing(events: Sequence[Event]) -> list[Event]:
    """The events that were not returned."""
    returned = {event.reverses for event in events}
    return [event for event in events if event.kind is not EventKind.RETURNED and event.id not in returned]


def in_date_order(events: Iterable[Event]) -> list[Event]:
    """By value date; on one date by kind, then as they came."""
    return sorted(events, key=lambda event: (event.value_date, _ORDER.index(event.kind), event.number))


def _accrue(contract: Contract, figures: Figures, until: date) -> Figures:
    funded_on, since = figures.funded_on, figures.as_of
    if funded_on is None or since is None or until <= since:
        return figures
    terms, minor = contract.terms, figures.principal.minor
    interest_base = figures.interest_base + minor * (
        contract.interest_days(funded_on, until) - contract.interest_days(funded_on, since)
    )
    penalty_base = figures.penalty_base + minor * (contract.penalty_days(until) - contract.penalty_days(since))
    rounding, currency = terms.rounding, contract.currency
    return replace(
        figures,
        as_of=until,
        interest_base=interest_base,
        penalty_base=penalty_base,
        interest_accrued=accrued(interest_base, terms.annual_rate, terms.day_count, rounding, currency),
        penalty_accrued=accrued(penalty_base, terms.penalty_rate, terms.day_count, rounding, currency),
    )


def _apply(contract: Contract, figures: Figures, event: Event) -> Figures:
    if event.kind is EventKind.FUNDED:
        return _fund(contract, figures, event)
    if event.kind is EventKind.RELEASED:
        return replace(figures, released=figures.released + event.amount)
    if event.kind is EventKind.COST:
        charged = replace(figures, costs_charged=figures.costs_charged + event.amount)
        return _settle(contract, charged, Money.zero(contract.currency))
    return _receive(contract, figures, event.amount)


def _fund(contract: Contract, figures: Figures, event: Event) -> Figures:
    funded = replace(
        figures,
        funded_on=event.value_date,
        as_of=event.value_date,
        principal=contract.principal,
        fee=contract.fee,
        disbursed=event.amount,
        # What was neither paid out nor kept as fee is interest paid in front (R4).
        interest_paid=contract.principal - contract.fee - event.amount,
    )
    # The debtor may have paid before the money went out: what is held already repays.
    return _settle(contract, funded, Money.zero(contract.currency))


def _receive(contract: Contract, figures: Figures, payment: Money) -> Figures:
    collected = figures.collected + payment
    # What the debtor pays beyond its invoice is its own money, whatever the seller still owes.
    overpaid = max(collected - contract.face, Money.zero(contract.currency))
    pot = payment - (overpaid - figures.overpaid)
    return _settle(contract, replace(figures, collected=collected, overpaid=overpaid), pot)


def _settle(contract: Contract, figures: Figures, payment: Money) -> Figures:
    """Set the payment, and the reserve still held, against what is owed (R7); the rest is the seller's (R5)."""
    pot = payment + figures.held
    result = allocate_payment(pot, figures.owed, contract.terms.waterfall)
    settled = replace(
        figures,
        costs_paid=figures.costs_paid + result.paid[Component.COSTS],
        penalty_paid=figures.penalty_paid + result.paid[Component.PENALTY],
        interest_paid=figures.interest_paid + result.paid[Component.INTEREST],
        principal=figures.principal - result.paid[Component.PRINCIPAL],
        surplus=figures.surplus - figures.held + result.left,
    )
    return settled if settled.principal else _refund_unused(settled)


def _refund_unused(figures: Figures) -> Figures:
    """Once no principal is left, front-ended interest that was never earned is the seller's again (R9)."""
    unused = unused_interest(figures.interest_paid, figures.interest_accrued)
    return replace(figures, interest_paid=figures.interest_paid - unused, surplus=figures.surplus + unused)
