"""What a posting reads before it books, and the head rows it writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from domain.ledger.errors import NotPending, PostingKeyReused
from domain.ledger.posting import Posted, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor

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

_INSERT_POSTINGS = text("""
    INSERT INTO ledger_posting (tenant_id, id, key, chunk, content_digest, event, source, value_date, booked_at, actor,
                                explanation, reverses, first_transfer_id, transfer_count, rejected_count, total_minor)
    SELECT :tenant, id, key, 0, digest, event, source, value_date, :now, :actor,
           CAST(explanation AS jsonb), reverses, first_transfer_id, transfer_count, 0, 0
    FROM unnest(CAST(:ids AS bigint[]), CAST(:keys AS text[]), CAST(:digests AS bytea[]), CAST(:events AS text[]),
                CAST(:sources AS text[]), CAST(:value_dates AS date[]), CAST(:explanations AS text[]),
                CAST(:reverses AS bigint[]), CAST(:firsts AS bigint[]), CAST(:counts AS integer[]))
         AS new (id, key, digest, event, source, value_date, explanation, reverses, first_transfer_id, transfer_count)
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


def insert_postings(
    session: TenantSession, postings: Sequence[Posting], ids: range, first_transfer: int, *, actor: Actor, clock: Clock
) -> None:
    """Write the heads of `postings` under `ids`; their transfers start at `first_transfer`."""
    columns = _columns(postings) | {"ids": list(ids), "firsts": _firsts(postings, first_transfer)}
    made = {"tenant": session.tenant_id, "now": clock.now(), "actor": str(actor)}
    session.execute(_INSERT_POSTINGS, made | columns)


def _columns(postings: Sequence[Posting]) -> dict[str, Any]:
    return {
        "keys": [posting.key for posting in postings],
        "digests": [posting.content_digest() for posting in postings],
        "events": [posting.event for posting in postings],
        "sources": [posting.source for posting in postings],
        "value_dates": [posting.value_date for posting in postings],
        "explanations": [json.dumps(posting.explanation, ensure_ascii=False, default=str) for posting in postings],
        "reverses": [posting.reverses for posting in postings],
        "counts": [len(posting.legs) for posting in postings],
    }


def _firsts(postings: Sequence[Posting], first_transfer: int) -> list[int]:
    firsts = []
    for posting in postings:
        firsts.append(first_transfer)
        first_transfer += len(posting.legs)
    return firsts
