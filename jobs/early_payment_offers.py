"""Offering suppliers early payment out of own cash, each business morning."""

from typing import Any

from domain.financing.payables.early import OFFERING, lapse_early_payments, make_early_offers
from domain.financing.payables.programmes import active_programmes
from domain.financing.payables.uploads import confirm_cleared
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Free what was agreed and lost, bind buyers to what was cleared since, then offer on everything that is free."""
    calendar = context.calendar(occasion.business_date)
    with context.session() as session:
        lapsed = lapse_early_payments(session, clock=occasion.clock)
        confirmed = confirm_cleared(session, actor=OFFERING, clock=occasion.clock)
    with context.session() as session:
        offers = sum(
            make_early_offers(session, programme, clock=occasion.clock, calendar=calendar)
            for programme in active_programmes(session)
        )
    return {"lapsed": lapsed, "confirmed": confirmed, "offers": offers}
