"""How much one account sweeps: the methods, then lot, minimum and maximum (rules: Sweeps).

A pool may hold 100,000 accounts, all in the structure's one currency, so figures here are whole minor units; Money
stands at the edges. B is the booked balance less holds and less sweeps instructed and unsettled.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from domain.pooling.errors import CollarAboveThreshold, MaximumNotInLots, MinimumAboveMaximum, SweepTermNotAllowed
from domain.values.money import Money


class SweepMethod(StrEnum):
    """What an account gives up and what it is given."""

    ZERO = "zero"
    TARGET = "target"
    THRESHOLD = "threshold"
    COLLAR = "collar"
    PERCENT = "percent"
    FIXED = "fixed"
    MIN_MAX = "min_max"


class TargetMode(StrEnum):
    """Whether a target account is filled up to its target, or only brought out of overdraft."""

    CONSTANT = "constant"
    FIXED = "fixed"


class SweepDirection(StrEnum):
    """Up: child to header. Down: header to child."""

    UP = "up"
    DOWN = "down"


class SkipReason(StrEnum):
    """Why an amount that the method asks for is not swept."""

    BELOW_LOT = "below_lot"
    BELOW_MINIMUM = "below_minimum"
    HEADER_FLOOR = "header_floor"
    DROPPED = "dropped"  # by a person, before approval


class SweepMeans(StrEnum):
    """How the cash of an up-leg travels."""

    INTERNAL_TRANSFER = "internal_transfer"  # both accounts are with one bank
    CREDIT_TRANSFER = "credit_transfer"
    DIRECT_DEBIT = "direct_debit"  # the header collects under the branch's mandate


@dataclass(frozen=True, slots=True)
class SweepTerms:
    """What a pool agreed with one member; only its method's own figures count. All `_minor` are minor units.

    `keep_minor` is the collar's c. Raises CollarAboveThreshold, MaximumNotInLots, MinimumAboveMaximum or
    SweepTermNotAllowed.
    """

    method: SweepMethod
    currency: str
    target_minor: int = 0
    target_mode: TargetMode = TargetMode.CONSTANT
    threshold_minor: int = 0
    keep_minor: int = 0
    percent: Decimal = Decimal(0)
    fixed_minor: int = 0
    lower_minor: int = 0
    upper_minor: int = 0
    two_way: bool = False
    partial_fill: bool = False
    lot_minor: int = 1
    minimum_minor: int = 0
    maximum_minor: int | None = None

    def __post_init__(self) -> None:
        self._require_at_least("lot", self.lot_minor, 1)
        self._require_at_least("minimum", self.minimum_minor, 0)
        self._require_at_least("fixed", self.fixed_minor, 0)
        self._require_at_least("threshold", self.threshold_minor, 0)
        self._require_at_least("upper", self.upper_minor, self.lower_minor)
        if not 0 <= self.percent <= 1:
            raise SweepTermNotAllowed(term="percent", value=self.percent, allowed="0 ... 1")
        if self.keep_minor > self.threshold_minor:
            raise CollarAboveThreshold(keep=self._money(self.keep_minor), threshold=self._money(self.threshold_minor))
        if self.maximum_minor is not None:
            self._check_maximum(self.maximum_minor)

    def _check_maximum(self, maximum: int) -> None:
        if maximum % self.lot_minor or maximum <= 0:
            raise MaximumNotInLots(maximum=self._money(maximum), lot=self._money(self.lot_minor))
        if maximum < self.minimum_minor:
            raise MinimumAboveMaximum(minimum=self._money(self.minimum_minor), maximum=self._money(maximum))

    def _require_at_least(self, term: str, value: int, least: int) -> None:
        if value < least:
            raise SweepTermNotAllowed(term=term, value=self._money(value), allowed=f">= {self._money(least)}")

    def _money(self, minor: int) -> Money:
        return Money.from_minor(minor, self.currency)


def raw_up(terms: SweepTerms, balance: int) -> int:
    """What the method lifts from an account that holds `balance`; never negative, 0 from an overdrawn one."""
    match terms.method:
        case SweepMethod.ZERO:
            raw = balance
        case SweepMethod.TARGET:
            raw = balance - terms.target_minor
        case SweepMethod.THRESHOLD:
            raw = balance if balance >= terms.threshold_minor else 0
        case SweepMethod.COLLAR:
            raw = balance - terms.keep_minor if balance >= terms.threshold_minor else 0
        case SweepMethod.PERCENT:
            raw = int((balance * terms.percent).to_integral_value(ROUND_FLOOR))
        case SweepMethod.FIXED:
            raw = terms.fixed_minor if balance >= terms.fixed_minor else 0
        case SweepMethod.MIN_MAX:
            raw = balance - terms.upper_minor
    return max(raw, 0)


def raw_down(terms: SweepTerms, balance: int) -> int:
    """What a two-way account that holds `balance` is given; never negative, 0 for a one-way account."""
    if not terms.two_way:
        return 0
    match terms.method:
        case SweepMethod.TARGET if terms.target_mode is TargetMode.CONSTANT:
            raw = terms.target_minor - balance
        case SweepMethod.MIN_MAX:
            raw = terms.lower_minor - balance
        case _:
            raw = -balance
    return max(raw, 0)


def kept_by(terms: SweepTerms) -> int:
    """The balance below which no up-leg drives the account."""
    match terms.method:
        case SweepMethod.TARGET:
            return terms.target_minor
        case SweepMethod.COLLAR:
            return terms.keep_minor
        case SweepMethod.MIN_MAX:
            return terms.upper_minor
        case _:
            return 0


@dataclass(frozen=True, slots=True)
class Sized:
    """A raw amount brought to lot, minimum and maximum: `amount` is 0 exactly when there is a reason to skip."""

    lot_amount: int
    amount: int
    skip: SkipReason | None = None


def size(terms: SweepTerms, direction: SweepDirection, raw: int) -> Sized:
    """Lot (up-legs down, down-legs up), then minimum, then maximum: in this order."""
    assert raw > 0, "an account without a raw amount has no leg"
    lots = raw // terms.lot_minor if direction is SweepDirection.UP else -(-raw // terms.lot_minor)
    lot_amount = lots * terms.lot_minor
    if lot_amount == 0:
        return Sized(0, 0, SkipReason.BELOW_LOT)
    if lot_amount < terms.minimum_minor:
        return Sized(lot_amount, 0, SkipReason.BELOW_MINIMUM)
    return Sized(lot_amount, lot_amount if terms.maximum_minor is None else min(lot_amount, terms.maximum_minor))


def fill(terms: SweepTerms, wanted: Sized, headroom: int) -> Sized:
    """What of a down-leg a header can give that has `headroom` above its floor: all, whole lots of it, or nothing."""
    if wanted.skip or wanted.amount <= headroom:
        return wanted
    part = max(headroom, 0) // terms.lot_minor * terms.lot_minor if terms.partial_fill else 0
    if part == 0 or part < terms.minimum_minor:
        return Sized(wanted.lot_amount, 0, SkipReason.HEADER_FLOOR)
    return Sized(wanted.lot_amount, part)
