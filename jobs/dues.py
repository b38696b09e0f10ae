"""Entrusted collection around its debits: dues come near, payers are told, what failed is dunned, mandates end."""

from dataclasses import asdict
from typing import Any

from domain.collection import dues, endings, layout, notices
from domain.collection.check import check_collection
from domain.collection.clients import any_client
from domain.platform.outbox import announce
from domain.runs.queries import given_up_dues
from jobs.context import JobContext, Occasion


def prepare(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """In the morning: make the dues that come near, and tell their payers."""
    on = occasion.business_date
    with context.session() as session:
        if not any_client(session):
            return {}
        made = layout.lay_out(session, on, calendar=context.calendar(on), clock=occasion.clock)
        told = notices.prenotify(session, on, clock=occasion.clock)
    return {"dues": made, "payers_told": told}


def follow_up(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """At night: give up what has no attempt left, remind payers, end mandates; then hold books and dues together."""
    on = occasion.business_date
    with context.session() as session:
        expired, dormant = endings.end_mandates(session, on, clock=occasion.clock)
        used_up = endings.consume_used_up(session, clock=occasion.clock)
        ended = {"mandates_expired": expired, "mandates_dormant": dormant, "mandates_used_up": used_up}
        if not any_client(session):
            return ended
        failed = dues.give_up(session, given_up_dues(session), on, clock=occasion.clock)
        dunned = notices.dun(session, on, clock=occasion.clock)
        differences = [str(each) for each in check_collection(session)]
        if differences:
            facts = {"differences": differences[:100], "count": len(differences)}
            announce(session, "books.differ", on.isoformat(), facts, clock=occasion.clock)
    return {"failed": failed, **asdict(dunned), **ended, "differences": len(differences)}
