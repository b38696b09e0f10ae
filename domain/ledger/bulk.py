"""Batches: one event with up to millions of transfers, booked by the same steps as a single one.

For workers: temporary tables and COPY do not work behind the wall of the API's role.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Row, text

from domain.ledger import seals, steps
from domain.ledger.batch import Batch, BatchPosted
from domain.ledger.chunks import Chunk, book_chunk
from domain.ledger.errors import BatchChanged, BatchTooLarge, PostingKeyReused
from domain.ledger.staging import Staged, count, stage, summary
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.values.actor import Actor
from domain.values.money import Money

MAX_ROWS = 200_000  # one transaction keeps the tenant's other postings waiting for a second; more goes in chunks
CHUNK_ROWS = 100_000  # what a kill may cost: half a second of work

_STORED = text("""
    SELECT chunk, id, posting.content_digest, transfer_count, rejected_count, posting.total_minor, plan.chunk_count
    FROM ledger_posting AS posting
    LEFT JOIN ledger_batch AS plan ON plan.tenant_id = :tenant AND plan.key = :key
    WHERE posting.tenant_id = :tenant AND posting.key = :key ORDER BY chunk
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
    if (whole := _whole(session, batch, digest)) is not None:
        return whole
    stage(session, batch)
    rows = count(session)
    if rows > MAX_ROWS:
        raise BatchTooLarge(rows=rows, limit=MAX_ROWS)
    steps.lock_ledger(session)
    if (whole := _whole(session, batch, digest)) is not None:
        return whole
    book_chunk(session, batch, Chunk(0, 0, rows), digest, actor=actor, clock=clock)
    return _result(batch, _booked(session, batch, digest), repeated=False)


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
    # Chunks are sealed behind the one being booked: hashing would be a fifth of the time, if it were waited for.
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
        return _result(batch, _booked(session, batch, digest), repeated=False)


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


def _whole(session: TenantSession, batch: Batch, digest: bytes) -> BatchPosted | None:
    """The result, when the key was booked in one transaction."""
    rows = _booked(session, batch, digest)
    if rows and rows[0].chunk_count is not None:
        raise PostingKeyReused(key=batch.key)
    return _result(batch, rows, repeated=True) if rows else None


def _finished(session: TenantSession, batch: Batch, digest: bytes) -> BatchPosted | None:
    """The result, when the batch was booked to its last chunk."""
    rows = _booked(session, batch, digest)
    if not rows:
        return None
    if rows[0].chunk_count is None:  # the key was booked whole
        raise PostingKeyReused(key=batch.key)
    return _result(batch, rows, repeated=True) if len(rows) == rows[0].chunk_count else None


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
    if chunk.number not in {row.chunk for row in _booked(session, batch, digest)}:
        book_chunk(session, batch, chunk, digest, actor=actor, clock=clock)


def _booked(session: TenantSession, batch: Batch, digest: bytes) -> Sequence[Row[tuple[object, ...]]]:
    """The postings under the key so far. Raises PostingKeyReused."""
    rows = session.execute(_STORED, {"tenant": session.tenant_id, "key": batch.key}).all()
    if any(row.content_digest != digest for row in rows):
        raise PostingKeyReused(key=batch.key)
    return rows


def _result(batch: Batch, rows: Sequence[Row[tuple[object, ...]]], *, repeated: bool) -> BatchPosted:
    return BatchPosted(
        posting_ids=tuple(row.id for row in rows),
        accepted=sum(row.transfer_count for row in rows),
        rejected=sum(row.rejected_count for row in rows),
        total=Money.from_minor(sum(row.total_minor for row in rows), batch.currency),
        repeated=repeated,
    )
