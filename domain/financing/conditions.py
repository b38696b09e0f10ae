"""What an accepted advance must still meet before its money leaves: invoice, balance, grade, law, and every limit."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import partial
from uuid import UUID

from sqlmodel import col, select

from domain.financing.capacities import lock_capacities, parties_of
from domain.financing.contracts import reference_of
from domain.financing.exposure_rules import availability
from domain.financing.headrooms import Others
from domain.financing.lenders import lending_law, licences
from domain.financing.limits import covering, lock_limits, scope_of
from domain.financing.positions import Position
from domain.financing.quotes import Price
from domain.financing.states import FacilityState
from domain.financing.tables import FacilityGrade
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.checks import contra_of, lost_eligibility
from domain.receivables.states import ReceivableState
from domain.values.errors import DomainError
from domain.values.money import Money


def broken_conditions(
    session: TenantSession, positions: Collection[Position], *, clock: Clock, others: Others | None = None
) -> dict[UUID, str]:
    """Which of the accepted advances cannot be funded any more, and why; each stands on locked rows.

    `others` adds limits that another module keeps, as at acceptance.
    """
    reasons: dict[UUID, str] = {}
    if not positions:
        return reasons
    by_limits = partial(_by_limits, others=others)
    for check in (_by_invoice, _by_eligibility, _by_grade, _by_law, by_limits):
        standing = [position for position in positions if position.advance.id not in reasons]
        reasons |= dict(check(session, standing, clock))
    return reasons


def lost_invoices(session: TenantSession, positions: Collection[Position], on: date) -> dict[UUID, str]:
    """The advances whose invoice is disputed, paid or due on a date, or not worth what was lent on it, and by how much.

    A credit note may have come since acceptance (R10), or something that the seller owes its debtor (R20).
    """
    lost: dict[UUID, str] = {}
    contra = contra_of(session, {position.receivable.id for position in positions})
    for position in positions:
        advance, invoice = position.advance, position.receivable
        back = contra.get(invoice.id, Money.zero(advance.currency))
        available = availability(invoice.unpaid, advance.advance_rate, {}, contra=back).amount
        principal = advance.money(advance.principal_minor)
        if invoice.state is not ReceivableState.LISTED:
            lost[advance.id] = f"invoice {invoice.state.value}"
        elif advance.rolled_due_on <= on:
            lost[advance.id] = f"invoice due on {advance.rolled_due_on}"
        elif available < principal:
            figures = f"unpaid {invoice.unpaid}, contra {back}, available {available}, principal {principal}"
            lost[advance.id] = f"balance fell: {figures}"
    return lost


def _by_invoice(session: TenantSession, positions: Collection[Position], clock: Clock) -> Iterable[tuple[UUID, str]]:
    return lost_invoices(session, positions, clock.today()).items()


def _by_eligibility(
    session: TenantSession, positions: Collection[Position], clock: Clock
) -> Iterator[tuple[UUID, str]]:
    """No rule fails that it had passed when money was asked for: an affiliate (R20), say, or a red invoice."""
    lost = lost_eligibility(session, {position.receivable.id for position in positions}, clock=clock)
    for position in positions:
        if position.receivable.id in lost:
            yield position.advance.id, f"not eligible: {lost[position.receivable.id]}"


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


def _by_limits(
    session: TenantSession, positions: Collection[Position], _: Clock, *, others: Others | None
) -> Iterator[tuple[UUID, str]]:
    """No limit over it was lowered below what stands under it; the newest advances give way, until the rest fits."""
    scopes = {position.advance.id: scope_of(position.advance) for position in positions}
    let_through = None if others is None else others(session, parties_of(scopes.values()))
    limits = lock_limits(session, scopes.values())
    capacities = lock_capacities(session, scopes.values(), let_through)
    over: dict[int, int] = {}  # by the row's own identity: a lapse here is not yet written to it
    for position in sorted(positions, key=lambda each: each.advance.id, reverse=True):
        advance, scope = position.advance, scopes[position.advance.id]
        covers = {"facility": position.facility, **covering(limits, scope), **capacities.over(scope)}
        beyond = {name: over.setdefault(id(row), row.over_minor) for name, row in covers.items()}
        passed = [f"{name} by {advance.money(minor)}" for name, minor in beyond.items() if minor > 0]
        if passed:
            over |= {id(row): over[id(row)] - advance.principal_minor for row in covers.values()}
            yield advance.id, f"limit passed: {', '.join(passed)}"
