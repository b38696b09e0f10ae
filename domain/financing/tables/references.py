"""Published rates: dated rows with a citation, only ever added to."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from domain.financing.tables.contracts import RATE
from domain.platform.tables import TenantRow


class ReferenceRate(TenantRow, table=True):
    """What a reference stands at from a day on. A correction is a later revision of the day; the last one counts."""

    __tablename__ = "reference_rate"
    __table_args__ = (
        CheckConstraint("rate >= 0 AND rate < 1", name="rate_fraction"),
        {"info": {"append_only": True}},
    )

    name: str = Field(max_length=32, primary_key=True)
    effective_on: date = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    rate: Decimal = Field(sa_type=RATE)
    citation: str
    recorded_by: str
    recorded_at: datetime
