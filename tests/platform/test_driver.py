"""Statements reach the driver as SQLAlchemy numbered them, whatever they hold and however their rows come back."""

from sqlalchemy import Integer, bindparam, func, literal, select, text

from domain.platform.database import Database, Role


def test_a_value_that_is_named_twice_is_sent_once(database: Database, tenant_id: int) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        twice = text("SELECT CAST(:one AS integer) + CAST(:one AS integer) - CAST(:other AS integer)")
        assert session.execute(twice, {"one": 5, "other": 3}).scalar_one() == 7


def test_per_cent_signs_stand_as_they_are_written(database: Database, tenant_id: int) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        found = session.execute(text("SELECT '100 %' LIKE :like AS fits, 17 % CAST(:by AS integer) AS rest"), _LIKE)
        assert found.one()._asdict() == {"fits": True, "rest": 2}
        assert session.execute(select(literal(17, Integer) % 5)).scalar_one() == 2


_LIKE = {"like": "100 \\%", "by": 5}


def test_a_list_of_any_length_follows_other_values(database: Database, tenant_id: int) -> None:
    wanted = select(literal(2, Integer).in_(bindparam("among", expanding=True)), bindparam("also", type_=Integer))
    with database.session(Role.WORKER, tenant_id) as session:
        for among in ([], [1], [1, 2, 3]):
            assert session.execute(wanted, {"among": among, "also": 9}).one() == (2 in among, 9)


def test_rows_may_be_streamed_from_the_server(database: Database, tenant_id: int) -> None:
    numbers = select(func.generate_series(1, bindparam("last", type_=Integer)).label("number"))
    with database.session(Role.API, tenant_id) as session:
        found = session.execute(numbers, {"last": 5}, execution_options={"yield_per": 2})
        assert [row.number for row in found] == [1, 2, 3, 4, 5]


def test_a_result_without_rows_or_without_columns_is_told_from_one_with_some(
    database: Database, tenant_id: int
) -> None:
    with database.session(Role.WORKER, tenant_id) as session:
        assert not session.execute(text("SET LOCAL work_mem = '8MB'")).returns_rows  # type: ignore[attr-defined]
        assert session.execute(text("SELECT")).returns_rows  # type: ignore[attr-defined]
        assert session.execute(text("SELECT 1 WHERE false")).all() == []
