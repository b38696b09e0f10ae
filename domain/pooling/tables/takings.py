"""Takings: files of till weeks, the weeks, and what branches should see of them on their accounts."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.platform.tables import PublicRow, TenantRow, belongs_to
from domain.pooling.states import TakingStanding


class TakingsImport(PublicRow, table=True):
    """One file of till weeks: what was in it, and what became of its rows."""

    __tablename__ = "takings_import"

    file_name: str = Field(max_length=255)
    digest: bytes = Field(sa_type=LargeBinary)
    currency: str = Field(max_length=3)
    rows_read: int
    rows_outside: int
    rows_known: int
    rows_taken: int
    rows_refused: int
    refused: list[dict[str, Any]] = Field(sa_type=JSONB)
    made_by: str


class TillWeek(TenantRow, table=True):
    """What one till of a branch took in the week that ends on a date; the key makes a repeated file harmless."""

    __tablename__ = "till_week"
    __table_args__ = (
        belongs_to("party", "branch_id"),
        belongs_to("takings_import", "import_id"),
        {"info": {"append_only": True}},
    )

    branch_id: UUID = Field(primary_key=True)
    till: str = Field(primary_key=True, max_length=32)
    week_ends_on: date = Field(primary_key=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    import_id: UUID


class Taking(TenantRow, table=True):
    """What a branch should see on its account for one day: takings, or a correction, which is negative.

    The reference travels with the money, so that the bank's entry names it. `booked_minor` is what the bank then
    said; it stays empty while nothing was seen.
    """

    __tablename__ = "taking"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint(
            "(booked_minor IS NULL) = (booked_on IS NULL) AND (booked_minor IS NULL) = (entry_id IS NULL)",
            name="booked",
        ),
        Index("ix_taking_expected", "tenant_id", "taken_on", postgresql_where=text("booked_minor IS NULL")),
        Index(None, "tenant_id", "branch_id", "taken_on"),
        Index("uq_taking_entry", "tenant_id", "entry_id", unique=True),
        belongs_to("party", "branch_id"),
        belongs_to("takings_import", "import_id"),
        belongs_to("statement_entry", "entry_id"),
    )

    reference: str = Field(primary_key=True, max_length=35)
    branch_id: UUID
    taken_on: date
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    import_id: UUID
    entry_id: int | None = Field(default=None, sa_type=BigInteger)
    booked_minor: int | None = Field(default=None, sa_type=BigInteger)
    booked_on: date | None = None

    @property
    def standing(self) -> TakingStanding:
        """Whether the bank has said of it what the till did."""
        if self.booked_minor is None:
            return TakingStanding.EXPECTED
        return TakingStanding.BOOKED if self.booked_minor == self.amount_minor else TakingStanding.DIFFERS
