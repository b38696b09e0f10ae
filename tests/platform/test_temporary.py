"""Temporary tables come and go without what a connection has prepared going along."""

from sqlalchemy import Integer, func, literal, select, text

from domain.platform.database import PREPARE_AT, Database, Role
from domain.platform.planner import FEW
from domain.platform.temporary import dropped, kept_rows

REPEATED = text("SELECT CAST(:one AS integer) + 1")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT CAST($1 AS integer) + 1%'")
TWO = select(literal(2, Integer).label("number"))


def test_rows_are_kept_until_the_block_ends(database: Database, tenant_id: int) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        with kept_rows(session, "two", TWO) as kept:
            assert session.execute(select(kept.c.number)).scalars().all() == [2]
        assert session.execute(text("SELECT to_regclass('pg_temp.two')")).scalar_one() is None


def test_a_table_that_goes_takes_no_prepared_statement_along(database: Database, tenant_id: int) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        for one in range(PREPARE_AT + 1):
            session.execute(REPEATED, {"one": one})
        with kept_rows(session, "never_dropped_before", TWO):
            pass
        session.execute(text("SELECT 1"))  # what the driver gives up, it gives up before its next statement
        assert session.execute(PREPARED).scalar_one() == 1


def test_a_table_that_is_not_there_is_no_error(database: Database, tenant_id: int) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        session.execute(text(dropped("never_made", "nor_this")))


def test_a_statement_that_was_prepared_sees_the_table_made_after_the_one_that_went(
    database: Database, tenant_id: int
) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        found = []
        for number in range(6):
            with kept_rows(session, "numbered", select(literal(number, Integer).label("number"))) as kept:
                found.append(session.execute(select(kept.c.number)).scalar_one())
        assert found == [0, 1, 2, 3, 4, 5]


def test_only_many_rows_are_counted_for_the_planner(database: Database, tenant_id: int) -> None:
    counted = text("SELECT reltuples FROM pg_class WHERE oid = 'pg_temp.counted'::regclass")
    with database.session(Role.WORKER, tenant_id) as session:
        for rows, known in ((FEW, -1), (FEW + 1, FEW + 1)):  # -1: never looked at
            with kept_rows(session, "counted", select(func.generate_series(1, rows).label("number"))):
                assert session.execute(counted).scalar_one() == known
