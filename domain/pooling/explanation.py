"""Why an intercompany position, and the interest on it, is what it is: movements, periods, back-values. Pure.

The periods are counted from movements and versions alone, apart from the set operation that accrues them night by
night; whoever explains holds the two against each other. A sweep counts from the date it was first valued on; what a
later word of the bank made of that date is told as a difference (Back-value), as it was posted.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate, pairwise
from uuid import UUID

from domain.pooling.states import MovementKind
from domain.values.currency import minor_units
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rule import Rule

DAY_COUNT = DayCount.ACT_360
_REVALUED = frozenset({MovementKind.REVALUED_FROM, MovementKind.REVALUED_TO})
RULES: Mapping[str, Rule] = {
    rule.number: rule
    for rule in (
        Rule(
            "Sweeps",
            "Each leg is an intercompany loan: position × rate × days / 360, by the version in force on each day",
            "每笔归集为内部借贷:头寸×利率×天数/360,按当日有效的方案版本",
            "pool version, approved by two people; one loan slip per leg",
        ),
        Rule(
            "Back-value",
            "Another value date is posted as a difference at the versions of its days; no sweep is rewritten",
            "起息日更正按各日版本计算差额入账,不改写归集记录",
            "pool version of that date",
        ),
        Rule("R2", "The first day counts and the last does not", "计息算头不算尾", "ACT/360 (ISDA 2006, 4.16)"),
        Rule(
            "R16", "Accruals are rounded in total, so that they never drift", "累计计息后舍入,误差不累积", "day count"
        ),
    )
}


class Bearing(StrEnum):
    """Which way interest runs."""

    EARNED = "earned"  # the header owes it to the branch
    OWED = "owed"  # the branch owes it to the header


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of a position by value date; up is positive. `taken_on` is the business date that counted it first.

    Of a sweep, `version` is that of the pool it was evaluated by, in `proposal`, and `slip` its loan's reference.
    """

    source: UUID
    kind: MovementKind
    value_date: date
    amount_minor: int
    taken_on: date | None
    version: int | None = None
    proposal: UUID | None = None
    slip: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of a pool pays from a date on; rates are fractions a year."""

    version: int
    effective_on: date
    up_rate: Decimal
    down_rate: Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which `principal` bore `rate` unchanged, `start` counted and `end` not; below zero it takes back.

    `exact` is what they bore before rounding, in major units; `amount` what that added to the rounded total, and
    `residue` what rounding has left over by then: the next one takes it along (R16). `found_by` names the correction
    of a value date that it is the difference of.
    """

    bearing: Bearing
    start: date
    end: date
    days: int
    principal: Money
    rate: Decimal
    version: int
    exact: Decimal
    amount: Money
    residue: Decimal
    found_by: UUID | None

    @property
    def rules(self) -> tuple[str, ...]:
        """Which rules it follows."""
        return ("Back-value" if self.found_by else "Sweeps", "R2", "R16")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One leg at the end of `as_of`, as the books knew it then."""

    as_of: date
    until: date  # interest is counted up to this day, not included
    currency: str
    moves: tuple[Moved, ...]
    periods: tuple[Period, ...]

    @property
    def position(self) -> Money:
        """What the branch's account is owed; negative where it owes."""
        return Money.from_minor(sum(move.amount_minor for move in self.moves), self.currency)

    def accrued(self, bearing: Bearing) -> Money:
        """What has accrued one way, from the beginning."""
        return Money.total((each.amount for each in self.periods if each.bearing is bearing), self.currency)


