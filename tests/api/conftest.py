"""An application over the real database, with a tenant, its keys and its people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from app.observation import ObservedApplication, configure_logging
from domain.access.keys import issue_api_key
from domain.access.people import register_person
from domain.access.rules import KEY_PERMISSIONS, Permission, Role
from domain.access.tenants import found_tenant
from domain.platform.clock import FixedClock, SystemClock
from domain.platform.database import Database
from domain.platform.database import Role as DatabaseRole
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.values.actor import Actor, ActorKind

PASSWORD = "correct horse battery"
TESTER = Actor(ActorKind.PERSON, "0192a000-0000-7000-8000-000000000001")
Client = TestClient[ObservedApplication]


@dataclass(frozen=True)
class Group:
    """A tenant, and how to sign in to it."""

    slug: str
    tenant_id: int
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session")
def house(database: Database) -> Installation:
    return Installation(database=database, keys=KeyRing.generate())


@pytest.fixture(scope="session", autouse=True)
def log() -> StringIO:
    """Where the log goes, one JSON object per line."""
    stream = StringIO()
    configure_logging(stream)
    return stream


@pytest.fixture(scope="session")
def app(house: Installation) -> ObservedApplication:
    return create_app(house)


@pytest.fixture(scope="session")
def client(app: ObservedApplication) -> Iterator[Client]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def new_group(database: Database) -> Callable[[], Group]:
    """Founds a sandbox tenant, on 2 March 2026 in its own time, with one key that may do everything a key may."""

    def found() -> Group:
        slug = f"api-{uuid4().hex[:12]}"
        at = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
        with database.session(DatabaseRole.API, tenant_key(slug)) as session:
            found_tenant(
                session,
                slug=slug,
                name="春秋零售",
                currency="CNY",
                zone="Asia/Shanghai",
                sandbox=True,
                clock=at,
                cooling_off_days=0,
            )
        return Group(slug, tenant_key(slug), key_for(database, slug, KEY_PERMISSIONS))

    return found


def key_for(database: Database, slug: str, permissions: frozenset[Permission]) -> str:
    clock = SystemClock()
    with database.session(DatabaseRole.API, tenant_key(slug)) as session:
        _, secret = issue_api_key(
            session,
            name=uuid4().hex,
            permissions=permissions,
            expires_at=clock.now() + timedelta(days=1),
            actor=TESTER,
            clock=clock,
        )
    return secret


def person_for(database: Database, group: Group, *roles: Role) -> str:
    """Registers somebody with these roles; returns their address."""
    email = f"{uuid4().hex}@example.com"
    with database.session(DatabaseRole.API, group.tenant_id) as session:
        register_person(
            session, email=email, name="李伟", password=PASSWORD, roles=roles, actor=TESTER, clock=SystemClock()
        )
    return email


@pytest.fixture
def group(new_group: Callable[[], Group]) -> Group:
    return new_group()


@pytest.fixture(scope="session")
def sign_in(client: Client, database: Database) -> Callable[..., dict[str, str]]:
    """Registers somebody with these roles, signs them in, and gives the header of their session."""

    def signed_in(group: Group, *roles: Role) -> dict[str, str]:
        body = {"tenant": group.slug, "email": person_for(database, group, *roles), "password": PASSWORD}
        return {"Authorization": f"Bearer {client.post('/v1/session', json=body).json()['token']}"}

    return signed_in


@pytest.fixture(scope="session")
def key_with(database: Database) -> Callable[..., dict[str, str]]:
    """Issues a key with these permissions only, and gives its header."""

    def issued(group: Group, *permissions: Permission) -> dict[str, str]:
        return {"Authorization": f"Bearer {key_for(database, group.slug, frozenset(permissions))}"}

    return issued
