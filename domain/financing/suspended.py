"""Statement entries that wait in suspense: whether one is a payment somebody entered, and that it was (R7-R9)."""

from uuid import UUID

from domain.banking.entries import close_entries
from domain.banking.states import EntryDirection, EntryState
from domain.banking.tables import StatementEntry
from domain.financing.errors import EntryDoesNotFit
from domain.parties import queries as parties
from domain.platform.database import TenantSession
from domain.values.money import Money


def require_fit(session: TenantSession, entry_number: int, lender_id: UUID, amount: Money) -> None:
    """Raise EntryDoesNotFit unless it is this very money, on an account of this lender, and nobody has claimed it."""
    entry = session.get(StatementEntry, (session.tenant_id, entry_number))
    fits = (
        entry is not None
        and entry.state is EntryState.SUSPENSE
        and entry.direction is EntryDirection.CREDIT
        and entry.amount == amount
        and parties.account(session, entry.account_id).party_id == lender_id
    )
    if not fits:
        raise EntryDoesNotFit(entry=entry_number, amount=str(amount))


def close_entry(session: TenantSession, entry_number: int, amount: Money, *, reason: str) -> None:
    """The entry was the payment that `reason` names. Raises EntryDoesNotFit when something else became of it."""
    if not close_entries(session, [entry_number], EntryState.RESOLVED, reason=reason):
        raise EntryDoesNotFit(entry=entry_number, amount=str(amount))
