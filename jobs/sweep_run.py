"""Sweeping every pool: evaluated once in the evening, then sent wave by wave as the bank's answers come in."""

from typing import Any

from domain.pooling import service as pooling
from domain.pooling.slots import without_slots
from domain.runs.service import RunKind
from domain.values.actor import system
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion

SWEEPING = system("sweep")
EVENING = "evening"  # the slot proposals are known by, however many waves they go in


def evaluate(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Propose the evening's sweeps, pool by pool; each is committed before the next pool is looked at.

    Pools with times of their own are left to these.
    """
    with context.session() as session:
        pools = without_slots(session)
    sweeps = 0
    for pool_id in pools:
        with context.session() as session:
            proposal = pooling.evaluate_pool(
                session,
                structure_id=pool_id,
                business_date=occasion.business_date,
                slot=EVENING,
                actor=SWEEPING,
                clock=occasion.clock,
            )
            sweeps += proposal.sweep_count
    return {"pools": len(pools), "sweeps": sweeps}


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Send the next wave of what is approved: ups of the deepest level first, downs when the ups have come."""
    return send_run(context, occasion, RunKind.SWEEP)
