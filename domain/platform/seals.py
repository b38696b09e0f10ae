"""Tamper evidence: append-only rows sealed in blocks, each block's digest made over the one before it.

A chain covers one table whose rows have an `id` that counts 1, 2, 3 … per tenant without gaps (`platform.numbers`).
Whoever holds the rows can recompute it:

- leaf of a row: the first 16 bytes of SHA-256 over the row's canonical bytes. These are PostgreSQL's binary form of the
  composite of the chain's columns, in their order, without `id`: the number of columns (4 bytes), then for each its
  type's object id (4 bytes: bigint 20, smallint 21, integer 23, text 25, varchar 1043, bytea 17, uuid 2950, boolean 16,
  date 1082, timestamptz 1184, jsonb 3802), its length in bytes (4 bytes, all ones for NULL) and its value; numbers big-
  endian, dates as days and moments as microseconds since 2000-01-01, jsonb as a byte 1 and its text.
- leaves of a block: the leaves of its rows in order of id, one after the other. The place of a leaf is its row's id.
- digest of a block: SHA-256 over the previous block's digest (32 zero bytes before the first), tenant, block number,
  first and last id (8 bytes each, big-endian), the chain's name, and the leaves.

Somebody who can rewrite the whole database can rewrite its chain too. He cannot rewrite a digest that was given away:
certificates quote `chain_head`, and `verify` compares with what they quote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field

from domain.platform import numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.tables import TenantRow
from domain.values.errors import DomainError

LEAF_BYTES = 16  # half a SHA-256: finding a second row for a leaf still takes 2^128 trials
BLOCK_ROWS = 100_000  # 1.6 MB of leaves: what a block that differs has to be compared with
_GENESIS = bytes(32)


class SealBlock(TenantRow, table=True):
    """A block of one chain."""

    __tablename__ = "seal_block"
    __table_args__ = (
        CheckConstraint(f"octet_length(leaves) = {LEAF_BYTES} * (last_id - first_id + 1)", name="a_leaf_per_row"),
        {"info": {"append_only": True}},
    )

    chain: str = Field(primary_key=True, max_length=32)
    block_no: int = Field(primary_key=True, sa_type=BigInteger)
    first_id: int = Field(sa_type=BigInteger)
    last_id: int = Field(sa_type=BigInteger)
    previous_digest: bytes = Field(sa_type=LargeBinary)
    leaves: bytes = Field(sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Chain:
    """What is sealed: the columns of a table that never change, numbered by `series`."""

    name: str
    table: str
    series: str
    columns: tuple[str, ...]

    @property
    def leaf(self) -> str:
        """The SQL of a row's leaf."""
        return f"substr(sha256(record_send(ROW({', '.join(self.columns)}))), 1, {LEAF_BYTES})"


class RowsMissing(DomainError):
    """Rows that were numbered are gone before they were sealed."""

    code = "rows_missing"
    status = 409
    en = "{table} has lost rows after number {last}. Run the verification, and restore them before sealing."
    zh = "{table} 在编号 {last} 之后缺少记录。请先运行校验并恢复记录,再进行封存。"

    def __init__(self, *, table: str, last: int) -> None:
        super().__init__(table=table, last=last)


class BreachKind(StrEnum):
    """What does not fit."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CHAIN_BROKEN = "chain_broken"


@dataclass(frozen=True, slots=True)
class Breach:
    """The first place where rows and seals differ: a row of the table, or (row_id None) the chain itself."""

    kind: BreachKind
    table: str
    block_no: int | None = None
    row_id: int | None = None

    def __str__(self) -> str:
        place = f"row {self.row_id}" if self.row_id is not None else f"block {self.block_no}"
        return f"{self.table}: {place} {self.kind.value}"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest block: what a certificate quotes."""

    block_no: int
    last_id: int
    digest: bytes


def chain_head(session: TenantSession, chain: Chain) -> ChainHead:
    """The newest block, or number 0 before the first."""
    row = session.execute(text(_HEAD), {"tenant": session.tenant_id, "chain": chain.name}).one_or_none()
    return ChainHead(row.block_no, row.last_id, row.digest) if row else ChainHead(0, 0, _GENESIS)


_HEAD = """
    SELECT block_no, last_id, digest FROM seal_block WHERE tenant_id = :tenant AND chain = :chain
    ORDER BY block_no DESC LIMIT 1
"""

_DIGEST = """sha256(previous_digest || int8send(tenant_id) || int8send(block_no) || int8send(first_id)
                    || int8send(last_id) || convert_to(chain, 'UTF8') || leaves)"""

_SEAL = """
    INSERT INTO seal_block (tenant_id, chain, block_no, first_id, last_id, previous_digest, leaves, digest, sealed_at)
    SELECT *, {digest}, :now
    FROM (SELECT CAST(:tenant AS bigint) AS tenant_id, CAST(:chain AS text) AS chain,
                 CAST(:block AS bigint) AS block_no, CAST(:first AS bigint) AS first_id, max(id) AS last_id,
                 CAST(:previous AS bytea) AS previous_digest,
                 string_agg({leaf}, CAST('' AS bytea) ORDER BY id) AS leaves
          FROM {table} WHERE tenant_id = :tenant AND id >= :first AND id < :first + {rows}
          HAVING count(*) > 0) AS block
    RETURNING block_no, last_id, digest
"""


def seal(session: TenantSession, chain: Chain, *, clock: Clock) -> int:
    """Seal the rows that are not sealed yet, and return how many; call it where nobody waits for the chain.

    Ids are handed out under a lock held until commit, so a row that is visible has no predecessor still to come. A gap
    is not sealed over: raises RowsMissing, and `verify` names the row.
    """
    # Sealing twice at once would fork the chain; this head row lets one at a time.
    numbers.reserve(session, f"seal.{chain.name}", 0)
    head = start = chain_head(session, chain)
    while (newer := _seal_block(session, chain, head, clock)) is not None:
        full, head = newer.last_id - head.last_id >= BLOCK_ROWS, newer
        if not full:
            break  # a block with room in it has taken all there was
    return head.last_id - start.last_id


