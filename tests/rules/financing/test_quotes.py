"""What an offer comes to, by every contract field that moves it (R2-R4, R9, R14, R24)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.financing import rules
from domain.financing.contracts import check_price
from domain.financing.errors import (
    FeesExceedAdvance,
    NoTermLeft,
    RateOutOfRange,
    SurplusIsTheSellers,
    WaterfallIncomplete,
)
from domain.financing.quotes import Price, Reference, quote
from domain.financing.terms import Component, FeeBasis, FeeBearer, InterestTiming, Terms
from domain.values.business_days import BusinessCalendar, Roll
from domain.values.money import Money
from domain.values.rounding import to_places

CALENDAR = BusinessCalendar()
FUNDED_ON, DUE_ON = date(2026, 3, 2), date(2026, 3, 27)  # 25 days
TERMS = Terms(annual_rate=Decimal("0.055"))
PRICE = Price(Decimal("0.9"), Decimal(20), TERMS)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


MILLION = cny("1000000.00")


def with_terms(**changes: object) -> Price:
    return replace(PRICE, terms=replace(TERMS, **changes))  # type: ignore[arg-type]


class TestFee:
    def test_is_a_share_of_the_face_whatever_is_confirmed_of_it(self) -> None:
        # 20 bp of 1,000,000.00 = 2,000.00; of 600,000.00 confirmed 540,000.00 are lent
        found = quote(cny("600000.00"), DUE_ON, PRICE, FUNDED_ON, CALENDAR, face=MILLION)
        assert (found.principal, found.fee) == (cny("540000.00"), cny("2000.00"))

    def test_is_a_share_of_what_the_contract_says(self) -> None:
        for basis, fee in ((FeeBasis.CONFIRMED, "1200.00"), (FeeBasis.PRINCIPAL, "1080.00")):
            # 20 bp of 600,000.00; of 540,000.00
            price = with_terms(fee_basis=basis)
            assert quote(cny("600000.00"), DUE_ON, price, FUNDED_ON, CALENDAR, face=MILLION).fee == cny(fee)

    def test_that_the_debtor_bears_leaves_the_seller_the_whole_advance(self) -> None:
        found = quote(MILLION, DUE_ON, with_terms(fee_bearer=FeeBearer.DEBTOR), FUNDED_ON, CALENDAR)
        assert (found.net, found.fee, found.debtor_fee) == (cny("900000.00"), cny("0.00"), cny("2000.00"))
        assert found.cost == cny("3437.50")  # interest only


class TestInterest:
    def test_is_owed_for_the_minimum_days_where_the_term_is_shorter(self) -> None:
        # 900,000 x 5.5 % x 30 / 360 = 4,125.00
        assert quote(MILLION, DUE_ON, with_terms(min_interest_days=30), FUNDED_ON, CALENDAR).interest == cny("4125.00")
        assert quote(MILLION, DUE_ON, with_terms(min_interest_days=25), FUNDED_ON, CALENDAR).interest == cny("3437.50")

    def test_in_front_or_at_the_end_costs_the_same_money_out_of_less_cash(self) -> None:
        front = quote(MILLION, DUE_ON, with_terms(interest_timing=InterestTiming.FRONT), FUNDED_ON, CALENDAR)
        rear = quote(MILLION, DUE_ON, PRICE, FUNDED_ON, CALENDAR)
        assert (rear.net, front.net) == (cny("898000.00"), cny("894562.50"))  # R3, R4
        assert front.cost == rear.cost == cny("5437.50")
        assert front.rate.effective > rear.rate.effective

    def test_on_a_due_date_that_rolls_runs_on_or_not_as_agreed(self) -> None:
        saturday = date(2026, 3, 28)  # rolls to Monday the 30th
        running = quote(MILLION, saturday, PRICE, FUNDED_ON, CALENDAR).interest
        still = quote(MILLION, saturday, with_terms(roll_accrues=False), FUNDED_ON, CALENDAR).interest
        # two days of 900,000 x 5.5 % / 360 = 275.00   (R24)
        assert running - still == cny("275.00")


class TestTrueCost:
    def test_of_the_published_check(self) -> None:
        # 10,000 at 80 % and 3 %: 300 / 8,000 x 365 / 30 = 0.45625, which is shown as 45.63 %   (R14)
        found = rules.all_in_rate(cny("300.00"), cny("8000.00"), 30)
        assert (found.simple, to_places(found.simple, 4)) == (Decimal("0.45625"), Decimal("0.4563"))

    def test_of_a_fee_grows_as_the_term_shortens(self) -> None:
        longer = quote(MILLION, DUE_ON, PRICE, FUNDED_ON, CALENDAR)
        shorter = quote(MILLION, DUE_ON, PRICE, date(2026, 3, 20), CALENDAR)
        assert (longer.days, shorter.days) == (25, 7)
        assert shorter.rate.simple > longer.rate.simple
        assert shorter.cost < longer.cost


class TestRefusals:
    def test_of_a_due_date_that_rolls_back_onto_the_funding_date(self) -> None:
        back = with_terms(roll=Roll.PRECEDING)  # Sunday the 29th goes back to Friday the 27th
        with pytest.raises(NoTermLeft) as refused:
            quote(MILLION, date(2026, 3, 29), back, date(2026, 3, 27), CALENDAR)
        assert refused.value.facts == {"due_on": "2026-03-27", "funded_on": "2026-03-27"}

    def test_of_a_price_that_leaves_nothing(self) -> None:
        with pytest.raises(FeesExceedAdvance):
            quote(MILLION, DUE_ON, Price(Decimal("0.01"), Decimal(100), TERMS), FUNDED_ON, CALENDAR)

    @pytest.mark.parametrize(
        "price",
        [
            with_terms(annual_rate=Decimal(10)),  # 1000 %
            with_terms(min_interest_days=91),
            with_terms(early_settlement_bp=Decimal(501)),
            replace(PRICE, advance_rate=Decimal("1.01")),
            replace(PRICE, reference=Reference("lpr_1y", Decimal(-501))),
        ],
    )
    def test_of_figures_no_contract_has(self, price: Price) -> None:
        with pytest.raises(RateOutOfRange):
            check_price(price)

    def test_of_an_order_of_payment_that_leaves_something_out(self) -> None:
        order = (Component.COSTS, Component.INTEREST, Component.INTEREST, Component.PRINCIPAL)
        with pytest.raises(WaterfallIncomplete):
            check_price(with_terms(waterfall=order))

    def test_of_keeping_the_surplus_with_recourse(self) -> None:
        with pytest.raises(SurplusIsTheSellers):  # R12: only without recourse may the factor keep it
            check_price(with_terms(surplus_to_seller=False))
        check_price(with_terms(surplus_to_seller=False, recourse=False))


def test_a_price_on_a_reference_is_fixed_with_where_it_came_from() -> None:
    price = Price(Decimal("0.9"), Decimal(20), Terms(Decimal(0)), Reference("lpr_1y", Decimal(250)))
    fixed = price.fixed(Decimal("0.03"), date(2025, 5, 20))
    assert fixed.terms.annual_rate == Decimal("0.055")
    assert fixed.reference == Reference("lpr_1y", Decimal(250), Decimal("0.03"), date(2025, 5, 20))
