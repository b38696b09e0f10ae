"""An advance out of sales from its events: what is owed, what it is worth, what it has earned (R15, R16). Pure.

Income follows the effective rate of the contract on what is really out: the balance grows by the daily rate, payments
lower it. Whoever sells less keeps the money longer and the fee is earned sooner than it is paid, but never more than
the fee; whoever sells more pays sooner, and with the last payment all of the fee is earned. What was earned so far is
rounded once (R16), so that nights and payments may come in any number without losing a cent.

R15 knows no early settlement: the fee is fixed, and the contract may give a part of what is not earned yet back to a
merchant that pays the rest by itself (`early_rebate`). After the final day and its grace, what is unpaid of the
principal bears a penalty beside it (R6), which payments meet first (R7). A write-off takes what stands in the books on
its date; what comes in afterwards recovers that first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from uuid import UUID

from domain.financing.rules import accrued
from domain.financing.sales.states import SalesEventKind
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding

PRECISION = 60  # digits: 17 of the amount, 20 decimals of the balance kept, and what ten years of days cost
BALANCE_SCALE = Decimal(1).scaleb(-20)  # as the database keeps the balance, in minor units
YEARS = {360: DayCount.ACT_360, 365: DayCount.ACT_365F}
_K = SalesEventKind
_ORDER = list(SalesEventKind)


@dataclass(frozen=True, slots=True)
class SalesContract:
    """What a replay needs beside the events; the daily rate is fixed when the contract is made.

    `early_rebate` is the part of the unearned fee that is given back to who settles before `final_on`; `penalty_rate`
    the yearly rate from `penalty_from` on.
    """

    net: Money
    fee: Money
    daily_rate: Decimal
    early_rebate: Decimal = Decimal(0)
    penalty_rate: Decimal = Decimal(0)
    year_days: int = 360
    final_on: date = date.max
    penalty_from: date = date.max

    @property
    def owed(self) -> Money:
        """Everything that is paid back."""
        return self.net + self.fee

    def late_days(self, until: date) -> int:
        """Days that bear penalty before the start of `until` (R6)."""
        return max((until - self.penalty_from).days, 0)


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
    what was earned so far; `repaid` what came in on advance and fee, and `written_off` what was given up of them.
    Before the money is out nothing is owed, and what came in is the merchant's.
    """

    funded_on: date | None
    as_of: date | None
    owed: Money
    collected: Money
    repaid: Money
    rebated: Money
    balance: Decimal
    income: Money
    penalty_base: int
    penalty_accrued: Money
    penalty_paid: Money
    written_off: Money
    penalty_written_off: Money
    recovered: Money

    @property
    def open(self) -> Money:
        """What is still to be paid of advance and fee."""
        return self.owed - self.rebated - self.repaid - self.written_off

    @property
    def penalty_open(self) -> Money:
        """The penalty that is still to be paid."""
        return self.penalty_accrued - self.penalty_paid - self.penalty_written_off

    @property
    def lost(self) -> Money:
        """Everything that was given up."""
        return self.written_off + self.penalty_written_off

    @property
    def to_recover(self) -> Money:
        """What of that is still owed to the lender, though its books hold nothing of it any more."""
        return self.lost - self.recovered

    @property
    def payoff(self) -> Money:
        """Everything that is still to be paid, if nothing is given back for being early."""
        return self.open + self.penalty_open + self.to_recover

    @property
    def overpaid(self) -> Money:
        """What came in beyond everything that is owed: the merchant's own money."""
        return self.collected - self.penalty_paid - self.recovered - self.repaid


def carrying(contract: SalesContract, figures: SalesFigures) -> Money:
    """What the advance stands in the books at: paid out, and earned, less what came back (its amortised cost)."""
    if figures.funded_on is None:
        return Money.zero(contract.net.currency)
    return contract.net + figures.income - figures.repaid - figures.written_off


def exposure(contract: SalesContract, figures: SalesFigures) -> Money:
    """What of the principal counts under limits: payments are set against the fee first, to be on the safe side."""
    return Money.zero(contract.net.currency) if figures.lost else min(contract.net, figures.open)


def unearned(contract: SalesContract, figures: SalesFigures) -> Money:
    """What of the fee is not earned yet."""
    return contract.fee - figures.rebated - figures.income


def early_rebate(contract: SalesContract, figures: SalesFigures, on: date) -> Money:
    """What is given back to a merchant that settles on a day before the final one, at the figures of that day.

    Half of the unearned fee on the day after the payout of 9,000 for 1,000: (1,000.00 - 9.61) x 50 % = 495.20.
    """
    if figures.funded_on is None or figures.lost or not contract.early_rebate or on >= contract.final_on:
        return Money.zero(contract.net.currency)
    given = unearned(contract, figures).amount * contract.early_rebate
    # What is left to pay bounds it: nobody is paid for settling.
    return min(Money.rounded(given, contract.net.currency), figures.open)


def payoff_on(contract: SalesContract, figures: SalesFigures, on: date) -> Money:
    """What settles an advance at these figures, if the merchant pays it by itself that day."""
    return figures.payoff - early_rebate(contract, figures, on)


