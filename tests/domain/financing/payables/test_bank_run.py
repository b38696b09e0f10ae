"""An early payment through a run, at a bank that keeps its own books: afterwards both books say the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn
from domain.banking.channels.http import HttpChannel
from domain.banking.statements import import_statements
from domain.financing.payables.states import EarlyPaymentState
from domain.platform.database import Database, Role
from domain.receivables.disputes import dispute_receivable
from domain.receivables.states import ReceivableState
from domain.reconciliation import service as reconciliation
from domain.runs import service as runs
from domain.runs.states import RunKind, RunState
from tests.domain.financing.payables.conftest import CHECKER, FIRMS, KEYS, OWN, Buyer


@dataclass(frozen=True)
class Bank:
    channel: HttpChannel
    hand: SimulatedBank


@pytest.fixture
def bank(buyer: Buyer) -> Iterator[Bank]:
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        hand.open_accounts(
            AccountIn(
                number=f"31006657001900{place:04d}",
                name=name,
                currency="CNY",
                opening_balance="1000000.00" if name in OWN else "0",
                customer=name in OWN,
            )
            for place, name in enumerate(FIRMS)
        )
        hand.set_day(buyer.today)
        yield Bank(channel, hand)


def run_of(buyer: Buyer) -> UUID | None:
    """The morning's run of payments, planned; None where nothing is due."""
    run = runs.plan_run(
        buyer.session, kind=RunKind.DISBURSEMENT, business_date=buyer.today, slot="1000", clock=buyer.clock
    )
    buyer.session.commit()
    return run.id if run.item_count else None


def test_leaves_by_the_run_and_both_books_agree(buyer: Buyer, bank: Bank, database: Database) -> None:
    programme = buyer.programme()
    invoice = buyer.approved(programme, "A-1")
    (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
    run_id = run_of(buyer)
    assert run_id
    tenant_id = buyer.session.tenant_id
    runs.execute_run(database, bank.channel, tenant_id, run_id, keys=KEYS, clock=buyer.clock)
    bank.hand.set_day(buyer.today)
    recorded = runs.record_answers(database, bank.channel, tenant_id, keys=KEYS, clock=buyer.clock)
    assert recorded.settled == 1
    assert buyer.payment(payment_id).state is EarlyPaymentState.PAID
    assert buyer.invoice(invoice).state is ReceivableState.CLOSED
    buyer.all_is_well()
    buyer.session.commit()
    for content in bank.channel.statements(buyer.today):
        with database.session(Role.WORKER, tenant_id) as session:
            import_statements(session, content, keys=KEYS, clock=buyer.clock)
    with database.session(Role.WORKER, tenant_id) as session:
        reconciliation.match_entries(session, clock=buyer.clock)
        agreed = reconciliation.agree_cash(session, on=buyer.today, clock=buyer.clock)
        runs.close_runs(session, clock=buyer.clock)
        assert runs.find_run(session, run_id).state is RunState.CLOSED
    assert [account.agrees for account in agreed] == [True, True]
    # 1,000,000 − 99,298.63   (R18)
    assert "900701.37" in {each.balance for each in bank.hand.balances().balances}


def test_what_was_disputed_after_its_order_does_not_leave(buyer: Buyer) -> None:
    programme = buyer.programme()
    invoice = buyer.approved(programme, "A-1")
    buyer.ordered(programme, buyer.accepted(programme))
    dispute_receivable(buyer.session, invoice, reason="broken", actor=CHECKER, clock=buyer.clock)
    assert run_of(buyer) is None
