"""Rules of payables financing, pure: the dynamic discount (R18), and how much own cash may pay early."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.financing.payables.states import MovementKind
from domain.financing.rules import RATE_PLACES
from domain.values.day_count import DayCount, interest
from domain.values.money import Money
from domain.values.rounding import Rounding, to_places


def dynamic_discount(
    amount: Money, annual_rate: Decimal, days_early: int, basis: DayCount, rounding: Rounding = Rounding.HALF_UP
) -> Money:
    """APR / basis × days early × invoice (R18): 8 %, 32 days, 100,000.00 are 701.37 by 365 and 711.11 by 360.

    annual_rate is a fraction. Raises NegativeDays.
    """
    return interest(amount, annual_rate, days_early, basis, rounding)


def rate_on_face(discount: Money, amount: Money, days_early: int, year_days: int) -> Decimal:
    """What a discount is a year, on the invoice: 2/10 net 30 is 2 % for 20 days, 36.50 % (R18)."""
    return _yearly(discount, amount, days_early, year_days)


def rate_on_cash(discount: Money, amount: Money, days_early: int, year_days: int) -> Decimal:
    """What a discount is a year, on the cash it takes to earn it: 2/10 net 30 is 37.24 % (R18)."""
    return _yearly(discount, amount - discount, days_early, year_days)


def _yearly(gain: Money, base: Money, days: int, year_days: int) -> Decimal:
    assert days > 0, "a rate a year needs a period"
    return to_places(gain.amount * year_days / (base.amount * days), RATE_PLACES)


def days_early(pay_on: date, due_on: date, basis: DayCount) -> int:
    """How many days before the due date money arrives; none when it arrives on it or later."""
    return basis.days(pay_on, max(pay_on, due_on))


@dataclass(frozen=True, slots=True)
class Liquidity:
    """What a buyer's own cash allows. `cash` is that of its own accounts less holds at the bank.

    `committed` is agreed and not yet held; `used` is what stands in invoices paid early and not yet due.
    """

    cash: Money
    committed: Money
    floor: Money
    limit: Money
    used: Money

    @property
    def idle(self) -> Money:
        """Cash that nobody waits for, above the floor."""
        return max(self.cash - self.committed - self.floor, Money.zero(self.cash.currency))

    @property
    def limit_left(self) -> Money:
        """How much more may stand in invoices paid early."""
        return max(self.limit - self.used, Money.zero(self.limit.currency))

    @property
    def available(self) -> Money:
        """What may be paid early now: idle cash, within the limit."""
        return min(self.idle, self.limit_left)


@dataclass(frozen=True, slots=True)
class Period:
    """One month of a programme: opening + confirmed - paid (by way) - diluted = closing.

    Below zero a closing says that the buyer has paid more than it owed, and has a claim.
    """

    month: date
    opening: Money
    confirmed: Money
    paid_early: Money
    paid_at_maturity: Money
    paid_to_lenders: Money
    diluted: Money

    @property
    def closing(self) -> Money:
        """What is open at the end of the month."""
        paid = self.paid_early + self.paid_at_maturity + self.paid_to_lenders
        return self.opening + self.confirmed - paid - self.diluted


def roll(month: date, opening: Money, changes: Mapping[MovementKind, int]) -> Period:
    """A month from its opening and what moved: minor units by kind, with the sign they have on what is open."""

    def of(kind: MovementKind, sign: int = -1) -> Money:
        return Money.from_minor(sign * changes.get(kind, 0), opening.currency)

    return Period(
        month=month,
        opening=opening,
        confirmed=of(MovementKind.CONFIRMED, +1),
        paid_early=of(MovementKind.EARLY),
        paid_at_maturity=of(MovementKind.MATURITY),
        paid_to_lenders=of(MovementKind.LENDER),
        diluted=of(MovementKind.DILUTED),
    )
