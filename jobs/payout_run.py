"""Paying clients what was collected for them."""

from typing import Any

from domain.collection.clients import any_client
from domain.runs.service import RunKind
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Pay out what is final, or within each client's risk limit."""
    with context.session() as session:
        if not any_client(session):
            return {}
    return send_run(context, occasion, RunKind.PAYOUT)
