"""Why a figure of an advance is what it is: its parts, period by period and event by event. Pure.

The parts come out of the very walk that books the advance (`replay.walk`), so that an explanation cannot differ from
what it explains; what does not add up all the same is named (`Derivation.unexplained`), never rounded away.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.financing.events import Event, EventKind
from domain.financing.figures import Figures, unfunded
from domain.financing.postings import RULES
from domain.financing.replay import Step, accrue_to, payoff_on, walk
from domain.financing.rules import BASIS_POINT, PROVISION_RATE, early_charge, provision_required
from domain.financing.terms import Component, Contract
from domain.values.currency import minor_units
from domain.values.money import Money


class Figure(StrEnum):
    """What can be explained."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    PENALTY = "penalty"
    COSTS = "costs"
    FEE = "fee"
    RESERVE = "reserve"
    DILUTION_CALL = "dilution_call"
    COLLECTED = "collected"
    OVERPAID = "overpaid"
    KEPT = "kept"
    LOSS = "loss"
    DEBTOR_FEE = "debtor_fee"
    PROVISION_SHARE = "provision_share"
    EARLY_CHARGE = "early_charge"
    PAYOFF = "payoff"


class Bearing(StrEnum):
    """What a period bore."""

    INTEREST = "interest"
    PENALTY = "penalty"


# What a lender provides for and has lost is its own affair, and not its seller's.
LENDERS_OWN = frozenset({Figure.PROVISION_SHARE, Figure.LOSS})


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which `principal` bore `rate` unchanged, `start` counted and `end` not.

    `exact` is what they bore before rounding, in major units; `amount` what that added to the rounded total (nothing
    while a minimum that is owed from the start covers it, R9), and `residue` what rounding has left over by the end of
    the period: the next one takes it along (R16).
    """

    bearing: Bearing
    start: date
    end: date
    days: int
    principal: Money
    rate: Decimal
    year_days: int
    exact: Decimal
    amount: Money
    residue: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """A summand of a figure: what a period bore, what an event changed, or another figure that it contains."""

    on: date
    amount: Money
    rules: tuple[str, ...]
    period: Period | None = None
    event: int | None = None
    kind: EventKind | None = None
    of: Figure | None = None
    factor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """A figure with its parts; `amount` is read from the replay, the parts are counted on the way there."""

    figure: Figure
    amount: Money
    rules: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def unexplained(self) -> Money:
        """What the parts do not account for: nothing, or an error of ours that must show."""
        return self.amount - Money.total((part.amount for part in self.parts), self.amount.currency)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One event, and what its amount was set against (R7); what it moved besides stands in the derivations."""

    event: Event
    rules: tuple[str, ...]
    costs: Money
    penalty: Money
    interest: Money
    principal: Money
    reserve: Money
    principal_after: Money


@dataclass(frozen=True, slots=True)
class Explanation:
    """An advance at the start of `as_of`, derived."""

    as_of: date
    figures: Figures
    derivations: tuple[Derivation, ...]
    periods: tuple[Period, ...]
    events: tuple[Waterfall, ...]

    @property
    def adds_up(self) -> bool:
        """Every figure is the sum of its parts."""
        return not any(derivation.unexplained for derivation in self.derivations)

    def of(self, figure: Figure) -> Derivation:
        """One figure's derivation."""
        return next(derivation for derivation in self.derivations if derivation.figure is figure)


# What each event may change, read from the figures before and after it; below zero it takes away.
_Reading = Callable[[Figures], Money]
_READ: Mapping[Figure, tuple[_Reading, tuple[str, ...]]] = {
    Figure.PRINCIPAL: (lambda each: each.principal, ("R1", "R7")),
    Figure.INTEREST: (lambda each: each.interest_open, ("R2", "R16")),
    Figure.PENALTY: (lambda each: each.penalty_open, ("R6", "R16")),
    Figure.COSTS: (lambda each: each.owed[Component.COSTS], ("R7",)),
    Figure.FEE: (lambda each: each.fee, ("R3",)),
    # Below zero where a payment was returned after the reserve had left: then it is a claim on the seller.
    Figure.RESERVE: (lambda each: each.surplus - each.released, ("R5",)),
    Figure.DILUTION_CALL: (lambda each: each.called, ("R10",)),
    Figure.COLLECTED: (lambda each: each.collected, ("R7",)),
    Figure.OVERPAID: (lambda each: each.overpaid, ("R7",)),
    Figure.KEPT: (lambda each: each.kept, ("R12",)),
    # The fee that the debtor bears, as far as it has come in after what it confirmed.
    Figure.DEBTOR_FEE: (lambda each: each.debtor_fee_paid, ("R3",)),
    Figure.LOSS: (lambda each: each.written_off - each.recovered, ("R23",)),
}
_BORNE = {Figure.INTEREST: Bearing.INTEREST, Figure.PENALTY: Bearing.PENALTY}
_ACCRUAL_RULES = {Bearing.INTEREST: ("R2", "R16"), Bearing.PENALTY: ("R6", "R16")}


