"""Balances that crossed a threshold by an intraday report: their pools are not left waiting for the evening."""

from dataclasses import replace
from typing import Any

from domain.pooling.slots import watches_balances
from domain.reconciliation import service as reconciliation
from domain.runs.service import RunKind
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion
from jobs.sweep_slots import sweep_crossed


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Book what reports (camt.052) brought since the last look, and sweep where a pool waits for it."""
    with context.session() as session:
        if not watches_balances(session):
            return {}
        matched = reconciliation.match_entries(session, clock=occasion.clock)
    outcome: dict[str, Any] = {"matched": matched.matched, "in_suspense": matched.in_suspense}
    crossed = sweep_crossed(context, occasion)
    if not crossed:
        return outcome | {"pools_crossed": 0}
    # A run's name of its own: a job of the table may stand at the same minute.
    sent = send_run(context, replace(occasion, slot=f"event-{occasion.slot}"), RunKind.SWEEP)
    return outcome | {"pools_crossed": crossed} | sent
