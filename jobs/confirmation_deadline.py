"""Taking silence for what it means: debtors whose time to answer a notice is up."""

from typing import Any

from domain.receivables.notices import take_silence_for_consent
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Late in the day, so that a debtor has its last day to answer; what was answered meanwhile is left alone."""
    with context.session() as session:
        confirmed = take_silence_for_consent(session, occasion.business_date, clock=occasion.clock)
    return {grade.value: count for grade, count in confirmed.items()}
