"""An agent's transfers on the statements of its seller: deposits, remittances, and what the bank takes back."""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.financing.agents.check import check_agents
from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.profiles import NewAgent, enrol_agent
from domain.financing.agents.queries import find_agent
from domain.financing.agents.sales import report_sales
from domain.financing.agents.sales_files import SaleLine
from domain.ledger.chart import AccountKind, AccountRef
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from tests.domain.reconciliation.conftest import Statements
from tests.domain.runs.world import CHECKER, MAKER, World, cny


@pytest.fixture
def agent(world: World) -> UUID:
    """A ticket agent, and a policy for it."""
    new = NewParty(kind=PartyKind.AGENT, name="代理", code="A-7", tax_id=f"9{world.tenant_id}", country="DE")
    with world.session() as session:
        register_parties(session, [new], actor=MAKER, clock=world.clock)
        policy = NewPolicy(world.today, "manual", Decimal(4), Decimal(2), Decimal(2), Decimal(1))
        set_policy(session, policy, actor=MAKER, clock=world.clock)
    return new.id


@pytest.fixture
def enrolled(world: World, bank: Statements, agent: UUID) -> UUID:
    """The own account of the supplier the agent sells for; the agent owes it 1,000.00."""
    seller = NewParty(kind=PartyKind.SUPPLIER, name="航空", code="S-1", tax_id=f"8{world.tenant_id}", country="DE")
    account = NewBankAccount(
        party_id=seller.id,
        holder_name=seller.name,
        bank_id="102100099996",
        number=f"6000{world.tenant_id % 10**9:09d}",
        currency="CNY",
        own=True,
    )
    bank.world.numbers[account.id] = account.number
    with world.session() as session:
        register_parties(session, [seller], actor=MAKER, clock=world.clock)
        add_bank_accounts(session, [account], world.keys, actor=MAKER, clock=world.clock)
        verify_bank_accounts(session, [account.id], actor=CHECKER, clock=world.clock)
        enrol_agent(session, NewAgent(agent, seller.id, "CNY", 15, 10), actor=MAKER, clock=world.clock)
        line = SaleLine(1, "A-7", world.today, "D-1", cny("1000.00"))
        report_sales(session, [line], actor=MAKER, clock=world.clock)
    return account.id


def stands(world: World, agent: UUID) -> tuple[str, str]:
    """Outstanding and deposit."""
    with world.session() as session:
        row = find_agent(session, agent)
        assert check_agents(session) == []
        return str(row.outstanding.amount), str(row.secured.amount)


def test_the_transfer_says_whether_it_is_a_deposit_or_a_remittance(
    world: World, bank: Statements, agent: UUID, enrolled: UUID
) -> None:
    bank.state(
        enrolled,
        bank.entry("300.00", remittance="DEPOSIT A-7"),
        bank.entry("250.00", remittance="REMIT A-7 period 3"),
        bank.entry("50.00", remittance="票款:A-7"),
        bank.entry("9.00", remittance="REMIT A-9"),
        bank.entry("8.00", remittance="REMITTANCE"),
    )
    bank.match()
    assert bank.entries() == [("recognised", "agent")] * 3 + [("suspense", "unrecognised")] * 2
    assert stands(world, agent) == ("700.00", "300.00")
    assert bank.balance(AccountRef(AccountKind.DEPOSIT_HELD, "CNY", agent)) == "300.00"


def test_on_an_account_of_somebody_else_it_says_nothing(
    world: World, bank: Statements, agent: UUID, enrolled: UUID
) -> None:
    assert enrolled
    bank.state(bank.lender_account, bank.entry("300.00", remittance="DEPOSIT A-7"))
    bank.match()
    assert bank.entries() == [("suspense", "unrecognised")]
    assert stands(world, agent) == ("1000.00", "0.00")


def test_what_the_bank_takes_back_of_a_remittance_is_owed_again(
    world: World, bank: Statements, agent: UUID, enrolled: UUID
) -> None:
    bank.state(enrolled, bank.entry("250.00", remittance="REMIT A-7"))
    bank.match()
    bank.state(enrolled, bank.entry("-250.00", remittance="REMIT A-7", return_reason="AM04"))
    bank.match()
    assert [state for state, _ in bank.entries()] == ["recognised", "recognised"]
    assert stands(world, agent) == ("1000.00", "0.00")


def test_money_that_goes_out_with_no_such_remittance_is_shown_to_a_person(
    world: World, bank: Statements, agent: UUID, enrolled: UUID
) -> None:
    bank.state(enrolled, bank.entry("-10.00", remittance="REMIT A-7"), opening="20.00")
    bank.match()
    assert bank.entries() == [("suspense", "unrecognised")]
    assert stands(world, agent) == ("1000.00", "0.00")
