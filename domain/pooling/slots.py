"""When pools are evaluated by themselves: at cron times, and when a balance crosses a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, text
from sqlmodel import col, select

from domain import audit
from domain.banking.tables import StatementEntry
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.pooling import service
from domain.pooling.cron import Cron
from domain.pooling.positions import positions
from domain.pooling.states import SlotKind
from domain.pooling.structures import PREFIX, lock_structure
from domain.pooling.tables import PoolSlot, PoolStructure, SweepProposal
from domain.values.actor import Actor, system
from domain.values.money import CurrencyMismatch, Money

WATCHING = system("pool_slots")


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A name that is unique in its pool, and either a cron expression or a threshold."""

    name: str
    cron: str | None = None
    threshold: Money | None = None


@dataclass(frozen=True, slots=True)
class CronSlot:
    """A pool's slot with its times."""

    structure_id: UUID
    name: str
    cron: Cron


def slots_of(session: TenantSession, structure_id: UUID) -> list[PoolSlot]:
    """A pool's slots by name."""
    slots = select(PoolSlot).where(PoolSlot.tenant_id == session.tenant_id, PoolSlot.structure_id == structure_id)
    return list(session.exec(slots.order_by(col(PoolSlot.name))))


def set_slots(
    session: TenantSession, *, structure_id: UUID, slots: Sequence[NewSlot], actor: Actor, clock: Clock
) -> list[PoolSlot]:
    """Evaluate a pool in exactly these slots from now on; one without any is swept with the evening's job.

    Raises NotFound, BadCron, CurrencyMismatch.
    """
    structure = lock_structure(session, structure_id)
    newest = session.exec(
        select(func.max(StatementEntry.id)).where(StatementEntry.tenant_id == session.tenant_id)
    ).one()
    rows = [_row(structure, slot, newest or 0) for slot in slots]
    session.expunge_all()
    session.execute(
        delete(PoolSlot).where(col(PoolSlot.tenant_id) == session.tenant_id, col(PoolSlot.structure_id) == structure_id)
    )
    if rows:
        session.execute(insert(PoolSlot), rows)
    facts: dict[str, object] = {slot.name: slot.cron or str(slot.threshold) for slot in slots}
    subject = public_id(PREFIX, structure_id)
    audit.record(session, actor=actor, action="pool.slots_set", subject=subject, facts=facts, clock=clock)
    return slots_of(session, structure_id)


def _row(structure: PoolStructure, slot: NewSlot, newest: int) -> dict[str, Any]:
    if slot.threshold is not None and slot.threshold.currency != structure.currency:
        raise CurrencyMismatch(left=structure.currency, right=slot.threshold.currency)
    if slot.cron is not None:
        Cron.parse(slot.cron)
    return {
        "tenant_id": structure.tenant_id,
        "structure_id": structure.id,
        "name": slot.name,
        "kind": SlotKind.CRON if slot.cron is not None else SlotKind.BALANCE,
        "cron": slot.cron,
        "threshold_minor": None if slot.threshold is None else slot.threshold.minor,
        "seen_entry_id": newest,
    }


def cron_slots(session: TenantSession) -> list[CronSlot]:
    """The tenant's slots of cron times."""
    slots = select(PoolSlot.structure_id, PoolSlot.name, PoolSlot.cron).where(
        PoolSlot.tenant_id == session.tenant_id, PoolSlot.kind == SlotKind.CRON
    )
    found = session.exec(slots.order_by(col(PoolSlot.structure_id), col(PoolSlot.name)))
    return [CronSlot(pool, name, Cron.parse(cron)) for pool, name, cron in found if cron is not None]


def without_slots(session: TenantSession) -> list[UUID]:
    """Pools that nobody gave times: the evening's job evaluates them."""
    slotted = select(PoolSlot.structure_id).where(PoolSlot.tenant_id == session.tenant_id)
    pools = select(PoolStructure.id).where(
        PoolStructure.tenant_id == session.tenant_id, col(PoolStructure.id).not_in(slotted)
    )
    return list(session.exec(pools.order_by(col(PoolStructure.id))))


# What statement entries changed on members' accounts since a slot looked last. What belongs to a sweep is no event:
# a pool that is swept because it was swept would never rest.
_CHANGED = text("""
    SELECT slot.structure_id, slot.name, slot.threshold_minor, member.account_id, structure.currency,
           sum(CASE entry.direction WHEN 'credit' THEN entry.amount_minor ELSE -entry.amount_minor END)::bigint AS minor
    FROM pool_slot AS slot
    JOIN pool_structure AS structure ON structure.tenant_id = :tenant AND structure.id = slot.structure_id
    JOIN pool_member AS member ON member.tenant_id = :tenant AND member.structure_id = slot.structure_id
    JOIN statement_entry AS entry
      ON entry.tenant_id = :tenant AND entry.account_id = member.account_id AND entry.id > slot.seen_entry_id
     AND entry.id <= :newest AND entry.state NOT IN ('pending', 'vanished')
    LEFT JOIN instruction ON instruction.tenant_id = :tenant AND instruction.id = entry.instruction_id
    WHERE slot.tenant_id = :tenant AND slot.kind = 'balance' AND instruction.purpose IS DISTINCT FROM 'sweep'
    GROUP BY slot.structure_id, slot.name, slot.threshold_minor, member.account_id, structure.currency
""")
_SEEN = text("""
    UPDATE pool_slot SET seen_entry_id = :newest
    WHERE tenant_id = :tenant AND kind = 'balance' AND seen_entry_id < :newest
""")
# None where no slot waits for a balance, and nothing has to be looked at.
_NEWEST = text("""
    SELECT (SELECT coalesce(max(id), 0) FROM statement_entry WHERE tenant_id = :tenant)
    WHERE EXISTS (SELECT FROM pool_slot WHERE tenant_id = :tenant AND kind = 'balance')
""")


def watches_balances(session: TenantSession) -> bool:
    """Whether any pool waits for a balance."""
    slots = select(PoolSlot.name).where(PoolSlot.tenant_id == session.tenant_id, PoolSlot.kind == SlotKind.BALANCE)
    return session.exec(slots.limit(1)).first() is not None


def evaluate_crossed(session: TenantSession, *, clock: Clock) -> list[SweepProposal]:
    """Evaluate the pools in which a balance crossed a slot's threshold by what statements told since the last look.

    An intraday statement (camt.052) tells it as one of the day's end does. The proposal's slot carries the minute.
    """
    newest: int | None = session.execute(_NEWEST, {"tenant": session.tenant_id}).scalar_one_or_none()
    if newest is None:
        return []
    changed = session.execute(_CHANGED, {"tenant": session.tenant_id, "newest": newest}).all()
    session.execute(_SEEN, {"tenant": session.tenant_id, "newest": newest})
    holding = {
        account: position.available_minor
        for currency in {row.currency for row in changed}
        for account, position in positions(
            session, [row.account_id for row in changed if row.currency == currency], currency
        ).items()
    }
    crossed = {(row.structure_id, row.name) for row in changed if _crossed(row, holding[row.account_id])}
    return [
        service.evaluate_pool(
            session,
            structure_id=structure_id,
            business_date=clock.today(),
            slot=f"{name}-{clock.now():%H%M}",
            actor=WATCHING,
            clock=clock,
        )
        for structure_id, name in sorted(crossed)
    ]


def _crossed(row: Any, now: int) -> bool:  # noqa: ANN401 - a row of _CHANGED
    return bool(now - row.minor < row.threshold_minor <= now)
