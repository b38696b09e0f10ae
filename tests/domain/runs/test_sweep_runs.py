"""Sweeps through runs: branch cash to headquarters, both accounts agreed with the bank."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn
from domain.banking.cash import cash_at_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.statements import import_statements
from domain.ledger.balances import balance
from domain.parties.accounts import account_numbers
from domain.platform.clock import FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.encryption import KeyRing
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.service import evaluate_pool
from domain.pooling.states import SweepState
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.tables import Sweep
from domain.reconciliation import service as reconciliation
from domain.runs import service as runs
from domain.runs.states import RunKind, RunState
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain, chain, fund

__all__ = ["chain", "fund"]  # fixtures

Fund = Callable[..., None]
YESTERDAY = date(2026, 3, 1)


@pytest.fixture
def swept(session: TenantSession, chain: Chain, fund: Fund, actor: Actor, clock: FixedClock) -> Chain:
    """Three shops with 100.00, 200.00 and 300.00, all of which goes to headquarters tonight."""
    terms = SweepTerms(SweepMethod.ZERO, "CNY")
    pool = create_structure(
        session,
        name="Shops",
        header_account_id=chain.header,
        floor=Money.zero("CNY"),
        members=[NewMember(account_id=account, terms=terms) for account in chain.accounts.values()],
        auto_approve=True,
        actor=actor,
        clock=clock,
    )
    for account, amount in zip(chain.accounts.values(), ("100.00", "200.00", "300.00"), strict=True):
        fund(account, amount, YESTERDAY)
    evaluate_pool(session, structure_id=pool.id, business_date=clock.today(), slot="evening", actor=actor, clock=clock)
    session.commit()
    return chain


def states(session: TenantSession) -> list[SweepState]:
    session.expire_all()
    found = select(col(Sweep.state)).where(col(Sweep.tenant_id) == session.tenant_id).order_by(col(Sweep.place))
    return list(session.scalars(found))


def test_shops_are_swept_and_both_sides_agree_with_the_bank(
    database: Database, session: TenantSession, swept: Chain, keys: KeyRing, clock: FixedClock
) -> None:
    tenant_id = session.tenant_id
    held = dict(zip(swept.accounts.values(), ("100.00", "200.00", "300.00"), strict=True)) | {swept.header: "0"}
    numbers = account_numbers(session, list(held), keys)
    session.commit()
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        hand.open_accounts(
            AccountIn(number=numbers[account].number, name="own", currency="CNY", opening_balance=amount, customer=True)
            for account, amount in held.items()
        )
        hand.set_day(clock.today())
        run = runs.plan_run(session, kind=RunKind.SWEEP, business_date=clock.today(), slot="1830", clock=clock)
        session.commit()
        assert run.item_count == 3
        assert not runs.execute_run(database, channel, tenant_id, run.id, keys=keys, clock=clock).awaits_approval
        hand.set_day(clock.today())
        assert runs.record_answers(database, channel, tenant_id, keys=keys, clock=clock).settled == 3
        assert states(session) == [SweepState.EXECUTED] * 3
        for content in channel.statements(clock.today()):
            import_statements(session, content, keys=keys, clock=clock)
        assert reconciliation.match_entries(session, clock=clock).matched == 6  # both sides of three
        assert all(each.agrees for each in reconciliation.agree_cash(session, on=clock.today(), clock=clock))
        assert runs.close_runs(session, clock=clock) == 1
        session.commit()
    assert states(session) == [SweepState.CONFIRMED] * 3
    assert str(balance(session, cash_at_bank(swept.header, "CNY")).posted.amount) == "600.00"
    moved = {each["moved_by_this_run"] for each in runs.certificate(session, run.id).facts["accounts"]}
    assert moved == {"600.00", "-100.00", "-200.00", "-300.00"}
    assert runs.verify_certificate(session, run.id) == []


@pytest.fixture
def short(swept: Chain, fund: Fund) -> Chain:
    """The bank took something in the meantime: the first shop has 40.00 left for a sweep of 100.00."""
    fund(swept.accounts["1"], "-60.00")
    return swept


@pytest.mark.usefixtures("short")
def test_what_has_no_cover_any_more_is_let_go_and_heard_by_the_pool(
    database: Database, session: TenantSession, keys: KeyRing, clock: FixedClock
) -> None:
    tenant_id = session.tenant_id
    first = runs.plan_run(session, kind=RunKind.SWEEP, business_date=clock.today(), slot="1830", clock=clock)
    session.commit()
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        hand.set_day(clock.today())
        sent = runs.execute_run(database, channel, tenant_id, first.id, keys=keys, clock=clock)
        assert sent.uncovered == 1
    second = runs.plan_run(session, kind=RunKind.SWEEP, business_date=clock.today(), slot="1930", clock=clock)
    session.commit()
    assert (second.item_count, second.state) == (0, RunState.CLOSED)
    assert sorted(states(session)) == [SweepState.INSTRUCTED, SweepState.INSTRUCTED, SweepState.RELEASED]
