"""Requests for cash, and the sealed offers that answer them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.financing.states import OFFER_TRANSITIONS, REQUEST_TRANSITIONS, OfferState, RequestState
from domain.financing.tables.contracts import BASIS_POINTS, MINOR, RATE, ContractFields, contract_checks
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.values.money import Money


class Request(PublicRow, table=True):
    """A seller asks for cash against one receivable; those asked for together share a batch and one approval."""

    __tablename__ = "financing_request"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        Index("ix_financing_request_batch", "tenant_id", "batch_id"),
        Index("ix_financing_request_state", "tenant_id", "state", "id"),
        Index(
            "uq_financing_request_live",
            "tenant_id",
            "receivable_id",
            unique=True,
            postgresql_where=text("state IN ('requested', 'approved_by_seller', 'open', 'accepted')"),
        ),
    )
    ENTITY: ClassVar[str] = "request"
    TRANSITIONS: ClassVar[Mapping[RequestState, frozenset[RequestState]]] = REQUEST_TRANSITIONS

    batch_id: UUID
    receivable_id: UUID
    seller_id: UUID
    state: RequestState = Field(sa_type=text_enum(RequestState, "state"))
    made_by: str
    sealed_until: datetime
    valid_until: date
    # Only the lenders it names may answer; all of them otherwise.
    by_invitation: bool = False
    warnings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)

    @property
    def public_id(self) -> str:
        """`req_…`."""
        return public_id("req", self.id)


class Offer(PublicRow, ContractFields, table=True):
    """What a lender would pay for one request, sealed until the request's deadline; the all-in rate is R14."""

    __tablename__ = "offer"
    __table_args__ = (
        belongs_to("financing_request", "request_id"),
        belongs_to("facility", "facility_id"),
        belongs_to("party", "lender_id"),
        CheckConstraint("principal_minor > 0", name="principal_positive"),
        CheckConstraint("net_minor > 0", name="net_positive"),
        *contract_checks(),
        Index("ix_offer_batch", "tenant_id", "batch_id"),
        Index("ix_offer_request", "tenant_id", "request_id"),
        Index("ix_offer_state", "tenant_id", "state", "expires_on"),
        Index(
            "uq_offer_live",
            "tenant_id",
            "request_id",
            "facility_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'offered', 'accepted')"),
        ),
    )
    ENTITY: ClassVar[str] = "offer"
    TRANSITIONS: ClassVar[Mapping[OfferState, frozenset[OfferState]]] = OFFER_TRANSITIONS

    batch_id: UUID
    request_id: UUID
    facility_id: UUID
    lender_id: UUID
    currency: str = Field(max_length=3)
    advance_rate: Decimal = Field(sa_type=RATE)
    fee_bp: Decimal = Field(sa_type=BASIS_POINTS)
    principal_minor: int = Field(sa_type=MINOR)
    fee_minor: int = Field(sa_type=MINOR)
    interest_minor: int = Field(sa_type=MINOR)
    debtor_fee_minor: int = Field(default=0, sa_type=MINOR)
    net_minor: int = Field(sa_type=MINOR)
    all_in_simple: Decimal = Field(sa_type=Numeric(18, 9))
    all_in_effective: Decimal = Field(sa_type=Numeric(24, 9))
    expires_on: date
    state: OfferState = Field(sa_type=text_enum(OfferState, "state"))
    made_by: str
    facility_version: int = 1
    warnings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)

    @property
    def public_id(self) -> str:
        """`off_…`."""
        return public_id("off", self.id)

    @property
    def principal(self) -> Money:
        """What would be lent."""
        return Money.from_minor(self.principal_minor, self.currency)
