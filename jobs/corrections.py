"""Sending approved recalls and reversals; refunds by transfer go with the runs of payments."""

from typing import Any

from domain.banking.states import MessageKind
from domain.runs.corrections.sending import prepare_corrections
from jobs.context import JobContext, Occasion
from jobs.messages import submit_unsent


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Send what is approved; what comes of it is heard with the bank's answers."""
    with context.session() as session:
        prepared = prepare_corrections(session, keys=context.keys, clock=occasion.clock)
    return {
        "prepared": len(prepared),
        "sendings": submit_unsent(context, occasion, (MessageKind.REVERSAL, MessageKind.RECALL)),
    }
