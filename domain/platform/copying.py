"""COPY between a session's transaction and the program: the fastest way in and out for rows that nobody looks at."""

from collections.abc import Iterable, Iterator
from typing import Any

from psycopg import Connection, sql
from sqlalchemy import Select
from sqlalchemy.dialects import postgresql

from domain.platform.database import TenantSession

# Marks that no text holds: each line comes as it is, neither quoted nor escaped.
_PLAIN = r"(FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')"


def copied_out(session: TenantSession, lines: Select[str]) -> Iterator[bytes]:
    """The one text column of a SELECT, a line each, in blocks as they come."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statement = str(lines.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    with _driver(session).cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT {_PLAIN}".encode()) as copy:
        yield from map(bytes, copy)


def copied_in(session: TenantSession, table: str, columns: Iterable[str], blocks: Iterable[bytes]) -> None:
    """Rows in PostgreSQL's text format, in blocks, into a table."""
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _driver(session).cursor() as cursor, cursor.copy(into) as copy:
        for block in blocks:
            copy.write(block)


def _driver(session: TenantSession) -> Connection[Any]:
    session.flush()
    connection = session.connection().connection.dbapi_connection
    assert isinstance(connection, Connection)
    return connection
