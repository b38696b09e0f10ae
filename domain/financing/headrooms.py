"""Every limit over a deal, locked together: what each still lets through, and what an acceptance takes of all (R1)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.financing.capacities import Capacities, LetThrough, lock_capacities, parties_of
from domain.financing.concentration import Book, lock_books
from domain.financing.exposure_rules import Scope
from domain.financing.limits import covering, lock_limits
from domain.financing.tables import ExposureLimit, Facility, FacilityDebtor
from domain.platform.database import TenantSession
from domain.values.money import Money

# What another module lets through for parties that are its own, by party and name: an agent's capacity (R21, R26).
# It is asked behind the receivables' lock, for all sellers and debtors of the deals.
Others = Callable[[TenantSession, Collection[UUID]], LetThrough]


@dataclass
class Headrooms:
    """The limits over some deals, going along with what is taken of them in one transaction."""

    limits: Mapping[str, ExposureLimit]
    books: Mapping[UUID, Book]
    capacities: Capacities = field(default_factory=Capacities)

    def over(self, facility: Facility, line: FacilityDebtor, scope: Scope) -> dict[str, Money]:
        """What each limit still lets through, by name."""
        found = {"facility": facility.headroom}
        limit = line.limit_minor if line.limit_minor is not None else facility.debtor_limit_minor
        if limit is not None:
            found["facility_debtor"] = Money.from_minor(limit - line.used_minor, facility.currency)
        found |= {name: limit.headroom for name, limit in covering(self.limits, scope).items()}
        book = self.books.get(facility.lender_id)
        if book is not None and book.currency == facility.currency and scope.debtor_id is not None:
            found |= book.headrooms(scope.debtor_id)
        return found | {name: capacity.headroom for name, capacity in self.capacities.over(scope).items()}

    def take(self, facility: Facility, line: FacilityDebtor, scope: Scope, minor: int) -> None:
        """Count a new principal everywhere it counts; the database refuses what passes a limit all the same."""
        facility.used_minor += minor
        line.used_minor += minor
        for limit in (*covering(self.limits, scope).values(), *self.capacities.over(scope).values()):
            limit.used_minor += minor
        if facility.lender_id in self.books and scope.debtor_id is not None:
            self.books[facility.lender_id].take(scope.debtor_id, minor)


def lock_headrooms(
    session: TenantSession, scopes: Collection[Scope], *, on: date, others: Others | None = None
) -> Headrooms:
    """Lock what limits deals of these scopes: lenders' books, then limits by key, then other modules' capacities."""
    let_through = None if others is None else others(session, parties_of(scopes))
    books = lock_books(session, {scope.lender_id for scope in scopes if scope.lender_id is not None}, on)
    limits = lock_limits(session, scopes)
    return Headrooms(limits, books, lock_capacities(session, scopes, let_through))
