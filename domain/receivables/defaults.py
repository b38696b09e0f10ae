"""Default: a person of risk says that a receivable long overdue will hardly be paid."""

from uuid import UUID

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables import queries
from domain.receivables.eligibility import days_late
from domain.receivables.errors import NotDefaultable
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor

DEFAULT_AFTER_DAYS = 90  # notice 205 of 2019: more than 90 days late is non-performing (R23)


def mark_defaulted(
    session: TenantSession, receivable_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Receivable:
    """Call an overdue receivable defaulted, more than 90 days after it was due. Raises NotDefaultable, NotFound."""
    row = queries.lock(session, receivable_id)
    late = days_late(row.due_on, clock.today())
    if row.state is not ReceivableState.OVERDUE or late <= DEFAULT_AFTER_DAYS:
        raise NotDefaultable(receivable=row.public_id, state=row.state.value, days=late, limit=DEFAULT_AFTER_DAYS)
    move(session, row, ReceivableState.DEFAULTED, actor=actor, clock=clock, reason=reason)
    facts = {"days_late": late, "unpaid": str(row.unpaid), "reason": reason}
    announce(session, "receivable.defaulted", row.public_id, facts, clock=clock)
    return row
