"""Selects and locks of advances out of sales. Every statement names its tenant."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.banking.tables import Instruction
from domain.financing.sales.replay import SalesEvent
from domain.financing.sales.states import LIVE
from domain.financing.sales.tables import SalesAdvance, SalesAdvanceEvent
from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.errors import NotFound
from domain.values.money import Money


def find_sales_advance(session: TenantSession, advance_id: UUID) -> SalesAdvance:
    """The advance. Raises NotFound."""
    found = session.get(SalesAdvance, (session.tenant_id, advance_id))
    if found is None:
        raise NotFound(kind="sales advance", reference=public_id("sad", advance_id))
    return found


def lock_sales_advances(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, SalesAdvance]:
    """The advances, locked in id order. Raises NotFound when one does not exist."""
    rows = session.exec(
        select(SalesAdvance)
        .where(SalesAdvance.tenant_id == session.tenant_id, col(SalesAdvance.id) == any_of(ids))
        .order_by(col(SalesAdvance.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    missing = set(ids) - found.keys()
    if missing:
        raise NotFound(kind="sales advance", reference=public_id("sad", min(missing)))
    return found


def facilities_of(session: TenantSession, ids: Collection[UUID]) -> set[UUID]:
    """The lines the advances stand on: they never change, so they are read without a lock to know what to lock."""
    found = select(SalesAdvance.facility_id).where(
        SalesAdvance.tenant_id == session.tenant_id, col(SalesAdvance.id) == any_of(ids)
    )
    return set(session.exec(found))


def live_advance_of(session: TenantSession, merchant_id: UUID, currency: str) -> SalesAdvance | None:
    """What the merchant repays out of its sales already, or is about to."""
    return session.exec(
        select(SalesAdvance)
        .where(
            SalesAdvance.tenant_id == session.tenant_id,
            SalesAdvance.merchant_id == merchant_id,
            SalesAdvance.currency == currency,
            col(SalesAdvance.state).in_(LIVE),
        )
        .limit(1)
    ).first()


def known_sources(session: TenantSession, sources: Collection[str]) -> set[str]:
    """Those of the words that were booked before."""
    found = select(SalesAdvanceEvent.source).where(
        SalesAdvanceEvent.tenant_id == session.tenant_id,
        col(SalesAdvanceEvent.source) == any_(literal(list(sources), ARRAY(Text))),
    )
    return set(session.exec(found))


def instructed(session: TenantSession, obligations: Collection[str]) -> set[str]:
    """Those of the obligations that an instruction was made of, whatever became of it."""
    found = select(Instruction.obligation_key).where(
        Instruction.tenant_id == session.tenant_id,
        col(Instruction.obligation_key) == any_(literal(list(obligations), ARRAY(Text))),
    )
    return set(session.exec(found))


def events_of(session: TenantSession, ids: Collection[UUID]) -> Mapping[UUID, list[SalesAdvanceEvent]]:
    """What happened to each advance, as it was recorded."""
    events: defaultdict[UUID, list[SalesAdvanceEvent]] = defaultdict(list)
    rows = session.exec(
        select(SalesAdvanceEvent)
        .where(SalesAdvanceEvent.tenant_id == session.tenant_id, col(SalesAdvanceEvent.advance_id) == any_of(ids))
        .order_by(col(SalesAdvanceEvent.advance_id), col(SalesAdvanceEvent.number))
    )
    for row in rows:
        events[row.advance_id].append(row)
    return events


def as_event(row: SalesAdvanceEvent) -> SalesEvent:
    """The row as a replay takes it."""
    amount = Money.from_minor(row.amount_minor, row.currency)
    return SalesEvent(row.id, row.number, row.kind, row.value_date, amount, row.reverses_id)
