"""Reference rates: a later version's packaged rows come in, and a quote that did not come is said aloud."""

from typing import Any

from domain.financing.references import LPR_1Y, LPR_5Y, load_packaged, missing_quote
from domain.platform.outbox import announce
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Every business day from the one after the 20th until somebody has recorded the month's quote.

    Prices go on at the last quote meanwhile, which is still the one in force.
    """
    on, missing = occasion.business_date, {}
    with context.session() as session:
        load_packaged(session)
        for name in (LPR_1Y, LPR_5Y):
            due_on = missing_quote(session, name, on, context.calendar(on))
            if due_on is not None:
                missing[name] = due_on.isoformat()
                announce(session, "reference_rate.missing", name, {"due_on": missing[name]}, clock=occasion.clock)
    return {"missing": missing}
