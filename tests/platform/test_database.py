"""Connections: kept between transactions, replaced when the server has left them."""

from sqlalchemy import text

from domain.platform.database import Database, Role


def backend(database: Database, tenant_id: int) -> int:
    with database.session(Role.WORKER, tenant_id) as session:
        return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_connection_serves_one_transaction_after_the_other(database: Database, tenant_id: int) -> None:
    assert backend(database, tenant_id) == backend(database, tenant_id)


def test_a_connection_that_the_server_has_closed_is_replaced_before_anybody_works_on_it(
    database: Database, tenant_id: int
) -> None:
    closed = backend(database, tenant_id)
    with database.owner.begin() as owner:
        # Waits until it is gone.
        assert owner.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": closed}).scalar_one()
    assert backend(database, tenant_id) != closed


def test_a_glance_commits_each_of_its_statements_by_itself(database: Database, tenant_id: int) -> None:
    now = text("SELECT txid_current()")
    with database.glance(Role.WORKER, tenant_id) as session:
        assert session.execute(now).scalar_one() != session.execute(now).scalar_one()
