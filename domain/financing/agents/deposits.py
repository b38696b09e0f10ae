"""Deposits held for agents: received, and used in default. Every change is a row, and stands in the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from domain.financing.agents import queries
from domain.financing.agents.calls import meet_calls
from domain.financing.agents.standing import restate
from domain.financing.agents.states import DepositEventKind
from domain.financing.agents.tables import Agent, DepositEvent
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.values.actor import Actor
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Deposited:
    """Money an agent put down as its deposit; `source` is the word it is known by, `cash` where it came in."""

    source: str
    agent_id: UUID
    amount: Money
    value_on: date
    cash: AccountRef


def receive_deposits(
    session: TenantSession, deposited: Sequence[Deposited], *, actor: Actor, clock: Clock
) -> list[str]:
    """Book deposits that came in, each once; calls that are met are closed. Returns the sources that were new.

    Raises NotFound, OtherCurrency.
    """
    if not deposited:
        return []
    ledger.lock_ledger(session)
    known = queries.known_sources(session, DepositEvent, [each.source for each in deposited])
    fresh = [each for each in {each.source: each for each in deposited}.values() if each.source not in known]
    if not fresh:
        return []
    agents = queries.lock_agents(session, {each.agent_id for each in fresh})
    for each in fresh:
        agent = agents[each.agent_id]
        queries.check_currency(agent, each.amount)
        note_deposit(
            session,
            agent,
            each.amount.minor,
            kind=DepositEventKind.RECEIVED,
            source=each.source,
            value_on=each.value_on,
            clock=clock,
        )
        facts = {"amount": str(each.amount.amount), "currency": each.amount.currency}
        announce(session, "agent.deposit_received", agent.public_id, facts, clock=clock)
    ledger.post_all(session, [_posting(each) for each in fresh], actor=actor, clock=clock)
    meet_calls(session, agents.keys(), clock=clock)
    restate(session, agents.keys(), clock=clock)
    return [each.source for each in fresh]


def deposit_held(agent_id: UUID, currency: str) -> AccountRef:
    """What is held for an agent."""
    return AccountRef(AccountKind.DEPOSIT_HELD, currency, agent_id)


def _posting(each: Deposited) -> Posting:
    return Posting(
        key=f"agents:{each.source}:deposit",
        event="agent.deposit_received",
        source=each.source,
        value_date=each.value_on,
        legs=(Leg(each.cash, deposit_held(each.agent_id, each.amount.currency), each.amount),),
        explanation={"rules": ["R26"], "amount": str(each.amount.amount)},
    )


def note_deposit(
    session: TenantSession,
    agent: Agent,
    minor: int,
    *,
    kind: DepositEventKind,
    source: str,
    value_on: date,
    clock: Clock,
) -> None:
    """Put down a change of a deposit, with its sign; the caller books it in the ledger."""
    row: dict[str, Any] = {
        "tenant_id": session.tenant_id,
        "id": uuid7(),
        "agent_id": agent.id,
        "kind": kind,
        "amount_minor": minor,
        "currency": agent.currency,
        "value_on": value_on,
        "source": source,
        "recorded_at": clock.now(),
    }
    agent.deposit_minor += minor
    session.execute(insert(DepositEvent), row)
