"""What a handler works with, and the one transaction of a request.

The session is a generator dependency. It connects at the first statement; Litestar resumes the generator after the
answer is rendered and before it is sent, so that a commit that fails is a 500 and never a lost success (tested).
Nothing else in `app` commits. It is the handler's only dependency: Litestar does not close a generator when a
dependency resolved after it fails.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

from litestar import Request
from litestar.params import HeaderParameter, QueryParameter
from sqlalchemy.exc import SQLAlchemyError

from app.idempotency import answered_once
from app.installation import Installation
from app.off_loop import off_loop
from app.refusals import ForTheGroup
from app.storage_faults import CommitFailed
from domain.access.principal import Principal
from domain.access.tenants import tenant_clock
from domain.calendars.reading import bank_calendar
from domain.platform.calendar import BankCalendar
from domain.platform.clock import Clock
from domain.platform.database import Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.idempotency import MAX_KEY_LENGTH
from domain.platform.ids import parse_public_id
from domain.platform.listing import find_row
from domain.platform.tables import TenantRow
from domain.values.actor import Actor
from domain.values.errors import NotFound

Row = TypeVar("Row", bound=TenantRow)
_KEY = {
    "name": "Idempotency-Key",
    "pattern": r"^[!-~]+$",
    "min_length": 1,
    "max_length": MAX_KEY_LENGTH,
    "description": "A fresh word per intended effect, such as a UUID; a repeat gets the first answer again.",
}
IdempotencyKey = Annotated[str, HeaderParameter(**_KEY)]
OptionalIdempotencyKey = Annotated[str | None, HeaderParameter(**_KEY)]
DryRun = Annotated[
    bool, QueryParameter(description="Answer what would happen, with every check made, and change nothing.")
]


@dataclass
class Work:
    """One request's transaction, and in whose name it is done."""

    session: TenantSession
    principal: Principal
    house: Installation

    @property
    def actor(self) -> Actor:
        """Who does it, for transitions, postings and the audit."""
        return self.principal.actor

    @property
    def keys(self) -> KeyRing:
        """The key ring for protected fields."""
        return self.house.keys

    def confine(self, party_id: UUID, *, kind: str, reference: str) -> None:
        """Raise NotFound unless the caller may see what belongs to that party: one who acts for a firm sees its own."""
        if self.principal.party_id not in {None, party_id}:
            raise NotFound(kind=kind, reference=reference)

    def find(self, table: type[Row], prefix: str, reference: str, *, kind: str) -> Row:
        """The row a public id names. Raises NotFound."""
        identity = parse_public_id(prefix, reference)
        return find_row(self.session, table, identity, kind=kind, reference=reference)

    def whole_group(self) -> None:
        """Raise ForTheGroup for a caller who acts for one firm, where something is the group's as a whole."""
        if self.principal.party_id is not None:
            raise ForTheGroup

    def let_go(self) -> None:
        """End the transaction of what was only read: none may be open while a bank is asked, step by step.

        Such steps commit by themselves and stay done when the answer is lost, so they are safe to repeat. The answer
        to an Idempotency-Key is kept afterwards, in the transaction that this session begins next.
        """
        unwritten = [*self.session.new, *self.session.dirty, *self.session.deleted]
        assert not unwritten, "nothing was written yet"
        self.session.rollback()

    @property
    def calendar(self) -> BankCalendar:
        """The banks' business days around today."""
        return bank_calendar(self.session, self.clock.today())

    @cached_property
    def clock(self) -> Clock:
        """The tenant's time."""
        return tenant_clock(self.session)


def installation(request: Request[Any, Any, Any]) -> Installation:
    """What the application was composed with."""
    house = request.app.state.installation
    assert isinstance(house, Installation)
    return house


async def provide_work(request: Request[Any, Any, Any]) -> AsyncGenerator[Work, None]:
    """For handlers that read, or whose method is idempotent by itself (PUT, DELETE)."""
    async with _transaction(request) as work:
        yield work


async def provide_command(
    request: Request[Any, Any, Any], idempotency_key: OptionalIdempotencyKey = None
) -> AsyncGenerator[Work, None]:
    """For POST: once per key, when the caller gives one."""
    if idempotency_key is None:
        async with _transaction(request) as work:
            yield work
        return
    house, principal = installation(request), request.user
    async with (
        answered_once(request, house, principal, idempotency_key) as keep,
        _transaction(request, before_commit=keep) as work,
    ):
        yield work


async def provide_money_command(
    request: Request[Any, Any, Any],
    idempotency_key: IdempotencyKey,
    dry_run: DryRun = False,  # noqa: FBT002 - Litestar passes it by name
) -> AsyncGenerator[Work, None]:
    """For POST that moves money: the key is required, and `dry_run` shows without doing."""
    if dry_run:
        async with _transaction(request, rehearsal=True) as work:
            yield work
        return
    house, principal = installation(request), request.user
    async with (
        answered_once(request, house, principal, idempotency_key) as keep,
        _transaction(request, before_commit=keep) as work,
    ):
        yield work


@asynccontextmanager
async def _transaction(
    request: Request[Any, Any, Any],
    *,
    before_commit: Callable[[TenantSession], None] | None = None,
    rehearsal: bool = False,
) -> AsyncIterator[Work]:
    house, principal = installation(request), request.user
    # Bulk paths (COPY, staging) do not work behind the wall; they name the tenant in every statement.
    role = Role.WORKER if request.route_handler.opt.get("worker") else Role.API
    session = TenantSession(house.database.engines[role], principal.tenant_id)
    try:
        yield Work(session, principal, house)
        if not rehearsal:
            await off_loop(partial(_commit, session, before_commit))
    finally:
        if session.in_transaction():
            await off_loop(session.close)  # rolls back, and gives the connection back


def _commit(session: TenantSession, before_commit: Callable[[TenantSession], None] | None) -> None:
    try:
        if before_commit is not None:
            before_commit(session)
        session.commit()
    except SQLAlchemyError as error:
        raise CommitFailed from error