def unfunded(currency: str) -> SalesFigures:
    """Before any money moved."""
    zero = Money.zero(currency)
    return SalesFigures(
        *(None, None, zero, zero, zero, zero),
        balance=Decimal(0),
        income=zero,
        penalty_base=0,
        penalty_accrued=zero,
        penalty_paid=zero,
        written_off=zero,
        penalty_written_off=zero,
        recovered=zero,
    )


def replay(contract: SalesContract, events: Sequence[SalesEvent], as_of: date) -> SalesFigures:
    """The figures at `as_of`, from nothing, by the events up to and on that date; a returned one never was."""
    figures = unfunded(contract.net.currency)
    for event in _in_date_order(_standing(events)):
        if event.value_date <= as_of:
            figures = _apply(contract, accrue_to(contract, figures, event.value_date), event)
    return accrue_to(contract, figures, as_of)


def accrue_to(contract: SalesContract, figures: SalesFigures, until: date | None) -> SalesFigures:
    """The figures at the start of `until`, if nothing happens before; never back in time (R15, R6)."""
    if figures.as_of is None or until is None or until <= figures.as_of:
        return figures
    with localcontext(prec=PRECISION):
        grown = figures.balance * (1 + contract.daily_rate) ** (until - figures.as_of).days
        # No more is earned than is to come.
        balance = min(grown, Decimal(figures.open.minor)).quantize(BALANCE_SCALE)
    late_days = contract.late_days(until) - contract.late_days(figures.as_of)
    base = figures.penalty_base + exposure(contract, figures).minor * late_days
    penalty = accrued(base, contract.penalty_rate, YEARS[contract.year_days], Rounding.HALF_UP, contract.net.currency)
    return _earned(contract, replace(figures, as_of=until, balance=balance, penalty_base=base, penalty_accrued=penalty))


def _apply(contract: SalesContract, figures: SalesFigures, event: SalesEvent) -> SalesFigures:
    match event.kind:
        case _K.FUNDED:
            funded = replace(figures, funded_on=event.value_date, as_of=event.value_date, owed=contract.owed)
            # What came in before is the merchant's until now, and repays from now on.
            after = _settle(replace(funded, balance=Decimal(contract.net.minor)), figures.overpaid)
        case _K.WRITTEN_OFF:
            after = _give_up(contract, figures)
        case _K.RECEIVED:
            after = _receive(contract, figures, event)
        case _:
            after = _settle(replace(figures, collected=figures.collected + event.amount), event.amount)
    return _earned(contract, after)


def _receive(contract: SalesContract, figures: SalesFigures, event: SalesEvent) -> SalesFigures:
    """A payment by the merchant itself: one that reaches the payoff of its day settles, and is given the rebate."""
    short = event.amount < payoff_on(contract, figures, event.value_date)
    rebate = Money.zero(contract.net.currency) if short else early_rebate(contract, figures, event.value_date)
    received = replace(figures, collected=figures.collected + event.amount, rebated=figures.rebated + rebate)
    return _settle(received, event.amount)


def _settle(figures: SalesFigures, pot: Money) -> SalesFigures:
    """Set a payment against penalty, then a loss, then advance and fee (R7); the rest is the merchant's."""
    penalty = min(pot, figures.penalty_open)
    recovered = min(pot - penalty, figures.to_recover)
    repaid = min(pot - penalty - recovered, figures.open)
    settled = replace(
        figures,
        penalty_paid=figures.penalty_paid + penalty,
        recovered=figures.recovered + recovered,
        repaid=figures.repaid + repaid,
    )
    with localcontext(prec=PRECISION):
        worth = max(figures.balance - repaid.minor, Decimal(0))
    return replace(settled, balance=min(worth, Decimal(settled.open.minor)))


def _give_up(contract: SalesContract, figures: SalesFigures) -> SalesFigures:
    """What the books hold is a loss; a part of the fee that was not earned stays owed, and is none."""
    return replace(
        figures,
        written_off=figures.written_off + carrying(contract, figures),
        penalty_written_off=figures.penalty_written_off + figures.penalty_open,
        balance=Decimal(0),
    )


def _earned(contract: SalesContract, figures: SalesFigures) -> SalesFigures:
    """What was earned so far, rounded once: what the payments to come are worth, and what came in, above what left."""
    if figures.funded_on is None:
        return figures
    worth = Money.from_minor(int(figures.balance.quantize(Decimal(1), ROUND_HALF_UP)), contract.net.currency)
    return replace(figures, income=worth + figures.repaid + figures.written_off - contract.net)


def _standing(events: Sequence[SalesEvent]) -> list[SalesEvent]:
    returned = {event.reverses for event in events}
    return [event for event in events if event.kind is not _K.RETURNED and event.id not in returned]


def _in_date_order(events: Iterable[SalesEvent]) -> list[SalesEvent]:
    return sorted(events, key=lambda event: (event.value_date, _ORDER.index(event.kind), event.number))
