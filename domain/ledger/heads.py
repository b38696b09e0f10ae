"""The head of a posting: what happened, apart from the amounts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from domain.platform.clock import Clock
from domain.values.actor import Actor

# Over `first (posting, transfer)`, the first free numbers; a step of the statement that books.
INSERT = """
    INSERT INTO ledger_posting (tenant_id, id, key, chunk, content_digest, event, source, value_date, booked_at, actor,
                                explanation, reverses, first_transfer_id, transfer_count, rejected_count, total_minor)
    SELECT :tenant, first.posting + place - 1, key, chunk, digest, event, source, value_date, :now, :actor,
           CAST(explanation AS jsonb), reverses, first.transfer + transfers_before, transfer_count, rejected_count,
           total_minor
    FROM first, unnest(CAST(:keys AS text[]), CAST(:chunks AS integer[]), CAST(:digests AS bytea[]),
                       CAST(:events AS text[]), CAST(:sources AS text[]), CAST(:posting_dates AS date[]),
                       CAST(:explanations AS text[]), CAST(:reverses AS bigint[]), CAST(:transfers_before AS bigint[]),
                       CAST(:transfer_counts AS integer[]), CAST(:rejects AS integer[]), CAST(:totals AS bigint[]))
                WITH ORDINALITY
         AS head (key, chunk, digest, event, source, value_date, explanation, reverses, transfers_before,
                  transfer_count, rejected_count, total_minor, place)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """One posting, or one chunk of a batch, about to be written."""

    key: str
    content_digest: bytes
    event: str
    source: str
    value_date: date
    explanation: Mapping[str, object]
    transfer_count: int
    reverses: int | None = None
    chunk: int = 0
    rejected_count: int = 0
    total_minor: int = 0


def columns(heads: Sequence[Head], *, actor: Actor, clock: Clock) -> dict[str, Any]:
    """What `INSERT` binds, besides the tenant; the transfers of the heads follow one another."""
    return {
        "now": clock.now(),
        "actor": str(actor),
        "keys": [head.key for head in heads],
        "chunks": [head.chunk for head in heads],
        "digests": [head.content_digest for head in heads],
        "events": [head.event for head in heads],
        "sources": [head.source for head in heads],
        "posting_dates": [head.value_date for head in heads],
        "explanations": [json.dumps(head.explanation, ensure_ascii=False, default=str) for head in heads],
        "reverses": [head.reverses for head in heads],
        "transfers_before": list(accumulate((head.transfer_count for head in heads), initial=0))[:-1],
        "transfer_counts": [head.transfer_count for head in heads],
        "rejects": [head.rejected_count for head in heads],
        "totals": [head.total_minor for head in heads],
    }
