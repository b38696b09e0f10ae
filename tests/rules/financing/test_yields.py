"""The realised all-in rate (R14), held against a library of its own."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.financing.rules import all_in_rate
from domain.financing.yields import Flow, irr, realised_rate
from domain.values.money import Money

pyxirr = pytest.importorskip("pyxirr")
OUT = date(2026, 3, 2)


def flow(days: int, amount: str) -> Flow:
    return Flow(OUT + timedelta(days=days), Money.of(amount, "CNY"))


def test_the_base_case_costs_what_was_quoted() -> None:
    # 898,000.00 out; 1,000,000.00 in and 96,562.50 back after 25 days: 5,437.50 / 898,000.00 x 365 / 25 = 8.84 %
    realised = realised_rate([flow(0, "-898000.00"), flow(25, "1000000.00"), flow(25, "-96562.50")])
    assert realised is not None
    quoted = all_in_rate(Money.of("5437.50", "CNY"), Money.of("898000.00", "CNY"), 25)
    assert (round(realised.simple, 4), round(realised.effective, 4)) == (Decimal("0.0884"), Decimal("0.0921"))
    assert abs(realised.effective - quoted.effective) <= Decimal("1e-9")
    assert realised.simple == quoted.simple


def test_a_reserve_that_comes_late_makes_it_dearer() -> None:
    late = realised_rate([flow(0, "-898000.00"), flow(25, "1000000.00"), flow(55, "-96562.50")])
    assert late is not None
    # 5,437.50 x 365 / (898,000 x 25 + (898,000 - 1,000,000) x 30) = 1,984,687.50 / 19,390,000.00
    assert round(late.simple, 6) == Decimal("0.102356")


def test_there_is_no_rate_where_nothing_came_back_or_all_on_one_day() -> None:
    assert irr([]) is None
    assert irr([flow(0, "-898000.00")]) is None
    assert irr([flow(0, "-898000.00"), flow(0, "898000.00")]) is None


def test_there_is_no_rate_a_year_for_what_doubles_in_a_day() -> None:
    # 1.9 ^ 365 is a number of a hundred digits
    assert irr([flow(0, "-1000.00"), flow(1, "1900.00")]) is None


@given(
    paid=st.integers(100_000, 100_000_000),
    shares=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    gaps=st.lists(st.integers(1, 90), min_size=5, max_size=5),
)
def test_the_internal_rate_agrees_with_pyxirr(paid: int, shares: list[int], gaps: list[int]) -> None:
    flows, on = [Flow(OUT, -Money.from_minor(paid, "CNY"))], OUT
    for share, gap in zip(shares, gaps, strict=False):
        on += timedelta(days=gap)
        flows.append(Flow(on, Money.from_minor(paid * share // 100, "CNY")))
    ours = irr(flows)
    theirs = pyxirr.xirr([each.on for each in flows], [each.amount.amount for each in flows])
    assume(ours is not None and theirs is not None and theirs < 1000)
    assert ours is not None
    assert abs(ours - Decimal(repr(theirs))) <= Decimal("1e-6") * (1 + abs(ours))
