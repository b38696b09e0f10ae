"""Temporary tables: what a SELECT comes to, kept for a while, and how such tables go again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, CursorResult, MetaData, Select, Table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.expression import Executable
from sqlalchemy.sql.visitors import InternalTraversal

from domain.platform.database import TenantSession
from domain.platform.planner import FEW


class _Kept(Executable, ClauseElement):
    """`CREATE TABLE … AS` with bound values; SQLAlchemy's own writes them as literals, which have no type."""

    # What tells one from another, so that SQLAlchemy keeps it written as it keeps its own.
    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy declares it
        ("name", InternalTraversal.dp_string),
        ("query", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, name: str, query: Select[Any]) -> None:
        self.name = name
        self.query = query


@compiles(_Kept)
def _written(kept: _Kept, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return f"CREATE TEMPORARY TABLE {kept.name} AS {compiler.process(kept.query, **options)}"


def dropped(*names: str) -> str:
    """SQL that drops these temporary tables, where they are there.

    In a block of its own: psycopg forgets every statement a connection has prepared once the server answers DROP, and
    the day's jobs would all be planned again. The server itself plans anew exactly what looks at the tables.
    """
    tables = ", ".join(f"pg_temp.{name}" for name in names)
    return f"DO $$ BEGIN DROP TABLE IF EXISTS {tables}; END $$"


@contextmanager
def kept_rows(session: TenantSession, name: str, query: Select[Any]) -> Iterator[Table]:
    """The rows of `query` in a temporary table of that name, many of them counted for the planner; gone at the end."""
    made = session.execute(_Kept(name, query), execution_options={"preserve_rowcount": True})
    assert isinstance(made, CursorResult), "CREATE TABLE AS counts its rows"
    if made.rowcount > FEW:
        _count(session, name)
    yield _table(name, query)
    session.execute(text(dropped(name)))


def _count(session: TenantSession, name: str) -> None:
    # Roughly how many differ is enough: to look at thirty thousand rows costs more than it saves.
    session.execute(text("SET LOCAL default_statistics_target = 10"))
    session.execute(text(f"ANALYZE {name}"))
    session.execute(text("SET LOCAL default_statistics_target TO DEFAULT"))


_TABLES: dict[tuple[str, str], Table] = {}


def _table(name: str, query: Select[Any]) -> Table:
    """The same object for the same columns: a statement over another one would be written anew each time."""
    columns = [Column(column.name, column.type) for column in query.selected_columns]
    shape = name, repr(columns)
    if shape not in _TABLES:
        _TABLES[shape] = Table(name, MetaData(), *columns)
    return _TABLES[shape]
