"""What the books hold of one source document: its postings, and what they added to each account."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.database import TenantSession

_POSTINGS = text("""
    SELECT id, key, event, source, value_date, booked_at, actor, encode(content_digest, 'hex') AS digest,
           first_transfer_id, transfer_count
    FROM ledger_posting WHERE tenant_id = :tenant AND source = ANY(CAST(:sources AS text[])) ORDER BY id
""")

# Modes 0 posted, 2 post, 4 imposed move money.
_ADDED = text("""
    SELECT account.kind, account.owner, account.currency, sum(moved.amount)::bigint AS total
    FROM ledger_posting AS posting
    JOIN ledger_transfer AS leg ON leg.tenant_id = :tenant AND leg.mode IN (0, 2, 4)
      AND leg.id >= posting.first_transfer_id AND leg.id < posting.first_transfer_id + posting.transfer_count
    CROSS JOIN LATERAL (VALUES (leg.debit_account_id, leg.amount), (leg.credit_account_id, - leg.amount))
      AS moved (account_id, amount)
    JOIN ledger_account AS account ON account.tenant_id = :tenant AND account.id = moved.account_id
    WHERE posting.tenant_id = :tenant AND posting.source = :source
    GROUP BY account.kind, account.owner, account.currency
""")


@dataclass(frozen=True, slots=True)
class SourcePosting:
    """A posting of a source, by its number; `digest` is of what was booked."""

    number: int
    key: str
    event: str
    source: str
    value_date: date
    booked_at: datetime
    actor: str
    digest: str
    first_transfer: int
    transfers: int


def postings_of(session: TenantSession, sources: Collection[str]) -> list[SourcePosting]:
    """The postings of these sources, in the order they were booked."""
    rows = session.execute(_POSTINGS, {"tenant": session.tenant_id, "sources": list(sources)})
    return [SourcePosting(*row) for row in rows]


def added_by(session: TenantSession, source: str) -> dict[AccountRef, int]:
    """What a source's postings added to each account, in minor units: debits above zero, credits below."""
    rows = session.execute(_ADDED, {"tenant": session.tenant_id, "source": source})
    return {AccountRef(AccountKind(row.kind), row.currency, row.owner): row.total for row in rows}
