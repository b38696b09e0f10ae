"""How mandates end: expired, dormant, used up, blocked."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlmodel import col

from domain.banking.states import InstructionState
from domain.banking.tables import Instruction
from domain.collection.mandates import move_each
from domain.collection.rules import DORMANT_MONTHS
from domain.collection.states import Cycle, MandateState
from domain.collection.tables import Mandate
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.values.actor import Actor, system

UPKEEP = system("mandates")
_M = MandateState
_ENDING = (_M.ACTIVE, _M.SUSPENDED)


def block_mandates(session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock) -> None:
    """End mandates under which nothing may ever be debited again: fraud, a refund as not authorised.

    Raises MandatesMoved when one is not in force.
    """
    move_each(session, ids, _M.BLOCKED, "mandate.blocked", reason=reason, actor=actor, clock=clock)


def end_mandates(session: TenantSession, on: date, *, clock: Clock) -> tuple[int, int]:
    """Expire mandates whose last day has passed, and those not used for 36 months; returns how many of each."""
    standing = select(col(Mandate.id)).where(
        col(Mandate.tenant_id) == session.tenant_id, col(Mandate.state).in_(_ENDING)
    )
    over = standing.where(col(Mandate.ends_on) < on)
    expired = move_all(session, Mandate, over, _M.EXPIRED, actor=UPKEEP, clock=clock, reason="its term is over")
    dormant = standing.where(_dormant(session, on))
    reason = f"not used for {DORMANT_MONTHS} months"
    return expired, move_all(session, Mandate, dormant, _M.EXPIRED, actor=UPKEEP, clock=clock, reason=reason)


def is_dormant(session: TenantSession, mandate: Mandate, on: date) -> bool:
    """Whether the mandate has not been used for so long that the schemes forbid it."""
    found = select(col(Mandate.id)).where(
        col(Mandate.tenant_id) == session.tenant_id, col(Mandate.id) == mandate.id, _dormant(session, on)
    )
    return session.scalars(found).first() is not None


def _dormant(session: TenantSession, on: date) -> ColumnElement[bool]:
    since = _months_before(on, DORMANT_MONTHS)
    used = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.mandate_id) == col(Mandate.id),
        col(Instruction.due_on) >= since,
    )
    return and_(col(Mandate.signed_on) < since, ~used)


def consume_used_up(session: TenantSession, *, clock: Clock) -> int:
    """End mandates of which nothing is left: their total, or the number of their debits. Returns how many.

    Only what is final counts: a debit that comes back leaves its mandate to be debited under again.
    """
    used = _used_up(session)
    left = or_(
        used.c.total >= col(Mandate.max_total_minor),
        and_(col(Mandate.cycle) == Cycle.TERM, used.c.count >= col(Mandate.max_per_cycle)),
    )
    over = (
        select(col(Mandate.id))
        .join(used, true())
        .where(col(Mandate.tenant_id) == session.tenant_id, col(Mandate.state) == _M.ACTIVE, left)
    )
    return move_all(session, Mandate, over, _M.CONSUMED, actor=UPKEEP, clock=clock, reason="used up")


def _used_up(session: TenantSession) -> Any:  # noqa: ANN401 - a lateral subquery
    return (
        select(func.count().label("count"), func.sum(col(Instruction.amount_minor)).label("total"))
        .where(
            or_(col(Mandate.max_total_minor).is_not(None), col(Mandate.max_per_cycle).is_not(None)),
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.mandate_id) == col(Mandate.id),
            col(Instruction.mandate_limited).is_(True),
            col(Instruction.state) == InstructionState.FINAL,
        )
        .lateral("used")
    )


def _months_before(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, 28))
