"""The sweep rules: every method both ways, the limits in their order, and the worked run."""

from decimal import Decimal

import pytest

from domain.pooling.errors import CollarAboveThreshold, MaximumNotInLots, MinimumAboveMaximum, SweepTermNotAllowed
from domain.pooling.evaluation import Account, Leg, SweepOrder, evaluate, seal
from domain.pooling.rules import (
    Sized,
    SkipReason,
    SweepDirection,
    SweepMethod,
    SweepTerms,
    TargetMode,
    fill,
    kept_by,
    raw_down,
    raw_up,
    size,
)

UP, DOWN = SweepDirection.UP, SweepDirection.DOWN


def fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


def terms(method: SweepMethod, **figures: object) -> SweepTerms:
    return SweepTerms(method, "CNY", two_way=True, **figures)  # type: ignore[arg-type]


class TestRawAmounts:
    @pytest.mark.parametrize(
        ("method", "balance", "up", "down"),
        [
            (terms(SweepMethod.ZERO), "120.50", "120.50", "0"),
            (terms(SweepMethod.ZERO), "-80.00", "0", "80.00"),
            (terms(SweepMethod.TARGET, target_minor=fen("100")), "120.50", "20.50", "0"),
            (terms(SweepMethod.TARGET, target_minor=fen("100")), "60.00", "0", "40.00"),
            (terms(SweepMethod.TARGET, target_minor=fen("100"), target_mode=TargetMode.FIXED), "60.00", "0", "0"),
            (terms(SweepMethod.TARGET, target_minor=fen("100"), target_mode=TargetMode.FIXED), "-5.00", "0", "5.00"),
            # at the threshold the whole balance goes, one cent below nothing does
            (terms(SweepMethod.THRESHOLD, threshold_minor=fen("100")), "100.00", "100.00", "0"),
            (terms(SweepMethod.THRESHOLD, threshold_minor=fen("100")), "99.99", "0", "0"),
            (terms(SweepMethod.THRESHOLD, threshold_minor=fen("100")), "-1.00", "0", "1.00"),
            (terms(SweepMethod.COLLAR, threshold_minor=fen("100"), keep_minor=fen("30")), "100.00", "70.00", "0"),
            (terms(SweepMethod.COLLAR, threshold_minor=fen("100"), keep_minor=fen("30")), "99.99", "0", "0"),
            (terms(SweepMethod.COLLAR, threshold_minor=fen("100"), keep_minor=fen("30")), "-2.00", "0", "2.00"),
            # 33 % of 100.01 = 33.0033, floored to the cent
            (terms(SweepMethod.PERCENT, percent=Decimal("0.33")), "100.01", "33.00", "0"),
            (terms(SweepMethod.PERCENT, percent=Decimal("0.33")), "-3.00", "0", "3.00"),
            (terms(SweepMethod.FIXED, fixed_minor=fen("50")), "50.00", "50.00", "0"),
            (terms(SweepMethod.FIXED, fixed_minor=fen("50")), "49.99", "0", "0"),
            (terms(SweepMethod.FIXED, fixed_minor=fen("50")), "-4.00", "0", "4.00"),
            (terms(SweepMethod.MIN_MAX, lower_minor=fen("20"), upper_minor=fen("90")), "100.00", "10.00", "0"),
            (terms(SweepMethod.MIN_MAX, lower_minor=fen("20"), upper_minor=fen("90")), "90.00", "0", "0"),
            (terms(SweepMethod.MIN_MAX, lower_minor=fen("20"), upper_minor=fen("90")), "15.00", "0", "5.00"),
        ],
    )
    def test_each_method_lifts_and_gives_what_its_formula_says(
        self, method: SweepTerms, balance: str, up: str, down: str
    ) -> None:
        assert raw_up(method, fen(balance)) == fen(up)
        assert raw_down(method, fen(balance)) == fen(down)

    def test_a_one_way_account_is_given_nothing(self) -> None:
        assert raw_down(SweepTerms(SweepMethod.ZERO, "CNY"), fen("-80.00")) == 0

    def test_what_stays_in_an_account_is_target_collar_or_upper_limit(self) -> None:
        assert kept_by(terms(SweepMethod.TARGET, target_minor=7)) == 7
        assert kept_by(terms(SweepMethod.COLLAR, threshold_minor=9, keep_minor=8)) == 8
        assert kept_by(terms(SweepMethod.MIN_MAX, upper_minor=9)) == 9
        assert kept_by(terms(SweepMethod.PERCENT, percent=Decimal(1))) == 0


