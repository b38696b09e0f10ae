"""The trail's seals: entries sealed in blocks by a nightly job, and checked whenever somebody doubts them."""

from domain.audit.service import SERIES
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.seals import Breach, Chain, ChainHead, seal, verify

AUDIT_CHAIN = Chain("audit", "audit_entry", SERIES, ("at", "actor", "action", "subject", "facts"))


def seal_entries(session: TenantSession, *, clock: Clock) -> int:
    """Seal what is not sealed yet; returns how many entries."""
    return seal(session, AUDIT_CHAIN, clock=clock)


def verify_entries(session: TenantSession, quoted: ChainHead | None = None) -> Breach | None:
    """The first entry that was altered, removed, added or moved since it was sealed, or None."""
    return verify(session, AUDIT_CHAIN, quoted)
