"""Selects and locks of financing. Every statement names its tenant; locks are taken facility, receivable, advance."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, any_, bindparam, exists, not_, or_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.banking.states import AT_THE_BANK, InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.financing.events import Event
from domain.financing.tables import Advance, AdvanceEvent, Facility, FacilityDebtor, Request, RequestInvitation
from domain.platform.binds import TENANT, any_id, of
from domain.platform.database import TenantSession
from domain.values.errors import NotFound
from domain.values.money import Money

_UNDER_WAY = (InstructionState.CREATED, InstructionState.LOCKED, *AT_THE_BANK)


_BOOKED = select(AdvanceEvent.source).where(
    col(AdvanceEvent.tenant_id) == TENANT, col(AdvanceEvent.source) == any_(bindparam("of_sources", type_=ARRAY(Text)))
)


def known_sources(session: TenantSession, sources: Collection[str]) -> set[str]:
    """Those of the words that were booked before."""
    return set(session.scalars(_BOOKED, of(session, of_sources=list(sources))))


_LOCKED_FACILITIES = (
    select(Facility)
    .where(col(Facility.tenant_id) == TENANT, col(Facility.id) == any_id())
    .order_by(col(Facility.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_facilities(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Facility]:
    """The facilities, locked in id order."""
    return {row.id: row for row in session.scalars(_LOCKED_FACILITIES, of(session, ids))}


def invited(tenant_id: int, lender_id: UUID) -> ColumnElement[bool]:
    """Of requests: that a lender may answer, because all may or because it was named."""
    named = exists().where(
        col(RequestInvitation.tenant_id) == tenant_id,
        col(RequestInvitation.request_id) == Request.id,
        col(RequestInvitation.lender_id) == lender_id,
    )
    return or_(not_(col(Request.by_invitation)), named)


_LINES = (
    select(FacilityDebtor)
    .where(
        col(FacilityDebtor.tenant_id) == TENANT,
        col(FacilityDebtor.facility_id) == any_id(),
        col(FacilityDebtor.debtor_id) == any_id("of_debtors"),
    )
    .execution_options(populate_existing=True)
)


def lines_of_debtors(
    session: TenantSession, pairs: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], FacilityDebtor]:
    """Each debtor's line under each facility; the facility's lock guards them, so they need none of their own."""
    if not pairs:
        return {}
    facilities, debtors = {facility_id for facility_id, _ in pairs}, {debtor_id for _, debtor_id in pairs}
    rows = session.scalars(_LINES, of(session, facilities, of_debtors=list(debtors)))
    lines = {(row.facility_id, row.debtor_id): row for row in rows}
    for facility_id, debtor_id in pairs - lines.keys():
        line = FacilityDebtor(tenant_id=session.tenant_id, facility_id=facility_id, debtor_id=debtor_id)
        session.add(line)
        lines[facility_id, debtor_id] = line
    return lines


_ADVANCES = (
    select(Advance).where(col(Advance.tenant_id) == TENANT, col(Advance.id) == any_id()).order_by(col(Advance.id))
)
_LOCKED_ADVANCES = _ADVANCES.with_for_update().execution_options(populate_existing=True)


_STANDS_ON = select_columns(col(Advance.facility_id), col(Advance.debtor_id), col(Advance.receivable_id)).where(
    col(Advance.tenant_id) == TENANT, col(Advance.id) == any_id()
)


def what_they_stand_on(session: TenantSession, advance_ids: Collection[UUID]) -> Sequence[Row[UUID, UUID, UUID]]:
    """Facility, debtor and receivable of each advance: what never changes, to know what to lock."""
    return session.execute(_STANDS_ON, of(session, advance_ids)).all()


def advances(session: TenantSession, ids: Collection[UUID]) -> list[Advance]:
    """The advances, as they stand, in id order."""
    return list(session.scalars(_ADVANCES, of(session, ids))) if ids else []


def lock_advances(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Advance]:
    """The advances, locked in id order. Raises NotFound when one does not exist."""
    found = {row.id: row for row in session.scalars(_LOCKED_ADVANCES, of(session, ids))}
    missing = set(ids) - found.keys()
    if missing:
        raise NotFound(kind="advance", reference=min(missing))
    return found


_EVENTS = (
    select(AdvanceEvent)
    .where(col(AdvanceEvent.tenant_id) == TENANT, col(AdvanceEvent.advance_id) == any_id())
    .order_by(col(AdvanceEvent.advance_id), col(AdvanceEvent.number))
)


def events_of(session: TenantSession, advance_ids: Collection[UUID]) -> Mapping[UUID, list[AdvanceEvent]]:
    """What happened to each advance, as it was recorded."""
    events: defaultdict[UUID, list[AdvanceEvent]] = defaultdict(list)
    for row in session.scalars(_EVENTS, of(session, advance_ids)):
        events[row.advance_id].append(row)
    return events


def as_event(row: AdvanceEvent) -> Event:
    """The row as a replay takes it."""
    amount = Money.from_minor(row.amount_minor, row.currency)
    return Event(row.id, row.number, row.kind, row.value_date, amount, row.reverses_id)


_ASKED_OF_THE_BANK = select(Instruction.subject_id).where(
    col(Instruction.tenant_id) == TENANT,
    col(Instruction.subject_id) == any_id(),
    col(Instruction.purpose) == bindparam("of_purpose"),
    col(Instruction.state).in_(_UNDER_WAY),
)


def under_way(session: TenantSession, advance_ids: Collection[UUID], purpose: Purpose) -> set[UUID]:
    """Those of the advances with an instruction of that purpose which the bank has not answered."""
    return set(session.scalars(_ASKED_OF_THE_BANK, of(session, advance_ids, of_purpose=purpose)))
