"""Closing the business date: what settled becomes final, interest and penalty accrue, what is late becomes overdue."""

from typing import Any

from domain.banking.instructions import settle_finally
from domain.financing.check import check_subledger
from domain.financing.closing import close_dates
from domain.platform.outbox import announce
from domain.pooling.checks import check_pooling
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """In this order: penalties are lost when a date is closed before its payments are known.

    In the end advances, pools and ledger are held against each other; a difference is announced, and stops nothing.
    """
    on = occasion.business_date
    with context.session() as session:
        final = settle_finally(session, on=on, clock=occasion.clock)
    closed = close_dates(context.session, on, clock=occasion.clock)
    return {
        "final": final,
        "dates_closed": len(closed.dates),
        "accrued": closed.advances,
        "overdue": closed.overdue,
        "nonperforming": closed.nonperforming,
        "differences": _compare_books(context, occasion),
    }


def _compare_books(context: JobContext, occasion: Occasion) -> int:
    with context.session() as session:
        differences = [*map(str, check_subledger(session)), *map(str, check_pooling(session))]
        if differences:
            facts = {"differences": differences[:100], "count": len(differences)}
            announce(session, "books.differ", occasion.business_date.isoformat(), facts, clock=occasion.clock)
    return len(differences)
