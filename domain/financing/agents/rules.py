"""What an agent may sell, and what its deposit must secure (R21, R25, R26, R27). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from domain.financing.agents.states import ClaimStep, Status
from domain.values.money import Money
from domain.values.rounding import Rounding, to_places

HIGHEST_PERIODS = 3  # R21: the three highest periods
WINDOW_MONTHS = 12  # of the last twelve months
WARN_AT = (50, 75, 100)  # per cent of the limit used (R21)
CLAIM_ORDER = (ClaimStep.PAYOUTS, ClaimStep.GUARANTOR, ClaimStep.SELLER)  # R27, after the deposit


@dataclass(frozen=True, slots=True)
class PeriodSales:
    """What an agent sold in one settlement period, less refunds, and how many days it had."""

    sales: Money
    days: int


def risk_status(*, finances_pass: bool, history_pass: bool) -> Status:
    """A when both tests are passed, B when one is, C when neither (R25)."""
    return {2: Status.A, 1: Status.B, 0: Status.C}[finances_pass + history_pass]


def highest_periods(periods: Sequence[PeriodSales]) -> list[PeriodSales]:
    """The three in which most was sold (R21); of two that sold the same, the longer one."""
    return sorted(periods, key=lambda each: (each.sales, each.days), reverse=True)[:HIGHEST_PERIODS]


def mean_daily_sales(periods: Sequence[PeriodSales]) -> Money | None:
    """Mean daily sales of the three highest of the periods (R21); None without any.

    420,000 + 390,000 + 360,000 over 45 days: 26,000.00 a day.
    """
    highest = highest_periods(periods)
    if not highest:
        return None
    currency = highest[0].sales.currency
    total = Money.total((each.sales for each in highest), currency)
    return Money.rounded(total.amount / sum(each.days for each in highest), currency)


def capacity(periods: Sequence[PeriodSales], days_at_risk: int, factor: Decimal) -> Money | None:
    """What an agent may owe by what it used to sell: days x mean daily sales x factor, rounded down (R21).

    `days_at_risk` are its reporting and remittance days. 25 days x 26,000.00 x 2: 1,300,000.00. None without a period
    to go by: then only its security speaks for it.
    """
    highest = highest_periods(periods)
    if not highest:
        return None
    currency = highest[0].sales.currency
    sold = max(Money.total((each.sales for each in highest), currency), Money.zero(currency))
    # One division at the end: a mean that is rounded first would carry its half cent through all the days.
    exact = sold.amount * days_at_risk * factor / sum(each.days for each in highest)
    return Money.rounded(exact, currency, Rounding.FLOOR)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that an agent's limit is made of. `halted`: its deposit was used and is not yet topped up (R27)."""

    status: Status
    capacity: Money | None
    secured: Money
    multiple: Decimal
    outstanding: Money
    halted: bool = False


def agent_limit(standing: Standing) -> Money:
    """min(R21, deposit x multiple) (R26); of status C, and without a history, the security held (R21); halted, nothing.

    R21 1,300,000; deposit 300,000 x 4 = 1,200,000: the limit is 1,200,000.00.
    """
    if standing.halted:
        return Money.zero(standing.secured.currency)
    if standing.status is Status.C or standing.capacity is None:
        return standing.secured
    return min(standing.capacity, standing.secured.times(standing.multiple, Rounding.FLOOR))


def headroom(standing: Standing) -> Money:
    """What may still be sold (R26); nothing where more is outstanding than the limit.

    1,200,000 - 1,050,000 = 150,000; after 200,000 were remitted early 350,000.00.
    """
    return max(agent_limit(standing) - standing.outstanding, Money.zero(standing.secured.currency))


def used_percent(limit: Money, outstanding: Money) -> Decimal:
    """How much of the limit is used, in per cent: 1,050,000 of 1,200,000 is 87.50; all of it without a limit."""
    if not limit:
        return Decimal(100) if outstanding else Decimal(0)
    return to_places(outstanding.amount * 100 / limit.amount, 2, Rounding.FLOOR)


def warnings_reached(limit: Money, outstanding: Money) -> tuple[int, ...]:
    """Which of 50, 75 and 100 % are used (R21)."""
    return tuple(level for level in WARN_AT if outstanding and outstanding.minor * 100 >= limit.minor * level)


def deposit_needed(status: Status, outstanding: Money, multiple: Decimal) -> Money:
    """The least deposit that secures what is outstanding (R26), rounded up: a multiple of it must cover all.

    1,050,000 at 4 times needs 262,500.00; of status C all of it.
    """
    if status is Status.C:
        return outstanding
    minor = (Decimal(outstanding.minor) / multiple).to_integral_value(rounding=ROUND_CEILING)
    return Money.from_minor(int(minor), outstanding.currency)


def cover_default(owed: Money, deposit: Money) -> tuple[Money, Money]:
    """What the deposit pays, and what is left to claim (R27): 412,000 of 300,000 leaves 112,000.00."""
    used = min(owed, deposit)
    return used, owed - used


def next_step(after: ClaimStep | None, stands: Mapping[ClaimStep, bool]) -> ClaimStep | None:
    """Whom to claim from next, passing over steps at which nobody stands (R27); None when all were asked."""
    left = CLAIM_ORDER if after is None else CLAIM_ORDER[CLAIM_ORDER.index(after) + 1 :]
    return next((step for step in left if stands[step]), None)
