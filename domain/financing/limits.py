"""Limits across facilities: locked after everything else, taken by acceptance, given back by repayment.

The order of locks in financing is facility, receivable, offer, advance, lender's profile, limits by key, other modules'
capacities: what changes a limit holds the rest by then, so limits, which many share, are held for the shortest time.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, case, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.financing.check import Difference
from domain.financing.exposure_rules import Scope
from domain.financing.sales.exposure import lent_out_of_sales
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance, ExposureLimit, Facility
from domain.platform.binds import TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.money import Money

# The whole principal is committed before the money is out.
_COMMITTED = (AdvanceState.CREATED, AdvanceState.CONDITIONS_MET, AdvanceState.INSTRUCTED)
STANDING = case(
    (col(Advance.state).in_(_COMMITTED), col(Advance.principal_minor)), else_=col(Advance.principal_open_minor)
)


def scope_of(advance: Advance) -> Scope:
    """The narrowest scope an advance is counted in."""
    return Scope(advance.lender_id, advance.seller_id, advance.debtor_id, advance.currency)


_LOCKED = (
    select(ExposureLimit)
    .where(
        col(ExposureLimit.tenant_id) == TENANT,
        col(ExposureLimit.key) == any_(bindparam("of_keys", type_=ARRAY(Text))),
    )
    .order_by(col(ExposureLimit.key))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_limits(session: TenantSession, scopes: Collection[Scope]) -> dict[str, ExposureLimit]:
    """The limits that count advances of these scopes, by key, locked in its order."""
    keys = {wider.key for scope in scopes for wider in scope.over()}
    return {row.key: row for row in session.scalars(_LOCKED, of(session, of_keys=sorted(keys)))}


def covering(limits: Mapping[str, ExposureLimit], scope: Scope) -> dict[str, ExposureLimit]:
    """Those of the locked limits that count an advance of that scope, by name."""
    return {wider.name: limits[wider.key] for wider in scope.over() if wider.key in limits}


def freed_by_scope(freed: Iterable[tuple[Advance, int]]) -> dict[Scope, int]:
    """The principal that is given back, in minor units, by the narrowest scope; none of which nothing moves."""
    by_scope: Counter[Scope] = Counter()
    for advance, minor in freed:
        by_scope[scope_of(advance)] += minor
    return {scope: minor for scope, minor in by_scope.items() if minor}


def free_limits(session: TenantSession, freed: Iterable[tuple[Advance, int]]) -> None:
    """Give principal back to every limit that counts it; below zero, what a returned payment has reopened."""
    free_scopes(session, freed_by_scope(freed))


def free_scopes(session: TenantSession, by_scope: Mapping[Scope, int]) -> None:
    """The same, by the scope of what gives it back."""
    moved = {scope: minor for scope, minor in by_scope.items() if minor}
    if not moved:
        return
    limits = lock_limits(session, moved.keys())
    for scope, minor in moved.items():
        for limit in covering(limits, scope).values():
            limit.free(minor)
    session.flush()


@dataclass(frozen=True, slots=True)
class NewLimit:
    """The most that may be lent under a scope; `limit` None lifts it."""

    scope: Scope
    limit: Money | None


def set_limit(session: TenantSession, new: NewLimit, *, actor: Actor, clock: Clock) -> None:
    """Put a limit in force, with what already stands under it. Two people have agreed to it before."""
    _hold_lending(session, new.scope.lender_id)
    current = lock_limits(session, [new.scope]).get(new.scope.key)
    if new.limit is None:
        if current is not None:
            session.delete(current)
        session.flush()
        return
    if current is None:
        scope = new.scope
        current = ExposureLimit(
            tenant_id=session.tenant_id,
            key=scope.key,
            lender_id=scope.lender_id,
            seller_id=scope.seller_id,
            debtor_id=scope.debtor_id,
            currency=scope.currency,
            limit_minor=new.limit.minor,
            set_by=str(actor),
            set_at=clock.now(),
        )
    current.limit_minor, current.used_minor = new.limit.minor, standing_under(session, new.scope)
    current.see_over()
    current.set_by, current.set_at = str(actor), clock.now()
    session.add(current)
    session.flush()


def _hold_lending(session: TenantSession, lender_id: UUID | None) -> None:
    """Lock the lines that lend under the limit: an acceptance under way would count under no limit."""
    lines = select(Facility.id).where(Facility.tenant_id == session.tenant_id)
    if lender_id is not None:
        lines = lines.where(Facility.lender_id == lender_id)
    session.exec(lines.order_by(col(Facility.id)).with_for_update()).all()


def standing_under(session: TenantSession, scope: Scope) -> int:
    """The principal of the live advances a scope counts, in minor units."""
    wanted = select(func.coalesce(func.sum(STANDING), 0)).where(
        Advance.tenant_id == session.tenant_id, Advance.currency == scope.currency
    )
    for column, party in (
        (Advance.lender_id, scope.lender_id),
        (Advance.seller_id, scope.seller_id),
        (Advance.debtor_id, scope.debtor_id),
    ):
        if party is not None:
            wanted = wanted.where(column == party)
    return int(session.exec(wanted).one()) + lent_out_of_sales(session, scope)


def limits_seen_by(session: TenantSession, lender_id: UUID | None) -> list[ExposureLimit]:
    """The limits in force, by key: a lender's own, or all of them where none is named."""
    wanted = select(ExposureLimit).where(ExposureLimit.tenant_id == session.tenant_id)
    if lender_id is not None:
        wanted = wanted.where(ExposureLimit.lender_id == lender_id)
    return list(session.exec(wanted.order_by(col(ExposureLimit.key))))


def check_limits(session: TenantSession) -> list[Difference]:
    """Every limit whose used amount is not the principal of the advances it counts; empty when all is well."""
    session.flush()
    found = []
    for limit in limits_seen_by(session, None):
        scope = Scope(limit.lender_id, limit.seller_id, limit.debtor_id, limit.currency)
        expected = standing_under(session, scope)
        if expected != limit.used_minor:
            named = [public_id("pty", party) for party in (limit.lender_id, limit.seller_id, limit.debtor_id) if party]
            what = "principal under the limit of " + scope.name
            found.append(Difference(what, ", ".join(named), expected, limit.used_minor))
    return found
