"""Events for the outside, written in the transaction that makes them true, delivered afterwards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.tables import PublicRow


class OutboxEvent(PublicRow, table=True):
    """That something happened: `kind` such as `advance.funded`, the object it happened to, and what to tell."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_unsent", "tenant_id", "id", postgresql_where=text("sent_at IS NULL")),)

    kind: str
    subject: str
    payload: dict[str, Any] = Field(sa_type=JSONB)
    sent_at: datetime | None = None


def announce(session: TenantSession, kind: str, subject: str, payload: dict[str, Any], *, clock: Clock) -> UUID:
    """Put an event in the outbox; it leaves only if the surrounding transaction commits."""
    event = OutboxEvent(
        tenant_id=session.tenant_id, kind=kind, subject=subject, payload=payload, created_at=clock.now()
    )
    session.add(event)
    return event.id
