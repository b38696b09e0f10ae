"""The rules of eligibility, one by one, on both sides of every limit and date."""

from dataclasses import replace
from datetime import date

import pytest

from domain.law.rows import packaged_limits
from domain.receivables.eligibility import RULES, EligibilityPolicy, Facts, eligibility
from domain.receivables.states import ReceivableState, Verdict
from domain.values.money import Money

TODAY = date(2026, 3, 2)
POLICY = EligibilityPolicy()
LAW = packaged_limits()


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


GOOD = Facts(
    state=ReceivableState.CONFIRMED,
    unpaid=cny("1000.00"),
    contra=cny("0.00"),
    issued_on=date(2026, 1, 5),
    due_on=date(2026, 3, 27),
    delivered_on=None,
    affiliate=False,
    red_lettered=False,
    not_assignable=False,
    is_certificate=False,
    seller_is_small=False,
    debtor_is_small=False,
)


def said(rule: str, facts: Facts, policy: EligibilityPolicy = POLICY, on: date = TODAY) -> Verdict:
    (result,) = [result for result in eligibility(facts, policy, on, LAW).results if result.rule == rule]
    return result.verdict


class TestEligibility:
    def test_of_a_good_invoice_is_its_unpaid_amount(self) -> None:
        found = eligibility(GOOD, POLICY, TODAY, LAW)
        assert (found.verdict, found.eligible) == (Verdict.PASS, cny("1000.00"))
        assert len(found.results) == len(RULES) == 11

    def test_is_nothing_where_a_rule_fails(self) -> None:
        found = eligibility(replace(GOOD, affiliate=True, not_assignable=True), POLICY, TODAY, LAW)
        assert (found.verdict, found.eligible) == (Verdict.FAIL, cny("0.00"))
        assert [result.rule for result in found.failed] == ["no_affiliate"]

    def test_names_the_source_of_every_rule(self) -> None:
        assert all(result.source for result in eligibility(GOOD, POLICY, TODAY, LAW).results)


class TestRules:
    @pytest.mark.parametrize(
        ("state", "verdict"),
        [
            (ReceivableState.CONFIRMED, Verdict.PASS),
            (ReceivableState.PART_CONFIRMED, Verdict.PASS),
            (ReceivableState.LISTED, Verdict.PASS),
            (ReceivableState.VERIFIED, Verdict.FAIL),
            (ReceivableState.DISPUTED, Verdict.FAIL),
            (ReceivableState.DEFAULTED, Verdict.FAIL),
        ],
    )
    def test_asks_for_a_confirmed_and_undisputed_one(self, state: ReceivableState, verdict: Verdict) -> None:
        assert said("confirmed_and_undisputed", replace(GOOD, state=state)) is verdict

    def test_leaves_out_what_is_paid(self) -> None:
        assert said("confirmed_and_undisputed", replace(GOOD, unpaid=cny("0.00"))) is Verdict.FAIL

    def test_takes_ninety_days_late_and_not_ninety_one(self) -> None:
        # 1 Dec 2025 + 91 days = 2 Mar 2026
        assert said("not_over_age", replace(GOOD, due_on=date(2025, 12, 2))) is Verdict.PASS
        assert said("not_over_age", replace(GOOD, due_on=date(2025, 12, 1))) is Verdict.FAIL

    def test_takes_a_tenor_of_the_limit_and_not_a_day_more(self) -> None:
        policy = EligibilityPolicy(max_tenor_days=25)
        assert said("within_tenor", GOOD, policy) is Verdict.PASS  # 2 Mar to 27 Mar: 25 days
        assert said("within_tenor", replace(GOOD, due_on=date(2026, 3, 28)), policy) is Verdict.FAIL

    def test_takes_contra_out_and_fails_where_nothing_remains(self) -> None:
        part = eligibility(replace(GOOD, contra=cny("400.00")), POLICY, TODAY, LAW)
        # 1,000.00 − 400.00 that the debtor could set off
        assert (part.verdict, part.eligible) == (Verdict.WARN, cny("600.00"))
        assert said("less_contra", replace(GOOD, contra=cny("1000.00"))) is Verdict.FAIL

    def test_fails_a_red_lettered_one(self) -> None:
        assert said("not_red_lettered", replace(GOOD, red_lettered=True)) is Verdict.FAIL

    def test_warns_where_the_debtor_does_not_know_who_holds_the_claim(self) -> None:
        untold = replace(GOOD, told_of_holder=False)
        assert said("debtor_told_of_holder", untold) is Verdict.WARN
        assert said("debtor_told_of_holder", untold, on=date(2020, 12, 31)) is Verdict.PASS  # Civil Code art. 546
        assert said("debtor_told_of_holder", GOOD) is Verdict.PASS

    def test_warns_of_an_anti_assignment_clause_and_blocks_nothing(self) -> None:
        found = eligibility(replace(GOOD, not_assignable=True), POLICY, TODAY, LAW)
        assert (found.verdict, found.eligible) == (Verdict.WARN, cny("1000.00"))
        (result,) = [result for result in found.results if result.rule == "assignable"]
        assert result.source.startswith("Civil Code art. 545")

    def test_takes_the_currencies_of_its_policy(self) -> None:
        policy = EligibilityPolicy(currencies=frozenset({"EUR"}))
        assert said("currency_taken", GOOD, policy) is Verdict.FAIL
        assert said("currency_taken", GOOD) is Verdict.PASS


