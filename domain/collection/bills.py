"""Single dues by the thousand: what payers owe once, each a plan of one amount and one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from domain.collection.plans import NewPlan, RefusedPlan, register_plans
from domain.collection.queries import payers_of
from domain.collection.states import PlanKind
from domain.collection.tables import Due
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

MAX_BILLS = 10_000  # of one call: what a client of ten thousand payers brings in one day; more comes as a file


@dataclass(frozen=True, slots=True)
class Bill:
    """What a payer owes once: `reference` is the client's, and its mandate says who pays."""

    reference: str
    mandate_id: UUID
    amount: Money
    due_on: date


@dataclass(frozen=True, slots=True)
class Billed:
    """A bill of a list that is a due now: its place in the list, from 0."""

    place: int
    due_id: UUID


def register_bills(
    session: TenantSession,
    client_id: UUID,
    bills: Sequence[Bill],
    *,
    calendar: BusinessCalendar,
    actor: Actor,
    clock: Clock,
) -> tuple[list[Billed], list[RefusedPlan]]:
    """Make dues of those bills that are in order; returns them, and the others with their reasons.

    Raises ClientNotActive, NotFound, and PlanExists when somebody registers one of them at the same moment.
    """
    payers = payers_of(session, {bill.mandate_id for bill in bills})
    # Nobody's mandate is refused with the others: its payer is then nobody, too.
    plans = [_plan(bill, payers.get(bill.mandate_id, bill.mandate_id)) for bill in bills]
    registered, refused = register_plans(session, client_id, plans, calendar=calendar, actor=actor, clock=clock)
    places = {plan.id: place for place, plan in enumerate(plans)}
    found = session.execute(
        select(col(Due.id), col(Due.plan_id)).where(
            col(Due.tenant_id) == session.tenant_id, col(Due.plan_id) == any_of(registered)
        )
    )
    return sorted((Billed(places[row.plan_id], row.id) for row in found), key=lambda each: each.place), refused


def _plan(bill: Bill, payer_id: UUID) -> NewPlan:
    return NewPlan(
        reference=bill.reference,
        payer_id=payer_id,
        mandate_id=bill.mandate_id,
        kind=PlanKind.ONE_OFF,
        amount=bill.amount,
        first_on=bill.due_on,
    )
