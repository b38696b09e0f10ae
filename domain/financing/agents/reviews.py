"""The review of agents: what they paid late, their status, what they may sell (R21, R25); by a few statements for all.

The arithmetic of `rules.risk_status` and `rules.capacity`, in SQL; a property test holds the two together.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from domain.financing.agents import calls, queries
from domain.financing.agents.remittances import note_collections
from domain.financing.agents.rules import HIGHEST_PERIODS, WINDOW_MONTHS
from domain.financing.agents.standing import forget_agents, restate, tell
from domain.financing.agents.tables import Agent
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id
from domain.values.actor import Actor, system

REVIEWER = system("agent_review")

# A period is late when all that was remitted by then (and the days of grace) is less than all that was due by then:
# early payments count, and one gap is not counted twice once it is filled.
_LATE = """
    SELECT agent_id, count(*) AS late FROM (
      SELECT agent_id, due_on, sum(sales_minor - refunds_minor) OVER (PARTITION BY agent_id ORDER BY ends_on) AS owed
      FROM agent_period WHERE tenant_id = :tenant AND agent_id = ANY(CAST(:ids AS uuid[]))) AS due
    WHERE due_on + CAST(:grace AS integer) < :on AND due_on > CAST(:on AS date) - CAST(:window AS integer)
      AND owed > coalesce((SELECT sum(amount_minor) FROM agent_remittance AS paid
                           WHERE paid.tenant_id = :tenant AND paid.agent_id = due.agent_id
                             AND paid.value_on <= due.due_on + CAST(:grace AS integer)), 0)
    GROUP BY agent_id
"""

_IN_DEFAULT = """
    SELECT DISTINCT agent_id FROM agent_default
    WHERE tenant_id = :tenant AND agent_id = ANY(CAST(:ids AS uuid[])) AND state IN ('enforced', 'settled')
      AND declared_on > CAST(:on AS date) - CAST(:window AS integer)
"""

_HIGHEST = f"""
    SELECT agent_id, greatest(sum(net), 0) AS sold, sum(days) AS days FROM (
      SELECT agent_id, net, days, row_number() OVER (PARTITION BY agent_id ORDER BY net DESC, days DESC) AS place
      FROM (SELECT agent_id, sales_minor - refunds_minor AS net, ends_on - starts_on + 1 AS days FROM agent_period
            WHERE tenant_id = :tenant AND agent_id = ANY(CAST(:ids AS uuid[]))
              AND ends_on > CAST(:on AS date) - interval '{WINDOW_MONTHS} months') AS sales) AS ranked
    WHERE place <= {HIGHEST_PERIODS} GROUP BY agent_id
"""

_REVIEW = text(f"""
    WITH judged AS (
      SELECT agent.id, agent.status AS before, finances_pass, coalesce(late, 0) AS late,
             coalesce(history_override, coalesce(late, 0) <= :late_allowed AND in_default.agent_id IS NULL) AS history,
             sold, days, reporting_days + remittance_days AS days_at_risk
      FROM agent LEFT JOIN ({_LATE}) AS late ON late.agent_id = agent.id
      LEFT JOIN ({_IN_DEFAULT}) AS in_default ON in_default.agent_id = agent.id
      LEFT JOIN ({_HIGHEST}) AS highest ON highest.agent_id = agent.id
      WHERE agent.tenant_id = :tenant AND agent.id = ANY(CAST(:ids AS uuid[]))
    ), found AS (
      SELECT *, CASE finances_pass::integer + history::integer WHEN 2 THEN 'A' WHEN 1 THEN 'B' ELSE 'C' END AS status
      FROM judged
    ), kept AS (
      UPDATE agent SET late_periods = found.late, history_pass = found.history, status = found.status,
             reviewed_on = :on,
             multiple = CASE found.status WHEN 'A' THEN CAST(:multiple_a AS numeric)
                                          WHEN 'B' THEN CAST(:multiple_b AS numeric) ELSE 1 END,
             capacity_minor = div(sold * days_at_risk * CASE found.status WHEN 'A' THEN CAST(:factor_a AS numeric)
                                  WHEN 'B' THEN CAST(:factor_b AS numeric) ELSE 1 END, days)::bigint
      FROM found WHERE agent.tenant_id = :tenant AND agent.id = found.id
    )
    INSERT INTO agent_status_change
      (tenant_id, id, created_at, agent_id, "on", status, finances_pass, history_pass, late_periods, actor, reason)
    SELECT :tenant, {SQL_UUID7}, :now, id, :on, status, finances_pass, history, late, :actor, :reason FROM found
    WHERE status <> before
       OR NOT EXISTS (SELECT FROM agent_status_change AS known WHERE known.tenant_id = :tenant AND agent_id = found.id)
    RETURNING agent_id, status, late_periods
""")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many agents were looked at, and what came of it."""

    agents: int
    changed: int
    warnings: int
    calls: int
    missed: int


def review_agents(
    session: TenantSession,
    *,
    clock: Clock,
    actor: Actor = REVIEWER,
    ids: Collection[UUID] | None = None,
    reason: str = "by rule",
) -> Reviewed:
    """Judge payment history, status and capacity anew, raise warnings and call up deposits; of all agents, or of these.

    Raises NoAgentPolicy when there are agents and no policy.
    """
    session.flush()
    chosen = list(ids) if ids is not None else _all(session)
    if not chosen:
        return Reviewed(0, 0, 0, 0, 0)
    policy = queries.policy_on(session, clock.today())
    queries.lock_agents(session, chosen)
    note_collections(session, chosen, clock=clock)
    binds: dict[str, Any] = {
        "tenant": session.tenant_id,
        "ids": chosen,
        "on": clock.today(),
        "now": clock.now(),
        "grace": policy.grace_days,
        "window": policy.window_days,
        "late_allowed": policy.late_allowed,
        "multiple_a": policy.multiple_a,
        "multiple_b": policy.multiple_b,
        "factor_a": policy.factor_a,
        "factor_b": policy.factor_b,
        "actor": str(actor),
        "reason": reason,
    }
    changed = session.execute(_REVIEW, binds).all()
    forget_agents(session, chosen)
    told: list[tuple[str, dict[str, object]]] = [
        (public_id("pty", row.agent_id), {"status": row.status, "late_periods": row.late_periods}) for row in changed
    ]
    tell(session, "agent.status_changed", told, clock=clock)
    missed = calls.miss_calls(session, chosen, clock=clock)
    called = calls.call_up(session, chosen, policy.call_days, clock=clock)
    warnings = restate(session, chosen, clock=clock)
    return Reviewed(len(chosen), len(changed), warnings, called, missed)


def _all(session: TenantSession) -> list[UUID]:
    return list(session.exec(select(Agent.id).where(Agent.tenant_id == session.tenant_id).order_by(col(Agent.id))))
