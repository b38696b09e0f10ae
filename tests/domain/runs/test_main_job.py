"""The main job through runs: an advance paid out, collected when due, its reserve released; cash agreed every day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn, DepositIn
from domain.banking import checks
from domain.banking.channels.http import HttpChannel
from domain.banking.statements import import_statements
from domain.collection.mandates import NewMandate, grant_mandates
from domain.financing.check import check_subledger
from domain.financing.states import AdvanceState
from domain.ledger.chart import AccountKind
from domain.platform.database import Database, Role
from domain.reconciliation import service as reconciliation
from domain.reconciliation.states import Recognised
from domain.runs import service as runs
from domain.runs.states import RunKind, RunState
from domain.runs.tables import Run
from tests.domain.financing.conftest import CHECKER, KEYS, MAKER, World, cny
from tests.domain.financing.conftest import world as house

from .conftest import Bank

__all__ = ["house"]  # a fixture

DUE = date(2026, 3, 27)


@contextmanager
def the_bank(house: World, debtor: str) -> Iterator[Bank]:
    """The lenders' capital is at the bank; the debtor has `debtor`."""
    numbers = {name: f"31006657001800{place:04d}" for place, name in enumerate(house.accounts)}
    opening = {"lender": "10000000.00", "second lender": "10000000.00", "debtor": debtor, "seller": "0"}
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        hand.open_accounts(
            AccountIn(
                number=number, name=name, currency="CNY", opening_balance=opening[name], customer="lender" in name
            )
            for name, number in numbers.items()
        )
        hand.set_day(house.today)
        yield Bank(channel, hand)


@pytest.fixture
def agreed(house: World) -> World:
    """The debtor's mandate, and leave for runs to go by themselves."""
    mandate = NewMandate(
        reference="M1",
        party_id=house.parties["debtor"],
        account_id=house.accounts["debtor"],
        currency="CNY",
        signed_on=date(2026, 1, 5),
    )
    grant_mandates(house.session, [mandate], actor=MAKER, clock=house.clock)
    for kind in (RunKind.DEBIT, RunKind.RELEASE):
        runs.set_run_limit(house.session, kind=kind, limit=cny("5000000.00"), actor=CHECKER, clock=house.clock)
    house.session.commit()
    return house


def run(database: Database, house: World, bank: Bank, kind: RunKind) -> Run:
    """One run of today: planned, sent, answered."""
    house.session.commit()
    tenant_id, clock = house.session.tenant_id, house.clock
    with database.session(Role.WORKER, tenant_id) as session:
        planned = runs.plan_run(session, kind=kind, business_date=house.today, slot="", clock=clock)
    runs.execute_run(database, bank.channel, tenant_id, planned.id, keys=KEYS, clock=clock)
    bank.hand.set_day(house.today)
    runs.record_answers(database, bank.channel, tenant_id, keys=KEYS, clock=clock)
    house.session.expire_all()
    house.nothing_in_transit()
    return planned


def evening(database: Database, house: World, bank: Bank) -> reconciliation.Matched:
    """Statements in, matched, cash agreed to the cent."""
    clock, tenant_id = house.clock, house.session.tenant_id
    bank.hand.set_day(house.today)
    with database.session(Role.WORKER, tenant_id) as session:
        for content in bank.channel.statements(house.today):
            import_statements(session, content, keys=KEYS, clock=clock)
        matched = reconciliation.match_entries(session, clock=clock)
        agreements = reconciliation.agree_cash(session, on=house.today, clock=clock)
        runs.close_runs(session, clock=clock)
        assert checks.check_transit(session) == []
    assert [each for each in agreements if not each.agrees] == []
    house.session.expire_all()
    return matched


def test_an_advance_from_disbursement_to_the_release_of_its_reserve(database: Database, agreed: World) -> None:
    agreed.facility()
    receivable = agreed.invoice("INV-1")
    (advance_id,) = agreed.instructed(receivable)
    with the_bank(agreed, debtor="1000000.00") as bank:
        disbursed = run(database, agreed, bank, RunKind.DISBURSEMENT)
        assert agreed.advance(advance_id).state is AdvanceState.FUNDED
        evening(database, agreed, bank)
        agreed.on(DUE)
        bank.hand.set_day(DUE)
        collected = run(database, agreed, bank, RunKind.DEBIT)
        assert agreed.advance(advance_id).state is AdvanceState.REPAID
        released = run(database, agreed, bank, RunKind.RELEASE)
        assert agreed.advance(advance_id).state is AdvanceState.CLOSED
        evening(database, agreed, bank)
        # 1,000,000.00 at 20 bp = 2,000.00 fee; 900,000.00 x 25 days at 5.5 % on ACT/360 = 3,437.50 interest
        assert agreed.balance(AccountKind.CASH_AT_BANK) == cny("10005437.50")
    with database.session(Role.WORKER, agreed.session.tenant_id) as session:
        for each in (disbursed, collected, released):
            assert runs.find_run(session, each.id).state is RunState.CLOSED
            assert runs.verify_certificate(session, each.id) == []
        assert check_subledger(session) == []


def test_a_debtor_who_pays_by_itself_after_a_refused_debit_is_not_debited_again(
    database: Database, agreed: World
) -> None:
    agreed.facility()
    (advance_id,) = agreed.instructed(agreed.invoice("INV-1"))
    with the_bank(agreed, debtor="10.00") as bank:
        run(database, agreed, bank, RunKind.DISBURSEMENT)
        agreed.on(DUE)
        bank.hand.set_day(DUE)
        run(database, agreed, bank, RunKind.DEBIT)
        assert agreed.advance(advance_id).state is not AdvanceState.REPAID
        number = f"31006657001800{list(agreed.accounts).index('lender'):04d}"
        paid = DepositIn(reference="P1", account=number, amount="1000000.00", on=DUE, text="Payment of INV-1, thanks")
        bank.hand.deposit([paid])
        assert evening(database, agreed, bank).recognised[Recognised.RECEIPT] == 1
        assert agreed.advance(advance_id).state is AdvanceState.REPAID
        agreed.on(date(2026, 3, 30))  # the day of the retry
        bank.hand.set_day(agreed.today)
        assert run(database, agreed, bank, RunKind.DEBIT).item_count == 0
