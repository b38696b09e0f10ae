"""What an advance on a receivable would come to: pure, so that an offer shows what its acceptance will do."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.financing.errors import FeesExceedAdvance, NoTermLeft
from domain.financing.exposure_rules import availability
from domain.financing.rules import (
    AllInRate,
    all_in_rate,
    cash_out,
    contract_interest,
    handling_fee,
    minimum_interest,
    prepaid_interest,
    reference_price,
)
from domain.financing.terms import Contract, DueDates, FeeBasis, FeeBearer, Terms
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Reference:
    """A published rate that a price follows: its name and the margin over it; its own rate and day once fixed."""

    name: str
    margin_bp: Decimal
    rate: Decimal | None = None
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a lender asks and gives. Rates are fractions; fee_bp is of what `terms.fee_basis` says.

    With a reference, the annual rate of `terms` is what the reference gives on the day it is fixed.
    """

    advance_rate: Decimal
    fee_bp: Decimal
    terms: Terms
    reference: Reference | None = None

    def fixed(self, reference_rate: Decimal, effective_on: date) -> "Price":
        """This price at what its reference stands at: the rate is fixed, and where it comes from is kept."""
        assert self.reference is not None, "a fixed price follows no reference"
        annual_rate = reference_price(reference_rate, self.reference.margin_bp)
        reference = replace(self.reference, rate=reference_rate, effective_on=effective_on)
        return replace(self, terms=replace(self.terms, annual_rate=annual_rate), reference=reference)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a receivable offers to a quote: its face, what of it is confirmed and unpaid, and when it falls due."""

    face: Money
    unpaid: Money
    due_on: date


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer's figures; `interest` to the due date, `net` the cash the seller gets, `cost` what the seller bears."""

    principal: Money
    fee: Money
    debtor_fee: Money
    interest: Money
    net: Money
    rate: AllInRate
    days: int
    prepaid: Money

    @property
    def cost(self) -> Money:
        """Fee and interest, in money."""
        return self.fee + self.interest


def quote(
    confirmed: Money,
    due_on: date,
    price: Price,
    funded_on: date,
    calendar: BusinessCalendar,
    *,
    face: Money | None = None,
    contra: Money | None = None,
) -> Quote:
    """The figures of financing `confirmed`, due on `due_on`, from `funded_on` (R1-R4, R9, R14, R24).

    `face` is the invoice's, where less of it is confirmed; nothing is lent on `contra` (R20). Raises NoTermLeft when
    the due date does not lie after the funding date, FeesExceedAdvance, RateBeyondDisclosure.
    """
    claim = Claim(face or confirmed, confirmed, due_on)
    eligible = confirmed if contra is None else confirmed - contra
    return requote(availability(eligible, price.advance_rate, {}).amount, claim, price, funded_on, calendar)


def requote(principal: Money, claim: Claim, price: Price, funded_on: date, calendar: BusinessCalendar) -> Quote:
    """The figures of lending just `principal`: what an offer comes to on a later day than it was made.

    Raises NoTermLeft, FeesExceedAdvance.
    """
    terms = price.terms
    bases = {FeeBasis.FACE: claim.face, FeeBasis.CONFIRMED: claim.unpaid, FeeBasis.PRINCIPAL: principal}
    whole_fee = handling_fee(bases[terms.fee_basis], price.fee_bp, terms.rounding)
    nothing = Money.zero(principal.currency)
    fee, debtor_fee = (whole_fee, nothing) if terms.fee_bearer is FeeBearer.SELLER else (nothing, whole_fee)
    dates = DueDates.under(claim.due_on, terms, calendar)
    days = (dates.rolled_due_on - funded_on).days
    if days <= 0:
        raise NoTermLeft(due_on=dates.rolled_due_on, funded_on=funded_on)
    contract = Contract(principal, claim.face, fee, terms, dates)
    interest = max(contract_interest(contract, funded_on, dates.interest_until), minimum_interest(contract))
    prepaid = prepaid_interest(contract, funded_on)
    net = cash_out(principal, fee, prepaid)
    if net.minor <= 0:
        raise FeesExceedAdvance(principal=str(principal), fee=str(fee), interest=str(interest))
    return Quote(principal, fee, debtor_fee, interest, net, all_in_rate(fee + interest, net, days), days, prepaid)
