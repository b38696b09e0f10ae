"""Advances out of sales proved: Σ of their figures is what the ledger says, and their events are what they hold."""

from collections.abc import Iterable

from sqlalchemy import text

from domain.financing.accrual import closed_until
from domain.financing.check import Difference, drifted
from domain.financing.sales.accrual import income_sql
from domain.ledger.balances import standings
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.database import TenantSession

# Penalties and losses stand on accounts that advances on invoices move too: `check_subledger` holds those.
_OURS = frozenset({AccountKind.SALES_ADVANCE, AccountKind.SALES_ADVANCE_INCOME})
# What the books hold of an advance: as of its last event, or of the last closed date.
_SUMS = text(f"""
    SELECT kind, lender_id, currency, sum(amount)::bigint AS total
    FROM (SELECT *, {income_sql("greatest(accrued_until, CAST(:closed AS date))")} AS income_now
          FROM sales_advance WHERE tenant_id = :tenant AND funded_on IS NOT NULL OFFSET 0) AS advance,
    LATERAL (VALUES
      ('sales_advance', net_minor + income_now - repaid_minor - written_off_minor),
      ('sales_advance_income', - income_now)) AS figure (kind, amount)
    GROUP BY kind, lender_id, currency
""")
_DRIFTS = {
    "collected by the events of the advance out of sales": """
        SELECT advance.id AS subject, coalesce(sum(event.collected_minor), 0)::bigint AS expected,
               advance.collected_minor AS found
        FROM sales_advance AS advance LEFT JOIN sales_advance_event AS event
          ON event.tenant_id = :tenant AND event.advance_id = advance.id
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
    "cash that merchants paid and that stands": """
        SELECT advance.id AS subject,
               (coalesce(sum(event.amount_minor) FILTER (WHERE event.kind IN ('collected', 'received')), 0)
                - coalesce(sum(event.amount_minor) FILTER (WHERE undone.kind IN ('collected', 'received')), 0))::bigint
                 AS expected,
               advance.collected_minor AS found
        FROM sales_advance AS advance
        LEFT JOIN sales_advance_event AS event ON event.tenant_id = :tenant AND event.advance_id = advance.id
        LEFT JOIN sales_advance_event AS undone ON undone.tenant_id = :tenant AND undone.id = event.reverses_id
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
    "overpayments paid back": """
        SELECT advance.id AS subject,
               (coalesce(sum(event.amount_minor) FILTER (WHERE event.kind = 'refunded'), 0)
                - coalesce(sum(event.amount_minor) FILTER (WHERE undone.kind = 'refunded'), 0))::bigint AS expected,
               advance.refunded_minor AS found
        FROM sales_advance AS advance
        LEFT JOIN sales_advance_event AS event ON event.tenant_id = :tenant AND event.advance_id = advance.id
        LEFT JOIN sales_advance_event AS undone ON undone.tenant_id = :tenant AND undone.id = event.reverses_id
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
    "losses by the events of the advance out of sales": """
        SELECT advance.id AS subject, coalesce(sum(event.lost_minor - event.recovered_minor), 0)::bigint AS expected,
               written_off_minor + penalty_written_off_minor - advance.recovered_minor AS found
        FROM sales_advance AS advance LEFT JOIN sales_advance_event AS event
          ON event.tenant_id = :tenant AND event.advance_id = advance.id
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
    "penalty paid by the events of the advance out of sales": """
        SELECT advance.id AS subject, coalesce(sum(event.penalty_paid_minor), 0)::bigint AS expected,
               advance.penalty_paid_minor AS found
        FROM sales_advance AS advance LEFT JOIN sales_advance_event AS event
          ON event.tenant_id = :tenant AND event.advance_id = advance.id
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
}
_DRIFTED = drifted(_DRIFTS.values())


def check_sales_advances(session: TenantSession) -> list[Difference]:
    """Every way in which advances out of sales, their events and the ledger disagree; empty when all is well."""
    session.flush()
    return [*_against_the_ledger(session), *_against_their_events(session)]


def _against_the_ledger(session: TenantSession) -> Iterable[Difference]:
    rows = session.execute(_SUMS, {"tenant": session.tenant_id, "closed": closed_until(session)})
    expected = {AccountRef(AccountKind(row.kind), row.currency, row.lender_id): row.total for row in rows}
    found = standings(session, _OURS | {account.kind for account in expected})
    ours = expected.keys() | {account for account in found if account.kind in _OURS}
    for account in sorted(ours, key=str):
        if expected.get(account, 0) != found.get(account, 0):
            yield Difference("control account", str(account), expected.get(account, 0), found.get(account, 0))


def _against_their_events(session: TenantSession) -> Iterable[Difference]:
    for row in session.execute(_DRIFTED, {"tenant": session.tenant_id, "whats": list(_DRIFTS)}):
        yield Difference(row.what, str(row.subject), row.expected, row.found)
