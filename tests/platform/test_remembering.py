"""What a transaction has read, it goes by; the next one looks again."""

from sqlalchemy import text

from domain.platform.database import Database, Role, TenantSession
from domain.platform.remembering import remembered


def test_each_transaction_reads_once(database: Database, tenant_id: int) -> None:
    asked: list[int] = []

    def read(session: TenantSession) -> int:
        asked.append(session.execute(text("SELECT 1")).scalar_one())
        return len(asked)

    with database.session(Role.WORKER, tenant_id) as session:
        found = [remembered(session, "number", read), remembered(session, "number", read)]
        session.commit()
        found.append(remembered(session, "number", read))
        session.rollback()
        found.append(remembered(session, "number", read))
        assert remembered(session, "other", read) == 4
    assert found == [1, 1, 2, 3]
