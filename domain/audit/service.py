"""Writing the trail, and reading it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import insert
from sqlmodel import col, select

from domain.audit.tables import AuditEntry
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.numbers import reserve
from domain.values.actor import Actor

SERIES = "audit"


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, to what, with which figures. Facts are JSON values; amounts and rates are strings."""

    action: str
    subject: str
    facts: dict[str, object] = field(default_factory=dict)


def record(
    session: TenantSession,
    *,
    actor: Actor,
    action: str,
    subject: str,
    facts: dict[str, object] | None = None,
    clock: Clock,
) -> int:
    """Add one entry, as the last step of a use case; returns its number."""
    return record_all(session, [Deed(action, subject, facts or {})], actor=actor, clock=clock).start


def record_all(session: TenantSession, deeds: Iterable[Deed], *, actor: Actor, clock: Clock) -> range:
    """Add many entries by one INSERT; returns their numbers.

    Numbers are dense, so the tenant's head row stays locked until commit: call this after every other lock is taken,
    and commit soon, or two use cases may wait for each other.
    """
    chosen = list(deeds)
    if not chosen:
        return range(0)
    session.flush()
    numbers = reserve(session, SERIES, len(chosen))
    at, by = clock.now(), str(actor)
    session.execute(
        insert(AuditEntry),
        [
            {
                "tenant_id": session.tenant_id,
                "id": number,
                "at": at,
                "actor": by,
                "action": deed.action,
                "subject": deed.subject,
                "facts": deed.facts,
            }
            for number, deed in zip(numbers, chosen, strict=True)
        ],
    )
    return numbers


def entries(
    session: TenantSession, *, subject: str | None = None, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """The trail, newest first: of one subject or of all, from below the number `before`."""
    query = select(AuditEntry).where(AuditEntry.tenant_id == session.tenant_id)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit)).all())
