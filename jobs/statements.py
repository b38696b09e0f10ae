"""Proving the day: the bank's statements imported, matched and agreed with our cash."""

from typing import Any

from domain.banking.statements import import_statements
from domain.reconciliation import service as reconciliation
from domain.runs import service as runs
from jobs.context import JobContext, Occasion
from jobs.sweep_slots import sweep_crossed


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Import the day's statements, find out what every entry is, compare closing balances with the ledger.

    An account that does not agree is shown to people; it is no failure of the job.
    """
    new = 0
    # Fetched with no transaction open; each file is kept by itself.
    for source in context.channel.statements(occasion.business_date):
        with context.session() as session:
            new += import_statements(session, source, keys=context.keys, clock=occasion.clock).entries_new
    with context.session() as session:
        matched = reconciliation.match_entries(session, clock=occasion.clock)
    crossed = sweep_crossed(context, occasion)
    with context.session() as session:
        agreed = reconciliation.agree_cash(session, on=occasion.business_date, clock=occasion.clock)
        closed = runs.close_runs(session, clock=occasion.clock)
    return {
        "entries": new,
        "matched": matched.matched,
        "recognised": {kind.value: count for kind, count in matched.recognised.items()},
        "in_suspense": matched.in_suspense,
        "pools_crossed": crossed,
        "accounts": len(agreed),
        "disagreeing": [account.masked for account in agreed if not account.agrees],
        "runs_closed": closed,
    }
