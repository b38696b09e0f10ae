"""What is lent on an agent: reserved at acceptance, given back when it comes to nothing, never passed in a race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from domain.banking.cash import cash_at_bank
from domain.banking.states import Purpose, Verdict
from domain.financing.acceptance import accept_offer
from domain.financing.agents.deposits import Deposited, receive_deposits
from domain.financing.agents.limits import over_agents
from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.profiles import NewAgent, enrol_agent
from domain.financing.capacities import check_capacities
from domain.financing.errors import AvailabilityExceeded
from domain.financing.funding import check_conditions, withdraw_funding
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance, Offer, PartyCapacity
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.database import Database, Role, TenantSession
from domain.values.errors import DomainError
from tests.domain.financing.conftest import CALENDAR, CHECKER, MAKER, World, cny


@pytest.fixture
def agents(world: World) -> World:
    """The debtor is an agent; it has put down 1,000,000.00, and may owe as much (R21, R26)."""
    session, clock = world.session, world.clock
    party = NewParty(kind=PartyKind.AGENT, name="Ticket agent", code="A1", tax_id=f"1{session.tenant_id}", country="DE")
    (agent,) = register_parties(session, [party], actor=MAKER, clock=clock)
    policy = NewPolicy(
        valid_from=world.today,
        citation="Agency risk manual, chapter 3",
        multiple_a=Decimal(4),
        multiple_b=Decimal(1),
        factor_a=Decimal(2),
        factor_b=Decimal(1),
    )
    set_policy(session, policy, actor=MAKER, clock=clock)
    new = NewAgent(agent.id, world.parties["seller"], "CNY", reporting_days=15, remittance_days=10)
    assert enrol_agent(session, new, actor=MAKER, clock=clock).debtor_id == world.parties["debtor"]
    cash = cash_at_bank(world.accounts["lender"], "CNY")
    put = Deposited("entry:deposit", agent.id, cny("1000000.00"), world.today, cash)
    receive_deposits(session, [put], actor=MAKER, clock=clock)
    world.facility()
    return world


def offered(world: World, *receivables: UUID) -> list[UUID]:
    world.listed(*receivables)
    make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
    return cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)


def accept(world: World, offer_id: UUID, session: TenantSession | None = None) -> Advance:
    return accept_offer(
        session or world.session,
        offer_id,
        seller_id=world.parties["seller"],
        actor=MAKER,
        clock=world.clock,
        calendar=CALENDAR,
        others=over_agents(world.clock),
    )


def used(world: World) -> tuple[int, int]:
    key = (world.session.tenant_id, world.parties["debtor"], "agent")
    row = world.session.get_one(PartyCapacity, key, populate_existing=True)
    return row.used_minor, row.over_minor


class TestAnAcceptance:
    def test_leaves_the_next_one_what_it_did_not_take(self, agents: World) -> None:
        first, second = offered(agents, agents.invoice("INV-1"), agents.invoice("INV-2"))
        accept(agents, first)
        with pytest.raises(AvailabilityExceeded) as refused:
            accept(agents, second)
        # 1,000,000.00 - 900,000.00 reserved by the first, in a call of its own, = 100,000.00   (R1, R26)
        assert (refused.value.facts["bound_by"], refused.value.facts["available"]) == ("agent", "100,000.00 CNY")
        assert check_capacities(agents.session) == []

    def test_counts_what_stood_on_the_agent_before_its_capacity_was_first_asked(self, agents: World) -> None:
        agents.accepted(agents.invoice("INV-1"))
        (offer,) = offered(agents, agents.invoice("INV-2"))
        with pytest.raises(AvailabilityExceeded) as refused:
            accept(agents, offer)
        assert refused.value.facts["available"] == "100,000.00 CNY"
        assert used(agents) == (900_000_00, 0)

    @pytest.mark.parametrize("end", ["lapsed", "refused", "repaid"])
    def test_gives_its_part_back_when_it_ends(self, agents: World, end: str) -> None:
        (offer,) = offered(agents, agents.invoice("INV-1"))
        advance = accept(agents, offer).id
        assert used(agents) == (900_000_00, 0)
        ENDS[end](agents, agents.order([advance])[0])
        assert used(agents) == (0, 0)
        (again,) = offered(agents, agents.invoice("INV-2"))
        assert accept(agents, again).state is AdvanceState.CREATED
        assert check_capacities(agents.session) == []

    def test_stands_beyond_what_is_let_through_when_a_bank_takes_a_payment_back(self, agents: World) -> None:
        first, second = offered(agents, agents.invoice("INV-1"), agents.invoice("INV-2"))
        advance = agents.pay_out(agents.order([accept(agents, first).id])[0])
        paid = agents.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000000.00"))
        accept(agents, second)
        agents.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000000.00"), Verdict.RETURNED, instruction=paid)
        # 900,000.00 twice, 1,000,000.00 let through
        assert used(agents) == (1_800_000_00, 800_000_00)

    def test_gives_way_before_funding_when_the_agent_is_let_through_less(self, agents: World) -> None:
        (offer,) = offered(agents, agents.invoice("INV-1"))
        advance = accept(agents, offer).id
        agents.session.flush()
        halt = text("UPDATE agent SET halted = true, limit_minor = 0 WHERE tenant_id = :tenant")
        agents.session.execute(halt, {"tenant": agents.session.tenant_id})
        agents.session.expire_all()
        found = check_conditions(agents.session, clock=agents.clock, others=over_agents(agents.clock))
        assert found.lapsed == [advance]
        assert agents.advance(advance).failure_reason == "limit passed: agent by 900,000.00 CNY"
        assert used(agents) == (0, 0)


def _lapsed(world: World, advance: UUID) -> None:
    order_id = world.advance(advance).funding_order_id
    assert order_id is not None
    withdraw_funding(world.session, order_id, reason="not needed", actor=CHECKER, clock=world.clock)


def _refused(world: World, advance: UUID) -> None:
    world.bank(Purpose.ADVANCE_DISBURSEMENT, advance, cny("898000.00"), Verdict.REJECTED)


def _repaid(world: World, advance: UUID) -> None:
    world.bank(Purpose.RECEIVABLE_COLLECTION, world.pay_out(advance), cny("1000000.00"))


ENDS: dict[str, Callable[[World, UUID], None]] = {"lapsed": _lapsed, "refused": _refused, "repaid": _repaid}


def test_two_threads_never_take_the_last_of_one_capacity_twice(agents: World, database: Database) -> None:
    # Two lines of two lenders: all the deals share is the agent, and its capacity holds one of them.
    agents.facility("second lender")
    offered(agents, agents.invoice("INV-1"), agents.invoice("INV-2"))
    agents.session.commit()
    start, tenant_id = Barrier(2), agents.session.tenant_id
    every = select(Offer).where(Offer.tenant_id == tenant_id).order_by(col(Offer.request_id), col(Offer.lender_id))
    by_lender = [offer.id for offer in agents.session.exec(every)]
    chosen = [by_lender[0], by_lender[3]]

    def race(offer_id: UUID) -> DomainError | None:
        start.wait()
        with TenantSession(database.engines[Role.WORKER], tenant_id) as session:
            try:
                accept(agents, offer_id, session)
                session.commit()
            except DomainError as refused:
                return refused
        return None

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(race, chosen))
    assert sorted(type(result).__name__ for result in results) == ["AvailabilityExceeded", "NoneType"]
    assert used(agents) == (900_000_00, 0)
    assert check_capacities(agents.session) == []


def test_past_every_lock_the_database_refuses(agents: World) -> None:
    (offer,) = offered(agents, agents.invoice("INV-1"))
    accept(agents, offer)
    agents.session.commit()
    past = text("UPDATE party_capacity SET used_minor = limit_minor + 1 WHERE tenant_id = :tenant")
    with pytest.raises(IntegrityError, match="used_within_limit"):
        agents.session.execute(past, {"tenant": agents.session.tenant_id})
    agents.session.rollback()


def test_a_capacity_that_drifted_is_found_at_close_of_business(agents: World) -> None:
    (offer,) = offered(agents, agents.invoice("INV-1"))
    accept(agents, offer)
    drift = text("UPDATE party_capacity SET used_minor = used_minor + 1 WHERE tenant_id = :tenant")
    agents.session.flush()
    agents.session.execute(drift, {"tenant": agents.session.tenant_id})
    agents.session.expire_all()
    (difference,) = check_capacities(agents.session)
    assert (difference.expected_minor, difference.found_minor) == (900_000_00, 900_000_01)
