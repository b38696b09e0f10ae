"""A pool replayed: past days under terms that may be others, without touching the books. Pure.

Every day the flows of the accounts come in, then the pool is evaluated as it would have been, and each leg bears the
day's interest. What a pool is worth: what headquarters has of the cash it gathered, less what stays idle below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.pooling.evaluation import Account, SweepOrder, evaluate
from domain.pooling.rules import SweepDirection

YEAR_DAYS = 360


@dataclass(frozen=True, slots=True)
class Rates:
    """Fractions a year: what branches are paid, what they pay, and what a unit of cash earns or saves at the header."""

    up: Decimal
    down: Decimal
    header: Decimal


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """One day in minor units: what moved, what could not, what lay idle, and what its night's interest comes to."""

    on: date
    inflow: int
    up: int
    down: int
    made: int
    failed: int
    idle: int
    header: int
    earned: Decimal
    owed: Decimal
    gained: Decimal


@dataclass(frozen=True)
class Replay:
    """Days, and every account's balance after the last."""

    days: tuple[SimulatedDay, ...]
    balances: Mapping[str, int]

    def total(self, figure: str) -> Decimal:
        """Σ of one figure of the days."""
        return sum((Decimal(getattr(day, figure)) for day in self.days), Decimal(0))


def replay(
    accounts: Sequence[Account],
    flows: Mapping[date, Mapping[str, int]],
    days: Sequence[date],
    rates: Rates,
    order: SweepOrder = SweepOrder.CREDIT_FIRST,
) -> Replay:
    """The pool over `days`; `accounts` as they stood before the first, the header first. Σ balances = start + flows."""
    balances = {account.key: account.available for account in accounts}
    positions = {account.key: 0 for account in accounts if account.parent is not None}
    lived: list[SimulatedDay] = []
    for day in days:
        come = flows.get(day, {})
        for key, minor in come.items():
            balances[key] += minor
        run = evaluate([replace(account, available=balances[account.key], incoming=0) for account in accounts], order)
        for leg in run.legs:
            positions[leg.account] += leg.effect
        balances = dict(run.balances)
        made = [leg for leg in run.legs if leg.amount]
        lent = sum(position for position in positions.values() if position > 0)
        borrowed = -sum(position for position in positions.values() if position < 0)
        lived.append(
            SimulatedDay(
                on=day,
                inflow=sum(come.values()),
                up=sum(leg.amount for leg in made if leg.direction is SweepDirection.UP),
                down=sum(leg.amount for leg in made if leg.direction is SweepDirection.DOWN),
                made=len(made),
                failed=len(run.legs) - len(made),
                idle=sum(max(balances[key], 0) for key in positions),
                header=balances[accounts[0].key],
                earned=_night(lent, rates.up),
                owed=_night(borrowed, rates.down),
                gained=_night(_gathered(accounts, positions), rates.header),
            )
        )
    return Replay(tuple(lived), balances)


def _gathered(accounts: Sequence[Account], positions: Mapping[str, int]) -> int:
    """What the pool brought to the header itself: the positions of those right below it."""
    header = accounts[0].key
    return sum(positions[account.key] for account in accounts if account.parent == header)


def _night(minor: int, rate: Decimal) -> Decimal:
    return minor * rate / YEAR_DAYS


@dataclass(frozen=True, slots=True)
class NotionalOffset:
    """What balances bear by themselves, and what they would bear set off against each other; in minor units."""

    credit: int
    debit: int
    alone: Decimal
    offset: Decimal

    @property
    def benefit(self) -> Decimal:
        """What setting off is worth."""
        return self.offset - self.alone


def notional_offset(balances: Sequence[int], credit_rate: Decimal, debit_rate: Decimal, days: int) -> NotionalOffset:
    """Interest on each balance by its own sign against interest on their net; a report, which moves nothing.

    1,000,000 and -400,000 at 0.35 % and 4.35 % for 30 days: alone 291.67 - 1,450.00, offset 600,000 -> 175.00.
    """
    credit = sum(balance for balance in balances if balance > 0)
    debit = -sum(balance for balance in balances if balance < 0)
    net = credit - debit
    alone = (credit * credit_rate - debit * debit_rate) * days / YEAR_DAYS
    offset = net * (credit_rate if net > 0 else debit_rate) * days / YEAR_DAYS
    return NotionalOffset(credit, debit, alone, offset)
