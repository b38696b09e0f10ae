"""Closing the business date: what settled becomes final, interest and penalty accrue, what is late becomes overdue."""

from typing import Any

from domain.banking.instructions import settle_finally
from domain.financing.agents.check import check_agents
from domain.financing.check import check_subledger
from domain.financing.closing import close_dates
from domain.financing.limits import check_limits
from domain.financing.payables.check import check_payables
from domain.financing.payables.movements import note_movements
from domain.financing.sales.check import check_sales_advances
from domain.platform.outbox import announce
from domain.pooling.accrual import accrue_pools
from domain.pooling.checks import check_pooling
from domain.runs.corrections.finding import find_over_debits
from domain.runs.owners import OWNERS
from jobs.context import JobContext, Occasion

# What holds the books together; each answers with the differences it finds.
CHECKS = (check_subledger, check_sales_advances, check_limits, check_agents, check_pooling)


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """In this order: penalties are lost when a date is closed before its payments are known.

    In the end everything is held against everything else (`CHECKS`); a difference is announced, and stops nothing.
    """
    on = occasion.business_date
    with context.session() as session:
        final = settle_finally(session, on=on, clock=occasion.clock)
        pools = accrue_pools(session, on, clock=occasion.clock)
    closed = close_dates(context.session, on, clock=occasion.clock)
    with context.session() as session:
        note_movements(session, clock=occasion.clock)
        over_debits = find_over_debits(session, OWNERS.refunds, clock=occasion.clock)
    return {
        "over_debits": over_debits,
        "final": final,
        "dates_closed": len(closed.dates),
        "accrued": closed.advances,
        "pool_legs": pools.legs,
        "overdue": closed.overdue,
        "nonperforming": closed.nonperforming,
        "differences": _compare_books(context, occasion),
    }


def _compare_books(context: JobContext, occasion: Occasion) -> int:
    with context.session() as session:
        differences = [str(difference) for check in CHECKS for difference in check(session)]
        differences += map(str, check_payables(session, clock=occasion.clock))
        if differences:
            facts = {"differences": differences[:100], "count": len(differences)}
            announce(session, "books.differ", occasion.business_date.isoformat(), facts, clock=occasion.clock)
    return len(differences)
