"""Telling the payers' banks of mandates: authorised, amended, cancelled."""

from typing import Any

from domain.banking.states import MessageKind
from domain.collection.registration import prepare_registrations
from jobs.context import JobContext, Occasion
from jobs.messages import submit_unsent

KINDS = (MessageKind.MANDATE_REQUEST, MessageKind.MANDATE_AMENDMENT, MessageKind.MANDATE_CANCELLATION)


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Tell what is new; what the bank decides is heard with its answers."""
    with context.session() as session:
        prepared = prepare_registrations(session, keys=context.keys, clock=occasion.clock)
    return {
        "prepared": len(prepared.message_ids),
        "without_creditor": prepared.without_creditor,
        "sendings": submit_unsent(context, occasion, KINDS),
    }
