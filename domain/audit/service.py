"""Writing the trail, and reading it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlmodel import col, select

from domain.audit.tables import AuditEntry
from domain.platform import numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor

SERIES = "audit"

_RECORD = text(f"""
    WITH head AS ({numbers.TAKE})
    INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, facts)
    SELECT :tenant, next_number - :count + place - 1, :at, :actor, action, subject, CAST(facts AS jsonb)
    FROM head, unnest(CAST(:actions AS text[]), CAST(:subjects AS text[]), CAST(:facts AS text[]))
               WITH ORDINALITY AS deed (action, subject, facts, place)
    RETURNING id
""")


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
    """Add many entries by one statement; returns their numbers.

    Numbers are dense, so the tenant's head row stays locked until commit: call this after every other lock is taken,
    and commit soon, or two use cases may wait for each other.
    """
    chosen = list(deeds)
    if not chosen:
        return range(0)
    session.flush()
    columns = {
        "actions": [deed.action for deed in chosen],
        "subjects": [deed.subject for deed in chosen],
        "facts": [json.dumps(deed.facts, ensure_ascii=False) for deed in chosen],
    }
    made = {"tenant": session.tenant_id, "series": SERIES, "count": len(chosen), "at": clock.now(), "actor": str(actor)}
    first = min(session.scalars(_RECORD, made | columns))
    return range(first, first + len(chosen))


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
