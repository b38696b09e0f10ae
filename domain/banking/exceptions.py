"""What the bank said that fits nothing: listed for a person, and closed by one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from domain.banking.tables import BankException
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.errors import NotFound

PREFIX = "bex"


def open_exceptions(session: TenantSession, *, limit: int = 100) -> Sequence[BankException]:
    """What nobody has dealt with yet, oldest first."""
    found = select(BankException).where(
        col(BankException.tenant_id) == session.tenant_id, col(BankException.resolved_at).is_(None)
    )
    return session.execute(found.order_by(col(BankException.id)).limit(limit)).scalars().all()


def resolve_exception(session: TenantSession, exception_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Close one, because somebody has dealt with it; closing it again changes nothing. Raises NotFound."""
    found = session.get(BankException, (session.tenant_id, exception_id), with_for_update=True)
    if found is None:
        raise NotFound(kind="bank exception", reference=public_id(PREFIX, exception_id))
    if found.resolved_at is None:
        found.resolved_at, found.resolved_by = clock.now(), str(actor)
        session.flush()
