"""The head of a posting: what happened, apart from the amounts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from sqlalchemy import text

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor

_INSERT = text("""
    INSERT INTO ledger_posting (tenant_id, id, key, chunk, content_digest, event, source, value_date, booked_at, actor,
                                explanation, reverses, first_transfer_id, transfer_count, rejected_count, total_minor)
    SELECT :tenant, id, key, chunk, digest, event, source, value_date, :now, :actor, CAST(explanation AS jsonb),
           reverses, first_transfer_id, transfer_count, rejected_count, total_minor
    FROM unnest(CAST(:ids AS bigint[]), CAST(:keys AS text[]), CAST(:chunks AS integer[]), CAST(:digests AS bytea[]),
                CAST(:events AS text[]), CAST(:sources AS text[]), CAST(:value_dates AS date[]),
                CAST(:explanations AS text[]), CAST(:reverses AS bigint[]), CAST(:firsts AS bigint[]),
                CAST(:counts AS integer[]), CAST(:rejects AS integer[]), CAST(:totals AS bigint[]))
         AS head (id, key, chunk, digest, event, source, value_date, explanation, reverses, first_transfer_id,
                  transfer_count, rejected_count, total_minor)
""")


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


def insert_heads(
    session: TenantSession, heads: Sequence[Head], ids: range, first_transfer: int, *, actor: Actor, clock: Clock
) -> None:
    """Write `heads` under `ids`; their transfers start at `first_transfer` and follow one another."""
    columns = {
        "ids": list(ids),
        "keys": [head.key for head in heads],
        "chunks": [head.chunk for head in heads],
        "digests": [head.content_digest for head in heads],
        "events": [head.event for head in heads],
        "sources": [head.source for head in heads],
        "value_dates": [head.value_date for head in heads],
        "explanations": [json.dumps(head.explanation, ensure_ascii=False, default=str) for head in heads],
        "reverses": [head.reverses for head in heads],
        "firsts": list(accumulate((head.transfer_count for head in heads), initial=first_transfer))[:-1],
        "counts": [head.transfer_count for head in heads],
        "rejects": [head.rejected_count for head in heads],
        "totals": [head.total_minor for head in heads],
    }
    made = {"tenant": session.tenant_id, "now": clock.now(), "actor": str(actor)}
    session.execute(_INSERT, made | columns)
