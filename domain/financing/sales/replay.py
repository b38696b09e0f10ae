"""An advance out of sales from its events: what is owed, what it is worth, what it has earned (R15, R16). Pure.

Income follows the effective rate of the contract on what is really out: the balance grows by the daily rate, payments
lower it. Whoever sells less keeps the money longer and the fee is earned sooner than it is paid, but never more than
the fee; whoever sells more pays sooner, and with the last payment all of the fee is earned. What was earned so far is
rounded once (R16), so that nights and payments may come in any number without losing a cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from uuid import UUID

from domain.financing.sales.states import SalesEventKind
from domain.values.money import Money

PRECISION = 60  # digits: 17 of the amount, 20 decimals of the balance kept, and what ten years of days cost
BALANCE_SCALE = Decimal(1).scaleb(-20)  # as the database keeps the balance, in minor units
_K = SalesEventKind
_ORDER = list(SalesEventKind)


@dataclass(frozen=True, slots=True)
class SalesContract:
    """What a replay needs beside the events; the daily rate is fixed when the contract is made."""

    net: Money
    fee: Money
    daily_rate: Decimal

    @property
    def owed(self) -> Money:
        """Everything that is paid back."""
        return self.net + self.fee


@dataclass(frozen=True, slots=True)
class SalesEvent:
    """One fact. `number` orders those of a date; RETURNED names what it undid."""

    id: UUID
    number: int
    kind: SalesEventKind
    value_date: date
    amount: Money
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """Where an advance stands at the start of `as_of`.

    `balance` is what the payments to come are worth at the contract's rate, in minor units and not rounded; `income`
    what was earned so far. Before the money is out nothing is owed, and what came in is the merchant's.
    """

    funded_on: date | None
    as_of: date | None
    owed: Money
    collected: Money
    balance: Decimal
    income: Money

    @property
    def repaid(self) -> Money:
        """What came in and was owed."""
        return min(self.collected, self.owed)

    @property
    def open(self) -> Money:
        """What is still to be paid, fee and all."""
        return self.owed - self.repaid

    @property
    def overpaid(self) -> Money:
        """What came in beyond that: the merchant's own money."""
        return self.collected - self.repaid


def carrying(contract: SalesContract, figures: SalesFigures) -> Money:
    """What the advance stands in the books at: paid out, and earned, less what came back (its amortised cost)."""
    if figures.funded_on is None:
        return Money.zero(contract.net.currency)
    return contract.net + figures.income - figures.repaid


def exposure(contract: SalesContract, figures: SalesFigures) -> Money:
    """What of the principal counts under limits: payments are set against the fee first, to be on the safe side."""
    return min(contract.net, figures.open)


def unfunded(currency: str) -> SalesFigures:
    """Before any money moved."""
    zero = Money.zero(currency)
    return SalesFigures(None, None, zero, zero, Decimal(0), zero)


def replay(contract: SalesContract, events: Sequence[SalesEvent], as_of: date) -> SalesFigures:
    """The figures at `as_of`, from nothing, by the events up to and on that date; a returned one never was."""
    figures = unfunded(contract.net.currency)
    for event in _in_date_order(_standing(events)):
        if event.value_date <= as_of:
            figures = _apply(contract, accrue_to(contract, figures, event.value_date), event)
    return accrue_to(contract, figures, as_of)


def accrue_to(contract: SalesContract, figures: SalesFigures, until: date | None) -> SalesFigures:
    """The figures at the start of `until`, if nothing happens before; never back in time (R15)."""
    if figures.as_of is None or until is None or until <= figures.as_of:
        return figures
    with localcontext(prec=PRECISION):
        grown = figures.balance * (1 + contract.daily_rate) ** (until - figures.as_of).days
        # No more is earned than is to come.
        balance = min(grown, Decimal(figures.open.minor)).quantize(BALANCE_SCALE)
    return _earned(contract, replace(figures, as_of=until, balance=balance))


def _apply(contract: SalesContract, figures: SalesFigures, event: SalesEvent) -> SalesFigures:
    if event.kind is _K.FUNDED:
        funded = replace(figures, funded_on=event.value_date, as_of=event.value_date, owed=contract.owed)
        paid = replace(funded, balance=Decimal(max(contract.net.minor - figures.collected.minor, 0)))
    else:
        with localcontext(prec=PRECISION):
            balance = max(figures.balance - event.amount.minor, Decimal(0))
        paid = replace(figures, collected=figures.collected + event.amount, balance=balance)
    return _earned(contract, replace(paid, balance=min(paid.balance, Decimal(paid.open.minor))))


def _earned(contract: SalesContract, figures: SalesFigures) -> SalesFigures:
    """What was earned so far, rounded once: what the payments to come are worth, and what came in, above what left."""
    if figures.funded_on is None:
        return figures
    worth = Money.from_minor(int(figures.balance.quantize(Decimal(1), ROUND_HALF_UP)), contract.net.currency)
    return replace(figures, income=worth + figures.repaid - contract.net)


def _standing(events: Sequence[SalesEvent]) -> list[SalesEvent]:
    returned = {event.reverses for event in events}
    return [event for event in events if event.kind is not _K.RETURNED and event.id not in returned]


def _in_date_order(events: Iterable[SalesEvent]) -> list[SalesEvent]:
    return sorted(events, key=lambda event: (event.value_date, _ORDER.index(event.kind), event.number))
