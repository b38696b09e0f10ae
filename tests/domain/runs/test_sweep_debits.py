"""Sweeps collected by direct debit under FUND_SWEEP mandates, end to end: positions, slips, books and bank agree."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import NO_FAULTS, FaultPlan
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn, DepositIn
from domain.banking import checks as banking
from domain.banking.cash import cash_at_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.statements import import_statements
from domain.banking.states import Direction
from domain.banking.tables import BankMessage
from domain.collection.mandates import MandateLimits, NewMandate, cancel_mandates, grant_mandates
from domain.collection.states import MandatePurpose
from domain.collection.tables import DebitRefusal
from domain.ledger.balances import balance
from domain.parties.accounts import account_numbers
from domain.platform.clock import FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.encryption import KeyRing
from domain.pooling import checks as pooling
from domain.pooling.rules import SweepMeans, SweepMethod, SweepTerms
from domain.pooling.service import evaluate_pool
from domain.pooling.states import MovementKind, SweepState
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.tables import LoanSlip, PoolMovement, Sweep
from domain.reconciliation import service as reconciliation
from domain.runs import service as runs
from domain.runs.states import RunKind
from domain.runs.tables import Run
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain, chain, fund

__all__ = ["chain", "fund"]  # fixtures

YESTERDAY = date(2026, 3, 1)
HELD = {"1": "100.00", "2": "200.00", "3": "300.00"}
RETURNS = replace(NO_FAULTS, late_return_bp=10_000)


@dataclass
class Treasury:
    """The chain's treasury over its days, at a bank that keeps its own books."""

    database: Database
    session: TenantSession
    chain: Chain
    keys: KeyRing
    actor: Actor
    clock: FixedClock
    channel: HttpChannel | None = None
    hand: SimulatedBank | None = None

    def grant(self, shop: str, limits: MandateLimits = MandateLimits()) -> Any:  # noqa: ANN401, B008 - frozen
        new = NewMandate(
            reference=f"FS-{shop}",
            party_id=self.chain.shops[shop],
            account_id=self.chain.accounts[shop],
            currency="CNY",
            signed_on=date(2026, 1, 1),
            purpose=MandatePurpose.FUND_SWEEP,
            limits=limits,
        )
        (mandate_id,) = grant_mandates(self.session, [new], actor=self.actor, clock=self.clock)
        self.session.commit()
        return mandate_id

    @contextmanager
    def at_the_bank(self, faults: FaultPlan = NO_FAULTS, **held: str) -> Iterator["Treasury"]:
        """Accounts at the bank as in the books, but for those whose balance is given."""
        at_bank = {self.chain.accounts[shop]: held.get(f"shop_{shop}", minor) for shop, minor in HELD.items()}
        numbers = account_numbers(self.session, [self.chain.header, *at_bank], self.keys)
        self.session.commit()
        with running_bank(faults=faults) as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
            hand.open_accounts(
                AccountIn(
                    number=numbers[account].number,
                    name="own",
                    currency="CNY",
                    opening_balance=at_bank.get(account, "0"),
                    customer=True,
                )
                for account in numbers
            )
            hand.set_day(self.clock.today())
            self.channel, self.hand = channel, hand
            yield self

    def plan(self, slot: str = "1830") -> Run:
        on = self.clock.today()
        run = runs.plan_run(self.session, kind=RunKind.SWEEP, business_date=on, slot=slot, clock=self.clock)
        self.session.commit()
        return run

    def send(self, run: Run) -> runs.Recorded:
        assert self.channel is not None
        assert self.hand is not None
        given: dict[str, Any] = {"keys": self.keys, "clock": self.clock}
        runs.execute_run(self.database, self.channel, self.session.tenant_id, run.id, **given)
        self.hand.set_day(self.clock.today())
        return self.hear()

    def hear(self) -> runs.Recorded:
        assert self.channel is not None
        given: dict[str, Any] = {"keys": self.keys, "clock": self.clock}
        return runs.record_answers(self.database, self.channel, self.session.tenant_id, **given)

    def deposit(self, shop: str, amount: str) -> None:
        """Cash that only the bank knows of."""
        assert self.hand is not None
        numbers = account_numbers(self.session, [self.chain.accounts[shop]], self.keys)
        number = numbers[self.chain.accounts[shop]].number
        self.hand.deposit([DepositIn(reference="D1", account=number, amount=amount, on=self.clock.today())])

    def reconcile(self) -> bool:
        """Whether every account's books agree with the bank's statement of the day, to the cent."""
        assert self.channel is not None
        for content in self.channel.statements(self.clock.today()):
            import_statements(self.session, content, keys=self.keys, clock=self.clock)
        reconciliation.match_entries(self.session, clock=self.clock)
        agreed = reconciliation.agree_cash(self.session, on=self.clock.today(), clock=self.clock)
        runs.close_runs(self.session, clock=self.clock)
        self.session.commit()
        return len(agreed) == 1 + len(HELD) and all(each.agrees for each in agreed)

    def states(self) -> dict[str, SweepState]:
        self.session.expire_all()
        shops = {account: shop for shop, account in self.chain.accounts.items()}
        found = select(col(Sweep.account_id), col(Sweep.state)).where(col(Sweep.tenant_id) == self.session.tenant_id)
        return {shops[account]: state for account, state in self.session.execute(found)}

    def cash(self) -> dict[str, str]:
        named = {"header": self.chain.header, **self.chain.accounts}
        held = {
            name: balance(self.session, cash_at_bank(account, "CNY")).posted.amount for name, account in named.items()
        }
        return {name: str(amount) for name, amount in held.items()}

    def owed(self) -> dict[str, str]:
        """What the header owes each shop."""
        shops = {party: shop for shop, party in self.chain.shops.items()}
        positions = pooling.intercompany_positions(self.session, "CNY")
        return {shops[party]: str(minor.amount) for party, minor in positions.items()}

    def movements(self) -> list[tuple[MovementKind, int]]:
        found = select(col(PoolMovement.kind), col(PoolMovement.amount_minor)).where(
            col(PoolMovement.tenant_id) == self.session.tenant_id
        )
        return sorted((kind, minor) for kind, minor in self.session.execute(found))

    def slips(self) -> list[int]:
        found = select(col(LoanSlip.principal_minor)).where(col(LoanSlip.tenant_id) == self.session.tenant_id)
        return sorted(self.session.scalars(found))

    def holds(self) -> bool:
        """Nothing in transit, nothing that pooling or the ledger would name."""
        return banking.check_transit(self.session) == [] and pooling.check_pooling(self.session) == []


