"""Where the rows of a batch wait: a temporary table of this connection, in the order they will be booked.

Temporary rather than shared: it writes no log, needs no rights on the schema, disappears with a killed connection, and
holds nothing that the rows' source does not still have. Sorted by account, so that a chunk touches few accounts many
times, and neighbours in the account indexes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection as PgConnection
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Insert,
    MetaData,
    Select,
    Table,
    func,
    insert,
    null,
    select,
    text,
)

from domain.ledger.batch import Batch
from domain.ledger.posting import ENDS_A_HOLD
from domain.platform.database import TenantSession
from domain.platform.temporary import dropped

SORT_MEMORY = "256MB"  # a million rows sort in memory; for this transaction only

_temporary = MetaData(schema="pg_temp")  # no part of the schema that migrations know
_MOVE = ("debit_account_id", "credit_account_id", "amount", "reference")
_COLUMNS = ("line", *_MOVE, "pending_id")
STREAMED = Table("ledger_streamed", _temporary, *(Column(name, BigInteger) for name in _COLUMNS))
STAGED = Table("ledger_staged", _temporary, *(Column(name, BigInteger) for name in ("ordinal", *_COLUMNS)))
_CREATE = f"""
    {dropped("ledger_streamed", "ledger_staged", "ledger_refused")};
    CREATE TEMPORARY TABLE ledger_streamed (
      line bigint, debit_account_id bigint, credit_account_id bigint, amount bigint, reference bigint,
      pending_id bigint) ON COMMIT {{lifetime}};
    CREATE TEMPORARY TABLE ledger_staged (ordinal bigint, LIKE ledger_streamed) ON COMMIT {{lifetime}};
    CREATE TEMPORARY TABLE ledger_refused (ordinal bigint, reason text) ON COMMIT {{lifetime}}
"""
_FINISH = """
    TRUNCATE pg_temp.ledger_streamed;
    CREATE INDEX ON pg_temp.ledger_staged USING brin (ordinal) WITH (pages_per_range = 16);
    ANALYZE pg_temp.ledger_staged
"""
# Seen again when the batch is resumed; no proof against anybody, which is the seals' work.
_SUMMARY = text("""
    SELECT count(*) AS rows, coalesce(sum(amount), 0)::bigint AS total,
           coalesce(bit_xor(hash_record_extended(
             ROW(debit_account_id, credit_account_id, amount, reference, pending_id), 0)), 0) AS fingerprint
    FROM pg_temp.ledger_staged
""")


@dataclass(frozen=True, slots=True)
class Staged:
    """What waits: enough to notice that a batch came back with other rows."""

    rows: int
    total: int
    fingerprint: int

    def __str__(self) -> str:
        return f"{self.rows} rows, total {self.total}, fingerprint {self.fingerprint}"


def stage(session: TenantSession, batch: Batch, *, until_commit: bool = True) -> None:
    """Bring the rows of `batch` into the staging table, sorted."""
    create = _CREATE.format(lifetime="DROP" if until_commit else "PRESERVE ROWS")
    # A small sample serves: the planner is to learn how many accounts there are, roughly.
    _run(session, f"SET LOCAL work_mem = '{SORT_MEMORY}'; SET LOCAL default_statistics_target = 10; {create}")
    _fill(session, batch)
    _run(session, _FINISH)


def count(session: TenantSession) -> int:
    """How many rows were staged."""
    return int(session.execute(text("SELECT count(*) FROM pg_temp.ledger_staged")).scalar_one())


def summary(session: TenantSession) -> Staged:
    """What was staged, to compare with what is staged when the batch is resumed."""
    row = session.execute(_SUMMARY).one()
    return Staged(row.rows, row.total, row.fingerprint)


def _run(session: TenantSession, script: str) -> None:
    # Several statements in one message: the driver's own protocol for that takes no bound values, and none are needed.
    _driver(session).execute(script.encode())


def _driver(session: TenantSession) -> PgConnection[Any]:
    connection = session.connection().connection.dbapi_connection
    assert isinstance(connection, PgConnection)
    return connection


def _fill(session: TenantSession, batch: Batch) -> None:
    if batch.mode in ENDS_A_HOLD:
        _stream(session, batch.rows, ("pending_id",))
        session.execute(_SORT_HOLDS, {"tenant": session.tenant_id})
    elif isinstance(batch.rows, Select):
        session.execute(_sorted(batch.rows.subquery("source"), null().cast(BigInteger)))
    else:
        _stream(session, batch.rows, _MOVE)
        rows = select(*(STREAMED.c[name] for name in _MOVE), STREAMED.c.line).subquery("source")
        session.execute(_sorted(rows, rows.c.line))


def _stream(session: TenantSession, rows: Select[Any] | Iterable[Sequence[int | None]], columns: Sequence[str]) -> None:
    """Bring rows in as they come, numbered as lines when they come from Python."""
    if isinstance(rows, Select):
        session.execute(insert(STREAMED).from_select(list(columns), rows))
        return
    into = f"COPY pg_temp.ledger_streamed (line, {', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with _driver(session).cursor() as cursor, cursor.copy(into.encode()) as copy:
        copy.set_types(["int8"] * (len(columns) + 1))
        for line, row in enumerate(rows, start=1):
            copy.write_row((line, *row))


def _sorted(source: FromClause, line: ColumnElement[Any]) -> Insert:
    """Stage moves; the whole row is the order, so that the same rows always make the same chunks."""
    debit, credit, amount, reference = list(source.c)[: len(_MOVE)]
    ordinal = func.row_number().over(order_by=[debit, credit, reference, amount, line]) - 1
    rows = select(ordinal, line, debit, credit, amount, reference)
    return insert(STAGED).from_select(["ordinal", "line", *_MOVE], rows)


# Each with what its hold holds, and with nothing where it is none any more, which validation names. Mode 1: pending.
_SORT_HOLDS = text("""
    INSERT INTO pg_temp.ledger_staged (ordinal, line, debit_account_id, credit_account_id, amount, pending_id)
    SELECT row_number() OVER (ORDER BY hold.debit_account_id, hold.credit_account_id, wanted.pending_id, line) - 1,
           line, hold.debit_account_id, hold.credit_account_id, hold.amount, wanted.pending_id
    FROM pg_temp.ledger_streamed AS wanted
    LEFT JOIN ledger_transfer AS hold
      ON hold.tenant_id = :tenant AND hold.id = wanted.pending_id AND hold.mode = 1
     AND NOT EXISTS (SELECT FROM ledger_transfer AS ended
                     WHERE ended.tenant_id = :tenant AND ended.pending_id = wanted.pending_id)
""")
