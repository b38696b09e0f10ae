"""A batch: one event with up to millions of transfers, whose rows stay in the database where they can."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select

from domain.ledger.posting import Mode, digest_of
from domain.values.money import Money

BatchRow = tuple[int, int, int, int | None]  # debit account id, credit account id, amount in minor units, reference


@dataclass(frozen=True, slots=True)
class Batch:
    """One event with very many transfers, given as a SELECT (best) or as rows that are streamed in.

    Columns are debit account id, credit account id, amount in minor units, reference; for a batch that ends holds
    (mode POST or VOID) there is one, the id of the pending transfer. A reference is unique within the tenant. The rows
    must stay the same until the batch is finished; `plan_digest` is the digest of the plan they stand for, which
    tells a repeat from a key used twice. Strict refuses the whole batch for one bad row, otherwise bad rows go to the
    table of rejects, each with its reason.
    """

    key: str
    event: str
    source: str
    value_date: date
    currency: str
    rows: Select[Any] | Iterable[BatchRow | tuple[int]]
    explanation: dict[str, object] = field(default_factory=dict)
    mode: Mode = Mode.POSTED
    strict: bool = True
    plan_digest: bytes = b""

    def content_digest(self) -> bytes:
        """SHA-256 over the event and the digest of its plan; the rows themselves are not read for it.

        Strictness is no content: a batch in chunks that meets a bad row may be finished leniently.
        """
        plan = self.plan_digest.hex()
        facts = [self.event, self.source, self.value_date, self.currency, self.mode, plan]
        return digest_of([*facts, self.explanation])


@dataclass(frozen=True, slots=True)
class BatchPosted:
    """What a batch came to: its postings (one per chunk), rows booked and rejected, and the sum booked."""

    posting_ids: tuple[int, ...]
    accepted: int
    rejected: int
    total: Money
    repeated: bool
