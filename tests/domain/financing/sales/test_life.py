"""An advance out of sales from proposal to the last share: limits, cash, income and state move together (R15)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.banking.states import Verdict
from domain.financing.errors import AvailabilityExceeded, LenderWithoutLicence
from domain.financing.facilities import find_facility
from domain.financing.lenders import NewProfile, keep_profile
from domain.financing.sales.ageing import mark_behind
from domain.financing.sales.check import check_sales_advances
from domain.financing.sales.errors import (
    BadSalesTerms,
    FinalDayTooEarly,
    MerchantHasAdvance,
    NotAMerchant,
    TermBeyondFacility,
)
from domain.financing.sales.outcomes import book_sales_collections
from domain.financing.sales.proposals import digest_of
from domain.financing.sales.service import approve_sales_advance, withdraw_sales_advance
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SalesAdvance
from domain.financing.states import Licence
from domain.ledger.chart import AccountKind
from domain.values.row_errors import RowError
from tests.domain.financing.conftest import CHECKER, MAKER, cny
from tests.domain.financing.sales.conftest import COLLECTION, DAY, DISBURSEMENT, TERMS, Till

ASSET, INCOME, WALLET = AccountKind.SALES_ADVANCE, AccountKind.SALES_ADVANCE_INCOME, AccountKind.WALLET
S = SalesAdvanceState


def used(till: Till) -> int:
    till.session.expire_all()
    return find_facility(till.session, till.facility.id).used_minor


class TestAgreeing:
    def test_keeps_what_the_merchant_was_shown(self, till: Till) -> None:
        row = till.proposed()
        # 100,000.00 × 18 % / 360 = 50.00 a day; 10,000 / 50 = 200; 1,000 / 9,000 × 365 / 200 = 20.28 %   (R15, R14)
        assert (row.daily_minor, row.payments) == (50_00, 200)
        assert round(row.daily_rate * 100, 6) == Decimal("0.106781")
        assert round(row.quoted_simple, 4) == Decimal("0.2028")
        # A licensed lender is told, not stopped: 0.106781 % × 365 = 38.98 % a year against 4 × 3.00 %.
        assert [finding["code"] for finding in row.findings] == ["rate_over_line"]

    def test_takes_two_people_and_the_digest_of_what_was_seen(self, till: Till) -> None:
        row, clock = till.proposed(), till.world.clock
        with pytest.raises(SamePerson):
            approve_sales_advance(till.session, row.id, digest=digest_of(row), actor=MAKER, clock=clock)
        with pytest.raises(DigestChanged):
            approve_sales_advance(till.session, row.id, digest="0" * 64, actor=CHECKER, clock=clock)

    def test_counts_under_line_and_limits_once_it_is_approved(self, till: Till) -> None:
        row = till.proposed()
        assert used(till) == 0
        approve_sales_advance(till.session, row.id, digest=digest_of(row), actor=CHECKER, clock=till.world.clock)
        assert used(till) == 9_000_00
        till.holds()

    def test_gives_everything_back_when_it_is_withdrawn(self, till: Till) -> None:
        row = till.row(till.approved())
        withdraw_sales_advance(till.session, row.id, reason="no need", actor=MAKER, clock=till.world.clock)
        assert (row.state, used(till)) == (S.LAPSED, 0)
        till.holds()

    def test_ends_where_the_line_does(self, till: Till) -> None:
        # 20,000.00 is the line: 20,001.00 for a fee of nothing passes it at the approval, which names what binds.
        terms = replace(TERMS, volume=cny("1000000.00"), net=cny("20001.00"), fee=cny("0.00"))
        row = till.proposed(terms=terms)
        with pytest.raises(AvailabilityExceeded, match="facility"):
            approve_sales_advance(till.session, row.id, digest=digest_of(row), actor=CHECKER, clock=till.world.clock)

    def test_that_came_too_late_for_its_final_day_is_not_approved(self, till: Till) -> None:
        row = till.proposed(final_on=date(2026, 9, 18))
        clock = till.world.on(date(2026, 3, 3)).clock
        with pytest.raises(FinalDayTooEarly):
            approve_sales_advance(till.session, row.id, digest=digest_of(row), actor=CHECKER, clock=clock)

    def test_is_not_for_lenders_without_a_licence(self, till: Till) -> None:
        nobody = NewProfile(till.world.parties["lender"], Licence.NONE)
        keep_profile(till.session, nobody, actor=CHECKER, clock=till.world.clock)
        with pytest.raises(LenderWithoutLicence):
            till.proposed()

    def test_one_till_repays_one_advance(self, till: Till) -> None:
        till.funded()
        with pytest.raises(MerchantHasAdvance):
            till.proposed()

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            # Money is expected back in 200 days: until 18 September 2026.
            ({"final_on": date(2026, 9, 17)}, FinalDayTooEarly),
            ({"final_on": date(2027, 3, 3)}, TermBeyondFacility),
            ({"terms": replace(TERMS, share=Decimal("1.1"))}, BadSalesTerms),
            ({"terms": replace(TERMS, net=TERMS.fee, fee=TERMS.net)}, BadSalesTerms),
        ],
    )
    def test_refuses_terms_that_nobody_means(
        self, till: Till, changed: dict[str, object], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            till.proposed(**changed)

    def test_is_for_who_sells(self, till: Till) -> None:
        with pytest.raises(NotAMerchant):
            till.proposed(merchant_id=till.world.parties["debtor"])


class TestThePayout:
    def test_makes_it_funded_by_the_banks_word_alone(self, till: Till) -> None:
        row = till.row(till.funded())
        assert (row.state, row.funded_on) == (S.FUNDED, DAY)
        assert till.balance(ASSET) == cny("9000.00")

    def test_refused_frees_the_line(self, till: Till) -> None:
        advance = till.approved()
        till.bank(DISBURSEMENT, advance, "9000.00", Verdict.REJECTED)
        assert (till.row(advance).state, used(till)) == (S.FUNDING_FAILED, 0)

    def test_come_back_never_was(self, till: Till) -> None:
        advance = till.approved()
        paid = till.bank(DISBURSEMENT, advance, "9000.00")
        till.night()
        assert till.balance(INCOME) == cny("9.61")
        till.bank(DISBURSEMENT, advance, "9000.00", Verdict.RETURNED, instruction=paid.instruction_id)
        assert (till.row(advance).state, used(till)) == (S.FUNDING_FAILED, 0)
        assert (till.balance(ASSET), till.balance(INCOME)) == (cny("0.00"), cny("0.00"))


class TestADay:
    def test_earns_by_the_effective_rate_and_repays_the_share(self, till: Till) -> None:
        advance = till.funded()
        # 277.78 × 18 % = 50.00; 9,000 × 0.106781 % = 9.61, so 8,959.61 is left; then 9.57 and 8,919.18   (R15)
        for left, earned in (("8959.61", "9.61"), ("8919.18", "19.18")):
            till.sold("277.78")
            assert till.stand(advance).behind == cny("50.00")
            till.night()
            till.bank(COLLECTION, advance, "50.00")
            assert (till.balance(ASSET), till.balance(INCOME)) == (cny(left), cny(earned))
        till.replays(advance)

    def test_owes_nothing_where_nothing_was_sold(self, till: Till) -> None:
        advance = till.funded()
        till.night()
        assert till.stand(advance).due == cny("0.00")
        assert till.balance(INCOME) == cny("9.61")

    def test_adds_up_its_lines_and_takes_refunds_off(self, till: Till) -> None:
        advance = till.funded()
        # (400.00 + 77.78 − 200.00) × 18 % = 50.00
        till.sold("400.00", "77.78", "-200.00")
        assert [day.share for day in till.stand(advance).days] == [cny("50.00")]

    def test_is_never_asked_for_more_than_is_owed(self, till: Till) -> None:
        advance = till.funded()
        # 18 % of 100,000.00 are 18,000.00; 10,000.00 are owed.
        till.sold("100000.00")
        assert till.stand(advance).due == cny("10000.00")
        till.bank(COLLECTION, advance, "10000.00")
        row = till.row(advance)
        assert (row.state, row.income_minor, used(till)) == (S.REPAID, 1_000_00, 0)
        assert (till.balance(ASSET), till.balance(INCOME)) == (cny("0.00"), cny("1000.00"))

    def test_before_the_payout_repays_nothing(self, till: Till) -> None:
        till.sold("1000.00", on=DAY - timedelta(days=1))
        assert till.stand(till.funded()).days == []


class TestReporting:
    def test_takes_a_line_once(self, till: Till) -> None:
        assert till.sold("277.78").taken == 1
        again = till.sold("277.78")
        assert (again.taken, again.known, again.refused) == (0, 1, [])

    def test_names_what_differs_and_what_has_not_happened(self, till: Till) -> None:
        till.sold("277.78")
        (differing,) = till.sold("277.79").refused
        (ahead,) = till.sold("1.00", on=DAY + timedelta(days=1)).refused
        (nothing,) = till.sold("0.00", reference="Y").refused
        found: list[RowError] = [differing, ahead, nothing]
        assert [error.code for error in found] == ["differs_from_before", "in_future", "zero"]


class TestWhatComesBack:
    def test_is_owed_again_and_asked_for_under_its_own_obligation(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        till.night()
        first = till.bank(COLLECTION, advance, "50.00")
        assert till.row(advance).collection_round == 2
        till.night()
        back = {"instruction": first.instruction_id, "obligation": first.obligation_key}
        till.bank(COLLECTION, advance, "50.00", Verdict.RETURNED, **back)  # type: ignore[arg-type]
        row = till.row(advance)
        assert (row.collection_round, row.collected_minor, row.failure_reason) == (1, 0, "AM04")
        assert till.stand(advance).behind == cny("50.00")
        till.replays(advance)

    def test_reopens_what_was_repaid(self, till: Till) -> None:
        advance = till.funded()
        till.sold("100000.00")
        paid = till.bank(COLLECTION, advance, "10000.00")
        back = {"instruction": paid.instruction_id, "obligation": paid.obligation_key}
        till.bank(COLLECTION, advance, "10000.00", Verdict.RETURNED, **back)  # type: ignore[arg-type]
        assert (till.row(advance).state, used(till)) == (S.FUNDED, 9_000_00)

    def test_a_refused_debit_leaves_its_reason(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        till.bank(COLLECTION, advance, "50.00", Verdict.REJECTED)
        row = till.row(advance)
        assert (row.failure_reason, row.collection_round, row.collected_minor) == ("AM04", 1, 0)

    def test_the_same_word_counts_once(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        word = till.bank(COLLECTION, advance, "50.00")
        book_sales_collections(till.session, [word], clock=till.world.clock)
        row = till.row(advance)
        assert (row.collected_minor, row.collection_round) == (50_00, 2)
        till.holds()


class TestTheSafeguard:
    def test_makes_everything_due_on_the_final_day(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        assert till.stand(advance, date(2026, 12, 30)).due == cny("50.00")
        assert till.stand(advance, date(2026, 12, 31)).due == cny("10000.00")

    def test_marks_who_is_behind_beyond_the_grace_and_who_caught_up(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        # Five days of grace after 2 March: on 6 March not yet, on 7 March it is.
        for on, behind in ((date(2026, 3, 6), 0), (date(2026, 3, 7), 1), (date(2026, 3, 8), 0)):
            assert mark_behind(till.session, on, clock=till.world.clock) == behind
        assert till.row(advance).state is S.OVERDUE
        till.bank(COLLECTION, advance, "50.00")
        mark_behind(till.session, date(2026, 3, 8), clock=till.world.clock)
        assert till.row(advance).state is S.FUNDED

    def test_after_the_final_day_the_whole_is_overdue(self, till: Till) -> None:
        advance = till.funded()
        assert mark_behind(till.session, date(2027, 1, 4), clock=till.world.clock) == 0
        assert mark_behind(till.session, date(2027, 1, 5), clock=till.world.clock) == 1
        assert till.row(advance).state is S.OVERDUE


def test_the_check_finds_what_drifted(till: Till) -> None:
    advance = till.funded()
    row: SalesAdvance = till.row(advance)
    row.collected_minor = row.repaid_minor = 1
    till.session.flush()
    whats = {difference.what for difference in check_sales_advances(till.session)}
    assert whats == {
        "control account",
        "collected by the events of the advance out of sales",
        "cash that merchants paid and that stands",
    }
    till.session.rollback()
