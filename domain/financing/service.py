"""Single advances: what a person does to them after they are funded."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from domain.banking.cash import in_transit
from domain.banking.states import Purpose
from domain.financing import queries
from domain.financing.booking import book_facts
from domain.financing.facts import Fact
from domain.financing.replay import EventKind, Figures, replay
from domain.financing.tables import Advance
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money


def find_advance(session: TenantSession, advance_id: UUID) -> Advance:
    """The advance. Raises NotFound."""
    found = session.get(Advance, (session.tenant_id, advance_id))
    if found is None:
        raise NotFound(kind="advance", reference=advance_id)
    return found


def figures_as_of(session: TenantSession, advance_id: UUID, as_of: date) -> Figures:
    """Where an advance stood, or would stand, at the start of a date, by its events alone. Raises NotFound."""
    advance = find_advance(session, advance_id)
    events = queries.events_of(session, [advance_id]).get(advance_id, [])
    return replay(advance.contract, [queries.as_event(row) for row in events], as_of)


def charge_cost(
    session: TenantSession,
    advance_id: UUID,
    *,
    amount: Money,
    on: date,
    reference: str,
    reason: str,
    actor: Actor,
    clock: Clock,
) -> None:
    """Add a cost of collection to what is owed; `reference` (an invoice of the lawyer, say) charges it once (R7)."""
    advance = find_advance(session, advance_id)
    assert advance.own_account_id is not None, "costs arise on funded advances"
    fact = Fact(
        advance_id=advance_id,
        kind=EventKind.COST,
        value_date=on,
        amount=amount,
        source=f"cost:{advance_id}:{reference}",
        cash=in_transit(advance.own_account_id, advance.currency),
        reason=reason,
    )
    book_facts(session, [fact], actor=actor, clock=clock)


def represent_collections(session: TenantSession, advance_ids: Collection[UUID]) -> list[UUID]:
    """Let debtors be debited anew whose debit failed for good, once its run has given up; returns those it holds for.

    The next run finds a new obligation for what is still open. One whose debit is still on its way is left alone.
    """
    advances = queries.lock_advances(session, advance_ids)
    under_way = queries.under_way(session, advance_ids, Purpose.RECEIVABLE_COLLECTION)
    presented = [advance for advance in advances.values() if advance.id not in under_way]
    for advance in presented:
        advance.collection_round += 1
    session.flush()
    return [advance.id for advance in presented]


def resume_releases(session: TenantSession, advance_ids: Collection[UUID]) -> None:
    """Let reserves leave again that came back, now that a person has seen to the seller's account."""
    for advance in queries.lock_advances(session, advance_ids).values():
        advance.release_held = False
    session.flush()
