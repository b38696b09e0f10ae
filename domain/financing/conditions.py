"""What an accepted advance must still meet before its money leaves: grade, limits, law, and a line that lends."""

from collections import Counter
from collections.abc import Collection, Iterator
from uuid import UUID

from sqlmodel import col, select

from domain.financing.contracts import reference_of
from domain.financing.exposure_rules import Scope
from domain.financing.lenders import lending_law, licences
from domain.financing.limits import covering, lock_limits, scope_of
from domain.financing.positions import Position
from domain.financing.quotes import Price
from domain.financing.states import FacilityState
from domain.financing.tables import FacilityGrade
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.errors import DomainError


def broken_conditions(session: TenantSession, positions: Collection[Position], *, clock: Clock) -> dict[UUID, str]:
    """Which of the accepted advances cannot be funded any more, and why; each stands on locked rows."""
    reasons: dict[UUID, str] = {}
    for check in (_by_grade, _by_law, _by_limits):
        standing = [position for position in positions if position.advance.id not in reasons]
        reasons |= dict(check(session, standing, clock))
    return reasons


def _by_grade(session: TenantSession, positions: Collection[Position], _: Clock) -> Iterator[tuple[UUID, str]]:
    """The line is open, and still finances a receivable confirmed as this one is now."""
    lines = {position.facility.id for position in positions}
    rows = session.exec(
        select(FacilityGrade).where(
            FacilityGrade.tenant_id == session.tenant_id, col(FacilityGrade.facility_id) == any_of(lines)
        )
    )
    graded = {(row.facility_id, row.grade) for row in rows}
    for position in positions:
        grade = position.receivable.confirmation_grade
        if position.facility.state is FacilityState.CLOSED:
            yield position.advance.id, "facility closed"
        elif grade is None or (position.facility.id, grade) not in graded:
            yield position.advance.id, f"confirmed only as {grade.value if grade else 'nothing'}"


def _by_law(session: TenantSession, positions: Collection[Position], clock: Clock) -> Iterator[tuple[UUID, str]]:
    """Its lender may lend, at that rate, today."""
    if not positions:
        return
    rights = licences(session, {position.advance.lender_id for position in positions})
    law = lending_law(session, clock.today())
    for position in positions:
        advance = position.advance
        price = Price(position.facility.advance_rate, position.facility.fee_bp, advance.terms, reference_of(advance))
        try:
            law.check(advance.lender_id, rights[advance.lender_id], price)
        except DomainError as refusal:
            yield advance.id, str(refusal)


def _by_limits(session: TenantSession, positions: Collection[Position], _: Clock) -> Iterator[tuple[UUID, str]]:
    """No limit over it was lowered below what stands under it; the newest advances give way, until the rest fits."""
    scopes: dict[UUID, Scope] = {position.advance.id: scope_of(position.advance) for position in positions}
    limits = lock_limits(session, scopes.values())
    over = Counter({limit.key: limit.over_minor for limit in limits.values()})
    for position in positions:
        over[str(position.facility.id)] = position.facility.over_minor
    for position in sorted(positions, key=lambda each: each.advance.id, reverse=True):
        covers = {"facility": str(position.facility.id)}
        covers |= {name: limit.key for name, limit in covering(limits, scopes[position.advance.id]).items()}
        passed = [name for name, key in covers.items() if over[key] > 0]
        if passed:
            over.subtract(dict.fromkeys(covers.values(), position.advance.principal_minor))
            yield position.advance.id, f"limit lowered: {', '.join(passed)}"
