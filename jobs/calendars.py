"""Keeping the bank calendar: what was published since is loaded, and what stood on its days is planned anew."""

from typing import Any

from domain.calendars import service as calendars
from domain.platform.outbox import announce
from domain.runs.replanning import replan
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Load the years around today that are not certain yet, and roll what a change has moved."""
    with context.session() as session:
        change = calendars.reload(session, context.country, occasion.business_date, clock=occasion.clock)
        affected = replan(session, context.country, clock=occasion.clock)
        if change.days:
            facts = {"days": [day.isoformat() for day in change.days], "affected": len(affected)}
            announce(session, "calendar.changed", change.country, facts, clock=occasion.clock)
    return {"years": list(change.years), "days": len(change.days), "affected": len(affected)}
