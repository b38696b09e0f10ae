"""A merchant pays by its own transfer: early, back-dated, too much, and taken back again (R7, R9, R15)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.access.errors import SamePerson
from domain.banking.states import EntryState, Verdict
from domain.banking.tables import StatementEntry
from domain.financing.errors import (
    BeforeFunding,
    EntryDoesNotFit,
    RateOutOfRange,
    RepaymentKnown,
    RepaymentUnproved,
    ValueDateAhead,
)
from domain.financing.receipts import Receipt
from domain.financing.sales.payoffs import effect_of, quote_payoff
from domain.financing.sales.receipts import book_sales_receipts
from domain.financing.sales.repayments import (
    match_entry,
    review_repayment,
    settle_repayment,
    withdraw_repayment,
)
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.states import RepaymentState
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.values.states import IllegalTransition
from tests.domain.financing.conftest import CHECKER, MAKER, cny, suspended_entry
from tests.domain.financing.sales.conftest import COLLECTION, DAY, TERMS, Till

ASSET, INCOME, WALLET = AccountKind.SALES_ADVANCE, AccountKind.SALES_ADVANCE_INCOME, AccountKind.WALLET
S = SalesAdvanceState
HALF = replace(TERMS, early_rebate=Decimal("0.5"))


def suspense(till: Till) -> str:
    return str(balance(till.session, AccountRef(AccountKind.SUSPENSE, "CNY")).posted.amount)


class TestThePayoff:
    def test_is_everything_that_is_owed_where_the_fee_is_fixed(self, till: Till) -> None:
        advance = till.funded()
        till.night()
        # 9,000.00 + 1,000.00: R15 knows no rebate
        found = quote_payoff(till.session, till.row(advance), till.world.today)
        assert (found.amount, found.rebate, found.unearned) == (cny("10000.00"), cny("0.00"), cny("990.39"))

    def test_gives_back_the_agreed_part_of_the_unearned_fee(self, till: Till) -> None:
        advance = till.funded(terms=HALF)
        till.night()
        # (1,000.00 − 9.61) × 50 % = 495.20; 10,000.00 − 495.20 = 9,504.80   (R9, R15)
        found = quote_payoff(till.session, till.row(advance), till.world.today)
        assert (found.rebate, found.amount) == (cny("495.20"), cny("9504.80"))
        till.pay(advance, "9504.80")
        row = till.row(advance)
        assert (row.state, row.income_minor, row.rebated_minor) == (S.REPAID, 504_80, 495_20)
        assert (till.balance(ASSET), till.balance(INCOME)) == (cny("0.00"), cny("504.80"))
        till.replays(advance)

    def test_is_not_asked_before_the_money_was_out(self, till: Till) -> None:
        with pytest.raises(BeforeFunding):
            quote_payoff(till.session, till.row(till.approved()), DAY)

    def test_is_agreed_in_fractions(self, till: Till) -> None:
        with pytest.raises(RateOutOfRange):
            till.proposed(terms=replace(TERMS, early_rebate=Decimal("1.01")))

    def test_terms_are_a_part_of_what_the_checker_approves(self, till: Till) -> None:
        assert till.row(till.funded(terms=HALF)).early_rebate == Decimal("0.5")


class TestATransfer:
    def test_books_nothing_until_a_second_person_settles_it(self, till: Till) -> None:
        advance = till.funded()
        entered = till.entered(advance, "400.00")
        assert (entered.state, till.row(advance).repaid_minor) == (RepaymentState.ALLOCATED, 0)
        with pytest.raises(SamePerson):
            settle_repayment(till.session, entered.id, actor=MAKER, clock=till.world.clock)
        settle_repayment(till.session, entered.id, actor=CHECKER, clock=till.world.clock)
        assert (till.row(advance).repaid_minor, suspense(till)) == (400_00, "-400.00")

    def test_shows_what_it_does_before_and_after_it_is_booked(self, till: Till) -> None:
        advance = till.funded(terms=HALF)
        till.night()
        entered = till.entered(advance, "9600.00")
        for _ in range(2):
            effect = effect_of(till.session, till.row(advance), entered)
            # 9,600.00 − 9,504.80 = 95.20 is the merchant's
            assert (effect.after.rebated, effect.after.overpaid) == (cny("495.20"), cny("95.20"))
            assert effect.payoff_after == cny("0.00")
            if entered.state is RepaymentState.ALLOCATED:
                settle_repayment(till.session, entered.id, actor=CHECKER, clock=till.world.clock)
        assert till.balance(WALLET, "shop") == cny("95.20")

    def test_lowers_what_the_next_share_of_sales_is_asked_for(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        till.pay(advance, "30.00")
        # 277.78 × 18 % = 50.00, less 30.00
        assert till.stand(advance).behind == cny("20.00")

    def test_counts_a_reference_once(self, till: Till) -> None:
        advance = till.funded()
        till.entered(advance, "1.00", reference="R-1")
        with pytest.raises(RepaymentKnown):
            till.entered(advance, "1.00", reference="R-1")

    def test_of_five_times_the_payoff_waits_for_a_review(self, till: Till) -> None:
        advance = till.funded()
        # 5 × 10,000.00 is meant, a cent more is looked at
        assert till.entered(advance, "50000.00").state is RepaymentState.ALLOCATED
        large = till.entered(advance, "50000.01")
        states = [large.state]
        review_repayment(till.session, large.id, actor=CHECKER, clock=till.world.clock)
        assert [*states, large.state] == [RepaymentState.SUSPENSE, RepaymentState.ALLOCATED]

    def test_is_withdrawn_by_one_person_before_and_not_after(self, till: Till) -> None:
        advance = till.funded()
        kept = till.entered(advance, "1.00")
        withdraw_repayment(till.session, kept.id, reason="typed twice", actor=MAKER, clock=till.world.clock)
        assert kept.state is RepaymentState.WITHDRAWN
        booked = till.pay(advance, "2.00")
        with pytest.raises(IllegalTransition):
            withdraw_repayment(till.session, booked.id, reason="x", actor=MAKER, clock=till.world.clock)

    def test_refuses_what_has_not_happened(self, till: Till) -> None:
        advance = till.funded()
        with pytest.raises(ValueDateAhead):
            till.entered(advance, "1.00", DAY + timedelta(days=1))
        with pytest.raises(BeforeFunding):
            till.entered(advance, "1.00", DAY - timedelta(days=1))

    def test_for_an_earlier_day_is_replayed_in_date_order(self, till: Till) -> None:
        advance = till.funded()
        for _ in range(10):
            till.night()
        # 9,000 × 1.0010678^10 − 9,000 = 96.57; paid whole on the first day, all of the fee is earned then   (R15)
        assert till.balance(INCOME) == cny("96.57")
        till.pay(advance, "5000.00", DAY + timedelta(days=1))
        # 4,009.61 × 1.0010678^9 = 4,048.31; 4,048.31 + 5,000 − 9,000 = 48.31
        assert till.balance(INCOME) == cny("48.31")
        till.replays(advance)

    def test_taken_back_leaves_everything_as_it_was_also_after_full_repayment(self, till: Till) -> None:
        advance = till.funded(terms=HALF)
        till.night()
        till.sold("277.78")
        till.bank(COLLECTION, advance, "50.00")
        before = till.row(advance).figures
        paid = till.pay(advance, "9500.00")
        assert till.row(advance).state is S.REPAID
        till.undo(paid)
        row = till.row(advance)
        assert (row.state, row.figures, suspense(till)) == (S.FUNDED, before, "0.00")
        till.replays(advance)

    def test_after_a_debit_that_came_back_settles_no_more(self, till: Till) -> None:
        advance = till.funded(terms=HALF)
        till.sold("277.78")
        till.night()
        debit = till.bank(COLLECTION, advance, "50.00")
        # (1,000.00 − 9.61) × 50 % = 495.20; 9,950.00 − 495.20 = 9,454.80
        till.pay(advance, "9454.80")
        assert till.row(advance).state is S.REPAID
        back = {"instruction": debit.instruction_id, "obligation": debit.obligation_key}
        till.bank(COLLECTION, advance, "50.00", Verdict.RETURNED, **back)  # type: ignore[arg-type]
        row = till.row(advance)
        # Without the 50.00 it did not reach the payoff: 10,000.00 − 9,454.80 are open, and nothing is given back.
        assert (row.state, row.rebated_minor, row.figures.open) == (S.FUNDED, 0, cny("545.20"))
        till.replays(advance)


class TestOfAStatementEntry:
    def test_closes_it_and_leaves_nothing_in_suspense(self, till: Till) -> None:
        advance = till.funded()
        number = suspended_entry(till.world, "400.00")
        with pytest.raises(EntryDoesNotFit):
            till.entered(advance, "399.99", entry_number=number)
        till.pay(advance, "400.00", entry_number=number)
        found = till.session.get_one(StatementEntry, (till.session.tenant_id, number), populate_existing=True)
        assert (found.state, suspense(till)) == (EntryState.RESOLVED, "0.00")

    def test_that_comes_after_the_payment_was_entered_counts_once(self, till: Till) -> None:
        advance = till.funded()
        known = till.pay(advance, "400.00")
        receipt = Receipt("entry:9", till.world.accounts["lender"], cny("400.00"), DAY, "SA-1")
        assert book_sales_receipts(till.session, [receipt], actor=MAKER, clock=till.world.clock) == {}
        number = suspended_entry(till.world, "400.00")
        with pytest.raises(RepaymentUnproved):
            till.entered(advance, "400.00", entry_number=number)
        match_entry(till.session, known.id, number, clock=till.world.clock)
        assert (till.row(advance).repaid_minor, suspense(till)) == (400_00, "0.00")
        with pytest.raises(EntryDoesNotFit):
            match_entry(till.session, known.id, number, clock=till.world.clock)

    def test_that_names_the_contract_is_booked_by_itself(self, till: Till) -> None:
        advance = till.funded()
        account, today = till.world.accounts["lender"], till.world.today
        receipts = [
            Receipt("entry:1", account, cny("400.00"), today, "repayment SA-1, thank you"),
            Receipt("entry:2", account, cny("400.00"), today, "repayment SA-2"),
            Receipt("entry:3", account, cny("60000.00"), today, "SA-1"),  # over five times what is owed
            Receipt("entry:4", account, cny("1.00"), date(2026, 3, 1), "SA-1"),  # before the payout
            Receipt("entry:5", till.world.accounts["second lender"], cny("1.00"), today, "SA-1"),
        ]
        for _ in range(2):
            booked = book_sales_receipts(till.session, receipts, actor=MAKER, clock=till.world.clock)
            assert booked == {"entry:1": advance}
        assert till.row(advance).repaid_minor == 400_00
        till.replays(advance)
