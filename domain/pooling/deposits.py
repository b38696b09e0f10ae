"""Takings on their way through the bank: what a branch's account should see, what it saw, and the difference.

Expected takings meet statement entries by the reference they carry; failing that by equal amount and day, where a bank
may book up to four days late (a long weekend). The bank's figure is booked, the difference stays visible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling.postings import taking_booked
from domain.values.actor import Actor
from domain.values.money import Money

MAX_DAYS_LATE = 4  # takings of a Thursday before a long weekend are booked on Monday


@dataclass(frozen=True, slots=True)
class ExpectedTaking:
    """What a branch should see on its account; negative for a correction."""

    branch_id: UUID
    account_id: UUID
    taken_on: date
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class TakingDifference:
    """A taking that the bank booked otherwise, or has not booked yet (`booked` is None)."""

    branch_id: UUID
    taken_on: date
    reference: str
    expected: Money
    booked: Money | None

    @property
    def difference(self) -> Money:
        """Booked less expected; all of it is missing while nothing was booked."""
        return (self.booked or Money.zero(self.expected.currency)) - self.expected


@dataclass(frozen=True, slots=True)
class TakingsBooked:
    """Which statement entries were takings, and what they came to in minor units (net of corrections)."""

    entry_ids: tuple[int, ...]
    net_minor: int


# An account that is pooled comes first, then the oldest: a branch has one account for takings.
_EXPECTED = text("""
    SELECT DISTINCT ON (taking.reference)
           taking.branch_id, account.id AS account_id, taking.taken_on, taking.reference, taking.amount_minor,
           taking.currency
    FROM taking
    JOIN bank_account AS account
      ON account.tenant_id = :tenant AND account.party_id = taking.branch_id AND account.currency = taking.currency
     AND account.own AND account.state = 'verified'
    LEFT JOIN pool_member AS member ON member.tenant_id = :tenant AND member.account_id = account.id
    WHERE taking.tenant_id = :tenant AND taking.taken_on = :on AND taking.booked_minor IS NULL
    ORDER BY taking.reference, member.id IS NULL, account.id
""")

_SIGNED = "CASE entry.direction WHEN 'credit' THEN entry.amount_minor ELSE -entry.amount_minor END"

# Word for word: TK20120204-1 is not in a remittance that names TK20120204-12. Most name none: no pattern is compiled.
_NAMED = """taking.reference IN (entry.end_to_end_id, entry.servicer_reference)
            OR strpos(entry.remittance, taking.reference) > 0
               AND entry.remittance ~ ('\\m' || taking.reference || '\\M')"""

# First by reference, in whatever field the bank put it; then by amount and day, nearest day first, each side once.
_MATCH = text(f"""
    WITH entry AS (
      SELECT entry.id, entry.account_id, account.party_id AS branch_id, entry.currency, entry.booked_on,
             entry.value_date, entry.end_to_end_id, entry.servicer_reference, entry.remittance, {_SIGNED} AS minor
      FROM statement_entry AS entry
      JOIN bank_account AS account ON account.tenant_id = :tenant AND account.id = entry.account_id
      WHERE entry.tenant_id = :tenant AND entry.id = ANY(CAST(:entries AS bigint[])) AND entry.state = 'imported'
        AND NOT EXISTS (SELECT FROM taking AS known
                        WHERE known.tenant_id = :tenant AND known.entry_id = entry.id)),
    pair AS (
      SELECT entry.id AS entry_id, entry.account_id, entry.minor, entry.value_date,
             taking.branch_id, taking.reference, taking.amount_minor, taking.currency,
             named IS NOT TRUE AS by_amount,
             entry.booked_on - taking.taken_on AS days_late
      FROM entry JOIN taking
        ON taking.tenant_id = :tenant AND taking.branch_id = entry.branch_id AND taking.currency = entry.currency
       AND taking.booked_minor IS NULL AND sign(taking.amount_minor) = sign(entry.minor)
      CROSS JOIN LATERAL (SELECT {_NAMED} AS named) AS reading
      WHERE named OR taking.amount_minor = entry.minor AND entry.booked_on - taking.taken_on BETWEEN 0 AND :late),
    ranked AS (
      SELECT *, row_number() OVER (PARTITION BY entry_id ORDER BY by_amount, days_late, reference) AS of_entry,
             row_number() OVER (PARTITION BY reference ORDER BY by_amount, days_late, entry_id) AS of_taking
      FROM pair)
    UPDATE taking SET booked_minor = ranked.minor, booked_on = ranked.value_date, entry_id = ranked.entry_id
    FROM ranked
    WHERE taking.tenant_id = :tenant AND taking.reference = ranked.reference
      AND taking.booked_minor IS NULL AND ranked.of_entry = 1 AND ranked.of_taking = 1
    RETURNING ranked.entry_id, ranked.account_id, ranked.minor, ranked.value_date, taking.branch_id,
              taking.reference, taking.amount_minor, taking.currency
""")

_DIFFERING = text("""
    SELECT branch_id, taken_on, reference, amount_minor, booked_minor, currency FROM taking
    WHERE tenant_id = :tenant AND taken_on <= :on AND booked_minor IS DISTINCT FROM amount_minor
    ORDER BY taken_on, branch_id, reference
""")


def expected_takings(session: TenantSession, on: date) -> list[ExpectedTaking]:
    """What the branches' accounts should see for that day and have not seen."""
    return [
        ExpectedTaking(
            row.branch_id, row.account_id, row.taken_on, row.reference, Money.from_minor(row.amount_minor, row.currency)
        )
        for row in session.execute(_EXPECTED, {"tenant": session.tenant_id, "on": on})
    ]


def book_takings(session: TenantSession, entry_ids: Sequence[int], *, actor: Actor, clock: Clock) -> TakingsBooked:
    """Book those of the imported statement entries that are takings of branches; the others are left to the caller.

    Until no pair is left: two deposits of the same amount find the two takings of that amount one after the other.
    """
    booked: list[Row[Any]] = []
    open_entries = set(entry_ids)
    while found := _match(session, open_entries):
        booked += found
        open_entries -= {row.entry_id for row in found}
    if booked:
        ledger.post_all(session, [_posting(row) for row in booked], actor=actor, clock=clock)
    return TakingsBooked(tuple(sorted(row.entry_id for row in booked)), sum(row.minor for row in booked))


def _match(session: TenantSession, entry_ids: set[int]) -> Sequence[Row[Any]]:
    if not entry_ids:
        return []
    binds = {"tenant": session.tenant_id, "entries": list(entry_ids), "late": MAX_DAYS_LATE}
    return session.execute(_MATCH, binds).all()


def _posting(row: Row[Any]) -> Posting:
    return taking_booked(
        branch_id=row.branch_id,
        account_id=row.account_id,
        reference=row.reference,
        expected=Money.from_minor(row.amount_minor, row.currency),
        booked=Money.from_minor(row.minor, row.currency),
        value_date=row.value_date,
    )


def takings_differences(session: TenantSession, on: date) -> list[TakingDifference]:
    """Takings up to that day that the bank booked with another amount, or has not booked."""
    return [
        TakingDifference(
            row.branch_id,
            row.taken_on,
            row.reference,
            Money.from_minor(row.amount_minor, row.currency),
            None if row.booked_minor is None else Money.from_minor(row.booked_minor, row.currency),
        )
        for row in session.execute(_DIFFERING, {"tenant": session.tenant_id, "on": on})
    ]
