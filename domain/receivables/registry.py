"""The global registry of fingerprints: one invoice belongs to one tenant, and nobody learns to whom.

The only table without a tenant's wall; it holds hashes, so that reading it tells nothing one did not know before.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import LargeBinary, any_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.platform.binds import TENANT, of
from domain.platform.database import TenantSession
from domain.receivables.tables import Fingerprint

Likenesses = Mapping[bytes, bytes]  # fingerprint → likeness


def claim(session: TenantSession, wanted: Likenesses) -> set[bytes]:
    """Claim fingerprints for the tenant; returns those it got, the rest being claimed already, by it or by another.

    A claim that another transaction is making at this moment is waited for: whoever commits first has it.
    """
    if not wanted:
        return set()
    # Sorted, so that two imports of overlapping files wait for each other instead of deadlocking.
    rows = [
        {"hash": fingerprint, "likeness": wanted[fingerprint], "tenant_id": session.tenant_id}
        for fingerprint in sorted(wanted)
    ]
    claimed = insert(Fingerprint).on_conflict_do_nothing().returning(col(Fingerprint.hash))
    return set(session.scalars(claimed, rows))


_ANY = any_(bindparam("of_hashes", type_=ARRAY(LargeBinary)))
_OURS = select(col(Fingerprint.hash)).where(col(Fingerprint.hash) == _ANY, col(Fingerprint.tenant_id) == TENANT)


def ours(session: TenantSession, fingerprints: Collection[bytes]) -> set[bytes]:
    """Those that this tenant has claimed."""
    if not fingerprints:
        return set()
    return set(session.scalars(_OURS, of(session, of_hashes=list(fingerprints))))


_AMBIGUOUS = (
    select(col(Fingerprint.likeness))
    .where(col(Fingerprint.likeness) == _ANY)
    .group_by(col(Fingerprint.likeness))
    .having(func.count() > 1)
)


def ambiguous(session: TenantSession, likenesses: Collection[bytes]) -> set[bytes]:
    """Those under which more than one invoice is claimed: the same number between the same firms, issued twice."""
    return set(session.scalars(_AMBIGUOUS, {"of_hashes": list(likenesses)}))


_OTHER = aliased(Fingerprint)
_RESEMBLING = (
    select(col(Fingerprint.hash))
    .join(
        _OTHER,
        (col(_OTHER.likeness) == col(Fingerprint.likeness)) & (col(_OTHER.hash) != col(Fingerprint.hash)),
    )
    .where(col(Fingerprint.hash) == _ANY)
    .distinct()
)


def resembling(session: TenantSession, fingerprints: Collection[bytes]) -> set[bytes]:
    """Those fingerprints that share their likeness with another one, whoever claimed it."""
    return set(session.scalars(_RESEMBLING, {"of_hashes": list(fingerprints)}))


def release(session: TenantSession, fingerprints: Collection[bytes]) -> None:
    """Give up claims of invoices that were rejected, so that a corrected one, or its true owner, may register."""
    claimed = delete(Fingerprint).where(col(Fingerprint.hash) == _ANY, col(Fingerprint.tenant_id) == TENANT)
    session.execute(claimed, of(session, of_hashes=list(fingerprints)))
