"""Best execution of a programme: every free invoice with the ways to pay it early that exist today, ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.financing.contracts import price_of
from domain.financing.errors import FeesExceedAdvance, RateBeyondDisclosure
from domain.financing.facilities import find_facility
from domain.financing.payables.best_execution import OWN_CASH, Candidate, Choice, Way, WayKind, best_execution
from domain.financing.payables.early import free_payables
from domain.financing.payables.liquidity import liquidity
from domain.financing.payables.programmes import facilities_of, find_programme
from domain.financing.payables.rules import days_early, dynamic_discount
from domain.financing.payables.tables import Programme
from domain.financing.quotes import quote
from domain.financing.rules import all_in_rate
from domain.financing.states import FacilityState
from domain.financing.tables import Facility
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

MAX_INVOICES = 1_000  # on one page of advice; those due last come first, as they cost a supplier most to wait for


@dataclass(frozen=True, slots=True)
class _Morning:
    """What all invoices of one plan have in common."""

    programme: Programme
    lines: Sequence[tuple[Facility, WayKind]]
    pay_on: date
    calendar: BusinessCalendar


def plan_execution(
    session: TenantSession, programme_id: UUID, *, clock: Clock, calendar: BusinessCalendar
) -> list[Choice]:
    """How each free invoice would best be paid on the next business day: advice that binds nobody. Raises NotFound."""
    programme = find_programme(session, programme_id)
    morning = _Morning(programme, _lines(session, programme), calendar.add(clock.today(), 1), calendar)
    candidates = [
        Candidate(row.id, amount := programme.money(row.unpaid_minor), _ways(morning, amount, row.due_on))
        for row in session.execute(free_payables(programme, morning.pay_on).limit(MAX_INVOICES))
    ]
    limits = {line.public_id: line.headroom for line, _ in morning.lines}
    limits[OWN_CASH] = liquidity(session, programme, clock=clock).available
    return best_execution(candidates, limits)


def _lines(session: TenantSession, programme: Programme) -> list[tuple[Facility, WayKind]]:
    lines = []
    for agreed in facilities_of(session, programme.id):
        facility = find_facility(session, agreed.facility_id)
        if facility.state is FacilityState.ACTIVE and facility.currency == programme.currency:
            lines.append((facility, WayKind.ADVANCE if agreed.recourse else WayKind.PURCHASE))
    return lines


def _ways(morning: _Morning, amount: Money, due_on: date) -> list[Way]:
    days = (due_on - morning.pay_on).days
    lenders = [
        _by_lender(morning, facility, kind, amount, due_on)
        for facility, kind in morning.lines
        if days <= facility.max_tenor_days
    ]
    return [way for way in (_by_own_cash(morning, amount, due_on), *lenders) if way is not None]


def _by_own_cash(morning: _Morning, amount: Money, due_on: date) -> Way | None:
    programme = morning.programme
    early = days_early(morning.pay_on, due_on, programme.day_count)
    if early < programme.min_days_early:
        return None
    discount = dynamic_discount(amount, programme.annual_rate, early, programme.day_count, programme.rounding)
    net = amount - discount
    rate = all_in_rate(discount, net, (due_on - morning.pay_on).days)
    return Way(WayKind.OWN_CASH, OWN_CASH, uses=net, net=net, cost=discount, rate=rate, gain=discount)


def _by_lender(morning: _Morning, facility: Facility, kind: WayKind, amount: Money, due_on: date) -> Way | None:
    try:
        figures = quote(amount, due_on, price_of(facility), morning.pay_on, morning.calendar)
    except (FeesExceedAdvance, RateBeyondDisclosure):  # too small an invoice for this line's fee: no way at all
        return None
    return Way(
        kind,
        facility.public_id,
        uses=figures.principal,
        net=figures.net,
        cost=figures.fee + figures.interest,
        rate=figures.rate,
        gain=Money.zero(amount.currency),
    )
