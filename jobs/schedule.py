"""The table of jobs in the order of a day, and the scheduler that ticks it.

The bank is asked for everything that moves money before its statements are read in the evening, so that a statement is
complete and a holdback planned at close of business leaves the next morning. Nothing runs between 01:00 and 03:00.
"""

from datetime import time

from jobs import (
    agent_review,
    answers,
    auto_offers,
    balance_events,
    calendars,
    close_of_business,
    confirmation_deadline,
    corrections,
    debit_run,
    disbursement_run,
    dues,
    early_payment_offers,
    expiry,
    mandate_requests,
    payout_run,
    reference_rates,
    release_run,
    seal,
    statements,
    sweep_run,
)
from jobs.context import Job


def _answers(hour: int, minute: int) -> Job:
    return Job("answers", time(hour, minute), answers.run, hears_bank=True)


DAY: tuple[Job, ...] = (
    Job("dues", time(6), dues.prepare, in_date_order=True),
    Job("early_payment_offers", time(7, 30), early_payment_offers.run, business_days_only=True),
    Job("calendars", time(7, 30), calendars.run),
    Job("mandate_requests", time(7, 45), mandate_requests.run, business_days_only=True),
    Job("debit_run", time(8), debit_run.run, business_days_only=True),
    _answers(9, 0),
    Job("auto_offers", time(9, 30), auto_offers.run, business_days_only=True),
    Job("corrections", time(9, 45), corrections.run, business_days_only=True),
    Job("disbursement_run", time(10), disbursement_run.run, business_days_only=True),
    Job("release_run", time(10, 30), release_run.run, business_days_only=True),
    Job("payout_run", time(10, 45), payout_run.run, business_days_only=True),
    _answers(11, 30),
    Job("balance_events", time(12), balance_events.run, business_days_only=True),
    Job("auto_offers", time(14), auto_offers.run, business_days_only=True),
    Job("balance_events", time(15), balance_events.run, business_days_only=True),
    Job("reference_rates", time(17, 30), reference_rates.run, business_days_only=True),
    Job("sweep_evaluation", time(18, 30), sweep_run.evaluate, business_days_only=True),
    Job("sweep_run", time(18, 35), sweep_run.run, needs=("sweep_evaluation",), business_days_only=True),
    _answers(18, 50),
    # Down-legs are sent when the up-legs have come; a pool of more levels goes on the next evening.
    Job("sweep_run", time(19), sweep_run.run, needs=("sweep_evaluation",), business_days_only=True),
    _answers(19, 15),
    Job("statements", time(20), statements.run, needs=("answers",), in_date_order=True, hears_bank=True),
    Job("agent_review", time(21), agent_review.run, needs=("statements",)),
    Job("close_of_business", time(22), close_of_business.run, needs=("statements",), in_date_order=True),
    Job("dues_follow_up", time(22, 30), dues.follow_up, needs=("close_of_business",)),
    Job("seal", time(23), seal.run, needs=("close_of_business",)),
    Job("expiry", time(23, 15), expiry.run),
    Job("confirmation_deadline", time(23, 20), confirmation_deadline.run),
)
