"""Numbers for rows made in bulk: bigints of a named series, handed out per tenant from a head row."""

from sqlalchemy import BigInteger, literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col

from domain.platform.database import TenantSession
from domain.platform.tables import TenantRow


class NumberHead(TenantRow, table=True):
    """The next free number of one series; half the storage of a UUID, and dense where order matters."""

    __tablename__ = "number_head"

    series: str = Field(primary_key=True, max_length=32)
    next_number: int = Field(sa_type=BigInteger)


def reserve(session: TenantSession, series: str, count: int) -> range:
    """`count` numbers nobody else gets. The head stays locked until commit, so a rollback leaves no gap."""
    head = insert(NumberHead).values(tenant_id=session.tenant_id, series=series, next_number=1 + count)
    taken = head.on_conflict_do_update(
        index_elements=["tenant_id", "series"],
        set_={"next_number": col(NumberHead.next_number) + literal(count)},
    ).returning(col(NumberHead.next_number))
    end = session.execute(taken).scalar_one()
    return range(end - count, end)
