"""An advance under work, with the line and the receivable it stands on: locked together, written back together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import update

from domain.financing import queries
from domain.financing.accrual import booked_figures, closed_until
from domain.financing.capacities import free_capacities
from domain.financing.events import Event
from domain.financing.figures import Figures, unfunded
from domain.financing.limits import free_limits
from domain.financing.progress import advance_state, receivable_state
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance, Facility, FacilityDebtor
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.receivables.claims import discharge_bought_back
from domain.receivables.exposure import lock_receivables, move_receivables, record_standing
from domain.receivables.parts.wholes import roll_up
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.money import Money

_A = AdvanceState
# Before the money is out, the whole principal is committed on the line and on the receivable.
COMMITTED = frozenset({_A.CREATED, _A.CONDITIONS_MET, _A.INSTRUCTED})
# Many move together, phase by phase: nothing is repaid before it was funded, nor closed before it is repaid.
_PHASES = (
    *(_A.FUNDED, _A.PART_REPAID, _A.OVERDUE, _A.RECOURSE_DEMANDED, _A.LAPSED, _A.FUNDING_FAILED),
    *(_A.BOUGHT_BACK, _A.WRITTEN_OFF, _A.REPAID, _A.CLOSED),
)


@dataclass
class Position:
    """One advance, what it stands on, its events, and its figures as they become while facts are booked.

    `figures` are what the books hold: accrued to `closed`, the day after the last closed date, or to the last event.
    """

    advance: Advance
    receivable: Receivable
    facility: Facility
    line: FacilityDebtor
    events: list[Event]
    sources: dict[str, UUID]
    figures: Figures
    closed: date | None

    @property
    def committed(self) -> Money:
        """What the advance took of its line when it was locked."""
        advance = self.advance
        return advance.money(advance.principal_minor if advance.state in COMMITTED else advance.principal_open_minor)


def open_positions(session: TenantSession, advance_ids: Collection[UUID]) -> dict[UUID, Position]:
    """Lock the advances and what they stand on: facility, then receivable, then advance, each in id order."""
    if not advance_ids:
        return {}
    # Read first, without a lock, only to know what to lock.
    found = queries.what_they_stand_on(session, advance_ids)
    facilities = queries.lock_facilities(session, {row.facility_id for row in found})
    lines = queries.lines_of_debtors(session, {(row.facility_id, row.debtor_id) for row in found})
    receivables = lock_receivables(session, {row.receivable_id for row in found})
    locked = queries.lock_advances(session, advance_ids)
    events = queries.events_of(session, advance_ids)
    closed = closed_until(session)
    return {
        advance.id: Position(
            advance=advance,
            receivable=receivables[advance.receivable_id],
            facility=facilities[advance.facility_id],
            line=lines[advance.facility_id, advance.debtor_id],
            events=[queries.as_event(row) for row in events.get(advance.id, [])],
            sources={row.source: row.id for row in events.get(advance.id, [])},
            figures=booked_figures(advance, closed),
            closed=closed,
        )
        for advance in locked.values()
    }


def close_positions(
    session: TenantSession, positions: Iterable[Position], *, actor: Actor, clock: Clock, reason: str
) -> None:
    """Write the figures back to advances, receivables and lines, and move each to the state they imply."""
    worked = list(positions)
    _keep(session, worked)
    today = clock.today()
    advances, receivables = [], []
    for position in worked:
        advance, receivable = position.advance, position.receivable
        state = advance_state(
            advance.state,
            position.figures,
            penalty_from=advance.penalty_from,
            demanded=advance.recourse_demanded_on is not None,
            unpaid=receivable.unpaid,
            today=today,
        )
        advances.append((advance.id, advance.state, state))
        target = receivable_state(
            receivable.state,
            funded=position.figures.funded_on is not None,
            advance=state,
            face=receivable.face_amount,
            confirmed=receivable.confirmed_amount,
            unpaid=receivable.unpaid,
            late=today > advance.penalty_from,
        )
        receivables.append((receivable.id, receivable.state, target))
    move_advances(session, advances, actor=actor, clock=clock, reason=reason)
    move_receivables(session, receivables, actor=actor, clock=clock, reason=reason)
    bought_back = [
        (position.receivable.id, position.advance.lender_id)
        for position, (_, was, becomes) in zip(worked, receivables, strict=True)
        if becomes is ReceivableState.REASSIGNED and was is not becomes
    ]
    discharge_bought_back(session, bought_back, actor=actor, clock=clock)
    _forget(session, worked)


def give_up_positions(
    session: TenantSession,
    positions: Iterable[Position],
    to: AdvanceState,
    *,
    actor: Actor,
    clock: Clock,
    reason: str,
) -> None:
    """Advances whose money never left: the line and the receivable are free again."""
    worked = list(positions)
    for position in worked:
        position.figures = unfunded(position.advance.currency)
        position.advance.failure_reason = reason
    _keep(session, worked)
    receivables = [
        (position.receivable.id, position.receivable.state, _back_to_confirmed(position.receivable))
        for position in worked
    ]
    advances = [(position.advance.id, position.advance.state, to) for position in worked]
    move_advances(session, advances, actor=actor, clock=clock, reason=reason)
    move_receivables(session, receivables, actor=actor, clock=clock, reason=reason)
    _forget(session, worked)


def _back_to_confirmed(receivable: Receivable) -> ReceivableState:
    if receivable.state is not ReceivableState.LISTED:
        return receivable.state
    whole = receivable.confirmed_amount == receivable.face_amount
    return ReceivableState.CONFIRMED if whole else ReceivableState.PART_CONFIRMED


def move_advances(
    session: TenantSession,
    moves: Iterable[tuple[UUID, AdvanceState, AdvanceState]],
    *,
    actor: Actor,
    clock: Clock,
    reason: str,
) -> None:
    """Bring many advances from the state they are in to the one given, through the states between."""
    by_phase: dict[AdvanceState, list[UUID]] = {phase: [] for phase in _PHASES}
    for advance_id, current, target in moves:
        for step in _steps(current, target):
            by_phase[step].append(advance_id)
    for phase, ids in by_phase.items():
        if ids:
            moved = move_all(session, Advance, ids, phase, actor=actor, clock=clock, reason=reason)
            assert moved == len(ids), f"{len(ids) - moved} advances cannot become {phase}"


def _steps(current: AdvanceState, target: AdvanceState) -> list[AdvanceState]:
    if current is target:
        return []
    steps = [target]
    if target is _A.CLOSED and current is not _A.REPAID:
        steps.append(_A.REPAID)
    if current is _A.INSTRUCTED and target not in {_A.FUNDED, _A.FUNDING_FAILED, _A.LAPSED}:
        steps.append(_A.FUNDED)
    return steps


def _keep(session: TenantSession, positions: Sequence[Position]) -> None:
    """The figures into the advances, and their change into lines and receivables."""
    rows, given_back = [], []
    for position in positions:
        freed = (position.committed - position.figures.principal).minor
        position.facility.free(freed)
        position.line.free(freed)
        given_back.append((position.advance, freed))
        received = position.figures.collected - position.advance.money(position.advance.collected_minor)
        record_standing(position.receivable, received=received, principal=position.figures.principal)
        rows.append({"tenant_id": session.tenant_id, "id": position.advance.id} | _columns(position.figures))
    session.flush()
    free_limits(session, given_back)
    free_capacities(session, given_back)
    roll_up(session, [position.receivable for position in positions])
    # One UPDATE for all, by their keys: setting thirty attributes of each would take longer than all the rest.
    if rows:
        session.execute(update(Advance), rows)


def _forget(session: TenantSession, positions: Iterable[Position]) -> None:
    """Whoever looks at the rows again reads what was written past them."""
    for position in positions:
        session.expire(position.advance)


def _columns(figures: Figures) -> dict[str, object]:
    return {
        "funded_on": figures.funded_on,
        "accrued_until": figures.as_of,
        "principal_open_minor": figures.principal.minor,
        "disbursed_minor": figures.disbursed.minor,
        "fee_taken_minor": figures.fee.minor,
        "interest_base": Decimal(figures.interest_base),
        "penalty_base": Decimal(figures.penalty_base),
        "interest_accrued_minor": figures.interest_accrued.minor,
        "interest_paid_minor": figures.interest_paid.minor,
        "penalty_accrued_minor": figures.penalty_accrued.minor,
        "penalty_paid_minor": figures.penalty_paid.minor,
        "costs_charged_minor": figures.costs_charged.minor,
        "costs_paid_minor": figures.costs_paid.minor,
        "early_charged_minor": figures.early_charged.minor,
        "early_paid_minor": figures.early_paid.minor,
        "collected_minor": figures.collected.minor,
        "surplus_minor": figures.surplus.minor,
        "released_minor": figures.released.minor,
        "debtor_fee_paid_minor": figures.debtor_fee_paid.minor,
        "overpaid_minor": figures.overpaid.minor,
        "refunded_minor": figures.refunded.minor,
        "kept_minor": figures.kept.minor,
        "diluted_minor": figures.diluted.minor,
        "called_minor": figures.called.minor,
        "dilution_paid_minor": figures.dilution_paid.minor,
        "bought_back_minor": figures.bought_back.minor,
        "principal_written_off_minor": figures.principal_written_off.minor,
        "interest_written_off_minor": figures.interest_written_off.minor,
        "penalty_written_off_minor": figures.penalty_written_off.minor,
        "recovered_minor": figures.recovered.minor,
    }
