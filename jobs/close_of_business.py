"""Closing the business date: what settled becomes final, interest and penalty accrue, what is late becomes overdue."""

from typing import Any

from domain.banking.instructions import settle_finally
from domain.financing.accrual import accrue
from domain.financing.ageing import mark_overdue
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """In this order: penalties are lost when a date is closed before its payments are known."""
    on = occasion.business_date
    with context.session() as session:
        final = settle_finally(session, on=on, clock=occasion.clock)
        accrued = accrue(session, on, clock=occasion.clock)
        overdue = mark_overdue(session, on, clock=occasion.clock)
    return {"final": final, "dates_closed": len(accrued.dates), "accrued": accrued.advances, "overdue": overdue}
