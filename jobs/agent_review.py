"""Agents at the end of the day: periods become invoices, status and limits follow what was paid (R21, R25, R26)."""

from dataclasses import asdict
from typing import Any

from domain.financing.agents.periods import settle_periods
from domain.financing.agents.reviews import review_agents
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Periods first: what fell due with them is judged, and counts among the sales that capacity is made of."""
    with context.session() as session:
        settled = settle_periods(session, clock=occasion.clock)
    with context.session() as session:
        reviewed = review_agents(session, clock=occasion.clock)
    return asdict(settled) | asdict(reviewed)
