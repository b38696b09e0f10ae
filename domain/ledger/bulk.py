"""Batches: one event with up to millions of transfers, booked by the same steps as a single one.

For workers: temporary tables and COPY do not work behind the wall of the API's role.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import text

from domain.ledger import seals, steps
from domain.ledger.batch import Batch, BatchPosted
from domain.ledger.chunks import Chunk, book_chunk
from domain.ledger.errors import BatchChanged, BatchTooLarge, PostingKeyReused
from domain.ledger.staging import Staged, stage, summary
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.values.actor import Actor
from domain.values.money import Money

MAX_ROWS = 200_000  # one transaction keeps the tenant's other postings waiting for a second; more goes in chunks
CHUNK_ROWS = 100_000  # what a kill may cost: half a second of work

_STORED = text("""
    SELECT chunk, id, content_digest, transfer_count, rejected_count, total_minor FROM ledger_posting
    WHERE tenant_id = :tenant AND key = :key ORDER BY chunk
""")

_PLAN = text("""
    SELECT content_digest, row_count, total_minor, fingerprint, chunk_count FROM ledger_batch
    WHERE tenant_id = :tenant AND key = :key
""")

_BEGIN = text("""
    INSERT INTO ledger_batch (tenant_id, key, content_digest, row_count, total_minor, fingerprint, chunk_count,
                              begun_at)
    VALUES (:tenant, :key, :digest, :rows, :total, :fingerprint, :chunks, :now)
    ON CONFLICT (tenant_id, key) DO NOTHING
""")


def post_rows(session: TenantSession, batch: Batch, *, actor: Actor, clock: Clock) -> BatchPosted:
    """Book a batch of at most MAX_ROWS in the caller's transaction; the sealing job seals it after the commit.

    Raises BatchTooLarge, PostingKeyReused; when strict BatchRefused and InsufficientFunds, and nothing has changed.
    """
    digest = batch.content_digest()
    if (stored := _stored(session, batch, digest)) is not None:
        return stored
    rows = stage(session, batch)
    if rows > MAX_ROWS:
        raise BatchTooLarge(rows=rows, limit=MAX_ROWS)
    steps.lock_ledger(session)
    if (stored := _stored(session, batch, digest)) is not None:
        return stored
    book_chunk(session, batch, Chunk(0, 0, rows), digest, actor=actor, clock=clock)
    return _result(session, batch, repeated=False)


def post_in_chunks(database: Database, tenant_id: int, batch: Batch, *, actor: Actor, clock: Clock) -> BatchPosted:
    """Book a batch of any size, chunk by chunk, each in a transaction of its own.

    Whenever it is killed, calling it again with the same rows books what is missing, and nothing twice. A strict batch
    stops at the first chunk with a bad row or an account that is short; what was booked before stays, and the call may
    be repeated once the account is funded, or leniently. Raises BatchChanged, and as `post_rows`.
    """
    digest = batch.content_digest()
    with database.session(Role.WORKER, tenant_id) as session:
        if (finished := _finished(session, batch, digest)) is not None:
            return finished
    # Chunks are sealed behind the one being booked: half as long again, if it had to be waited for.
    with ThreadPoolExecutor(max_workers=1) as sealer, _staging_session(database, tenant_id) as session:
        chunks = _begin(session, batch, digest, clock=clock)
        session.commit()
        sealed = []
        for chunk in chunks:
            _book_unless_booked(session, batch, chunk, digest, actor=actor, clock=clock)
            session.commit()
            sealed.append(sealer.submit(_seal, database, tenant_id, clock))
        for outcome in sealed:
            outcome.result()
        return _result(session, batch, repeated=False)


@contextmanager
def _staging_session(database: Database, tenant_id: int) -> Iterator[TenantSession]:
    """A session on a connection of its own, closed at the end: the staged rows live in it from commit to commit."""
    with database.engines[Role.WORKER].connect() as connection:
        connection.detach()
        with TenantSession(connection, tenant_id) as session:
            yield session


def _seal(database: Database, tenant_id: int, clock: Clock) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        seals.seal(session, clock=clock)


def _finished(session: TenantSession, batch: Batch, digest: bytes) -> BatchPosted | None:
    """The result, when the batch was booked to its last chunk."""
    plan = session.execute(_PLAN, {"tenant": session.tenant_id, "key": batch.key}).one_or_none()
    result = _stored(session, batch, digest)
    if result is None:
        return None
    if plan is None:  # the key was booked whole
        raise PostingKeyReused(key=batch.key)
    return result if len(result.posting_ids) == plan.chunk_count else None


def _begin(session: TenantSession, batch: Batch, digest: bytes, *, clock: Clock) -> list[Chunk]:
    """Stage the rows and divide them; raises BatchChanged when they are not the ones of the first attempt."""
    stage(session, batch, until_commit=False)
    staged = summary(session)
    starts = range(0, max(staged.rows, 1), CHUNK_ROWS)
    begun = {"key": batch.key, "digest": digest, "chunks": len(starts), "now": clock.now()}
    facts = {"rows": staged.rows, "total": staged.total, "fingerprint": staged.fingerprint}
    session.execute(_BEGIN, {"tenant": session.tenant_id, **begun, **facts})
    plan = session.execute(_PLAN, {"tenant": session.tenant_id, "key": batch.key}).one()
    first = Staged(plan.row_count, plan.total_minor, plan.fingerprint)
    if plan.content_digest != digest:
        raise PostingKeyReused(key=batch.key)
    if first != staged:
        raise BatchChanged(key=batch.key, begun=str(first), now=str(staged))
    return [Chunk(number, start, min(start + CHUNK_ROWS, staged.rows)) for number, start in enumerate(starts, start=1)]


def _book_unless_booked(
    session: TenantSession, batch: Batch, chunk: Chunk, digest: bytes, *, actor: Actor, clock: Clock
) -> None:
    steps.lock_ledger(session)
    booked = session.execute(_STORED, {"tenant": session.tenant_id, "key": batch.key})
    if chunk.number not in {row.chunk for row in booked}:
        book_chunk(session, batch, chunk, digest, actor=actor, clock=clock)


def _stored(session: TenantSession, batch: Batch, digest: bytes) -> BatchPosted | None:
    """What the key came to so far."""
    rows = session.execute(_STORED, {"tenant": session.tenant_id, "key": batch.key}).all()
    if any(row.content_digest != digest for row in rows):
        raise PostingKeyReused(key=batch.key)
    if not rows:
        return None
    return BatchPosted(
        posting_ids=tuple(row.id for row in rows),
        accepted=sum(row.transfer_count for row in rows),
        rejected=sum(row.rejected_count for row in rows),
        total=Money.from_minor(sum(row.total_minor for row in rows), batch.currency),
        repeated=True,
    )


def _result(session: TenantSession, batch: Batch, *, repeated: bool) -> BatchPosted:
    stored = _stored(session, batch, batch.content_digest())
    assert stored is not None, "the batch was just booked"
    return replace(stored, repeated=repeated)
