"""Takings: weekly till rows become the daily sums that branches should see on their accounts.

A file goes into a staging table as a stream and into the books by set operations; it is taken as far as it is good,
and each row that is not good is named. A till's week is taken once, whatever file it comes in again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from typing import BinaryIO
from uuid import UUID

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling import staging
from domain.pooling.row_errors import RowError
from domain.pooling.tables import TakingsImport
from domain.pooling.till_file import TillRow, read_till_file
from domain.values.actor import Actor
from domain.values.money import Money

DAYS_IN_WEEK = 7
MAX_ROW_ERRORS = 1_000  # named one by one; of more only the number is kept, because nobody reads them
_CHUNK = 1 << 20  # bytes hashed at a time


def daily_takings(week: Money) -> list[Money]:
    """The week's takings over its seven days, first day first: evenly, odd cents to the earliest days.

    Tills report weeks, banks credit days; nothing tells how the week was spread, so every day weighs the same: 100.00
    is 4 x 14.29 and 3 x 14.28. A negative week (returns exceeded sales) is no takings but one correction on the
    week's last day, when the till was counted.
    """
    if week.amount < 0:
        return [Money.zero(week.currency)] * (DAYS_IN_WEEK - 1) + [week]
    return week.allocate([1] * DAYS_IN_WEEK)


@dataclass(frozen=True)
class TakingsReport:
    """What an import came to. `known` rows were imported before; `outside` ones are not of the period asked for."""

    import_id: UUID
    read: int
    outside: int
    known: int
    taken: int
    total: Money
    refused_count: int
    refused: tuple[RowError, ...]


def import_takings(
    session: TenantSession,
    *,
    source: BinaryIO,
    file_name: str,
    currency: str,
    actor: Actor,
    clock: Clock,
    period: tuple[date, date] | None = None,
    branch_id: UUID | None = None,
) -> TakingsReport:
    """Take the till weeks of a CSV file, plain or gzipped; `source` is seekable.

    With `period`, only weeks that lie in it as a whole (first and last day included) are taken; with `branch_id`, rows
    of other branches are refused like those of unknown ones. Belongs to workers: COPY does not work behind the wall.
    Raises TakingsFileUnreadable.
    """
    digest = _digest(source)
    loading = _Loading(read_till_file(source, currency), period)
    staging.load(session, loading.rows(), branch_id)
    refused = sorted([*loading.errors, *staging.refuse(session, currency)], key=lambda error: error.row)
    imported = TakingsImport(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        file_name=file_name[-255:],
        digest=digest,
        currency=currency,
        rows_read=loading.read,
        rows_outside=loading.outside,
        rows_known=staging.drop_known(session),
        rows_taken=staging.remaining(session),
        rows_refused=len(refused),
        refused=[error.as_json() for error in refused[:MAX_ROW_ERRORS]],
        made_by=str(actor),
    )
    session.add(imported)
    session.flush()
    total = staging.take(session, imported.id, currency)
    return TakingsReport(
        import_id=imported.id,
        read=imported.rows_read,
        outside=imported.rows_outside,
        known=imported.rows_known,
        taken=imported.rows_taken,
        total=Money.from_minor(total, currency),
        refused_count=len(refused),
        refused=tuple(refused[:MAX_ROW_ERRORS]),
    )


class _Loading:
    """Counts what streams by on its way into the staging table."""

    def __init__(self, lines: Iterator[TillRow | RowError], period: tuple[date, date] | None) -> None:
        self._lines = lines
        self._outside = lru_cache(maxsize=4096)(partial(_is_outside, period))  # there are few weeks, and many rows
        self.read = 0
        self.outside = 0
        self.errors: list[RowError] = []

    def rows(self) -> Iterator[TillRow]:
        for line in self._lines:
            self.read += 1
            if isinstance(line, RowError):
                self.errors.append(line)
            elif self._outside(line.week_ends_on):
                self.outside += 1
            else:
                yield line


def _is_outside(period: tuple[date, date] | None, week_ends_on: date) -> bool:
    if period is None:
        return False
    first, last = period
    return week_ends_on > last or week_ends_on - timedelta(days=DAYS_IN_WEEK - 1) < first


def _digest(source: BinaryIO) -> bytes:
    start, seal = source.tell(), sha256()
    while chunk := source.read(_CHUNK):
        seal.update(chunk)
    source.seek(start)
    return seal.digest()
