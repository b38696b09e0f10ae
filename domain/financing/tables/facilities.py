"""Facilities: what a lender has agreed to lend, at what price, up to what."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from domain.financing.states import FACILITY_TRANSITIONS, FacilityState
from domain.financing.tables.contracts import BASIS_POINTS, MINOR, RATE, ContractFields, contract_checks
from domain.financing.tables.limited import Limited, Used
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum


class Facility(PublicRow, ContractFields, Limited, table=True):
    """A lender's line for one seller, or for any: price, limits, contract, and whether it offers by itself.

    `used_minor` is the principal of its live advances, from acceptance to repayment; `over_minor` the part of it that
    stands beyond the limit because the limit was lowered, or a payment came back. An amendment is a new `version`.
    """

    __tablename__ = "facility"
    __table_args__ = (
        belongs_to("party", "lender_id"),
        belongs_to("party", "seller_id"),
        *contract_checks(),
        CheckConstraint("limit_minor > 0", name="limit_positive"),
        CheckConstraint("used_minor >= 0 AND over_minor >= 0", name="used_not_negative"),
        # Two acceptances in a race meet here if they get past every lock.
        CheckConstraint("used_minor <= limit_minor + over_minor", name="used_within_limit"),
        CheckConstraint("advance_rate > 0 AND advance_rate <= 1", name="advance_rate_fraction"),
        CheckConstraint("annual_rate >= 0 AND annual_rate < 1", name="annual_rate_fraction"),
        CheckConstraint("fee_bp >= 0 AND fee_bp < 10000", name="fee_within_face"),
        CheckConstraint("grace_days >= 0 AND overdue_multiplier >= 1", name="overdue_terms"),
    )
    ENTITY: ClassVar[str] = "facility"
    TRANSITIONS: ClassVar[Mapping[FacilityState, frozenset[FacilityState]]] = FACILITY_TRANSITIONS

    lender_id: UUID
    seller_id: UUID | None = None
    debtor_limit_minor: int | None = Field(default=None, sa_type=MINOR)
    advance_rate: Decimal = Field(sa_type=RATE)
    fee_bp: Decimal = Field(sa_type=BASIS_POINTS)
    auto_offer: bool = False
    max_tenor_days: int = 180
    offer_valid_days: int = 5
    # Money waits for the registration of its assignment, where the law asks for one; a licensed lender may go without.
    registration_first: bool = True
    # A reserve leaves by itself once nothing is owed, or when the lender's checker has approved it.
    release_by_rule: bool = True
    state: FacilityState = Field(sa_type=text_enum(FacilityState, "state"))
    version: int = 1
    made_by: str

    @property
    def public_id(self) -> str:
        """`fac_…`."""
        return public_id("fac", self.id)


class FacilityDebtor(TenantRow, Used, table=True):
    """How much of a facility stands on one debtor, and how much may, where that differs from the facility's rule."""

    __tablename__ = "facility_debtor"
    __table_args__ = (
        belongs_to("facility", "facility_id"),
        belongs_to("party", "debtor_id"),
        CheckConstraint("used_minor >= 0 AND over_minor >= 0", name="used_not_negative"),
        CheckConstraint("used_minor <= limit_minor + over_minor", name="used_within_limit"),
    )

    facility_id: UUID = Field(primary_key=True)
    debtor_id: UUID = Field(primary_key=True)
