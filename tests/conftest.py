"""A real database for every test that wants one; a test is alone because its tenant is new."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from domain.platform.embedded import EmbeddedPostgres
from sqlalchemy import text

from domain.migrations.models import metadata
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.platform.schema import role_statements, wall_statements
from domain.values.actor import Actor, ActorKind


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """A migrated database on an embedded cluster of its own, or on the server TEST_DATABASE_URL names."""
    with tempfile.TemporaryDirectory(prefix="tributary-test-", ignore_cleanup_errors=True) as folder:
        url = os.environ.get("TEST_DATABASE_URL")
        if url:
            yield _prepared(url)
            return
        with EmbeddedPostgres(Path(folder)) as endpoint:
            database = _prepared(endpoint.url())
            yield database
            database.close()


def _prepared(url: str) -> Database:
    database = Database(url)
    tables = metadata()
    with database.owner.begin() as connection:
        for statement in role_statements():
            connection.execute(text(statement))
        tables.create_all(connection)
        for statement in wall_statements(tables.sorted_tables):
            connection.execute(text(statement))
    return database


@pytest.fixture
def tenant_id() -> int:
    """The key of a tenant nobody else uses."""
    return tenant_key(f"test-{uuid4().hex}")


@pytest.fixture
def session(database: Database, tenant_id: int) -> Iterator[TenantSession]:
    """A worker's session of the test's tenant."""
    with TenantSession(database.engines[Role.WORKER], tenant_id) as session:
        yield session


@pytest.fixture
def api_session(database: Database, tenant_id: int) -> Iterator[TenantSession]:
    """The API's session of the test's tenant, behind the wall."""
    with TenantSession(database.engines[Role.API], tenant_id) as session:
        yield session


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2 March 2026, 09:00 in Beijing: the day the rules' base case is funded."""
    return FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@pytest.fixture
def actor() -> Actor:
    """A person who does things in tests."""
    return Actor(ActorKind.PERSON, "tester")
