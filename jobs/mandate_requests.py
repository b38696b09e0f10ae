"""Telling the payers' banks of mandates: authorised, amended, cancelled."""

from collections import Counter
from typing import Any

from domain.banking.states import MessageKind
from domain.banking.submission import submit_message, unsent_messages
from domain.collection.registration import prepare_registrations
from jobs.context import JobContext, Occasion

KINDS = (MessageKind.MANDATE_REQUEST, MessageKind.MANDATE_AMENDMENT, MessageKind.MANDATE_CANCELLATION)


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Send what is new, and again what an earlier time left open; what the bank decides is heard with its answers."""
    with context.session() as session:
        prepared = prepare_registrations(session, keys=context.keys, clock=occasion.clock)
    with context.session() as session:
        unsent = unsent_messages(session, KINDS)
    sendings = Counter(
        submit_message(
            context.database, context.channel, context.tenant_id, message_id, keys=context.keys, clock=occasion.clock
        ).value
        for message_id in unsent
    )
    return {
        "prepared": len(prepared.message_ids),
        "without_creditor": prepared.without_creditor,
        "sendings": dict(sendings),
    }
