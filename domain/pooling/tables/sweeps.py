"""Sweeps proposed over pools, and the loan slip of each that moved cash."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.pooling.rules import SkipReason, SweepDirection, SweepMeans, SweepMethod
from domain.pooling.states import PROPOSAL_TRANSITIONS, SWEEP_TRANSITIONS, ProposalState, SweepState
from domain.values.money import Money


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
        CheckConstraint("amount_minor <= rule_minor", name="never_beyond_the_rule"),
        CheckConstraint("(amount_minor = rule_minor) = (edited_by IS NULL)", name="edited"),
        CheckConstraint("(amount_minor = 0) = (skip_reason IS NOT NULL)", name="skipped_with_reason"),
        CheckConstraint("state <> 'skipped' OR skip_reason IS NOT NULL", name="skipped_state"),
        # What positions ask for all day: sweeps that are under way.
        Index(
            "ix_sweep_under_way",
            "tenant_id",
            "proposal_id",
            postgresql_where=text("state IN ('approved', 'reserved', 'instructed', 'unknown', 'queried')"),
        ),
        belongs_to("sweep_proposal", "proposal_id"),
        belongs_to("bank_account", "account_id"),
        belongs_to("bank_account", "parent_account_id"),
        belongs_to("party", "party_id"),
        # What the bank says of each is written into the page it stands on.
        {"postgresql_with": {"fillfactor": 50}},
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
    rule_minor: int = Field(sa_type=BigInteger)  # what the rules gave; people may lower the amount, never raise it
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    means: SweepMeans = Field(sa_type=text_enum(SweepMeans, "means"))
    skip_reason: SkipReason | None = Field(default=None, sa_type=text_enum(SkipReason, "skip_reason"))
    state: SweepState = Field(sa_type=text_enum(SweepState, "state"))
    value_date: date | None = None
    failure: str | None = None
    edited_by: str | None = None
    edit_reason: str | None = Field(default=None, max_length=500)

    @property
    def amount(self) -> Money:
        """What is swept; zero when skipped."""
        return Money.from_minor(self.amount_minor, self.currency)


class LoanSlip(PublicRow, table=True):
    """The entrustment loan that one executed sweep is: who lends whom how much, from when, at which rate.

    Without foreign keys, as movements are: they took more time than all else. Both sides are those of the sweep's leg;
    `checks.orphans` finds a slip of which that is not so.
    """

    __tablename__ = "loan_slip"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        UniqueConstraint("tenant_id", "sweep_id"),
        CheckConstraint("principal_minor > 0", name="principal"),
        CheckConstraint("lender_id <> borrower_id OR lender_account_id <> borrower_account_id", name="two_sides"),
        Index(None, "tenant_id", "lent_on"),
        {"info": {"append_only": True}},
    )

    reference: str = Field(max_length=35)
    sweep_id: UUID
    structure_id: UUID
    structure_version: int
    lender_id: UUID
    lender_account_id: UUID
    borrower_id: UUID
    borrower_account_id: UUID
    principal_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    annual_rate: Decimal = Field(sa_type=Numeric(12, 9))
    evaluated_on: date
    lent_on: date

    @property
    def principal(self) -> Money:
        """What is lent."""
        return Money.from_minor(self.principal_minor, self.currency)
