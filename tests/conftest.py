"""A real database for every test that wants one; a test is alone because its tenant is new."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from domain.access import passwords
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.ids import tenant_key
from domain.platform.migrate import migrate
from domain.values.actor import Actor, ActorKind

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def bank_samples() -> Path:
    """Real bank files, read in place; tests that need them skip where the folder is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of bank samples is not beside this checkout")
    return SHARED_DATA / "bank-samples"


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """A migrated database on an embedded cluster of its own, or on the server TEST_DATABASE_URL names."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield from _migrated(given)
        return
    with (
        tempfile.TemporaryDirectory(prefix="tributary-test-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)) as endpoint,
    ):
        _let_commits_go_unwritten(endpoint.url())
        yield from _migrated(endpoint.url())


def _let_commits_go_unwritten(url: str) -> None:
    """Nobody restarts this cluster: thousands of commits need not wait for the disk."""
    database = Database(url)
    with database.owner.begin() as owner:
        owner.execute(text("ALTER ROLE CURRENT_USER SET synchronous_commit = off"))
    database.close()


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """What hashes passwords outside of tests, where a guess must cost a tenth of a second; tests guess too often."""
    with pytest.MonkeyPatch.context() as patch:
        real = passwords._HASHER
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield real


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
