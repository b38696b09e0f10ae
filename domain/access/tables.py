"""Rows of who may do what. Secrets stand here only as hashes, the second factor's only encrypted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from domain.access.rules import MAX_LIVE_KEYS, Role
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum

_HASH: Any = LargeBinary(32)


class Tenant(TenantRow, table=True):
    """A corporate group. `sandbox_at` is where a sandbox's clock stands; no money of a sandbox is real."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("sandbox = (sandbox_at IS NOT NULL)", name="sandbox_has_clock"),
        CheckConstraint("cooling_off_days >= CASE WHEN sandbox THEN 0 ELSE 1 END", name="cooling_off"),
    )

    tenant_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    slug: str = Field(max_length=40)
    name: str
    currency: str = Field(max_length=3)
    zone: str = Field(max_length=64)
    sandbox: bool
    sandbox_at: datetime | None = None
    cooling_off_days: int
    created_at: datetime


class Person(PublicRow, table=True):
    """Somebody who signs in; `party_id` is the one firm they act for, nobody's when they act for the group."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(totp_secret IS NULL) = (totp_key_id IS NULL)", name="totp_sealed"),
    )

    email: str = Field(max_length=254)
    name: str
    language: str = Field(max_length=2)
    # No foreign key: parties stand above access. Whoever binds a person to a party has just read it.
    party_id: UUID | None = None
    password_hash: str = Field(repr=False)
    totp_secret: bytes | None = Field(default=None, repr=False)
    totp_key_id: str | None = Field(default=None, max_length=32)
    totp_enrolled_at: datetime | None = None
    totp_last_step: int | None = Field(default=None, sa_type=BigInteger)
    failed_logins: int = 0
    locked_until: datetime | None = None
    disabled_at: datetime | None = None


class Membership(TenantRow, table=True):
    """That a person holds a role."""

    __tablename__ = "membership"
    __table_args__ = (belongs_to("person", "person_id"),)

    person_id: UUID = Field(primary_key=True)
    role: Role = Field(primary_key=True, sa_type=text_enum(Role, "role"))
    granted_by: str
    granted_at: datetime


class LoginSession(PublicRow, table=True):
    """A person signed in, on the server's side; the token's secret is kept as a hash."""

    __tablename__ = "login_session"
    __table_args__ = (belongs_to("person", "person_id"), Index(None, "tenant_id", "person_id"))

    person_id: UUID
    secret_hash: bytes = Field(sa_type=_HASH, repr=False)
    second_factor: bool
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class ApiKey(PublicRow, table=True):
    """A program's key. Two of one name may be live, each in its slot, so that a program can be moved to a new one."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint(f"slot BETWEEN 1 AND {MAX_LIVE_KEYS}", name="slot"),
        Index(
            "uq_api_key_live_slot",
            "tenant_id",
            "name",
            "slot",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    name: str = Field(max_length=100)
    slot: int
    secret_hash: bytes = Field(sa_type=_HASH, repr=False)
    permissions: list[str] = Field(sa_type=ARRAY(TEXT))
    party_id: UUID | None = None
    language: str = Field(max_length=2)
    issued_by: str
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
