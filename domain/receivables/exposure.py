"""What stands on a receivable: its lock, what was paid on it, the principal it secures. Financing comes in here."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlmodel import col, select

from domain.parties.queries import any_of
from domain.platform.binds import TENANT, any_id, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.receivables.claims import discharge_closed
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.money import Money

_S = ReceivableState
# Many move together, phase by phase: what was never financed cannot be paid, nor closed before it is paid.
_PHASES = (
    *(_S.FINANCED, _S.PART_PAID, _S.OVERDUE, _S.CONFIRMED, _S.PART_CONFIRMED),
    *(_S.REASSIGNED, _S.PAID, _S.CLOSED),
)


_LOCKED = (
    select(Receivable)
    .where(col(Receivable.tenant_id) == TENANT, col(Receivable.id) == any_id())
    .order_by(col(Receivable.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_receivables(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Receivable]:
    """The receivables, locked in id order: whoever takes several takes them in the same order, so nobody deadlocks."""
    return {row.id: row for row in session.scalars(_LOCKED, of(session, ids))}


def record_standing(receivable: Receivable, *, received: Money, principal: Money) -> None:
    """Note what came in since (below zero: what went back) and the principal that now stands on the receivable.

    It secures no more principal than its debtor still has to pay: what is owed beyond that is the seller's alone.
    """
    receivable.paid_minor += received.minor
    receivable.exposure_minor = min(principal, receivable.unpaid).minor


def move_receivables(
    session: TenantSession,
    moves: Iterable[tuple[UUID, ReceivableState, ReceivableState]],
    *,
    actor: Actor,
    clock: Clock,
    reason: str,
) -> None:
    """Bring many receivables from the state they are in to the one given, through the states between."""
    by_phase: Mapping[ReceivableState, list[UUID]] = {phase: [] for phase in _PHASES}
    for receivable_id, current, target in moves:
        for step in _steps(current, target):
            by_phase[step].append(receivable_id)
    for phase, ids in by_phase.items():
        if ids:
            moved = move_all(session, Receivable, ids, phase, actor=actor, clock=clock, reason=reason)
            assert moved == len(ids), f"{len(ids) - moved} receivables cannot become {phase}"
    discharge_closed(session, by_phase[_S.CLOSED], actor=actor, clock=clock)


def _steps(current: ReceivableState, target: ReceivableState) -> list[ReceivableState]:
    if current is target:
        return []
    steps = [target]
    if target is _S.CLOSED and current not in {_S.PAID, _S.REASSIGNED}:
        steps.append(_S.PAID)
    if current is _S.LISTED and target in {_S.PART_PAID, _S.OVERDUE, _S.PAID, _S.CLOSED}:
        steps.append(_S.FINANCED)
    return steps


def delist_receivables(
    session: TenantSession, ids: Collection[UUID], *, actor: Actor, clock: Clock, reason: str
) -> None:
    """Listed invoices that found no money stand again where their debtor's confirmation left them."""
    listed = (
        Receivable.tenant_id == session.tenant_id,
        col(Receivable.id) == any_of(ids),
        Receivable.state == _S.LISTED,
    )
    whole = select(Receivable.id).where(*listed, Receivable.confirmed_minor == Receivable.face_minor)
    move_all(session, Receivable, whole, _S.CONFIRMED, actor=actor, clock=clock, reason=reason)
    rest = select(Receivable.id).where(*listed)
    move_all(session, Receivable, rest, _S.PART_CONFIRMED, actor=actor, clock=clock, reason=reason)
