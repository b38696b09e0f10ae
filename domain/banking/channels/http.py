"""A bank over HTTP: messages posted, answers and statements fetched. No call retries or follows redirects by itself.

What the paths take and give is written where the bank simulator is; a real bank's gateway differs in paths only.
"""

from collections.abc import Generator, Iterator, Mapping
from datetime import date
from http import HTTPStatus
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO, Self

import httpx
import msgspec

from domain.banking.channels.port import Answer, Reply
from domain.banking.channels.signing import SigningKey, signed_headers
from domain.banking.errors import BankUnavailable, NotSent, OutcomeUnknown
from domain.banking.messages.pain002 import read_status_report
from domain.platform.clock import Clock, SystemClock
from domain.values.errors import DomainError

CONNECT_SECONDS = 5  # a bank that does not pick up by then is not there
ANSWER_SECONDS = 60  # a file of 50,000 items is read while we wait
ANSWERS_PER_CALL = 100
XML = {"Content-Type": "application/xml"}
_TAKEN_OR_REFUSED = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.BAD_REQUEST})
# The request did not leave: no connection was made, or none was free.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class _Document(msgspec.Struct, frozen=True):
    cursor: int
    xml: str


class _Answers(msgspec.Struct, frozen=True):
    answers: list[_Document]


class _Signing(httpx.Auth):
    """Signs every request as it leaves, its final path, query and body."""

    requires_request_body = True

    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key, self._clock = key, clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        path = request.url.raw_path.decode("ascii")
        headers = signed_headers(self._key, request.method, path, request.content, at=self._clock.now())
        request.headers.update(headers)
        yield request


class HttpChannel:
    """One bank's gateway at `base_url`; one connection pool, to be closed or used as a context."""

    def __init__(
        self,
        base_url: str,
        *,
        name: str = "http",
        headers: Mapping[str, str] | None = None,
        answer_seconds: int = ANSWER_SECONDS,
        key: SigningKey | None = None,
        clock: Clock | None = None,
    ) -> None:
        """With a `key` every request is signed, at the time of `clock` (the system's, unless given)."""
        self._name = name
        self._client = httpx.Client(
            base_url=base_url,
            headers=headers,
            auth=None if key is None else _Signing(key, clock or SystemClock()),
            timeout=httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            # What the environment says of proxies is no way to a bank.
            trust_env=False,
        )

    @property
    def name(self) -> str:
        """Which bank connection this is."""
        return self._name

    def submit(self, message_id: str, content: bytes) -> Reply:
        """Send a message. Raises NotSent, OutcomeUnknown."""
        try:
            # The id travels beside the file too: a gateway in between may send it again, the bank tells by this.
            answer = self._client.post("/messages", content=content, headers={**XML, "Idempotency-Key": message_id})
        except _NEVER_SENT as error:
            raise NotSent(detail=type(error).__name__) from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(message_id=message_id, detail=type(error).__name__) from error
        if answer.status_code not in _TAKEN_OR_REFUSED:
            raise OutcomeUnknown(message_id=message_id, detail=f"HTTP {answer.status_code}")
        try:
            return _reply(answer.content)
        except DomainError as error:
            raise OutcomeUnknown(message_id=message_id, detail=error.code) from error

    def inquire(self, message_id: str) -> Reply | None:
        """What the bank says of the message; None when it never came. Raises BankUnavailable."""
        answer = self._get(f"message {message_id}", f"/messages/{message_id}", {})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        _require_ok(f"message {message_id}", answer)
        try:
            return _reply(answer.content)
        except DomainError as error:
            raise BankUnavailable(what=f"message {message_id}", detail=error.code) from error

    def answers(self, after: str) -> list[Answer]:
        """Up to a hundred answers behind the cursor. Raises BankUnavailable."""
        answer = self._get("answers", "/answers", {"after": after or "0", "limit": str(ANSWERS_PER_CALL)})
        _require_ok("answers", answer)
        try:
            documents = msgspec.json.decode(answer.content, type=_Answers).answers
        except msgspec.DecodeError as error:
            raise BankUnavailable(what="answers", detail=type(error).__name__) from error
        return [Answer(str(document.cursor), document.xml.encode()) for document in documents]

    def statements(self, on: date) -> Iterator[BinaryIO]:
        """The statements of that day; none while the bank has not reached it. Raises BankUnavailable."""
        with TemporaryFile() as file:
            if self._download("statements", "/statements", {"on": on.isoformat()}, file):
                yield file

    def _download(self, what: str, path: str, query: dict[str, str], file: BinaryIO) -> bool:
        """The answer of any size in a file, at its start; False when there is none yet."""
        try:
            with self._client.stream("GET", path, params=query) as answer:
                if answer.status_code in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
                    return False
                _require_ok(what, answer)
                file.writelines(answer.iter_bytes())
        except httpx.HTTPError as error:
            raise BankUnavailable(what=what, detail=type(error).__name__) from error
        file.seek(0)
        return True

    def _get(self, what: str, path: str, query: dict[str, str]) -> httpx.Response:
        try:
            return self._client.get(path, params=query)
        except httpx.HTTPError as error:
            raise BankUnavailable(what=what, detail=type(error).__name__) from error

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _require_ok(what: str, answer: httpx.Response) -> None:
    if answer.status_code != HTTPStatus.OK:
        raise BankUnavailable(what=what, detail=f"HTTP {answer.status_code}")


def _reply(report: bytes) -> Reply:
    """Taken or refused, by the group status of the report. Raises what the reader does."""
    return Reply(accepted=read_status_report(BytesIO(report)).group_status != "RJCT", report=report)
