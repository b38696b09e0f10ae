"""Who is behind with its share of sales, by set operations; who has caught up is not any more (R15)."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import col

from domain.financing.sales.dues import asked, shares_of_sales
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SalesAdvance
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.values.actor import system

ACTOR = system("close_of_business")
_S = SalesAdvanceState


def mark_behind(session: TenantSession, on: date, *, clock: Clock) -> int:
    """Advances whose shares are unpaid beyond their grace become overdue, others funded again; returns how many new.

    From the final day on the whole of an advance is asked for, and its grace runs from there.
    """
    behind = 0
    for days in _graces(session):
        by = on - timedelta(days=days)
        shares = shares_of_sales(session.tenant_id, by).subquery("shares")
        late = asked(shares, by) > col(SalesAdvance.repaid_minor)
        chosen = (
            select(col(SalesAdvance.id))
            .outerjoin(shares, shares.c.advance_id == SalesAdvance.id)
            .where(col(SalesAdvance.tenant_id) == session.tenant_id, col(SalesAdvance.grace_days) == days)
        )
        caught_up = chosen.where(col(SalesAdvance.state) == _S.OVERDUE, ~late)
        move_all(session, SalesAdvance, caught_up, _S.FUNDED, actor=ACTOR, clock=clock, reason="caught up")
        late_ones = chosen.where(col(SalesAdvance.state) == _S.FUNDED, late)
        reason = f"behind by {by.isoformat()}"
        behind += move_all(session, SalesAdvance, late_ones, _S.OVERDUE, actor=ACTOR, clock=clock, reason=reason)
    return behind


def _graces(session: TenantSession) -> list[int]:
    """The terms of grace that are in use: a handful."""
    wanted: Select[Any] = (
        select(col(SalesAdvance.grace_days))
        .where(col(SalesAdvance.tenant_id) == session.tenant_id, col(SalesAdvance.state).in_((_S.FUNDED, _S.OVERDUE)))
        .group_by(col(SalesAdvance.grace_days))
        .order_by(func.max(col(SalesAdvance.grace_days)))
    )
    return list(session.scalars(wanted))
