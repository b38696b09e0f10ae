"""Suspense: entries nobody recognised are booked all the same, so that cash agrees, and wait for a person."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from domain import audit
from domain.banking.entries import close_entries
from domain.banking.states import EntryDirection, EntryState
from domain.banking.tables import StatementEntry
from domain.financing.agents.deposits import Deposited, receive_deposits
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.reconciliation.entries import cash_leg, close_by_reason, entries_by_id, lock_entry
from domain.reconciliation.errors import NotForSuspense, NotInSuspense
from domain.reconciliation.recognisers import RECOGNISING, source_of
from domain.reconciliation.rules import check_open_to_hands
from domain.values.actor import Actor
from domain.values.errors import NotFound

MAX_PAGE = 500


def suspense(currency: str) -> AccountRef:
    """What nobody has claimed yet, in one currency."""
    return AccountRef(AccountKind.SUSPENSE, currency)


def put_in_suspense(session: TenantSession, reasons: Mapping[int, str], *, clock: Clock) -> int:
    """Book entries against suspense and leave them, each with its reason, to a person; returns how many."""
    rows = entries_by_id(session, reasons)
    if not rows:
        return 0
    close_by_reason(session, reasons, EntryState.SUSPENSE)
    postings = [_into_suspense(row, reasons[row.id]) for row in rows]
    ledger.post_all(session, postings, actor=RECOGNISING, clock=clock)
    announce(session, "statement.suspense", "statement", {"entries": len(rows)}, clock=clock)
    return len(rows)


def _into_suspense(row: Row[Any], reason: str) -> Posting:
    return Posting(
        key=f"{source_of(row.id)}:suspense",
        event="statement.suspense",
        source=source_of(row.id),
        value_date=row.value_date,
        legs=(cash_leg(row, suspense(row.currency)),),
        explanation={"reason": reason},
    )


def list_suspense(session: TenantSession, *, after: int = 0, limit: int = 50) -> Sequence[StatementEntry]:
    """One page of what waits for a person, oldest first; the next one begins after the last id."""
    found = select(StatementEntry).where(
        StatementEntry.tenant_id == session.tenant_id,
        StatementEntry.state == EntryState.SUSPENSE,
        StatementEntry.id > after,
    )
    return session.exec(found.order_by(col(StatementEntry.id)).limit(min(limit, MAX_PAGE))).all()


def resolve_as_deposit(session: TenantSession, entry_id: int, *, agent_id: UUID, actor: Actor, clock: Clock) -> None:
    """Book a credit from suspense as an agent's deposit (R26): its transfer did not say what it was.

    Raises NotFound, NotInSuspense, NotForSuspense for money that went out, OtherCurrency, InsufficientFunds.
    """
    entry = _locked(session, entry_id)
    if entry.direction is not EntryDirection.CREDIT:
        raise NotForSuspense(kind=entry.direction.value, allowed=[EntryDirection.CREDIT.value])
    deposit = Deposited(source_of(entry_id), agent_id, entry.amount, entry.value_date, suspense(entry.currency))
    receive_deposits(session, [deposit], actor=actor, clock=clock)
    close_entries(session, [entry_id], EntryState.RESOLVED, reason="deposit")
    facts: dict[str, object] = {"agent": public_id("pty", agent_id)}
    audit.record(
        session, actor=actor, action="suspense.resolved", subject=source_of(entry_id), facts=facts, clock=clock
    )


def _locked(session: TenantSession, entry_id: int) -> StatementEntry:
    entry = lock_entry(session, entry_id)
    if entry is None:
        raise NotFound(kind="statement entry", reference=entry_id)
    if entry.state is not EntryState.SUSPENSE:
        raise NotInSuspense(entry=entry_id, state=entry.state.value)
    return entry


def resolve_suspense(
    session: TenantSession, entry_id: int, *, account: AccountRef, reason: str, actor: Actor, clock: Clock
) -> None:
    """Book an entry from suspense to the account a person says it belongs to.

    Raises NotForSuspense, NotFound, NotInSuspense, CurrencyMismatch, InsufficientFunds.
    """
    check_open_to_hands(account.kind)
    entry = _locked(session, entry_id)
    waiting = cash_leg(entry, suspense(entry.currency))
    # The other half of what put it there: the side that suspense stood on is the account's now.
    if waiting.credit == suspense(entry.currency):
        leg = Leg(suspense(entry.currency), account, entry.amount)
    else:
        leg = Leg(account, suspense(entry.currency), entry.amount, Mode.POSTED)
    posting = Posting(
        key=f"{source_of(entry_id)}:resolved",
        event="statement.suspense_resolved",
        source=source_of(entry_id),
        value_date=entry.value_date,
        legs=(leg,),
        explanation={"reason": reason, "account": str(account)},
    )
    ledger.post(session, posting, actor=actor, clock=clock)
    close_entries(session, [entry_id], EntryState.RESOLVED, reason=reason)
    facts: dict[str, object] = {"account": str(account), "reason": reason}
    audit.record(
        session, actor=actor, action="suspense.resolved", subject=source_of(entry_id), facts=facts, clock=clock
    )
