"""The invoices of agents' settlement periods: what still stands open on them, and for whom it is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from domain.financing.agents.tables import AgentPeriod
from domain.platform.database import TenantSession
from domain.receivables.exposure import lock_receivables, record_standing
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.money import Money

_S = ReceivableState
# Nobody has lent on these: what the agent pays is its seller's.
_UNFINANCED = frozenset({_S.DRAFT, _S.SUBMITTED, _S.VERIFIED, _S.CONFIRMED, _S.PART_CONFIRMED, _S.LISTED})

_OPEN = text("""
    SELECT period.id AS period_id, period.agent_id, receivable.id AS receivable_id, receivable.currency,
           face_amount - paid_minor AS unpaid_minor, receivable.due_on, advance.id AS advance_id
    FROM agent_period AS period
    JOIN (SELECT *, coalesce(confirmed_minor, face_minor) AS face_amount FROM receivable WHERE tenant_id = :tenant)
      AS receivable ON receivable.id = period.receivable_id
    LEFT JOIN advance ON advance.tenant_id = :tenant AND advance.receivable_id = receivable.id
      AND advance.state IN ('funded', 'part_repaid', 'overdue', 'recourse_demanded')
    WHERE period.tenant_id = :tenant AND period.agent_id = ANY(CAST(:ids AS uuid[]))
      AND face_amount > paid_minor
    ORDER BY receivable.due_on, receivable.id
""")


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment falls on one financed invoice."""

    advance_id: UUID
    amount: Money


def shares_of_lenders(session: TenantSession, agent_id: UUID, amount: Money) -> list[Share]:
    """How a payment for an agent falls on its financed invoices, earliest due first.

    Invoices nobody financed take their part in the same order; what the shares leave is the seller's.
    """
    left, shares = amount.minor, []
    for row in _open(session, [agent_id]):
        part = min(left, row.unpaid_minor)
        if part and row.advance_id is not None:
            shares.append(Share(row.advance_id, Money.from_minor(part, row.currency)))
        left -= part
    return shares


def apply_to_invoices(session: TenantSession, sums: Mapping[UUID, int]) -> dict[UUID, int]:
    """Set what agents paid against their invoices that nobody financed, earliest due first; returns what was set."""
    rows = [row for row in _open(session, list(sums)) if row.advance_id is None]
    invoices = lock_receivables(session, {row.receivable_id for row in rows}) if rows else {}
    left, applied = dict(sums), dict.fromkeys(sums, 0)
    for row in rows:
        part = min(left[row.agent_id], _open_amount(invoices[row.receivable_id]))
        if part <= 0:
            continue
        record_standing(invoices[row.receivable_id], received=_money(row, part), principal=_money(row, 0))
        session.get_one(AgentPeriod, (session.tenant_id, row.period_id)).collected_minor += part
        left[row.agent_id] -= part
        applied[row.agent_id] += part
    session.flush()
    return applied


def _open(session: TenantSession, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    session.flush()
    return session.execute(_OPEN, {"tenant": session.tenant_id, "ids": list(ids)}).all()


def _open_amount(invoice: Receivable) -> int:
    """What is open of an invoice nobody has lent on, as it is behind its lock."""
    if invoice.state not in _UNFINANCED or invoice.exposure_minor:
        return 0
    face = invoice.face_minor if invoice.confirmed_minor is None else invoice.confirmed_minor
    return face - invoice.paid_minor


def _money(row: Row[Any], minor: int) -> Money:
    return Money.from_minor(minor, row.currency)
