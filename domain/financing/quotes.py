"""What an advance on a receivable would come to: pure, so that an offer shows what its acceptance will do."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.financing.errors import FeesExceedAdvance
from domain.financing.rules import (
    AllInRate,
    all_in_rate,
    availability,
    cash_out,
    contract_interest,
    handling_fee,
    prepaid_interest,
)
from domain.financing.terms import Contract, DueDates, Terms
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Price:
    """What a lender asks and gives. Rates are fractions; fee_bp is of the confirmed amount."""

    advance_rate: Decimal
    fee_bp: Decimal
    terms: Terms


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer's figures; `interest` to the due date, `net` the cash the seller gets."""

    principal: Money
    fee: Money
    interest: Money
    net: Money
    rate: AllInRate


def quote(confirmed: Money, due_on: date, price: Price, funded_on: date, calendar: BusinessCalendar) -> Quote:
    """The figures of financing `confirmed`, due on `due_on`, from `funded_on` (R1-R4, R14, R24).

    The due date lies after the funding date. Raises FeesExceedAdvance.
    """
    principal = availability(confirmed, price.advance_rate, [])
    fee = handling_fee(confirmed, price.fee_bp, price.terms.rounding)
    dates = DueDates.under(due_on, price.terms, calendar)
    contract = Contract(principal, confirmed, fee, price.terms, dates)
    interest = contract_interest(contract, funded_on, dates.interest_until)
    net = cash_out(principal, fee, prepaid_interest(contract, funded_on))
    if net.minor <= 0:
        raise FeesExceedAdvance(principal=str(principal), fee=str(fee), interest=str(interest))
    days = (dates.rolled_due_on - funded_on).days
    return Quote(principal, fee, interest, net, all_in_rate(fee + interest, net, days))
