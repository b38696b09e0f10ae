"""Whether the books add up: everything that is kept as a sum is added up again from the transfers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from domain.ledger.accounts import SERIES as ACCOUNT_SERIES
from domain.ledger.steps import POSTING_SERIES, TRANSFER_SERIES
from domain.ledger.tables import AVAILABLE
from domain.platform.database import TenantSession

MAX_FINDINGS = 100  # of each kind: enough to see a pattern
WORK_MEMORY = "256MB"  # the sums of a hundred thousand accounts stay in memory


class FindingKind(StrEnum):
    """What does not hold."""

    SIDES_DIFFER = "sides_differ"
    COUNTERS_DIFFER = "counters_differ"
    BELOW_FLOOR = "below_floor"
    CURRENCIES_MIXED = "currencies_mixed"
    HOLD_DIFFERS = "hold_differs"
    POSTING_DIFFERS = "posting_differs"
    NUMBERS_DIFFER = "numbers_differ"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not add up: where, what was recorded, what the transfers say."""

    kind: FindingKind
    subject: str
    recorded: str
    recomputed: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.subject}: recorded {self.recorded}, recomputed {self.recomputed}"


# Modes by number: 0 posted, 1 pending, 2 post, 3 void, 4 imposed. The million rows are read once, into a sum for each
# pair of accounts; counters and currencies are then questions about pairs.
_PAIRS = """
    pair AS MATERIALIZED (
      SELECT debit_account_id, credit_account_id, sum(amount) FILTER (WHERE mode IN (0, 2, 4)) AS posted,
             sum(CASE mode WHEN 1 THEN amount WHEN 2 THEN -amount WHEN 3 THEN -amount END) AS pending,
             bool_or(mode = 4) AS imposed, min(id) AS first_id
      FROM ledger_transfer WHERE tenant_id = :tenant GROUP BY debit_account_id, credit_account_id)
"""

_ACCOUNTS = f"""
    WITH {_PAIRS},
    turned AS (
      SELECT account_id, coalesce(sum(dp), 0) AS dp, coalesce(sum(cp), 0) AS cp, coalesce(sum(dn), 0) AS dn,
             coalesce(sum(cn), 0) AS cn, bool_or(imposed) AS imposed
      FROM (SELECT debit_account_id AS account_id, posted AS dp, 0 AS cp, pending AS dn, 0 AS cn, imposed FROM pair
            UNION ALL SELECT credit_account_id, 0, posted, 0, pending, imposed FROM pair) AS side
      GROUP BY account_id),
    account AS (SELECT *, {AVAILABLE} AS available FROM ledger_account WHERE tenant_id = :tenant)
    (SELECT 'counters_differ', 'account ' || coalesce(id, account_id),
            concat_ws(' ', debits_posted, credits_posted, debits_pending, credits_pending),
            concat_ws(' ', coalesce(dp, 0), coalesce(cp, 0), coalesce(dn, 0), coalesce(cn, 0))
     FROM account FULL JOIN turned ON account_id = id
     WHERE (debits_posted, credits_posted, debits_pending, credits_pending)
           IS DISTINCT FROM (coalesce(dp, 0), coalesce(cp, 0), coalesce(dn, 0), coalesce(cn, 0))
     ORDER BY coalesce(id, account_id) LIMIT {MAX_FINDINGS})
    UNION ALL
    (SELECT 'below_floor', 'account ' || id, 'floor ' || floor_minor, 'available ' || available
     FROM account LEFT JOIN turned ON account_id = id
     WHERE NOT may_go_negative AND available < CASE WHEN imposed THEN floor_minor ELSE 0 END
     ORDER BY id LIMIT {MAX_FINDINGS})
    UNION ALL
    (SELECT 'currencies_mixed', 'transfer ' || first_id, debit.currency, credit.currency
     FROM pair LEFT JOIN account AS debit ON debit.id = debit_account_id
     LEFT JOIN account AS credit ON credit.id = credit_account_id
     WHERE debit.currency IS DISTINCT FROM credit.currency OR debit.id IS NULL
     ORDER BY first_id LIMIT {MAX_FINDINGS})
    UNION ALL
    (SELECT 'sides_differ', currency, 'debits ' || sum(debits_posted), 'credits ' || sum(credits_posted)
     FROM account GROUP BY currency
     HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending))
"""

