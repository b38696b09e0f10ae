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

from domain.ledger.heads import Head, insert_heads
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


def lock_ledger(session: TenantSession) -> None:
    """Become the tenant's only writer until the transaction ends."""
    numbers.reserve(session, POSTING_SERIES, 0)


_INSERT_TRANSFERS = """
    INSERT INTO ledger_transfer (tenant_id, id, posting_id, debit_account_id, credit_account_id, amount,
                                 reference, pending_id, value_date, mode)
    SELECT :tenant, :first_transfer + ordinal, :first_posting + place, debit_account_id, credit_account_id, amount,
           reference, pending_id, value_date, mode
    FROM ({legs}) AS legs
"""


def book(
    session: TenantSession, heads: Sequence[Head], legs: Legs, *, actor: Actor, clock: Clock
) -> tuple[range, range]:
    """Write the postings and their transfers under the next numbers, which it returns; `settle` came before."""
    counts = {POSTING_SERIES: len(heads), TRANSFER_SERIES: sum(head.transfer_count for head in heads)}
    reserved = numbers.reserve_all(session, counts)
    posting_ids, transfer_ids = reserved[POSTING_SERIES], reserved[TRANSFER_SERIES]
    insert_heads(session, heads, posting_ids, transfer_ids.start, actor=actor, clock=clock)
    first = {"first_transfer": transfer_ids.start, "first_posting": posting_ids.start}
    statement = over(_INSERT_TRANSFERS, legs.sql)
    session.execute(statement, {"tenant": session.tenant_id, **first, **legs.binds})
    return posting_ids, transfer_ids
