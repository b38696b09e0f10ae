"""A tenant as tests of the API see it: how to sign in to it, as a program or as a person."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from litestar.testing import TestClient

from app.observation import ObservedApplication
from domain.access.keys import issue_api_key
from domain.access.people import register_person
from domain.access.rules import KEY_PERMISSIONS, Permission, Role
from domain.access.tenants import found_tenant
from domain.platform.clock import FixedClock, SystemClock
from domain.platform.database import Database
from domain.platform.database import Role as DatabaseRole
from domain.platform.ids import tenant_key
from domain.values.actor import Actor, ActorKind

PHRASE = "correct horse battery staple"
TESTER = Actor(ActorKind.PERSON, "0192a000-0000-7000-8000-000000000001")
Client = TestClient[ObservedApplication]
Headers = dict[str, str]


@dataclass(frozen=True)
class Group:
    """A tenant, and the header of a key that may do everything a key may."""

    database: Database
    slug: str
    headers: Headers

    @property
    def tenant_id(self) -> int:
        return tenant_key(self.slug)

    def key(self, *permissions: Permission, party_id: UUID | None = None) -> Headers:
        """The header of a new key with these permissions only."""
        return key_headers(self.database, self.slug, frozenset(permissions), party_id)

    def person(self, *roles: Role) -> str:
        """Registers somebody with these roles; their address."""
        email = f"{uuid4().hex}@example.com"
        with self.database.session(DatabaseRole.API, self.tenant_id) as session:
            register_person(
                session, email=email, name="李伟", password=PHRASE, roles=roles, actor=TESTER, clock=SystemClock()
            )
        return email

    def sign_in(self, client: Client, *roles: Role) -> Headers:
        """The header of a new person's session."""
        body = {"tenant": self.slug, "email": self.person(*roles), "password": PHRASE}
        return {"Authorization": f"Bearer {client.post('/v1/session', json=body).json()['token']}"}


class NewGroup(Protocol):
    """Founds one more tenant."""

    def __call__(self, now: datetime = ...) -> Group: ...


MONDAY_MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def found_group(database: Database, now: datetime = MONDAY_MORNING) -> Group:
    """A sandbox tenant on 2 March 2026 in its own time, or on another day."""
    slug = f"api-{uuid4().hex[:12]}"
    with database.session(DatabaseRole.API, tenant_key(slug)) as session:
        found_tenant(
            session,
            slug=slug,
            name="春秋零售",
            currency="CNY",
            zone="Asia/Shanghai",
            sandbox=True,
            clock=FixedClock(now),
            cooling_off_days=0,
        )
    return Group(database, slug, key_headers(database, slug, KEY_PERMISSIONS))


def key_headers(
    database: Database, slug: str, permissions: frozenset[Permission], party_id: UUID | None = None
) -> Headers:
    clock = SystemClock()
    with database.session(DatabaseRole.API, tenant_key(slug)) as session:
        _, secret = issue_api_key(
            session,
            name=uuid4().hex,
            permissions=permissions,
            expires_at=clock.now() + timedelta(days=1),
            party_id=party_id,
            actor=TESTER,
            clock=clock,
        )
    return {"Authorization": f"Bearer {secret}"}
