"""Positions explained: the worked numbers, and periods that come to what adding up day by day comes to."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.pooling.explanation import RULES, Bearing, Explanation, Moved, Terms, explain_leg
from domain.pooling.states import MovementKind
from domain.values.money import Money

FIRST = date(2026, 3, 2)
TERMS = (Terms(1, FIRST, Decimal("0.0135"), Decimal("0.03")),)
DAYS = 40


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def moved(source: int, on: int, amount: str, kind: MovementKind = MovementKind.EXECUTED) -> Moved:
    return Moved(UUID(int=source), kind, day(on), cny(amount).minor, taken_on=day(on))


def explained(*moves: Moved, terms: tuple[Terms, ...] = TERMS, nights: int = 30) -> Explanation:
    return explain_leg(moves, terms, "CNY", day(nights - 1), day(nights))


class TestTheWorkedNumbers:
    def test_thirty_days_of_what_a_branch_gave_up(self) -> None:
        # 1,200,000 x 1.35 % x 30 / 360   (Sweeps)
        assert explained(moved(1, 0, "1200000.00")).accrued(Bearing.EARNED) == cny("1350.00")

    def test_thirty_days_of_what_a_header_lent(self) -> None:
        # 400,000 x 3.00 % x 30 / 360   (Sweeps)
        assert explained(moved(1, 0, "-400000.00")).accrued(Bearing.OWED) == cny("1000.00")

    def test_five_days_more_of_what_was_found_to_be_older(self) -> None:
        found = explained(
            moved(1, 5, "200000.00"),
            moved(2, 5, "-200000.00", MovementKind.REVALUED_FROM),
            moved(2, 0, "200000.00", MovementKind.REVALUED_TO),
            nights=10,
        )
        own, difference = found.periods
        # 200,000 x 1.35 % x 5 / 360, by its first date and again for being five days older   (Back-value)
        assert (own.amount, own.found_by) == (cny("37.50"), None)
        assert (difference.amount, difference.found_by, difference.end) == (cny("37.50"), UUID(int=2), day(5))
        assert found.position == cny("200000.00")

    def test_a_position_that_turns_bears_the_other_rate_from_that_day(self) -> None:
        found = explained(moved(1, 0, "100000.00"), moved(2, 10, "-300000.00"))
        assert [(each.bearing, each.days, str(each.amount.amount)) for each in found.periods] == [
            (Bearing.EARNED, 10, "37.50"),  # 100,000 x 1.35 % x 10 / 360
            (Bearing.OWED, 20, "333.33"),  # 200,000 x 3.00 % x 20 / 360
        ]
        assert found.periods[1].residue == Decimal("333.3333333333333333333333333") - Decimal("333.33")

    def test_every_rule_that_is_quoted_is_known(self) -> None:
        found = explained(moved(1, 0, "1.00"))
        assert {number for period in found.periods for number in period.rules} <= RULES.keys()


@st.composite
def histories(draw: st.DrawFn) -> list[Moved]:
    """Sweeps both ways, and corrections of some of their dates."""
    moves: list[Moved] = []
    for source in range(1, draw(st.integers(2, 7))):
        on, amount = draw(st.integers(0, DAYS - 1)), draw(st.integers(-9_000_000, 9_000_000).filter(bool))
        sweep = Moved(UUID(int=source), MovementKind.EXECUTED, day(on), amount, day(on))
        moves.append(sweep)
        if draw(st.booleans()):
            to = day(draw(st.integers(0, DAYS - 1)))
            late = UUID(int=100 + source)
            moves.append(Moved(late, MovementKind.REVALUED_FROM, sweep.value_date, -amount, day(DAYS - 1)))
            moves.append(Moved(late, MovementKind.REVALUED_TO, to, amount, day(DAYS - 1)))
    return moves


@st.composite
def versions(draw: st.DrawFn) -> tuple[Terms, ...]:
    rates = st.decimals(0, "0.2", places=4)
    days = sorted(draw(st.sets(st.integers(0, DAYS - 1), min_size=1, max_size=4)))
    return tuple(Terms(place, day(on), draw(rates), draw(rates)) for place, on in enumerate(days, 1))


@given(moves=histories(), terms=versions())
def test_periods_come_to_the_days_added_up_and_rounded_once(moves: list[Moved], terms: tuple[Terms, ...]) -> None:
    found = explain_leg(moves, terms, "CNY", day(DAYS - 1), day(DAYS))
    earned = owed = Decimal(0)
    for number in range(DAYS):
        position = sum(move.amount_minor for move in moves if move.value_date <= day(number))
        in_force = [each for each in terms if each.effective_on <= day(number)]
        rates = in_force[-1] if in_force else terms[0]
        earned += max(position, 0) * rates.up_rate
        owed += max(-position, 0) * rates.down_rate
    for bearing, base in ((Bearing.EARNED, earned), (Bearing.OWED, owed)):
        # R16: the base over 360, in minor units, rounded once
        assert found.accrued(bearing) == Money.rounded(base / 360 / 100, "CNY")
