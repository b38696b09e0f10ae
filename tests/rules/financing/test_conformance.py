"""A published vector (R19) by our own rules: the contract's rounding is a field, because the figures turn on it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.financing.rules import all_in_rate, contract_interest, handling_fee, holdback_release
from domain.financing.terms import Contract, DueDates, Terms
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding, to_places

FACE = Money.of("89345.78", "CNY")
START = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("rounding", "advance", "fees", "refund"),
    [
        # advance 89,345.78 × 88 % = 78,624.2864; factoring fee 89,345.78 × 1.35 % = 1,206.1680;
        # discount fee 78,624.28 × 3.90 % × 79 / 365 = 663.6751; refund = face − advance − fees   (R19)
        (Rounding.TRUNCATE, "78624.28", "1869.83", "8851.67"),  # 1,206.16 + 663.67
        (Rounding.HALF_UP, "78624.29", "1869.85", "8851.64"),  # 1,206.17 + 663.68
    ],
)
def test_fees_follow_the_contracts_rounding_component_by_component(
    rounding: Rounding, advance: str, fees: str, refund: str
) -> None:
    terms = Terms(annual_rate=Decimal("0.039"), day_count=DayCount.ACT_365F, rounding=rounding)
    due_on = START + timedelta(days=79)
    principal = FACE.times(Decimal("0.88"), rounding)
    fee = handling_fee(FACE, Decimal(135), rounding)
    contract = Contract(principal, FACE, fee, terms, DueDates(due_on, due_on, due_on, due_on))
    discount = contract_interest(contract, START, due_on)
    assert principal == Money.of(advance, "CNY")
    assert fee + discount == Money.of(fees, "CNY")
    assert holdback_release(FACE, [principal, fee, discount]) == Money.of(refund, "CNY")


def test_the_all_in_rate_of_a_small_advance() -> None:
    # 10,000 at 80 % is 8,000; a fee of 3 % is 300; 300 / 8,000 × 365 / 30 = 45.63 %   (R14)
    rate = all_in_rate(Money.of("300.00", "CNY"), Money.of("8000.00", "CNY"), 30)
    assert to_places(rate.simple * 100, 2) == Decimal("45.63")
