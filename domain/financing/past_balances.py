"""What debtors still owed on a past date, and how late it was then: today's balances with what came since taken back.

Payments count from their value date, as a replay counts them: one that was returned was never made. A credit note
counts from its issue until it is cancelled, a confirmation from the day it was given; what a seller bought back is not
its debtor's to pay here any more. What an agent remits on invoices that nobody financed has no date for each invoice,
and counts as it stands.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Date, FromClause, String, Uuid, text

from domain.financing.events import EventKind
from domain.platform.database import TenantSession
from domain.receivables.portfolio import Aged, Side, ageing

# Cash of the debtor; what comes from the seller pays no invoice.
_FROM_DEBTORS = (EventKind.COLLECTED.value, EventKind.RECEIVED.value)
_THEN = text("""
    WITH confirmed AS (
      SELECT DISTINCT ON (receivable_id) receivable_id, amount_minor
      FROM confirmation_evidence
      WHERE tenant_id = :tenant AND "on" <= :on AND amount_minor IS NOT NULL
      ORDER BY receivable_id, id DESC
    ), later AS (
      SELECT receivable_id, sum(paid)::bigint AS paid, sum(diluted)::bigint AS diluted
      FROM (
        SELECT advance.receivable_id, event.amount_minor AS paid, 0 AS diluted
        FROM advance_event AS event
        JOIN advance ON advance.tenant_id = :tenant AND advance.id = event.advance_id
        WHERE event.tenant_id = :tenant AND event.value_date > :on AND event.kind = ANY(CAST(:from_debtors AS text[]))
          AND NOT EXISTS (SELECT FROM advance_event AS returned
                          WHERE returned.tenant_id = :tenant AND returned.advance_id = event.advance_id
                            AND returned.reverses_id = event.id)
        UNION ALL
        SELECT receivable_id, -amount_minor, 0 FROM payable_movement
        WHERE tenant_id = :tenant AND value_date > :on AND kind IN ('early', 'maturity')
        UNION ALL
        SELECT receivable_id, 0, amount_minor FROM credit_note AS note
        WHERE tenant_id = :tenant AND issued_on > :on AND NOT EXISTS (
          SELECT FROM credit_note_cancellation AS cancelled
          WHERE cancelled.tenant_id = :tenant AND cancelled.credit_note_id = note.id)
        UNION ALL
        SELECT note.receivable_id, 0, -note.amount_minor FROM credit_note_cancellation AS cancelled
        JOIN credit_note AS note ON note.tenant_id = :tenant AND note.id = cancelled.credit_note_id
        WHERE cancelled.tenant_id = :tenant AND cancelled.cancelled_on > :on AND note.issued_on <= :on
      ) AS since GROUP BY receivable_id
    ), bought_back AS (
      SELECT entity_id FROM state_transition
      WHERE tenant_id = :tenant AND entity = 'receivable' AND business_date <= :on
        AND 'reassigned' IN (from_state, to_state) AND 'closed' NOT IN (from_state, to_state)
      GROUP BY entity_id
      HAVING count(*) FILTER (WHERE to_state = 'reassigned') > count(*) FILTER (WHERE from_state = 'reassigned')
    )
    SELECT invoice.id, invoice.seller_id, invoice.debtor_id, invoice.currency, invoice.due_on,
           (confirmed.amount_minor - invoice.diluted_minor + coalesce(later.diluted, 0)
            - invoice.paid_minor + coalesce(later.paid, 0))::bigint AS unpaid_minor
    FROM receivable AS invoice
    JOIN confirmed ON confirmed.receivable_id = invoice.id
    LEFT JOIN later ON later.receivable_id = invoice.id
    WHERE invoice.tenant_id = :tenant AND invoice.issued_on <= :on
      AND NOT EXISTS (SELECT FROM bought_back WHERE bought_back.entity_id = invoice.id)
""")


def balances_on(session: TenantSession, on: date) -> FromClause:
    """(id, seller_id, debtor_id, currency, due_on, unpaid_minor) of what was confirmed by the end of a date."""
    session.flush()
    return (
        _THEN.bindparams(tenant=session.tenant_id, on=on, from_debtors=list(_FROM_DEBTORS))
        .columns(id=Uuid, seller_id=Uuid, debtor_id=Uuid, currency=String, due_on=Date, unpaid_minor=BigInteger)
        .subquery("balance")
    )


def ageing_on(
    session: TenantSession,
    *,
    by: Side,
    currency: str,
    on: date,
    today: date,
    seller_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Aged]:
    """What was unpaid at the end of a date by how late it was; from today on, what is unpaid now."""
    balances = balances_on(session, on) if on < today else None
    return ageing(
        session,
        by=by,
        currency=currency,
        on=on,
        seller_id=seller_id,
        after=after,
        limit=limit,
        balances=balances,
    )
