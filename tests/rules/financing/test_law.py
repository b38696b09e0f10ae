"""What the law says, on either side of each of its dates (rules/financing.md, "dated rows with a citation")."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.financing.law import (
    Trade,
    front_ended_finding,
    rate_findings,
    rate_line,
    trade_findings,
)
from domain.financing.references import packaged_rows
from domain.financing.rules import reference_price, restated_as_loan
from domain.financing.terms import Terms
from domain.law.limits import Limit, limit_on, months_after, term_limits
from domain.law.rows import packaged_limits
from domain.values.money import Money

LAW = packaged_limits()
DATES = {
    Limit.ONE_DEBTOR: (date(2019, 10, 18), "0.5"),
    Limit.RELATED_DEBTORS: (date(2019, 10, 18), "0.4"),
    Limit.PROVISION: (date(2019, 10, 18), "0.01"),
    Limit.NON_PERFORMING: (date(2019, 10, 18), "90"),
    Limit.PRIVATE_LENDING: (date(2020, 8, 20), "4"),
    Limit.ANTI_ASSIGNMENT: (date(2021, 1, 1), "1"),
    Limit.NOTICE: (date(2021, 1, 1), "1"),
    Limit.SMALL_SELLER: (date(2025, 6, 1), "60"),
    Limit.LATE_INTEREST: (date(2020, 9, 1), "0.0005"),
    Limit.TERM_USUAL: (date(2025, 6, 15), "6"),
    Limit.TERM_LONGEST: (date(2025, 6, 15), "12"),
    Limit.LICENCE: (date(2025, 6, 15), "1"),
    Limit.REGISTRATION: (date(2025, 6, 15), "1"),
}


def codes(trade: Trade) -> list[str]:
    return [finding.code for finding in trade_findings(LAW, trade)]


def trade(issued_on: date, days: int, *, seller: bool = False, debtor: bool = False, barred: bool = False) -> Trade:
    return Trade(
        issued_on, issued_on + timedelta(days=days), seller, debtor, not_assignable=barred, is_certificate=True
    )


@pytest.mark.parametrize("name", list(Limit))
def test_a_limit_is_in_force_from_its_day_and_not_the_day_before_and_says_where_it_stands(name: Limit) -> None:
    first, value = DATES[name]
    assert limit_on(LAW, name, first - timedelta(days=1)) is None
    found = limit_on(LAW, name, first)
    assert found is not None
    assert (found.value, bool(found.citation)) == (Decimal(value), True)


class TestTerms:
    def test_of_six_months_are_usual_and_of_one_year_the_longest_from_15_june_2025(self) -> None:
        assert term_limits(LAW, date(2025, 6, 14)) is None
        found = term_limits(LAW, date(2025, 6, 15))
        assert found is not None
        assert found.usual_until(date(2025, 6, 15)) == date(2025, 12, 15)
        assert found.longest_until(date(2025, 6, 15)) == date(2026, 6, 15)

    def test_are_warned_of_from_the_day_after(self) -> None:
        issued = date(2025, 6, 15)
        for due_on, expected in (
            (date(2025, 12, 15), []),
            (date(2025, 12, 16), ["term_beyond_usual"]),
            (date(2026, 6, 15), ["term_beyond_usual"]),
            (date(2026, 6, 16), ["term_beyond_a_year"]),
        ):
            certificate = Trade(issued, due_on, seller_is_small=False, debtor_is_small=False, is_certificate=True)
            assert codes(certificate) == expected
            assert codes(replace(certificate, is_certificate=False)) == []

    def test_of_an_invoice_issued_the_day_before_are_no_ones_business(self) -> None:
        assert codes(trade(date(2025, 6, 14), 500)) == []

    def test_end_on_the_last_day_of_a_shorter_month(self) -> None:
        assert months_after(date(2025, 8, 31), 6) == date(2026, 2, 28)
        assert months_after(date(2025, 12, 31), 12) == date(2026, 12, 31)
        assert months_after(date(2025, 6, 30), 6) == date(2025, 12, 30)


class TestSmallSellers:
    def test_are_paid_by_large_buyers_within_sixty_days_from_1_june_2025(self) -> None:
        assert codes(trade(date(2025, 6, 1), 60, seller=True)) == []
        assert codes(trade(date(2025, 6, 1), 61, seller=True)) == ["small_seller_paid_late"]
        assert codes(trade(date(2025, 5, 31), 61, seller=True)) == []

    def test_are_not_protected_from_each_other_nor_are_large_ones(self) -> None:
        assert codes(trade(date(2025, 6, 1), 61, seller=True, debtor=True)) == []
        assert codes(trade(date(2025, 6, 1), 61)) == []


def test_a_clause_against_assignment_warns_and_does_not_bind_the_lender_from_2021() -> None:
    assert codes(trade(date(2021, 1, 1), 30, barred=True)) == ["assignment_excluded"]
    assert codes(trade(date(2020, 12, 31), 30, barred=True)) == []


class TestRates:
    def test_the_line_is_four_times_the_one_year_lpr(self) -> None:
        # 4 x 3.00 % = 12.00 %
        line = rate_line(LAW, Decimal("0.03"), date(2026, 3, 2))
        assert line is not None
        assert line.line == Decimal("0.12")
        assert rate_line(LAW, Decimal("0.03"), date(2020, 8, 19)) is None

    def test_at_the_line_nothing_is_said_and_over_it_is_a_warning(self) -> None:
        line = rate_line(LAW, Decimal("0.03"), date(2026, 3, 2))
        assert list(rate_findings(line, Decimal("0.12"), Decimal("0.12"))) == []
        # 8.50 % x 1.5 = 12.75 %
        found = list(rate_findings(line, Decimal("0.085"), Decimal("0.1275")))
        assert [(each.code, each.facts["line"]) for each in found] == [("penalty_rate_over_line", "12.00 %")]

    def test_a_price_is_its_reference_and_margin(self) -> None:
        # 3.00 % + 250 bp = 5.50 %
        assert reference_price(Decimal("0.03"), Decimal(250)) == Decimal("0.055")

    def test_interest_in_front_is_shown_as_a_court_may_restate_it(self) -> None:
        # 900,000.00 - 3,437.50 = 896,562.50; x 5.5 % x 25 / 360 = 3,424.37   (R4, Civil Code art. 670)
        principal, prepaid = Money.of("900000.00", "CNY"), Money.of("3437.50", "CNY")
        restated = restated_as_loan(principal, prepaid, Terms(annual_rate=Decimal("0.055")), 25)
        found = front_ended_finding(principal, prepaid, restated)
        assert found is not None
        assert (found.facts["restated"], found.facts["interest"]) == ("896,562.50 CNY", "3,424.37 CNY")
        assert front_ended_finding(principal, Money.zero("CNY"), restated) is None


@pytest.mark.parametrize(
    ("on", "rate"),
    [("2023-08-21", "0.0345"), ("2024-07-22", "0.0335"), ("2024-10-21", "0.031"), ("2025-05-20", "0.03")],
)
def test_the_packaged_one_year_lpr_is_the_published_one(on: str, rate: str) -> None:
    rows = {row["effective_on"]: row for row in packaged_rows("reference_rates.csv") if row["name"] == "lpr_1y"}
    assert (rows[on]["rate"], bool(rows[on]["citation"])) == (rate, True)
