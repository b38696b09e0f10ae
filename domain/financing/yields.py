"""What an advance really cost, from the cash that really moved (R14, the realised side). Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.financing.replay import BROUGHT_IN, MOVES_CASH, Event, Figures, in_date_order, standing
from domain.financing.rules import DAYS_OF_DISCLOSURE_YEAR, HIGHEST_RATE, RATE_PLACES, AllInRate
from domain.values.money import Money
from domain.values.rounding import to_places

# What grows in a day: from losing almost everything in a year to doubling every day.
_LOWEST, _HIGHEST = Decimal("0.96"), Decimal(2)
_STEPS = 70  # halvings: far below the ninth decimal of the year


@dataclass(frozen=True, slots=True)
class Flow:
    """Cash on a day, as the lender sees it: below zero what it paid out."""

    on: date
    amount: Money


def cash_flows(events: Sequence[Event], figures: Figures) -> list[Flow]:
    """The cash that moved, in date order; `figures` are where the events have led.

    A reserve that has not left yet counts as given back on the day nothing was owed any more.
    """
    flows = [
        Flow(event.value_date, event.amount if event.kind in BROUGHT_IN else -event.amount)
        for event in in_date_order(standing(events))
        if event.kind in MOVES_CASH
    ]
    # What is the debtor's, or was its own fee, costs the seller nothing.
    kept_for_others = figures.held + figures.wallet + figures.debtor_fee_paid
    if flows and figures.repaid and kept_for_others:
        flows.append(Flow(flows[-1].on, -kept_for_others))
    return flows


def irr(flows: Sequence[Flow]) -> Decimal | None:
    """The yearly rate at which the flows are worth nothing on the first day: Σ amount / (1 + r)^(days / 365) = 0.

    None where no rate does that: nothing was paid out or nothing came in, or all of it on one day; nor for a cost that
    no year's rate expresses.
    """
    first = min((flow.on for flow in flows), default=None)
    if first is None or all(flow.on == first for flow in flows):
        return None
    # By the day and not by the year: whole powers are exact and quick.
    dated = [((flow.on - first).days, flow.amount.amount) for flow in flows]

    def worth(growth: Decimal) -> Decimal:
        return sum((amount / growth**days for days, amount in dated), Decimal(0))

    growth = _root(worth)
    yearly = None if growth is None else growth**DAYS_OF_DISCLOSURE_YEAR - 1
    return None if yearly is None or yearly > HIGHEST_RATE else to_places(yearly, RATE_PLACES)


def _root(worth: Callable[[Decimal], Decimal]) -> Decimal | None:
    """Where `worth` crosses zero, by halving: slower than Newton, and never lost."""
    low, high = _LOWEST, _HIGHEST
    at_low = worth(low)
    if worth(high) * at_low > 0:
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if worth(middle) * at_low > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def realised_rate(flows: Sequence[Flow]) -> AllInRate | None:
    """Simple and effective, comparable with what was quoted; None while the flows make no rate.

    Simple is what it cost over what was out, day by day: 5,437.50 on 898,000.00 for 25 days is 8.84 %.
    """
    effective = irr(flows)
    out = _money_days(flows)
    if effective is None or out <= 0:
        return None
    cost = sum((flow.amount.amount for flow in flows), Decimal(0))
    return AllInRate(simple=to_places(cost * DAYS_OF_DISCLOSURE_YEAR / out, RATE_PLACES), effective=effective)


def _money_days(flows: Sequence[Flow]) -> Decimal:
    """What the lender had out, times the days it was out."""
    ordered = sorted(flows, key=lambda flow: flow.on)
    last = ordered[-1].on
    return sum((-flow.amount.amount * (last - flow.on).days for flow in ordered), Decimal(0))
