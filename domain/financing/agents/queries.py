"""Selects and locks of agents. Every statement names its tenant; ledger, receivables, agent is the order of locks."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.financing.agents.errors import NoAgentPolicy, OtherCurrency
from domain.financing.agents.tables import Agent, AgentPolicy
from domain.parties.queries import any_of
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.errors import NotFound
from domain.values.money import Money


def find_agent(session: TenantSession, agent_id: UUID) -> Agent:
    """The agent. Raises NotFound."""
    found = session.get(Agent, (session.tenant_id, agent_id))
    if found is None:
        raise NotFound(kind="agent", reference=public_id("pty", agent_id))
    return found


def debtor_party(session: TenantSession, party_id: UUID) -> UUID:
    """The same firm as receivables know it: an agent's invoices name it by another party; others are themselves."""
    agent = session.get(Agent, (session.tenant_id, party_id))
    return party_id if agent is None else agent.debtor_id


def lock_agents(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Agent]:
    """The agents as they are now, locked in id order until commit. Raises NotFound for one that is not enrolled."""
    session.flush()
    rows = session.exec(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, col(Agent.id) == any_of(ids))
        .order_by(col(Agent.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    missing = set(ids) - found.keys()
    if missing:
        raise NotFound(kind="agent", reference=public_id("pty", min(missing)))
    return found


def lock_agent(session: TenantSession, agent_id: UUID) -> Agent:
    """One agent, locked until commit. Raises NotFound."""
    return lock_agents(session, [agent_id])[agent_id]


def agents_by_code(session: TenantSession, codes: Iterable[str]) -> dict[str, Agent]:
    """The enrolled agents with these codes."""
    rows = session.execute(
        select(col(Party.code), Agent)
        .join(Agent, (col(Agent.tenant_id) == Party.tenant_id) & (col(Agent.id) == Party.id))
        .where(
            col(Party.tenant_id) == session.tenant_id,
            col(Party.kind) == PartyKind.AGENT,
            col(Party.code) == any_texts(codes),
        )
    )
    return {row[0]: row[1] for row in rows}


def any_texts(texts: Iterable[str]) -> Any:  # noqa: ANN401 - the right side of a comparison
    """The texts as one array parameter."""
    return any_(literal(sorted(set(texts)), ARRAY(Text)))


def known_sources(session: TenantSession, table: Any, sources: Iterable[str]) -> set[str]:  # noqa: ANN401 - a table
    """Those of the words by which something was recorded before."""
    return set(
        session.scalars(
            select(table.source).where(table.tenant_id == session.tenant_id, table.source == any_texts(sources))
        )
    )


def policy_on(session: TenantSession, on: date) -> AgentPolicy:
    """The policy in force. Raises NoAgentPolicy."""
    found = session.exec(
        select(AgentPolicy)
        .where(AgentPolicy.tenant_id == session.tenant_id, AgentPolicy.valid_from <= on)
        .order_by(col(AgentPolicy.valid_from).desc())
        .limit(1)
    ).first()
    if found is None:
        raise NoAgentPolicy(on=on)
    return found


def check_currency(agent: Agent, amount: Money) -> None:
    """Raise OtherCurrency unless the agent settles in the amount's currency."""
    if amount.currency != agent.currency:
        raise OtherCurrency(agent=agent.public_id, expected=agent.currency, given=amount.currency)
