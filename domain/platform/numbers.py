"""Numbers for rows made in bulk: bigints of a named series, handed out per tenant from a head row."""

from sqlalchemy import BigInteger, text
from sqlmodel import Field

from domain.platform.database import TenantSession
from domain.platform.tables import TenantRow


class NumberHead(TenantRow, table=True):
    """The next free number of one series; half the storage of a UUID, and dense where order matters."""

    __tablename__ = "number_head"

    series: str = Field(primary_key=True, max_length=32)
    next_number: int = Field(sa_type=BigInteger)


# The numbers taken are the `:count` before the one it returns; also the first step of larger statements.
TAKE = """
    INSERT INTO number_head AS head (tenant_id, series, next_number) VALUES (:tenant, :series, 1 + :count)
    ON CONFLICT (tenant_id, series) DO UPDATE SET next_number = head.next_number + :count
    RETURNING next_number
"""
_TAKE = text(TAKE)
# The same of several series; gives each with its next number.
TAKE_ALL = """
    INSERT INTO number_head AS head (tenant_id, series, next_number)
    SELECT :tenant, series, 1 + count
    FROM unnest(CAST(:series AS text[]), CAST(:counts AS bigint[])) AS wanted (series, count)
    ON CONFLICT (tenant_id, series) DO UPDATE SET next_number = head.next_number + excluded.next_number - 1
    RETURNING series, next_number
"""


def reserve(session: TenantSession, series: str, count: int) -> range:
    """`count` numbers nobody else gets. The head stays locked until commit, so a rollback leaves no gap."""
    binds = {"tenant": session.tenant_id, "series": series, "count": count}
    end: int = session.execute(_TAKE, binds).scalar_one()
    return range(end - count, end)