@pytest.fixture
def treasury(
    *,
    database: Database,
    session: TenantSession,
    chain: Chain,
    fund: Callable[..., None],
    keys: KeyRing,
    actor: Actor,
    clock: FixedClock,
) -> Treasury:
    """Three shops whose accounts headquarters may debit tonight, of which 1 and 2 have signed."""
    desk = Treasury(database, session, chain, keys, actor, clock)
    for shop, amount in HELD.items():
        fund(chain.accounts[shop], amount, YESTERDAY)
    return desk


def evaluate(treasury: Treasury) -> None:
    terms = SweepTerms(SweepMethod.ZERO, "CNY")
    given: dict[str, Any] = {"actor": treasury.actor, "clock": treasury.clock}
    pool = create_structure(
        treasury.session,
        name="Shops",
        header_account_id=treasury.chain.header,
        floor=Money.zero("CNY"),
        members=[
            NewMember(account_id=account, terms=terms, means=SweepMeans.DIRECT_DEBIT)
            for account in treasury.chain.accounts.values()
        ],
        auto_approve=True,
        **given,
    )
    today = treasury.clock.today()
    evaluate_pool(treasury.session, structure_id=pool.id, business_date=today, slot="evening", **given)
    treasury.session.commit()


def test_settled_debits_bring_branch_cash_to_the_header(treasury: Treasury) -> None:
    for shop in HELD:
        treasury.grant(shop)
    evaluate(treasury)
    with treasury.at_the_bank():
        assert treasury.send(treasury.plan()).settled == 3
        files = select(col(BankMessage.direction)).where(col(BankMessage.tenant_id) == treasury.session.tenant_id)
        assert list(treasury.session.scalars(files)) == [Direction.DEBIT]  # one pain.008
        assert treasury.cash() == {"header": "600.00", "1": "0.00", "2": "0.00", "3": "0.00"}
        assert treasury.owed() == HELD
        assert treasury.slips() == [10_000, 20_000, 30_000]
        assert treasury.holds()
        assert treasury.reconcile()
    assert set(treasury.states().values()) == {SweepState.CONFIRMED}


