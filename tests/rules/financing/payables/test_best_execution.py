"""Best execution: the cheapest way that has room, and own cash where it earns most, held against brute force."""

from decimal import Decimal
from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.financing.payables.best_execution import OWN_CASH, Bound, Candidate, Choice, Way, WayKind, best_execution
from domain.financing.rules import all_in_rate
from domain.values.money import Money

DAYS = 30


def yuan(minor: int) -> Money:
    return Money.from_minor(minor, "CNY")


def own(amount: int, discount: int) -> Way:
    net = yuan(amount - discount)
    rate = all_in_rate(yuan(discount), net, DAYS)
    return Way(WayKind.OWN_CASH, OWN_CASH, uses=net, net=net, cost=yuan(discount), rate=rate, gain=yuan(discount))


def lender(amount: int, cost: int, line: str = "fac_1", kind: WayKind = WayKind.PURCHASE) -> Way:
    net = yuan(amount - cost)
    rate = all_in_rate(yuan(cost), net, DAYS)
    return Way(kind, line, uses=yuan(amount), net=net, cost=yuan(cost), rate=rate, gain=yuan(0))


def invoice(number: int, amount: int, *ways: Way) -> Candidate:
    return Candidate(UUID(int=number), yuan(amount), ways)


def gain(choices: list[Choice]) -> int:
    return sum(choice.way.gain.minor for choice in choices if choice.way)


class TestChoice:
    def test_the_supplier_takes_what_costs_it_least(self) -> None:
        each = invoice(1, 10_000, own(10_000, 70), lender(10_000, 50))
        (choice,) = best_execution([each], {OWN_CASH: yuan(10**6), "fac_1": yuan(10**6)})
        assert (choice.way and choice.way.kind, choice.bound) == (WayKind.PURCHASE, ())

    def test_a_limit_that_closed_a_cheaper_way_is_named_with_what_was_left(self) -> None:
        each = invoice(1, 10_000, own(10_000, 50), lender(10_000, 70))
        (choice,) = best_execution([each], {OWN_CASH: yuan(9_949), "fac_1": yuan(10**6)})
        assert choice.way
        assert choice.way.kind is WayKind.PURCHASE
        assert choice.bound == (Bound(OWN_CASH, yuan(9_950), yuan(9_949)),)

    def test_own_cash_goes_first_where_it_earns_most_a_unit(self) -> None:
        small = invoice(1, 10_000, own(10_000, 60), lender(10_000, 900))
        large = invoice(2, 10_000, own(10_000, 80), lender(10_000, 900))
        choices = best_execution([small, large], {OWN_CASH: yuan(9_950), "fac_1": yuan(10**6)})
        assert [choice.candidate.receivable_id.int for choice in choices] == [2, 1]
        assert [choice.way and choice.way.kind for choice in choices] == [WayKind.OWN_CASH, WayKind.PURCHASE]

    def test_without_any_room_nobody_pays_and_every_limit_is_named(self) -> None:
        each = invoice(1, 10_000, own(10_000, 50), lender(10_000, 70))
        (choice,) = best_execution([each], {})
        assert choice.way is None
        assert [bound.limit for bound in choice.bound] == [OWN_CASH, "fac_1"]


def best_gain(candidates: list[Candidate], cash: int) -> int:
    """What the buyer could earn at most: every way to give its cash to some of the invoices and not to others."""
    own_ways = [next(way for way in each.ways if way.kind is WayKind.OWN_CASH) for each in candidates]
    taken = (
        [way for way, chosen in zip(own_ways, choice, strict=True) if chosen]
        for choice in product((False, True), repeat=len(own_ways))
    )
    return max(
        (sum(way.gain.minor for way in ways) for ways in taken if sum(way.uses.minor for way in ways) <= cash),
        default=0,
    )


AMOUNTS = st.integers(5_000, 50_000)
DISCOUNTS = st.integers(1, 900)


@given(st.lists(st.tuples(AMOUNTS, DISCOUNTS), min_size=1, max_size=9), st.integers(0, 200_000))
def test_the_gain_is_within_one_invoice_of_the_best_there_is_and_limits_hold(
    drawn: list[tuple[int, int]], cash: int
) -> None:
    candidates = [
        invoice(place, amount, own(amount, discount), lender(amount, 990))
        for place, (amount, discount) in enumerate(drawn)
    ]
    choices = best_execution(candidates, {OWN_CASH: yuan(cash), "fac_1": yuan(10**9)})
    used = sum(choice.way.liquidity.minor for choice in choices if choice.way)
    assert used <= cash
    passed_over = [choice for choice in choices if any(bound.limit == OWN_CASH for bound in choice.bound)]
    missed = max((discount for _, discount in drawn), default=0) if passed_over else 0
    assert best_gain(candidates, cash) - gain(choices) <= missed


@given(st.lists(DISCOUNTS, min_size=1, max_size=9, unique=True), st.integers(0, 10))
def test_where_cash_pays_for_a_number_of_equal_invoices_no_other_choice_earns_more(
    discounts: list[int], affordable: int
) -> None:
    # Each takes 10,000 of cash and gives a different gain: the best are those with the highest gains.
    candidates = [
        invoice(place, 10_000 + discount, own(10_000 + discount, discount), lender(10_000 + discount, 990))
        for place, discount in enumerate(discounts)
    ]
    choices = best_execution(candidates, {OWN_CASH: yuan(10_000 * affordable), "fac_1": yuan(10**9)})
    assert gain(choices) == best_gain(candidates, 10_000 * affordable)


@given(
    st.lists(st.tuples(AMOUNTS, DISCOUNTS, DISCOUNTS, DISCOUNTS), min_size=1, max_size=8),
    st.integers(0, 100_000),
    st.integers(0, 100_000),
)
def test_no_limit_is_passed_and_nobody_gets_a_dearer_way_while_a_cheaper_one_had_room(
    drawn: list[tuple[int, int, int, int]], cash: int, room: int
) -> None:
    candidates = [
        invoice(place, amount, own(amount, one), lender(amount, two), lender(amount, three, "fac_2", WayKind.ADVANCE))
        for place, (amount, one, two, three) in enumerate(drawn)
    ]
    left = {OWN_CASH: cash, "fac_1": room, "fac_2": room}
    for choice in best_execution(candidates, {name: yuan(minor) for name, minor in left.items()}):
        cheaper = [
            way for way in choice.candidate.ways if choice.way is None or way.rate.effective < choice.way.rate.effective
        ]
        assert all(way.uses.minor > left[way.limit] for way in cheaper)
        if choice.way:
            left[choice.way.limit] -= choice.way.uses.minor
    assert min(left.values()) >= 0


def test_yield_is_the_gain_on_the_cash_it_takes() -> None:
    assert invoice(1, 10_000, own(10_000, 200)).yield_of_cash == Decimal(200) / Decimal(9_800)
    assert invoice(1, 10_000, lender(10_000, 200)).yield_of_cash == 0
