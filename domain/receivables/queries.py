"""Selects of receivables. Every statement names its tenant."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Confirmation, ConfirmationLine, Receivable
from domain.values.errors import NotFound


def receivable(session: TenantSession, receivable_id: UUID) -> Receivable:
    """The receivable. Raises NotFound."""
    found = session.get(Receivable, (session.tenant_id, receivable_id))
    if found is None:
        raise NotFound(kind="receivable", reference=receivable_id)
    return found


def of_import(session: TenantSession, import_id: UUID) -> list[Receivable]:
    """The invoices that one import registered."""
    return list(
        session.exec(
            select(Receivable)
            .where(Receivable.tenant_id == session.tenant_id, Receivable.import_id == import_id)
            .order_by(col(Receivable.id))
        )
    )


def in_state(
    session: TenantSession, ids: Collection[UUID], *states: ReceivableState, debtor_id: UUID | None = None
) -> list[Receivable]:
    """Those of the receivables that stand in one of the states, in id order; of one debtor, if it is named."""
    wanted = (
        select(Receivable)
        .where(
            Receivable.tenant_id == session.tenant_id,
            col(Receivable.id) == any_of(ids),
            col(Receivable.state).in_(states),
        )
        .order_by(col(Receivable.id))
    )
    return list(session.exec(wanted if debtor_id is None else wanted.where(Receivable.debtor_id == debtor_id)))


def confirmation(session: TenantSession, confirmation_id: UUID) -> Confirmation:
    """The debtor's answers. Raises NotFound."""
    found = session.get(Confirmation, (session.tenant_id, confirmation_id))
    if found is None:
        raise NotFound(kind="confirmation", reference=confirmation_id)
    return found


def confirmation_lines(session: TenantSession, confirmation_id: UUID) -> list[ConfirmationLine]:
    """What it says to each invoice, in the order of the invoices."""
    return list(
        session.exec(
            select(ConfirmationLine)
            .where(ConfirmationLine.tenant_id == session.tenant_id, ConfirmationLine.confirmation_id == confirmation_id)
            .order_by(col(ConfirmationLine.receivable_id))
        )
    )
