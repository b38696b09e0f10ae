"""An advance out of sales from its payments (R15, R16): income by the effective rate, never more than the fee."""

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
    exposure,
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
