"""What an advance out of sales costs and how it is repaid, before anybody agrees to it (R15, R14). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from domain.financing.errors import RateOutOfRange
from domain.financing.rules import AllInRate, all_in_rate
from domain.financing.sales.errors import BadSalesTerms
from domain.financing.sales.rules import (
    SalesPlan,
    ScheduleRow,
    annual_effective_rate,
    daily_effective_rate,
    daily_payment,
    repayment_schedule,
)
from domain.values.money import CurrencyMismatch, Money

RATE_SCALE = Decimal(1).scaleb(-30)  # as the contract keeps its daily rate
YEARS = (360, 365)


@dataclass(frozen=True, slots=True)
class SalesTerms:
    """What lender and merchant talk about: sales expected in a year, the share of them, what is paid out, its fee.

    `early_rebate` is the part of the unearned fee that is given back to who settles early (nothing: the fee is fixed),
    `penalty_rate` the yearly rate on what is late after the last day; both are fractions.
    """

    volume: Money
    share: Decimal
    year_days: int
    net: Money
    fee: Money
    early_rebate: Decimal = Decimal(0)
    penalty_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class SalesQuote:
    """What the terms come to.

    `all_in` sets the fee against the cash over the whole term, as every offer here is shown (R14); the effective rates
    count that the money is out less and less of it, and are therefore higher.
    """

    plan: SalesPlan
    payments: int
    last_payment: Money
    daily_rate: Decimal
    annual_effective: Decimal
    all_in: AllInRate

    @property
    def schedule(self) -> list[ScheduleRow]:
        """Every expected day's payment with its income."""
        return repayment_schedule(self.plan)


def quote_sales(terms: SalesTerms) -> SalesQuote:
    """The figures of an advance out of sales (R15).

    9,000 for a fee of 1,000 out of 18 % of 100,000 a year: 50.00 a day, 200 payments, 0.106781 % a day. Raises
    BadSalesTerms, RateOutOfRange, SalesTooSmall, RateBeyondDisclosure, CurrencyMismatch.
    """
    assert terms.year_days in YEARS, "a year has 360 or 365 days"
    if {terms.fee.currency, terms.volume.currency} != {terms.net.currency}:
        raise CurrencyMismatch(left=terms.net.currency, right=f"{terms.fee.currency}, {terms.volume.currency}")
    paid_out = terms.net.minor > 0 and terms.volume.minor > 0
    if not (paid_out and 0 <= terms.fee.minor <= terms.net.minor and 0 < terms.share <= 1):
        raise BadSalesTerms(net=str(terms.net), fee=str(terms.fee), share=str(terms.share))
    for name, rate in (("early_rebate", terms.early_rebate), ("penalty_rate", terms.penalty_rate)):
        if not 0 <= rate <= 1:
            raise RateOutOfRange(field=name, value=rate, low=Decimal(0), high=Decimal(1))
    plan = SalesPlan(terms.net, terms.fee, daily_payment(terms.volume, terms.share, terms.year_days))
    payments: Sequence[Money] = plan.payments
    with localcontext(prec=60):
        daily_rate = daily_effective_rate(plan).quantize(RATE_SCALE)
    return SalesQuote(
        plan=plan,
        payments=len(payments),
        last_payment=payments[-1],
        daily_rate=daily_rate,
        annual_effective=annual_effective_rate(plan, daily_rate),
        all_in=all_in_rate(terms.fee, terms.net, len(payments)),
    )
