"""What every run job does: plan what is due, send it as far as approval, cash and bank allow."""

from typing import Any

from domain.runs import service as runs
from domain.runs.provisional import list_if_provisional
from domain.runs.service import RunKind
from jobs.context import JobContext, Occasion


def send_run(context: JobContext, occasion: Occasion, kind: RunKind) -> dict[str, Any]:
    """Plan and execute the run of that kind, date and slot; repeated, it goes on where it stopped.

    What waits for an approval or an unknown outcome is taken up by the next look at the bank's answers.
    """
    with context.session() as session:
        run = runs.plan_run(
            session, kind=kind, business_date=occasion.business_date, slot=occasion.slot, clock=occasion.clock
        )
        list_if_provisional(session, run, country=context.country, clock=occasion.clock)
    outcome: dict[str, Any] = {"run": run.public_id, "items": run.item_count, "totals": run.totals}
    if run.item_count:
        execution = runs.execute_run(
            context.database, context.channel, context.tenant_id, run.id, keys=context.keys, clock=occasion.clock
        )
        outcome |= {
            "state": execution.state.value,
            "awaits_approval": execution.awaits_approval,
            "messages": len(execution.sendings),
            "uncovered": execution.uncovered,
            "past_cut_off": execution.past_cut_off,
        }
    return outcome
