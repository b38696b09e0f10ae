"""Contract fields, and the dates that follow from them. Agreed once, kept on the advance, never looked up again."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from domain.values.business_days import BusinessCalendar, Roll
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding


class InterestTiming(StrEnum):
    """When the seller pays interest: at the end out of the reserve (R3), or at once out of the cash (R4)."""

    REAR = "rear"
    FRONT = "front"


class Component(StrEnum):
    """What a payment is set against."""

    COSTS = "costs"
    PENALTY = "penalty"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class FeeBearer(StrEnum):
    """Who pays the handling fee: the seller, out of the cash, or the debtor, apart. Who pays it accepts the offer."""

    SELLER = "seller"
    DEBTOR = "debtor"


class FeeBasis(StrEnum):
    """What the handling fee is a share of."""

    FACE = "face"
    CONFIRMED = "confirmed"
    PRINCIPAL = "principal"


class PenaltyBase(StrEnum):
    """What the penalty rate is charged on once the debt is late."""

    PRINCIPAL = "principal"
    PRINCIPAL_AND_INTEREST = "principal_and_interest"


CIVIL_CODE_561 = (Component.COSTS, Component.PENALTY, Component.INTEREST, Component.PRINCIPAL)


def waterfall_text(order: tuple[Component, ...]) -> str:
    """How a contract's order is kept in a row: `costs,penalty,interest,principal`."""
    return ",".join(component.value for component in order)


def waterfall_from(text: str) -> tuple[Component, ...]:
    """The order a row keeps."""
    return tuple(Component(name) for name in text.split(","))


@dataclass(frozen=True, slots=True)
class Terms:
    """What lender and seller agreed, as far as figures depend on it. Rates are fractions a year."""

    annual_rate: Decimal
    overdue_multiplier: Decimal = Decimal("1.5")
    day_count: DayCount = DayCount.ACT_360
    interest_timing: InterestTiming = InterestTiming.REAR
    rounding: Rounding = Rounding.HALF_UP
    roll: Roll = Roll.FOLLOWING
    roll_accrues: bool = True
    grace_days: int = 0
    waterfall: tuple[Component, ...] = CIVIL_CODE_561
    fee_bearer: FeeBearer = FeeBearer.SELLER
    fee_basis: FeeBasis = FeeBasis.FACE
    min_interest_days: int = 0  # interest for so many days is owed, however early it is repaid
    early_settlement_bp: Decimal = Decimal(0)  # of the principal repaid before the due date (R9)
    penalty_on: PenaltyBase = PenaltyBase.PRINCIPAL
    # Whether the seller stands behind its debtor (R11), and whether what is left of the invoice is the seller's (R12).
    recourse: bool = True
    surplus_to_seller: bool = True

    @property
    def penalty_rate(self) -> Decimal:
        """What replaces the contract rate once the debt is late (R6)."""
        return self.annual_rate * self.overdue_multiplier


@dataclass(frozen=True, slots=True)
class DueDates:
    """The dates a due date turns into (R24).

    `rolled_due_on` is when the debtor is debited; contract interest runs until `interest_until` and again through the
    grace days; from `penalty_from` on the penalty rate replaces it.
    """

    due_on: date
    rolled_due_on: date
    interest_until: date
    penalty_from: date

    @classmethod
    def under(cls, due_on: date, terms: Terms, calendar: BusinessCalendar) -> Self:
        """The dates of an advance due on `due_on` under `terms`, in a country whose banks work by `calendar`."""
        rolled = calendar.roll(due_on, terms.roll)
        return cls(
            due_on=due_on,
            rolled_due_on=rolled,
            interest_until=rolled if terms.roll_accrues else min(due_on, rolled),
            penalty_from=rolled + timedelta(days=terms.grace_days),
        )


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything a replay needs to know of an advance beside its events.

    It was lent at `advance_rate` on `financed`: what the debtor had confirmed and not paid; the face if unsaid.
    """

    principal: Money
    face: Money
    fee: Money
    terms: Terms
    dates: DueDates
    advance_rate: Decimal = Decimal(1)
    financed: Money | None = None
    debtor_fee: Money | None = None  # what the debtor bears beside its invoice; none if unsaid

    @property
    def currency(self) -> str:
        """The one currency of all its figures."""
        return self.principal.currency

    def is_early(self, on: date) -> bool:
        """Whether what is repaid on a day is repaid before it is due (R9)."""
        return on < min(self.dates.due_on, self.dates.rolled_due_on)

    def interest_days(self, funded_on: date, until: date) -> int:
        """Days that bear contract interest from `funded_on` (counted) to `until` (not counted).

        Always counted from the first day, so that parts of a period add up to the whole under 30/360 too.
        """
        dates = self.dates
        count = self.terms.day_count.days
        contract_end = min(until, max(dates.interest_until, funded_on))
        grace_end = max(dates.rolled_due_on, min(until, dates.penalty_from))
        return count(funded_on, max(contract_end, funded_on)) + count(dates.rolled_due_on, grace_end)

    def penalty_days(self, until: date) -> int:
        """Days that bear the penalty rate before `until` (R6)."""
        return self.terms.day_count.days(self.dates.penalty_from, max(until, self.dates.penalty_from))
