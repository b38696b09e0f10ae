"""The evaluation in the database against the pure rules, on pools of any shape."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.banking.cash import cash_at_bank
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling import queries
from domain.pooling.evaluation import SweepOrder, evaluate
from domain.pooling.execution import release_unsent
from domain.pooling.positions import pool_accounts
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.tables import PoolStructure
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import TODAY, TREASURER, Desk, Fund
from tests.rules.pooling.test_sweep_invariants import some_terms

AMOUNTS = st.integers(-10_000, 300_000)


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    session.commit()
    return Desk(session, chain, clock, fund)


@st.composite
def members(draw: st.DrawFn, chain: Chain) -> list[NewMember]:
    """The shops below headquarters or below each other, in any order."""
    above, found = [chain.header], []
    for account in draw(st.permutations(list(chain.accounts.values()))):
        parent, floor = draw(st.sampled_from(above)), Money.from_minor(draw(st.integers(-100_000, 100_000)), "CNY")
        terms, priority = draw(some_terms()), draw(st.integers(0, 2))
        found.append(
            NewMember(account_id=account, terms=terms, parent_account_id=parent, priority=priority, floor=floor)
        )
        above.append(account)
    return found


@given(st.data())
@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_find_the_same_legs_in_the_same_order(desk: Desk, data: st.DataObject) -> None:
    balances = {
        account: data.draw(AMOUNTS, label="balance") for account in [desk.chain.header, *desk.chain.accounts.values()]
    }
    with desk.session.begin_nested() as attempt:
        for account, minor in balances.items():
            if minor:
                fund_quietly(desk, account, minor)
        structure = build(desk, data)
        for slot in ("noon", "evening"):  # in the evening, what noon has sent is on its way
            expected = evaluate(pool_accounts(desk.session, structure), structure.sweep_order)
            proposal = desk.evaluate(structure, slot)
            assert queries.legs_of(desk.session, proposal.id) == list(expected.legs)
            assert proposal.header_after_minor == expected.balances[str(structure.header_account_id)]
            assert proposal.sweep_count == sum(1 for leg in expected.legs if leg.amount)
            desk.gather()
            unsent = queries.open_proposals(desk.session, structure.id)
            release_unsent(desk.session, unsent, reason="a later evaluation", actor=TREASURER, clock=desk.clock)
        attempt.rollback()


def fund_quietly(desk: Desk, account: UUID, minor: int) -> None:
    """Bring an account to a balance inside the attempt, whatever that balance is."""
    cash, other = cash_at_bank(account, "CNY"), AccountRef(AccountKind.SUSPENSE, "CNY")
    debit, credit = (cash, other) if minor > 0 else (other, cash)
    leg = Leg(debit, credit, Money.from_minor(abs(minor), "CNY"), Mode.IMPOSED)
    posting = Posting(f"test:{account}", "test.funded", "test", TODAY, (leg,))
    ledger.post(desk.session, posting, actor=TREASURER, clock=desk.clock)


def build(desk: Desk, data: st.DataObject) -> PoolStructure:
    return create_structure(
        desk.session,
        name="Any",
        header_account_id=desk.chain.header,
        floor=Money.from_minor(data.draw(st.integers(0, 100_000), label="floor"), "CNY"),
        members=data.draw(members(desk.chain)),
        sweep_order=data.draw(st.sampled_from(SweepOrder)),
        auto_approve=True,
        actor=TREASURER,
        clock=desk.clock,
    )
