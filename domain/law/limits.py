"""What is limited, from when, and where that is said: pure look-ups in dated rows, none of which is ever edited."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar


class Limit(StrEnum):
    """The names of the limits, as their rows have them."""

    PRIVATE_LENDING = "private_lending_multiple"
    ONE_DEBTOR = "concentration_one_debtor"
    RELATED_DEBTORS = "concentration_related_debtors"
    PROVISION = "provision_least"
    NON_PERFORMING = "non_performing_after"
    ANTI_ASSIGNMENT = "anti_assignment_binds_parties_only"
    NOTICE = "assignment_binds_debtor_from_notice"
    SMALL_SELLER = "small_seller_paid_within"
    LATE_INTEREST = "small_seller_late_interest"
    TERM_USUAL = "certificate_term_usual"
    TERM_LONGEST = "certificate_term_longest"
    LICENCE = "licence_to_lend"
    REGISTRATION = "registration_before_funding"


class DatedLimit(Protocol):
    """A row of the law, wherever it is kept."""

    name: str
    effective_on: date
    value: Decimal
    citation: str


Row = TypeVar("Row", bound=DatedLimit)


def limit_on(rows: Iterable[Row], name: Limit, on: date) -> Row | None:
    """What a limit says on a day: the latest row that is in force by then; none before the first."""
    known = [row for row in rows if row.name == name and row.effective_on <= on]
    return max(known, key=lambda row: row.effective_on, default=None)


@dataclass(frozen=True, slots=True)
class TermLimits:
    """How long payment certificates run: in principle, and at the very most."""

    usual_months: int
    longest_months: int
    citation: str

    def usual_until(self, issued_on: date) -> date:
        """The last due date within the usual term."""
        return months_after(issued_on, self.usual_months)

    def longest_until(self, issued_on: date) -> date:
        """The last due date within the longest term."""
        return months_after(issued_on, self.longest_months)


def term_limits(rows: Sequence[DatedLimit], on: date) -> TermLimits | None:
    """The terms of payment certificates issued on a day; none before the law had any (notice 77 of 2025, art. 11)."""
    usual, longest = limit_on(rows, Limit.TERM_USUAL, on), limit_on(rows, Limit.TERM_LONGEST, on)
    if usual is None or longest is None:
        return None
    return TermLimits(int(usual.value), int(longest.value), longest.citation)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last: six months after 31 August is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: PLR2004 - December, counted from zero
    return date(year, month + 1, min(day.day, (following - date(year, month + 1, 1)).days))
