"""Pools and their members, the takings that feed them, and the sweeps proposed over them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.pooling.evaluation import SweepOrder
from domain.pooling.rules import SkipReason, SweepDirection, SweepMethod, TargetMode
from domain.pooling.states import PROPOSAL_TRANSITIONS, SWEEP_TRANSITIONS, ProposalState, SweepState, TakingStanding
from domain.values.money import Money


class PoolStructure(PublicRow, table=True):
    """A header account and what is swept into it; `version` counts changes of its terms or members."""

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


class PoolMember(PublicRow, table=True):
    """An account that is swept, and how; `place` puts upper accounts before those below them."""

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


class SweepProposal(PublicRow, table=True):
    """One evaluation of a structure; a second one of the same date and slot would sweep again, so there is none."""

    __tablename__ = "sweep_proposal"
    __table_args__ = (
        UniqueConstraint("tenant_id", "structure_id", "business_date", "slot"),
        belongs_to("pool_structure", "structure_id"),
    )

    ENTITY: ClassVar[str] = "sweep_proposal"
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]] = PROPOSAL_TRANSITIONS

    structure_id: UUID
    structure_version: int
    business_date: date
    slot: str = Field(max_length=16)
    state: ProposalState = Field(sa_type=text_enum(ProposalState, "state"))
    digest: str = Field(max_length=64)
    evaluated_by: str
    currency: str = Field(max_length=3)
    header_before_minor: int = Field(sa_type=BigInteger)
    header_after_minor: int = Field(sa_type=BigInteger)
    up_minor: int = Field(sa_type=BigInteger)
    down_minor: int = Field(sa_type=BigInteger)
    sweep_count: int
    skip_count: int

    @property
    def heading(self) -> list[str]:
        """What its digest covers beside its legs."""
        version, on = str(self.structure_version), self.business_date.isoformat()
        return [str(self.structure_id), version, on, self.slot, self.currency]

    @property
    def up(self) -> Money:
        """Σ of what goes from children to their headers."""
        return Money.from_minor(self.up_minor, self.currency)

    @property
    def down(self) -> Money:
        """Σ of what goes from headers to their children."""
        return Money.from_minor(self.down_minor, self.currency)


class Sweep(PublicRow, table=True):
    """One leg between an account and the one above it; skipped ones stay, with their reason."""

    __tablename__ = "sweep"
    __table_args__ = (
        UniqueConstraint("tenant_id", "proposal_id", "place"),
        CheckConstraint("raw_minor > 0 AND lot_amount_minor >= 0 AND amount_minor >= 0", name="amounts"),
        CheckConstraint("(amount_minor = 0) = (skip_reason IS NOT NULL)", name="skipped_with_reason"),
        CheckConstraint("(state = 'skipped') = (skip_reason IS NOT NULL)", name="skipped_state"),
        # What positions ask for all day: sweeps that are under way.
        Index(
            "ix_sweep_under_way",
            "tenant_id",
            "proposal_id",
            postgresql_where=text("state IN ('approved', 'instructed')"),
        ),
        belongs_to("sweep_proposal", "proposal_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_account", "parent_account_id"),
        belongs_to("party", "party_id"),
    )

    ENTITY: ClassVar[str] = "sweep"
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]] = SWEEP_TRANSITIONS

    proposal_id: UUID
    place: int
    account_id: UUID
    parent_account_id: UUID
    party_id: UUID
    method: SweepMethod = Field(sa_type=text_enum(SweepMethod, "method"))
    direction: SweepDirection = Field(sa_type=text_enum(SweepDirection, "direction"))
    wave: int
    available_minor: int = Field(sa_type=BigInteger)
    raw_minor: int = Field(sa_type=BigInteger)
    lot_amount_minor: int = Field(sa_type=BigInteger)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    skip_reason: SkipReason | None = Field(default=None, sa_type=text_enum(SkipReason, "skip_reason"))
    state: SweepState = Field(sa_type=text_enum(SweepState, "state"))
    value_date: date | None = None
    failure: str | None = None

    @property
    def amount(self) -> Money:
        """What is swept; zero when skipped."""
        return Money.from_minor(self.amount_minor, self.currency)


class TakingsImport(PublicRow, table=True):
    """One file of till weeks: what was in it, and what became of its rows."""

    __tablename__ = "takings_import"

    file_name: str = Field(max_length=255)
    digest: bytes = Field(sa_type=LargeBinary)
    currency: str = Field(max_length=3)
    rows_read: int
    rows_outside: int
    rows_known: int
    rows_taken: int
    rows_refused: int
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    made_by: str


class TillWeek(TenantRow, table=True):
    """What one till of a branch took in the week that ends on a date; the key makes a repeated file harmless."""

    __tablename__ = "till_week"
    __table_args__ = (
        belongs_to("party", "branch_id"),
        belongs_to("takings_import", "import_id"),
        {"info": {"append_only": True}},
    )

    branch_id: UUID = Field(primary_key=True)
    till: str = Field(primary_key=True, max_length=32)
    week_ends_on: date = Field(primary_key=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    import_id: UUID


class Taking(TenantRow, table=True):
    """What a branch should see on its account for one day: takings, or a correction, which is negative.

    The reference travels with the money, so that the bank's entry names it. `booked_minor` is what the bank then
    said; it stays empty while nothing was seen.
    """

    __tablename__ = "taking"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint(
            "(booked_minor IS NULL) = (booked_on IS NULL) AND (booked_minor IS NULL) = (entry_id IS NULL)",
            name="booked",
        ),
        Index("ix_taking_expected", "tenant_id", "taken_on", postgresql_where=text("booked_minor IS NULL")),
        Index(None, "tenant_id", "branch_id", "taken_on"),
        Index("uq_taking_entry", "tenant_id", "entry_id", unique=True),
        belongs_to("party", "branch_id"),
        belongs_to("takings_import", "import_id"),
        belongs_to("statement_entry", "entry_id"),
    )

    reference: str = Field(primary_key=True, max_length=35)
    branch_id: UUID
    taken_on: date
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    import_id: UUID
    entry_id: int | None = Field(default=None, sa_type=BigInteger)
    booked_minor: int | None = Field(default=None, sa_type=BigInteger)
    booked_on: date | None = None

    @property
    def standing(self) -> TakingStanding:
        """Whether the bank has said of it what the till did."""
        if self.booked_minor is None:
            return TakingStanding.EXPECTED
        return TakingStanding.BOOKED if self.booked_minor == self.amount_minor else TakingStanding.DIFFERS
