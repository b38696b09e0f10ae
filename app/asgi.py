"""Composition: what an installation runs with becomes the application that answers."""

from collections.abc import Sequence
from typing import Any

from litestar import Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from app import documentation, health, problem_pages, problems
from app.answers import Answer
from app.api import CONTROLLERS
from app.deps import provide_work
from app.guards import authenticated, known_parameters
from app.idempotency import AlreadyAnswered, replay
from app.installation import Installation
from app.json_request import JsonRequest
from app.observation import Metrics, ObservedApplication

TITLE = "Tributary"
VERSION = "v1"
MAX_BODY = 1024 * 1024  # a thousand items of a bulk request; file uploads name their own limit


def create_app(installation: Installation, *, extra: Sequence[Any] = ()) -> ObservedApplication:
    """The application over `installation`; `extra` are route handlers beside the API, such as the console."""
    api = Router(f"/{VERSION}", route_handlers=list(CONTROLLERS))
    app = ObservedApplication(
        route_handlers=[api, *health.HANDLERS, *documentation.HANDLERS, *problem_pages.HANDLERS, *extra],
        dependencies={"work": Provide(provide_work)},
        guards=[authenticated, known_parameters],
        exception_handlers={**problems.HANDLERS, AlreadyAnswered: replay},
        request_class=JsonRequest,
        response_class=Answer,
        request_max_body_size=MAX_BODY,
        state=State({"installation": installation}),
        logging_config=None,
        openapi_config=_openapi(),
    )
    app.metrics = Metrics()
    return app


def _openapi() -> OpenAPIConfig:
    """What Litestar's generator needs to know; `app.openapi` finishes its document and serves it."""
    return OpenAPIConfig(
        title=TITLE,
        version=VERSION,
        path="/docs/generated",
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        render_plugins=[JsonRenderPlugin()],
    )
