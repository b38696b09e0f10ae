"""API keys."""

from typing import Annotated, Literal

import msgspec

from app.fields import Moment, PartyId, line, public, shown_id
from domain.access.keys import PREFIX
from domain.access.rules import Permission
from domain.access.tables import ApiKey
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

KeyId = Annotated[str, public(PREFIX, "An API key.")]
Scope = Annotated[list[Permission], msgspec.Meta(min_length=1, max_length=100)]


class IssueKey(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A key for a program. Two keys of one name may live at once, so that the program can move to the new one."""

    name: Annotated[str, line(100, "The program that will use it.", "ERP connector")]
    permissions: Scope
    expires_at: Moment
    party_id: PartyId | None = None
    language: Literal["en", "zh"] = "en"


class KeyView(msgspec.Struct, kw_only=True):
    """A key, without its secret."""

    id: KeyId
    name: str
    permissions: list[str]
    party_id: PartyId | None
    issued_by: str
    created_at: Moment
    expires_at: Moment
    last_used_at: Moment | None
    revoked_at: Moment | None


class IssuedKeyView(msgspec.Struct, kw_only=True):
    """A new key; `secret` is what the program sends, and is shown this once."""

    key: KeyView
    secret: str


class KeyList(msgspec.Struct, kw_only=True):
    """All keys, newest first, ended ones too."""

    items: list[KeyView]


def key_view(key: ApiKey) -> KeyView:
    """The key as the API shows it."""
    return KeyView(
        id=public_id(PREFIX, key.id),
        name=key.name,
        permissions=key.permissions,
        party_id=shown_id(PARTY, key.party_id),
        issued_by=key.issued_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )
