"""Selects of receivables. Every statement names its tenant."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Select, any_, func, literal, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.parties.queries import any_of
from domain.platform.binds import TENANT, any_id, of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.listing import lock_row
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Confirmation, ConfirmationLine, InvoiceImport, Receivable
from domain.values.errors import NotFound


def unpaid_minor() -> ColumnElement[int]:
    """What the debtor confirmed, less credit notes and what it paid: `Receivable.unpaid` for set operations."""
    confirmed: ColumnElement[int] = func.coalesce(col(Receivable.confirmed_minor), 0)
    return confirmed - col(Receivable.diluted_minor) - col(Receivable.paid_minor)


def receivable(session: TenantSession, receivable_id: UUID) -> Receivable:
    """The receivable. Raises NotFound."""
    found = session.get(Receivable, (session.tenant_id, receivable_id))
    if found is None:
        raise NotFound(kind="receivable", reference=receivable_id)
    return found


def source(session: TenantSession, import_id: UUID) -> InvoiceImport:
    """The import. Raises NotFound."""
    found = session.get(InvoiceImport, (session.tenant_id, import_id))
    if found is None:
        raise NotFound(kind="import", reference=public_id("imp", import_id))
    return found


def flag_resembling(session: TenantSession, ids: Collection[UUID]) -> None:
    """Hold the receivables for a person: another invoice of the same number was registered."""
    if ids:
        session.execute(
            update(Receivable)
            .where(col(Receivable.tenant_id) == session.tenant_id, col(Receivable.id) == any_of(ids))
            .values(resembles_registered=True)
            .execution_options(synchronize_session="fetch")
        )


def of_import(session: TenantSession, import_id: UUID) -> list[Receivable]:
    """The invoices that one import registered."""
    return list(
        session.exec(
            select(Receivable)
            .where(Receivable.tenant_id == session.tenant_id, Receivable.import_id == import_id)
            .order_by(col(Receivable.id))
        )
    )


def by_fingerprint(session: TenantSession, fingerprints: Collection[bytes]) -> list[UUID]:
    """The tenant's receivables of these fingerprints, rejected ones and parts left out."""
    if not fingerprints:
        return []
    return list(
        session.exec(
            select(Receivable.id).where(
                Receivable.tenant_id == session.tenant_id,
                col(Receivable.fingerprint) == any_(literal(list(fingerprints), ARRAY(LargeBinary))),
                Receivable.state != ReceivableState.REJECTED,
                col(Receivable.parent_id).is_(None),
            )
        )
    )


def in_state(
    session: TenantSession, ids: Collection[UUID], *states: ReceivableState, debtor_id: UUID | None = None
) -> list[Receivable]:
    """Those of the receivables that stand in one of the states, in id order; of one debtor, if it is named."""
    if not ids:
        return []
    wanted = _in_state(states)
    chosen = wanted if debtor_id is None else wanted.where(col(Receivable.debtor_id) == debtor_id)
    return list(session.scalars(chosen, of(session, ids)))


@cache
def _in_state(states: tuple[ReceivableState, ...]) -> Select[Receivable]:
    found = select(Receivable).where(
        col(Receivable.tenant_id) == TENANT, col(Receivable.id) == any_id(), col(Receivable.state).in_(states)
    )
    return found.order_by(col(Receivable.id))


def lock(session: TenantSession, receivable_id: UUID) -> Receivable:
    """The receivable as it is now, locked until commit. Raises NotFound."""
    return lock_row(session, Receivable, receivable_id, kind="receivable", reference=receivable_id)


def confirmation(session: TenantSession, confirmation_id: UUID) -> Confirmation:
    """The debtor's answers. Raises NotFound."""
    found = session.get(Confirmation, (session.tenant_id, confirmation_id))
    if found is None:
        raise NotFound(kind="confirmation", reference=confirmation_id)
    return found


def confirmations(session: TenantSession, ids: Collection[UUID]) -> list[Confirmation]:
    """Many debtors' answers, in id order. Raises NotFound."""
    chosen = select(Confirmation).where(
        Confirmation.tenant_id == session.tenant_id, col(Confirmation.id) == any_of(ids)
    )
    found = list(session.exec(chosen.order_by(col(Confirmation.id))))
    missing = set(ids) - {each.id for each in found}
    if missing:
        raise NotFound(kind="confirmation", reference=min(missing))
    return found


def confirmation_lines(session: TenantSession, confirmation_id: UUID) -> list[ConfirmationLine]:
    """What it says to each invoice, in the order of the invoices."""
    return lines_of(session, [confirmation_id])[confirmation_id]


def lines_of(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, list[ConfirmationLine]]:
    """What each confirmation says to each invoice, in the order of the invoices."""
    found: dict[UUID, list[ConfirmationLine]] = {confirmation_id: [] for confirmation_id in ids}
    lines = select(ConfirmationLine).where(
        ConfirmationLine.tenant_id == session.tenant_id, col(ConfirmationLine.confirmation_id) == any_of(ids)
    )
    for line in session.exec(lines.order_by(col(ConfirmationLine.receivable_id))):
        found[line.confirmation_id].append(line)
    return found
