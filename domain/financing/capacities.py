"""What is lent on parties of another module, within what it lets through: taken and given back as every limit is.

The module says how much it lets through, an agent's capacity (R21, R26); what of it is lent is kept here. Capacities
are locked last of all, behind the limits.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, union_all
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.financing.check import Difference
from domain.financing.exposure_rules import Scope
from domain.financing.limits import STANDING, freed_by_scope
from domain.financing.sales.exposure import lent_out_of_sales_on
from domain.financing.tables import Advance, PartyCapacity
from domain.parties.queries import any_of
from domain.platform.binds import TENANT, any_id, of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.money import Money

LetThrough = Mapping[UUID, Mapping[str, Money]]  # by party, and by what the limit is called


@dataclass(frozen=True, slots=True)
class Capacities:
    """The locked capacities of some parties."""

    by_party: Mapping[UUID, Sequence[PartyCapacity]] = field(default_factory=dict)

    def over(self, scope: Scope) -> dict[str, PartyCapacity]:
        """Those that count an advance of that scope, by name."""
        found: dict[str, PartyCapacity] = {}
        for row in (row for party in sorted(parties_of([scope])) for row in self.by_party.get(party, ())):
            if row.currency == scope.currency:
                # Seller and debtor may each have one of a name: both count.
                name = row.name if row.name not in found else f"{row.name} {public_id('pty', row.party_id)}"
                found[name] = row
        return found


def parties_of(scopes: Iterable[Scope]) -> set[UUID]:
    """Sellers and debtors: the parties another module may limit."""
    return {party for scope in scopes for party in (scope.seller_id, scope.debtor_id) if party is not None}


_LOCKED = (
    select(PartyCapacity)
    .where(col(PartyCapacity.tenant_id) == TENANT, col(PartyCapacity.party_id) == any_id())
    .order_by(col(PartyCapacity.party_id), col(PartyCapacity.name))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_capacities(
    session: TenantSession, scopes: Collection[Scope], let_through: LetThrough | None = None
) -> Capacities:
    """The capacities that count advances of these scopes, locked by key, with what their module lets through now.

    One that is asked for the first time counts what stands on its party already.
    """
    allowed = {(party, name): room for party, rooms in (let_through or {}).items() for name, room in rooms.items()}
    _open(session, allowed)
    by_party: dict[UUID, list[PartyCapacity]] = {}
    for row in session.scalars(_LOCKED, of(session, parties_of(scopes))):
        room = allowed.get((row.party_id, row.name))
        if room is not None:
            row.limit_minor = room.minor
            row.see_over()
        by_party.setdefault(row.party_id, []).append(row)
    return Capacities(by_party)


def _open(session: TenantSession, allowed: Mapping[tuple[UUID, str], Money]) -> None:
    if not allowed:
        return
    parties = {party for party, _ in allowed}
    columns = select_columns(col(PartyCapacity.party_id), col(PartyCapacity.name))
    known = session.execute(
        columns.where(col(PartyCapacity.tenant_id) == session.tenant_id, col(PartyCapacity.party_id) == any_of(parties))
    )
    new = {key: allowed[key] for key in allowed.keys() - {(party, name) for party, name in known}}
    if not new:
        return
    standing = _standing_on(session, {party for party, _ in new})
    rows = []
    for (party, name), room in new.items():
        row = PartyCapacity(
            tenant_id=session.tenant_id, party_id=party, name=name, currency=room.currency, limit_minor=room.minor
        )
        row.free(-standing[party, room.currency])
        rows.append(row.model_dump())
    # Two that ask for the first time at once: the second waits here, and reads below what the first has taken.
    session.execute(insert(PartyCapacity).on_conflict_do_nothing(), rows)


def free_capacities(session: TenantSession, freed: Iterable[tuple[Advance, int]]) -> None:
    """Give principal back to every capacity that counts it; below zero, what a returned payment has reopened."""
    free_capacity_scopes(session, freed_by_scope(freed))


def free_capacity_scopes(session: TenantSession, by_scope: Mapping[Scope, int]) -> None:
    """The same, by the scope of what gives it back."""
    moved = {scope: minor for scope, minor in by_scope.items() if minor}
    if not moved:
        return
    capacities = lock_capacities(session, moved.keys())
    for scope, minor in moved.items():
        for row in capacities.over(scope).values():
            row.free(minor)
    session.flush()


def _standing_on(session: TenantSession, parties: Collection[UUID]) -> Counter[tuple[UUID, str]]:
    """The principal of the live advances on each of the parties, sellers, debtors or merchants, by currency."""
    sides = [
        select_columns(side.label("party_id"), col(Advance.currency).label("currency"), STANDING.label("minor")).where(
            col(Advance.tenant_id) == session.tenant_id, side == any_of(parties)
        )
        for side in (col(Advance.seller_id), col(Advance.debtor_id))
    ]
    both = union_all(*sides, *lent_out_of_sales_on(session, parties)).subquery()
    sums = select_columns(both.c.party_id, both.c.currency, func.sum(both.c.minor)).group_by(
        both.c.party_id, both.c.currency
    )
    return Counter({(party, currency): int(minor) for party, currency, minor in session.execute(sums)})


def check_capacities(session: TenantSession) -> list[Difference]:
    """Every capacity whose used amount is not the principal of the advances it counts; empty when all is well."""
    session.flush()
    rows = session.exec(select(PartyCapacity).where(PartyCapacity.tenant_id == session.tenant_id)).all()
    if not rows:
        return []
    standing = _standing_on(session, {row.party_id for row in rows})
    return [
        Difference(f"principal under {row.name}", public_id("pty", row.party_id), expected, row.used_minor)
        for row in sorted(rows, key=lambda row: (row.party_id, row.name))
        if (expected := standing[row.party_id, row.currency]) != row.used_minor
    ]
