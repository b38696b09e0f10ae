"""A night's income of all advances out of sales together (R15, R16), by the arithmetic of `replay` in SQL.

Like the interest of advances on invoices, it follows from the last event and the date: a night reads the advances,
writes none, and posts per lender what the date added.
"""

from datetime import date, timedelta

from sqlalchemy import text

from domain.financing.sales.postings import income_leg
from domain.financing.sales.states import OUTSTANDING
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import system
from domain.values.money import Money

ACTOR = system("close_of_business")
_STATES = ", ".join(f"'{state.value}'" for state in OUTSTANDING)


def income_sql(at: str) -> str:
    """SQL of what a funded advance has earned at the start of the date `at`, which is not before `accrued_until`."""
    owed = "net_minor + fee_minor"
    repaid = f"least(collected_minor, {owed})"
    worth = f"round(balance * power(1 + daily_rate, {at} - accrued_until))"
    return f"(least({worth}, {owed} - {repaid}) + {repaid} - net_minor)::bigint"


_EARNED = text(f"""
    SELECT lender_id, currency, sum(earned)::bigint AS earned
    FROM (SELECT lender_id, currency, {income_sql("CAST(:until AS date)")}
                 - {income_sql("greatest(accrued_until, CAST(:since AS date))")} AS earned
          FROM sales_advance
          WHERE tenant_id = :tenant AND state IN ({_STATES}) AND accrued_until < :until) AS advance
    GROUP BY lender_id, currency HAVING sum(earned) <> 0 ORDER BY lender_id, currency
""")


def accrue_income(session: TenantSession, on: date, *, since: date, clock: Clock) -> None:
    """Enter what advances earned on `on`, and on every date from `since` that no night has entered.

    The caller holds the ledger and notes that the date is closed: once.
    """
    session.flush()
    binds = {"tenant": session.tenant_id, "since": since, "until": on + timedelta(days=1)}
    legs = [
        income_leg(row.lender_id, Money.from_minor(row.earned, row.currency)) for row in session.execute(_EARNED, binds)
    ]
    if not legs:
        return
    posting = Posting(
        key=f"sales_advance:accrual:{on.isoformat()}",
        event="sales_advance.accrued",
        source=f"accrual:{on.isoformat()}",
        value_date=on,
        legs=tuple(legs),
        explanation={"rules": ["R15", "R16"], "business_date": on.isoformat(), "lenders": len(legs)},
    )
    ledger.post(session, posting, actor=ACTOR, clock=clock)
