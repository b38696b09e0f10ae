"""One chunk of a staged batch: validated, settled, written, its bad rows recorded."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.ledger import steps
from domain.ledger.batch import Batch
from domain.ledger.errors import BatchRefused
from domain.ledger.heads import Head
from domain.ledger.posting import Mode
from domain.ledger.settling import UnknownAccount, settle, settle_unasked
from domain.ledger.steps import Legs
from domain.ledger.tables import AVAILABLE
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor


@dataclass(frozen=True, slots=True)
class Chunk:
    """Staged rows `start` (counted) to `end` (not); number 0 is a whole batch."""

    number: int
    start: int
    end: int


_LEGS = """
    SELECT ordinal - :start AS ordinal, 0 AS place, debit_account_id, credit_account_id, amount, reference, pending_id,
           CAST(:value_date AS date) AS value_date, CAST(:mode AS smallint) AS mode
    FROM pg_temp.ledger_staged WHERE ordinal >= :start AND ordinal < :end
"""

# Numbers without gaps though rows are left out.
_ACCEPTED_LEGS = """
    SELECT row_number() OVER (ORDER BY ordinal) - 1 AS ordinal, 0 AS place, debit_account_id, credit_account_id, amount,
           reference, pending_id, CAST(:value_date AS date) AS value_date, CAST(:mode AS smallint) AS mode
    FROM pg_temp.ledger_staged AS staged WHERE ordinal >= :start AND ordinal < :end
     AND NOT EXISTS (SELECT FROM pg_temp.ledger_refused AS refused WHERE refused.ordinal = staged.ordinal)
"""

# The first thing wrong with each row. A reference is taken when it was booked before or stands earlier in the chunk.
_REFUSE = text("""
    INSERT INTO pg_temp.ledger_refused
    SELECT ordinal, reason FROM (
      SELECT staged.ordinal,
             CASE WHEN staged.debit_account_id IS NULL AND staged.pending_id IS NOT NULL
                    OR row_number() OVER (PARTITION BY staged.pending_id ORDER BY staged.ordinal) > 1
                       AND staged.pending_id IS NOT NULL THEN 'not_pending'
                  WHEN coalesce(staged.amount, 0) <= 0 THEN 'amount_not_positive'
                  WHEN staged.debit_account_id = staged.credit_account_id THEN 'same_account'
                  WHEN debit.id IS NULL OR credit.id IS NULL THEN 'unknown_account'
                  WHEN debit.currency <> :currency OR credit.currency <> :currency THEN 'other_currency'
                  WHEN staged.reference IS NOT NULL
                       AND (row_number() OVER (PARTITION BY staged.reference ORDER BY staged.ordinal) > 1
                            OR EXISTS (SELECT FROM ledger_transfer AS booked WHERE booked.tenant_id = :tenant
                                         AND booked.reference = staged.reference)) THEN 'reference_used'
             END AS reason
      FROM pg_temp.ledger_staged AS staged
      LEFT JOIN ledger_account AS debit ON debit.tenant_id = :tenant AND debit.id = staged.debit_account_id
      LEFT JOIN ledger_account AS credit ON credit.tenant_id = :tenant AND credit.id = staged.credit_account_id
      WHERE ordinal >= :start AND ordinal < :end) AS judged
    WHERE reason IS NOT NULL
""")

# Rows of an account are covered in their order until the first that is not; what arrives in the same chunk does not
# count, because it may be refused itself.
_REFUSE_UNCOVERED = text(f"""
    INSERT INTO pg_temp.ledger_refused
    WITH legs AS MATERIALIZED (
      SELECT ordinal, debit_account_id, credit_account_id, amount FROM pg_temp.ledger_staged AS staged
      WHERE ordinal >= :start AND ordinal < :end
        AND NOT EXISTS (SELECT FROM pg_temp.ledger_refused AS refused WHERE refused.ordinal = staged.ordinal)),
    limited AS (
      SELECT id, normal_side, {AVAILABLE} AS available FROM ledger_account
      WHERE tenant_id = :tenant AND NOT may_go_negative)
    SELECT DISTINCT ordinal, 'insufficient_funds' FROM (
      SELECT ordinal, available, sum(amount) OVER (PARTITION BY id ORDER BY ordinal) AS taken
      FROM legs JOIN limited ON normal_side = 'credit' AND id = debit_account_id
      UNION ALL
      SELECT ordinal, available, sum(amount) OVER (PARTITION BY id ORDER BY ordinal)
      FROM legs JOIN limited ON normal_side = 'debit' AND id = credit_account_id) AS outflow
    WHERE taken > available
