"""What every table shares: the tenant first in its key, names for its constraints, enums as checked text."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Enum, ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from domain.platform.ids import uuid7

# Set before the first table: a migration can only drop what it can name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class TenantRow(SQLModel):
    """A row of one corporate group; `tenant_id` leads its primary key, every unique constraint and foreign key."""

    tenant_id: int = Field(primary_key=True, sa_type=BigInteger)


class PublicRow(TenantRow):
    """A tenant's row that is spoken of outside: its id is a UUIDv7."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    created_at: datetime


def text_enum(members: type[StrEnum], name: str) -> Any:  # noqa: ANN401 - a column type, as SQLModel's `sa_type` takes it
    """A text column that holds the members' values and says so in a CHECK constraint called `name`."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda enum: [member.value for member in enum],
    )


def belongs_to(table: str, column: str, target: str = "id") -> ForeignKeyConstraint:
    """A foreign key that cannot cross tenants: (tenant_id, column) → table (tenant_id, target)."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.{target}"])
