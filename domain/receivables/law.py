"""Limits the law sets on what may be financed: dated, each with its citation, so that a check says which one it used.

When a limit changes, a line is added here with the date it takes effect; none is ever edited, because a check of the
past must still find what was in force then.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Limit(StrEnum):
    """What is limited."""

    CERTIFICATE_TERM_IN_PRINCIPLE = "certificate_term_in_principle"
    CERTIFICATE_TERM = "certificate_term"
    SMALL_SELLER_TERM = "small_seller_term"
    ANTI_ASSIGNMENT = "anti_assignment"


class Unit(StrEnum):
    """What the value counts; a clause has no value."""

    DAYS = "days"
    MONTHS = "months"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LegalLimit:
    """One limit from the day it is in force."""

    limit: Limit
    effective_on: date
    value: int
    unit: Unit
    citation: str


LIMITS: tuple[LegalLimit, ...] = (
    LegalLimit(
        Limit.CERTIFICATE_TERM_IN_PRINCIPLE, date(2025, 6, 15), 6, Unit.MONTHS, "PBoC notice 77 of 2025, art. 11"
    ),
    LegalLimit(Limit.CERTIFICATE_TERM, date(2025, 6, 15), 12, Unit.MONTHS, "PBoC notice 77 of 2025, art. 11"),
    LegalLimit(
        Limit.SMALL_SELLER_TERM,
        date(2025, 6, 1),
        60,
        Unit.DAYS,
        "Regulations on Ensuring Payments to Small and Medium-sized Enterprises (2025), art. 9",
    ),
    LegalLimit(Limit.ANTI_ASSIGNMENT, date(2021, 1, 1), 0, Unit.NONE, "Civil Code, art. 545"),
)


def limit_on(limit: Limit, on: date) -> LegalLimit | None:
    """The limit as it stands on a date; None before it came into force."""
    in_force = [each for each in LIMITS if each.limit is limit and each.effective_on <= on]
    return max(in_force, key=lambda each: each.effective_on, default=None)
