"""Parties and bank accounts. An account's number is encrypted; beside it stand a mask to show and a hash to find."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlmodel import Field

from domain.parties.states import TRANSITIONS, AccountState, Evidence, PartyKind, RelationKind
from domain.platform.tables import PublicRow, TenantRow, belongs_to, text_enum

_HASH: Any = LargeBinary(32)
# Pinyin keys are ASCII and compared byte by byte: the same order on every server, whatever its locale.
_KEY: Any = String(collation="C")


class Party(PublicRow, table=True):
    """A firm or person; `code` is how the group's own systems call it, `name_key` where Chinese order puts it.

    `is_small` marks a micro, small or medium enterprise, which the law protects as a seller (R28).
    """

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "code"),
        Index(
            "uq_party_tax_id",
            "tenant_id",
            "kind",
            "country",
            "tax_id",
            unique=True,
            postgresql_where=text("tax_id IS NOT NULL"),
        ),
        Index("ix_party_name_key", "tenant_id", "name_key", "id"),
        # One firm may be a seller here and a debtor there: its parts are found by its tax id.
        Index("ix_party_firm", "tenant_id", "country", "tax_id"),
        belongs_to("party", "parent_id"),
    )

    kind: PartyKind = Field(sa_type=text_enum(PartyKind, "kind"))
    name: str
    name_key: str = Field(sa_type=_KEY)
    initials: str = Field(sa_type=_KEY)
    code: str = Field(max_length=64)
    country: str = Field(max_length=2)
    tax_id: str | None = Field(default=None, max_length=32)
    parent_id: UUID | None = None
    city: str = ""
    region: str = ""
    is_small: bool = False


class PartyRelation(TenantRow, table=True):
    """That `party_id` has `related_id` as its affiliate (kept both ways) or its guarantor."""

    __tablename__ = "party_relation"
    __table_args__ = (
        belongs_to("party", "party_id"),
        belongs_to("party", "related_id"),
        CheckConstraint("party_id <> related_id", name="two_parties"),
    )

    party_id: UUID = Field(primary_key=True)
    related_id: UUID = Field(primary_key=True)
    kind: RelationKind = Field(primary_key=True, sa_type=text_enum(RelationKind, "kind"))


class BankAccount(PublicRow, table=True):
    """An account at a bank; `own` when we operate it (its statements come to us and we instruct its bank)."""

    __tablename__ = "bank_account"
    __table_args__ = (
        belongs_to("party", "party_id"),
        belongs_to("bank_account", "replaces_id"),
        Index("ix_bank_account_party", "tenant_id", "party_id"),
        Index("ix_bank_account_key", "tenant_id", "key_id"),
        Index(
            "uq_bank_account_number",
            "tenant_id",
            "number_hash",
            "bank_id",
            "currency",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        CheckConstraint(
            "state <> 'verified' OR (verified_by IS NOT NULL AND verified_by <> registered_by "
            "AND usable_from IS NOT NULL)",
            name="verified_by_another",
        ),
    )

    ENTITY: ClassVar[str] = "bank_account"
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]] = TRANSITIONS

    party_id: UUID
    holder_name: str = Field(max_length=140)
    bank_id: str = Field(max_length=14)
    number_encrypted: bytes = Field(repr=False)
    key_id: str = Field(max_length=32)
    number_hash: bytes = Field(sa_type=_HASH, repr=False)
    masked: str = Field(max_length=40)
    currency: str = Field(max_length=3)
    own: bool = False
    state: AccountState = Field(sa_type=text_enum(AccountState, "state"))
    registered_by: str
    verified_by: str | None = None
    evidence: Evidence | None = Field(default=None, sa_type=text_enum(Evidence, "evidence"))
    usable_from: date | None = None
    replaces_id: UUID | None = None
