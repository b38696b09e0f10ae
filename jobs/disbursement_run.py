"""Paying advances out."""

from typing import Any

from domain.financing import funding
from domain.runs.service import RunKind
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Check once more what was accepted, then pay out what two people of the lender ordered."""
    with context.session() as session:
        funding.check_conditions(session, clock=occasion.clock)
    return send_run(context, occasion, RunKind.DISBURSEMENT)
