"""Facts become figures: what the bank said moves advance, line, limits and books together, in the caller's transaction.

Each advance is replayed from all its events, and the books get the difference between what stood there and what the
replay says: a payment that comes late, in part or is taken back needs no case of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Verdict
from domain.financing.queries import lock_facilities
from domain.financing.sales import queries
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
from domain.values.actor import BANK

_S, _K = SalesAdvanceState, SalesEventKind
_RULES = {_K.FUNDED: ["R15"], _K.COLLECTED: ["R15", "R16"], _K.RETURNED: ["R15", "R16"]}
# Many move together, phase by phase.
_PHASES = (_S.FUNDED, _S.FUNDING_FAILED, _S.REPAID)


@dataclass
class _Position:
    """One advance under work, with what the books hold of it."""

    advance: SalesAdvance
    facility: Facility
    events: list[SalesEvent]
    sources: dict[str, UUID]
    figures: SalesFigures
    taken: int

    @property
    def freed(self) -> int:
        """What lines and limits get back of it, in minor units; below zero what they lend again."""
        return self.taken - exposure(self.advance.contract, self.figures).minor


def book_outcomes(
    session: TenantSession, outcomes: Sequence[Outcome], kind: SalesEventKind, *, closed: date | None, clock: Clock
) -> None:
    """Book what moved; a word that was booked before is passed over.

    `closed` is the day after the last closed date: nights have entered every advance's income up to there.
    """
    # The ledger before the advances, as the bank's answers lock them: the other way round two workers could deadlock.
    steps.lock_ledger(session)
    moved = [each for each in outcomes if each.result is not Verdict.REJECTED]
    known = queries.known_sources(session, [each.source for each in moved])
    # Settled before returned: both may come in one batch.
    fresh = sorted(
        (each for each in moved if each.source not in known), key=lambda each: each.result is Verdict.RETURNED
    )
    if not fresh:
        return
    positions = _open(session, {each.subject_id for each in fresh}, closed)
    rows, postings = [], []
    for outcome in fresh:
        row, posting = _book(positions[outcome.subject_id], outcome, kind, closed)
        rows.append(row | {"tenant_id": session.tenant_id, "recorded_at": clock.now()})
        postings += [posting] if posting else []
    session.execute(insert(SalesAdvanceEvent), rows)
    _keep(session, positions.values(), clock)
    ledger.post_all(session, postings, actor=BANK, clock=clock)


def _open(session: TenantSession, ids: Collection[UUID], closed: date | None) -> dict[UUID, _Position]:
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
        )
        for advance in advances.values()
    }


def _taken(advance: SalesAdvance) -> int:
    """What limits count of it as it stands."""
    if advance.state is _S.APPROVED:
        return advance.net_minor
    return exposure(advance.contract, advance.figures).minor


def _book(
    position: _Position, outcome: Outcome, kind: SalesEventKind, closed: date | None
) -> tuple[dict[str, Any], Posting | None]:
    advance, before = position.advance, position.figures
    returned = outcome.result is Verdict.RETURNED
    event = SalesEvent(
        id=uuid7(),
        number=len(position.events) + 1,
        kind=_K.RETURNED if returned else kind,
        value_date=outcome.value_date,
        amount=outcome.amount,
        reverses=position.sources[outcome.source_of(Verdict.SETTLED)] if returned else None,
    )
    position.events.append(event)
    position.sources[outcome.source] = event.id
    as_of = max(event.value_date, before.as_of or event.value_date, closed or event.value_date)
    after = position.figures = replay(advance.contract, position.events, as_of)
    row = {
        "id": event.id,
        "advance_id": advance.id,
        "number": event.number,
        "kind": event.kind,
        "value_date": event.value_date,
        "amount_minor": event.amount.minor,
        "currency": event.amount.currency,
        "source": outcome.source,
        "reverses_id": event.reverses,
        "reason": outcome.reason or "",
        "income_minor": after.income.minor - before.income.minor,
        "collected_minor": after.collected.minor - before.collected.minor,
    }
    return row, _posting(advance, event, before, after, outcome)


def _posting(
    advance: SalesAdvance, event: SalesEvent, before: SalesFigures, after: SalesFigures, outcome: Outcome
) -> Posting | None:
    accounts = SalesAccounts(advance.lender_id, advance.merchant_id, advance.currency)
    cash = in_transit(outcome.own_account_id, advance.currency)
    legs = movement(accounts, advance.contract, before, after, cash)
    if not legs:
        return None
    return Posting(
        key=f"sales_advance:{outcome.source}",
        event=f"sales_advance.{event.kind.value}",
        source=advance.public_id,
        value_date=event.value_date,
        legs=legs,
        explanation={
            "rules": _RULES[event.kind],
            "amount": str(event.amount.amount),
            "daily_rate": str(advance.daily_rate.normalize()),
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
        "carrying": str(carrying(advance.contract, figures).amount),
    }


def _keep(session: TenantSession, positions: Iterable[_Position], clock: Clock) -> None:
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
        move_all(session, SalesAdvance, by_state[state], state, actor=BANK, clock=clock, reason="money moved")
    rows = [{"tenant_id": session.tenant_id, "id": each.advance.id} | _columns(each.figures) for each in worked]
    session.execute(update(SalesAdvance), rows)
    for each in worked:
        session.expire(each.advance)


def _implied(state: SalesAdvanceState, figures: SalesFigures) -> SalesAdvanceState:
    if figures.funded_on is None:
        return _S.FUNDING_FAILED
    if not figures.open:
        return _S.REPAID
    return state if state is _S.OVERDUE else _S.FUNDED


def _columns(figures: SalesFigures) -> dict[str, Any]:
    return {
        "funded_on": figures.funded_on,
        "accrued_until": figures.as_of,
        "balance": figures.balance,
        "income_minor": figures.income.minor,
        "collected_minor": figures.collected.minor,
    }
