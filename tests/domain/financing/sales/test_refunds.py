"""What a merchant paid too much goes back by two people and the bank's word (R7)."""

import pytest

from domain.access.errors import SamePerson
from domain.banking.states import Purpose, Verdict
from domain.financing.errors import NothingToRefund
from domain.financing.sales.check import check_sales_advances
from domain.financing.sales.refunds import approve_refund, propose_refund, refunds_of, refuse_refund
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SalesRefund
from domain.financing.states import RefundState
from domain.ledger.chart import AccountKind
from domain.runs.states import RunKind
from tests.domain.financing.conftest import CHECKER, MAKER, cny
from tests.domain.financing.sales.conftest import Till
from tests.domain.financing.sales.test_runs import instructed

WALLET, CLAIM = AccountKind.WALLET, AccountKind.DEBTOR_CLAIM


@pytest.fixture
def overpaid(till: Till) -> Till:
    """The till's one advance was repaid, and 500.00 more came in."""
    till.pay(till.funded(), "10500.00")
    return till


def asked(till: Till, amount: str = "500.00") -> SalesRefund:
    row, clock = till.only, till.world.clock
    return propose_refund(till.session, row.id, cny(amount), reason="paid twice", actor=MAKER, clock=clock)


def approved(till: Till, amount: str = "500.00") -> SalesRefund:
    return approve_refund(till.session, asked(till, amount).id, actor=CHECKER, clock=till.world.clock)


def released(till: Till) -> list[tuple[int, str]]:
    return instructed(till, RunKind.RELEASE, Purpose.WALLET_REFUND)


def test_leaves_with_the_run_of_releases_and_empties_the_wallet(overpaid: Till) -> None:
    row = approved(overpaid)
    assert released(overpaid) == [(500_00, f"sales_refund:{row.id}")]
    overpaid.refund(row)
    assert (row.state, overpaid.balance(WALLET, "shop")) == (RefundState.PAID, cny("0.00"))
    assert overpaid.only.state is SalesAdvanceState.REPAID
    overpaid.replays(overpaid.only.id)


def test_takes_two_people_and_no_more_than_was_paid_too_much(overpaid: Till) -> None:
    with pytest.raises(NothingToRefund):
        asked(overpaid, "500.01")
    row = asked(overpaid)
    with pytest.raises(SamePerson):
        approve_refund(overpaid.session, row.id, actor=MAKER, clock=overpaid.world.clock)
    with pytest.raises(NothingToRefund):
        asked(overpaid, "1.00")
    refuse_refund(overpaid.session, row.id, reason="for the next advance", actor=CHECKER, clock=overpaid.world.clock)
    assert [each.state for each in refunds_of(overpaid.session, overpaid.only.id)] == [RefundState.REFUSED]


def test_that_the_bank_refused_or_sent_back_stays_the_merchants(overpaid: Till) -> None:
    overpaid.refund(approved(overpaid), Verdict.REJECTED)
    row = approved(overpaid)
    paid = overpaid.refund(row)
    overpaid.refund(row, Verdict.RETURNED, instruction=paid.instruction_id)
    assert (row.state, row.failure_reason) == (RefundState.FAILED, "AC04")
    assert overpaid.balance(WALLET, "shop") == cny("500.00")
    overpaid.replays(overpaid.only.id)


def test_waits_when_the_payment_was_taken_back_meanwhile(till: Till) -> None:
    advance = till.funded()
    till.pay(advance, "9000.00")
    twice = till.pay(advance, "1500.00")
    approved(till)
    till.undo(twice)
    assert released(till) == []


def test_that_went_back_too_much_is_owed_by_the_merchant_and_paid_like_the_rest(till: Till) -> None:
    advance = till.funded()
    till.pay(advance, "9000.00")
    twice = till.pay(advance, "1500.00")
    till.refund(approved(till))
    till.undo(twice)
    row = till.row(advance)
    # 10,000.00 − 9,000.00 are open, and the 500.00 that went back were the lender's
    assert (row.figures.open, row.figures.claim) == (cny("1000.00"), cny("500.00"))
    assert (row.state, till.balance(CLAIM)) == (SalesAdvanceState.FUNDED, cny("500.00"))
    till.pay(advance, "1000.00")
    assert till.row(advance).state is SalesAdvanceState.FUNDED
    till.pay(advance, "500.00")
    assert (till.row(advance).state, till.balance(CLAIM)) == (SalesAdvanceState.REPAID, cny("0.00"))
    till.replays(advance)


def test_that_drifted_is_found(overpaid: Till) -> None:
    overpaid.refund(approved(overpaid))
    overpaid.only.refunded_minor -= 1
    overpaid.session.flush()
    assert [each.what for each in check_sales_advances(overpaid.session)] == ["overpayments paid back"]
    overpaid.session.rollback()
