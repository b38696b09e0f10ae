"""A founded tenant with a person in it; signing in goes by its short name, so that is known here."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from domain.access.people import register_person
from domain.access.rules import Role
from domain.access.tables import Person
from domain.access.tenants import found_tenant
from domain.platform.clock import FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.database import Role as DatabaseRole
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.values.actor import Actor

PASSWORD = "quiet rivers run deep"  # noqa: S105 - a test's


@pytest.fixture
def slug() -> str:
    return f"test-{uuid4().hex[:30]}"


@pytest.fixture
def tenant_id(slug: str) -> int:
    return tenant_key(slug)


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture
def founded(database: Database, slug: str, clock: FixedClock) -> str:
    with database.session(DatabaseRole.API, tenant_key(slug)) as session:
        found_tenant(
            session, slug=slug, name="九州零售", currency="CNY", zone="Asia/Shanghai", sandbox=False, clock=clock
        )
    return slug


@pytest.fixture
def person(database: Database, founded: str, actor: Actor, clock: FixedClock) -> Person:
    with database.session(DatabaseRole.API, tenant_key(founded)) as session:
        return register_person(
            session,
            email="Li.Na@example.com",
            name="李娜",
            password=PASSWORD,
            roles=[Role.TREASURY],
            actor=actor,
            clock=clock,
            language="zh",
        )


@pytest.fixture
def inside(database: Database, founded: str) -> Iterator[TenantSession]:
    """The API's session of the founded tenant; commits when the test ends well."""
    with database.session(DatabaseRole.API, tenant_key(founded)) as session:
        yield session
