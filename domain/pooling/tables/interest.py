"""Intercompany positions of pools and the interest on them: movements, what each leg bore, days, settlements."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, text
from sqlmodel import Field

from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.pooling.states import SETTLEMENT_TRANSITIONS, MovementKind, SettlementMode, SettlementState
from domain.values.money import Money


class PoolMovement(TenantRow, table=True):
    """A change of what a branch's account is owed by the account above it, by value date; up is positive.

    Its firm, accounts and pool are those of a leg, from which they are copied; `checks.orphans` finds one without.
    `taken_on` is the business date whose accrual counted it first. One that is valued before that date was late: the
    days behind it are accrued as a difference, and nothing is rewritten.
    """

    __tablename__ = "pool_movement"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index(None, "tenant_id", "account_id", "structure_id", "value_date"),
        # By the leg, as it is asked for: by the pool alone, every leg would read all that is new.
        Index(
            "ix_pool_movement_new",
            "tenant_id",
            "account_id",
            "structure_id",
            postgresql_where=text("taken_on IS NULL"),
        ),
    )

    source_id: UUID = Field(primary_key=True)  # the sweep, correction or settlement
    kind: MovementKind = Field(sa_type=text_enum(MovementKind, "kind"), primary_key=True)
    structure_id: UUID
    account_id: UUID
    parent_account_id: UUID
    party_id: UUID
    currency: str = Field(max_length=3)
    value_date: date
    amount_minor: int = Field(sa_type=BigInteger)
    taken_on: date | None = None


class PoolLeg(TenantRow, table=True):
    """What stands between an account and the one above it, and the interest that has accrued on it, both ways.

    The bases are Σ position x rate x days, exact; what has accrued is a base over 360, rounded once, so that a day's
    interest is a difference of rounded sums and never drifts (R16).
    """

    __tablename__ = "pool_leg"
    __table_args__ = (
        Index(None, "tenant_id", "structure_id", "account_id"),
        belongs_to("pool_structure", "structure_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_account", "parent_account_id"),
        belongs_to("party", "party_id"),
        belongs_to("party", "parent_party_id"),
    )

    account_id: UUID = Field(primary_key=True)
    parent_account_id: UUID = Field(primary_key=True)
    structure_id: UUID = Field(primary_key=True)
    party_id: UUID
    parent_party_id: UUID
    currency: str = Field(max_length=3)
    position_minor: int = Field(sa_type=BigInteger)  # by the movements that were taken
    accrued_until: date
    earned_base: Decimal = Field(sa_type=Numeric)
    owed_base: Decimal = Field(sa_type=Numeric)
    earned_minor: int = Field(sa_type=BigInteger)  # the header owes it to the branch
    owed_minor: int = Field(sa_type=BigInteger)  # the branch owes it to the header
    earned_settled_minor: int = Field(sa_type=BigInteger)
    owed_settled_minor: int = Field(sa_type=BigInteger)

    @property
    def position(self) -> Money:
        """What the branch's account is owed; negative where it owes."""
        return Money.from_minor(self.position_minor, self.currency)


class PoolAccrual(TenantRow, table=True):
    """What a leg bore on one business date, days behind that came to be known included; no row where nothing."""

    __tablename__ = "pool_accrual"
    __table_args__ = (
        CheckConstraint("earned_minor <> 0 OR owed_minor <> 0", name="something"),
        Index(None, "tenant_id", "business_date", "reason"),
        belongs_to("pool_structure", "structure_id"),
        belongs_to("bank_account", "account_id"),
        {"info": {"append_only": True}},
    )

    account_id: UUID = Field(primary_key=True)
    parent_account_id: UUID = Field(primary_key=True)
    structure_id: UUID = Field(primary_key=True)
    business_date: date = Field(primary_key=True)
    reason: str = Field(primary_key=True, max_length=64)  # `day`, or the correction that found it
    parent_party_id: UUID
    currency: str = Field(max_length=3)
    position_minor: int = Field(sa_type=BigInteger)
    earned_minor: int = Field(sa_type=BigInteger)
    owed_minor: int = Field(sa_type=BigInteger)


class PoolAccrualRun(TenantRow, table=True):
    """That the interest of a business date was accrued; a date is closed once."""

    __tablename__ = "pool_accrual_run"
    __table_args__ = ({"info": {"append_only": True}},)

    business_date: date = Field(primary_key=True)
    legs: int
    recorded_at: datetime


class ValueCorrection(PublicRow, table=True):
    """That a sweep was valued on another date than the books had: the interest difference, found on a later date."""

    __tablename__ = "value_correction"
    __table_args__ = (
        CheckConstraint("was_valued_on <> valued_on", name="another_date"),
        Index(None, "tenant_id", "sweep_id"),
        belongs_to("sweep", "sweep_id"),
        {"info": {"append_only": True}},
    )

    sweep_id: UUID
    was_valued_on: date
    valued_on: date
    structure_version: int
    currency: str = Field(max_length=3)
    earned_minor: int = Field(sa_type=BigInteger)
    owed_minor: int = Field(sa_type=BigInteger)
    made_by: str
    reason: str = Field(max_length=500)


class InterestSettlement(PublicRow, table=True):
    """What a leg's accrued interest came to for a period: added to the position, or paid beside it."""

    __tablename__ = "interest_settlement"
    __table_args__ = (
        Index(
            "uq_interest_settlement_live",
            "tenant_id",
            "structure_id",
            "account_id",
            "parent_account_id",
            "until",
            unique=True,
            postgresql_where=text("state <> 'released'"),
        ),
        CheckConstraint("earned_minor <> 0 OR owed_minor <> 0", name="something"),
        belongs_to("pool_structure", "structure_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_account", "parent_account_id"),
        belongs_to("party", "party_id"),
        belongs_to("party", "parent_party_id"),
        Index("ix_interest_settlement_due", "tenant_id", "id", postgresql_where=text("state = 'due'")),
    )

    ENTITY: ClassVar[str] = "interest_settlement"
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]] = SETTLEMENT_TRANSITIONS

    structure_id: UUID
    account_id: UUID
    party_id: UUID
    parent_account_id: UUID
    parent_party_id: UUID
    until: date
    state: SettlementState = Field(sa_type=text_enum(SettlementState, "state"))
    mode: SettlementMode = Field(sa_type=text_enum(SettlementMode, "mode"))
    currency: str = Field(max_length=3)
    earned_minor: int = Field(sa_type=BigInteger)
    owed_minor: int = Field(sa_type=BigInteger)

    @property
    def net(self) -> Money:
        """What the branch gains; negative where it pays."""
        return Money.from_minor(self.earned_minor - self.owed_minor, self.currency)
