"""What a debtor paid too much is its own: paid back by two people and the bank."""

from uuid import UUID

import pytest

from domain.access.errors import SamePerson
from domain.banking.states import Purpose, Verdict
from domain.financing.errors import NothingToRefund
from domain.financing.refunds import approve_refund, due_wallet_refunds, propose_refund, refunds_of, refuse_refund
from domain.financing.states import RefundState
from domain.financing.tables import WalletRefund
from domain.ledger.chart import AccountKind
from tests.domain.financing.conftest import CHECKER, MAKER, World, cny

REFUND = Purpose.WALLET_REFUND


@pytest.fixture
def advance_id(world: World) -> UUID:
    """An advance whose debtor has paid 500.00 too much."""
    world.facility()
    advance = world.funded(world.invoice("INV-1"))
    world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000500.00"), instruction=900)
    assert world.balance(AccountKind.WALLET, "debtor") == cny("500.00")
    return advance


def approved(world: World, advance_id: UUID, amount: str = "500.00") -> WalletRefund:
    row = propose_refund(world.session, advance_id, cny(amount), reason="paid twice", actor=MAKER, clock=world.clock)
    return approve_refund(world.session, row.id, actor=CHECKER, clock=world.clock)


def bank(world: World, row: WalletRefund, verdict: Verdict = Verdict.SETTLED) -> None:
    """The bank's word on the refund, as of the advance it is paid on."""
    outcome = world.outcome(REFUND, row.advance_id, row.amount, verdict, instruction=77)
    world.move_cash(outcome)
    world.book_refund(row, outcome)


def test_leaves_for_the_debtor_once_two_people_agreed_and_is_booked_once(world: World, advance_id: UUID) -> None:
    row = approved(world, advance_id)
    (due,) = world.session.execute(due_wallet_refunds(world.session, world.today)).all()
    assert (due.amount_minor, due.counter_account_id, due.own_account_id) == (
        500_00,
        world.accounts["debtor"],
        world.accounts["lender"],
    )
    bank(world, row)
    assert world.balance(AccountKind.WALLET, "debtor") == cny("0.00")
    assert world.session.execute(due_wallet_refunds(world.session, world.today)).all() == []
    assert refunds_of(world.session, advance_id)[0].state is RefundState.PAID


def test_needs_a_second_person_and_no_more_than_was_paid_too_much(world: World, advance_id: UUID) -> None:
    with pytest.raises(NothingToRefund):
        propose_refund(world.session, advance_id, cny("500.01"), reason="x", actor=MAKER, clock=world.clock)
    row = propose_refund(world.session, advance_id, cny("500.00"), reason="x", actor=MAKER, clock=world.clock)
    with pytest.raises(SamePerson):
        approve_refund(world.session, row.id, actor=MAKER, clock=world.clock)
    with pytest.raises(NothingToRefund):  # one at a time
        propose_refund(world.session, advance_id, cny("1.00"), reason="x", actor=MAKER, clock=world.clock)
    refuse_refund(world.session, row.id, reason="set off", actor=CHECKER, clock=world.clock)
    assert approved(world, advance_id, "200.00").state is RefundState.APPROVED


def test_sent_back_by_the_debtors_bank_is_the_debtors_again(world: World, advance_id: UUID) -> None:
    row = approved(world, advance_id)
    bank(world, row)
    bank(world, row, Verdict.RETURNED)
    assert world.balance(AccountKind.WALLET, "debtor") == cny("500.00")
    assert refunds_of(world.session, advance_id)[0].state is RefundState.FAILED


def test_of_a_payment_that_is_returned_afterwards_is_a_claim(world: World, advance_id: UUID) -> None:
    bank(world, approved(world, advance_id))
    world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000500.00"), Verdict.RETURNED, instruction=900)
    # It is the debtor's to pay back, and no recourse on the seller.
    assert world.balance(AccountKind.DEBTOR_CLAIM) == cny("500.00")
    assert world.balance(AccountKind.RECOURSE_CLAIM) == cny("0.00")


def test_does_not_leave_once_the_payment_is_returned(world: World, advance_id: UUID) -> None:
    approved(world, advance_id)
    world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000500.00"), Verdict.RETURNED, instruction=900)
    assert world.session.execute(due_wallet_refunds(world.session, world.today)).all() == []
