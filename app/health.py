"""Whether the service lives and can work, and its figures; for orchestrators and Prometheus, without signing in."""

from functools import partial
from typing import Any

import msgspec
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from litestar import Request, Response, get
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.deps import installation
from app.endpoints import PUBLIC
from app.observation import ObservedApplication, log_failure
from app.off_loop import off_loop
from domain.platform.database import Database
from domain.platform.migrate import alembic_config


class Live(msgspec.Struct, kw_only=True):
    """The process answers."""

    live: bool


class Ready(msgspec.Struct, kw_only=True):
    """The database answers, and its schema is the one this program was written for."""

    ready: bool
    database: bool
    schema: bool


@get("/health/live", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def live() -> Live:
    """Say that the process answers; a failure means: start it anew."""
    return Live(live=True)


@get("/health/ready", opt=PUBLIC, include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[Ready]:
    """Say whether requests can be served; a failure means: send them elsewhere."""
    state = await off_loop(partial(_readiness, installation(request).database))
    return Response(state, status_code=HTTP_200_OK if state.ready else HTTP_503_SERVICE_UNAVAILABLE)


@get("/metrics", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counts and times by route, and the connections in use, as Prometheus reads them."""
    application = request.app
    assert isinstance(application, ObservedApplication)
    return Response(
        generate_latest(application.metrics.registry),
        media_type=CONTENT_TYPE_LATEST,
    )


HANDLERS = [live, ready, metrics]


def _readiness(database: Database) -> Ready:
    try:
        with database.owner.connect() as connection:
            connection.execute(text("SELECT 1"))
            current = set(MigrationContext.configure(connection).get_current_heads())
    except SQLAlchemyError as error:
        log_failure(error)
        return Ready(ready=False, database=False, schema=False)
    newest = set(ScriptDirectory.from_config(alembic_config()).get_heads())
    return Ready(ready=current == newest, database=True, schema=current == newest)
