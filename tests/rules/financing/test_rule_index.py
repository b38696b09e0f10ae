"""Every rule of financing and the tests that hold it: each exists, names its rule, and has the worked numbers in it.

A rule whose number is asked for nowhere, or whose test was renamed or lost its arithmetic, fails here.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
LAST_RULE = 28

_RULES, _REPLAY = "rules/financing/test_rules.py", "rules/financing/test_replay.py"
_QUOTES, _LIMITS = "rules/financing/test_quotes.py", "rules/financing/test_exposure_rules.py"
_LIFE, _RECOURSE = "domain/financing/test_life_of_an_advance.py", "domain/financing/test_recourse.py"
_REPAYMENTS, _DISCOUNT = "domain/financing/test_repayments.py", "rules/financing/payables/test_rules.py"
_AGENTS, _AGENT_LIMITS = "rules/agents/test_agent_rules.py", "domain/financing/agents/test_limits.py"
_SALES, _LATE = "rules/financing/sales/test_rules.py", "rules/receivables/test_late_interest.py"
_SPLITTING = "rules/financing/test_splitting.py"
_DEPOSITS, _CONFORMANCE = "domain/financing/agents/test_deposits.py", "rules/financing/test_conformance.py"

# The rule: its worked numbers, and where they are worked.
INDEX: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    1: (
        ("900000.00", "810000.00"),
        (
            f"{_LIMITS}::TestAvailability::test_is_bound_by_the_rate_where_no_limit_is_narrower",
            f"{_LIMITS}::TestAvailability::test_leaves_contra_out_and_names_it",
            "domain/financing/test_limits.py::TestAgents::test_are_lent_on_no_more_than_they_may_still_owe",
        ),
    ),
    2: (("3437.50", "3390.41"), ("values/test_days.py::TestInterest::test_counts_the_first_day_and_not_the_last",)),
    3: (
        ("898000.00",),
        (f"{_RULES}::TestCashOut::test_is_the_advance_less_the_fee_when_interest_is_paid_at_the_end",),
    ),
    4: (
        ("894562.50", "896562.50", "3424.37"),
        (
            f"{_RULES}::TestCashOut::test_is_less_by_the_interest_when_that_is_paid_in_front",
            f"{_RULES}::TestCashOut::test_shows_what_a_court_makes_of_interest_paid_in_front",
        ),
    ),
    5: (("96562.50",), (f"{_RULES}::TestHoldback::test_returns_what_is_left_after_principal_and_interest",)),
    6: (
        ("2062.50", "94500.00", "2070.38"),
        (
            f"{_RULES}::TestHoldback::test_is_less_by_the_penalty_when_the_debtor_was_late",
            f"{_REPLAY}::TestPenaltyOnInterestToo::test_is_charged_on_what_of_both_is_unpaid",
        ),
    ),
    7: (
        ("300.00", "2062.50", "3437.50", "494200.00", "405800.00"),
        (
            f"{_RULES}::TestWaterfall::test_pays_costs_then_penalty_then_interest_then_principal",
            f"{_LIFE}::TestRepayment::test_in_part_follows_the_waterfall",
        ),
    ),
    8: (
        (),
        (
            "rules/financing/test_debts.py::TestAllocation::test_shares_pro_rata_among_equals_to_the_cent",
            f"{_REPAYMENTS}::TestSeveralDebts::test_are_paid_by_law_unless_the_payer_chooses",
        ),
    ),
    9: (
        ("2062.50", "1375.00", "4125.00", "4500.00"),
        (
            f"{_REPLAY}::TestSettlingEarly::test_pays_the_days_that_passed",
            f"{_REPLAY}::TestSettlingEarly::test_gives_back_what_was_paid_in_front_and_not_earned",
            f"{_REPLAY}::TestSettlingEarly::test_owes_the_least_interest_however_early",
            f"{_REPLAY}::TestSettlingEarly::test_is_charged_on_the_principal_it_repays",
        ),
    ),
    10: (("27000.00",), (f"{_RULES}::TestDilution::test_calls_what_was_lent_on_the_credit",)),
    11: (
        ("909625.00", "1000.00"),
        (
            f"{_REPLAY}::TestWhatTheSellerPays::test_under_recourse_is_no_payment_of_the_debtor",
            f"{_RECOURSE}::TestRecourse::test_asks_the_published_seller_for_a_thousand",
        ),
    ),
    12: (
        (),
        (
            f"{_RECOURSE}::TestWithoutRecourse::test_the_lender_keeps_the_surplus",
            f"{_QUOTES}::TestRefusals::test_of_keeping_the_surplus_with_recourse",
        ),
    ),
    13: (
        ("600000.00", "150000.00"),
        ("rules/receivables/test_priority.py::TestPriority::test_pays_whoever_registered_first",),
    ),
    14: (
        ("0.0884", "0.0921", "45.63"),
        (
            f"{_RULES}::TestAllInRate::test_shows_the_whole_cost_beside_the_headline_rate",
            f"{_CONFORMANCE}::test_the_all_in_rate_of_a_small_advance",
        ),
    ),
    15: (
        ("0.106781", "8959.61", "9.61", "8919.18", "9.57"),
        (
            f"{_SALES}::TestBaseCase::test_the_daily_rate_is_that_at_which_the_payments_are_worth_the_advance",
            f"{_SALES}::TestBaseCase::test_the_first_days_income_and_balance",
            "rules/financing/sales/test_replay.py::TestAsExpected::test_the_first_days_are_those_of_the_schedule",
            "api/test_sales_advances.py::TestTheQuote::test_shows_the_worked_numbers",
        ),
    ),
    16: (("1273.15", "1273.25"), ("domain/financing/test_accrual.py::TestCloseOfBusiness::test_never_drifts",)),
    17: (
        ("8516.67",),
        (
            f"{_SPLITTING}::test_the_childrens_interest_is_the_parents_where_seven_roundings_are_two_cents_more",
            "domain/financing/test_parts.py::TestPreview::test_the_parts_bear_together_what_the_whole_would",
        ),
    ),
    18: (
        ("701.37", "711.11", "0.365", "0.3724"),
        (
            f"{_DISCOUNT}::TestDynamicDiscount::test_is_the_yearly_rate_for_the_days_it_comes_early",
            f"{_DISCOUNT}::TestDynamicDiscount::test_two_ten_net_thirty_is_so_much_a_year",
        ),
    ),
    19: (
        ("78624.28", "8851.67", "8851.64"),
        (f"{_CONFORMANCE}::test_fees_follow_the_contracts_rounding_component_by_component",),
    ),
    20: (
        ("550000.00", "361250.00"),
        ("rules/receivables/test_borrowing.py::TestBorrowingBase::test_follows_the_worked_number",),
    ),
    21: (
        ("1300000.00",),
        (f"{_AGENTS}::TestCapacity::test_is_days_times_the_mean_of_the_three_highest_periods_times_two",),
    ),
    22: (("1600000.00",), (f"{_LIMITS}::TestConcentration::test_moves_with_what_is_lent",)),
    23: (("200000.00",), (f"{_RULES}::TestProvision::test_is_one_per_cent_of_closing_financing",)),
    24: (("275.00",), (f"{_RULES}::TestDueDates::test_bear_interest_over_the_roll_where_the_contract_says_so",)),
    25: ((), (f"{_AGENTS}::test_both_tests_passed_is_a_one_failed_is_b_both_failed_is_c",)),
    26: (
        ("1200000.00", "160000.00", "350000.00"),
        (
            f"{_AGENT_LIMITS}::TestTheWorkedNumbers::test_a_sale_beyond_the_limit_is_refused_with_its_numbers",
            f"{_AGENT_LIMITS}::TestTheWorkedNumbers::test_remitting_early_restores_capacity_at_once",
        ),
    ),
    27: (
        ("412000.00", "300000.00", "112000.00"),
        (
            f"{_AGENTS}::TestDefault::test_takes_the_deposit_and_claims_the_rest",
            f"{_DEPOSITS}::TestDefault::test_takes_the_deposit_claims_the_rest_and_stops_sales_until_it_is_topped_up",
        ),
    ),
    28: (
        ("5000.00", "833.33"),
        (
            f"{_LATE}::TestLateInterest::test_is_half_a_per_mille_a_day_where_nothing_was_agreed",
            f"{_LATE}::TestLateInterest::test_is_never_below_the_lpr_at_signing",
            "api/test_late_interest.py::TestTheFigure::test_is_half_a_per_mille_a_day_where_nothing_was_agreed",
            "api/test_late_interest.py::TestTheFigure::test_is_never_below_the_lpr_at_signing",
        ),
    ),
}


@cache
def named_tests(file: str) -> dict[str, str]:
    """The tests of a file by their node ids within it, with their source, decorators too."""
    source = (TESTS / file).read_text(encoding="utf-8")
    found: dict[str, str] = {}

    def collect(body: list[ast.stmt], inside: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                collect(node.body, f"{inside}{node.name}::")
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                found[inside + node.name] = "\n".join(source.splitlines()[first - 1 : node.end_lineno])

    collect(ast.parse(source).body, "")
    return found


def source_of(node_id: str) -> str:
    file, _, name = node_id.partition("::")
    assert name in named_tests(file), f"no such test: {node_id}"
    return named_tests(file)[name]


def test_holds_every_rule() -> None:
    assert list(INDEX) == list(range(1, LAST_RULE + 1))


@pytest.mark.parametrize("rule", INDEX)
def test_is_held_by_tests_that_name_it_and_work_its_numbers(rule: int) -> None:
    numbers, node_ids = INDEX[rule]
    sources = [source_of(node_id) for node_id in node_ids]
    nameless = [
        node_id for node_id, source in zip(node_ids, sources, strict=True) if not re.search(rf"\bR{rule}\b", source)
    ]
    assert not nameless
    # 1,000,000.00 and 1_000_000_00 are the same number to a reader.
    plain = re.sub(r"(?<=\d)[,_](?=\d)", "", "\n".join(sources))
    assert [number for number in numbers if number.removesuffix(".00") not in plain] == []
