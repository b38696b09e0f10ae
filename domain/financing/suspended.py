"""Statement entries that wait in suspense: whether one is a payment somebody entered, and that it was (R7-R9)."""

from uuid import UUID

from domain.banking.entries import close_entries
from domain.banking.states import EntryDirection, EntryState
from domain.banking.tables import StatementEntry
from domain.financing.errors import EntryDoesNotFit
from domain.financing.sales.tables import SalesRepayment
from domain.financing.states import RepaymentState
from domain.financing.tables import Repayment
from domain.parties import queries as parties
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
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


def prove(session: TenantSession, payment: Repayment | SalesRepayment, entry_number: int, *, clock: Clock) -> None:
    """Say that a statement entry is this very payment. It moves nothing: suspense has given it, and got it now.

    The payment is locked. Raises EntryDoesNotFit unless it is settled, unproved, and the entry fits it.
    """
    require_fit(session, entry_number, payment.lender_id, payment.amount)
    if payment.entry_number is not None or payment.state is not RepaymentState.SETTLED:
        raise EntryDoesNotFit(entry=entry_number, amount=str(payment.amount))
    close_entry(session, entry_number, payment.amount, reason=payment.public_id)
    payment.entry_number = entry_number
    session.flush()
    announce(session, f"{payment.ENTITY}.proved", payment.public_id, {"entry": entry_number}, clock=clock)
