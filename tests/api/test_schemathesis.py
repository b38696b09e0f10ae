"""schemathesis: the API keeps its own description, whatever is sent to it. Served on 127.0.0.1, no other network."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from typing import Any

import schemathesis
import uvicorn
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished

from app.asgi import create_app
from app.installation import Installation
from app.observation import ObservedApplication
from domain.platform.database import Database
from tests.api.groups import Client, Group
from tests.api.seed import Ids, pointed_at, seed
from tests.api.treasury import Treasury

CONFIGURATION = {
    "continue-on-failure": True,
    "generation": {"max-examples": 3, "deterministic": True, "no-shrink": True, "database": "none"},
    "phases": {
        # Litestar answers OPTIONS everywhere by itself, undocumented: the framework's, not ours.
        "coverage": {"unexpected-methods": ["patch"]},
        "stateful": {"max-steps": 4, "generation": {"max-examples": 2}},
    },
    "checks": {
        # A description says what a tax id looks like; whether its check character adds up, a rule says, with 422.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]},
    },
}


@contextmanager
def served(app: ObservedApplication) -> Iterator[str]:
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # asyncio switches Nagle off by it
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until = monotonic() + 10
        while not server.started and monotonic() < until:
            sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def failures(base: str, headers: dict[str, str], ids: Ids) -> Iterator[str]:
    config = SchemathesisConfig.from_dict({**CONFIGURATION, "headers": headers})
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json", config=config)

    @schema.hook
    def map_path_parameters(_context: object, path_parameters: dict[str, Any]) -> dict[str, Any]:
        return pointed_at(ids, path_parameters or {})

    completed = False
    for event in from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            yield from _failed_checks(event)
        elif isinstance(event, (NonFatalError, FatalError)):
            yield str(event)
        completed = completed or isinstance(event, EngineFinished)
    assert completed


def _failed_checks(event: ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                yield f"{event.phase}: {check.failure_info.failure}\n{check.failure_info.code_sample}"


def test_every_answer_is_as_described(client: Client, house: Installation, group: Group, database: Database) -> None:
    ids = seed(Treasury.of(client, group), database, house)
    with served(create_app(house)) as base:
        found = list(failures(base, group.headers, ids))
    assert found == [], "\n\n".join(found[:20])
