"""After the last day (R6, R7, R23): penalty, one debit of the rest, a demand, a write-off by two, recovery."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.banking.states import Verdict
from domain.financing.accrual import accrue
from domain.financing.check import check_subledger
from domain.financing.errors import NotOverdue
from domain.financing.facilities import find_facility
from domain.financing.provision import close_provision, provision_of
from domain.financing.sales.arrears import (
    approve_write_off,
    demand_repayment,
    demands_of,
    propose_write_off,
    refuse_write_off,
)
from domain.financing.sales.check import check_sales_advances
from domain.financing.sales.errors import FinalDayAhead, SalesAlreadyDemanded
from domain.financing.sales.explanation import explain
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SalesWriteOff
from domain.financing.states import WriteOffState
from domain.ledger.chart import AccountKind
from domain.values.actor import Actor, ActorKind
from tests.domain.financing.conftest import CHECKER, cny
from tests.domain.financing.sales.conftest import COLLECTION, FINAL, TERMS, Till
from tests.domain.financing.sales.test_runs import mandate, shares

K = AccountKind
S = SalesAdvanceState
RISK = Actor(ActorKind.PERSON, "risk")
LATE_TERMS = replace(TERMS, penalty_rate=Decimal("0.18"))
GRACE = timedelta(days=5)
TEN_DAYS_LATE = FINAL + GRACE + timedelta(days=10)


@pytest.fixture
def late(till: Till) -> Till:
    """9,000.00 for a fee of 1,000.00, unpaid ten days after the last day and its grace."""
    till.funded(terms=LATE_TERMS)
    till.live_until(TEN_DAYS_LATE)
    return till


class TestThePenalty:
    def test_runs_on_the_unpaid_principal_once_the_grace_is_over(self, late: Till) -> None:
        # 9,000.00 × 18 % × 10 / 360 = 45.00, in the books of every closed night   (R6, R16)
        row = late.only
        assert row.state is S.OVERDUE
        assert (late.balance(K.PENALTY_RECEIVABLE), late.balance(K.PENALTY_INCOME)) == (cny("45.00"), cny("45.00"))
        late.replays(row.id)

    def test_is_a_part_of_what_a_night_says_it_accrued(self, late: Till) -> None:
        # 9,000.00 × 18 % / 360 = 4.50   (R6)
        assert accrue(late.session, TEN_DAYS_LATE, clock=late.world.clock).penalty == {"CNY": 4_50}

    def test_over_the_line_of_private_lending_is_shown_before_it_is_agreed(self, till: Till) -> None:
        # 18 % against 4 × 3.00 %
        codes = [finding["code"] for finding in till.proposed(terms=LATE_TERMS).findings]
        assert codes == ["rate_over_line", "penalty_rate_over_line"]

    def test_is_nothing_where_none_was_agreed(self, till: Till) -> None:
        advance = till.funded()
        till.live_until(TEN_DAYS_LATE)
        assert till.row(advance).state is S.OVERDUE
        assert till.balance(K.PENALTY_RECEIVABLE) == cny("0.00")

    def test_is_explained_with_what_rounding_left_over(self, late: Till) -> None:
        late.pay(late.only.id, "4045.00")
        # 45.00 for ten days, then (10,000.00 − 4,000.00) × 18 % / 360 = 3.00 a day   (R6, R16)
        late.pay(late.only.id, "0.01")
        on = late.world.today + timedelta(days=1)
        penalty = {each.figure: each for each in explain(late.stand(late.only.id, on))}["penalty"]
        # 5,999.99 × 18 % / 360 = 2.999995
        assert (penalty.amount, penalty.rules) == (cny("3.00"), ("R6", "R16"))
        assert (penalty.inputs["exact"], penalty.inputs["residue"]) == ("47.999995", "-0.000005")

    def test_is_met_first_by_a_payment_and_taken_back_by_one_for_an_earlier_day(self, late: Till) -> None:
        late.pay(late.only.id, "1000.00")
        # 45.00, then 955.00 of 10,000.00   (R7)
        row = late.only
        assert (row.penalty_paid_minor, row.repaid_minor) == (45_00, 955_00)
        late.pay(row.id, "9955.00", FINAL)
        row = late.only
        # On the last day 9,955.00 left 45.00 open: 45.00 × 18 % × 10 / 360 = 0.225, so 0.23; 1,000.00 − 45.23 is over.
        assert (row.state, row.penalty_paid_minor, row.repaid_minor) == (S.REPAID, 23, 10_000_00)
        assert late.balance(K.WALLET, "shop") == cny("954.77")
        late.replays(row.id)


class TestTheRest:
    def test_is_debited_whole_with_its_penalty(self, late: Till) -> None:
        mandate(late)
        # advance and fee, 10,000.00, and ten days of penalty, 45.00   (R15, R6)
        assert shares(late) == [(10_045_00, f"sales:{late.only.id}:1")]
        late.bank(COLLECTION, late.only.id, "10045.00")
        row = late.only
        assert (row.state, row.penalty_paid_minor, row.repaid_minor) == (S.REPAID, 45_00, 10_000_00)
        assert late.balance(K.SALES_ADVANCE) == cny("0.00")

    def test_is_not_debited_of_what_was_given_up(self, late: Till) -> None:
        mandate(late)
        written_off(late)
        assert shares(late) == []


class TestTheDemand:
    def test_is_of_everything_and_once_a_day(self, late: Till) -> None:
        demand = demand_repayment(late.session, late.only.id, reason="x", actor=CHECKER, clock=late.world.clock)
        assert (demand.amount_minor, demand.penalty_minor) == (10_045_00, 45_00)
        with pytest.raises(SalesAlreadyDemanded):
            demand_repayment(late.session, late.only.id, reason="x", actor=CHECKER, clock=late.world.clock)
        late.live_until(late.world.today + timedelta(days=1))
        demand_repayment(late.session, late.only.id, reason="x", actor=CHECKER, clock=late.world.clock)
        assert [each.amount_minor for each in demands_of(late.session, late.only.id)] == [10_045_00, 10_049_50]

    def test_waits_for_the_last_day(self, till: Till) -> None:
        advance = till.funded()
        with pytest.raises(NotOverdue):
            demand_repayment(till.session, advance, reason="x", actor=CHECKER, clock=till.world.clock)
        till.sold("277.78")
        till.live_until(date(2026, 3, 10))
        with pytest.raises(FinalDayAhead):
            demand_repayment(till.session, advance, reason="x", actor=CHECKER, clock=till.world.clock)


def proposed(till: Till) -> SalesWriteOff:
    return propose_write_off(till.session, till.only.id, reason="insolvent", actor=CHECKER, clock=till.world.clock)


def written_off(till: Till) -> None:
    """Given up today; what is paid from tomorrow on recovers it."""
    approve_write_off(till.session, proposed(till).id, actor=RISK, clock=till.world.clock)
    till.session.commit()
    till.live_until(till.world.today + timedelta(days=1))


class TestGivingUp:
    def test_is_a_loss_as_far_as_it_was_not_provided_for(self, late: Till) -> None:
        close_provision(late.session, late.world.today, clock=late.world.clock)
        # 1 % of 9,000.00   (R23)
        lender = late.world.parties["lender"]
        assert provision_of(late.session, lender, "CNY") == cny("90.00")
        written_off(late)
        row = late.only
        assert (row.state, row.written_off_minor, row.penalty_written_off_minor) == (S.WRITTEN_OFF, 10_000_00, 45_00)
        assert provision_of(late.session, lender, "CNY") == cny("0.00")
        # 90.00 as it was provided for, and 10,045.00 − 90.00
        assert late.balance(K.BAD_DEBT) == cny("10045.00")
        assert (late.balance(K.SALES_ADVANCE), late.balance(K.PENALTY_RECEIVABLE)) == (cny("0.00"), cny("0.00"))
        assert find_facility(late.session, late.facility.id).used_minor == 0
        late.replays(row.id)

    def test_bears_nothing_afterwards(self, late: Till) -> None:
        written_off(late)
        late.live_until(late.world.today + timedelta(days=30))
        assert late.balance(K.PENALTY_INCOME) == cny("45.00")
        late.replays(late.only.id)

    def test_takes_risk_and_another_person(self, late: Till) -> None:
        with pytest.raises(SamePerson):
            approve_write_off(late.session, proposed(late).id, actor=CHECKER, clock=late.world.clock)

    def test_is_off_when_something_was_paid_meanwhile(self, late: Till) -> None:
        waiting = proposed(late)
        late.pay(late.only.id, "1.00")
        with pytest.raises(DigestChanged):
            approve_write_off(late.session, waiting.id, actor=RISK, clock=late.world.clock)

    def test_may_be_refused(self, late: Till) -> None:
        refused = refuse_write_off(late.session, proposed(late).id, reason="wait", actor=RISK, clock=late.world.clock)
        assert (refused.state, late.only.state) == (WriteOffState.REFUSED, S.OVERDUE)

    def test_is_for_what_is_overdue_after_the_last_day(self, till: Till) -> None:
        till.funded()
        with pytest.raises(NotOverdue):
            proposed(till)


class TestRecovery:
    def test_comes_off_the_loss(self, late: Till) -> None:
        written_off(late)
        late.pay(late.only.id, "4000.00")
        row = late.only
        assert (row.state, row.recovered_minor, row.repaid_minor) == (S.WRITTEN_OFF, 4_000_00, 0)
        # 10,045.00 − 4,000.00   (R23)
        assert late.balance(K.BAD_DEBT) == cny("6045.00")
        late.replays(row.id)

    def test_beyond_the_loss_is_the_merchants(self, late: Till) -> None:
        written_off(late)
        late.pay(late.only.id, "10045.01")
        assert (late.balance(K.BAD_DEBT), late.balance(K.WALLET, "shop")) == (cny("0.00"), cny("0.01"))

    def test_a_payment_for_an_earlier_day_makes_the_loss_smaller_or_none(self, late: Till) -> None:
        written_off(late)
        part = late.pay(late.only.id, "4000.00", FINAL)
        # (10,000 − 4,000) × 18 % × 10 / 360 = 30.00   (R6)
        assert (late.only.written_off_minor, late.only.penalty_written_off_minor) == (6_000_00, 30_00)
        rest = late.pay(late.only.id, "6000.00", FINAL)
        assert (late.only.state, late.balance(K.BAD_DEBT)) == (S.REPAID, cny("0.00"))
        late.undo(rest)
        assert (late.only.state, late.balance(K.BAD_DEBT)) == (S.WRITTEN_OFF, cny("6030.00"))
        late.undo(part)
        assert late.balance(K.BAD_DEBT) == cny("10045.00")
        late.replays(late.only.id)

    def test_a_debit_that_comes_back_after_the_write_off_makes_it_larger(self, till: Till) -> None:
        advance = till.funded(terms=LATE_TERMS)
        till.sold("277.78")
        debit = till.bank(COLLECTION, advance, "50.00")
        till.live_until(TEN_DAYS_LATE)
        written_off(till)
        # (9,950.00, of which at most 9,000.00 bear penalty) + 45.00
        assert till.balance(K.BAD_DEBT) == cny("9995.00")
        back = {"instruction": debit.instruction_id, "obligation": debit.obligation_key}
        till.bank(COLLECTION, advance, "50.00", Verdict.RETURNED, **back)  # type: ignore[arg-type]
        assert till.balance(K.BAD_DEBT) == cny("10045.00")
        till.replays(advance)


def test_the_checks_find_a_loss_that_drifted(late: Till) -> None:
    written_off(late)
    late.pay(late.only.id, "4000.00")
    late.only.recovered_minor -= 1
    late.session.flush()
    whats = {difference.what for difference in (*check_sales_advances(late.session), *check_subledger(late.session))}
    assert whats == {"losses by the events of the advance out of sales", "control account"}
    late.session.rollback()


def test_the_checks_find_a_penalty_that_drifted(late: Till) -> None:
    late.pay(late.only.id, "1000.00")
    late.only.penalty_paid_minor -= 1
    late.session.flush()
    whats = {difference.what for difference in (*check_sales_advances(late.session), *check_subledger(late.session))}
    assert whats == {"penalty paid by the events of the advance out of sales", "control account"}
    late.session.rollback()
