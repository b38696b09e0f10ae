"""What holds of every pool, whatever its accounts and terms."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.pooling.evaluation import Account, SweepOrder, evaluate
from domain.pooling.rules import SkipReason, SweepDirection, SweepMethod, SweepTerms, TargetMode, kept_by

AMOUNTS = st.integers(-1_000_000, 1_000_000)
LIMITS = st.integers(0, 200_000)


@st.composite
def some_terms(draw: st.DrawFn) -> SweepTerms:
    threshold = draw(LIMITS)
    lot = draw(st.sampled_from([1, 7, 100, 10_000]))
    lots_at_most = draw(st.none() | st.integers(1, 1000))
    maximum = None if lots_at_most is None else lots_at_most * lot
    lower = draw(LIMITS)
    return SweepTerms(
        draw(st.sampled_from(SweepMethod)),
        "CNY",
        target_minor=draw(LIMITS),
        target_mode=draw(st.sampled_from(TargetMode)),
        threshold_minor=threshold,
        keep_minor=draw(st.integers(0, threshold)),
        percent=draw(st.decimals(0, 1, places=4)),
        fixed_minor=draw(LIMITS),
        lower_minor=lower,
        upper_minor=lower + draw(LIMITS),
        two_way=draw(st.booleans()),
        partial_fill=draw(st.booleans()),
        lot_minor=lot,
        minimum_minor=draw(st.integers(0, 50_000 if maximum is None else min(maximum, 50_000))),
        maximum_minor=maximum,
    )


@st.composite
def pools(draw: st.DrawFn) -> list[Account]:
    accounts = [Account("header", draw(AMOUNTS), floor=draw(LIMITS))]
    for number in range(draw(st.integers(0, 8))):
        above = draw(st.sampled_from(accounts)).key
        accounts.append(
            Account(
                f"{number}",
                draw(AMOUNTS),
                draw(some_terms()),
                above,
                incoming=draw(LIMITS),
                priority=draw(st.integers(0, 2)),
                floor=draw(st.integers(-100_000, 100_000)),
            )
        )
    return accounts


@given(pools(), st.sampled_from(SweepOrder))
def test_every_invariant_of_a_run_holds(accounts: list[Account], order: SweepOrder) -> None:
    run = evaluate(accounts, order)
    by_key = {account.key: account for account in accounts}
    balances = {account.key: account.available for account in accounts}
    for leg in run.legs:
        terms = by_key[leg.account].terms
        assert terms is not None
        assert (leg.amount == 0) == (leg.skip is not None)
        if leg.amount:
            assert leg.amount % terms.lot_minor == 0
            assert leg.amount >= terms.minimum_minor
            assert terms.maximum_minor is None or leg.amount <= terms.maximum_minor
        balances[leg.account] -= leg.effect
        balances[leg.parent] += leg.effect
        if leg.direction is SweepDirection.UP and leg.amount:
            assert balances[leg.account] >= kept_by(terms)
        if leg.direction is SweepDirection.DOWN and leg.amount:
            assert terms.two_way
            assert balances[leg.parent] >= by_key[leg.parent].floor
    assert balances == run.balances
    assert sum(run.balances.values()) == sum(account.available for account in accounts)


@given(pools())
def test_a_header_above_its_floor_never_falls_below_it(accounts: list[Account]) -> None:
    header = accounts[0]
    after = evaluate(accounts).balances["header"]
    assert after >= min(header.available, header.floor)


@given(AMOUNTS, some_terms(), st.integers(0, 1_000_000))
def test_an_account_goes_up_or_down_but_never_both(balance: int, terms: SweepTerms, cash: int) -> None:
    made = [
        leg for leg in evaluate([Account("header", cash), Account("a", balance, terms, "header")]).legs if leg.amount
    ]
    assert len(made) <= 1


@given(AMOUNTS, st.integers(0, 500_000))
def test_zero_balance_without_limits_leaves_nothing_or_what_the_header_could_not_give(balance: int, cash: int) -> None:
    zero = SweepTerms(SweepMethod.ZERO, "CNY", two_way=True)
    run = evaluate([Account("header", cash), Account("a", balance, zero, "header")])
    if -balance > cash:
        assert [leg.skip for leg in run.legs] == [SkipReason.HEADER_FLOOR]
    else:
        assert run.balances["a"] == 0


@given(st.integers(0, 10**12), st.decimals(0, 1, places=6))
def test_percent_is_the_floor_of_the_product(balance: int, percent: Decimal) -> None:
    run = evaluate(
        [Account("header", 0), Account("a", balance, SweepTerms(SweepMethod.PERCENT, "CNY", percent=percent), "header")]
    )
    scaled = int(percent * 10**6)
    assert sum(leg.amount for leg in run.legs) == balance * scaled // 10**6
