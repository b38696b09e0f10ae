"""Facts become figures: money that moved changes advance, line, limits and books together, in the caller's transaction.

Each advance is replayed from all its events, and the books get the difference between what stood there and what the
replay says: a payment that comes late, in part or is taken back needs no case of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from domain.financing.accrual import closed_until
from domain.financing.queries import lock_facilities
from domain.financing.sales import queries
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.postings import SalesAccounts, movement
from domain.financing.sales.replay import SalesEvent, SalesFigures, accrue_to, carrying, exposure, replay
from domain.financing.sales.service import give_back
from domain.financing.sales.states import SalesAdvanceState, SalesEventKind
from domain.financing.sales.tables import SalesAdvance, SalesAdvanceEvent
from domain.financing.tables import Facility
from domain.ledger import service as ledger
from domain.ledger import steps
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.values.actor import Actor

_S, _K = SalesAdvanceState, SalesEventKind
_RULES = {
    _K.FUNDED: ["R15"],
    _K.COLLECTED: ["R15", "R16", "R6", "R7"],
    _K.RECEIVED: ["R15", "R16", "R6", "R7", "R9"],
    _K.WRITTEN_OFF: ["R23"],
    _K.RETURNED: ["R15", "R16", "R6", "R7"],
}
# Many move together, phase by phase.
_PHASES = (_S.FUNDED, _S.FUNDING_FAILED, _S.WRITTEN_OFF, _S.REPAID)


@dataclass
class _Position:
    """One advance under work, with what the books hold of it."""

    advance: SalesAdvance
    facility: Facility
    events: list[SalesEvent]
    sources: dict[str, UUID]
    figures: SalesFigures
    taken: int
    closed: date | None

    @property
    def freed(self) -> int:
        """What lines and limits get back of it, in minor units; below zero what they lend again."""
        return self.taken - exposure(self.advance.contract, self.figures).minor


def book_facts(session: TenantSession, facts: Sequence[SalesFact], *, actor: Actor, clock: Clock) -> None:
    """Book facts on their advances, many at once; one that was booked before is passed over.

    A fact that takes another back may come in one batch with it, behind it.
    """
    # The ledger before the advances, as the bank's answers lock them: the other way round two workers could deadlock.
    steps.lock_ledger(session)
    known = queries.known_sources(session, [fact.source for fact in facts])
    fresh = list({fact.source: fact for fact in facts if fact.source not in known}.values())
    if not fresh:
        return
    positions = _open(session, {fact.advance_id for fact in fresh})
    rows, postings = [], []
    for fact in fresh:
        row, posting = _book(positions[fact.advance_id], fact)
        rows.append(row | {"tenant_id": session.tenant_id, "recorded_at": clock.now()})
        postings += [posting] if posting else []
    session.execute(insert(SalesAdvanceEvent), rows)
    _keep(session, positions.values(), actor, clock)
    ledger.post_all(session, postings, actor=actor, clock=clock)


def _open(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, _Position]:
    # The day after the last closed date: nights have entered every advance's income up to there.
    closed = closed_until(session)
    facilities = lock_facilities(session, queries.facilities_of(session, ids))
    advances = queries.lock_sales_advances(session, ids)
    events = queries.events_of(session, ids)
    return {
        advance.id: _Position(
            advance=advance,
            facility=facilities[advance.facility_id],
            events=[queries.as_event(row) for row in events.get(advance.id, [])],
            sources={row.source: row.id for row in events.get(advance.id, [])},
            figures=accrue_to(advance.contract, advance.figures, closed),
            taken=_taken(advance),
            closed=closed,
        )
        for advance in advances.values()
    }


def _taken(advance: SalesAdvance) -> int:
    """What limits count of it as it stands."""
    if advance.state is _S.APPROVED:
        return advance.net_minor
    return exposure(advance.contract, advance.figures).minor


def _book(position: _Position, fact: SalesFact) -> tuple[dict[str, Any], Posting | None]:
    advance, before = position.advance, position.figures
    event = SalesEvent(
        id=uuid7(),
        number=len(position.events) + 1,
        kind=fact.kind,
        value_date=fact.value_date,
        amount=fact.amount,
        reverses=None if fact.reverses is None else position.sources[fact.reverses],
    )
    position.events.append(event)
    position.sources[fact.source] = event.id
    as_of = max(event.value_date, before.as_of or event.value_date, position.closed or event.value_date)
    after = position.figures = replay(advance.contract, position.events, as_of)
    return _row(event, fact, before, after), _posting(advance, fact, before, after)


def _row(event: SalesEvent, fact: SalesFact, before: SalesFigures, after: SalesFigures) -> dict[str, Any]:
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
        "income_minor": after.income.minor - before.income.minor,
        "collected_minor": after.collected.minor - before.collected.minor,
        "penalty_paid_minor": after.penalty_paid.minor - before.penalty_paid.minor,
        "rebated_minor": after.rebated.minor - before.rebated.minor,
        "lost_minor": after.lost.minor - before.lost.minor,
        "recovered_minor": after.recovered.minor - before.recovered.minor,
    }


def _posting(advance: SalesAdvance, fact: SalesFact, before: SalesFigures, after: SalesFigures) -> Posting | None:
    accounts = SalesAccounts(advance.lender_id, advance.merchant_id, advance.currency)
    legs = movement(accounts, advance.contract, before, after, fact.cash)
    if not legs:
        return None
    return Posting(
        key=f"sales_advance:{fact.source}",
        event=f"sales_advance.{fact.kind.value}",
        source=advance.public_id,
        value_date=fact.value_date,
        legs=legs,
        explanation={
            "rules": _RULES[fact.kind],
            "amount": str(fact.amount.amount),
            "daily_rate": str(advance.daily_rate.normalize()),
            "early_rebate": str(advance.early_rebate.normalize()),
            "penalty_rate": str(advance.penalty_rate.normalize()),
            "before": _stand(advance, before),
            "after": _stand(advance, after),
        },
    )


def _stand(advance: SalesAdvance, figures: SalesFigures) -> dict[str, str | None]:
    return {
        "as_of": figures.as_of.isoformat() if figures.as_of else None,
        "collected": str(figures.collected.amount),
        "income": str(figures.income.amount),
        "open": str(figures.open.amount),
        "rebated": str(figures.rebated.amount),
        "penalty_accrued": str(figures.penalty_accrued.amount),
        "penalty_paid": str(figures.penalty_paid.amount),
        "lost": str(figures.lost.amount),
        "recovered": str(figures.recovered.amount),
        "carrying": str(carrying(advance.contract, figures).amount),
    }


def _keep(session: TenantSession, positions: Iterable[_Position], actor: Actor, clock: Clock) -> None:
    """Figures into the advances, their change into lines and limits, and each to the state it implies."""
    worked = list(positions)
    give_back(session, [(each.advance, each.facility, each.freed) for each in worked if each.freed])
    by_state: defaultdict[SalesAdvanceState, list[UUID]] = defaultdict(list)
    for each in worked:
        state = _implied(each.advance.state, each.figures)
        if state is not each.advance.state:
            # A payout and the last share may be told in one batch: nothing is repaid that was never out.
            through = [] if state in each.advance.TRANSITIONS[each.advance.state] else [_S.FUNDED]
            for step in (*through, state):
                by_state[step].append(each.advance.id)
        facts = {"open": str(each.figures.open), "collected": str(each.figures.collected)}
        announce(session, "sales_advance.moved", each.advance.public_id, facts, clock=clock)
    for state in _PHASES:
        move_all(session, SalesAdvance, by_state[state], state, actor=actor, clock=clock, reason="money moved")
    rows = [{"tenant_id": session.tenant_id, "id": each.advance.id} | _columns(each.figures) for each in worked]
    session.execute(update(SalesAdvance), rows)
    for each in worked:
        session.expire(each.advance)


def _implied(state: SalesAdvanceState, figures: SalesFigures) -> SalesAdvanceState:
    if figures.funded_on is None:
        return _S.FUNDING_FAILED
    if figures.lost:
        return _S.WRITTEN_OFF
    if not figures.open and not figures.penalty_open:
        return _S.REPAID
    return state if state is _S.OVERDUE else _S.FUNDED


def _columns(figures: SalesFigures) -> dict[str, Any]:
    return {
        "funded_on": figures.funded_on,
        "accrued_until": figures.as_of,
        "balance": figures.balance,
        "income_minor": figures.income.minor,
        "collected_minor": figures.collected.minor,
        "repaid_minor": figures.repaid.minor,
        "rebated_minor": figures.rebated.minor,
        "penalty_base": Decimal(figures.penalty_base),
        "penalty_accrued_minor": figures.penalty_accrued.minor,
        "penalty_paid_minor": figures.penalty_paid.minor,
        "written_off_minor": figures.written_off.minor,
        "penalty_written_off_minor": figures.penalty_written_off.minor,
        "recovered_minor": figures.recovered.minor,
    }
