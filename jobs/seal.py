"""Sealing the day's books and deeds, so that an alteration shows."""

from typing import Any

from domain import audit
from domain.ledger import seals
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Seal what single postings and audit entries left open."""
    with context.session() as session:
        return {
            "ledger": seals.seal(session, clock=occasion.clock),
            "audit": audit.seal_entries(session, clock=occasion.clock),
        }
