"""How a facility bids: what it advances by grade of confirmation, its automatic rules, and what it declined."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from domain.financing.tables.contracts import BASIS_POINTS, MINOR, RATE
from domain.platform.tables import TenantRow, belongs_to, text_enum
from domain.receivables.states import ConfirmationGrade


class FacilityGrade(TenantRow, table=True):
    """The most a facility advances on a receivable confirmed so well; a grade without a row is not financed."""

    __tablename__ = "facility_grade"
    __table_args__ = (
        belongs_to("facility", "facility_id"),
        CheckConstraint("advance_rate > 0 AND advance_rate <= 1", name="advance_rate_fraction"),
    )

    facility_id: UUID = Field(primary_key=True)
    grade: ConfirmationGrade = Field(primary_key=True, sa_type=text_enum(ConfirmationGrade, "grade"))
    advance_rate: Decimal = Field(sa_type=RATE)


class BidRule(TenantRow, table=True):
    """The first rule that fits a request, by position, decides what an automatic offer asks, or that none is made.

    What is not named fits everything; tenors and amounts are inclusive.
    """

    __tablename__ = "bid_rule"
    __table_args__ = (
        belongs_to("facility", "facility_id"),
        belongs_to("party", "seller_id"),
        belongs_to("party", "debtor_id"),
        CheckConstraint("min_days <= max_days", name="days_in_order"),
        CheckConstraint("min_minor <= max_minor", name="amounts_in_order"),
        CheckConstraint("NOT declines OR (rate_bp = 0 AND fee_bp = 0 AND advance_rate IS NULL)", name="declines_alone"),
    )

    facility_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    seller_id: UUID | None = None
    debtor_id: UUID | None = None
    grade: ConfirmationGrade | None = Field(default=None, sa_type=text_enum(ConfirmationGrade, "grade"))
    min_days: int | None = None
    max_days: int | None = None
    min_minor: int | None = Field(default=None, sa_type=MINOR)
    max_minor: int | None = Field(default=None, sa_type=MINOR)
    declines: bool = False
    rate_bp: Decimal = Field(default=Decimal(0), sa_type=BASIS_POINTS)
    fee_bp: Decimal = Field(default=Decimal(0), sa_type=BASIS_POINTS)
    advance_rate: Decimal | None = Field(default=None, sa_type=RATE)


class RequestInvitation(TenantRow, table=True):
    """A lender that a seller asked by name; one who is not named sees nothing of such a request."""

    __tablename__ = "request_invitation"
    __table_args__ = (belongs_to("financing_request", "request_id"), belongs_to("party", "lender_id"))

    request_id: UUID = Field(primary_key=True)
    lender_id: UUID = Field(primary_key=True)


class RequestDecline(TenantRow, table=True):
    """That a facility does not answer a request, and why: a person's word, or its rule's. Its lender's own affair."""

    __tablename__ = "request_decline"
    __table_args__ = (
        belongs_to("financing_request", "request_id"),
        belongs_to("facility", "facility_id"),
        {"info": {"append_only": True}},
    )

    request_id: UUID = Field(primary_key=True)
    facility_id: UUID = Field(primary_key=True)
    reason: str
    made_by: str
    declined_at: datetime
