"""How an endpoint is declared, so that each is born right: permission, thread, transaction, idempotency, dry run.

The operation id is the handler's name; its docstring is the description, whose first line is the summary.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import delete, get, post, put
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_200_OK

from app.deps import provide_command, provide_money_command
from app.guards import requires
from domain.access.rules import Permission

MAX_FILE = 20 * 1024 * 1024  # a year of a large seller's invoices as CSV, or 100,000 rows of XLSX
ANY_FILE = "application/octet-stream"
PUBLIC: Mapping[str, Any] = {"public": True}


def query(path: str = "/", *, needs: Permission | None, **options: Any) -> HTTPRouteHandler:  # noqa: ANN401 - Litestar's options
    """GET: reads."""
    return get(path, sync_to_thread=True, **_needing(needs), **options)


def command(path: str = "/", *, needs: Permission | None, worker: bool = False, **options: Any) -> HTTPRouteHandler:  # noqa: ANN401
    """POST: creates or changes, once per Idempotency-Key when one is given.

    A `worker`'s session is not bound by row-level security: for set operations over staging tables.
    """
    provider = {"work": Provide(provide_command)}
    return post(path, sync_to_thread=True, dependencies=provider, **_needing(needs, worker=worker), **options)


def upload(
    path: str,
    *,
    needs: Permission,
    media: Sequence[str] = (),
    worker: bool = False,
    **options: Any,  # noqa: ANN401
) -> HTTPRouteHandler:
    """POST of a file as it is; the handler takes `body: RawBody`.

    `media` are the types such files usually have; they are named to callers, and any other is read all the same.
    """
    provider = {"work": Provide(provide_command)}
    needing = _needing(needs, worker=worker, upload=(*media, ANY_FILE))
    return post(path, sync_to_thread=True, dependencies=provider, request_max_body_size=MAX_FILE, **needing, **options)


def money_command(
    path: str = "/",
    *,
    needs: Permission,
    worker: bool = False,
    **options: Any,  # noqa: ANN401
) -> HTTPRouteHandler:
    """POST that moves money, or decides that it will: the key is required, `dry_run=true` shows without doing."""
    provider = {"work": Provide(provide_money_command)}
    return post(path, sync_to_thread=True, dependencies=provider, **_needing(needs, worker=worker), **options)


def replacement(path: str, *, needs: Permission, **options: Any) -> HTTPRouteHandler:  # noqa: ANN401
    """PUT: brings to a state; the same twice is the same once."""
    return put(path, sync_to_thread=True, **_needing(needs), **options)


def removal(path: str, *, needs: Permission | None, **options: Any) -> HTTPRouteHandler:  # noqa: ANN401
    """DELETE that answers with what it ended."""
    return delete(path, sync_to_thread=True, **{"status_code": HTTP_200_OK, **_needing(needs), **options})


def _needing(permission: Permission | None, **opt: bool | Sequence[str]) -> dict[str, Any]:
    """A permission of None means any signed-in caller."""
    guards: Sequence[Any] = [] if permission is None else [requires(permission)]
    return {"guards": guards, "opt": {"permission": permission, **opt}}
