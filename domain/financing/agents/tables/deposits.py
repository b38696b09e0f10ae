"""Deposits of agents: every change, calls to top them up, and parts on their way back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from domain.financing.agents.states import (
    CALL_TRANSITIONS,
    RETURN_TRANSITIONS,
    CallReason,
    CallState,
    DepositEventKind,
    ReturnState,
)
from domain.financing.agents.tables.profiles import MINOR
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum
from domain.values.money import Money


class DepositEvent(TenantRow, table=True):
    """What changed a deposit, with its sign, by the word it is known by; a word counts once."""

    __tablename__ = "agent_deposit_event"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        UniqueConstraint("tenant_id", "source"),
        Index(None, "tenant_id", "agent_id"),
        CheckConstraint("(kind IN ('used', 'returned')) = (amount_minor < 0)", name="sign_of_its_kind"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        {"info": {"append_only": True}},
    )

    id: UUID = Field(primary_key=True)
    agent_id: UUID
    kind: DepositEventKind = Field(sa_type=text_enum(DepositEventKind, "kind"))
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    value_on: date
    source: str = Field(max_length=128)
    recorded_at: datetime


class DepositCall(PublicRow, table=True):
    """A call to bring a deposit to `target_minor` by a date: `amount_minor` was missing when it was made."""

    __tablename__ = "agent_deposit_call"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        Index(
            "uq_agent_deposit_call_open",
            "tenant_id",
            "agent_id",
            unique=True,
            postgresql_where=text("state IN ('called', 'missed')"),
        ),
        CheckConstraint("amount_minor > 0 AND amount_minor <= target_minor", name="amount_within_target"),
    )
    ENTITY: ClassVar[str] = "deposit_call"
    TRANSITIONS: ClassVar[Mapping[CallState, frozenset[CallState]]] = CALL_TRANSITIONS

    agent_id: UUID
    target_minor: int = Field(sa_type=MINOR)
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    due_on: date
    reason: CallReason = Field(sa_type=text_enum(CallReason, "reason"))
    state: CallState = Field(sa_type=text_enum(CallState, "state"))

    @property
    def public_id(self) -> str:
        """`dcl_…`."""
        return public_id("dcl", self.id)


class DepositReturn(PublicRow, table=True):
    """A part of the deposit on its way back to the agent: made by one, approved by another, paid by the bank."""

    __tablename__ = "agent_deposit_return"
    __table_args__ = (
        belongs_to("agent", "agent_id"),
        Index("ix_agent_deposit_return_state", "tenant_id", "state"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    ENTITY: ClassVar[str] = "deposit_return"
    TRANSITIONS: ClassVar[Mapping[ReturnState, frozenset[ReturnState]]] = RETURN_TRANSITIONS

    agent_id: UUID
    amount_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    state: ReturnState = Field(sa_type=text_enum(ReturnState, "state"))
    made_by: str
    failure_reason: str = ""

    @property
    def public_id(self) -> str:
        """`drt_…`."""
        return public_id("drt", self.id)

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money.from_minor(self.amount_minor, self.currency)
