"""The ledger's rows. Only this module's own code reads or writes them.

Transfers and postings are never updated or deleted. Their ids are bigints without gaps per tenant, so that a missing
row shows (`platform.seals`). Transfers have no foreign keys (they cost 2.6 times the time of a bulk posting): the
ledger updates the counters of all accounts it names in the same transaction, and refuses when one is not there.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.ledger.chart import AccountKind, Side
from domain.platform.tables import TenantRow, belongs_to, text_enum

# What the owner of the account can still spend: its balance on the normal side, less what is held for going out.
AVAILABLE = (
    "CASE normal_side WHEN 'debit' THEN debits_posted - credits_posted - credits_pending "
    "ELSE credits_posted - debits_posted - debits_pending END"
)


class Account(TenantRow, table=True):
    """One account: what has ever gone in on each side, and what is held.

    `floor_minor` is zero, or as far below as the bank's own acts (Mode.IMPOSED) have brought an account that may not go
    negative; it rises with the balance.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "owner", "kind", "currency", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"may_go_negative OR {AVAILABLE} >= floor_minor", name="floor"),
        CheckConstraint("floor_minor <= 0", name="floor_not_above_zero"),
        CheckConstraint(
            "debits_posted >= 0 AND credits_posted >= 0 AND debits_pending >= 0 AND credits_pending >= 0",
            name="counters_not_negative",
        ),
        # Half of each page is left for the next version of its rows: no index is touched when counters change, even
        # when one posting changes every account of a page.
        {"postgresql_with": {"fillfactor": 45}},
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    kind: AccountKind = Field(sa_type=text_enum(AccountKind, "kind"))
    owner: UUID | None = None
    currency: str = Field(max_length=3)
    normal_side: Side = Field(sa_type=text_enum(Side, "normal_side"))
    may_go_negative: bool
    floor_minor: int = Field(default=0, sa_type=BigInteger)
    debits_posted: int = Field(default=0, sa_type=BigInteger)
    credits_posted: int = Field(default=0, sa_type=BigInteger)
    debits_pending: int = Field(default=0, sa_type=BigInteger)
    credits_pending: int = Field(default=0, sa_type=BigInteger)
    opened_at: datetime


class PostingRow(TenantRow, table=True):
    """A business event, or a chunk of a large one: its transfers are `transfer_count` ids from `first_transfer_id`."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key", "chunk"),
        UniqueConstraint("tenant_id", "reverses"),
        Index(None, "tenant_id", "source"),
        Index(None, "tenant_id", "value_date", "id"),
        CheckConstraint("transfer_count >= 0 AND rejected_count >= 0 AND total_minor >= 0", name="counts"),
        {"info": {"append_only": True}},
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    key: str
    chunk: int = 0  # 0 for a whole event, 1.. for the chunks of a large batch
    content_digest: bytes = Field(sa_type=LargeBinary)
    event: str
    source: str
    value_date: date
    booked_at: datetime
    actor: str
    explanation: dict[str, Any] = Field(sa_type=JSONB)
    reverses: int | None = Field(default=None, sa_type=BigInteger)
    first_transfer_id: int = Field(sa_type=BigInteger)
    transfer_count: int
    rejected_count: int = 0
    total_minor: int = Field(default=0, sa_type=BigInteger)  # of a batch, in its one currency


class Transfer(TenantRow, table=True):
    """One amount from one account to another. Columns run from wide to narrow: no padding between them."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        CheckConstraint("mode BETWEEN 0 AND 4", name="mode"),
        CheckConstraint("(pending_id IS NOT NULL) = (mode IN (2, 3))", name="ends_a_hold"),
        Index("ix_ledger_transfer_debit", "tenant_id", "debit_account_id", "value_date", "id"),
        Index("ix_ledger_transfer_credit", "tenant_id", "credit_account_id", "value_date", "id"),
        Index(
            "uq_ledger_transfer_reference",
            "tenant_id",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
        Index(
            "uq_ledger_transfer_pending_id",
            "tenant_id",
            "pending_id",
            unique=True,
            postgresql_where=text("pending_id IS NOT NULL"),
        ),
        {"info": {"append_only": True}},
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    posting_id: int = Field(sa_type=BigInteger)
    debit_account_id: int = Field(sa_type=BigInteger)
    credit_account_id: int = Field(sa_type=BigInteger)
    amount: int = Field(sa_type=BigInteger)
    reference: int | None = Field(default=None, sa_type=BigInteger)
    pending_id: int | None = Field(default=None, sa_type=BigInteger)
    value_date: date
    mode: int = Field(sa_type=SmallInteger)  # posting.Mode.number


class BatchPlan(TenantRow, table=True):
    """A batch that goes in chunks, as it was begun: resuming it with other rows is refused."""

    __tablename__ = "ledger_batch"
    __table_args__ = ({"info": {"append_only": True}},)

    key: str = Field(primary_key=True)
    content_digest: bytes = Field(sa_type=LargeBinary)
    row_count: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    fingerprint: int = Field(sa_type=BigInteger)
    chunk_count: int
    begun_at: datetime


class Reject(TenantRow, table=True):
    """A row of a batch that was not booked, as it came, and why."""

    __tablename__ = "ledger_reject"
    __table_args__ = (belongs_to("ledger_posting", "posting_id"), {"info": {"append_only": True}})

    posting_id: int = Field(primary_key=True, sa_type=BigInteger)
    line: int = Field(primary_key=True, sa_type=BigInteger)
    debit_account_id: int | None = Field(default=None, sa_type=BigInteger)
    credit_account_id: int | None = Field(default=None, sa_type=BigInteger)
    amount: int | None = Field(default=None, sa_type=BigInteger)
    reference: int | None = Field(default=None, sa_type=BigInteger)
    pending_id: int | None = Field(default=None, sa_type=BigInteger)
    reason: str
