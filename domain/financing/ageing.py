"""What the calendar does to advances by itself, by set operations: overdue (R6, R24), then non-performing (R23)."""

from datetime import date, timedelta

from sqlalchemy import and_, update
from sqlmodel import col, select

from domain.financing.states import OUTSTANDING, AdvanceState
from domain.financing.supervision import performing_days
from domain.financing.tables import Advance
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import system

ACTOR = system("close_of_business")


def mark_overdue(session: TenantSession, on: date, *, clock: Clock) -> int:
    """Advances unpaid on the day after their due date and grace become overdue, and so do their receivables.

    Returns how many advances. What accrues on them depends on dates, not on this state: a late job loses no penalty.
    """
    late = (
        Advance.tenant_id == session.tenant_id,
        col(Advance.state).in_([AdvanceState.FUNDED, AdvanceState.PART_REPAID]),
        col(Advance.penalty_from) < on,
    )
    receivables = (
        select(Receivable.id)
        .join(
            Advance, and_(col(Advance.tenant_id) == Receivable.tenant_id, col(Advance.receivable_id) == Receivable.id)
        )
        .where(*late, col(Receivable.state).in_([ReceivableState.FINANCED, ReceivableState.PART_PAID]))
    )
    reason = f"unpaid on {on.isoformat()}"
    move_all(session, Receivable, receivables, ReceivableState.OVERDUE, actor=ACTOR, clock=clock, reason=reason)
    advances = select(Advance.id).where(*late)
    return move_all(session, Advance, advances, AdvanceState.OVERDUE, actor=ACTOR, clock=clock, reason=reason)


def mark_nonperforming(session: TenantSession, on: date) -> int:
    """Note on advances over 90 days late that they do not perform since `on` (R23); returns how many.

    It is a figure beside the state: one that pays again is told from one that never stopped.
    """
    session.flush()
    late = (
        update(Advance)
        .where(
            col(Advance.tenant_id) == session.tenant_id,
            col(Advance.state).in_(OUTSTANDING),
            col(Advance.rolled_due_on) < on - timedelta(days=performing_days(session, on)),
            col(Advance.nonperforming_on).is_(None),
        )
        .values(nonperforming_on=on)
    )
    marked = session.execute(late.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    session.expire_all()
    return int(marked)
