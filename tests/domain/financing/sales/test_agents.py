"""An agent that borrows out of its sales: the same capacity as what is lent on its invoices (R1, R21, R26)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.banking.cash import cash_at_bank
from domain.banking.states import Verdict
from domain.financing.agents.deposits import Deposited, receive_deposits
from domain.financing.agents.limits import over_agents
from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.profiles import NewAgent, enrol_agent
from domain.financing.agents.queries import find_agent
from domain.financing.capacities import check_capacities
from domain.financing.errors import AvailabilityExceeded
from domain.financing.sales.proposals import digest_of
from domain.financing.sales.quotes import SalesTerms
from domain.financing.sales.service import approve_sales_advance, withdraw_sales_advance
from domain.financing.sales.tables import SalesAdvance
from domain.financing.tables import PartyCapacity
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_party
from domain.parties.states import PartyKind
from tests.domain.financing.conftest import CHECKER, KEYS, MAKER, World, cny
from tests.domain.financing.sales.conftest import COLLECTION, DAY, DISBURSEMENT, Till
from tests.domain.financing.test_capacities import accept, offered

# 10,000,000.00 × 18 % / 360 = 5,000.00 a day; 900,000.00 + 100,000.00 in 200 days
LARGE = SalesTerms(cny("10000000.00"), Decimal("0.18"), 360, cny("900000.00"), cny("100000.00"))
SMALL = replace(LARGE, net=cny("90000.00"), fee=cny("10000.00"))


@pytest.fixture
def agent(world: World) -> Till:
    """The debtor is an agent with a till; it has put down 1,000,000.00, and may owe as much (R21, R26)."""
    session, clock = world.session, world.on(date(2026, 2, 20)).clock
    new = NewParty(kind=PartyKind.AGENT, name="Ticket agent", code="A1", tax_id=f"1{session.tenant_id}", country="DE")
    party = register_party(session, new, actor=MAKER, clock=clock)
    account = NewBankAccount(
        party_id=party.id, holder_name="Ticket agent", bank_id="ICBKCNBJ", number="3100665700180999", currency="CNY"
    )
    (added,) = add_bank_accounts(session, [account], KEYS, actor=MAKER, clock=clock)
    verify_bank_accounts(session, [added.id], actor=CHECKER, clock=clock)
    policy = NewPolicy(
        valid_from=world.today,
        citation="Agency risk manual, chapter 3",
        multiple_a=Decimal(4),
        multiple_b=Decimal(1),
        factor_a=Decimal(2),
        factor_b=Decimal(1),
    )
    set_policy(session, policy, actor=MAKER, clock=clock)
    enrolment = NewAgent(party.id, world.parties["seller"], "CNY", reporting_days=15, remittance_days=10)
    assert enrol_agent(session, enrolment, actor=MAKER, clock=clock).debtor_id == world.parties["debtor"]
    cash = cash_at_bank(world.accounts["lender"], "CNY")
    put = Deposited("entry:deposit", party.id, cny("1000000.00"), world.today, cash)
    receive_deposits(session, [put], actor=MAKER, clock=clock)
    world.on(DAY)
    world.parties["shop"] = party.id
    facility = world.facility(max_tenor_days=365)
    session.commit()
    return Till(world, party.id, facility)


def approved(till: Till, terms: SalesTerms = LARGE) -> SalesAdvance:
    row, clock = till.proposed(terms=terms), till.world.clock
    digest, others = digest_of(row), over_agents(clock)
    approve_sales_advance(till.session, row.id, digest=digest, actor=CHECKER, clock=clock, others=others)
    till.session.commit()
    return row


def used(till: Till) -> tuple[int, int]:
    key = (till.session.tenant_id, till.world.parties["debtor"], "agent")
    row = till.session.get_one(PartyCapacity, key, populate_existing=True)
    return row.used_minor, row.over_minor


class TestCapacity:
    def test_is_taken_at_the_approval_and_binds_what_is_lent_on_its_invoices(self, agent: Till) -> None:
        (offer,) = offered(agent.world, agent.world.invoice("INV-1"))
        row = approved(agent)
        assert (row.debtor_id, used(agent)) == (agent.world.parties["debtor"], (900_000_00, 0))
        with pytest.raises(AvailabilityExceeded) as refused:
            accept(agent.world, offer)
        # 1,000,000.00 may be owed, 900,000.00 of it are lent out of sales   (R1, R26)
        assert (refused.value.facts["bound_by"], refused.value.facts["available"]) == ("agent", "100,000.00 CNY")

    def test_that_invoices_took_is_not_lent_out_of_sales(self, agent: Till) -> None:
        (offer,) = offered(agent.world, agent.world.invoice("INV-1"))
        accept(agent.world, offer)
        with pytest.raises(AvailabilityExceeded, match="agent"):
            approved(agent)
        agent.session.rollback()

    def test_is_shared_by_both_while_it_lasts(self, agent: Till) -> None:
        (offer,) = offered(agent.world, agent.world.invoice("INV-1"))
        accept(agent.world, offer)
        approved(agent, SMALL)
        # 900,000.00 + 90,000.00
        assert used(agent) == (990_000_00, 0)
        agent.holds()

    def test_is_given_back_when_the_advance_is_withdrawn_refused_or_repaid(self, agent: Till) -> None:
        row = approved(agent)
        withdraw_sales_advance(agent.session, row.id, reason="x", actor=MAKER, clock=agent.world.clock)
        assert used(agent) == (0, 0)
        agent.bank(DISBURSEMENT, approved(agent).id, "900000.00", Verdict.REJECTED)
        assert used(agent) == (0, 0)
        row = approved(agent)
        agent.bank(DISBURSEMENT, row.id, "900000.00")
        agent.pay(row.id, "400000.00")
        # 1,000,000.00 − 400,000.00 are open: less than the 900,000.00 paid out
        assert used(agent) == (600_000_00, 0)
        agent.pay(row.id, "600000.00")
        assert used(agent) == (0, 0)

    def test_stands_beyond_what_is_let_through_when_a_bank_takes_a_payment_back(self, agent: Till) -> None:
        first = approved(agent)
        agent.bank(DISBURSEMENT, first.id, "900000.00")
        paid = agent.bank(COLLECTION, first.id, "1000000.00")
        approved(agent)
        back = {"instruction": paid.instruction_id, "obligation": paid.obligation_key}
        agent.bank(COLLECTION, first.id, "1000000.00", Verdict.RETURNED, **back)  # type: ignore[arg-type]
        # 900,000.00 twice, 1,000,000.00 let through
        assert used(agent) == (1_800_000_00, 800_000_00)

    def test_that_drifted_is_found(self, agent: Till) -> None:
        approved(agent)
        drift = text("UPDATE party_capacity SET used_minor = used_minor - 1 WHERE tenant_id = :tenant")
        agent.session.execute(drift, {"tenant": agent.session.tenant_id})
        agent.session.expire_all()
        (difference,) = check_capacities(agent.session)
        assert (difference.expected_minor, difference.found_minor) == (900_000_00, 899_999_99)
        agent.session.rollback()

    def test_leaves_what_it_may_sell_as_it_was(self, agent: Till) -> None:
        before = find_agent(agent.session, agent.merchant).standing
        approved(agent)
        assert find_agent(agent.session, agent.merchant).standing == before
