"""Several debts and one payment (R8, Civil Code art. 560)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.financing.debts import Debt, allocate_receipt, order_debts
from domain.values.money import Money

ON = date(2026, 4, 10)
MATURED, LATER = date(2026, 4, 1), date(2026, 5, 1)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def debt(number: int, *, due: date = MATURED, secured: str = "1", rate: str = "0.055", amount: str = "100.00") -> Debt:
    return Debt(UUID(int=number), cny(amount), due, Decimal(secured), Decimal(rate))


class TestOrder:
    def test_is_choice_then_matured_then_least_secured_then_most_burdensome_then_earliest_due(self) -> None:
        chosen = debt(1, due=LATER)
        unsecured = debt(2, secured="0")
        burdensome = debt(3, rate="0.0825")
        earlier = debt(4, due=date(2026, 3, 1))
        later = debt(5, due=date(2026, 3, 2))
        not_due = debt(6, due=LATER, secured="0", rate="0.2")
        debts = [not_due, later, earlier, burdensome, unsecured, chosen]
        order = [each.key.int for group in order_debts(debts, on=ON, chosen=[chosen.key]) for each in group]
        assert order == [1, 2, 3, 4, 5, 6]

    def test_follows_the_order_in_which_the_payer_names_them(self) -> None:
        order = order_debts([debt(1), debt(2), debt(3)], on=ON, chosen=[UUID(int=3), UUID(int=1)])
        assert [each.key.int for group in order for each in group] == [3, 1, 2]

    def test_a_debt_is_matured_on_its_due_date(self) -> None:
        first, second = debt(1, due=date(2026, 4, 11), rate="0.2"), debt(2, due=ON)
        assert [group[0].key.int for group in order_debts([first, second], on=ON)] == [2, 1]


class TestAllocation:
    def test_pays_one_after_the_other(self) -> None:
        debts = [debt(1, due=date(2026, 3, 1)), debt(2, due=date(2026, 3, 2))]
        assert allocate_receipt(cny("130.00"), debts, on=ON) == [
            (UUID(int=1), cny("100.00")),
            (UUID(int=2), cny("30.00")),
        ]

    def test_shares_pro_rata_among_equals_to_the_cent(self) -> None:
        debts = [debt(1, amount="100.00"), debt(2, amount="200.00")]
        # 100.00 x 1/3 = 33.33, x 2/3 = 66.67: together 100.00   (R8, R17)
        assert allocate_receipt(cny("100.00"), debts, on=ON) == [
            (UUID(int=1), cny("33.33")),
            (UUID(int=2), cny("66.67")),
        ]

    def test_leaves_what_nobody_is_owed_on_the_first(self) -> None:
        assert allocate_receipt(cny("150.00"), [debt(1)], on=ON) == [(UUID(int=1), cny("150.00"))]


@given(
    amounts=st.lists(st.integers(1, 10_000), min_size=1, max_size=6),
    dues=st.lists(st.sampled_from([MATURED, LATER]), min_size=6, max_size=6),
    payment=st.integers(1, 60_000),
)
def test_nothing_of_a_payment_is_lost_and_no_debt_but_the_first_gets_more_than_is_owed(
    amounts: list[int], dues: list[date], payment: int
) -> None:
    debts = [
        Debt(UUID(int=place + 1), Money.from_minor(minor, "CNY"), dues[place], Decimal(1), Decimal("0.05"))
        for place, minor in enumerate(amounts)
    ]
    shares = dict(allocate_receipt(Money.from_minor(payment, "CNY"), debts, on=ON))
    assert Money.total(shares.values(), "CNY").minor == payment
    open_amounts = {each.key: each.open for each in debts}
    beyond = [key for key, share in shares.items() if open_amounts[key] < share]
    assert len(beyond) == (1 if payment > sum(amounts) else 0)
