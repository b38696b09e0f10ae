"""Pools: what is in force today, every version there was or will be, and when a pool is evaluated by itself."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.pooling.evaluation import SweepOrder
from domain.pooling.rules import SweepMeans, SweepMethod, TargetMode
from domain.pooling.states import VERSION_TRANSITIONS, SlotKind, VersionState


class PoolStructure(PublicRow, table=True):
    """A header account and what is swept into it, as in force today; `version` names the one of `PoolVersion`."""

    __tablename__ = "pool_structure"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        UniqueConstraint("tenant_id", "header_account_id"),
        belongs_to("bank_account", "header_account_id"),
    )

    name: str = Field(max_length=100)
    currency: str = Field(max_length=3)
    header_account_id: UUID
    floor_minor: int = Field(sa_type=BigInteger)
    sweep_order: SweepOrder = Field(sa_type=text_enum(SweepOrder, "sweep_order"))
    # The structure's own standing approval: its proposals go without a second person.
    auto_approve: bool
    version: int


class MemberTerms(SQLModel):
    """How an account is swept: the columns that a member in force shares with that of a version."""

    priority: int
    floor_minor: int = Field(sa_type=BigInteger)
    method: SweepMethod = Field(sa_type=text_enum(SweepMethod, "method"))
    target_minor: int = Field(sa_type=BigInteger)
    target_mode: TargetMode = Field(sa_type=text_enum(TargetMode, "target_mode"))
    threshold_minor: int = Field(sa_type=BigInteger)
    keep_minor: int = Field(sa_type=BigInteger)
    percent: Decimal = Field(sa_type=Numeric(12, 9))
    fixed_minor: int = Field(sa_type=BigInteger)
    lower_minor: int = Field(sa_type=BigInteger)
    upper_minor: int = Field(sa_type=BigInteger)
    two_way: bool
    partial_fill: bool
    lot_minor: int = Field(sa_type=BigInteger)
    minimum_minor: int = Field(sa_type=BigInteger)
    maximum_minor: int | None = Field(default=None, sa_type=BigInteger)
    # How its up-legs go; a header always pays its down-legs.
    means: SweepMeans = Field(sa_type=text_enum(SweepMeans, "means"))


class PoolMember(PublicRow, MemberTerms, table=True):
    """An account that is swept today, and how; `place` puts upper accounts before those below them."""

    __tablename__ = "pool_member"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id"),
        UniqueConstraint("tenant_id", "structure_id", "place"),
        CheckConstraint("account_id <> parent_account_id", name="not_its_own_parent"),
        CheckConstraint("lot_minor >= 1 AND minimum_minor >= 0", name="limits"),
        CheckConstraint("maximum_minor > 0 AND maximum_minor % lot_minor = 0", name="maximum_in_lots"),
        CheckConstraint("keep_minor <= threshold_minor", name="collar_within_threshold"),
        belongs_to("pool_structure", "structure_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_account", "parent_account_id"),
        belongs_to("party", "party_id"),
    )

    structure_id: UUID
    place: int
    account_id: UUID
    party_id: UUID
    parent_account_id: UUID


class PoolVersion(PublicRow, table=True):
    """One version of a pool's terms, members and rates, in force from a date until the next one; never rewritten.

    `up_rate` is what a header owes for what branches gave up, `down_rate` what a branch owes for what it was given.
    """

    __tablename__ = "pool_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "structure_id", "version"),
        CheckConstraint("up_rate >= 0 AND down_rate >= 0", name="rates"),
        # One change of a pool waits at a time: a second would be approved against members that the first replaces.
        Index(
            "uq_pool_version_waiting",
            "tenant_id",
            "structure_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
        belongs_to("pool_structure", "structure_id"),
    )

    ENTITY: ClassVar[str] = "pool_version"
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]] = VERSION_TRANSITIONS

    structure_id: UUID
    version: int
    effective_on: date
    floor_minor: int = Field(sa_type=BigInteger)
    sweep_order: SweepOrder = Field(sa_type=text_enum(SweepOrder, "sweep_order"))
    auto_approve: bool
    up_rate: Decimal = Field(sa_type=Numeric(12, 9))
    down_rate: Decimal = Field(sa_type=Numeric(12, 9))
    member_count: int
    state: VersionState = Field(sa_type=text_enum(VersionState, "state"))
    digest: str = Field(max_length=64)
    made_by: str
    reason: str = Field(max_length=500)


class PoolVersionMember(TenantRow, MemberTerms, table=True):
    """An account as a version has it; copied into `pool_member` when the version comes into force."""

    __tablename__ = "pool_version_member"
    __table_args__ = (
        UniqueConstraint("tenant_id", "version_id", "account_id"),
        CheckConstraint("account_id <> parent_account_id", name="not_its_own_parent"),
        CheckConstraint("lot_minor >= 1 AND minimum_minor >= 0", name="limits"),
        CheckConstraint("maximum_minor > 0 AND maximum_minor % lot_minor = 0", name="maximum_in_lots"),
        CheckConstraint("keep_minor <= threshold_minor", name="collar_within_threshold"),
        belongs_to("pool_version", "version_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_account", "parent_account_id"),
        belongs_to("party", "party_id"),
        {"info": {"append_only": True}},
    )

    version_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)
    account_id: UUID
    party_id: UUID
    parent_account_id: UUID


class PoolSlot(TenantRow, table=True):
    """When a pool is evaluated by itself: at the times of a cron expression, or when a balance crosses a threshold."""

    __tablename__ = "pool_slot"
    __table_args__ = (
        CheckConstraint("(kind = 'cron') = (cron IS NOT NULL)", name="cron_of_times"),
        CheckConstraint("(kind = 'balance') = (threshold_minor IS NOT NULL)", name="threshold_of_events"),
        belongs_to("pool_structure", "structure_id"),
    )

    structure_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=10)
    kind: SlotKind = Field(sa_type=text_enum(SlotKind, "kind"))
    cron: str | None = Field(default=None, max_length=100)
    threshold_minor: int | None = Field(default=None, sa_type=BigInteger)
    seen_entry_id: int = Field(default=0, sa_type=BigInteger)  # statement entries up to this one were looked at
