"""Money: exact amounts, named rounding, splits that add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.values.currency import UnknownCurrency
from domain.values.money import BadAmount, CurrencyMismatch, Money
from domain.values.rounding import Rounding

minors = st.integers(min_value=-(10**15), max_value=10**15)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=30).filter(any)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestOf:
    @pytest.mark.parametrize("text", ["12.345", "1e3", "1,000.00", "NaN", "Infinity", "", " 1", "+1", "0x1", "１２"])
    def test_refuses_what_is_not_a_plain_amount_of_the_currency(self, text: str) -> None:
        with pytest.raises(BadAmount):
            cny(text)

    def test_keeps_whole_minor_units_of_each_currency(self) -> None:
        assert cny("1234.5").minor == 123_450
        assert Money.of("1234", "JPY").minor == 1_234
        assert Money.of("1.234", "KWD").minor == 1_234

    def test_refuses_a_fraction_of_a_yen(self) -> None:
        with pytest.raises(BadAmount, match="at most 0 decimals"):
            Money.of("1.5", "JPY")

    def test_refuses_an_amount_the_ledger_cannot_sum(self) -> None:
        # BIGINT holds 9.2e18; the limit is 10^17 - 1 minor units
        assert cny("999999999999999.99").minor == 10**17 - 1
        with pytest.raises(BadAmount):
            Money.from_minor(10**17, "CNY")

    def test_refuses_a_code_that_is_no_currency(self) -> None:
        with pytest.raises(UnknownCurrency):
            Money.of("1", "XYZ")


class TestArithmetic:
    def test_two_currencies_never_meet(self) -> None:
        for meet in (lambda: cny("1") + Money.of("1", "USD"), lambda: cny("1") < Money.of("1", "USD")):
            with pytest.raises(CurrencyMismatch):
                meet()

    def test_a_fee_is_rounded_once_half_up_unless_the_contract_says_otherwise(self) -> None:
        # 10.10 x 0.0025 = 0.02525; 10.20 x 0.0025 = 0.0255
        assert cny("10.10").times(Decimal("0.0025")) == cny("0.03")
        assert cny("10.10").times(Decimal("0.0025"), Rounding.TRUNCATE) == cny("0.02")
        # 0.125 rounds to 0.13 half-up, to 0.12 half-even
        assert cny("0.50").times(Decimal("0.25"), Rounding.HALF_UP) == cny("0.13")
        assert cny("0.50").times(Decimal("0.25"), Rounding.HALF_EVEN) == cny("0.12")

    @given(minors, minors)
    def test_sums_are_exact(self, left: int, right: int) -> None:
        total = Money.from_minor(left, "CNY") + Money.from_minor(right, "CNY")
        assert total.minor == left + right
        assert total - Money.from_minor(right, "CNY") == Money.from_minor(left, "CNY")


class TestAllocate:
    def test_hands_left_over_cents_to_the_largest_remainder_ties_to_the_earliest(self) -> None:
        parts = Money.of("100.00", "EUR").allocate([1, 1, 1])
        assert [str(part.amount) for part in parts] == ["33.34", "33.33", "33.33"]

    def test_an_order_of_1000_in_shares_of_50_30_920_is_exact(self) -> None:
        assert cny("1000.00").allocate([50, 30, 920]) == [cny("50.00"), cny("30.00"), cny("920.00")]

    @given(minors, weights)
    def test_parts_sum_to_the_whole_and_stay_within_a_cent_of_their_share(self, minor: int, shares: list[int]) -> None:
        whole = Money.from_minor(minor, "CNY")
        parts = whole.allocate(shares)
        assert Money.total(parts, "CNY") == whole
        for part, share in zip(parts, shares, strict=True):
            assert abs(part.minor * sum(shares) - minor * share) < sum(shares)
