"""What is read before anything is booked: results of keys booked before, and holds that are still open."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from domain.ledger.errors import NotPending, PostingKeyReused
from domain.ledger.posting import Posted
from domain.platform.database import TenantSession

_STORED = text("""
    SELECT key, id, content_digest, first_transfer_id, transfer_count FROM ledger_posting
    WHERE tenant_id = :tenant AND key = ANY(CAST(:keys AS text[]))
""")

# Modes: 1 pending, 2 post, 3 void.
_HOLDS = text("""
    SELECT hold.id, hold.debit_account_id, hold.credit_account_id, hold.amount,
           EXISTS (SELECT FROM ledger_transfer AS ended
                   WHERE ended.tenant_id = :tenant AND ended.pending_id = hold.id) AS resolved
    FROM ledger_transfer AS hold
    WHERE hold.tenant_id = :tenant AND hold.id = ANY(CAST(:ids AS bigint[])) AND hold.mode = 1
""")


@dataclass(frozen=True, slots=True)
class Hold:
    """What a pending transfer holds, and between which accounts."""

    debit_account_id: int
    credit_account_id: int
    amount: int


def stored_results(session: TenantSession, digests: dict[str, bytes]) -> dict[str, Posted]:
    """What keys booked before came to. Raises PostingKeyReused where the content differs."""
    results = {}
    for row in session.execute(_STORED, {"tenant": session.tenant_id, "keys": list(digests)}):
        if row.content_digest != digests[row.key]:
            raise PostingKeyReused(key=row.key)
        transfer_ids = range(row.first_transfer_id, row.first_transfer_id + row.transfer_count)
        results[row.key] = Posted(row.id, tuple(transfer_ids), repeated=True)
    return results


def open_holds(session: TenantSession, pending_ids: Sequence[int]) -> dict[int, Hold]:
    """The holds of these transfers. Raises NotPending for one that is none, has ended, or is named twice."""
    if not pending_ids:
        return {}
    rows = session.execute(_HOLDS, {"tenant": session.tenant_id, "ids": list(pending_ids)})
    found = {row.id: row for row in rows}
    holds: dict[int, Hold] = {}
    for pending_id in pending_ids:
        row = found.get(pending_id)
        if row is None or row.resolved or pending_id in holds:
            raise NotPending(transfer_id=pending_id, resolved=row is not None)
        holds[pending_id] = Hold(row.debit_account_id, row.credit_account_id, row.amount)
    return holds
