"""Letting lapse what nobody took up in time."""

from typing import Any

from domain.financing.offers import expire_offers
from domain.financing.payables.early import expire_early_offers
from domain.financing.requests import expire_requests
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Offers first: a request whose last offer has expired may expire with it."""
    with context.session() as session:
        offers = expire_offers(session, clock=occasion.clock)
        requests = expire_requests(session, clock=occasion.clock)
        early_payments = expire_early_offers(session, clock=occasion.clock)
    return {"offers": offers, "requests": requests, "early_payments": early_payments}
