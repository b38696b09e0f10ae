"""Reverse factoring: a lender pays the supplier by the ordinary request, offer and advance; the buyer pays when due.

A programme says which lines may buy, and a supplier asks for all its approved invoices at once.
"""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from domain.financing import offers
from domain.financing.payables.errors import FacilityMayNotBuy
from domain.financing.payables.programmes import facilities_of, find_programme, require_active
from domain.financing.payables.tables import Payable
from domain.financing.requests import request_financing
from domain.financing.tables import Request
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.errors import NotFound


def request_purchase(
    session: TenantSession,
    programme_id: UUID,
    receivable_ids: Collection[UUID],
    *,
    supplier_id: UUID,
    actor: Actor,
    clock: Clock,
) -> UUID:
    """The supplier's maker asks lenders to buy approved invoices; returns the batch its checker opens to them.

    Raises ProgrammeNotActive, NotFinanceable, NotFound for an invoice of no such programme.
    """
    require_active(find_programme(session, programme_id))
    _require_payables(session, programme_id, receivable_ids)
    return request_financing(session, receivable_ids, seller_id=supplier_id, actor=actor, clock=clock)


def offer_purchase(
    session: TenantSession,
    programme_id: UUID,
    request_ids: Collection[UUID],
    *,
    facility_id: UUID,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
) -> UUID:
    """A lender's maker offers on a programme's requests out of a line that may buy; returns the batch to approve.

    Raises ProgrammeNotActive, FacilityMayNotBuy, and what `offers.make_offers` does.
    """
    programme = require_active(find_programme(session, programme_id))
    if facility_id not in {line.facility_id for line in facilities_of(session, programme_id)}:
        raise FacilityMayNotBuy(facility=public_id("fac", facility_id), programme=programme.public_id)
    invoices = session.exec(
        select(Request.receivable_id).where(
            Request.tenant_id == session.tenant_id, col(Request.id) == any_of(request_ids)
        )
    ).all()
    _require_payables(session, programme_id, invoices)
    return offers.make_offers(
        session, facility_id=facility_id, request_ids=request_ids, actor=actor, clock=clock, calendar=calendar
    )


def _require_payables(session: TenantSession, programme_id: UUID, receivable_ids: Collection[UUID]) -> None:
    known = set(
        session.exec(
            select(Payable.receivable_id).where(
                Payable.tenant_id == session.tenant_id,
                Payable.programme_id == programme_id,
                col(Payable.receivable_id) == any_of(receivable_ids),
            )
        )
    )
    foreign = [receivable_id for receivable_id in receivable_ids if receivable_id not in known]
    if foreign:
        raise NotFound(kind="payable", reference=public_id("rcv", foreign[0]))
