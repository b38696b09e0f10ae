"""What one file of statements came to: what its entries are by now, and what of it waits for a person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, or_, select

from domain.banking.statements import ImportedStatements
from domain.banking.states import EntryState
from domain.banking.tables import BankException, Statement, StatementEntry
from domain.parties.queries import any_of
from domain.parties.tables import BankAccount
from domain.platform.database import TenantSession


@dataclass(frozen=True, slots=True)
class Standing:
    """How many entries are in a state, and for what reason."""

    state: EntryState
    reason: str | None
    entries: int


def standing_of(session: TenantSession, imported: ImportedStatements) -> list[Standing]:
    """What the new entries of a file are by now; asked in the transaction that imported them."""
    if imported.first_entry_id is None:
        return []
    state, reason = col(StatementEntry.state), col(StatementEntry.reason)
    counted = (
        select(state, reason, func.count())
        .where(StatementEntry.tenant_id == session.tenant_id, StatementEntry.id >= imported.first_entry_id)
        .group_by(state, reason)
        .order_by(state, reason)
    )
    return [Standing(*row) for row in session.exec(counted)]


def accounts_of(session: TenantSession, imported: ImportedStatements) -> dict[UUID, date]:
    """The accounts of the new statements, each with the last day stated."""
    last_on = func.max(col(Statement.closed_on))
    found = (
        select(col(Statement.account_id), last_on)
        .where(Statement.tenant_id == session.tenant_id, col(Statement.id) == any_of(imported.statement_ids))
        .group_by(col(Statement.account_id))
    )
    return dict(session.exec(found).all())


def first_statements(session: TenantSession, imported: ImportedStatements, limit: int) -> Sequence[Statement]:
    """The first of the new statements, in the file's order."""
    ids = imported.statement_ids[:limit]
    found = select(Statement).where(Statement.tenant_id == session.tenant_id, col(Statement.id) == any_of(ids))
    by_id = {row.id: row for row in session.exec(found)}
    return [by_id[each] for each in ids]


def exceptions_of(session: TenantSession, imported: ImportedStatements) -> Sequence[BankException]:
    """What of a file nobody has dealt with: statements of strangers, gaps, sums that are off."""
    open_ones = select(BankException).where(
        BankException.tenant_id == session.tenant_id,
        col(BankException.resolved_at).is_(None),
        or_(
            col(BankException.file_id) == imported.file_id,
            col(BankException.statement_id) == any_of(imported.statement_ids),
        ),
    )
    return session.exec(open_ones.order_by(col(BankException.id))).all()


def masks_of(session: TenantSession, accounts: Collection[UUID]) -> dict[UUID, str]:
    """What may be shown of the numbers of accounts."""
    columns = select(col(BankAccount.id), col(BankAccount.masked))
    found = columns.where(BankAccount.tenant_id == session.tenant_id, col(BankAccount.id) == any_of(accounts))
    return dict(session.exec(found).all())
