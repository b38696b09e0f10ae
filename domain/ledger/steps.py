"""The steps of every posting, as set operations over a relation of legs: lock, settle (`settling`), book.

A relation of legs is SQL with the columns `ordinal` (0.. without gaps), `place` (of its posting among those booked
together, 0..), `debit_account_id, credit_account_id, amount, reference, pending_id, value_date, mode`: arrays for
single postings, which work behind the wall of the API's role, and a temporary table for bulk.

Order of locks: first the head of the posting numbers, which admits one writer to a tenant's ledger at a time. Every
later statement therefore sees all that was ever posted (a wait for a lock does not refresh the waiting statement's
snapshot), two postings cannot deadlock, and numbers come without gaps. Whatever may refuse stands before whatever
writes, so that a refusal leaves everything as it was even in a transaction that goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text

from domain.ledger import heads
from domain.ledger.heads import Head
from domain.platform import numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor

POSTING_SERIES = "ledger_posting"
TRANSFER_SERIES = "ledger_transfer"


@dataclass(frozen=True, slots=True)
class Legs:
    """A relation of legs: its SQL and what that binds."""

    sql: str
    binds: Mapping[str, Any]


@cache
def over(template: str, legs: str) -> TextClause:
    """A step's statement over a relation of legs, parsed once: there are a handful of relations."""
    return text(template.format(legs=legs))


_LOCKED_IN = "ledger_locked_in"  # the transaction or savepoint in which a session took the lock


def lock_ledger(session: TenantSession) -> bool:
    """Become the tenant's only writer until the transaction ends; False if we were that already.

    A use case locks first and posts later, in several places: the server is asked once.
    """
    if _is_locked(session):
        return False
    numbers.reserve(session, POSTING_SERIES, 0)
    session.info[_LOCKED_IN] = session.get_nested_transaction() or session.get_transaction()
    return True


def _is_locked(session: TenantSession) -> bool:
    """Whether what took the lock is still under way: a savepoint that was taken back has given it back."""
    taken, current = session.info.get(_LOCKED_IN), session.get_nested_transaction() or session.get_transaction()
    while current is not None and current is not taken:
        current = current.parent
    return current is not None


# One statement: numbers, heads and transfers.
_BOOK = f"""
    WITH taken AS ({numbers.TAKE_ALL}),
    first AS (
      SELECT max(next_number) FILTER (WHERE series = '{POSTING_SERIES}') - :head_count AS posting,
             max(next_number) FILTER (WHERE series = '{TRANSFER_SERIES}') - :leg_count AS transfer
      FROM taken),
    booked AS ({heads.INSERT}),
    moved AS (
      INSERT INTO ledger_transfer (tenant_id, id, posting_id, debit_account_id, credit_account_id, amount,
                                   reference, pending_id, value_date, mode)
      SELECT :tenant, first.transfer + ordinal, first.posting + place, debit_account_id, credit_account_id, amount,
             reference, pending_id, value_date, mode
      FROM first, ({{legs}}) AS legs)
    SELECT posting, transfer FROM first
"""


def book(
    session: TenantSession, posted: Sequence[Head], legs: Legs, *, actor: Actor, clock: Clock
) -> tuple[range, range]:
    """Write the postings and their transfers under the next numbers, which it returns; `settle` came before."""
    head_count, leg_count = len(posted), sum(head.transfer_count for head in posted)
    # In this order: as `lock_ledger` has locked the first already.
    taken = {"series": [POSTING_SERIES, TRANSFER_SERIES], "counts": [head_count, leg_count]}
    counted = {"tenant": session.tenant_id, "head_count": head_count, "leg_count": leg_count}
    binds = {**counted, **taken, **heads.columns(posted, actor=actor, clock=clock), **legs.binds}
    first = session.execute(over(_BOOK, legs.sql), binds).one()
    return range(first.posting, first.posting + head_count), range(first.transfer, first.transfer + leg_count)