_HOLDS = f"""
    SELECT 'hold_differs', 'transfer ' || ending.id, 'amount ' || ending.amount, 'hold of ' || coalesce(hold.amount, 0)
    FROM ledger_transfer AS ending
    LEFT JOIN ledger_transfer AS hold ON hold.tenant_id = :tenant AND hold.id = ending.pending_id AND hold.mode = 1
    WHERE ending.tenant_id = :tenant AND ending.pending_id IS NOT NULL
      AND (ending.debit_account_id, ending.credit_account_id, ending.amount)
          IS DISTINCT FROM (hold.debit_account_id, hold.credit_account_id, hold.amount)
    ORDER BY ending.id LIMIT {MAX_FINDINGS}
"""

_POSTINGS = f"""
    WITH booked AS (
      SELECT posting_id, count(*) AS rows, min(id) AS first, max(id) AS last, min(value_date) AS earliest,
             max(value_date) AS latest
      FROM ledger_transfer WHERE tenant_id = :tenant GROUP BY posting_id),
    posting AS (SELECT * FROM ledger_posting WHERE tenant_id = :tenant)
    SELECT 'posting_differs', 'posting ' || coalesce(id, posting_id),
           concat_ws(' ', transfer_count, 'from', first_transfer_id, value_date),
           concat_ws(' ', rows, 'from', first, earliest, latest)
    FROM posting FULL JOIN booked ON posting_id = id
    WHERE id IS NULL OR coalesce(rows, 0) <> transfer_count
       OR rows > 0 AND (first <> first_transfer_id OR last <> first + rows - 1
                        OR earliest <> value_date OR latest <> value_date)
    ORDER BY coalesce(id, posting_id) LIMIT {MAX_FINDINGS}
"""

_NUMBERS = """
    SELECT 'numbers_differ', :table, 'handed out ' || (next - 1), 'rows ' || rows || ' up to ' || last
    FROM (SELECT (SELECT coalesce(max(next_number), 1) FROM number_head
                  WHERE tenant_id = :tenant AND series = :series) AS next,
                 (SELECT count(*) FROM {table} WHERE tenant_id = :tenant) AS rows,
                 (SELECT coalesce(max(id), 0) FROM {table} WHERE tenant_id = :tenant) AS last) AS counted
    WHERE rows <> next - 1 OR last <> next - 1
"""
_SERIES = {"ledger_account": ACCOUNT_SERIES, "ledger_posting": POSTING_SERIES, "ledger_transfer": TRANSFER_SERIES}


def check(session: TenantSession) -> list[Finding]:
    """Everything that does not add up; nothing, when the books are right.

    Debits equal credits per currency, counters are the sums of transfers and holds, no account is below its floor,
    both accounts of a transfer exist and share a currency, an ended hold ended as it was, a posting has its transfers,
    every number handed out has its row. A million transfers take about a second; they may be posted to meanwhile.
    """
    session.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    findings = [finding for query in (_ACCOUNTS, _HOLDS, _POSTINGS) for finding in _found(session, query, {})]
    for table, series in _SERIES.items():
        findings += _found(session, _NUMBERS.format(table=table), {"table": table, "series": series})
    return findings


def _found(session: TenantSession, query: str, binds: dict[str, str]) -> Iterable[Finding]:
    rows = session.execute(text(query), {"tenant": session.tenant_id, **binds})
    return [Finding(FindingKind(kind), subject, recorded, recomputed) for kind, subject, recorded, recomputed in rows]
