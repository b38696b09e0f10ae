"""A pool replayed over past days, and what setting balances off would be worth."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.pooling.evaluation import Account
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.simulation import Rates, notional_offset, replay

MONDAY = date(2026, 3, 2)
DAYS = [MONDAY + timedelta(days=day) for day in range(3)]
RATES = Rates(up=Decimal("0.0135"), down=Decimal("0.03"), header=Decimal("0.036"))
ZERO = SweepTerms(SweepMethod.ZERO, "CNY", two_way=True)
SHOPS = [Account("HQ", 0), Account("1", 0, ZERO, "HQ"), Account("2", 0, ZERO, "HQ")]


class TestReplay:
    def test_says_what_each_day_brings_and_what_its_night_bears(self) -> None:
        flows = {DAYS[0]: {"1": 120_000_000}, DAYS[1]: {"2": -40_000_000}}
        run = replay(SHOPS, flows, DAYS, RATES)
        assert [(day.up, day.down, day.failed, day.idle) for day in run.days] == [
            (120_000_000, 0, 0, 0),
            (0, 40_000_000, 0, 0),
            (0, 0, 0, 0),
        ]
        # 1,200,000.00 x 1.35 % / 360 = 45.00 a night; 400,000.00 x 3 % / 360 = 33.33 from the second
        assert [round(day.earned) for day in run.days] == [4500, 4500, 4500]
        assert [round(day.owed) for day in run.days] == [0, 3333, 3333]
        # what the header gathered, at 3.60 %: 120.00, then 800,000.00 make 80.00
        assert [round(day.gained) for day in run.days] == [12000, 8000, 8000]
        assert run.balances == {"HQ": 80_000_000, "1": 0, "2": 0}

    def test_counts_legs_that_could_not_be_made(self) -> None:
        run = replay(SHOPS, {MONDAY: {"1": -5}}, DAYS[:1], RATES)
        assert (run.days[0].made, run.days[0].failed) == (0, 1)

    @given(st.lists(st.dictionaries(st.sampled_from(["1", "2", "HQ"]), st.integers(-1000, 1000)), max_size=3))
    def test_makes_no_money(self, come: list[dict[str, int]]) -> None:
        flows = dict(zip(DAYS, come, strict=False))
        run = replay(SHOPS, flows, DAYS, RATES)
        assert sum(run.balances.values()) == sum(sum(day.values()) for day in come)


class TestNotionalOffset:
    def test_is_worth_what_debts_cost_beyond_what_credits_bring(self) -> None:
        found = notional_offset([100_000_000, -40_000_000], Decimal("0.0035"), Decimal("0.0435"), 30)
        # alone: 1,000,000 x 0.35 % x 30 / 360 - 400,000 x 4.35 % x 30 / 360 = 291.67 - 1,450.00
        assert round(found.alone) == 29167 - 145000
        # set off: 600,000 x 0.35 % x 30 / 360
        assert round(found.offset) == 17500
        assert round(found.benefit) == 133333

    def test_of_a_net_debt_bears_the_debit_rate(self) -> None:
        found = notional_offset([100, -500], Decimal("0.01"), Decimal("0.36"), 1)
        assert found.offset == Decimal("-0.4")  # 400 x 36 % / 360
