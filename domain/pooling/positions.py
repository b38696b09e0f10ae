"""Positions: what each account of a pool holds, can send, and has coming (B of the sweep rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.banking.cash import cash_at_bank
from domain.ledger import balances as ledger
from domain.platform.database import TenantSession
from domain.pooling import queries
from domain.pooling.evaluation import Account
from domain.pooling.members import terms_of
from domain.pooling.queries import OnTheWay
from domain.pooling.tables import PoolStructure
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Position:
    """One account, in minor units; `available` is B: booked less holds less sweeps that no hold covers yet."""

    account_id: UUID
    currency: str
    booked_minor: int
    held_minor: int
    instructed_minor: int
    incoming_minor: int

    @property
    def available_minor(self) -> int:
        """What a sweep may take."""
        return self.booked_minor - self.held_minor - self.instructed_minor

    @property
    def booked(self) -> Money:
        """The balance in the books."""
        return Money.from_minor(self.booked_minor, self.currency)

    @property
    def available(self) -> Money:
        """What a sweep may take, as money."""
        return Money.from_minor(self.available_minor, self.currency)


def positions(
    session: TenantSession, accounts: Sequence[UUID], currency: str, *, as_of: date | None = None
) -> dict[UUID, Position]:
    """The accounts as they stand, whatever their number, by a fixed number of statements.

    With `as_of`, as they stood by value dates up to and with that day; what was on its way then is not known any more.
    """
    refs = {account: cash_at_bank(account, currency) for account in accounts}
    cash = ledger.balances(session, refs.values(), as_of=as_of)
    under_way = queries.sweeps_on_the_way(session) if as_of is None else OnTheWay({}, {})
    return {
        account: Position(
            account_id=account,
            currency=currency,
            booked_minor=cash[ref].posted.minor,
            held_minor=cash[ref].pending_out.minor,
            instructed_minor=under_way.unheld.get(account, 0),
            incoming_minor=under_way.incoming.get(account, 0),
        )
        for account, ref in refs.items()
    }


def pool_positions(
    session: TenantSession, structure: PoolStructure, *, as_of: date | None = None
) -> dict[UUID, Position]:
    """Header and members of a pool as they stand, the header first."""
    members = [row.account_id for row in queries.members_of(session, structure.id)]
    return positions(session, [structure.header_account_id, *members], structure.currency, as_of=as_of)


def pool_accounts(session: TenantSession, structure: PoolStructure) -> list[Account]:
    """A pool's accounts as the pure rules take them, the header first."""
    members = queries.members_of(session, structure.id)
    ids = [structure.header_account_id, *(member.account_id for member in members)]
    standing = positions(session, ids, structure.currency)
    header = Account(
        str(structure.header_account_id),
        standing[structure.header_account_id].available_minor,
        floor=structure.floor_minor,
    )
    return [header, *(_account(member, standing[member.account_id], structure.currency) for member in members)]


def _account(member: queries.MemberRow, position: Position, currency: str) -> Account:
    return Account(
        str(member.account_id),
        position.available_minor,
        terms_of(member, currency),
        str(member.parent_account_id),
        position.incoming_minor,
        member.priority,
        member.floor_minor,
    )