class TestSmallSellers:
    """A large buyer pays a small seller within 60 days of delivery, from 1 June 2025."""

    RULE = "paid_in_time_to_a_small_seller"
    SMALL = replace(GOOD, seller_is_small=True, delivered_on=date(2026, 1, 5))

    def test_may_wait_sixty_days_and_not_sixty_one(self) -> None:
        # 5 Jan + 60 days = 6 Mar 2026
        assert said(self.RULE, replace(self.SMALL, due_on=date(2026, 3, 6))) is Verdict.PASS
        assert said(self.RULE, replace(self.SMALL, due_on=date(2026, 3, 7))) is Verdict.WARN

    def test_are_counted_from_the_invoice_where_delivery_is_unknown(self) -> None:
        assert said(self.RULE, replace(self.SMALL, delivered_on=None, due_on=date(2026, 3, 7))) is Verdict.WARN

    def test_are_not_protected_from_small_buyers(self) -> None:
        assert said(self.RULE, replace(self.SMALL, debtor_is_small=True, due_on=date(2026, 5, 1))) is Verdict.PASS

    def test_were_not_protected_before_the_first_of_june_2025(self) -> None:
        late = date(2025, 12, 1)
        before = replace(self.SMALL, delivered_on=date(2025, 5, 31), due_on=late)
        assert said(self.RULE, before) is Verdict.PASS
        assert said(self.RULE, replace(before, delivered_on=date(2025, 6, 1))) is Verdict.WARN


class TestCertificates:
    """Six months in principle, never more than a year, for certificates issued from 15 June 2025."""

    RULE = "within_certificate_term"

    def certificate(self, issued_on: date, due_on: date) -> Verdict:
        return said(self.RULE, replace(GOOD, is_certificate=True, issued_on=issued_on, due_on=due_on))

    def test_pass_up_to_six_months_and_warn_beyond(self) -> None:
        assert self.certificate(date(2026, 1, 5), date(2026, 7, 5)) is Verdict.PASS
        assert self.certificate(date(2026, 1, 5), date(2026, 7, 6)) is Verdict.WARN

    def test_fail_beyond_a_year(self) -> None:
        assert self.certificate(date(2026, 1, 5), date(2027, 1, 5)) is Verdict.WARN
        assert self.certificate(date(2026, 1, 5), date(2027, 1, 6)) is Verdict.FAIL

    def test_count_to_the_last_day_of_a_shorter_month(self) -> None:
        # six months from 31 Aug 2025 end on 28 Feb 2026
        assert self.certificate(date(2025, 8, 31), date(2026, 2, 28)) is Verdict.PASS
        assert self.certificate(date(2025, 8, 31), date(2026, 3, 1)) is Verdict.WARN

    def test_were_free_before_the_fifteenth_of_june_2025(self) -> None:
        assert self.certificate(date(2025, 6, 14), date(2027, 6, 14)) is Verdict.PASS
        assert self.certificate(date(2025, 6, 15), date(2027, 6, 15)) is Verdict.FAIL

    def test_do_not_bind_invoices_on_open_account(self) -> None:
        assert said(self.RULE, replace(GOOD, due_on=date(2028, 1, 5))) is Verdict.PASS
