"""Proving the day: the bank's statements imported, matched and agreed with our cash."""

from typing import Any

from domain.banking.statements import import_statements
from domain.runs import service as runs
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Import the day's statements, match their entries, compare closing balances with the ledger."""
    new = 0
    # Asked with no transaction open; each file is kept by itself.
    for content in context.channel.statements(occasion.business_date):
        with context.session() as session:
            new += import_statements(session, content, keys=context.keys, clock=occasion.clock).entries_new
    with context.session() as session:
        closed = runs.close_runs(session, clock=occasion.clock)
    return {"entries": new, "runs_closed": closed}
