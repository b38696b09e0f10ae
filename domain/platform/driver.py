"""How statements reach the driver: numbered parameters, and results described by what SQLAlchemy looks at.

psycopg's usual cursor rewrites `%(name)s` to `$1` and remembers the last 128 statements it did that for; a day's jobs
send some seven hundred in turn, and every one was taken apart again. SQLAlchemy numbers parameters itself, once for
each statement it keeps.
"""

from typing import Any, cast

import psycopg
from psycopg import Column
from psycopg.pq import ExecStatus

PARAMSTYLE = "numeric_dollar"  # what these cursors read


class PlainCursor(psycopg.RawCursor[Any]):
    """A cursor of statements with numbered parameters."""

    @property
    def description(self) -> list[Column] | None:
        """Name and type of each column: psycopg's own description looks up five more facts that nobody asks for."""
        result = self.pgresult
        if result is None or (not result.nfields and result.status != ExecStatus.TUPLES_OK):
            return None
        columns = [
            ((result.fname(place) or b"").decode(), result.ftype(place), None, None, None, None, None)
            for place in range(result.nfields)
        ]
        return cast("list[Column]", columns)


def take_plain_cursors(connection: psycopg.Connection[Any]) -> None:
    """Let a new connection open such cursors, also where rows are streamed from the server."""
    connection.cursor_factory = PlainCursor
    connection.server_cursor_factory = psycopg.RawServerCursor
