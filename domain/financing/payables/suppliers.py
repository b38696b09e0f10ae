"""Suppliers of a programme: named by the buyer's maker, let in by its checker, taken out by either."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.payables.errors import SuppliersNotEligible
from domain.financing.payables.programmes import lock_programme
from domain.financing.payables.states import SupplierState
from domain.financing.payables.tables import ProgrammeSupplier
from domain.parties.queries import any_of, require_parties
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.transitions import move, move_all
from domain.values.actor import Actor
from domain.values.errors import NotFound

APPROVAL = "payables_suppliers"


def propose_suppliers(
    session: TenantSession, programme_id: UUID, supplier_ids: Collection[UUID], *, actor: Actor, clock: Clock
) -> UUID:
    """The buyer's maker names suppliers that may be paid early; returns the batch its checker approves.

    One that left may come back. Raises SuppliersNotEligible, NotFound.
    """
    programme = lock_programme(session, programme_id)
    require_parties(session, supplier_ids)
    if programme.buyer_id in supplier_ids:
        raise SuppliersNotEligible(count=1, first=public_id("pty", programme.buyer_id))
    batch_id = uuid7()
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "programme_id": programme_id,
            "supplier_id": supplier_id,
            "batch_id": batch_id,
            "state": SupplierState.PROPOSED,
            "made_by": str(actor),
        }
        for supplier_id in supplier_ids
    ]
    made = set(
        session.scalars(
            insert(ProgrammeSupplier).on_conflict_do_nothing().returning(col(ProgrammeSupplier.supplier_id)), rows
        )
    )
    made |= _come_back(session, programme_id, set(supplier_ids) - made, batch_id, actor=actor, clock=clock)
    members = [supplier_id for supplier_id in supplier_ids if supplier_id not in made]
    if members:
        raise SuppliersNotEligible(count=len(members), first=public_id("pty", members[0]))
    digest = _suppliers_digest(suppliers_of_batch(session, batch_id))
    approvals.propose(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    return batch_id


def _come_back(
    session: TenantSession,
    programme_id: UUID,
    supplier_ids: Collection[UUID],
    batch_id: UUID,
    *,
    actor: Actor,
    clock: Clock,
) -> set[UUID]:
    left = session.exec(
        select(ProgrammeSupplier).where(
            ProgrammeSupplier.tenant_id == session.tenant_id,
            ProgrammeSupplier.programme_id == programme_id,
            col(ProgrammeSupplier.supplier_id) == any_of(supplier_ids),
            ProgrammeSupplier.state == SupplierState.LEFT,
        )
    ).all()
    for row in left:
        row.batch_id, row.made_by = batch_id, str(actor)
        move(session, row, SupplierState.PROPOSED, actor=actor, clock=clock, reason="comes back")
    session.flush()
    return {row.supplier_id for row in left}


def approve_suppliers(session: TenantSession, batch_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The buyer's checker lets the suppliers in; returns them. Raises SamePerson, DigestChanged."""
    rows = suppliers_of_batch(session, batch_id)
    digest = _suppliers_digest(rows)
    approvals.approve(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    ids = [row.id for row in rows]
    move_all(session, ProgrammeSupplier, ids, SupplierState.ACTIVE, actor=actor, clock=clock)
    return [row.supplier_id for row in rows]


def remove_supplier(
    session: TenantSession, programme_id: UUID, supplier_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> None:
    """Take a supplier out: what was confirmed to it stays owed, and is offered on no more. Raises NotFound."""
    row = session.exec(
        select(ProgrammeSupplier).where(
            ProgrammeSupplier.tenant_id == session.tenant_id,
            ProgrammeSupplier.programme_id == programme_id,
            ProgrammeSupplier.supplier_id == supplier_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(kind="supplier", reference=public_id("pty", supplier_id))
    move(session, row, SupplierState.LEFT, actor=actor, clock=clock, reason=reason)


def suppliers_of_batch(session: TenantSession, batch_id: UUID) -> list[ProgrammeSupplier]:
    """The suppliers that were proposed together."""
    return list(
        session.exec(
            select(ProgrammeSupplier)
            .where(ProgrammeSupplier.tenant_id == session.tenant_id, ProgrammeSupplier.batch_id == batch_id)
            .order_by(col(ProgrammeSupplier.supplier_id))
        )
    )


def suppliers_of(session: TenantSession, programme_id: UUID) -> Sequence[ProgrammeSupplier]:
    """Everybody who is in a programme, was named for it, or left it."""
    return session.exec(
        select(ProgrammeSupplier)
        .where(ProgrammeSupplier.tenant_id == session.tenant_id, ProgrammeSupplier.programme_id == programme_id)
        .order_by(col(ProgrammeSupplier.id))
    ).all()


def _suppliers_digest(rows: Sequence[ProgrammeSupplier]) -> str:
    return sha256("\n".join(f"{row.programme_id}|{row.supplier_id}" for row in rows).encode()).hexdigest()
