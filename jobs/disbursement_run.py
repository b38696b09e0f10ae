"""Paying advances out."""

from typing import Any

from domain.financing import funding
from domain.financing.agents.limits import over_agents
from domain.runs.service import RunKind
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Check once more what was accepted and what was ordered, then pay out what two people of the lender ordered."""
    with context.session() as session:
        others = over_agents(occasion.clock)
        funding.check_conditions(session, clock=occasion.clock, others=others)
        funding.recheck_orders(session, clock=occasion.clock, others=others)
    return send_run(context, occasion, RunKind.DISBURSEMENT)
