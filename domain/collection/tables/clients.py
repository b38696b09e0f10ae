"""Clients: the firms for which dues are collected, on what terms, and what they are paid."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from domain.collection.rules import FeePlan
from domain.collection.states import (
    CLIENT_TRANSITIONS,
    PAYOUT_TRANSITIONS,
    ClientState,
    MandatePurpose,
    PayoutState,
)
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.values.business_days import Roll
from domain.values.money import Money

_DAYS = ARRAY(Integer)


class Client(PublicRow, table=True):
    """A firm that has entrusted the collection of its dues: which account collects, for what fee, and when it is paid.

    `operator_id` owns the collecting account and earns the fee. `risk_limit_minor` is what may be paid out before it is
    final; `dunning_days` are the days after a failure on which a payer is reminded.
    """

    __tablename__ = "collection_client"
    __table_args__ = (
        UniqueConstraint("tenant_id", "party_id", "currency"),
        belongs_to("party", "party_id"),
        belongs_to("party", "operator_id"),
        belongs_to("bank_account", "own_account_id"),
        CheckConstraint("fee_minor >= 0 AND fee_bp >= 0 AND fee_bp < 10000 AND fee_most_minor > 0", name="fee"),
        CheckConstraint("risk_limit_minor >= 0 AND notice_days >= 0", name="not_negative"),
    )
    ENTITY: ClassVar[str] = "collection_client"
    TRANSITIONS: ClassVar[Mapping[ClientState, frozenset[ClientState]]] = CLIENT_TRANSITIONS

    party_id: UUID
    operator_id: UUID
    own_account_id: UUID
    currency: str = Field(max_length=3)
    purpose: MandatePurpose = Field(sa_type=text_enum(MandatePurpose, "purpose"))
    fee_minor: int = Field(sa_type=BigInteger)
    fee_bp: Decimal = Field(sa_type=Numeric(8, 3))
    fee_most_minor: int | None = Field(default=None, sa_type=BigInteger)
    risk_limit_minor: int = Field(default=0, sa_type=BigInteger)
    notice_days: int
    roll: Roll = Field(default=Roll.FOLLOWING, sa_type=text_enum(Roll, "roll"))
    dunning_days: list[int] = Field(sa_type=_DAYS)
    state: ClientState = Field(sa_type=text_enum(ClientState, "state"))
    made_by: str

    @property
    def public_id(self) -> str:
        """`cli_…`."""
        return public_id("cli", self.id)

    @property
    def fees(self) -> FeePlan:
        """What it pays for a collected item."""
        most = None if self.fee_most_minor is None else Money.from_minor(self.fee_most_minor, self.currency)
        return FeePlan(Money.from_minor(self.fee_minor, self.currency), self.fee_bp, most)


class ClientPayout(PublicRow, table=True):
    """What a client is paid on a day: gross of its dues, less fees, less what came back after it had been paid."""

    __tablename__ = "client_payout"
    __table_args__ = (
        belongs_to("collection_client", "client_id"),
        Index(
            "uq_client_payout_day",
            "tenant_id",
            "client_id",
            "planned_on",
            unique=True,
            postgresql_where=text("state <> 'failed'"),
        ),
        Index("ix_client_payout_at_risk", "tenant_id", "id", postgresql_where=text("at_risk")),
        CheckConstraint("gross_minor - fee_minor - recovered_minor = net_minor", name="adds_up"),
        CheckConstraint("net_minor > 0 AND fee_minor >= 0 AND gross_minor > 0 AND item_count > 0", name="amounts"),
    )
    ENTITY: ClassVar[str] = "client_payout"
    TRANSITIONS: ClassVar[Mapping[PayoutState, frozenset[PayoutState]]] = PAYOUT_TRANSITIONS

    client_id: UUID
    planned_on: date
    currency: str = Field(max_length=3)
    item_count: int
    gross_minor: int = Field(sa_type=BigInteger)
    fee_minor: int = Field(sa_type=BigInteger)
    recovered_minor: int = Field(sa_type=BigInteger)
    net_minor: int = Field(sa_type=BigInteger)
    state: PayoutState = Field(sa_type=text_enum(PayoutState, "state"))
    at_risk: bool = True  # some of its dues may still be taken back by the payers' banks, when last looked at
    paid_on: date | None = None
    failure_reason: str = ""

    @property
    def public_id(self) -> str:
        """`cpo_…`."""
        return public_id("cpo", self.id)


class ClientClaim(PublicRow, table=True):
    """What a client owes back: a due that the payer's bank took back after `paid_by` had paid it out.

    Without `paid_by` it is a part of a due that goes back to its payer. Below zero it is owed to the client: it was
    recovered, and then the payment it was recovered for, or the refund, failed.
    """

    __tablename__ = "client_claim"
    __table_args__ = (
        belongs_to("collection_client", "client_id"),
        belongs_to("collection_due", "due_id"),
        belongs_to("client_payout", "paid_by"),
        belongs_to("client_payout", "recovered_by"),
        Index("ix_client_claim_open", "tenant_id", "client_id", postgresql_where=text("recovered_by IS NULL")),
        Index("ix_client_claim_paid_by", "tenant_id", "paid_by"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
    )

    client_id: UUID
    due_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    arose_on: date
    paid_by: UUID | None = None
    recovered_by: UUID | None = None

    @property
    def public_id(self) -> str:
        """`ccl_…`."""
        return public_id("ccl", self.id)
