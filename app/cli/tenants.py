"""A tenant's books opened for a command, and how commands speak: in the language that TRIBUTARY_LANGUAGE names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from domain.access.tenants import tenant_of
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.platform.opening import open_database
from domain.platform.settings import Settings
from domain.values.errors import NotFound

Tenant = Annotated[str, typer.Option(help="The tenant's short name · 租户")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, like the API's answer · 以 JSON 输出")]


@contextmanager
def tenant_database(slug: str) -> Iterator[tuple[Database, int]]:
    """The database and the key of the tenant of that short name, for what takes more than one transaction.

    Raises NotFound.
    """
    key = tenant_key(slug)
    with open_database(Settings.from_environment()) as database:
        with database.session(Role.WORKER, key) as session:
            _check_known(session, slug)
        yield database, key


def _check_known(session: TenantSession, slug: str) -> None:
    """Raise NotFound by the name that was typed, which is not the key of the tenant's rows."""
    try:
        tenant_of(session)
    except NotFound:
        raise NotFound(kind="tenant", reference=slug) from None


@contextmanager
def tenant_session(slug: str) -> Iterator[TenantSession]:
    """A session on the tenant of that short name; what a command changed is its own to commit. Raises NotFound."""
    with tenant_database(slug) as (database, key), database.session(Role.WORKER, key) as session:
        yield session


def spoken(en: str, zh: str) -> str:
    """The user's language."""
    return zh if Settings.from_environment().language == "zh" else en
