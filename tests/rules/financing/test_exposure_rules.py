"""Limits and concentration with their worked numbers (rules/financing.md, R1 and R22)."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.financing.exposure_rules import Scope, availability, beyond, concentration_headroom
from domain.values.money import Money

LENDER, SELLER, DEBTOR = (UUID(int=n) for n in (1, 2, 3))
HALF, RELATED = Decimal("0.5"), Decimal("0.4")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestAvailability:
    def test_is_bound_by_the_rate_where_no_limit_is_narrower(self) -> None:
        # 1,000,000.00 x 90 % = 900,000.00   (R1)
        found = availability(cny("1000000.00"), Decimal("0.9"), {"facility": cny("5000000.00")})
        assert (found.amount, found.bound_by) == (cny("900000.00"), "advance_rate")

    def test_names_the_limit_that_bound_it(self) -> None:
        headrooms = {"facility": cny("850000.00"), "pair": cny("640000.00"), "lender": cny("2000000.00")}
        found = availability(cny("1000000.00"), Decimal("0.9"), headrooms)
        assert (found.amount, found.bound_by) == (cny("640000.00"), "pair")

    def test_is_nothing_where_a_limit_is_overdrawn(self) -> None:
        found = availability(cny("1000000.00"), Decimal("0.9"), {"debtor": cny("-5.00")})
        assert (found.amount, found.bound_by) == (cny("0.00"), "debtor")

    def test_never_rounds_up_over_the_rate(self) -> None:
        # 90 % of 0.05 is 0.045   (R1)
        assert availability(cny("0.05"), Decimal("0.9"), {}).amount == cny("0.04")

    def test_leaves_contra_out_and_names_it(self) -> None:
        # (1,000,000.00 - 100,000.00) x 90 % = 810,000.00   (R1, R20)
        found = availability(cny("1000000.00"), Decimal("0.9"), {}, contra=cny("100000.00"))
        assert (found.amount, found.bound_by) == (cny("810000.00"), "contra")


class TestConcentration:
    def test_moves_with_what_is_lent(self) -> None:
        # (50 % x 20,000,000 - 9,200,000) / (1 - 50 %) = 800,000 / 0.5 = 1,600,000.00   (R22)
        assert concentration_headroom(cny("20000000.00"), cny("9200000.00"), HALF) == cny("1600000.00")

    def test_of_related_debtors_is_narrower(self) -> None:
        # (40 % x 20,000,000 - 7,400,000) / 60 % = 600,000 / 0.6 = 1,000,000.00   (R22, notice 205 of 2019)
        assert concentration_headroom(cny("20000000.00"), cny("7400000.00"), RELATED) == cny("1000000.00")

    def test_leaves_nothing_once_the_cap_is_passed(self) -> None:
        assert concentration_headroom(cny("20000000.00"), cny("10000000.01"), HALF) == cny("0.00")

    @given(
        assets=st.integers(1, 10**14),
        lent=st.integers(0, 10**14),
        cap=st.decimals("0.05", "0.95", places=2),
    )
    def test_never_lets_the_share_pass_the_cap_and_one_cent_more_would(
        self, assets: int, lent: int, cap: Decimal
    ) -> None:
        room = concentration_headroom(Money.from_minor(assets, "CNY"), Money.from_minor(lent, "CNY"), cap).minor
        if room:
            assert lent + room <= cap * (assets + room)
        assert lent + room + 1 > cap * (assets + room + 1)


class TestScopes:
    def test_an_advance_is_counted_by_seven_limits(self) -> None:
        scope = Scope(LENDER, SELLER, DEBTOR, "CNY")
        assert sorted(wider.name for wider in scope.over()) == [
            "debtor",
            "lender",
            "lender_debtor",
            "lender_pair",
            "lender_seller",
            "pair",
            "seller",
        ]
        assert len({wider.key for wider in scope.over()}) == 7

    @pytest.mark.parametrize(("limit", "used", "over"), [(100, 99, 0), (100, 100, 0), (100, 101, 1), (None, 5, 0)])
    def test_what_stands_beyond_a_limit(self, limit: int | None, used: int, over: int) -> None:
        assert beyond(limit, used) == over
