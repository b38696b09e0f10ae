"""Set operations between a file of till weeks and the books. Belongs to workers: COPY does not work behind the wall."""

from collections.abc import Iterable
from uuid import UUID

from psycopg import Connection
from sqlalchemy import CursorResult, text

from domain.platform import numbers
from domain.platform.database import TenantSession
from domain.platform.temporary import dropped
from domain.pooling.row_errors import RowError, RowProblem, row_error
from domain.pooling.till_file import TillRow
from domain.values.money import Money

# Dropped by hand too: two files may be imported in one transaction.
_CREATE = text(f"""
    {dropped("till_staging")};
    CREATE TEMPORARY TABLE till_staging (
      line integer NOT NULL, store text NOT NULL, till text NOT NULL, week_ends_on date NOT NULL,
      amount_minor bigint NOT NULL, branch_id uuid) ON COMMIT DROP;
""")
_COPY = "COPY till_staging (line, store, till, week_ends_on, amount_minor) FROM STDIN"

_FIND_BRANCHES = text("""
    UPDATE till_staging AS row SET branch_id = party.id
    FROM party WHERE party.tenant_id = :tenant AND party.kind = 'branch' AND party.code = row.store
      AND (CAST(:only AS uuid) IS NULL OR party.id = :only)
""")
_TAKE_OUT_UNKNOWN = text("DELETE FROM till_staging WHERE branch_id IS NULL RETURNING line, store")
_TAKE_OUT_REPEATED = text("""
    WITH placed AS (
      SELECT line, min(line) OVER (PARTITION BY branch_id, till, week_ends_on) AS first FROM till_staging)
    DELETE FROM till_staging AS row USING placed
    WHERE row.line = placed.line AND placed.line > placed.first
    RETURNING row.line, placed.first
""")
_SAME_WEEK = """
    known.tenant_id = :tenant AND known.branch_id = row.branch_id AND known.till = row.till
    AND known.week_ends_on = row.week_ends_on
"""
_TAKE_OUT_DIFFERING = text(f"""
    DELETE FROM till_staging AS row USING till_week AS known
    WHERE {_SAME_WEEK} AND (known.amount_minor <> row.amount_minor OR known.currency <> :currency)
    RETURNING row.line, known.amount_minor AS known, known.currency, row.amount_minor
""")
_DROP_KNOWN = text(f"DELETE FROM till_staging AS row USING till_week AS known WHERE {_SAME_WEEK}")

# How many daily takings the weeks can make at most: seven of a branch's good week, one of a negative one.
_COUNT_DAILY = text("""
    SELECT 7 * count(DISTINCT (branch_id, week_ends_on)) FILTER (WHERE amount_minor > 0)
         + count(DISTINCT (branch_id, week_ends_on)) FILTER (WHERE amount_minor < 0) FROM till_staging
""")

# The split of `takings.daily_takings` in whole cents: every day a seventh, the odd cents to the first days.
# Only weeks that this statement itself inserts count: two imports of one file at once take each week once.
_TAKE = text("""
    WITH fresh AS (
      INSERT INTO till_week (tenant_id, branch_id, till, week_ends_on, amount_minor, currency, import_id)
      SELECT :tenant, branch_id, till, week_ends_on, amount_minor, :currency, :import_id FROM till_staging
      ON CONFLICT DO NOTHING
      RETURNING branch_id, week_ends_on, amount_minor),
    daily AS (
      SELECT branch_id, week_ends_on - 6 + day AS taken_on, 'TK' AS kind,
             sum(amount_minor / 7 + CASE WHEN day < amount_minor % 7 THEN 1 ELSE 0 END) AS amount
      FROM fresh CROSS JOIN generate_series(0, 6) AS day WHERE amount_minor > 0 GROUP BY 1, 2
      UNION ALL
      SELECT branch_id, week_ends_on, 'TC', sum(amount_minor) FROM fresh WHERE amount_minor < 0 GROUP BY 1, 2),
    taken AS (
      INSERT INTO taking (tenant_id, branch_id, reference, taken_on, amount_minor, currency, import_id)
      SELECT :tenant, branch_id,
             kind || to_char(taken_on, 'YYYYMMDD') || '-'
                  || :first + row_number() OVER (ORDER BY taken_on, branch_id, kind) - 1,
             taken_on, amount, :currency, :import_id
      FROM daily WHERE amount <> 0
      RETURNING amount_minor)
    SELECT coalesce(sum(amount_minor), 0)::bigint FROM taken
""")


def load(session: TenantSession, rows: Iterable[TillRow], only: UUID | None = None) -> None:
    """Stream the rows into the staging table and find their branches; with `only`, no other than that one."""
    session.execute(_CREATE)
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, Connection)
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(row)
    session.execute(text("ANALYZE till_staging"))
    session.execute(_FIND_BRANCHES, {"tenant": session.tenant_id, "only": only})


def refuse(session: TenantSession, currency: str) -> list[RowError]:
    """Take rows out that cannot be booked, and say why."""
    unknown = [
        row_error(row.line, "Store", RowProblem.UNKNOWN_BRANCH, value=row.store)
        for row in session.execute(_TAKE_OUT_UNKNOWN)
    ]
    repeated = [
        row_error(row.line, "Date", RowProblem.DUPLICATE_IN_FILE, first_row=row.first)
        for row in session.execute(_TAKE_OUT_REPEATED)
    ]
    differing = [
        row_error(
            row.line,
            "Weekly_Sales",
            RowProblem.DIFFERS_FROM_BEFORE,
            known=Money.from_minor(row.known, row.currency),
            value=Money.from_minor(row.amount_minor, currency),
        )
        for row in session.execute(_TAKE_OUT_DIFFERING, {"tenant": session.tenant_id, "currency": currency})
    ]
    return [*unknown, *repeated, *differing]


def drop_known(session: TenantSession) -> int:
    """Take rows out that were imported before; returns how many."""
    result = session.execute(_DROP_KNOWN, {"tenant": session.tenant_id})
    assert isinstance(result, CursorResult)
    return result.rowcount


def remaining(session: TenantSession) -> int:
    """How many rows are good and new."""
    count: int = session.execute(text("SELECT count(*) FROM till_staging")).scalar_one()
    return count


def take(session: TenantSession, import_id: UUID, currency: str) -> int:
    """Write till weeks and the daily takings they make; returns the sum of the takings in minor units."""
    most: int = session.execute(_COUNT_DAILY).scalar_one()
    first = numbers.reserve(session, "taking", most).start
    binds = {"tenant": session.tenant_id, "import_id": import_id, "first": first, "currency": currency}
    total: int = session.execute(_TAKE, binds).scalar_one()
    return total
