"""Lenders' automatic offers on requests that were opened since the last time."""

from typing import Any

from domain.financing.offers import make_auto_offers
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Answer open requests by the facilities' rules; what is answered already, or declined, is left alone."""
    with context.session() as session:
        calendar = context.calendar(occasion.business_date)
        return {"offers": make_auto_offers(session, clock=occasion.clock, calendar=calendar)}
