"""What the bank sends, kept as it came before anybody reads it; the same bytes are one answer."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking import vault
from domain.banking.answer_kinds import answer_kind
from domain.banking.channels.port import Answer, BankChannel
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.formats import Kind, kind_of
from domain.banking.states import AnswerState
from domain.banking.tables import AnswerCursor, BankAnswer
from domain.platform.binds import TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7

CALLBACK = "callback"
_STORE = (
    insert(BankAnswer.__table__)  # type: ignore[attr-defined]
    .on_conflict_do_nothing(index_elements=["tenant_id", "digest"])
    .returning(col(BankAnswer.id))
)


def store_answer(session: TenantSession, channel: str, content: bytes, *, keys: KeyRing, clock: Clock) -> bool:
    """Keep one answer; False when the same bytes were kept before."""
    return store_answers(session, channel, [content], keys=keys, clock=clock) == 1


def store_answers(
    session: TenantSession, channel: str, contents: Iterable[bytes], *, keys: KeyRing, clock: Clock
) -> int:
    """Keep answers in the order they came, by one statement; returns how many were not kept before."""
    rows = [_row(session.tenant_id, channel, content, keys, clock) for content in dict.fromkeys(contents)]
    return len(session.execute(_STORE, rows).all()) if rows else 0


def take_callback(session: TenantSession, content: bytes, *, keys: KeyRing, clock: Clock) -> bool:
    """Keep an answer that the bank has brought itself; False when it was kept before, in whatever way it came.

    Whether the bank has signed it is checked before. Raises UnexpectedMessage for what is no answer.
    """
    if kind_of(content) is not Kind.ANSWER:
        raise UnexpectedMessage(expected="pain.002 / camt.054", found=content[:80].decode("utf-8", "replace"))
    return store_answer(session, CALLBACK, content, keys=keys, clock=clock)


def _row(tenant_id: int, channel: str, content: bytes, keys: KeyRing, clock: Clock) -> dict[str, Any]:
    identity = uuid7()
    key_id, sealed = vault.seal(keys, vault.ANSWER, tenant_id, identity, content)
    return {
        "tenant_id": tenant_id,
        "id": identity,
        "created_at": clock.now(),
        "channel": channel,
        "kind": answer_kind(content),
        "digest": sha256(content).digest(),
        "key_id": key_id,
        "sealed": sealed,
        "state": AnswerState.STORED,
    }


def fetch_answers(database: Database, channel: BankChannel, tenant_id: int, *, keys: KeyRing, clock: Clock) -> int:
    """Fetch and keep everything the bank has said since last time; returns how many answers were new.

    A page and the cursor behind it are kept together, so that a crash repeats a page and loses none. Raises
    BankUnavailable; what came before it is kept.
    """
    new, cursor = 0, _cursor(database, channel, tenant_id)
    while page := channel.answers(cursor):
        cursor = page[-1].cursor
        with database.session(Role.WORKER, tenant_id) as session:
            new += _store_page(session, channel.name, page, keys=keys, clock=clock)
    return new


_CURSOR = select(col(AnswerCursor.cursor)).where(
    col(AnswerCursor.tenant_id) == TENANT, col(AnswerCursor.channel) == bindparam("of_channel")
)


def _cursor(database: Database, channel: BankChannel, tenant_id: int) -> str:
    with database.session(Role.WORKER, tenant_id) as session:
        found = session.scalars(_CURSOR, of(session, of_channel=channel.name)).one_or_none()
    return found or ""


def _store_page(session: TenantSession, channel: str, page: list[Answer], *, keys: KeyRing, clock: Clock) -> int:
    new = store_answers(session, channel, [answer.content for answer in page], keys=keys, clock=clock)
    head = {
        "tenant_id": session.tenant_id,
        "channel": channel,
        "cursor": page[-1].cursor,
        "moved_at": clock.now(),
    }
    session.execute(_MOVE_CURSOR, head)
    return new


_HEAD = insert(AnswerCursor.__table__)  # type: ignore[attr-defined]
_MOVE_CURSOR = _HEAD.on_conflict_do_update(
    index_elements=["tenant_id", "channel"],
    set_={name: _HEAD.excluded[name] for name in ("cursor", "moved_at")},
)
