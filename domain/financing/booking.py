"""Facts become figures: the one procedure by which money that moved reaches advances, receivables, lines and books."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from domain.financing import queries
from domain.financing.events import Event
from domain.financing.facts import Fact
from domain.financing.figures import Figures
from domain.financing.positions import Position, close_positions, open_positions
from domain.financing.postings import Owners, explanation, movement
from domain.financing.replay import replay
from domain.financing.tables import Advance, AdvanceEvent
from domain.ledger import service as ledger
from domain.ledger import steps
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.values.actor import Actor


def book_facts(session: TenantSession, facts: Sequence[Fact], *, actor: Actor, clock: Clock) -> list[UUID]:
    """Book facts on their advances, hundreds at a time; returns the advances they changed.

    A fact that was booked before is passed over. Each advance is replayed from all its events, and the books get the
    difference between what stood there and what the replay says.
    """
    # The ledger before the advances, as the bank's answers lock them: the other way round two workers could deadlock.
    steps.lock_ledger(session)
    known = queries.known_sources(session, [fact.source for fact in facts])
    fresh = {fact.source: fact for fact in facts if fact.source not in known}
    if not fresh:
        return []
    positions = open_positions(session, {fact.advance_id for fact in fresh.values()})
    booked = [_book(positions[fact.advance_id], fact) for fact in fresh.values()]
    recorded = {"tenant_id": session.tenant_id, "recorded_at": clock.now()}
    session.execute(insert(AdvanceEvent.__table__), [row | recorded for row, _ in booked])  # type: ignore[attr-defined]
    for fact in fresh.values():
        advance = positions[fact.advance_id].advance
        announce(session, f"advance.{fact.kind.value}", advance.public_id, _told(fact), clock=clock)
    close_positions(session, positions.values(), actor=actor, clock=clock, reason="money moved")
    ledger.post_all(session, [posting for _, posting in booked if posting], actor=actor, clock=clock)
    return list(positions)


def _book(position: Position, fact: Fact) -> tuple[dict[str, Any], Posting | None]:
    """One fact on one advance: the row of its event, its figures, and the posting that brings the books there."""
    advance, before = position.advance, position.figures
    event = _event(position, fact)
    position.events.append(event)
    position.sources[fact.source] = event.id
    # What the nights before have entered of every advance, one that is booked late brings along.
    as_of = max(fact.value_date, before.as_of or fact.value_date, position.closed or fact.value_date)
    after = position.figures = replay(advance.contract, position.events, as_of)
    return _row(event, fact, before, after), _posting(advance, fact, before, after)


def _event(position: Position, fact: Fact) -> Event:
    return Event(
        id=uuid7(),
        number=len(position.events) + 1,
        kind=fact.kind,
        value_date=fact.value_date,
        amount=fact.amount,
        reverses=None if fact.reverses is None else position.sources[fact.reverses],
    )


def _row(event: Event, fact: Fact, before: Figures, after: Figures) -> dict[str, Any]:
    return {
        "id": event.id,
        "advance_id": fact.advance_id,
        "number": event.number,
        "kind": event.kind,
        "value_date": event.value_date,
        "amount_minor": event.amount.minor,
        "currency": event.amount.currency,
        "source": fact.source,
        "reverses_id": event.reverses,
        "reason": fact.reason,
        "costs_minor": after.costs_paid.minor - before.costs_paid.minor,
        "penalty_minor": after.penalty_paid.minor - before.penalty_paid.minor,
        "interest_minor": after.interest_paid.minor - before.interest_paid.minor,
        "principal_minor": after.principal.minor - before.principal.minor,
        "surplus_minor": after.surplus.minor - before.surplus.minor,
        "overpaid_minor": after.overpaid.minor - before.overpaid.minor,
        "fees_minor": _fees(after) - _fees(before),
        "interest_accrued_minor": after.interest_accrued.minor - before.interest_accrued.minor,
        "penalty_accrued_minor": after.penalty_accrued.minor - before.penalty_accrued.minor,
    }


def _fees(figures: Figures) -> int:
    """What was paid of fees beside the one kept back at funding: the debtor's, and for settling early."""
    return (figures.debtor_fee_paid + figures.early_paid).minor


def _posting(advance: Advance, fact: Fact, before: Figures, after: Figures) -> Posting | None:
    owners = Owners(advance.lender_id, advance.seller_id, advance.debtor_id, advance.currency)
    legs = movement(owners, before, after, fact.cash)
    if not legs:
        return None
    return Posting(
        key=f"financing:{fact.source}",
        event=f"advance.{fact.kind.value}",
        source=advance.public_id,
        value_date=fact.value_date,
        legs=legs,
        explanation=explanation(advance.contract, fact.kind, fact.amount, before, after),
    )


def _told(fact: Fact) -> dict[str, str]:
    return {
        "amount": str(fact.amount.amount),
        "currency": fact.amount.currency,
        "value_date": fact.value_date.isoformat(),
        "reason": fact.reason,
    }
