"""Limits of the law as a tenant keeps them: dated rows with a citation, only ever added to."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Numeric
from sqlmodel import Field

from domain.platform.tables import TenantRow


class LegalLimit(TenantRow, table=True):
    """What the law or the market's supervisor says from a day on, and where it says so."""

    __tablename__ = "legal_limit"
    __table_args__ = ({"info": {"append_only": True}},)

    name: str = Field(max_length=64, primary_key=True)
    effective_on: date = Field(primary_key=True)
    value: Decimal = Field(sa_type=Numeric(18, 6))
    unit: str
    citation: str
