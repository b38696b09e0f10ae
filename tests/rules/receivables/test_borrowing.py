"""The borrowing base (R20): five steps in their order, and nothing lost between them."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.receivables.borrowing import BasePolicy, Exclusion, PairBalance, borrowing_base
from domain.values.money import Money

POLICY = BasePolicy(advance_rate=Decimal("0.85"), concentration_cap=Decimal("0.5"))
SELLER = UUID(int=100)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def pair(debtor: int, balance: str, over_age: str = "0.00", contra: str = "0.00", **more: object) -> PairBalance:
    return PairBalance(SELLER, UUID(int=debtor), cny(balance), cny(over_age), cny(contra), **more)  # type: ignore[arg-type]


class TestBorrowingBase:
    PORTFOLIO = (
        pair(1, "60000.00", over_age="60000.00"),  # all of it late
        pair(2, "240000.00", over_age="120000.00"),  # 50 % late: the other 120,000.00 goes too
        pair(3, "450000.00", contra="50000.00"),
        pair(4, "100000.00", affiliate=True),
        pair(5, "150000.00"),
    )

    def test_follows_the_worked_number(self) -> None:
        base = borrowing_base(self.PORTFOLIO, POLICY, "CNY")
        # 1,000,000 − 180,000 − 120,000 − 50,000 − 100,000 = 550,000; half of it is 275,000, and debtor 3 owes 400,000:
        # 125,000 too much; 425,000 × 85 % = 361,250.00   (R20)
        assert base.gross == cny("1000000.00")
        removed = {reason: base.removed(reason) for reason in Exclusion}
        assert removed == {
            Exclusion.OVER_AGE: cny("180000.00"),
            Exclusion.CROSS_AGE: cny("120000.00"),
            Exclusion.CONTRA: cny("50000.00"),
            Exclusion.AFFILIATE: cny("100000.00"),
            Exclusion.CONCENTRATION: cny("125000.00"),
        }
        assert base.eligible == cny("425000.00")
        assert base.available == cny("361250.00")

    def test_leaves_a_debtor_in_whose_late_share_is_a_cent_below_half(self) -> None:
        base = borrowing_base([pair(1, "100.00", over_age="49.99"), pair(2, "50.01")], POLICY, "CNY")
        assert base.removed(Exclusion.CROSS_AGE) == cny("0.00")

    def test_counts_a_debtors_late_share_over_all_its_sellers(self) -> None:
        late = PairBalance(UUID(int=101), UUID(int=1), cny("100.00"), cny("100.00"), cny("0.00"))
        base = borrowing_base([late, pair(1, "100.00")], POLICY, "CNY")
        # 100 of 200 is late: one half
        assert base.removed(Exclusion.CROSS_AGE) == cny("100.00")

    def test_takes_contra_from_what_earlier_steps_left_only(self) -> None:
        base = borrowing_base([pair(1, "100.00", over_age="30.00", contra="90.00")], POLICY, "CNY")
        # 100 − 30 late leaves 70, so 70 of the 90 that could be set off
        assert base.removed(Exclusion.CONTRA) == cny("70.00")
        assert base.eligible == cny("0.00")

    def test_of_nothing_is_nothing(self) -> None:
        assert borrowing_base([], POLICY, "CNY").available == cny("0.00")

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 5), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), st.booleans()
            ),
            max_size=12,
        ),
        st.sampled_from(["0", "0.1", "0.5", "1"]),
    )
    def test_accounts_for_every_cent(self, rows: list[tuple[int, int, int, int, bool]], cap: str) -> None:
        pairs = [
            PairBalance(
                UUID(int=1000 + place),
                UUID(int=debtor),
                Money.from_minor(balance, "CNY"),
                Money.from_minor(min(late, balance), "CNY"),
                Money.from_minor(contra, "CNY"),
                affiliate,
            )
            for place, (debtor, balance, late, contra, affiliate) in enumerate(rows)
        ]
        base = borrowing_base(pairs, BasePolicy(Decimal("0.85"), Decimal(cap)), "CNY")
        excluded = Money.total((each.amount for each in base.excluded), "CNY")
        assert base.eligible + excluded == base.gross
        assert base.available == base.eligible.times(Decimal("0.85"))
        assert all(each.amount > cny("0.00") for each in base.excluded)
