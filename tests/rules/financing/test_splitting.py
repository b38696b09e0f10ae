"""Splitting a claim (R17): the parts are the whole, and so is their interest."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.financing.splitting import split_claim
from domain.financing.terms import Terms
from domain.receivables.parts.errors import TooManyParts
from domain.receivables.parts.rules import split_evenly
from domain.values.day_count import interest
from domain.values.money import Money
from domain.values.rounding import Rounding

TERMS = Terms(annual_rate=Decimal("0.042"))


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def test_a_million_in_seven_leaves_two_cents_to_hand_out() -> None:
    # floor(1,000,000 / 7) = 142,857.14; × 7 = 999,999.98; the first two get a cent more   (R17)
    assert split_evenly(cny("1000000.00"), 7) == [cny("142857.15")] * 2 + [cny("142857.14")] * 5


def test_the_childrens_interest_is_the_parents_where_seven_roundings_are_two_cents_more() -> None:
    parent = interest(cny("1000000.00"), TERMS.annual_rate, 73, TERMS.day_count)
    faces = split_evenly(cny("1000000.00"), 7)
    naive = Money.total((interest(face, TERMS.annual_rate, 73, TERMS.day_count) for face in faces), "CNY")
    children = split_claim(cny("1000000.00"), faces, TERMS, 73)
    # 1,000,000 × 4.2 % × 73 / 360 = 8,516.67; 142,857.14 × 4.2 % × 73 / 360 = 1,216.67, seven times 8,516.69   (R17)
    assert (parent, naive) == (cny("8516.67"), cny("8516.69"))
    assert Money.total((child.interest for child in children), "CNY") == cny("8516.67")


def test_a_cent_cannot_be_split_in_two() -> None:
    assert split_evenly(cny("0.02"), 2) == [cny("0.01"), cny("0.01")]
    with pytest.raises(TooManyParts):
        split_evenly(cny("0.01"), 2)


@given(
    parts=st.lists(st.integers(1, 10**10), min_size=1, max_size=40),
    days=st.integers(0, 400),
    rounding=st.sampled_from(Rounding),
)
def test_however_a_claim_is_split_no_child_strays_more_than_a_cent(
    parts: list[int], days: int, rounding: Rounding
) -> None:
    terms = Terms(annual_rate=Decimal("0.042"), rounding=rounding)
    faces = [Money.from_minor(part, "CNY") for part in parts]
    claim = Money.total(faces, "CNY")
    children = split_claim(claim, faces, terms, days)
    assert [child.face for child in children] == faces
    whole = interest(claim, terms.annual_rate, days, terms.day_count, rounding)
    assert Money.total((child.interest for child in children), "CNY") == whole
    for child in children:
        own = interest(child.face, terms.annual_rate, days, terms.day_count, rounding)
        assert abs(child.interest.minor - own.minor) <= 1
        assert child.interest.minor >= 0
