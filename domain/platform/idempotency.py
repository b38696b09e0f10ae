"""One effect per Idempotency-Key: what a caller's key was used for, and the answer it got.

A row `in_flight` is committed before the work starts, so that a second request with the key sees it. `complete` runs
inside the work's own transaction: the answer is kept exactly when the effect is. A row left in flight by a dead process
is taken over after IN_FLIGHT_LIMIT; should that process still be alive, its `complete` finds another attempt in the
row, raises, and its work is rolled back. All times here are real time, never a sandbox tenant's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, col, select

from domain.platform.database import TenantSession
from domain.platform.tables import TenantRow, text_enum
from domain.values.actor import Actor
from domain.values.errors import DomainError

MAX_KEY_LENGTH = 255  # what the header's draft standard expects servers to take
IN_FLIGHT_LIMIT = timedelta(minutes=5)  # no request lives longer than the server's own time-out of one minute
KEPT_FOR = timedelta(hours=24)  # callers retry within minutes; a day covers a night's outage


class KeyInFlight(DomainError):
    """The first request with this key has not been answered yet."""

    code = "idempotency_key_in_flight"
    status = 409
    en = "A request with the Idempotency-Key “{key}” is still being worked on. Ask again in a moment."
    zh = "使用 Idempotency-Key “{key}” 的请求仍在处理中,请稍后重试。"

    def __init__(self, *, key: str) -> None:
        super().__init__(key=key)


class KeyUsedForOther(DomainError):
    """The key was used for a different request."""

    code = "idempotency_key_used_for_other"
    status = 422
    en = "The Idempotency-Key “{key}” was used for a different request. Use a new key for a new request."
    zh = "Idempotency-Key “{key}” 已用于另一请求,请为新请求使用新的键。"

    def __init__(self, *, key: str) -> None:
        super().__init__(key=key)


class RecordState(StrEnum):
    """Whether the work behind a key is still going on."""

    IN_FLIGHT = "in_flight"
    DONE = "done"


class IdempotencyRecord(TenantRow, table=True):
    """A caller's key, what it asked for (as a hash), and the answer once there is one."""

    __tablename__ = "idempotency_record"

    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=MAX_KEY_LENGTH)
    request_hash: bytes
    state: RecordState = Field(sa_type=text_enum(RecordState, "state"))
    attempt: int
    status: int | None = None
    headers: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    body: bytes | None = None
    created_at: datetime = Field(index=False)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request was answered with, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """The right to do the work once; handed back to `complete` or `abandon`."""

    actor: str
    key: str
    attempt: int


def begin(
    session: TenantSession, *, actor: Actor, key: str, request_hash: bytes, now: datetime
) -> Begun | StoredAnswer:
    """The right to do the work, or the answer it already had. The caller commits before it starts working.

    Raises KeyUsedForOther when the key came with another request, KeyInFlight while the first is at work.
    """
    attempt = _claim(session, str(actor), key, request_hash, now)
    if attempt is not None:
        return Begun(str(actor), key, attempt)
    record = session.exec(
        select(IdempotencyRecord).where(*_named(session, str(actor), key)).execution_options(populate_existing=True)
    ).one()
    if record.request_hash != request_hash:
        raise KeyUsedForOther(key=key)
    if record.state is RecordState.IN_FLIGHT or record.status is None:
        raise KeyInFlight(key=key)
    return StoredAnswer(record.status, dict(record.headers or {}), record.body or b"")


def _claim(session: TenantSession, actor: str, key: str, request_hash: bytes, now: datetime) -> int | None:
    first = insert(IdempotencyRecord).values(
        tenant_id=session.tenant_id,
        actor=actor,
        key=key,
        request_hash=request_hash,
        state=RecordState.IN_FLIGHT,
        attempt=1,
        created_at=now,
    )
    stale = or_(
        (col(IdempotencyRecord.state) == RecordState.IN_FLIGHT)
        & (col(IdempotencyRecord.created_at) < now - IN_FLIGHT_LIMIT)
        & (col(IdempotencyRecord.request_hash) == request_hash),
        col(IdempotencyRecord.created_at) < now - KEPT_FOR,
    )
    claim = first.on_conflict_do_update(
        index_elements=["tenant_id", "actor", "key"],
        set_={
            "request_hash": request_hash,
            "state": RecordState.IN_FLIGHT,
            "attempt": col(IdempotencyRecord.attempt) + 1,
            "created_at": now,
        },
        where=stale,
    )
    return session.execute(claim.returning(col(IdempotencyRecord.attempt))).scalar_one_or_none()


def complete(session: TenantSession, begun: Begun, answer: StoredAnswer) -> None:
    """Keep the answer, in the transaction of the work. Raises KeyInFlight when somebody took the key over meanwhile."""
    kept = session.execute(
        update(IdempotencyRecord)
        .where(
            *_named(session, begun.actor, begun.key),
            col(IdempotencyRecord.attempt) == begun.attempt,
            col(IdempotencyRecord.state) == RecordState.IN_FLIGHT,
        )
        .values(state=RecordState.DONE, status=answer.status, headers=answer.headers, body=answer.body)
        .returning(col(IdempotencyRecord.attempt))
    ).one_or_none()
    if kept is None:
        raise KeyInFlight(key=begun.key)


def abandon(session: TenantSession, begun: Begun) -> None:
    """Free the key: the work had no effect, and the caller may try again with it."""
    session.execute(
        delete(IdempotencyRecord).where(
            *_named(session, begun.actor, begun.key),
            col(IdempotencyRecord.attempt) == begun.attempt,
            col(IdempotencyRecord.state) == RecordState.IN_FLIGHT,
        )
    )


def purge(session: TenantSession, *, now: datetime) -> int:
    """Forget this tenant's keys older than KEPT_FOR; returns how many."""
    forgotten = delete(IdempotencyRecord).where(
        col(IdempotencyRecord.tenant_id) == session.tenant_id,
        col(IdempotencyRecord.created_at) < now - KEPT_FOR,
    )
    return len(session.execute(forgotten.returning(col(IdempotencyRecord.attempt))).all())


def _named(session: TenantSession, actor: str, key: str) -> tuple[Any, ...]:
    return (
        col(IdempotencyRecord.tenant_id) == session.tenant_id,
        col(IdempotencyRecord.actor) == actor,
        col(IdempotencyRecord.key) == key,
    )
