"""The global registry of fingerprints: one invoice belongs to one tenant, and nobody learns to whom.

The only table without a tenant's wall; it holds hashes, so that reading it tells nothing one did not know before.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import LargeBinary, any_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import aliased
from sqlmodel import col

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


def ours(session: TenantSession, fingerprints: Collection[bytes]) -> set[bytes]:
    """Those that this tenant has claimed."""
    if not fingerprints:
        return set()
    found = select(col(Fingerprint.hash)).where(
        col(Fingerprint.hash) == _any_of(fingerprints), col(Fingerprint.tenant_id) == session.tenant_id
    )
    return set(session.scalars(found))


def ambiguous(session: TenantSession, likenesses: Collection[bytes]) -> set[bytes]:
    """Those under which more than one invoice is claimed: the same number between the same firms, issued twice."""
    found = (
        select(col(Fingerprint.likeness))
        .where(col(Fingerprint.likeness) == _any_of(likenesses))
        .group_by(col(Fingerprint.likeness))
        .having(func.count() > 1)
    )
    return set(session.scalars(found))


def resembling(session: TenantSession, fingerprints: Collection[bytes]) -> set[bytes]:
    """Those fingerprints that share their likeness with another one, whoever claimed it."""
    one, other = aliased(Fingerprint), aliased(Fingerprint)
    found = (
        select(col(one.hash))
        .join(other, (col(other.likeness) == col(one.likeness)) & (col(other.hash) != col(one.hash)))
        .where(col(one.hash) == _any_of(fingerprints))
        .distinct()
    )
    return set(session.scalars(found))


def release(session: TenantSession, fingerprints: Collection[bytes]) -> None:
    """Give up claims of invoices that were rejected, so that a corrected one, or its true owner, may register."""
    session.execute(
        delete(Fingerprint).where(
            col(Fingerprint.hash) == _any_of(fingerprints), col(Fingerprint.tenant_id) == session.tenant_id
        )
    )


def _any_of(hashes: Collection[bytes]) -> Any:  # noqa: ANN401 - the right side of a comparison
    return any_(literal(list(hashes), ARRAY(LargeBinary)))
