"""Help for the database's planner, where it cannot know what it will find."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from domain.platform.database import TenantSession

FEW = 1_000  # rows that any plan joins in no time; asking the planner for another costs two round trips


@contextmanager
def no_nested_loops(session: TenantSession, rows: int) -> Iterator[None]:
    """Join by hash or in order within the block, if there are more than a few rows.

    What a run has just written has no statistics yet: a million rows look like one, for which a loop would be right.
    """
    if rows <= FEW:
        yield
        return
    session.execute(text("SET LOCAL enable_nestloop = off"))
    yield
    session.execute(text("SET LOCAL enable_nestloop TO DEFAULT"))
