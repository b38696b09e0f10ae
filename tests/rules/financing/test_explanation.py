"""Explanations: the base case told part by part, and parts that sum to the figure whatever happened."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.financing.events import Event, EventKind
from domain.financing.explanation import Bearing, Explanation, Figure, explain
from domain.financing.postings import RULES
from domain.financing.replay import replay
from domain.financing.rules import minimum_interest
from domain.financing.terms import Terms
from domain.values.money import Money
from tests.rules.financing.test_replay import (
    DUE_ON,
    FUNDED,
    FUNDED_ON,
    TEN_DAYS_LATE,
    TERMS,
    ZERO,
    agreed,
    cny,
    contract,
    event,
    histories,
)

COST = event(2, EventKind.COST, TEN_DAYS_LATE, "300.00")
PAYMENT = event(3, EventKind.COLLECTED, TEN_DAYS_LATE, "500000.00")


def told(explanation: Explanation, figure: Figure) -> list[tuple[str, str]]:
    parts = explanation.of(figure).parts
    return [(part.kind.value if part.kind else "accrued", str(part.amount.amount)) for part in parts]


class TestTheBaseCase:
    def test_ten_days_late_is_a_period_of_interest_and_one_of_penalty(self) -> None:
        found = explain(contract(), [FUNDED], TEN_DAYS_LATE)
        interest, penalty = found.periods
        assert (interest.bearing, interest.start, interest.end, interest.days) == (
            *(Bearing.INTEREST, FUNDED_ON, DUE_ON, 25),
        )
        # 900,000 x 5.5 % x 25 / 360 = 3,437.50 (R2); 900,000 x 8.25 % x 10 / 360 = 2,062.50 (R6)
        assert (interest.amount, interest.principal, interest.rate) == (
            *(cny("3437.50"), cny("900000.00"), Decimal("0.055")),
        )
        assert (penalty.amount, penalty.days, penalty.rate) == (cny("2062.50"), 10, Decimal("0.0825"))
        assert found.of(Figure.PAYOFF).amount == cny("905500.00")
        assert found.adds_up

    def test_a_part_payment_is_told_as_its_waterfall(self) -> None:
        found = explain(contract(), [FUNDED, COST, PAYMENT], TEN_DAYS_LATE)
        payment = found.events[-1]
        shares = (payment.costs, payment.penalty, payment.interest, payment.principal)
        assert shares == (cny("300.00"), cny("2062.50"), cny("3437.50"), cny("494200.00"))  # R7
        assert payment.rules == RULES[EventKind.COLLECTED]
        assert told(found, Figure.PRINCIPAL) == [("funded", "900000.00"), ("collected", "-494200.00")]
        assert told(found, Figure.INTEREST) == [("accrued", "3437.50"), ("collected", "-3437.50")]

    def test_the_residue_of_rounding_is_carried_and_not_lost(self) -> None:
        # 405,800 x 8.25 % x 7 / 360 = 650.970833…: 650.97 is added, and 0.000833… left for later (R16)
        found = explain(contract(), [FUNDED, COST, PAYMENT], TEN_DAYS_LATE + timedelta(days=7))
        last = found.periods[-1]
        assert (last.principal, last.days, last.amount) == (cny("405800.00"), 7, cny("650.97"))
        assert round(last.residue, 6) == Decimal("0.000833")

    def test_provision_is_one_percent_of_what_is_out(self) -> None:
        share = explain(contract(), [FUNDED], DUE_ON).of(Figure.PROVISION_SHARE)
        assert (share.amount, share.rules) == (cny("9000.00"), ("R23",))
        stricter = explain(contract(), [FUNDED], DUE_ON, Decimal("0.015")).of(Figure.PROVISION_SHARE)
        assert (stricter.amount, stricter.parts[0].factor) == (cny("13500.00"), Decimal("0.015"))

    def test_payoff_before_the_due_date_names_what_settling_early_costs(self) -> None:
        early = agreed(early_settlement_bp=Decimal(50))
        found = explain(early, [FUNDED], FUNDED_ON + timedelta(days=15))
        # 900,000 + 2,062.50 + 0.50 % of 900,000   (R7, R9)
        assert [(part.of, str(part.amount.amount), part.rules) for part in found.of(Figure.PAYOFF).parts] == [
            (Figure.INTEREST, "2062.50", ("R7",)),
            (Figure.PRINCIPAL, "900000.00", ("R7",)),
            (Figure.EARLY_CHARGE, "4500.00", ("R9",)),
        ]
        assert found.of(Figure.PAYOFF).amount == cny("906562.50")
        assert found.of(Figure.EARLY_CHARGE).parts[0].factor == Decimal("0.0050")
        assert found.adds_up

    def test_the_fee_that_the_debtor_bears_is_told_by_the_payment_it_came_with(self) -> None:
        borne = replace(contract(), fee=ZERO, debtor_fee=cny("2000.00"))
        paid_out = replace(FUNDED, amount=cny("900000.00"))
        paid = event(2, EventKind.COLLECTED, DUE_ON, "1002000.00")
        found = explain(borne, [paid_out, paid], DUE_ON)
        assert found.of(Figure.DEBTOR_FEE).amount == cny("2000.00")
        assert told(found, Figure.DEBTOR_FEE) == [("collected", "2000.00")]
        assert found.adds_up

    def test_before_any_money_moved_there_is_nothing_to_explain(self) -> None:
        found = explain(contract(), [FUNDED], FUNDED_ON - timedelta(days=1))
        assert not found.periods
        assert all(each.amount == ZERO for each in found.derivations)


@given(terms=TERMS, events=histories(), days=st.integers(0, 90))
def test_the_parts_sum_to_the_figure_whatever_happened(terms: Terms, events: list[Event], days: int) -> None:
    as_of = FUNDED_ON + timedelta(days=days)
    found = explain(contract(terms), events, as_of)
    assert found.figures == replay(contract(terms), events, as_of)
    assert [each.figure for each in found.derivations if each.unexplained] == []


@given(terms=TERMS, events=histories(), days=st.integers(0, 90))
def test_periods_follow_each_other_and_their_exact_sum_rounds_to_what_accrued(
    terms: Terms, events: list[Event], days: int
) -> None:
    found = explain(contract(terms), events, FUNDED_ON + timedelta(days=days))
    accrued = {Bearing.INTEREST: found.figures.interest_accrued, Bearing.PENALTY: found.figures.penalty_accrued}
    for bearing, total in accrued.items():
        borne = [each for each in found.periods if each.bearing is bearing]
        exact = sum((each.exact for each in borne), Decimal(0))
        least = minimum_interest(contract(terms)) if bearing is Bearing.INTEREST else ZERO  # R9
        assert max(Money.rounded(round(exact, 12), "CNY", terms.rounding), least) == total
        assert all(first.end <= second.start for first, second in pairwise(borne))