class TestLotMinimumMaximum:
    LIMITS = terms(
        SweepMethod.ZERO, lot_minor=fen("10000"), minimum_minor=fen("20000"), maximum_minor=fen("100000")
    )  # fmt: skip

    def test_up_legs_round_down_to_the_lot(self) -> None:
        assert size(self.LIMITS, UP, fen("39999.99")) == Sized(fen("30000"), fen("30000"))

    def test_down_legs_round_up_to_the_lot(self) -> None:
        assert size(self.LIMITS, DOWN, fen("30000.01")) == Sized(fen("40000"), fen("40000"))

    def test_less_than_a_lot_is_skipped(self) -> None:
        assert size(self.LIMITS, UP, fen("9999.99")) == Sized(0, 0, SkipReason.BELOW_LOT)

    def test_the_minimum_is_asked_after_the_lot(self) -> None:
        # 29,999.99 rounds down to 20,000, which is the minimum; 19,999.99 rounds to 10,000, which is below
        assert size(self.LIMITS, UP, fen("29999.99")).amount == fen("20000")
        assert size(self.LIMITS, UP, fen("19999.99")) == Sized(fen("10000"), 0, SkipReason.BELOW_MINIMUM)
        # a need of 10,000.01 rounds up to 20,000 and so reaches the minimum
        assert size(self.LIMITS, DOWN, fen("10000.01")).amount == fen("20000")

    def test_the_maximum_caps_last(self) -> None:
        assert size(self.LIMITS, UP, fen("136430.25")) == Sized(fen("130000"), fen("100000"))

    def test_a_header_short_of_cash_gives_nothing_or_whole_lots(self) -> None:
        wanted = Sized(fen("70000"), fen("70000"))
        assert fill(self.LIMITS, wanted, fen("70000")) == wanted
        assert fill(self.LIMITS, wanted, fen("69999.99")) == Sized(fen("70000"), 0, SkipReason.HEADER_FLOOR)
        partial = terms(SweepMethod.ZERO, lot_minor=fen("10000"), minimum_minor=fen("20000"), partial_fill=True)
        assert fill(partial, wanted, fen("69999.99")) == Sized(fen("70000"), fen("60000"))
        assert fill(partial, wanted, fen("19999.99")) == Sized(fen("70000"), 0, SkipReason.HEADER_FLOOR)
        assert fill(partial, wanted, fen("-5")) == Sized(fen("70000"), 0, SkipReason.HEADER_FLOOR)


class TestTermsThatCannotWork:
    def test_a_collar_above_its_threshold(self) -> None:
        with pytest.raises(CollarAboveThreshold, match=r"keeps 1\.00 CNY, more than the threshold 0\.99 CNY"):
            terms(SweepMethod.COLLAR, threshold_minor=99, keep_minor=100)
        terms(SweepMethod.COLLAR, threshold_minor=100, keep_minor=100)

    def test_a_maximum_that_is_no_multiple_of_the_lot(self) -> None:
        with pytest.raises(MaximumNotInLots):
            terms(SweepMethod.ZERO, lot_minor=10, maximum_minor=105)
        terms(SweepMethod.ZERO, lot_minor=10, maximum_minor=110)

    def test_a_minimum_above_the_maximum(self) -> None:
        with pytest.raises(MinimumAboveMaximum):
            terms(SweepMethod.ZERO, lot_minor=10, minimum_minor=120, maximum_minor=110)

    @pytest.mark.parametrize(
        "figures",
        [
            {"lot_minor": 0},
            {"minimum_minor": -1},
            {"percent": Decimal("1.01")},
            {"fixed_minor": -1},
            {"threshold_minor": -1, "keep_minor": -1},
            {"lower_minor": 2, "upper_minor": 1},
        ],
    )
    def test_a_figure_outside_its_range(self, figures: dict[str, object]) -> None:
        with pytest.raises(SweepTermNotAllowed):
            terms(SweepMethod.ZERO, **figures)


WORKED = terms(
    SweepMethod.TARGET,
    target_minor=fen("50000"),
    lot_minor=fen("10000"),
    minimum_minor=fen("20000"),
    maximum_minor=fen("100000"),
)
HEADER = Account("Header", fen("60000.00"), floor=fen("20000"))
A = Account("A", fen("186430.25"), WORKED, "Header")
B = Account("B", fen("68900.00"), WORKED, "Header")
C = Account("C", fen("-12300.00"), WORKED, "Header")


