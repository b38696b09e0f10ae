"""A night's income and penalty of all advances out of sales together (R15, R6, R16): the arithmetic of `replay` in SQL.

Like the interest of advances on invoices, it follows from the last event and the date: a night reads the advances,
writes none, and posts per lender what the date added.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, text

from domain.financing.sales.postings import earned_legs
from domain.financing.sales.states import OUTSTANDING
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import system
from domain.values.money import Money

ACTOR = system("close_of_business")
_STATES = ", ".join(f"'{state.value}'" for state in OUTSTANDING)


_OWED = "(net_minor + fee_minor - rebated_minor - written_off_minor)"
# `replay.exposure`: what penalty is charged on (R6), in minor units.
_BASE = f"""(CASE WHEN written_off_minor + penalty_written_off_minor > 0 THEN 0
                  ELSE least(net_minor, {_OWED} - repaid_minor) END)"""
_PENALTY_FROM = "(final_on + grace_days)"


def income_sql(at: str) -> str:
    """SQL of what a funded advance has earned at the start of the date `at`, which is not before `accrued_until`."""
    worth = f"round(balance * power(1 + daily_rate, {at} - accrued_until))"
    return f"(least({worth}, {_OWED} - repaid_minor) + repaid_minor + written_off_minor - net_minor)::bigint"


def penalty_sql(at: str) -> str:
    """SQL of the penalty that has accrued at the start of `at`; `div` never rounds, so a half is exactly a half."""
    late = f"greatest({at} - {_PENALTY_FROM}, 0) - greatest(accrued_until - {_PENALTY_FROM}, 0)"
    exact = f"((penalty_base + {_BASE} * ({late})) * penalty_rate)"
    return f"div(2 * {exact} + year_days, 2 * year_days)::bigint"


_SINCE, _UNTIL = "greatest(accrued_until, CAST(:since AS date))", "CAST(:until AS date)"
_EARNED = text(f"""
    SELECT lender_id, currency, sum(income)::bigint AS income, sum(penalty)::bigint AS penalty
    FROM (SELECT lender_id, currency, {income_sql(_UNTIL)} - {income_sql(_SINCE)} AS income,
                 {penalty_sql(_UNTIL)} - {penalty_sql(_SINCE)} AS penalty
          FROM sales_advance
          WHERE tenant_id = :tenant AND state IN ({_STATES}) AND accrued_until < :until) AS advance
    GROUP BY lender_id, currency HAVING sum(income) <> 0 OR sum(penalty) <> 0 ORDER BY lender_id, currency
""")


def accrue_income(session: TenantSession, on: date, *, since: date, clock: Clock) -> Counter[str]:
    """Enter what advances earned on `on`, penalty too, and on every date from `since` that no night has entered.

    Returns the penalty by currency, in minor units. The caller holds the ledger, and closes the date once.
    """
    session.flush()
    binds = {"tenant": session.tenant_id, "since": since, "until": on + timedelta(days=1)}
    rows = session.execute(_EARNED, binds).all()
    legs = [leg for row in rows for leg in earned_legs(row.lender_id, *_amounts(row))]
    penalty: Counter[str] = Counter()
    for row in rows:
        penalty[row.currency] += row.penalty
    if not legs:
        return penalty
    posting = Posting(
        key=f"sales_advance:accrual:{on.isoformat()}",
        event="sales_advance.accrued",
        source=f"accrual:{on.isoformat()}",
        value_date=on,
        legs=tuple(legs),
        explanation={"rules": ["R15", "R6", "R16"], "business_date": on.isoformat(), "lenders": len(rows)},
    )
    ledger.post(session, posting, actor=ACTOR, clock=clock)
    return penalty


def _amounts(row: Row[Any]) -> tuple[Money, Money]:
    return Money.from_minor(row.income, row.currency), Money.from_minor(row.penalty, row.currency)