def test_what_the_bank_refuses_for_want_of_funds_is_let_go_and_never_tried_again(treasury: Treasury) -> None:
    for shop in HELD:
        treasury.grant(shop)
    evaluate(treasury)
    with treasury.at_the_bank(shop_2="150.00"):  # 50.00 less than the books believe
        heard = treasury.send(treasury.plan())
        assert (heard.settled, heard.rejected, heard.retries_planned) == (2, 1, 0)
        assert treasury.states() == {
            "1": SweepState.EXECUTED,
            "2": SweepState.RELEASED,  # AM04
            "3": SweepState.EXECUTED,
        }
        assert treasury.cash() == {"header": "400.00", "1": "0.00", "2": "200.00", "3": "0.00"}
        assert treasury.owed() == {"1": "100.00", "3": "300.00"}
        assert treasury.slips() == [10_000, 30_000]
        assert treasury.holds()


def test_a_return_after_settlement_turns_cash_and_position_around_and_leaves_the_slip(treasury: Treasury) -> None:
    treasury.grant("1")
    evaluate(treasury)
    with treasury.at_the_bank(RETURNS):
        assert treasury.send(treasury.plan()).settled == 1
        assert treasury.reconcile()
        assert treasury.cash()["header"] == "100.00"
        returned = 0
        while not returned:  # the bank returns within five of its days
            treasury.clock = FixedClock(treasury.clock.at + timedelta(days=1))
            assert treasury.clock.today() <= YESTERDAY + timedelta(days=10)
            assert treasury.hand is not None
            treasury.hand.set_day(treasury.clock.today())
            returned = treasury.hear().returned
        assert treasury.cash() == {"header": "0.00", **HELD}
        assert treasury.owed() == {}
        assert treasury.slips() == [10_000]  # the loan was made
        assert treasury.movements() == [(MovementKind.EXECUTED, 10_000), (MovementKind.RETURNED, -10_000)]
        assert treasury.holds()
        assert treasury.reconcile()
    assert treasury.states()["1"] is SweepState.RELEASED


def test_a_mandate_withdrawn_between_freeze_and_send_is_not_debited(treasury: Treasury) -> None:
    for shop in ("1", "2"):
        withdrawn = treasury.grant(shop)
    evaluate(treasury)
    with treasury.at_the_bank():
        run = treasury.plan()
        assert run.item_count == 2  # the third shop never signed
        given: dict[str, Any] = {"actor": treasury.actor, "clock": treasury.clock}
        cancel_mandates(treasury.session, [withdrawn], reason="the branch wrote", **given)
        treasury.session.commit()
        heard = treasury.send(run)
        assert (heard.settled, heard.rejected) == (1, 0)
        assert treasury.states() == {
            "1": SweepState.EXECUTED,
            "2": SweepState.RELEASED,
            "3": SweepState.RELEASED,
        }
        assert treasury.cash() == {"header": "100.00", "1": "0.00", "2": "200.00", "3": "300.00"}
        assert treasury.holds()
        assert treasury.reconcile()


def test_a_debit_beyond_its_mandate_is_refused_and_let_go_by_the_next_run(treasury: Treasury) -> None:
    treasury.grant("1")
    treasury.grant("2", MandateLimits(max_amount_minor=19_999))  # one cent less than the shop has
    evaluate(treasury)
    assert treasury.plan().item_count == 1
    assert treasury.plan(slot="1930").item_count == 0
    assert treasury.states()["2"] is SweepState.RELEASED
    refused = select(col(DebitRefusal.amount_minor)).where(col(DebitRefusal.tenant_id) == treasury.session.tenant_id)
    assert list(treasury.session.scalars(refused)) == [20_000]