class TestTheWorkedRun:
    RUN = evaluate([HEADER, A, B, C])

    def test_sweeps_a_up_to_its_cap_skips_b_and_fills_c(self) -> None:
        assert self.RUN.legs == (
            # 186,430.25 - 50,000 = 136,430.25 -> lot 130,000 -> cap 100,000
            Leg("A", "Header", UP, 0, fen("136430.25"), fen("130000"), fen("100000"), None),
            # 68,900 - 50,000 = 18,900 -> lot 10,000, below the minimum of 20,000
            Leg("B", "Header", UP, 0, fen("18900.00"), fen("10000"), 0, SkipReason.BELOW_MINIMUM),
            # 50,000 + 12,300 = 62,300 -> lot 70,000
            Leg("C", "Header", DOWN, 1, fen("62300.00"), fen("70000"), fen("70000"), None),
        )

    def test_leaves_the_balances_of_the_table(self) -> None:
        assert self.RUN.balances == {
            "A": fen("86430.25"),
            "B": fen("68900.00"),
            "C": fen("57700.00"),
            "Header": fen("90000.00"),  # 60,000 + 100,000 - 70,000
        }
        assert sum(self.RUN.balances.values()) == fen("303030.25")

    def test_a_second_run_sweeps_again_because_the_cap_has_bitten(self) -> None:
        # A still holds 86,430.25: 36,430.25 over its target -> lot 30,000
        again = evaluate(
            [Account("Header", fen("90000"), floor=fen("20000")), Account("A", fen("86430.25"), WORKED, "Header")]
        )
        assert [leg.amount for leg in again.legs] == [fen("30000")]


class TestTheHeader:
    POOR = Account("Header", fen("60000.00"), floor=fen("20000"))

    def test_keeps_its_floor_when_debits_come_first(self) -> None:
        # 60,000 - 20,000 = 40,000 < 70,000: C waits although A's 100,000 come later
        run = evaluate([self.POOR, A, B, C], SweepOrder.DEBIT_FIRST)
        assert [(leg.account, leg.amount, leg.skip) for leg in run.legs] == [
            ("C", 0, SkipReason.HEADER_FLOOR),
            ("A", fen("100000"), None),
            ("B", 0, SkipReason.BELOW_MINIMUM),
        ]

    def test_gives_by_priority_what_it_has(self) -> None:
        zero = terms(SweepMethod.ZERO)
        run = evaluate(
            [
                Account("Header", fen("100")),
                Account("late", fen("-70"), zero, "Header", priority=2),
                Account("first", fen("-60"), zero, "Header", priority=1),
            ]
        )
        assert [(leg.account, leg.amount) for leg in run.legs] == [("first", fen("60")), ("late", 0)]

    def test_fills_in_part_where_that_is_agreed(self) -> None:
        part = terms(SweepMethod.ZERO, partial_fill=True, lot_minor=fen("10"))
        run = evaluate([Account("Header", fen("57"), floor=fen("5")), Account("A", fen("-70"), part, "Header")])
        # 57 - 5 = 52 above the floor -> five lots of 10
        assert run.balances == {"Header": fen("7"), "A": fen("-20")}


class TestManyLevels:
    ZERO = terms(SweepMethod.ZERO)

    def test_run_deepest_first_so_that_cash_reaches_the_top_in_one_run(self) -> None:
        run = evaluate(
            [
                Account("HQ", 0),
                Account("East", fen("5"), self.ZERO, "HQ"),
                Account("Shop 1", fen("20"), self.ZERO, "East"),
                Account("Shop 2", fen("30"), self.ZERO, "East"),
            ]
        )
        assert [(leg.account, leg.parent, leg.wave, leg.amount) for leg in run.legs] == [
            ("Shop 1", "East", 0, fen("20")),
            ("Shop 2", "East", 0, fen("30")),
            ("East", "HQ", 2, fen("55")),
        ]
        assert run.balances["HQ"] == fen("55")

    def test_a_line_of_overdraft_lets_the_level_between_pass_cash_down(self) -> None:
        run = evaluate(
            [
                Account("HQ", fen("100")),
                Account("East", 0, self.ZERO, "HQ", floor=fen("-50")),
                Account("Shop", fen("-40"), self.ZERO, "East"),
            ]
        )
        assert run.balances == {"HQ": fen("60"), "East": 0, "Shop": 0}


class TestMoneyOnItsWay:
    ZERO = terms(SweepMethod.ZERO)

    def test_stills_a_need_but_cannot_be_sent_on(self) -> None:
        waiting = Account("A", fen("-40"), self.ZERO, "HQ", incoming=fen("50"))
        assert evaluate([Account("HQ", fen("100")), waiting]).legs == ()


def test_the_digest_changes_with_any_figure_people_approved() -> None:
    legs = evaluate([HEADER, A, B, C]).legs
    sealed = seal(["pool", "1", "2026-03-02", "evening", "CNY"], legs)
    assert sealed == seal(["pool", "1", "2026-03-02", "evening", "CNY"], legs)
    assert sealed != seal(["pool", "2", "2026-03-02", "evening", "CNY"], legs)
    assert sealed != seal(["pool", "1", "2026-03-02", "evening", "CNY"], legs[:-1])
