"""What of the ledger is sealed: transfers, postings, and whose each account is."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text

from domain.ledger.accounts import SERIES as ACCOUNT_SERIES
from domain.ledger.steps import POSTING_SERIES, TRANSFER_SERIES
from domain.platform import seals
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.seals import Breach, Chain, ChainHead

TRANSFERS = Chain(
    name="transfers",
    table="ledger_transfer",
    series=TRANSFER_SERIES,
    columns=(
        "posting_id",
        "debit_account_id",
        "credit_account_id",
        "amount",
        "reference",
        "pending_id",
        "value_date",
        "mode",
    ),
)
POSTINGS = Chain(
    name="postings",
    table="ledger_posting",
    series=POSTING_SERIES,
    columns=(
        "key",
        "chunk",
        "content_digest",
        "event",
        "source",
        "value_date",
        "booked_at",
        "actor",
        "explanation",
        "reverses",
        "first_transfer_id",
        "transfer_count",
        "rejected_count",
        "total_minor",
    ),
)
# Not the counters, which move: `check` recomputes those. But two accounts that swapped owners would still add up.
ACCOUNTS = Chain(
    name="accounts",
    table="ledger_account",
    series=ACCOUNT_SERIES,
    columns=("kind", "owner", "currency", "normal_side", "may_go_negative", "opened_at"),
)
CHAINS = (TRANSFERS, POSTINGS, ACCOUNTS)


def seal(session: TenantSession, *, clock: Clock) -> int:
    """Seal what single postings left open; returns the number of rows. A job calls it, bulk chunks seal themselves."""
    return sum(seals.seal(session, chain, clock=clock) for chain in CHAINS)


def heads(session: TenantSession) -> dict[str, ChainHead]:
    """The newest seal of each chain: what a certificate quotes."""
    return {chain.name: seals.chain_head(session, chain) for chain in CHAINS}


def verify(session: TenantSession, quoted: dict[str, ChainHead] | None = None) -> list[Breach]:
    """The first breach of each chain; none when the books are as they were sealed."""
    given = quoted or {}
    breaches = (seals.verify(session, chain, given.get(chain.name)) for chain in CHAINS)
    return [breach for breach in breaches if breach is not None]


_BLOCKS_OF = text("""
    SELECT DISTINCT block.block_no, block.first_id, block.last_id, encode(block.digest, 'hex') AS digest
    FROM seal_block AS block
    JOIN unnest(CAST(:ids AS bigint[])) AS wanted (id) ON wanted.id BETWEEN block.first_id AND block.last_id
    WHERE block.tenant_id = :tenant AND block.chain = :chain ORDER BY block.block_no
""")


@dataclass(frozen=True, slots=True)
class QuotedBlock:
    """A block of a chain that covers rows somebody was told of."""

    block_no: int
    first_id: int
    last_id: int
    digest: str


def blocks_of(session: TenantSession, posting_numbers: Collection[int]) -> list[QuotedBlock]:
    """The blocks in which these postings are sealed; one that is not sealed yet is in none."""
    binds = {"tenant": session.tenant_id, "chain": POSTINGS.name, "ids": list(posting_numbers)}
    return [QuotedBlock(*row) for row in session.execute(_BLOCKS_OF, binds)]