""")

_REJECTS = text("""
    INSERT INTO ledger_reject (tenant_id, posting_id, line, debit_account_id, credit_account_id, amount, reference,
                               pending_id, reason)
    SELECT :tenant, :posting, coalesce(line, ordinal + 1), debit_account_id, credit_account_id, amount, reference,
           pending_id, reason
    FROM pg_temp.ledger_refused JOIN pg_temp.ledger_staged USING (ordinal)
""")

_COUNT_REFUSED = text("SELECT count(*) FROM pg_temp.ledger_refused")

_FIRST_REFUSED = text("""
    SELECT coalesce(line, ordinal + 1) AS line, reason
    FROM pg_temp.ledger_refused JOIN pg_temp.ledger_staged USING (ordinal) ORDER BY ordinal LIMIT 1
""")


def book_chunk(
    session: TenantSession, batch: Batch, chunk: Chunk, digest: bytes, *, actor: Actor, clock: Clock
) -> None:
    """Book the staged rows of `chunk`; the ledger is locked and the key known to be free.

    Raises BatchRefused and InsufficientFunds when the batch is strict, and leaves everything as it was.
    """
    binds = {"tenant": session.tenant_id, "start": chunk.start, "end": chunk.end, "currency": batch.currency}
    if not batch.strict:
        _refuse(session, batch, binds)
    legs = _legs(batch, chunk)
    try:
        with session.begin_nested():
            total = settle_unasked(session, legs, batch.currency, batch.mode)
            _write(session, batch, chunk, _head(session, batch, chunk, digest, total), actor=actor, clock=clock)
    except (UnknownAccount, IntegrityError) as error:
        # The constraints refuse at full speed; only now is it worth looking for the row, or for the account.
        session.execute(_REFUSE, binds)
        bad = session.execute(_FIRST_REFUSED).first()
        if bad is not None:
            raise BatchRefused(key=batch.key, line=bad.line, reason=bad.reason) from error
        settle(session, legs, batch.currency)
        raise


def _refuse(session: TenantSession, batch: Batch, binds: dict[str, Any]) -> None:
    session.execute(text("TRUNCATE pg_temp.ledger_refused"))
    session.execute(_REFUSE, binds)
    if batch.mode in {Mode.POSTED, Mode.PENDING}:
        session.execute(_REFUSE_UNCOVERED, binds)


def _write(session: TenantSession, batch: Batch, chunk: Chunk, head: Head, *, actor: Actor, clock: Clock) -> None:
    posting_ids, _ = steps.book(session, [head], _legs(batch, chunk), actor=actor, clock=clock)
    if head.rejected_count:
        session.execute(_REJECTS, {"tenant": session.tenant_id, "posting": posting_ids.start})


def _legs(batch: Batch, chunk: Chunk) -> Legs:
    span = {"start": chunk.start, "end": chunk.end}
    moved = {"value_date": batch.value_date, "mode": batch.mode.number}
    return Legs(_LEGS if batch.strict else _ACCEPTED_LEGS, span | moved)


def _head(session: TenantSession, batch: Batch, chunk: Chunk, digest: bytes, total: int) -> Head:
    refused = 0 if batch.strict else session.execute(_COUNT_REFUSED).scalar_one()
    return Head(
        batch.key,
        digest,
        batch.event,
        batch.source,
        batch.value_date,
        batch.explanation,
        chunk.end - chunk.start - refused,
        chunk=chunk.number,
        rejected_count=refused,
        total_minor=total,
    )
