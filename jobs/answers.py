"""Hearing what the bank says, and taking up again what was left unfinished."""

from dataclasses import asdict
from typing import Any

from domain.runs import service as runs
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Finish runs that wait for an approval or an unknown outcome, then record every answer the bank has."""
    database, channel, tenant_id = context.database, context.channel, context.tenant_id
    resumed = runs.resume_runs(database, channel, tenant_id, keys=context.keys, clock=occasion.clock)
    recorded = runs.record_answers(database, channel, tenant_id, keys=context.keys, clock=occasion.clock)
    return asdict(recorded) | {"resumed": len(resumed)}
