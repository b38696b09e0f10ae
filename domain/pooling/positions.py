"""Positions: what each account of a pool holds, can send, and has coming (B of the sweep rules)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from domain.platform.database import TenantSession
from domain.pooling import queries
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


def positions(session: TenantSession, accounts: Sequence[UUID], currency: str) -> dict[UUID, Position]:
    """The accounts as they stand now, whatever their number, by three statements."""
    under_way = queries.sweeps_on_the_way(session)
    cash = _cash(session, accounts, currency)
    return {
        account: Position(
            account,
            currency,
            *cash.get(account, (0, 0)),
            under_way.unheld.get(account, 0),
            under_way.incoming.get(account, 0),
        )
        for account in accounts
    }


def pool_positions(session: TenantSession, structure: PoolStructure) -> dict[UUID, Position]:
    """Header and members of a pool as they stand now, the header first."""
    members = [row.account_id for row in queries.members_of(session, structure.id)]
    return positions(session, [structure.header_account_id, *members], structure.currency)


def _cash(session: TenantSession, accounts: Sequence[UUID], currency: str) -> dict[UUID, tuple[int, int]]:
    rows = session.execute(
        text("""SELECT owner, debits_posted - credits_posted, credits_pending FROM ledger_account
            WHERE tenant_id = :t AND kind='cash_at_bank' AND currency = :c AND owner = ANY(CAST(:a AS uuid[]))"""),
        {"t": session.tenant_id, "c": currency, "a": list(accounts)},
    )
    return {row[0]: (row[1], row[2]) for row in rows}