def explain(
    contract: Contract, events: Sequence[Event], as_of: date, provisioned_at: Decimal = PROVISION_RATE
) -> Explanation:
    """Everything an advance stands at by its events up to and on `as_of`, with where it comes from.

    `provisioned_at` is the share of closing financing its lender provides for that day (R23).
    """
    steps = list(walk(contract, events, as_of))
    last = steps[-1].after if steps else unfunded(contract.currency)
    figures = accrue_to(contract, last, as_of)
    periods = [*(each for step in steps for each in _periods(contract, step.before, step.event.value_date))]
    periods += _periods(contract, last, as_of)
    derived = [_derive(figure, steps, periods, figures) for figure in _READ]
    charge = early_charge(contract, figures.principal, as_of)
    derived += [
        _share(
            Figure.PROVISION_SHARE, provision_required(figures.principal, provisioned_at), "R23", provisioned_at, as_of
        ),
        _share(Figure.EARLY_CHARGE, charge, "R9", contract.terms.early_settlement_bp * BASIS_POINT, as_of),
    ]
    derived.append(_payoff(derived, payoff_on(contract, figures, as_of), as_of))
    told = tuple(_waterfall(step) for step in steps)
    return Explanation(as_of, figures, tuple(derived), tuple(periods), told)


def _derive(figure: Figure, steps: Sequence[Step], periods: Sequence[Period], figures: Figures) -> Derivation:
    read, rules = _READ[figure]
    parts = [
        Part(each.end, each.amount, _ACCRUAL_RULES[each.bearing], period=each)
        for each in periods
        if each.bearing is _BORNE.get(figure)
    ]
    for step in steps:
        changed = read(step.after) - read(step.accrued)
        if changed:
            event = step.event
            parts.append(Part(event.value_date, changed, RULES[event.kind], event=event.number, kind=event.kind))
    return Derivation(figure, read(figures), rules, tuple(sorted(parts, key=lambda part: part.on)))


def _periods(contract: Contract, figures: Figures, until: date) -> Iterator[Period]:
    """What the days to `until` bear, apart for each stretch in which the contract counts them alike (R6, R24)."""
    dates, since = contract.dates, figures.as_of
    if since is None:
        return
    cuts = {dates.interest_until, dates.rolled_due_on, dates.penalty_from, until}
    for cut in sorted(cut for cut in cuts if since < cut <= until):
        after = accrue_to(contract, figures, cut)
        yield from _borne(contract, figures, after)
        figures = after


def _borne(contract: Contract, before: Figures, after: Figures) -> Iterator[Period]:
    terms, start, end, funded_on = contract.terms, before.as_of, after.as_of, before.funded_on
    assert start is not None
    assert end is not None
    assert funded_on is not None
    interest_days = contract.interest_days(funded_on, end) - contract.interest_days(funded_on, start)
    penalty_days = contract.penalty_days(end) - contract.penalty_days(start)
    for bearing, days, rate, base, total, amount in (
        (
            Bearing.INTEREST,
            interest_days,
            terms.annual_rate,
            after.interest_base - before.interest_base,
            after.interest_base,
            (before.interest_accrued, after.interest_accrued),
        ),
        (
            Bearing.PENALTY,
            penalty_days,
            terms.penalty_rate,
            after.penalty_base - before.penalty_base,
            after.penalty_base,
            (before.penalty_accrued, after.penalty_accrued),
        ),
    ):
        if not base:
            continue
        exact_total = _exact(total, rate, terms.day_count.year_days, contract.currency)
        yield Period(
            bearing=bearing,
            start=start,
            end=end,
            days=days,
            principal=Money.from_minor(base // days, contract.currency) if days else before.principal,
            rate=rate,
            year_days=terms.day_count.year_days,
            exact=_exact(base, rate, terms.day_count.year_days, contract.currency),
            amount=amount[1] - amount[0],
            residue=exact_total - Money.rounded(exact_total, contract.currency, terms.rounding).amount,
        )


def _exact(base: int, rate: Decimal, year_days: int, currency: str) -> Decimal:
    return (Decimal(base) * rate / year_days).scaleb(-minor_units(currency))


def _share(figure: Figure, share: Money, rule: str, rate: Decimal, as_of: date) -> Derivation:
    """A share of the open principal: what its lender provides for at close (R23), what settling early costs (R9)."""
    part = Part(as_of, share, (rule,), of=Figure.PRINCIPAL, factor=rate)
    return Derivation(figure, share, (rule,), (part,) if share else ())


def _payoff(derived: Sequence[Derivation], payoff: Money, as_of: date) -> Derivation:
    """Costs, penalty, interest, principal, and the charge for being early: what settles the advance if paid that day.

    Interest paid in front and not yet earned settles nothing.
    """
    by_figure = {each.figure: each for each in derived}
    owed = [(figure, by_figure[figure].amount) for figure in _OWED]
    parts = tuple(
        Part(as_of, amount, ("R9",) if figure is Figure.EARLY_CHARGE else ("R7",), of=figure)
        for figure, amount in owed
        if amount.minor > 0
    )
    return Derivation(Figure.PAYOFF, payoff, ("R7", "R9"), parts)


_OWED = (Figure.COSTS, Figure.PENALTY, Figure.INTEREST, Figure.PRINCIPAL, Figure.EARLY_CHARGE)


def _waterfall(step: Step) -> Waterfall:
    accrued, after = step.accrued, step.after
    return Waterfall(
        event=step.event,
        rules=RULES[step.event.kind],
        costs=after.costs_paid - accrued.costs_paid,
        penalty=after.penalty_paid - accrued.penalty_paid,
        interest=after.interest_paid - accrued.interest_paid,
        principal=accrued.principal - after.principal,
        reserve=after.surplus - accrued.surplus,
        principal_after=after.principal,
    )
