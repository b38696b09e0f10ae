"""Agents proved: deposits are what the ledger holds, outstanding is the sum of its parts, limits are their rule."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text

from domain.financing.agents.standing import LIMIT
from domain.ledger.balances import standings
from domain.ledger.chart import AccountKind
from domain.platform.database import TenantSession
from domain.platform.ids import public_id

_SUMS = f"""
    WITH sales AS (
      SELECT agent_id, sum(greatest(amount_minor, 0)) AS sold, sum(greatest(-amount_minor, 0)) AS refunded
      FROM agent_sale WHERE tenant_id = :tenant GROUP BY agent_id
    ), paid AS (
      SELECT agent_id, sum(amount_minor) AS remitted FROM agent_remittance WHERE tenant_id = :tenant GROUP BY agent_id
    ), periods AS (
      SELECT agent_id, sum(early_minor + collected_minor) AS applied, sum(sales_minor - refunds_minor) AS net
      FROM agent_period WHERE tenant_id = :tenant GROUP BY agent_id
    ), closed AS (
      SELECT agent_id, sum(amount_minor) AS net FROM agent_sale
      WHERE tenant_id = :tenant AND period_id IS NOT NULL GROUP BY agent_id
    ), deposits AS (
      SELECT agent_id, sum(amount_minor) AS held FROM agent_deposit_event WHERE tenant_id = :tenant GROUP BY agent_id
    ), promises AS (
      SELECT agent_id, sum(amount_minor) AS promised FROM agent_deposit_return
      WHERE tenant_id = :tenant AND state = 'approved' GROUP BY agent_id
    )
    SELECT agent.id, what, coalesce(expected, 0)::bigint AS expected, found
    FROM agent LEFT JOIN sales ON sales.agent_id = agent.id LEFT JOIN paid ON paid.agent_id = agent.id
    LEFT JOIN periods ON periods.agent_id = agent.id LEFT JOIN closed ON closed.agent_id = agent.id
    LEFT JOIN deposits ON deposits.agent_id = agent.id LEFT JOIN promises ON promises.agent_id = agent.id,
    LATERAL (VALUES
      ('sales reported and authorised', sold, sold_minor),
      ('refunds', refunded, refunded_minor),
      ('remittances', remitted, remitted_minor),
      ('outstanding by its parts', greatest(coalesce(sold, 0) - coalesce(refunded, 0) - coalesce(remitted, 0), 0),
       outstanding_minor),
      ('remittances by what they were applied to', coalesce(applied, 0) + unapplied_minor, remitted_minor),
      ('sales of closed periods', closed.net, coalesce(periods.net, 0)::bigint),
      ('deposit by its events', held, deposit_minor),
      ('deposit on its way back', promised, returning_minor),
      ('limit by its rule', {LIMIT}, limit_minor)) AS compared (what, expected, found)
    WHERE agent.tenant_id = :tenant
"""
_DRIFTS = text(f"SELECT * FROM ({_SUMS}) AS sums WHERE expected <> found ORDER BY id, what")
_DEPOSITS = text("SELECT id, currency, deposit_minor FROM agent WHERE tenant_id = :tenant")


@dataclass(frozen=True, slots=True)
class AgentDifference:
    """Two figures of one agent that must be equal and are not, in minor units."""

    what: str
    agent: str
    expected_minor: int
    found_minor: int


def check_agents(session: TenantSession) -> list[AgentDifference]:
    """Every way in which agents, their rows and the ledger disagree; empty when all is well."""
    session.flush()
    rows = session.execute(_DRIFTS, {"tenant": session.tenant_id})
    drifted = [AgentDifference(row.what, public_id("pty", row.id), row.expected, row.found) for row in rows]
    return [*drifted, *_against_the_ledger(session)]


def _against_the_ledger(session: TenantSession) -> Iterable[AgentDifference]:
    rows = session.execute(_DEPOSITS, {"tenant": session.tenant_id})
    found = {(row.id, row.currency): row.deposit_minor for row in rows}
    deposits = standings(session, {AccountKind.DEPOSIT_HELD})
    held = {(account.owner, account.currency): -minor for account, minor in deposits.items()}
    for owner, currency in sorted(found.keys() | held.keys(), key=str):
        expected, kept = held.get((owner, currency), 0), found.get((owner, currency), 0)
        if expected != kept:
            name = public_id("pty", owner) if owner else "-"
            yield AgentDifference(f"deposit held in the ledger, {currency}", name, expected, kept)
