"""Payables proved: roll-forward, invoices, ledger and payments say the same, and nobody was paid twice."""

from collections.abc import Iterable, Mapping

from sqlalchemy import text

from domain.financing.check import Difference, drifted
from domain.financing.payables.movements import UNNOTED
from domain.ledger.balances import standings
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.clock import Clock
from domain.platform.database import TenantSession

_MOVED = f"""
    SELECT receivable_id, amount_minor FROM payable_movement WHERE tenant_id = :tenant
    UNION ALL
    SELECT receivable_id, amount_minor FROM ({UNNOTED}) AS unnoted
"""
_DRIFTS: Mapping[str, str] = {
    "open by the roll-forward and by the invoice": f"""
        SELECT receivable.id AS subject, coalesce(sum(amount_minor), 0)::bigint AS expected,
               (coalesce(confirmed_minor, 0) - diluted_minor - paid_minor) AS found
        FROM payable
        JOIN receivable ON receivable.tenant_id = :tenant AND receivable.id = payable.receivable_id
        LEFT JOIN ({_MOVED}) AS moved ON moved.receivable_id = payable.receivable_id
        WHERE payable.tenant_id = :tenant GROUP BY receivable.tenant_id, receivable.id""",
    "paid out of own cash, by payments and by the roll-forward": """
        SELECT payable.receivable_id AS subject,
               coalesce((SELECT sum(amount_minor) FROM early_payment AS paid
                         WHERE paid.tenant_id = :tenant AND paid.receivable_id = payable.receivable_id
                           AND paid.state = 'paid'), 0)::bigint AS expected,
               - coalesce((SELECT sum(amount_minor) FROM payable_movement AS moved
                           WHERE moved.tenant_id = :tenant AND moved.receivable_id = payable.receivable_id
                             AND moved.kind IN ('early', 'maturity')), 0)::bigint AS found
        FROM payable WHERE payable.tenant_id = :tenant""",
    "suppliers paid more than once for the invoice": """
        SELECT payable.receivable_id AS subject, 0 AS expected, count(*) - 1 AS found
        FROM payable
        JOIN (SELECT receivable_id FROM early_payment
              WHERE tenant_id = :tenant AND state IN ('accepted', 'instructed', 'paid')
              UNION ALL
              SELECT receivable_id FROM advance
              WHERE tenant_id = :tenant AND state NOT IN ('lapsed', 'funding_failed', 'bought_back', 'written_off')
             ) AS paid ON paid.receivable_id = payable.receivable_id
        WHERE payable.tenant_id = :tenant GROUP BY payable.tenant_id, payable.receivable_id HAVING count(*) > 1""",
    "payments that hold their invoice's request": """
        SELECT paid.id AS subject, 1 AS expected, count(held.id) AS found
        FROM early_payment AS paid
        LEFT JOIN financing_request AS held ON held.tenant_id = :tenant AND held.id = paid.request_id
          AND held.receivable_id = paid.receivable_id AND held.state = 'accepted'
        WHERE paid.tenant_id = :tenant AND paid.state IN ('accepted', 'instructed', 'paid')
        GROUP BY paid.tenant_id, paid.id""",
}
_DRIFTED = drifted(_DRIFTS.values())
_EXPECTED = text("""
    SELECT 'trade_payable' AS kind, buyer_id AS owner, currency, - sum(amount_minor)::bigint AS total
    FROM payable_movement AS moved
    JOIN payables_programme AS programme ON programme.tenant_id = :tenant AND programme.id = moved.programme_id
    WHERE moved.tenant_id = :tenant GROUP BY buyer_id, currency
    UNION ALL
    SELECT 'discount_income', payer_id, programme.currency, - sum(discount_minor)::bigint
    FROM early_payment AS paid
    JOIN payables_programme AS programme ON programme.tenant_id = :tenant AND programme.id = paid.programme_id
    WHERE paid.tenant_id = :tenant AND paid.state = 'paid' GROUP BY payer_id, programme.currency
""")
_OURS = frozenset({AccountKind.TRADE_PAYABLE, AccountKind.DISCOUNT_INCOME})


def check_payables(session: TenantSession, *, clock: Clock) -> list[Difference]:
    """Every way in which programmes, invoices, payments and ledger disagree; empty when all is well."""
    session.flush()
    return [*_against_the_ledger(session), *_against_each_other(session, clock)]


def _against_the_ledger(session: TenantSession) -> Iterable[Difference]:
    rows = session.execute(_EXPECTED, {"tenant": session.tenant_id})
    expected = {AccountRef(AccountKind(row.kind), row.currency, row.owner): row.total for row in rows}
    found = standings(session, _OURS | {account.kind for account in expected})
    ours = expected.keys() | {account for account in found if account.kind in _OURS}
    for account in sorted(ours, key=str):
        if expected.get(account, 0) != found.get(account, 0):
            yield Difference("control account", str(account), expected.get(account, 0), found.get(account, 0))


def _against_each_other(session: TenantSession, clock: Clock) -> Iterable[Difference]:
    for row in session.execute(_DRIFTED, {"tenant": session.tenant_id, "today": clock.today(), "whats": list(_DRIFTS)}):
        yield Difference(row.what, str(row.subject), row.expected, row.found)
