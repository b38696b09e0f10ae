"""Limits across facilities, and what is known of a lender as an institution."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from domain.financing.states import Licence
from domain.financing.tables.contracts import MINOR
from domain.financing.tables.limited import Limited
from domain.platform.tables import TenantRow, belongs_to, text_enum


class ExposureLimit(TenantRow, Limited, table=True):
    """The most that may be lent under one scope: a lender's whole book, a seller, a debtor, a pair, or between them.

    A party that is not named is any.
    """

    __tablename__ = "exposure_limit"
    __table_args__ = (
        belongs_to("party", "lender_id"),
        belongs_to("party", "seller_id"),
        belongs_to("party", "debtor_id"),
        CheckConstraint("limit_minor > 0 AND used_minor >= 0 AND over_minor >= 0", name="not_negative"),
        CheckConstraint("used_minor <= limit_minor + over_minor", name="used_within_limit"),
        CheckConstraint("num_nonnulls(lender_id, seller_id, debtor_id) > 0", name="names_somebody"),
    )

    key: str = Field(max_length=160, primary_key=True)
    lender_id: UUID | None = None
    seller_id: UUID | None = None
    debtor_id: UUID | None = None
    set_by: str
    set_at: datetime


class PartyCapacity(TenantRow, Limited, table=True):
    """What another module lets through for a party that is its own, and how much of it is lent: an agent's (R21, R26).

    `name` is what the limit is called among those over an offer. The limit is what its module last said it to be.
    """

    __tablename__ = "party_capacity"
    __table_args__ = (
        belongs_to("party", "party_id"),
        CheckConstraint("limit_minor >= 0 AND used_minor >= 0 AND over_minor >= 0", name="not_negative"),
        CheckConstraint("used_minor <= limit_minor + over_minor", name="used_within_limit"),
    )

    party_id: UUID = Field(primary_key=True)
    name: str = Field(max_length=32, primary_key=True)


class LenderProfile(TenantRow, table=True):
    """A lender as an institution: by what licence it lends, and its risk assets as it last stated them.

    `lent_then_minor` is what it had lent here on that day: what it lends since moves the risk assets along (R22).
    """

    __tablename__ = "lender_profile"
    __table_args__ = (
        belongs_to("party", "lender_id"),
        CheckConstraint("risk_assets_minor > 0 AND lent_then_minor >= 0", name="not_negative"),
        CheckConstraint(
            "num_nonnulls(risk_assets_minor, risk_assets_on, lent_then_minor, currency) IN (0, 4)", name="stated_whole"
        ),
    )

    lender_id: UUID = Field(primary_key=True)
    licence: Licence = Field(sa_type=text_enum(Licence, "licence"))
    licence_number: str = Field(default="", max_length=64)
    currency: str | None = Field(default=None, max_length=3)
    risk_assets_minor: int | None = Field(default=None, sa_type=MINOR)
    risk_assets_on: date | None = None
    lent_then_minor: int | None = Field(default=None, sa_type=MINOR)
    set_by: str
    set_at: datetime
