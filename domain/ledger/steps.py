"""The steps of every posting, as set operations over a relation of legs; one leg and a million take the same ones.

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
from typing import Any

from sqlalchemy import text

from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.errors import InsufficientFunds
from domain.ledger.heads import Head, insert_heads
from domain.ledger.tables import AVAILABLE
from domain.platform import numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.money import Money

POSTING_SERIES = "ledger_posting"
TRANSFER_SERIES = "ledger_transfer"


@dataclass(frozen=True, slots=True)
class Legs:
    """A relation of legs: its SQL and what that binds."""

    sql: str
    binds: Mapping[str, Any]


def lock_ledger(session: TenantSession) -> None:
    """Become the tenant's only writer until the transaction ends."""
    numbers.reserve(session, POSTING_SERIES, 0)


class UnknownAccount(LookupError):
    """A leg names an account that is not there, or has another currency; who knows the row says which."""


# First per account, side and mode, where the many rows are; what the mode means is then asked once for each sum.
# Modes by number: 0 posted, 1 pending, 2 post, 3 void, 4 imposed.
_NET = """
    net AS (
      SELECT account_id,
             sum(CASE WHEN mode IN (0, 2, 4) THEN debited ELSE 0 END)::bigint AS debits,
             sum(CASE WHEN mode IN (0, 2, 4) THEN credited ELSE 0 END)::bigint AS credits,
             sum(debited * CASE mode WHEN 1 THEN 1 WHEN 2 THEN -1 WHEN 3 THEN -1 ELSE 0 END)::bigint AS debits_held,
             sum(credited * CASE mode WHEN 1 THEN 1 WHEN 2 THEN -1 WHEN 3 THEN -1 ELSE 0 END)::bigint AS credits_held,
             bool_or(mode = 4) AS imposed, sum(debited)::bigint AS turnover
      FROM (
        SELECT debit_account_id AS account_id, mode, sum(amount)::bigint AS debited, 0 AS credited
        FROM ({legs}) AS legs GROUP BY debit_account_id, mode
        UNION ALL
        SELECT credit_account_id, mode, 0, sum(amount)::bigint
        FROM ({legs}) AS legs GROUP BY credit_account_id, mode) AS side
      GROUP BY account_id)
"""

# One pass decides and, when nobody is short, writes: each account once, with its net. The CHECK on the table stands
# behind it and refuses an overdraft whatever SQL ran; here we learn whose it would be without losing the transaction.
_SETTLE = f"""
    WITH {_NET},
    outcome AS (
      SELECT id, kind, owner, currency, {AVAILABLE} AS available, floor_minor, may_go_negative, net.imposed,
             net.debits, net.credits, net.debits_held, net.credits_held,
             CASE normal_side WHEN 'debit' THEN net.debits - net.credits - net.credits_held
                              ELSE net.credits - net.debits - net.debits_held END AS change
      FROM net JOIN ledger_account ON tenant_id = :tenant AND id = net.account_id
      WHERE currency = :currency OR :currency IS NULL),
    short AS (
      SELECT * FROM outcome
      WHERE NOT may_go_negative AND NOT imposed AND available + change < floor_minor
      ORDER BY id LIMIT 1),
    settled AS (
      UPDATE ledger_account AS account
      SET debits_posted = debits_posted + debits, credits_posted = credits_posted + credits,
          debits_pending = debits_pending + debits_held, credits_pending = credits_pending + credits_held,
          floor_minor = CASE WHEN outcome.may_go_negative THEN 0
                             WHEN outcome.imposed THEN least(0, available + change)
                             ELSE least(0, greatest(account.floor_minor, available + change)) END
      FROM outcome
      WHERE account.tenant_id = :tenant AND account.id = outcome.id
        AND NOT EXISTS (SELECT FROM short) AND (SELECT count(*) FROM net) = (SELECT count(*) FROM outcome)
      RETURNING 1)
    SELECT (SELECT count(*) FROM net) AS named, (SELECT count(*) FROM outcome) AS found,
           (SELECT count(*) FROM settled) AS settled, (SELECT coalesce(sum(turnover), 0)::bigint FROM net) AS turnover,
           short.kind, short.owner, short.currency, short.available, short.change
    FROM (SELECT) AS one LEFT JOIN short ON true
"""


def settle(session: TenantSession, legs: Legs, currency: str | None = None) -> int:
    """Bring the counters of all accounts forward, each by one update; the sum of the legs.

    With `currency`, accounts of another one count as unknown. Raises InsufficientFunds and UnknownAccount; nothing was
    changed then.
    """
    statement = text(_SETTLE.format(legs=legs.sql))
    row = session.execute(statement, {"tenant": session.tenant_id, "currency": currency, **legs.binds}).one()
    if row.named != row.found:
        raise UnknownAccount
    if row.kind is not None:
        account = AccountRef(AccountKind(row.kind), row.currency, row.owner)
        available, change = (Money.from_minor(minor, row.currency) for minor in (row.available, row.change))
        raise InsufficientFunds(account=account, available=available, required=-change)
    assert row.settled == row.named, "an account changed under the lock of the ledger"
    total: int = row.turnover
    return total


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
    transfer_ids = numbers.reserve(session, TRANSFER_SERIES, sum(head.transfer_count for head in heads))
    posting_ids = numbers.reserve(session, POSTING_SERIES, len(heads))
    insert_heads(session, heads, posting_ids, transfer_ids.start, actor=actor, clock=clock)
    first = {"first_transfer": transfer_ids.start, "first_posting": posting_ids.start}
    statement = text(_INSERT_TRANSFERS.format(legs=legs.sql))
    session.execute(statement, {"tenant": session.tenant_id, **first, **legs.binds})
    return posting_ids, transfer_ids
