"""What sweeps leave behind when the bank has made them: a movement of the position, its leg, and a loan slip."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.platform.numbers import reserve

SLIP_SERIES = "loan_slip"

_SIGNED = "CASE sweep.direction WHEN 'up' THEN sweep.amount_minor ELSE -sweep.amount_minor END"
_SWEEPS = """
    FROM sweep
    JOIN sweep_proposal AS proposal ON proposal.tenant_id = :tenant AND proposal.id = sweep.proposal_id
"""
_CHOSEN = "sweep.tenant_id = :tenant AND sweep.id = ANY(CAST(:ids AS uuid[]))"

_EXECUTED = text(f"""
    INSERT INTO pool_movement (tenant_id, source_id, kind, structure_id, account_id, parent_account_id, party_id,
                               currency, value_date, amount_minor)
    SELECT :tenant, sweep.id, 'executed', proposal.structure_id, sweep.account_id, sweep.parent_account_id,
           sweep.party_id, sweep.currency, sweep.value_date, {_SIGNED}
    {_SWEEPS} WHERE {_CHOSEN}
    ON CONFLICT DO NOTHING
""")
# The way back; its value date is the return's, which the sweep bears by now.
_RETURNED = text(f"""
    INSERT INTO pool_movement (tenant_id, source_id, kind, structure_id, account_id, parent_account_id, party_id,
                               currency, value_date, amount_minor)
    SELECT :tenant, sweep.id, 'returned', proposal.structure_id, sweep.account_id, sweep.parent_account_id,
           sweep.party_id, sweep.currency, sweep.value_date, -({_SIGNED})
    {_SWEEPS} WHERE {_CHOSEN}
    ON CONFLICT DO NOTHING
""")
_LEGS = text(f"""
    INSERT INTO pool_leg (tenant_id, account_id, parent_account_id, structure_id, party_id, parent_party_id, currency,
                          position_minor, accrued_until, earned_base, owed_base, earned_minor, owed_minor,
                          earned_settled_minor, owed_settled_minor)
    SELECT :tenant, sweep.account_id, sweep.parent_account_id, proposal.structure_id, sweep.party_id, parent.party_id,
           sweep.currency, 0, min(sweep.value_date), 0, 0, 0, 0, 0, 0
    {_SWEEPS}
    JOIN bank_account AS parent ON parent.tenant_id = :tenant AND parent.id = sweep.parent_account_id
    WHERE {_CHOSEN}
    GROUP BY sweep.account_id, sweep.parent_account_id, proposal.structure_id, sweep.party_id, parent.party_id,
             sweep.currency
    ON CONFLICT DO NOTHING
""")
# Up the branch lends, down the header does; at the rate of the version that the sweep was evaluated by.
_SLIPS = text(f"""
    INSERT INTO loan_slip (tenant_id, id, created_at, reference, sweep_id, structure_id, structure_version, lender_id,
                           lender_account_id, borrower_id, borrower_account_id, principal_minor, currency, annual_rate,
                           evaluated_on, lent_on)
    SELECT :tenant, {SQL_UUID7}, :now,
           'EL' || to_char(sweep.value_date, 'YYYYMMDD') || '-' || :first + row_number() OVER (ORDER BY sweep.id) - 1,
           sweep.id, proposal.structure_id, proposal.structure_version,
           CASE sweep.direction WHEN 'up' THEN sweep.party_id ELSE parent.party_id END,
           CASE sweep.direction WHEN 'up' THEN sweep.account_id ELSE sweep.parent_account_id END,
           CASE sweep.direction WHEN 'up' THEN parent.party_id ELSE sweep.party_id END,
           CASE sweep.direction WHEN 'up' THEN sweep.parent_account_id ELSE sweep.account_id END,
           sweep.amount_minor, sweep.currency,
           CASE sweep.direction WHEN 'up' THEN version.up_rate ELSE version.down_rate END,
           proposal.business_date, sweep.value_date
    {_SWEEPS}
    JOIN bank_account AS parent ON parent.tenant_id = :tenant AND parent.id = sweep.parent_account_id
    JOIN pool_version AS version
      ON version.tenant_id = :tenant AND version.structure_id = proposal.structure_id
     AND version.version = proposal.structure_version
    WHERE {_CHOSEN}
      AND NOT EXISTS (SELECT FROM loan_slip AS known WHERE known.tenant_id = :tenant AND known.sweep_id = sweep.id)
""")


def note_executed(session: TenantSession, sweep_ids: Sequence[UUID], *, clock: Clock) -> None:
    """Move the positions, by the value dates that the sweeps bear, and write a slip for each; twice changes nothing."""
    binds = {"tenant": session.tenant_id, "ids": list(sweep_ids)}
    session.execute(_LEGS, binds)
    session.execute(_EXECUTED, binds)
    numbers = reserve(session, SLIP_SERIES, len(sweep_ids))
    session.execute(_SLIPS, {**binds, "first": numbers.start, "now": clock.now()})


def note_returned(session: TenantSession, sweep_ids: Sequence[UUID]) -> None:
    """Move the positions back; the slips stand, because the loans were made."""
    session.execute(_RETURNED, {"tenant": session.tenant_id, "ids": list(sweep_ids)})
