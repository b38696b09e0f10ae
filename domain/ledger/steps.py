"""The steps of every posting, as set operations over a relation of legs; one leg and a million take the same ones.

A relation of legs is SQL with the columns `ordinal` (0.. without gaps), `place` (of its posting among those booked
together, 0..), `debit_account_id, credit_account_id, amount, reference, pending_id, value_date, mode`: arrays for
single postings, which work behind the wall of the API's role, and a temporary table for bulk.

Order of locks: first the head of the posting numbers, which admits one writer to a tenant's ledger at a time. Every
later statement therefore sees all that was ever posted (a wait for a lock does not refresh the waiting statement's
snapshot), two postings cannot deadlock, and numbers come without gaps. Whatever may refuse stands before whatever
writes, so that a refusal leaves everything as it was even in a transaction that goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.errors import InsufficientFunds
from domain.ledger.tables import AVAILABLE
from domain.platform import numbers
from domain.platform.database import TenantSession
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


# Modes by number: 0 posted, 1 pending, 2 post, 3 void, 4 imposed.
_NET = """
    legs AS MATERIALIZED ({legs}),
    moved AS (
      SELECT debit_account_id, credit_account_id, mode = 4 AS imposed,
             CASE WHEN mode IN (0, 2, 4) THEN amount ELSE 0 END AS posted,
             CASE WHEN mode = 1 THEN amount WHEN mode IN (2, 3) THEN -amount ELSE 0 END AS pending
      FROM legs),
    net AS (
      SELECT account_id, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits,
             sum(debits_held)::bigint AS debits_held, sum(credits_held)::bigint AS credits_held,
             bool_or(imposed) AS imposed
      FROM (
        SELECT debit_account_id AS account_id, sum(posted) AS debits, 0 AS credits,
               sum(pending) AS debits_held, 0 AS credits_held, bool_or(imposed) AS imposed
        FROM moved GROUP BY debit_account_id
        UNION ALL
        SELECT credit_account_id, 0, sum(posted), 0, sum(pending), bool_or(imposed)
        FROM moved GROUP BY credit_account_id) AS side
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
           (SELECT count(*) FROM settled) AS settled,
           short.kind, short.owner, short.currency, short.available, short.change
    FROM (SELECT) AS one LEFT JOIN short ON true
"""


def settle(session: TenantSession, legs: Legs, currency: str | None = None) -> bool:
    """Bring the counters of all accounts forward, each by one update; False when the legs name an unknown account.

    With `currency`, accounts of another one are unknown too. Raises InsufficientFunds; nothing was changed then.
    """
    statement = text(_SETTLE.format(legs=legs.sql))
    row = session.execute(statement, {"tenant": session.tenant_id, "currency": currency, **legs.binds}).one()
    if row.named != row.found:
        return False
    if row.kind is not None:
        account = AccountRef(AccountKind(row.kind), row.currency, UUID(str(row.owner)) if row.owner else None)
        available = Money.from_minor(row.available, row.currency)
        raise InsufficientFunds(
            account=account, available=available, required=Money.from_minor(-row.change, row.currency)
        )
    assert row.settled == row.named, "an account changed under the lock of the ledger"
    return True


_INSERT_TRANSFERS = """
    INSERT INTO ledger_transfer (tenant_id, id, posting_id, debit_account_id, credit_account_id, amount,
                                 reference, pending_id, value_date, mode)
    SELECT :tenant, :first_transfer + ordinal, :first_posting + place, debit_account_id, credit_account_id, amount,
           reference, pending_id, value_date, mode
    FROM ({legs}) AS legs
"""


def insert_transfers(session: TenantSession, legs: Legs, *, first_transfer: int, first_posting: int) -> None:
    """Write the legs as transfers; the numbers were reserved by the caller, who writes them on the posting too."""
    first = {"first_transfer": first_transfer, "first_posting": first_posting}
    statement = text(_INSERT_TRANSFERS.format(legs=legs.sql))
    session.execute(statement, {"tenant": session.tenant_id, **first, **legs.binds})
