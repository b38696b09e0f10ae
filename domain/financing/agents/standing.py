"""An agent's limit brought up to date with what it is made of, and its warnings with how much of it is used (R21, R26).

The same arithmetic as `rules.agent_limit` and `rules.warnings_reached`, in SQL for any number of agents; a property
test holds the two together.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Uuid, bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.financing.agents.rules import WARN_AT
from domain.financing.agents.tables import Agent
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id, uuid7
from domain.platform.outbox import OutboxEvent
from domain.values.money import Money

SECURED = "(deposit_minor - returning_minor)"
LIMIT = f"""(CASE WHEN halted THEN 0
                  WHEN status = 'C' OR capacity_minor IS NULL THEN {SECURED}
                  ELSE least(capacity_minor, floor({SECURED} * multiple)) END)::bigint"""

_LIMITS = text(f"""
    UPDATE agent SET limit_minor = {LIMIT}
    WHERE tenant_id = :tenant AND id = ANY(:ids) AND limit_minor <> {LIMIT}
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))

_REACHED = (
    """agent.outstanding_minor > 0 AND agent.outstanding_minor::numeric * 100 >= agent.limit_minor::numeric * {level}"""
)

_RAISE = text(f"""
    INSERT INTO agent_warning (tenant_id, id, created_at, agent_id, level, limit_minor, outstanding_minor, currency)
    SELECT :tenant, {SQL_UUID7}, :now, agent.id, level, limit_minor, outstanding_minor, currency
    FROM agent, unnest(:levels) AS level
    WHERE agent.tenant_id = :tenant AND agent.id = ANY(:ids) AND {_REACHED.format(level="level")}
    ORDER BY agent.id, level
    ON CONFLICT (tenant_id, agent_id, level) WHERE cleared_at IS NULL DO NOTHING
    RETURNING agent_id, level, limit_minor, outstanding_minor, currency
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("levels", type_=ARRAY(Integer)))

_CLEAR = text(f"""
    UPDATE agent_warning AS warning SET cleared_at = :now FROM agent
    WHERE warning.tenant_id = :tenant AND warning.agent_id = ANY(:ids) AND warning.cleared_at IS NULL
      AND agent.tenant_id = :tenant AND agent.id = warning.agent_id
      AND NOT ({_REACHED.format(level="warning.level")})
    RETURNING warning.agent_id, level, agent.limit_minor, agent.outstanding_minor, agent.currency
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def restate(session: TenantSession, agent_ids: Collection[UUID], *, clock: Clock) -> int:
    """Compute limits anew, raise each warning once per crossing, clear those no longer reached; returns the raised."""
    if not agent_ids:
        return 0
    session.flush()
    binds = {"tenant": session.tenant_id, "ids": list(agent_ids), "now": clock.now()}
    session.execute(_LIMITS, binds)
    cleared = session.execute(_CLEAR, binds).all()
    raised = session.execute(_RAISE, binds | {"levels": list(WARN_AT)}).all()
    _announce(session, "agent.limit_used", raised, clock)
    _announce(session, "agent.limit_restored", cleared, clock)
    forget_agents(session, agent_ids)
    return len(raised)


def forget_agents(session: TenantSession, agent_ids: Collection[UUID]) -> None:
    """Whoever looks at the rows again reads what was written past them."""
    for agent_id in agent_ids:
        row = session.identity_map.get(session.identity_key(Agent, (session.tenant_id, agent_id)))
        if row is not None:
            session.expire(row)


def tell(session: TenantSession, kind: str, told: Sequence[tuple[str, dict[str, object]]], *, clock: Clock) -> None:
    """Put many events in the outbox by one statement: subject and payload of each."""
    events = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "kind": kind,
            "subject": subject,
            "payload": payload,
        }
        for subject, payload in told
    ]
    if events:
        session.execute(insert(OutboxEvent), events)


def _announce(session: TenantSession, kind: str, rows: Sequence[Row[Any]], clock: Clock) -> None:
    told: list[tuple[str, dict[str, object]]] = [
        (
            public_id("pty", row.agent_id),
            {
                "level": row.level,
                "limit": str(Money.from_minor(row.limit_minor, row.currency).amount),
                "outstanding": str(Money.from_minor(row.outstanding_minor, row.currency).amount),
                "currency": row.currency,
            },
        )
        for row in rows
    ]
    tell(session, kind, told, clock=clock)


def sum_up(agent: Agent) -> None:
    """Outstanding again what its parts say; the database holds the two together."""
    agent.outstanding_minor = max(agent.sold_minor - agent.refunded_minor - agent.remitted_minor, 0)
