"""Who may call what: every endpoint under /v1 needs a key or session, and the permission it names."""

from functools import partial
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from app.installation import Installation
from app.off_loop import off_loop
from app.parameters import declared_parameters
from app.refusals import NotAuthenticated, UnknownParameter, ValidationFailed
from app.validation import fault_of
from domain.access.errors import BadCredentials
from domain.access.keys import authenticate_key
from domain.access.principal import Principal
from domain.access.rules import Permission
from domain.access.sessions import authenticate_session
from domain.access.tokens import TokenKind

Connection = ASGIConnection[Any, Any, Any, Any]


async def authenticated(connection: Connection, handler: BaseRouteHandler) -> None:
    """Put the principal on the connection. Raises NotAuthenticated."""
    if handler.opt.get("public"):
        return
    house = connection.app.state.installation
    assert isinstance(house, Installation)
    connection.scope["user"] = await off_loop(partial(_principal, house, bearer_token(connection)))


def _principal(house: Installation, token: str) -> Principal:
    check = authenticate_session if token.startswith(TokenKind.SESSION.value) else authenticate_key
    try:
        return check(house.database, token, house.clock.now())
    except BadCredentials:
        raise NotAuthenticated from None


def bearer_token(connection: Connection) -> str:
    """The token of the Authorization header. Raises NotAuthenticated."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated
    return token.strip()


def requires(permission: Permission) -> Guard:
    """A guard that lets holders of `permission` pass. Raises AccessRefused, SecondFactorMissing."""

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        connection.user.require(permission)

    return guard


async def known_parameters(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Refuse a parameter the endpoint does not have, and `null`. Raises UnknownParameter, ValidationFailed."""
    asked = connection.query_params.multi_items()
    if not asked:
        return
    # The guard is given a copy of the handler; the connection has the one that is kept.
    declared = declared_parameters(connection.route_handler).values()
    known = {parameter.name: parameter for parameter in declared if parameter.query}
    for name, value in asked:
        if name not in known:
            raise UnknownParameter(parameter=name[:100], allowed=sorted(known))
        # msgspec would read the word as nothing, and a filter would silently not filter.
        if value.lower() == "null" and not known[name].textual:
            raise ValidationFailed([fault_of(f"Invalid value '{value}'", parameter=name)])
