"""Bank calendars by tenant and country, and what was planned on days that may still change."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from domain.calendars.states import PlanKind
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum


class CalendarHead(TenantRow, table=True):
    """One country's calendar; `revision` is new at every change, so that what is cached under it never goes stale."""

    __tablename__ = "bank_calendar"

    country: str = Field(primary_key=True, max_length=2)
    revision: UUID
    changed_at: datetime
    changed_by: str


class CalendarYear(TenantRow, table=True):
    """A year that is kept; provisional while its make-up days are not published."""

    __tablename__ = "bank_calendar_year"
    __table_args__ = (
        CheckConstraint("year BETWEEN 1970 AND 2199", name="year"),
        belongs_to("bank_calendar", "country", "country"),
    )

    country: str = Field(primary_key=True, max_length=2)
    year: int = Field(primary_key=True)
    provisional: bool
    confirmed_by: str | None = None  # who said that the year is as published, before the library knew
    loaded_at: datetime


class CalendarDay(TenantRow, table=True):
    """A day that is not what its weekday says: a holiday, or a weekend day that banks work; all others have no row."""

    __tablename__ = "bank_calendar_day"
    __table_args__ = (belongs_to("bank_calendar", "country", "country"),)

    country: str = Field(primary_key=True, max_length=2)
    day: date = Field(primary_key=True)
    works: bool
    name: str = Field(max_length=200)
    edited_by: str | None = None  # a person's word, which a reload from the library does not overwrite


class ProvisionalPlan(PublicRow, table=True):
    """That something was planned on a day that may still change; resolved once the day is certain or planned anew."""

    __tablename__ = "provisional_plan"
    __table_args__ = (
        Index(
            "uq_provisional_plan_open",
            "tenant_id",
            "kind",
            "subject",
            "planned_on",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        belongs_to("bank_calendar", "country", "country"),
    )

    country: str = Field(max_length=2)
    kind: PlanKind = Field(sa_type=text_enum(PlanKind, "kind"))
    subject: str = Field(max_length=160)
    planned_on: date
    resolved_at: datetime | None = None
    moved_to: date | None = None  # where it was planned anew; empty when the day proved right
