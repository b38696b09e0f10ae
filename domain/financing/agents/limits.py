"""What an agent may still sell: decided at once, explained to the last input, asked by offers (R21, R26)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, text
from sqlmodel import col, select

from domain.financing.agents import queries, rules
from domain.financing.agents.errors import AgentLimitExceeded, SaleNotPositive, SaleReferenceReused
from domain.financing.agents.remittances import note_collections
from domain.financing.agents.rules import PeriodSales, Standing
from domain.financing.agents.standing import restate, sum_up
from domain.financing.agents.states import SaleOrigin
from domain.financing.agents.tables import Agent, AgentSale
from domain.financing.headrooms import Others
from domain.parties.queries import any_of
from domain.platform.binds import TENANT, any_id, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.money import Money

AGENT = "agent"  # what its limit is called among those over an offer (R1)


@dataclass(frozen=True, slots=True)
class Authorised:
    """A sale that was allowed, and what may be sold after it; `repeated` when it was allowed before."""

    sale_id: UUID
    amount: Money
    headroom: Money
    repeated: bool


def authorise_sale(
    session: TenantSession, agent_id: UUID, amount: Money, reference: str, *, clock: Clock, sold_on: date | None = None
) -> Authorised:
    """Decide at once whether the agent may sell, and count the sale if so (R26); a reference is decided once.

    R21 1,300,000, deposit 300,000 x 4, outstanding 1,050,000: 160,000 is refused, and allowed after 200,000 were
    remitted. Raises AgentLimitExceeded, SaleNotPositive, SaleReferenceReused, OtherCurrency, NotFound.
    """
    if amount.minor <= 0:
        raise SaleNotPositive(amount=str(amount))
    # Behind the agent's lock: two sales could each see the last 1,000 free.
    agent = queries.lock_agent(session, agent_id)
    queries.check_currency(agent, amount)
    known = _sale(session, agent_id, reference)
    if known is not None:
        if known.amount_minor != amount.minor:
            raise SaleReferenceReused(
                reference=reference, known=str(agent.money(known.amount_minor)), amount=str(amount)
            )
        return Authorised(known.id, amount, rules.headroom(agent.standing), repeated=True)
    if note_collections(session, [agent_id], clock=clock):
        restate(session, [agent_id], clock=clock)
    check_limit(agent.standing, amount)
    sale = AgentSale(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        agent_id=agent_id,
        reference=reference,
        sold_on=sold_on or clock.today(),
        amount_minor=amount.minor,
        currency=amount.currency,
        origin=SaleOrigin.AUTHORISED,
    )
    session.add(sale)
    agent.sold_minor += amount.minor
    sum_up(agent)
    restate(session, [agent_id], clock=clock)
    return Authorised(sale.id, amount, rules.headroom(agent.standing), repeated=False)


def _sale(session: TenantSession, agent_id: UUID, reference: str) -> AgentSale | None:
    return session.exec(
        select(AgentSale).where(
            AgentSale.tenant_id == session.tenant_id, AgentSale.agent_id == agent_id, AgentSale.reference == reference
        )
    ).one_or_none()


def check_limit(standing: Standing, amount: Money) -> None:
    """Raise AgentLimitExceeded, with every number behind it, when the sale goes beyond the limit (R26)."""
    free = rules.headroom(standing)
    if free < amount:
        raise AgentLimitExceeded(
            amount=str(amount),
            headroom=str(free),
            limit=str(rules.agent_limit(standing)),
            capacity=str(standing.capacity) if standing.capacity is not None else "-",
            deposit=str(standing.secured),
            multiple=f"{standing.multiple.normalize():f}",
            risk_status=standing.status.value,
            outstanding=str(standing.outstanding),
        )


_AGENTS = select(Agent).where(
    col(Agent.tenant_id) == TENANT, or_(col(Agent.id) == any_id(), col(Agent.debtor_id) == any_id())
)


def headroom_of(session: TenantSession, party_ids: Collection[UUID], *, clock: Clock) -> Mapping[UUID, Money]:
    """What the agents among these parties, named as agents or as debtors, may still owe (R26); others are left out.

    As of the last review and every sale, remittance and deposit since; an offer on an agent's invoice asks it.
    """
    del clock  # limits are kept as they change; the day itself moves none of them
    rows = session.scalars(_AGENTS, of(session, party_ids)).all()
    wanted = set(party_ids)
    return {
        party_id: rules.headroom(agent.standing)
        for agent in rows
        for party_id in (agent.id, agent.debtor_id)
        if party_id in wanted
    }


def over_agents(clock: Clock) -> Others:
    """R1's `agent` limit, for whoever accepts offers: no more is lent on an agent than it may still owe (R26)."""

    def others(session: TenantSession, party_ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, Money]]:
        found = headroom_of(session, party_ids, clock=clock)
        if not found:
            return {}
        # One firm under two parties is let through once: as the debtor that its invoices name.
        twins = _known_as_debtors(session, found.keys())
        return {party_id: {AGENT: room} for party_id, room in found.items() if party_id not in twins}

    return others


def _known_as_debtors(session: TenantSession, party_ids: Collection[UUID]) -> set[UUID]:
    """Those of the parties that are agents whose debtor stands beside them."""
    both = select(Agent.id).where(
        Agent.tenant_id == session.tenant_id,
        col(Agent.id) == any_of(party_ids),
        col(Agent.debtor_id) == any_of(party_ids),
        col(Agent.id) != col(Agent.debtor_id),
    )
    return set(session.exec(both))


@dataclass(frozen=True, slots=True)
class LimitExplained:
    """An agent's limit with every input of it."""

    standing: Standing
    limit: Money
    headroom: Money
    used_percent: Decimal
    days_at_risk: int
    factor: Decimal
    highest: tuple[PeriodSales, ...]
    mean_daily_sales: Money | None
    policy_from: date
    citation: str


def explain_limit(session: TenantSession, agent_id: UUID, *, clock: Clock) -> LimitExplained:
    """The limit and what it is made of (R21, R25, R26). Raises NotFound, NoAgentPolicy."""
    agent = queries.find_agent(session, agent_id)
    reviewed_on = agent.reviewed_on or clock.today()
    policy = queries.policy_on(session, reviewed_on)
    periods = periods_in_window(session, agent, reviewed_on)
    standing = agent.standing
    limit = rules.agent_limit(standing)
    return LimitExplained(
        standing=standing,
        limit=limit,
        headroom=rules.headroom(standing),
        used_percent=rules.used_percent(limit, standing.outstanding),
        days_at_risk=agent.reporting_days + agent.remittance_days,
        factor=policy.factor(agent.status),
        highest=tuple(rules.highest_periods(periods)),
        mean_daily_sales=rules.mean_daily_sales(periods),
        policy_from=policy.valid_from,
        citation=policy.citation,
    )


_PERIODS = text(f"""
    SELECT sales_minor - refunds_minor AS net, ends_on - starts_on + 1 AS days FROM agent_period
    WHERE tenant_id = :tenant AND agent_id = :agent
      AND ends_on > CAST(:on AS date) - interval '{rules.WINDOW_MONTHS} months'
""")


def periods_in_window(session: TenantSession, agent: Agent, on: date) -> list[PeriodSales]:
    """The settlement periods whose sales speak for an agent on a date (R21)."""
    rows = session.execute(_PERIODS, {"tenant": session.tenant_id, "agent": agent.id, "on": on})
    return [PeriodSales(agent.money(row.net), row.days) for row in rows]
