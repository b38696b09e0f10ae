"""Sending messages that belong to no run, by kind."""

from collections import Counter
from collections.abc import Collection

from domain.banking.states import MessageKind
from domain.banking.submission import submit_message, unsent_messages
from jobs.context import JobContext, Occasion


def submit_unsent(context: JobContext, occasion: Occasion, kinds: Collection[MessageKind]) -> dict[str, int]:
    """Submit what is new of these kinds and what an earlier time left open; returns how many came to what."""
    with context.session() as session:
        unsent = unsent_messages(session, kinds)
    sendings = Counter(
        submit_message(
            context.database, context.channel, context.tenant_id, message_id, keys=context.keys, clock=occasion.clock
        ).value
        for message_id in unsent
    )
    return dict(sendings)
