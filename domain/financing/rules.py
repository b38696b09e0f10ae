"""Rules of financing, pure, each with its number in rules/financing.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.financing.errors import RateBeyondDisclosure
from domain.financing.terms import CIVIL_CODE_561, Component, Contract, InterestTiming, Terms
from domain.values.currency import minor_units
from domain.values.day_count import DayCount, interest
from domain.values.money import Money
from domain.values.rounding import Rounding, to_places

DAYS_OF_DISCLOSURE_YEAR = 365  # R14: 10 CCR 913 annualises by 365 whatever the contract's basis
REVIEW_FACTOR = 5  # times the payoff, or the invoice's unpaid balance
PROVISION_RATE = Decimal("0.01")  # R23: of closing financing, at least
PERFORMING_DAYS = 90  # R23: what is later than this does not perform any more
HIGHEST_RATE = Decimal(1_000_000)  # a hundred million per cent a year: beyond, a price is a slip of the keyboard
RATE_PLACES = 9  # as the database keeps rates
BASIS_POINT = Decimal("0.0001")


def availability(eligible: Money, advance_rate: Decimal, headrooms: Iterable[Money]) -> Money:
    """The most that may be lent: min(rate × eligible balance, every headroom), never below zero (R1).

    1,000,000.00 at 90 % with no narrower limit is 900,000.00.
    """
    most = min([eligible.times(advance_rate, Rounding.FLOOR), *headrooms])
    return max(most, Money.zero(eligible.currency))


def handling_fee(base: Money, fee_bp: Decimal, rounding: Rounding = Rounding.HALF_UP) -> Money:
    """Base × fee_bp / 10,000: 20 bp of a face of 1,000,000.00 are 2,000.00."""
    return base.times(fee_bp * BASIS_POINT, rounding)


def reference_price(reference_rate: Decimal, margin_bp: Decimal) -> Decimal:
    """Reference + margin: one-year LPR 3.00 % + 250 bp is 5.50 %."""
    return reference_rate + margin_bp * BASIS_POINT


def contract_interest(contract: Contract, funded_on: date, until: date) -> Money:
    """Interest on the whole principal from `funded_on` (counted) to `until` (not counted) (R2)."""
    terms = contract.terms
    days = contract.interest_days(funded_on, until)
    return interest(contract.principal, terms.annual_rate, days, terms.day_count, terms.rounding)


def minimum_interest(contract: Contract) -> Money:
    """Interest for the days that are owed however early the debt is repaid; nothing where there are none (R9)."""
    terms = contract.terms
    return interest(contract.principal, terms.annual_rate, terms.min_interest_days, terms.day_count, terms.rounding)


def prepaid_interest(contract: Contract, funded_on: date) -> Money:
    """What a front-ended contract withholds at funding: interest to the due date (R4); nothing otherwise (R3)."""
    if contract.terms.interest_timing is InterestTiming.REAR:
        return Money.zero(contract.currency)
    return contract_interest(contract, funded_on, contract.dates.interest_until)


def cash_out(principal: Money, fee: Money, prepaid: Money) -> Money:
    """What reaches the seller: A - fee (R3), less interest when it is paid in front (R4)."""
    return principal - fee - prepaid


def restated_as_loan(principal: Money, prepaid: Money, terms: Terms, days: int) -> tuple[Money, Money]:
    """Principal and interest if a court treats front-ended financing as a loan (R4, Civil Code art. 670).

    900,000.00 less 3,437.50 prepaid is 896,562.50, on which 25 days at 5.5 % are 3,424.37.
    """
    restated = principal - prepaid
    return restated, interest(restated, terms.annual_rate, days, terms.day_count, terms.rounding)


def dilution_call(principal: Money, advance_rate: Decimal, unpaid: Money, diluted: Money) -> Money:
    """What the seller pays back of the principal because credit notes took its security away (R10).

    A - rate × (F - credit), never more than was lent on the credit: 900,000.00 - 90 % of 970,000.00 is 27,000.00.
    `unpaid` is what the debtor still owes, less the credit; no credit, no call.
    """
    zero = Money.zero(principal.currency)
    secured = max(unpaid, zero).times(advance_rate, Rounding.FLOOR)
    return min(max(principal - secured, zero), diluted.times(advance_rate), principal)


def needs_review(payment: Money, owed: Money) -> bool:
    """Over five times what would settle the debt: a slip, or worse, and a person looks."""
    return owed.times(REVIEW_FACTOR) < payment


def provision_required(financing: Money, rate: Decimal = PROVISION_RATE) -> Money:
    """At least 1 % of closing financing (R23, notice 205 of 2019): 20,000,000.00 → 200,000.00."""
    return financing.times(rate)


def is_nonperforming(due_on: date, on: date, performing_days: int = PERFORMING_DAYS) -> bool:
    """Over 90 days late (R23): on the 90th day not yet, on the 91st it is."""
    return (on - due_on).days > performing_days


def holdback_release(collected: Money, deductions: Iterable[Money]) -> Money:
    """Collected - principal - interest - penalty - costs - dilution - holds (R5, Civil Code art. 766)."""
    return collected - Money.total(deductions, collected.currency)


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one payment was set against, and what is left of it."""

    paid: Mapping[Component, Money]
    left: Money


def allocate_payment(
    payment: Money, owed: Mapping[Component, Money], order: tuple[Component, ...] = CIVIL_CODE_561
) -> Allocation:
    """Set `payment` against what is owed, in the contract's order (R7, Civil Code art. 561)."""
    paid: dict[Component, Money] = {}
    left = payment
    for component in order:
        paid[component] = min(left, owed[component])
        left -= paid[component]
    return Allocation(paid, left)


def unused_interest(prepaid: Money, earned: Money) -> Money:
    """What an early settlement gives back of front-ended interest (R9); nothing when it was all earned."""
    return max(prepaid - earned, Money.zero(prepaid.currency))


@dataclass(frozen=True, slots=True)
class AllInRate:
    """The whole cost of an advance as a yearly rate, shown before acceptance (R14)."""

    simple: Decimal
    effective: Decimal


def all_in_rate(cost: Money, net: Money, days: int) -> AllInRate:
    """Simple: cost / net × 365 / days; effective: (1 + cost / net) ^ (365 / days) - 1 (R14).

    net is the cash the seller gets; days is the term, above zero. Base case: 8.84 % simple, 9.21 % effective. Raises
    RateBeyondDisclosure for a cost that no year's rate expresses.
    """
    assert days > 0, "an advance lasts a day at least"
    per_term = cost.amount / net.amount
    terms_a_year = Decimal(DAYS_OF_DISCLOSURE_YEAR) / days
    effective = (1 + per_term).ln() * terms_a_year
    if effective > HIGHEST_RATE.ln():
        raise RateBeyondDisclosure(cost=str(cost), net=str(net), days=days, highest=f"{HIGHEST_RATE:,}")
    return AllInRate(
        simple=to_places(per_term * terms_a_year, RATE_PLACES),
        effective=to_places((1 + per_term) ** terms_a_year - 1, RATE_PLACES),
    )


def accrued(principal_days: int, annual_rate: Decimal, day_count: DayCount, rounding: Rounding, currency: str) -> Money:
    """All interest so far, rounded once: the day's accrual is this less yesterday's, so it never drifts (R16).

    principal_days sums minor units × days over the periods in which the principal stood still.
    """
    exact = (Decimal(principal_days) * annual_rate / day_count.year_days).scaleb(-minor_units(currency))
    return Money.rounded(exact, currency, rounding)