def explain_leg(
    moves: Iterable[Moved], versions: Sequence[Terms], currency: str, as_of: date, accrued_until: date
) -> Explanation:
    """A leg at the end of a date, from its movements; interest as far as it has accrued.

    1,200,000.00 for 30 days at 1.35 % earn 1,350.00; 400,000.00 lent for 30 days at 3.00 % cost 1,000.00; 200,000.00
    found to be 5 days older earn 37.50 more.
    """
    known = [
        move
        for move in sorted(moves, key=lambda move: (move.value_date, move.source, move.kind))
        if move.value_date <= as_of and (move.taken_on is None or move.taken_on <= as_of)
    ]
    until = min(as_of + timedelta(days=1), accrued_until)
    taken = [move for move in known if move.taken_on is not None]
    return Explanation(as_of, until, currency, tuple(known), tuple(_rounded(_borne(taken, versions, until), currency)))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days on which the same minor units bore the same rate."""

    bearing: Bearing
    start: date
    end: date
    minor: int
    rate: Decimal
    version: int
    found_by: UUID | None

    @property
    def base(self) -> Decimal:
        """Minor units x rate x days."""
        return self.minor * self.rate * DAY_COUNT.days(self.start, self.end)


def _borne(taken: Sequence[Moved], versions: Sequence[Terms], until: date) -> Iterator[_Stretch]:
    """First what moved on its first date, then each correction as the difference it made."""
    standing = [move for move in taken if move.kind not in _REVALUED]
    yield from _stretches([], standing, versions, until, None)
    # Identities go up with time, so corrections are told in the order they were made.
    for correction in sorted({move.source for move in taken if move.kind in _REVALUED}):
        pair = [move for move in taken if move.source == correction]
        yield from _stretches(standing, [*standing, *pair], versions, until, correction)
        standing += pair


def _stretches(
    before: Sequence[Moved], after: Sequence[Moved], versions: Sequence[Terms], until: date, found_by: UUID | None
) -> Iterator[_Stretch]:
    """What `after` bears beyond what `before` bore, for each stretch in which nothing changes."""
    first = min((move.value_date for move in after[len(before) :]), default=until)
    changes = {move.value_date for move in after} | {terms.effective_on for terms in versions}
    cuts = sorted({first, until} | {day for day in changes if first < day < until})
    was, becomes = _Standing(before), _Standing(after)
    for start, end in pairwise(cuts):
        terms = _in_force(versions, start)
        old, new = was.on(start), becomes.on(start)
        for bearing, minor, rate in (
            (Bearing.EARNED, max(new, 0) - max(old, 0), terms.up_rate),
            (Bearing.OWED, max(-new, 0) - max(-old, 0), terms.down_rate),
        ):
            if minor and rate:
                yield _Stretch(bearing, start, end, minor, rate, terms.version, found_by)


class _Standing:
    """What movements add up to by a date."""

    def __init__(self, moves: Iterable[Moved]) -> None:
        ordered = sorted(moves, key=lambda move: move.value_date)
        self.days = [move.value_date for move in ordered]
        self.totals = [0, *accumulate(move.amount_minor for move in ordered)]

    def on(self, day: date) -> int:
        """The position at the end of a day."""
        return self.totals[bisect_right(self.days, day)]


def _in_force(versions: Sequence[Terms], on: date) -> Terms:
    """The version of a day; before the first, the first that came."""
    return min(versions, key=lambda each: (each.effective_on > on, abs((each.effective_on - on).days), -each.version))


def _rounded(stretches: Iterable[_Stretch], currency: str) -> Iterator[Period]:
    total = dict.fromkeys(Bearing, Decimal(0))
    for each in stretches:
        before, after = total[each.bearing], total[each.bearing] + each.base
        total[each.bearing] = after
        rounded = Money.rounded(_exact(after, currency), currency)
        yield Period(
            bearing=each.bearing,
            start=each.start,
            end=each.end,
            days=DAY_COUNT.days(each.start, each.end),
            principal=Money.from_minor(each.minor, currency),
            rate=each.rate,
            version=each.version,
            exact=_exact(each.base, currency),
            amount=rounded - Money.rounded(_exact(before, currency), currency),
            residue=_exact(after, currency) - rounded.amount,
            found_by=each.found_by,
        )


def _exact(base: Decimal, currency: str) -> Decimal:
    return (base / DAY_COUNT.year_days).scaleb(-minor_units(currency))
