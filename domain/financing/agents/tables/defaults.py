"""Defaults of agents, and the claims that follow once the deposit is used up (R27)."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from domain.financing.agents.states import (
    CLAIM_TRANSITIONS,
    DEFAULT_TRANSITIONS,
    ClaimState,
    ClaimStep,
    DefaultState,
)
from domain.financing.agents.tables.profiles import MINOR
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.values.money import Money


class AgentDefault(PublicRow, table=True):
    """What an agent owes and does not pay: `deposit_minor` of it was taken of the deposit."""

    __tablename__ = "agent_default"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        Index(
            "uq_agent_default_open",
            "tenant_id",
            "agent_id",
            unique=True,
            postgresql_where=text("state IN ('declared', 'enforced')"),
        ),
        CheckConstraint("owed_minor > 0", name="owed_positive"),
        CheckConstraint("deposit_minor BETWEEN 0 AND owed_minor", name="deposit_within_owed"),
        CheckConstraint("paid_minor BETWEEN 0 AND owed_minor - deposit_minor", name="paid_within_rest"),
    )
    ENTITY: ClassVar[str] = "agent_default"
    TRANSITIONS: ClassVar[Mapping[DefaultState, frozenset[DefaultState]]] = DEFAULT_TRANSITIONS

    agent_id: UUID
    owed_minor: int = Field(sa_type=MINOR)
    deposit_minor: int = Field(default=0, sa_type=MINOR)
    paid_minor: int = Field(default=0, sa_type=MINOR)
    currency: str = Field(max_length=3)
    declared_on: date
    reason: str = Field(max_length=500)
    state: DefaultState = Field(sa_type=text_enum(DefaultState, "state"))
    made_by: str

    @property
    def public_id(self) -> str:
        """`dft_…`."""
        return public_id("dft", self.id)

    @property
    def owed(self) -> Money:
        """What was owed when it was declared."""
        return Money.from_minor(self.owed_minor, self.currency)

    @property
    def rest(self) -> Money:
        """What neither the deposit nor a claim has paid."""
        return Money.from_minor(self.owed_minor - self.deposit_minor - self.paid_minor, self.currency)


class AgentClaim(PublicRow, table=True):
    """What is claimed of one who stands in the order of default."""

    __tablename__ = "agent_claim"
    __table_args__ = (
        belongs_to("agent_default", "default_id"),
        belongs_to("agent", "agent_id"),
        belongs_to("party", "payer_id"),
        Index("uq_agent_claim_open", "tenant_id", "default_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_agent_claim_payer", "tenant_id", "payer_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("paid_minor BETWEEN 0 AND amount_minor", name="paid_within_amount"),
    )
    ENTITY: ClassVar[str] = "agent_claim"
    TRANSITIONS: ClassVar[Mapping[ClaimState, frozenset[ClaimState]]] = CLAIM_TRANSITIONS

    default_id: UUID
    agent_id: UUID
    step: ClaimStep = Field(sa_type=text_enum(ClaimStep, "step"))
    payer_id: UUID
    amount_minor: int = Field(sa_type=MINOR)
    paid_minor: int = Field(default=0, sa_type=MINOR)
    currency: str = Field(max_length=3)
    state: ClaimState = Field(sa_type=text_enum(ClaimState, "state"))

    @property
    def public_id(self) -> str:
        """`clm_…`."""
        return public_id("clm", self.id)

    @property
    def unpaid(self) -> Money:
        """What is still claimed."""
        return Money.from_minor(self.amount_minor - self.paid_minor, self.currency)
