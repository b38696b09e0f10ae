"""The database: one engine per role, and sessions that belong to one tenant.

`tributary_api` is bound by row-level security: whatever SQL runs, it sees the rows of the tenant its transaction named.
`tributary_worker` bypasses it, because COPY and set operations over staging tables do not work under it; workers name
their tenant in every statement. Both are roles without login that the connecting user takes on at connection time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from select import POLLIN, poll
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session as SqlSession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from domain.platform.driver import PARAMSTYLE, take_plain_cursors

POOL_SIZE = 10  # connections a process keeps per role
PREPARED_STATEMENTS = 1_000  # a day's jobs and the API know some hundreds, each a few kB on the server
PREPARE_AT = 2  # uses of a statement on one connection
POOL_OVERFLOW = 10  # and may add under load: 2 roles x 20 stay below PostgreSQL's default of 100


class Role(StrEnum):
    """The database roles; the value is the role's name in PostgreSQL."""

    API = "tributary_api"
    WORKER = "tributary_worker"


class TenantSession(Session):
    """A session of exactly one tenant; every transaction in it tells the database which."""

    def __init__(self, bind: Engine | Connection, tenant_id: int) -> None:
        super().__init__(bind, expire_on_commit=False)
        self.tenant_id = tenant_id


def driver_of(session: TenantSession) -> psycopg.Connection[Any]:
    """The driver's own connection behind a session, in its transaction: for COPY, and scripts without values."""
    connection = session.connection().connection.dbapi_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


@event.listens_for(TenantSession, "after_begin")
def _name_the_tenant(session: SqlSession, _transaction: SessionTransaction, connection: Any) -> None:  # noqa: ANN401
    assert isinstance(session, TenantSession)
    if not connection.get_execution_options().get("walled", True):
        return
    # Local to the transaction: a pooled connection never carries one tenant's scope into another's request.
    connection.execute(text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": str(session.tenant_id)})


def _keep_prepared(connection: psycopg.Connection[Any], _record: object) -> None:
    """Let the server keep the plans of a whole day's statements; psycopg's hundred would throw each out unused."""
    take_plain_cursors(connection)
    connection.prepared_max = PREPARED_STATEMENTS
    connection.prepare_threshold = PREPARE_AT


def _still_there(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """Replace a connection that the server has left: it has closed the socket, so there is something to read.

    Asking (`pool_pre_ping`) would tell the same for a round trip before each of a day's thousand transactions.
    """
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    if socket.poll(0):
        raise DisconnectionError


class Database:
    """Engines and sessions over one PostgreSQL database.

    `url` is a SQLAlchemy URL (`postgresql+psycopg://…`) whose user may take on both roles.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engines = {role: self._engine(role) for role in Role}
        # Migrations, role creation and checks of the whole catalogue run as whoever owns the database.
        self.owner = create_engine(url, pool_size=1, pool_pre_ping=True)

    def _engine(self, role: Role) -> Engine:
        engine = create_engine(
            self.url,
            paramstyle=PARAMSTYLE,
            use_native_hstore=False,  # not used, and asked for with named parameters
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_use_lifo=True,  # the connection used last: its server process has the plans, others may rest
            connect_args={"options": f"-c role={role.value} -c timezone=UTC"},
            # Whoever bypasses the wall has nothing to tell it: a round trip less in every transaction of a worker.
            execution_options={"walled": role is Role.API},
        )
        event.listen(engine, "connect", _keep_prepared)
        event.listen(engine, "checkout", _still_there)
        return engine

    @contextmanager
    def session(self, role: Role, tenant_id: int) -> Iterator[TenantSession]:
        """A session whose work is committed when the block ends well, and rolled back when it raises."""
        with TenantSession(self.engines[role], tenant_id) as session:
            yield session
            session.commit()

    @contextmanager
    def glance(self, role: Role, tenant_id: int) -> Iterator[TenantSession]:
        """A session each of whose statements is its own transaction: one round trip for one statement, not three."""
        assert role is not Role.API, "row-level security names the tenant within a transaction"
        connection = self.engines[role].connect().execution_options(isolation_level="AUTOCOMMIT")
        with connection, TenantSession(connection, tenant_id) as session:
            yield session

    def take_statistics(self) -> None:
        """Let the server count what its tables hold now; it does so by itself some seconds after a bulk of new rows."""
        with self.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))

    def close(self) -> None:
        """Give all connections back to the server."""
        for engine in (*self.engines.values(), self.owner):
            engine.dispose()
