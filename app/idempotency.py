"""`Idempotency-Key`: the same request twice has one effect and one answer (draft-ietf-httpapi-idempotency-key-header).

Decided on 2026-03-02. Every POST takes the header; commands that move money require it. A key belongs to its caller and
to one request: method, path, query and body. The first request's answer is kept for 24 hours in the transaction of its
work, byte for byte, and replayed with `Idempotent-Replay: true`. So is a refusal of the business (409, 404, …), as the
draft asks: a caller who retries must not find half a minute later that the other thing happened. Not kept are requests
that were never begun (401, 403, 415, 422 of validation) and faults of ours (5xx): the key is free again, and a retry
may succeed. A dry run has no effect, so it neither uses a key up nor replays one. Signing in takes no key: its answer
is a new secret each time. Kept answers are encrypted, since one of them may show a new API key.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Any

from litestar import Request, Response
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from app.answers import rendered_answer
from app.installation import Installation
from app.off_loop import off_loop
from app.problems import MEDIA_TYPE, language_of, problem_body
from domain.access.principal import Principal
from domain.platform import idempotency
from domain.platform.database import Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.idempotency import Begun, StoredAnswer
from domain.values.errors import DomainError

REPLAY_HEADER = "Idempotent-Replay"


class AlreadyAnswered(Exception):
    """The request was answered before; nothing is done again."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def replay(_request: Request[Any, Any, Any], already: AlreadyAnswered) -> Response[bytes]:
    """The stored answer, byte for byte."""
    answer = already.answer
    headers = {name: value for name, value in answer.headers.items() if name != "content-type"}
    return Response(
        answer.body,
        status_code=answer.status,
        media_type=answer.headers.get("content-type"),
        headers={**headers, REPLAY_HEADER: "true"},
    )


@asynccontextmanager
async def answered_once(
    request: Request[Any, Any, Any], house: Installation, principal: Principal, key: str
) -> AsyncIterator[Callable[[TenantSession], None]]:
    """Hold the key while the block works; yields what keeps the answer, to be called in the work's transaction.

    Raises AlreadyAnswered, KeyUsedForOther, KeyInFlight.
    """
    record = _Record(house, principal, key)
    begun = await off_loop(partial(record.begin, _fingerprint(request, await request.body())))
    settled = False
    try:
        yield partial(record.keep, begun, request)
        settled = True
    except DomainError as refusal:
        if refusal.status < HTTP_500_INTERNAL_SERVER_ERROR:
            await off_loop(partial(record.keep_refusal, begun, request, refusal))
            settled = True
        raise
    finally:
        if not settled:
            await off_loop(partial(record.abandon, begun))


def _fingerprint(request: Request[Any, Any, Any], body: bytes) -> bytes:
    line = f"{request.method} {request.scope['path']}?".encode() + request.scope["query_string"]
    return sha256(line + b"\n" + body).digest()


class _Record:
    """One caller's key in the database."""

    def __init__(self, house: Installation, principal: Principal, key: str) -> None:
        self.house = house
        self.principal = principal
        self.key = key

    def begin(self, fingerprint: bytes) -> Begun:
        with self.house.database.session(Role.API, self.principal.tenant_id) as session:
            begun = idempotency.begin(
                session,
                actor=self.principal.actor,
                key=self.key,
                request_hash=fingerprint,
                now=self.house.clock.now(),
            )
        if isinstance(begun, StoredAnswer):
            raise AlreadyAnswered(StoredAnswer(begun.status, begun.headers, self._opened(begun.body)))
        return begun

    def keep(self, begun: Begun, request: Request[Any, Any, Any], session: TenantSession) -> None:
        self._complete(session, begun, rendered_answer(request))

    def keep_refusal(self, begun: Begun, request: Request[Any, Any, Any], refusal: DomainError) -> None:
        body = problem_body(refusal, language=language_of(request), instance=request.scope["path"])
        with self.house.database.session(Role.API, self.principal.tenant_id) as session:
            self._complete(session, begun, StoredAnswer(refusal.status, {"content-type": MEDIA_TYPE}, body))

    def abandon(self, begun: Begun) -> None:
        with self.house.database.session(Role.API, self.principal.tenant_id) as session:
            idempotency.abandon(session, begun)

    def _complete(self, session: TenantSession, begun: Begun, answer: StoredAnswer) -> None:
        sealed = StoredAnswer(answer.status, answer.headers, self._sealed(answer.body))
        idempotency.complete(session, begun, sealed)

    def _sealed(self, body: bytes) -> bytes:
        key_id, sealed = self._keys.encrypt(body.decode("latin-1"), self._context)
        return key_id.encode() + b"\n" + sealed

    def _opened(self, stored: bytes) -> bytes:
        key_id, _, sealed = stored.partition(b"\n")
        return self._keys.decrypt(key_id.decode(), sealed, self._context).encode("latin-1")

    @property
    def _keys(self) -> KeyRing:
        return self.house.keys

    @property
    def _context(self) -> bytes:
        return f"{self.principal.tenant_id}|idempotency|{self.principal.actor}|{self.key}".encode()
