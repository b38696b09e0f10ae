"""Signing in and out, one's own second factor and password, and who one is."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.api.session_dto import (
    ChangePassword,
    ConfirmFactor,
    FactorView,
    LogIn,
    PrincipalView,
    SessionView,
    principal_view,
    session_view,
)
from app.deps import Work, installation
from app.endpoints import PUBLIC, command, query, removal
from app.guards import bearer_token
from app.refusals import KeyHasNoSession
from domain.access import people, sessions
from domain.access.principal import Principal


class Session(Controller):
    """The session of whoever asks."""

    path = "/session"
    tags = ("session",)

    @post("/", opt=PUBLIC, sync_to_thread=True)
    def log_in(self, request: Request[Any, Any, Any], data: JSONBody[LogIn]) -> SessionView:
        """Sign in.

        The token goes into `Authorization: Bearer …` of all that follows. It ends after 12 hours, or 30 minutes
        without a request. Five failures pause signing in for 15 minutes.
        """
        house = installation(request)
        return session_view(
            sessions.log_in(
                house.database,
                house.keys,
                tenant=data.tenant,
                email=data.email,
                password=data.password,
                code=data.code,
                now=house.clock.now(),
            )
        )

    @query("/", needs=None)
    def who_am_i(self, work: NamedDependency[Work]) -> PrincipalView:
        """Show the caller.

        What the key or session may do, and the firm it acts for.
        """
        return principal_view(work.principal)

    @removal("/", needs=None)
    def log_out(self, request: Request[Any, Any, Any]) -> PrincipalView:
        """Sign out.

        Ends the session of the token in use; a key has none to end.
        """
        house, principal = installation(request), request.user
        _person(principal)
        sessions.log_out(house.database, bearer_token(request), house.clock.now())
        return principal_view(principal)

    @command("/second-factor", needs=None)
    def enrol_second_factor(self, work: NamedDependency[Work]) -> FactorView:
        """Begin a second factor.

        It counts once a code of it was confirmed.
        """
        person_id = _person(work.principal)
        factor = people.enrol_second_factor(work.session, person_id, work.keys, clock=work.house.clock)
        return FactorView(secret=factor.secret, uri=factor.uri)

    @command("/second-factor/confirm", needs=None)
    def confirm_second_factor(self, work: NamedDependency[Work], data: JSONBody[ConfirmFactor]) -> PrincipalView:
        """Confirm the second factor.

        All sessions end, this one too: sign in again, with a code.
        """
        person_id = _person(work.principal)
        people.confirm_second_factor(work.session, person_id, data.code, work.keys, clock=work.house.clock)
        return principal_view(work.principal)

    @command("/password", needs=None)
    def change_password(self, work: NamedDependency[Work], data: JSONBody[ChangePassword]) -> PrincipalView:
        """Change one's password.

        All sessions end, this one too.
        """
        person_id = _person(work.principal)
        people.change_password(work.session, person_id, old=data.old, new=data.new, clock=work.house.clock)
        return principal_view(work.principal)


def _person(principal: Principal) -> UUID:
    """The person who asks. Raises KeyHasNoSession."""
    if principal.person_id is None:
        raise KeyHasNoSession
    return principal.person_id
