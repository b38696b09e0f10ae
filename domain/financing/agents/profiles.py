"""Agents enrolled, their days changed, their finances reviewed, their payment history judged by people (R25)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from domain import audit
from domain.financing.agents import queries, reviews
from domain.financing.agents.errors import AgentChangedSince, AgentEnrolled, NotAnAgent
from domain.financing.agents.rules import risk_status
from domain.financing.agents.tables import Agent
from domain.parties import queries as parties
from domain.parties.service import NewParty, register_party
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor

_SELLERS = frozenset({PartyKind.HQ, PartyKind.BRANCH, PartyKind.SUPPLIER})


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An agent to enrol: for whom it sells, how long its settlement periods are, when it remits after them."""

    agent_id: UUID
    seller_id: UUID
    currency: str
    reporting_days: int
    remittance_days: int
    period_from: date | None = None


def enrol_agent(session: TenantSession, new: NewAgent, *, actor: Actor, clock: Clock) -> Agent:
    """Take a party of kind agent under management; its first settlement period begins today, or when it says.

    Raises NotFound, NotAnAgent, AgentEnrolled, NoAgentPolicy.
    """
    party, seller = parties.party(session, new.agent_id), parties.party(session, new.seller_id)
    _check(party, frozenset({PartyKind.AGENT}), "it is no agent", "该主体不是代理人")
    _check(seller, _SELLERS, "it sells nothing itself", "该主体不是销售方")
    if session.get(Agent, (session.tenant_id, party.id)) is not None:
        raise AgentEnrolled(agent=public_id("pty", party.id))
    status = risk_status(finances_pass=False, history_pass=True)
    agent = Agent(
        tenant_id=session.tenant_id,
        id=party.id,
        created_at=clock.now(),
        seller_id=seller.id,
        debtor_id=_as_debtor(session, party, actor=actor, clock=clock),
        currency=new.currency,
        reporting_days=new.reporting_days,
        remittance_days=new.remittance_days,
        period_from=new.period_from or clock.today(),
        status=status,
        multiple=queries.policy_on(session, clock.today()).multiple(status),
    )
    session.add(agent)
    _note(session, agent, "agent.enrolled", {"seller": public_id("pty", seller.id)}, actor=actor, clock=clock)
    reviews.review_agents(session, clock=clock, actor=actor, ids=[agent.id], reason="enrolled")
    return agent


def _check(party: Party, kinds: frozenset[PartyKind], reason_en: str, reason_zh: str) -> None:
    if party.kind not in kinds:
        raise NotAnAgent(party=public_id("pty", party.id), reason_en=reason_en, reason_zh=reason_zh)
    if party.tax_id is None:
        # Its periods become invoices, and an invoice without tax ids cannot be told from another firm's.
        raise NotAnAgent(party=public_id("pty", party.id), reason_en="it has no tax id", reason_zh="未登记税号")


def _as_debtor(session: TenantSession, party: Party, *, actor: Actor, clock: Clock) -> UUID:
    """The same firm as receivables know it: its debtor, registered under its code if there is none yet."""
    known = session.exec(
        select(Party.id).where(
            Party.tenant_id == session.tenant_id,
            Party.kind == PartyKind.DEBTOR,
            Party.country == party.country,
            col(Party.tax_id) == party.tax_id,
        )
    ).one_or_none()
    if known is not None:
        return known
    new = NewParty(kind=PartyKind.DEBTOR, name=party.name, code=party.code, tax_id=party.tax_id, country=party.country)
    return register_party(session, new, actor=actor, clock=clock).id


@dataclass(frozen=True, slots=True)
class NewDays:
    """How an agent shall settle from its open period on; `…_was` is what was looked at."""

    agent_id: UUID
    reporting_days: int
    remittance_days: int
    reporting_was: int
    remittance_was: int


def change_days(session: TenantSession, new: NewDays, *, actor: Actor, clock: Clock) -> Agent:
    """Other settlement periods from the open one on, as two people decided; capacity follows at once (R21).

    Raises AgentChangedSince, NotFound.
    """
    agent = queries.lock_agent(session, new.agent_id)
    if (agent.reporting_days, agent.remittance_days) != (new.reporting_was, new.remittance_was):
        raise AgentChangedSince(agent=agent.public_id)
    agent.reporting_days, agent.remittance_days = new.reporting_days, new.remittance_days
    before, after = (
        f"{each[0]}+{each[1]}"
        for each in ((new.reporting_was, new.remittance_was), (new.reporting_days, new.remittance_days))
    )
    facts: dict[str, object] = {"from": before, "to": after}
    _note(session, agent, "agent.days_changed", facts, actor=actor, clock=clock)
    reviews.review_agents(session, clock=clock, actor=actor, ids=[agent.id], reason="days changed")
    return agent


def review_finances(
    session: TenantSession, agent_id: UUID, *, passed: bool, evidence: str, actor: Actor, clock: Clock
) -> Agent:
    """Note what the agent's accounts were found to be, and by what; its status follows (R25). Raises NotFound."""
    agent = queries.lock_agent(session, agent_id)
    agent.finances_pass, agent.finances_reviewed_on, agent.finances_evidence = passed, clock.today(), evidence
    _note(session, agent, "agent.finances_reviewed", {"passed": passed, "evidence": evidence}, actor=actor, clock=clock)
    reviews.review_agents(session, clock=clock, actor=actor, ids=[agent.id], reason="finances reviewed")
    return agent


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """Whether an agent's payment history passes whatever happened, and why; None lets what happened speak again.

    `passes_was` is what was looked at.
    """

    agent_id: UUID
    passes: bool | None
    reason: str
    passes_was: bool | None


def override_history(session: TenantSession, new: NewJudgement, *, actor: Actor, clock: Clock) -> Agent:
    """Judge the payment history by hand, as two people decided (R25). Raises AgentChangedSince, NotFound."""
    agent = queries.lock_agent(session, new.agent_id)
    if agent.history_override is not new.passes_was:
        raise AgentChangedSince(agent=agent.public_id)
    agent.history_override, agent.override_reason = new.passes, new.reason if new.passes is not None else ""
    facts: dict[str, object] = {"passes": new.passes, "reason": new.reason}
    _note(session, agent, "agent.history_overridden", facts, actor=actor, clock=clock)
    reviews.review_agents(session, clock=clock, actor=actor, ids=[agent.id], reason=new.reason)
    return agent


def _note(
    session: TenantSession, agent: Agent, action: str, facts: dict[str, object], *, actor: Actor, clock: Clock
) -> None:
    audit.record(session, actor=actor, action=action, subject=agent.public_id, facts=facts, clock=clock)
