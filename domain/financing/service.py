"""Single advances: what a person does to them after they are funded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.banking.cash import in_transit
from domain.banking.states import Purpose
from domain.financing import queries
from domain.financing.booking import book_facts
from domain.financing.errors import BeforeFunding, ValueDateAhead
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.figures import Figures
from domain.financing.replay import replay
from domain.financing.rules import AllInRate
from domain.financing.tables import Advance, Offer
from domain.financing.yields import Flow, cash_flows, realised_rate
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.rules import check_above_zero
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
    """Add a cost of collection to what is owed; `reference` (an invoice of the lawyer, say) charges it once (R7).

    Raises ValueDateAhead, BeforeFunding, NotFound.
    """
    advance = find_advance(session, advance_id)
    check_above_zero(amount, advance.currency)
    require_booked_day(advance, on, clock)
    assert advance.own_account_id is not None, "a funded advance was paid from an account"
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


def require_booked_day(advance: Advance, on: date, clock: Clock) -> None:
    """Raise unless something can be booked on the advance for that day: its money was out, and the day has come."""
    if on > clock.today():
        raise ValueDateAhead(value_date=on, today=clock.today())
    if advance.funded_on is None or on < advance.funded_on:
        raise BeforeFunding(advance=advance.public_id, value_date=on)


@dataclass(frozen=True, slots=True)
class CostOfAdvance:
    """What a seller was quoted before it accepted, and what the advance came to; no realised rate while it runs."""

    quoted: AllInRate
    realised: AllInRate | None
    cost: Money
    flows: list[Flow]


def cost_of_advance(session: TenantSession, advance_id: UUID) -> CostOfAdvance:
    """Quoted and realised all-in rate (R14): the realised one from the cash that moved. Raises NotFound."""
    advance = find_advance(session, advance_id)
    offer = session.get_one(Offer, (session.tenant_id, advance.offer_id))
    quoted = AllInRate(simple=offer.all_in_simple, effective=offer.all_in_effective)
    rows = queries.events_of(session, [advance_id]).get(advance_id, [])
    figures = advance.figures
    flows = cash_flows([queries.as_event(row) for row in rows], figures)
    cost = Money.total((flow.amount for flow in flows), advance.currency)
    return CostOfAdvance(quoted, realised_rate(flows) if figures.repaid else None, cost, flows)


def represent_collections(session: TenantSession, advance_ids: Collection[UUID]) -> list[UUID]:
    """Let debtors be debited anew whose debit failed for good, once its run has given up; returns those it holds for.

    The next run finds a new obligation for what is still open. One whose debit is still on its way is left alone, and
    so is one whose seller is being debited: both are numbered together.
    """
    if not advance_ids:
        return []
    advances = queries.lock_advances(session, advance_ids)
    under_way = queries.under_way(session, advance_ids, Purpose.RECEIVABLE_COLLECTION)
    under_way |= queries.under_way(session, advance_ids, Purpose.RECOURSE_COLLECTION)
    presented = [advance for advance in advances.values() if advance.id not in under_way]
    for advance in presented:
        advance.collection_round += 1
    session.flush()
    return [advance.id for advance in presented]
