"""What sweeps leave behind when the bank has made them: a movement of the position, its leg, and a loan slip."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7_COUNTED, uuid7_counter
from domain.platform.numbers import reserve
from domain.pooling.states import MovementKind

SLIP_SERIES = "loan_slip"

_SIGNED = "CASE direction WHEN 'up' THEN amount_minor ELSE -amount_minor END"
# The sweeps, with what their proposals and headers add; a slip is at the rate of the version they were evaluated by.
# Whoever noted their outcome has locked them, so that what has no movement of the kind gets none meanwhile.
_CHOSEN = """
    chosen AS MATERIALIZED (
      SELECT row_number() OVER (ORDER BY sweep.id) - 1 AS place, sweep.id, direction, account_id, parent_account_id,
             sweep.party_id, parent.party_id AS parent_party_id, amount_minor, sweep.currency, value_date,
             proposal.structure_id, structure_version, business_date,
             CASE direction WHEN 'up' THEN up_rate ELSE down_rate END AS annual_rate
      FROM sweep
      JOIN sweep_proposal AS proposal ON proposal.tenant_id = :tenant AND proposal.id = sweep.proposal_id
      JOIN pool_version AS version
        ON version.tenant_id = :tenant AND version.structure_id = proposal.structure_id
       AND version.version = structure_version
      JOIN bank_account AS parent ON parent.tenant_id = :tenant AND parent.id = parent_account_id
      WHERE sweep.tenant_id = :tenant AND sweep.id = ANY(CAST(:ids AS uuid[]))
        AND NOT EXISTS (SELECT FROM pool_movement AS known
                        WHERE known.tenant_id = :tenant AND known.source_id = sweep.id AND known.kind = '{kind}'))
"""


def _moved(kind: MovementKind, amount: str) -> str:
    return f"""
        INSERT INTO pool_movement (tenant_id, source_id, kind, structure_id, account_id, parent_account_id, party_id,
                                   currency, value_date, amount_minor)
        SELECT :tenant, id, '{kind.value}', structure_id, account_id, parent_account_id, party_id, currency, value_date,
               {amount}
        FROM chosen
    """


_LEGS = """
    INSERT INTO pool_leg (tenant_id, account_id, parent_account_id, structure_id, party_id, parent_party_id, currency,
                          position_minor, accrued_until, earned_base, owed_base, earned_minor, owed_minor,
                          earned_settled_minor, owed_settled_minor)
    SELECT :tenant, account_id, parent_account_id, structure_id, party_id, parent_party_id, currency,
           0, min(value_date), 0, 0, 0, 0, 0, 0
    FROM chosen
    WHERE NOT EXISTS (SELECT FROM pool_leg AS known
                      WHERE known.tenant_id = :tenant AND known.account_id = chosen.account_id
                        AND known.parent_account_id = chosen.parent_account_id
                        AND known.structure_id = chosen.structure_id)
    GROUP BY account_id, parent_account_id, structure_id, party_id, parent_party_id, currency
    ON CONFLICT DO NOTHING
"""
# Up the branch lends, down the header does.
_SLIPS = f"""
    INSERT INTO loan_slip (tenant_id, id, created_at, reference, sweep_id, structure_id, structure_version, lender_id,
                           lender_account_id, borrower_id, borrower_account_id, principal_minor, currency, annual_rate,
                           evaluated_on, lent_on)
    SELECT :tenant, {SQL_UUID7_COUNTED}, :now, 'EL' || to_char(value_date, 'YYYYMMDD') || '-' || :first + place,
           id, structure_id, structure_version,
           CASE direction WHEN 'up' THEN party_id ELSE parent_party_id END,
           CASE direction WHEN 'up' THEN account_id ELSE parent_account_id END,
           CASE direction WHEN 'up' THEN parent_party_id ELSE party_id END,
           CASE direction WHEN 'up' THEN parent_account_id ELSE account_id END,
           amount_minor, currency, annual_rate, business_date, value_date
    FROM chosen
"""
_NOTE_EXECUTED = text(
    f"WITH {_CHOSEN.format(kind=MovementKind.EXECUTED.value)}, legs AS ({_LEGS}), "
    f"moved AS ({_moved(MovementKind.EXECUTED, _SIGNED)}) {_SLIPS}"
)
# The way back; its value date is the return's, which the sweep bears by now.
_NOTE_RETURNED = text(
    f"WITH {_CHOSEN.format(kind=MovementKind.RETURNED.value)} {_moved(MovementKind.RETURNED, f'-({_SIGNED})')}"
)


def note_executed(session: TenantSession, sweep_ids: Sequence[UUID], *, clock: Clock) -> None:
    """Move the positions, by the value dates that the sweeps bear, and write a slip for each; twice changes nothing.

    By one statement: a hundred thousand ids take longer to be sent than to be found.
    """
    numbers = reserve(session, SLIP_SERIES, len(sweep_ids))
    binds = {"tenant": session.tenant_id, "ids": list(sweep_ids), "first": numbers.start, "now": clock.now()}
    session.execute(_NOTE_EXECUTED, binds | uuid7_counter())


def note_returned(session: TenantSession, sweep_ids: Sequence[UUID]) -> None:
    """Move the positions back; the slips stand, because the loans were made."""
    session.execute(_NOTE_RETURNED, {"tenant": session.tenant_id, "ids": list(sweep_ids)})