def _seal_block(session: TenantSession, chain: Chain, head: ChainHead, clock: Clock) -> ChainHead | None:
    statement = text(_SEAL.format(digest=_DIGEST, leaf=chain.leaf, table=chain.table, rows=BLOCK_ROWS))
    follows = {"block": head.block_no + 1, "first": head.last_id + 1, "previous": head.digest}
    named = {"tenant": session.tenant_id, "chain": chain.name, "now": clock.now()}
    try:
        row = session.execute(statement, named | follows).one_or_none()
    except IntegrityError as error:  # a_leaf_per_row: a question asked apart would see what was posted since
        raise RowsMissing(table=chain.table, last=head.last_id) from error
    return ChainHead(row.block_no, row.last_id, row.digest) if row else None


# Per block: does it follow its predecessor, is its digest its own, are its rows its leaves.
_BLOCKS = """
    SELECT block_no, first_id, last_id, chained, own, intact
    FROM (SELECT block_no, first_id, last_id,
                 first_id = coalesce(lag(last_id) OVER line, 0) + 1
                   AND block_no = coalesce(lag(block_no) OVER line, 0) + 1
                   AND previous_digest = coalesce(lag(digest) OVER line, :genesis) AS chained,
                 digest = {digest} AS own,
                 leaves = coalesce((SELECT string_agg({leaf}, CAST('' AS bytea) ORDER BY id) FROM {table} AS sealed
                                    WHERE sealed.tenant_id = :tenant AND id BETWEEN first_id AND last_id), '') AS intact
          FROM seal_block WHERE tenant_id = :tenant AND chain = :chain
          WINDOW line AS (ORDER BY block_no)) AS checked
    WHERE NOT (chained AND own AND intact)
    ORDER BY block_no LIMIT 1
"""

# Numbers count from 1, and every number that was handed out has its row.
_UNSEALED = """
    WITH head AS (SELECT coalesce(max(next_number), 1) AS next FROM number_head
                  WHERE tenant_id = :tenant AND series = :series)
    SELECT (SELECT min(id) FROM {table}, head WHERE tenant_id = :tenant AND (id < 1 OR id >= next)) AS inserted,
           (SELECT min(number) FROM head, generate_series(:last + 1, next - 1) AS number
            WHERE NOT EXISTS (SELECT FROM {table} AS row WHERE row.tenant_id = :tenant AND row.id = number)) AS missing
"""


def verify(session: TenantSession, chain: Chain, quoted: ChainHead | None = None) -> Breach | None:
    """Recompute the whole chain; the first breach, or None. `quoted` is a head that was once given away."""
    binds = {"tenant": session.tenant_id, "chain": chain.name, "genesis": _GENESIS}
    statement = text(_BLOCKS.format(digest=_DIGEST, leaf=chain.leaf, table=chain.table))
    block = session.execute(statement, binds).one_or_none()
    if block and block.chained and block.own:
        return _breach_in_block(session, chain, block.block_no)
    if block:
        return Breach(BreachKind.CHAIN_BROKEN, chain.table, block.block_no)
    if quoted and quoted.digest != _digest_of_block(session, chain, quoted.block_no):
        return Breach(BreachKind.CHAIN_BROKEN, chain.table, quoted.block_no)
    return _breach_beyond(session, chain)


def _digest_of_block(session: TenantSession, chain: Chain, block_no: int) -> bytes | None:
    block = session.get(SealBlock, (session.tenant_id, chain.name, block_no), populate_existing=True)
    return block.digest if block else None


def _breach_in_block(session: TenantSession, chain: Chain, block_no: int) -> Breach:
    block = session.get_one(SealBlock, (session.tenant_id, chain.name, block_no), populate_existing=True)
    statement = text(
        f"SELECT id, {chain.leaf} FROM {chain.table} WHERE tenant_id = :tenant AND id BETWEEN :low AND :high"
    )
    bounds = {"tenant": session.tenant_id, "low": block.first_id, "high": block.last_id}
    actual = {row_id: bytes(leaf) for row_id, leaf in session.execute(statement, bounds)}
    kind, row_id = first_difference(block.first_id, block.leaves, actual)
    return Breach(kind, chain.table, block_no, row_id)


def first_difference(first_id: int, leaves: bytes, actual: Mapping[int, bytes]) -> tuple[BreachKind, int]:
    """What is wrong with the first row that differs from its leaf; a row in another's place was reordered."""
    sealed = [leaves[start : start + LEAF_BYTES] for start in range(0, len(leaves), LEAF_BYTES)]
    for row_id, leaf in enumerate(sealed, start=first_id):
        found = actual.get(row_id)
        if found is None:
            return BreachKind.MISSING, row_id
        if found != leaf:
            return (BreachKind.REORDERED if found in set(sealed) else BreachKind.ALTERED), row_id
    msg = "the block is intact"
    raise AssertionError(msg)


def _breach_beyond(session: TenantSession, chain: Chain) -> Breach | None:
    """Rows that no number was handed out for, and numbers after the last seal that have lost their row."""
    last = chain_head(session, chain).last_id
    binds = {"tenant": session.tenant_id, "series": chain.series, "last": last}
    found = session.execute(text(_UNSEALED.format(table=chain.table)), binds).one()
    if found.missing is not None:
        return Breach(BreachKind.MISSING, chain.table, None, found.missing)
    if found.inserted is not None:
        return Breach(BreachKind.INSERTED, chain.table, None, found.inserted)
    return None
