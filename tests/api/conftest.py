"""An application over the real database, with a tenant, its keys and its people."""

from collections.abc import Iterator
from functools import partial
from io import StringIO

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from app.observation import ObservedApplication, configure_logging
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from tests.api.groups import Client, Group, NewGroup, found_group


@pytest.fixture(scope="session", autouse=True)
def log() -> StringIO:
    """Where the log goes, one JSON object per line."""
    stream = StringIO()
    configure_logging(stream)
    return stream


@pytest.fixture(scope="session")
def house(database: Database) -> Installation:
    return Installation(database=database, keys=KeyRing.generate())


@pytest.fixture(scope="session")
def app(house: Installation) -> ObservedApplication:
    return create_app(house)


@pytest.fixture(scope="session")
def client(app: ObservedApplication) -> Iterator[Client]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def new_group(database: Database) -> NewGroup:
    return partial(found_group, database)


@pytest.fixture
def group(new_group: NewGroup) -> Group:
    return new_group()
