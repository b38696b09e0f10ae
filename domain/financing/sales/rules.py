"""Repayment out of sales (R15): a fixed share of each day's takings until advance and fee are paid. Pure."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import accumulate

from domain.financing.errors import RateBeyondDisclosure
from domain.financing.rules import DAYS_OF_DISCLOSURE_YEAR, HIGHEST_RATE, RATE_PLACES
from domain.financing.sales.errors import SalesTooSmall
from domain.values.money import Money
from domain.values.rounding import Rounding, to_places

PRECISION = 40  # digits: a thousand compounded days cost a few, and the schedule must end on nothing
_HALVINGS = 140  # of an interval of one: beyond the precision
MAX_PAYMENTS = 3_650  # ten years of days: more is no repayment out of sales


@dataclass(frozen=True, slots=True)
class SalesPlan:
    """What is paid out, what it costs in all, and what each day is expected to pay back of it."""

    net: Money
    fee: Money
    daily: Money

    def __post_init__(self) -> None:
        assert self.net.minor > 0 <= self.fee.minor, "an advance pays something out, and costs nothing or something"
        if self.daily.minor * MAX_PAYMENTS < self.owed.minor:
            raise SalesTooSmall(daily=str(self.daily), owed=str(self.owed), limit=MAX_PAYMENTS)

    @property
    def owed(self) -> Money:
        """Everything that is paid back."""
        return self.net + self.fee

    @property
    def payments(self) -> list[Money]:
        """The n = ceil((net + fee) / daily) payments, of which the last may be smaller."""
        full, rest = divmod(self.owed.minor, self.daily.minor)
        last = [Money.from_minor(rest, self.owed.currency)] if rest else []
        return [self.daily] * full + last


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One day: what is paid, what of it is income, what is left of the advance afterwards."""

    day: int
    payment: Money
    income: Money
    balance: Money


def daily_payment(
    payment_volume: Money, share: Decimal, year_days: int, rounding: Rounding = Rounding.HALF_UP
) -> Money:
    """Total payment volume × share of it / day count (R15): 100,000.00 × 18 % / 360 is 50.00 a day."""
    return Money.rounded(payment_volume.amount * share / year_days, payment_volume.currency, rounding)


def daily_effective_rate(advance: SalesPlan) -> Decimal:
    """The daily rate at which the payments are worth what was paid out: the internal rate of return (R15).

    Found by halving, because the worth falls as the rate rises and so has one root; a fee of nothing is a rate of
    nothing. 9,000 for 200 payments of 50 is 0.106781 % a day.
    """
    if not advance.fee:
        return Decimal(0)
    with localcontext(prec=PRECISION):
        low, high = Decimal(0), advance.fee.amount / advance.net.amount
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if _worth(advance, middle) > advance.net.amount else (low, middle)
        return high


def annual_effective_rate(plan: SalesPlan, daily_rate: Decimal) -> Decimal:
    """(1 + daily rate) ^ 365 - 1: what the money costs a year, as it is out less and less of it (R15, R14).

    0.106781 % a day are 47.63 % a year. Raises RateBeyondDisclosure for a cost that no year's rate expresses.
    """
    if (1 + daily_rate).ln() * DAYS_OF_DISCLOSURE_YEAR > HIGHEST_RATE.ln():
        highest = f"{HIGHEST_RATE:,}"
        raise RateBeyondDisclosure(cost=str(plan.fee), net=str(plan.net), days=len(plan.payments), highest=highest)
    return to_places((1 + daily_rate) ** DAYS_OF_DISCLOSURE_YEAR - 1, RATE_PLACES)


def _worth(advance: SalesPlan, rate: Decimal) -> Decimal:
    """Σ payments discounted to the day of the advance; equal payments by the formula of an annuity."""
    full, rest = divmod(advance.owed.minor, advance.daily.minor)
    discount = 1 / (1 + rate)
    last = Money.from_minor(rest, advance.owed.currency).amount
    return advance.daily.amount * (1 - discount**full) / rate + last * discount ** (full + 1)


def repayment_schedule(advance: SalesPlan) -> list[ScheduleRow]:
    """Every day's payment with its income (R15); the incomes sum to the fee, and the last balance is nothing.

    Income is what was earned so far, rounded once, less what was shown before (R16).
    """
    payments = advance.payments
    paid = accumulate(payments)
    # What the payments to come are worth, counted back from the last: forwards, a high rate would blow up a last digit.
    with localcontext(prec=PRECISION):
        growth = 1 + daily_effective_rate(advance)
        worth = accumulate(reversed(payments), lambda later, due: (later + due.amount) / growth, initial=Decimal(0))
        balances = list(worth)[-2::-1]
    rows: list[ScheduleRow] = []
    earned = Money.zero(advance.net.currency)
    for day, (payment, so_far, balance) in enumerate(zip(payments, paid, balances, strict=True), start=1):
        left = Money.rounded(balance, advance.net.currency)
        now = left + so_far - advance.net
        rows.append(ScheduleRow(day, payment, now - earned, left))
        earned = now
    return rows
