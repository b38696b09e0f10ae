"""Closing the business date: what settled becomes final, interest and penalty accrue, what is late becomes overdue."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.banking.instructions import settle_finally
from domain.financing.agents.check import check_agents
from domain.financing.capacities import check_capacities
from domain.financing.check import check_subledger
from domain.financing.closing import Sessions, close_dates
from domain.financing.limits import check_limits
from domain.financing.payables.check import check_payables
from domain.financing.payables.movements import note_movements
from domain.financing.sales.check import check_sales_advances
from domain.platform.clock import Clock
from domain.platform.outbox import announce
from domain.pooling.accrual import accrue_pools
from domain.pooling.checks import check_pooling
from domain.runs.corrections.finding import find_over_debits
from domain.runs.owners import OWNERS
from domain.values.money import Money
from jobs.context import JobContext, Occasion

# What holds the books together; each answers with the differences it finds.
CHECKS = (check_subledger, check_sales_advances, check_limits, check_capacities, check_agents, check_pooling)


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Close the occasion's business date."""
    return close_business(context.session, occasion.business_date, clock=occasion.clock)


def close_business(sessions: Sessions, on: date, *, clock: Clock) -> dict[str, Any]:
    """In this order: penalties are lost when a date is closed before its payments are known.

    In the end everything is held against everything else (`CHECKS`); a difference is announced, and stops nothing.
    """
    with sessions() as session:
        final = settle_finally(session, on=on, clock=clock)
        pools = accrue_pools(session, on, clock=clock)
    closed = close_dates(sessions, on, clock=clock)
    with sessions() as session:
        note_movements(session, clock=clock)
        over_debits = find_over_debits(session, OWNERS.refunds, clock=clock)
    return {
        "over_debits": over_debits,
        "final": final,
        "dates_closed": len(closed.dates),
        "read": closed.accrued.read,
        "accrued": closed.accrued.advances,
        "interest": _amounts(closed.accrued.interest),
        "penalty": _amounts(closed.accrued.penalty),
        "pool_legs": pools.legs,
        "overdue": closed.overdue,
        "nonperforming": closed.nonperforming,
        "provision": _amounts(closed.provision),
        "differences": _compare_books(sessions, on, clock),
    }


def _amounts(minor: Mapping[str, int]) -> dict[str, str]:
    """By currency, as text."""
    return {currency: str(Money.from_minor(amount, currency).amount) for currency, amount in sorted(minor.items())}


def _compare_books(sessions: Sessions, on: date, clock: Clock) -> int:
    with sessions() as session:
        differences = [str(difference) for check in CHECKS for difference in check(session)]
        differences += map(str, check_payables(session, clock=clock))
        if differences:
            facts = {"differences": differences[:100], "count": len(differences)}
            announce(session, "books.differ", on.isoformat(), facts, clock=clock)
    return len(differences)
