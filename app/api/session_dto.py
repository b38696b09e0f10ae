"""Signing in."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.fields import Moment, line, shown_id
from domain.access.keys import PREFIX as KEY
from domain.access.people import PREFIX as PERSON
from domain.access.principal import Principal
from domain.access.sessions import SignedIn
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.values.actor import ActorKind

_PREFIXES = {ActorKind.PERSON: PERSON, ActorKind.API_KEY: KEY}
Code = Annotated[
    str, msgspec.Meta(pattern="^[0-9]{6}$", max_length=6, description="Of the authenticator app.", examples=["492039"])
]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256, examples=["correct horse battery staple"])]


class LogIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who signs in; `code` is needed once a second factor is enrolled."""

    tenant: Annotated[str, line(40, "Short name of the corporate group.", "acme")]
    email: Annotated[str, line(254, "E-mail address.", "li.wei@example.com")]
    password: Password
    code: Code | None = None


class ConfirmFactor(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A code that shows that the authenticator app has the secret."""

    code: Code


class ChangePassword(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    old: Password
    new: Annotated[str, msgspec.Meta(min_length=12, max_length=256, examples=["a sentence that I remember"])]


class PrincipalView(msgspec.Struct, kw_only=True):
    """Who is asking, and what they may do."""

    kind: Literal["person", "key"]
    id: str
    permissions: list[str]
    party_id: str | None
    language: Literal["en", "zh"]
    second_factor_missing: bool


class SessionView(msgspec.Struct, kw_only=True):
    """A new session; the token is shown this once."""

    token: str
    expires_at: Moment
    principal: PrincipalView


class FactorView(msgspec.Struct, kw_only=True):
    """A new second factor's secret, shown this once, and the link an authenticator app takes it from."""

    secret: str
    uri: str


def principal_view(principal: Principal) -> PrincipalView:
    """The caller as the API shows them."""
    kind = principal.actor.kind
    return PrincipalView(
        kind="person" if kind is ActorKind.PERSON else "key",
        id=public_id(_PREFIXES[kind], UUID(principal.actor.name)),
        permissions=sorted(principal.permissions),
        party_id=shown_id(PARTY, principal.party_id),
        language=principal.language,
        second_factor_missing=principal.requires_second_factor,
    )


def session_view(signed_in: SignedIn) -> SessionView:
    """The new session, token and all."""
    return SessionView(
        token=signed_in.token, expires_at=signed_in.expires_at, principal=principal_view(signed_in.principal)
    )
