"""API keys: issued, listed, revoked. Only people do so: a key cannot make keys."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.api.api_keys_dto import IssuedKeyView, IssueKey, KeyList, KeyView, key_view
from app.deps import Work
from app.endpoints import command, query, removal
from app.fields import in_path
from domain.access import keys
from domain.access.rules import Permission
from domain.parties import queries as parties
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id

KeyPath = Annotated[str, in_path(keys.PREFIX, "The API key.")]


class ApiKeys(Controller):
    """What programs sign in with."""

    path = "/api-keys"
    tags = ("access",)

    @query("/", needs=Permission.ACCESS_READ)
    def list_api_keys(self, work: NamedDependency[Work]) -> KeyList:
        """List the API keys."""
        return KeyList(items=[key_view(key) for key in keys.api_keys(work.session)])

    @command("/", needs=Permission.ACCESS_WRITE)
    def issue_api_key(self, work: NamedDependency[Work], data: JSONBody[IssueKey]) -> IssuedKeyView:
        """Issue an API key.

        Its text is in this answer and nowhere else. A key bound to a party sees only what is that party's.
        """
        party_id = None
        if data.party_id is not None:
            party_id = parties.party(work.session, parse_public_id(PARTY, data.party_id)).id
        key, secret = keys.issue_api_key(
            work.session,
            name=data.name,
            permissions=data.permissions,
            expires_at=data.expires_at,
            party_id=party_id,
            language=data.language,
            actor=work.actor,
            clock=work.house.clock,
        )
        return IssuedKeyView(key=key_view(key), secret=secret)

    @removal("/{key_id:str}", needs=Permission.ACCESS_WRITE)
    def revoke_api_key(self, work: NamedDependency[Work], key_id: KeyPath) -> KeyView:
        """Revoke an API key, at once and for good."""
        identity = parse_public_id(keys.PREFIX, key_id)
        return key_view(keys.revoke_api_key(work.session, identity, actor=work.actor, clock=work.house.clock))
