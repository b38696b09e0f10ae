"""Selects and locks of financing. Every statement names its tenant; locks are taken facility, receivable, advance."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, exists, literal, not_, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.banking.states import AT_THE_BANK, InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.financing.events import Event
from domain.financing.tables import Advance, AdvanceEvent, Facility, FacilityDebtor, Request, RequestInvitation
from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.values.errors import NotFound
from domain.values.money import Money

_UNDER_WAY = (InstructionState.CREATED, InstructionState.LOCKED, *AT_THE_BANK)


def known_sources(session: TenantSession, sources: Collection[str]) -> set[str]:
    """Those of the words that were booked before."""
    found = session.exec(
        select(AdvanceEvent.source).where(
            AdvanceEvent.tenant_id == session.tenant_id,
            col(AdvanceEvent.source) == any_(literal(list(sources), ARRAY(Text))),
        )
    )
    return set(found)


def lock_facilities(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Facility]:
    """The facilities, locked in id order."""
    rows = session.exec(
        select(Facility)
        .where(Facility.tenant_id == session.tenant_id, col(Facility.id) == any_of(ids))
        .order_by(col(Facility.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def invited(tenant_id: int, lender_id: UUID) -> ColumnElement[bool]:
    """Of requests: that a lender may answer, because all may or because it was named."""
    named = exists().where(
        col(RequestInvitation.tenant_id) == tenant_id,
        col(RequestInvitation.request_id) == Request.id,
        col(RequestInvitation.lender_id) == lender_id,
    )
    return or_(not_(col(Request.by_invitation)), named)


def lines_of_debtors(
    session: TenantSession, pairs: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], FacilityDebtor]:
    """Each debtor's line under each facility; the facility's lock guards them, so they need none of their own."""
    if not pairs:
        return {}
    rows = session.exec(
        select(FacilityDebtor)
        .where(
            FacilityDebtor.tenant_id == session.tenant_id,
            col(FacilityDebtor.facility_id) == any_of({facility_id for facility_id, _ in pairs}),
            col(FacilityDebtor.debtor_id) == any_of({debtor_id for _, debtor_id in pairs}),
        )
        .execution_options(populate_existing=True)
    )
    lines = {(row.facility_id, row.debtor_id): row for row in rows}
    for facility_id, debtor_id in pairs - lines.keys():
        line = FacilityDebtor(tenant_id=session.tenant_id, facility_id=facility_id, debtor_id=debtor_id)
        session.add(line)
        lines[facility_id, debtor_id] = line
    return lines


def advances(session: TenantSession, ids: Collection[UUID]) -> list[Advance]:
    """The advances, as they stand, in id order."""
    return list(
        session.exec(
            select(Advance)
            .where(Advance.tenant_id == session.tenant_id, col(Advance.id) == any_of(ids))
            .order_by(col(Advance.id))
        )
    )


def lock_advances(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Advance]:
    """The advances, locked in id order. Raises NotFound when one does not exist."""
    rows = session.exec(
        select(Advance)
        .where(Advance.tenant_id == session.tenant_id, col(Advance.id) == any_of(ids))
        .order_by(col(Advance.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    missing = set(ids) - found.keys()
    if missing:
        raise NotFound(kind="advance", reference=min(missing))
    return found


def events_of(session: TenantSession, advance_ids: Collection[UUID]) -> Mapping[UUID, list[AdvanceEvent]]:
    """What happened to each advance, as it was recorded."""
    events: defaultdict[UUID, list[AdvanceEvent]] = defaultdict(list)
    rows = session.exec(
        select(AdvanceEvent)
        .where(AdvanceEvent.tenant_id == session.tenant_id, col(AdvanceEvent.advance_id) == any_of(advance_ids))
        .order_by(col(AdvanceEvent.advance_id), col(AdvanceEvent.number))
    )
    for row in rows:
        events[row.advance_id].append(row)
    return events


def as_event(row: AdvanceEvent) -> Event:
    """The row as a replay takes it."""
    amount = Money.from_minor(row.amount_minor, row.currency)
    return Event(row.id, row.number, row.kind, row.value_date, amount, row.reverses_id)


def under_way(session: TenantSession, advance_ids: Collection[UUID], purpose: Purpose) -> set[UUID]:
    """Those of the advances with an instruction of that purpose which the bank has not answered."""
    found = session.exec(
        select(Instruction.subject_id).where(
            Instruction.tenant_id == session.tenant_id,
            col(Instruction.subject_id) == any_of(advance_ids),
            Instruction.purpose == purpose,
            col(Instruction.state).in_(_UNDER_WAY),
        )
    )
    return set(found)
