"""The evening of agents: periods become invoices, then everybody is judged by them; and again changes nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.profiles import NewAgent, enrol_agent
from domain.financing.agents.sales import report_sales
from domain.financing.agents.sales_files import SaleLine
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.values.actor import Actor
from domain.values.money import Money
from jobs import agent_review
from jobs.context import JobContext, Occasion


def evening(context: JobContext, on: date) -> dict[str, int]:
    return dict(agent_review.run(context, Occasion(on, "2100", context.clock())))


def test_an_agent_that_sold_and_did_not_pay(context: JobContext, at: Callable[[str], None], actor: Actor) -> None:
    clock = context.clock()
    kinds = (PartyKind.HQ, PartyKind.AGENT)
    firms = [NewParty(kind=kind, name="x", code="A-7", tax_id="912345678", country="DE") for kind in kinds]
    with context.session() as session:
        airline, agent = register_parties(session, firms, actor=actor, clock=clock)
        policy = NewPolicy(clock.today(), "manual", Decimal(4), Decimal(2), Decimal(2), Decimal(1))
        set_policy(session, policy, actor=actor, clock=clock)
        enrol_agent(session, NewAgent(agent.id, airline.id, "CNY", 15, 10), actor=actor, clock=clock)
        line = SaleLine(1, "A-7", clock.today(), "D-1", Money.of("450.00", "CNY"))
        report_sales(session, [line], actor=actor, clock=clock)
    # 2 to 16 March; nothing is held, so all of it is called up: 450 / 2 = 225
    at("2026-03-17 21:00")
    done = {
        "periods": 1,
        "invoices": 1,
        "refused": 0,
        "agents": 1,
        "changed": 0,
        "warnings": 0,
        "calls": 1,
        "missed": 0,
    }
    assert evening(context, date(2026, 3, 17)) == done
    again = evening(context, date(2026, 3, 17))
    assert (again["periods"], again["invoices"], again["calls"]) == (0, 0, 0)
    # Due on 26 March: late from the 27th on. Neither finances nor history pass: status C.
    at("2026-03-27 21:00")
    assert evening(context, date(2026, 3, 27))["changed"] == 1


def test_a_house_without_agents_needs_no_policy(context: JobContext) -> None:
    assert evening(context, date(2026, 3, 2))["agents"] == 0
