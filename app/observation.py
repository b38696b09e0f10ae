"""What we see of requests: a correlation id, one log line, counts and times by route. Never a body, never a secret.

Log lines hold the fields set here and nothing else: no headers, no query strings, no bodies. What an exception says is
masked, because it may quote what a caller sent.
"""

import re
import sys
import traceback
from time import perf_counter
from typing import Any, TextIO

import structlog
from litestar import Litestar
from litestar.types import HTTPScope, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy.exc import DBAPIError

from app.storage_faults import CommitFailed, constraint_of, state_of
from domain.access.principal import Principal
from domain.platform.ids import uuid7

CORRELATION_HEADER = "x-correlation-id"
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"trib[a-z]_\S+")
_LONG_NUMBER = re.compile(r"\d{5,}(?=\d{4})")  # an account number keeps its last four digits
_FRAMES = 8  # the innermost frames name the place; the outer ones are the framework

log = structlog.get_logger("tributary.http")


def configure_logging(stream: TextIO = sys.stdout) -> None:
    """One JSON object per line; for whoever serves the application."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def masked(text: str) -> str:
    """`text` without tokens, and with at most the last four digits of long numbers."""
    return _LONG_NUMBER.sub("****", _TOKEN.sub("(token)", text))


def correlation_id(scope: Scope | HTTPScope) -> str:
    """The id under which this request is in the log."""
    return str(scope["state"].get("correlation_id", ""))


def log_failure(error: BaseException) -> None:
    """Log a fault of ours so that it can be found: its kind, its place, what it says without the caller's data."""
    cause = error.__cause__ if isinstance(error, CommitFailed) else None
    error = cause or error
    facts: dict[str, object] = {"kind": type(error).__name__}
    if isinstance(error, DBAPIError):
        facts |= {"sqlstate": state_of(error), "constraint": constraint_of(error)}
    else:
        facts["message"] = masked(str(error))
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    log.error("request.failed", **facts, frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames])


class Metrics:
    """Counts and times of one application; each has its own registry, so that two may live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("tributary_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "tributary_request_seconds", "Time to answer", ("method", "route"), registry=self.registry
        )

    def observe(self, scope: HTTPScope, status: int, seconds: float) -> None:
        """Count one answered request under its route's template: paths with ids would make endless series."""
        route = route_of(scope)
        self.requests.labels(scope["method"], route, str(status)).inc()
        self.seconds.labels(scope["method"], route).observe(seconds)


def route_of(scope: HTTPScope) -> str:
    """The template of the path, such as `/v1/parties/{party_id}`."""
    return str(scope.get("path_template") or "(none)")


class ObservedApplication(Litestar):
    """The application, with every request observed from outside, those that match no route as well."""

    metrics: Metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's, of any protocol
        """Answer one request, or live through start and end of the server."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        await self._observe(scope, receive, send)

    async def _observe(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started, status = perf_counter(), 500
        identity = _correlation_id(scope)
        scope.setdefault("state", {})["correlation_id"] = identity

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (CORRELATION_HEADER.encode(), identity.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=identity):
            try:
                await super().__call__(scope, receive, sending)
            finally:
                seconds = perf_counter() - started
                self.metrics.observe(scope, status, seconds)
                _log_line(scope, status, seconds)


def _log_line(scope: HTTPScope, status: int, seconds: float) -> None:
    principal = scope.get("user")
    who = {"tenant_id": principal.tenant_id, "actor": str(principal.actor)} if isinstance(principal, Principal) else {}
    milliseconds = round(seconds * 1000, 1)
    log.info("request", method=scope["method"], route=route_of(scope), status=status, milliseconds=milliseconds, **who)


def _correlation_id(scope: HTTPScope) -> str:
    """The caller's own id when it is a plain word, else a fresh one."""
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        if name == CORRELATION_HEADER.encode() and _SAFE_ID.fullmatch(text):
            return text
    return uuid7().hex
