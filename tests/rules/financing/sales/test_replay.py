"""An advance out of sales from its payments (R15, R16): income by the effective rate, never more than the fee."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.financing.sales.quotes import SalesTerms, quote_sales
from domain.financing.sales.replay import (
    SalesContract,
    SalesEvent,
    SalesFigures,
    accrue_to,
    carrying,
    early_rebate,
    exposure,
    payoff_on,
    replay,
)
from domain.financing.sales.states import SalesEventKind
from domain.values.money import Money

K = SalesEventKind
START = date(2026, 3, 2)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


QUOTE = quote_sales(SalesTerms(cny("100000.00"), Decimal("0.18"), 360, cny("9000.00"), cny("1000.00")))
CONTRACT = SalesContract(cny("9000.00"), cny("1000.00"), QUOTE.daily_rate)


def day(number: int) -> date:
    return START + timedelta(days=number)


def funded() -> SalesEvent:
    return SalesEvent(UUID(int=1), 1, K.FUNDED, START, CONTRACT.net)


def paid(amount: str, on: int, number: int = 2) -> SalesEvent:
    return SalesEvent(UUID(int=number), number, K.COLLECTED, day(on), cny(amount))


def stand(*events: SalesEvent, on: int) -> SalesFigures:
    return replay(CONTRACT, [funded(), *events], day(on))


class TestAsExpected:
    def test_the_first_days_are_those_of_the_schedule(self) -> None:
        # 9,000 × 0.106781 % = 9.61, and 9,000 + 9.61 − 50 = 8,959.61; then 9.57 and 8,919.18   (R15)
        first = stand(paid("50.00", 1), on=1)
        second = stand(paid("50.00", 1), paid("50.00", 2, 3), on=2)
        assert (carrying(CONTRACT, first), first.income) == (cny("8959.61"), cny("9.61"))
        assert (carrying(CONTRACT, second), second.income - first.income) == (cny("8919.18"), cny("9.57"))

    def test_every_day_of_payments_as_planned_stands_as_the_schedule_says(self) -> None:
        payments = [paid("50.00", number, number + 1) for number in range(1, 201)]
        so_far = cny("0.00")
        for row in QUOTE.schedule:
            figures = stand(*payments[: row.day], on=row.day)
            so_far += row.income
            assert (figures.income, carrying(CONTRACT, figures)) == (so_far, row.balance)
        assert (so_far, figures.open) == (cny("1000.00"), cny("0.00"))


class TestOtherThanExpected:
    def test_who_sells_nothing_earns_the_lender_its_fee_and_no_more(self) -> None:
        # 9,000 × 1.0010678145^98 = 9,992.30: the fee is nearly earned; a day later it is, and nothing is added after.
        assert stand(on=98).income == cny("992.30")
        assert stand(on=99).income == cny("1000.00")
        assert stand(on=3000).income == cny("1000.00")

    def test_who_pays_everything_at_once_pays_the_whole_fee(self) -> None:
        figures = stand(paid("10000.00", 1), on=1)
        assert (figures.income, figures.open, carrying(CONTRACT, figures)) == (
            cny("1000.00"),
            cny("0.00"),
            cny("0.00"),
        )

    def test_what_comes_in_once_the_payout_is_covered_is_income(self) -> None:
        # 9,609.61 were paid: 9,000 of them cover the payout, so 609.61 are earned.
        assert stand(paid("9609.61", 1), on=1).income == cny("609.61")

    def test_what_is_paid_beyond_what_is_owed_is_the_merchants(self) -> None:
        figures = stand(paid("10000.01", 1), on=5)
        assert (figures.overpaid, figures.income) == (cny("0.01"), cny("1000.00"))

    def test_a_returned_payment_never_was(self) -> None:
        back = SalesEvent(UUID(int=9), 3, K.RETURNED, day(7), cny("50.00"), UUID(int=2))
        assert stand(paid("50.00", 1), back, on=10) == stand(on=10)

    def test_limits_count_the_payout_until_the_fee_is_paid(self) -> None:
        # 10,000 − 900 = 9,100 is more than the payout; 10,000 − 1,500 = 8,500 is less.
        assert exposure(CONTRACT, stand(paid("900.00", 1), on=1)) == cny("9000.00")
        assert exposure(CONTRACT, stand(paid("1500.00", 1), on=1)) == cny("8500.00")


payments = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 200_000)), max_size=12)


@given(made=payments, last=st.integers(0, 400))
def test_however_payments_come_income_stays_within_the_fee_and_the_books_at_what_is_worth(
    made: list[tuple[int, int]], last: int
) -> None:
    events = [
        SalesEvent(UUID(int=number), number, K.COLLECTED, day(on), Money.from_minor(minor, "CNY"))
        for number, (on, minor) in enumerate(made, start=2)
    ]
    figures = stand(*events, on=last)
    assert max(figures.repaid.minor - CONTRACT.net.minor, 0) <= figures.income.minor <= CONTRACT.fee.minor
    assert 0 <= carrying(CONTRACT, figures).minor <= figures.open.minor
    assert figures.open or figures.income == CONTRACT.fee
    assert stand(*events, on=last + 1).income.minor >= figures.income.minor


@given(stops=st.lists(st.integers(0, 300), max_size=8))
def test_income_is_the_same_however_many_nights_it_is_taken_in(stops: list[int]) -> None:
    # R16: rounded once, whatever lies between
    figures = stand(on=0)
    for stop in sorted(stops):
        figures = accrue_to(CONTRACT, figures, day(stop))
    assert accrue_to(CONTRACT, figures, day(301)).income == stand(on=301).income


def received(amount: str, on: int, number: int = 2) -> SalesEvent:
    return SalesEvent(UUID(int=number), number, K.RECEIVED, day(on), cny(amount))


def given_up(on: int, number: int = 8) -> SalesEvent:
    return SalesEvent(UUID(int=number), number, K.WRITTEN_OFF, day(on), cny("1.00"))


def under(*events: SalesEvent, on: int, **terms: object) -> SalesFigures:
    """As `stand`, under a contract with other terms."""
    return replay(replace(CONTRACT, **terms), [funded(), *events], day(on))  # type: ignore[arg-type]


LATE = {"penalty_rate": Decimal("0.18"), "final_on": day(200), "penalty_from": day(205)}


class TestSettlingEarly:
    def test_costs_the_whole_fee_where_the_contract_gives_nothing_back(self) -> None:
        # R15 knows no rebate: 9,000 + 1,000 are owed whenever they are paid
        assert payoff_on(CONTRACT, stand(on=1), day(1)) == cny("10000.00")

    def test_gives_back_the_agreed_part_of_what_is_not_earned(self) -> None:
        # (1,000.00 − 9.61) × 50 % = 495.195, so 495.20; 10,000.00 − 495.20 = 9,504.80   (R9, R15)
        half = replace(CONTRACT, early_rebate=Decimal("0.5"))
        assert early_rebate(half, stand(on=1), day(1)) == cny("495.20")
        assert payoff_on(half, stand(on=1), day(1)) == cny("9504.80")
        settled = under(received("9504.80", 1), on=1, early_rebate=Decimal("0.5"))
        assert (settled.open, settled.rebated, settled.income) == (cny("0.00"), cny("495.20"), cny("504.80"))
        assert carrying(half, settled) == cny("0.00")

    def test_gives_all_of_it_back_where_that_is_agreed(self) -> None:
        # 9,000.00 and the 9.61 that one day has earned   (R9)
        settled = under(received("9009.61", 1), on=1, early_rebate=Decimal(1))
        assert (settled.open, settled.income, settled.overpaid) == (cny("0.00"), cny("9.61"), cny("0.00"))

    def test_a_cent_less_than_the_payoff_is_a_payment_like_any_other(self) -> None:
        figures = under(received("9009.60", 1), on=1, early_rebate=Decimal(1))
        assert (figures.rebated, figures.open) == (cny("0.00"), cny("990.40"))

    def test_what_is_paid_beyond_the_payoff_is_the_merchants(self) -> None:
        settled = under(received("9100.00", 1), on=1, early_rebate=Decimal(1))
        assert settled.overpaid == cny("90.39")

    def test_is_for_who_pays_by_itself_and_before_the_last_day(self) -> None:
        terms = LATE | {"early_rebate": Decimal(1)}
        assert under(paid("9700.00", 30), on=30, **terms).rebated == cny("0.00")
        assert under(received("10000.00", 200), on=200, **terms).rebated == cny("0.00")

    def test_is_undone_with_the_payment_that_reached_it(self) -> None:
        back = SalesEvent(UUID(int=9), 3, K.RETURNED, day(5), cny("9009.61"), UUID(int=2))
        terms = {"early_rebate": Decimal(1)}
        assert under(received("9009.61", 1), back, on=9, **terms) == under(on=9, **terms)


class TestAfterTheLastDay:
    def test_the_unpaid_principal_bears_the_agreed_penalty_once_the_grace_is_over(self) -> None:
        # 9,000 × 18 % × 10 / 360 = 45.00; on the last day and in its grace nothing   (R6)
        for on, penalty in ((205, "0.00"), (206, "4.50"), (215, "45.00")):
            assert under(on=on, **LATE).penalty_open == cny(penalty)

    def test_penalty_is_on_what_is_unpaid_and_not_on_what_was_lent(self) -> None:
        # 10,000 − 5,500 = 4,500 are open: 4,500 × 18 % × 10 / 360 = 22.50   (R6, R7)
        assert under(paid("5500.00", 20), on=215, **LATE).penalty_open == cny("22.50")

    def test_a_payment_meets_the_penalty_first(self) -> None:
        # 45.00 of penalty, then 955.00 of 10,000.00   (R7)
        figures = under(received("1000.00", 215), on=215, **LATE)
        assert (figures.penalty_paid, figures.repaid, figures.open) == (cny("45.00"), cny("955.00"), cny("9045.00"))
        assert figures.penalty_open == cny("0.00")

    def test_a_payment_booked_for_an_earlier_day_takes_back_what_it_would_have_saved(self) -> None:
        figures = under(received("10000.00", 204), on=215, **LATE)
        assert (figures.penalty_accrued, figures.open) == (cny("0.00"), cny("0.00"))

    def test_penalty_never_drifts(self) -> None:
        # R16: 9,000 × 18 % × 7 / 365 = 31.07 in seven nights as in one
        terms = LATE | {"year_days": 365}
        contract, figures = replace(CONTRACT, **terms), under(on=205, **terms)  # type: ignore[arg-type]
        for night in range(206, 213):
            figures = accrue_to(contract, figures, day(night))
        assert figures.penalty_accrued == under(on=212, **terms).penalty_accrued == cny("31.07")


class TestGivingUp:
    def test_takes_what_stands_in_the_books_and_ends_income_and_penalty(self) -> None:
        # 10,000.00 and 45.00 of penalty are lost; nothing bears anything afterwards   (R23)
        figures = under(given_up(215), on=300, **LATE)
        assert (figures.written_off, figures.penalty_written_off) == (cny("10000.00"), cny("45.00"))
        assert (figures.income, figures.penalty_accrued, figures.open) == (cny("1000.00"), cny("45.00"), cny("0.00"))
        assert exposure(CONTRACT, figures) == cny("0.00")

    def test_what_comes_in_afterwards_recovers_the_loss(self) -> None:
        figures = under(given_up(215), received("4000.00", 230, 9), on=230, **LATE)
        assert (figures.recovered, figures.to_recover) == (cny("4000.00"), cny("6045.00"))
        assert carrying(CONTRACT, figures) == cny("0.00")

    def test_what_comes_in_beyond_the_loss_is_the_merchants(self) -> None:
        figures = under(given_up(215), received("10045.01", 230, 9), on=230, **LATE)
        assert (figures.to_recover, figures.overpaid) == (cny("0.00"), cny("0.01"))

    def test_a_payment_for_an_earlier_day_makes_the_loss_smaller(self) -> None:
        figures = under(given_up(215), received("4000.00", 204, 9), on=230, **LATE)
        # 10,000 − 4,000 = 6,000; 6,000 × 18 % × 10 / 360 = 30.00   (R6, R23)
        assert (figures.written_off, figures.penalty_written_off, figures.recovered) == (
            cny("6000.00"),
            cny("30.00"),
            cny("0.00"),
        )

    def test_the_part_of_the_fee_that_was_not_earned_stays_owed_and_is_no_loss(self) -> None:
        # 9,609.61 a day after the payout cover it: 390.39 are open, and none of it was earned; it is earned when paid
        figures = under(paid("9609.61", 1), given_up(1), received("100.00", 3, 9), on=3)
        assert (figures.lost, figures.open, figures.income) == (cny("0.00"), cny("290.39"), cny("709.61"))


kinds = st.sampled_from([K.COLLECTED, K.RECEIVED, K.WRITTEN_OFF])


@given(
    made=st.lists(st.tuples(kinds, st.integers(0, 320), st.integers(1, 600_000)), max_size=8),
    rebate=st.sampled_from(["0", "0.5", "1"]),
    last=st.integers(0, 400),
)
def test_whatever_comes_in_is_penalty_or_debt_or_loss_or_the_merchants_to_the_cent(
    made: list[tuple[SalesEventKind, int, int]], rebate: str, last: int
) -> None:
    contract = replace(CONTRACT, early_rebate=Decimal(rebate), **LATE)  # type: ignore[arg-type]
    events = [
        SalesEvent(UUID(int=number), number, kind, day(on), Money.from_minor(minor, "CNY"))
        for number, (kind, on, minor) in enumerate(made, start=2)
    ]
    figures = replay(contract, [funded(), *events], day(last))
    parts = (figures.penalty_paid, figures.recovered, figures.repaid, figures.overpaid)
    assert min(part.minor for part in parts) >= 0
    assert sum(part.minor for part in parts) == figures.collected.minor
    assert min(figures.open.minor, figures.penalty_open.minor, figures.to_recover.minor) >= 0
    assert 0 <= figures.income.minor <= contract.fee.minor - figures.rebated.minor
    assert 0 <= carrying(contract, figures).minor <= figures.open.minor
