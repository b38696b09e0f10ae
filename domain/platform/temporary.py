"""Temporary tables: what a SELECT comes to, kept for a while, and how such tables go again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, CursorResult, MetaData, Select, Table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.expression import Executable

from domain.platform.database import TenantSession
from domain.platform.planner import FEW, count_roughly


class _Kept(Executable, ClauseElement):
    """`CREATE TABLE … AS` with bound values; SQLAlchemy's own writes them as literals, which have no type."""

    inherit_cache = False

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
    """The rows of `query` in a temporary table of that name, gone at the end. Many are counted for the planner."""
    kept = session.execute(_Kept(name, query), execution_options={"preserve_rowcount": True})
    assert isinstance(kept, CursorResult), "what makes a table counts its rows"
    if kept.rowcount > FEW:
        count_roughly(session, name)
    columns = (Column(column.name, column.type) for column in query.selected_columns)
    yield Table(name, MetaData(), *columns)
    session.execute(text(dropped(name)))
