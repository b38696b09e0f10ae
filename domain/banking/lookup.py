"""Single statements, their balances and entries, for people."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from domain.banking.tables import Statement, StatementBalance, StatementEntry, StatementEntryDetail
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.errors import NotFound

STATEMENT = "stm"


def find_statement(session: TenantSession, statement_id: UUID) -> Statement:
    """The statement. Raises NotFound."""
    found = session.get(Statement, (session.tenant_id, statement_id))
    if found is None:
        raise NotFound(kind="statement", reference=public_id(STATEMENT, statement_id))
    return found


def balances_of(session: TenantSession, statement_id: UUID) -> Sequence[StatementBalance]:
    """All balances the bank states, in its order."""
    balances = select(StatementBalance).where(
        StatementBalance.tenant_id == session.tenant_id, StatementBalance.statement_id == statement_id
    )
    return session.exec(balances.order_by(col(StatementBalance.position))).all()


def find_entry(session: TenantSession, entry_id: int) -> StatementEntry:
    """The entry of a statement. Raises NotFound."""
    found = session.get(StatementEntry, (session.tenant_id, entry_id))
    if found is None:
        raise NotFound(kind="statement entry", reference=entry_id)
    return found


def details_of(
    session: TenantSession, entry_id: int, *, after: int = 0, limit: int = 500
) -> Sequence[StatementEntryDetail]:
    """The transactions of a batch entry in the bank's order, from behind a position on."""
    details = select(StatementEntryDetail).where(
        StatementEntryDetail.tenant_id == session.tenant_id,
        StatementEntryDetail.entry_id == entry_id,
        col(StatementEntryDetail.position) > after,
    )
    return session.exec(details.order_by(col(StatementEntryDetail.position)).limit(limit)).all()
