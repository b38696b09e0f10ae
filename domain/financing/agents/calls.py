"""Calls to top up deposits: made when a deposit was used or no longer secures its sales, met or missed (R26, R27)."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from domain.financing.agents.standing import SECURED, forget_agents, tell
from domain.financing.agents.states import OPEN_CALLS, CallReason, CallState
from domain.financing.agents.tables import Agent, DepositCall
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.values.actor import system
from domain.values.money import Money

CALLING = system("deposit_calls")

_NEEDED = "ceil(outstanding_minor / CASE WHEN status = 'C' THEN 1 ELSE multiple END)::bigint"
_CALL_UP = text(f"""
    INSERT INTO agent_deposit_call
      (tenant_id, id, created_at, agent_id, target_minor, amount_minor, currency, due_on, reason, state)
    SELECT :tenant, {SQL_UUID7}, :now, id, {_NEEDED}, {_NEEDED} - {SECURED}, currency, :due_on, 'too_low', 'called'
    FROM agent
    WHERE tenant_id = :tenant AND id = ANY(CAST(:ids AS uuid[])) AND {_NEEDED} > {SECURED}
    ON CONFLICT (tenant_id, agent_id) WHERE state IN ('called', 'missed') DO NOTHING
    RETURNING agent_id, amount_minor, target_minor, currency
""")


def call_up(session: TenantSession, agent_ids: Collection[UUID], call_days: int, *, clock: Clock) -> int:
    """Call up the deposits that no longer secure what is outstanding (R26); who has an open call gets no second one."""
    session.flush()
    due_on = clock.today() + timedelta(days=call_days)
    binds = {"tenant": session.tenant_id, "ids": list(agent_ids), "now": clock.now(), "due_on": due_on}
    called = session.execute(_CALL_UP, binds).all()
    told: list[tuple[str, dict[str, object]]] = [
        (
            public_id("pty", row.agent_id),
            {
                "amount": str(Money.from_minor(row.amount_minor, row.currency).amount),
                "target": str(Money.from_minor(row.target_minor, row.currency).amount),
                "currency": row.currency,
                "due_on": due_on.isoformat(),
            },
        )
        for row in called
    ]
    tell(session, "agent.deposit_called", told, clock=clock)
    return len(called)


def call_after_use(session: TenantSession, agent: Agent, target: Money, call_days: int, *, clock: Clock) -> DepositCall:
    """Call the deposit back to what it was before it was used (R27); an open call grows to that."""
    due_on = clock.today() + timedelta(days=call_days)
    call = session.exec(
        select(DepositCall).where(
            DepositCall.tenant_id == session.tenant_id,
            DepositCall.agent_id == agent.id,
            col(DepositCall.state).in_(OPEN_CALLS),
        )
    ).first()
    if call is None:
        call = DepositCall(
            tenant_id=session.tenant_id,
            created_at=clock.now(),
            agent_id=agent.id,
            currency=agent.currency,
            target_minor=target.minor,
            amount_minor=target.minor,
            due_on=due_on,
            reason=CallReason.USED,
            state=CallState.CALLED,
        )
        session.add(call)
    call.target_minor = max(call.target_minor, target.minor)
    call.amount_minor = call.target_minor - agent.secured.minor
    call.reason, call.due_on = CallReason.USED, due_on
    session.flush()
    facts = {"amount": str(agent.money(call.amount_minor).amount), "due_on": due_on.isoformat(), "after": "use"}
    announce(session, "agent.deposit_called", agent.public_id, facts, clock=clock)
    return call


def meet_calls(session: TenantSession, agent_ids: Collection[UUID], *, clock: Clock) -> int:
    """Close the calls whose target is reached; who was halted may sell again (R27)."""
    session.flush()
    met = session.exec(
        select(DepositCall.id, DepositCall.agent_id)
        .join(Agent, (col(Agent.tenant_id) == DepositCall.tenant_id) & (col(Agent.id) == DepositCall.agent_id))
        .where(
            DepositCall.tenant_id == session.tenant_id,
            col(DepositCall.agent_id) == any_of(agent_ids),
            col(DepositCall.state).in_(OPEN_CALLS),
            col(Agent.deposit_minor) - col(Agent.returning_minor) >= DepositCall.target_minor,
        )
    ).all()
    if not met:
        return 0
    move_all(session, DepositCall, [row[0] for row in met], CallState.MET, actor=CALLING, clock=clock)
    agents = [row[1] for row in met]
    session.execute(_RESUME, {"tenant": session.tenant_id, "ids": agents})
    forget_agents(session, agents)
    tell(session, "agent.deposit_call_met", [(public_id("pty", each), {}) for each in agents], clock=clock)
    return len(met)


_RESUME = text("""
    UPDATE agent SET halted = false WHERE tenant_id = :tenant AND id = ANY(CAST(:ids AS uuid[])) AND halted
""")


def miss_calls(session: TenantSession, agent_ids: Collection[UUID], *, clock: Clock) -> int:
    """Mark the calls that were not met by their date; met they may still be."""
    session.flush()
    late = list(
        session.exec(
            select(DepositCall.id).where(
                DepositCall.tenant_id == session.tenant_id,
                col(DepositCall.agent_id) == any_of(agent_ids),
                DepositCall.state == CallState.CALLED,
                DepositCall.due_on < clock.today(),
            )
        )
    )
    if not late:
        return 0
    missed = move_all(session, DepositCall, late, CallState.MISSED, actor=CALLING, clock=clock)
    told: list[tuple[str, dict[str, object]]] = [(public_id("dcl", each), {}) for each in late]
    tell(session, "agent.deposit_call_missed", told, clock=clock)
    return missed
