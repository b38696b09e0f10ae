"""Signing in, staying in, signing out. Time here is real time: a sandbox's clock signs nobody out.

Every wrong answer is the same BadCredentials after the same work, whether the tenant, the person, the password or the
code is wrong, the person is locked out, or nothing of the kind exists. Failures are counted under a row lock and
committed before the refusal is raised: guesses sent at once are counted one by one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from domain import audit
from domain.access import passwords
from domain.access.errors import BadCredentials, SecondFactorRequired
from domain.access.people import PREFIX, actor_of, roles_of, spend_code
from domain.access.principal import Principal, as_language
from domain.access.rules import (
    LOCKED_FOR,
    MAX_FAILED_LOGINS,
    SEEN_EVERY,
    SESSION_IDLE,
    SESSION_LIFETIME,
    permissions_of,
)
from domain.access.tables import LoginSession, Person
from domain.access.tenants import is_sandbox
from domain.access.tokens import Token, TokenKind
from domain.platform.clock import Clock, FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.database import Role as DatabaseRole
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id, tenant_key, uuid7
from domain.values.errors import DomainError


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its token, which is shown once, and who it is."""

    token: str = field(repr=False)
    principal: Principal
    expires_at: datetime


def log_in(
    database: Database, keys: KeyRing, *, tenant: str, email: str, password: str, code: str | None = None, now: datetime
) -> SignedIn:
    """Open a session for a person of the tenant with that short name.

    Raises BadCredentials, and SecondFactorRequired when only the code is missing.
    """
    clock = FixedClock(now)
    with database.session(DatabaseRole.API, tenant_key(tenant.strip().lower())) as session:
        outcome = _attempt(session, keys, email.strip().lower(), password, code, clock)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def _attempt(  # noqa: PLR0917 - what was given, in the order it is looked at
    session: TenantSession, keys: KeyRing, email: str, password: str, code: str | None, clock: Clock
) -> SignedIn | DomainError:
    person = _lock_person(session, email)
    may_try = person is not None and not _is_out(person, clock.now())
    right = passwords.password_matches(person.password_hash if person and may_try else None, password)
    if person is None or not may_try:
        return BadCredentials()
    if not right:
        return _count_failure(session, person, clock)
    enrolled = person.totp_enrolled_at is not None
    if enrolled and not (code and code.strip()):
        return SecondFactorRequired()
    if enrolled and not spend_code(session, person, code or "", keys, clock=clock):
        return _count_failure(session, person, clock)
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_password(password)
    return _open(session, person, clock, second_factor=enrolled)


def prove_password(database: Database, tenant_id: int, person_id: UUID, password: str, now: datetime) -> None:
    """Ask somebody signed in for their password again, before the password or the second factor is changed.

    Guesses count towards the lockout as they do at the door: a session left open on a desk, or stolen, is not enough to
    take the account over. Raises BadCredentials.
    """
    clock = FixedClock(now)
    with database.session(DatabaseRole.API, tenant_id) as session:
        person = _locked(session, Person.id == person_id)
        may_try = person is not None and not _is_out(person, now)
        right = passwords.password_matches(person.password_hash if person and may_try else None, password)
        refusal = _count_failure(session, person, clock) if person and may_try and not right else None
    if not right:
        raise refusal or BadCredentials


def _lock_person(session: TenantSession, email: str) -> Person | None:
    return _locked(session, Person.email == email)


def _locked(session: TenantSession, which: bool) -> Person | None:  # noqa: FBT001 - a condition, as SQLModel types it
    return session.exec(
        select(Person)
        .where(Person.tenant_id == session.tenant_id, which)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _is_out(person: Person, now: datetime) -> bool:
    return person.disabled_at is not None or (person.locked_until is not None and now < person.locked_until)


def _count_failure(session: TenantSession, person: Person, clock: Clock) -> DomainError:
    person.failed_logins += 1
    action = "login.failed"
    if person.failed_logins >= MAX_FAILED_LOGINS:
        person.failed_logins, person.locked_until = 0, clock.now() + LOCKED_FOR
        action = "login.locked"
    session.flush()
    audit.record(session, actor=actor_of(person.id), action=action, subject=public_id(PREFIX, person.id), clock=clock)
    return BadCredentials()


def _open(session: TenantSession, person: Person, clock: Clock, *, second_factor: bool) -> SignedIn:
    person.failed_logins, person.locked_until = 0, None
    token = Token.fresh(TokenKind.SESSION, session.tenant_id, uuid7())
    opened = LoginSession(
        tenant_id=session.tenant_id,
        id=token.id,
        created_at=clock.now(),
        person_id=person.id,
        secret_hash=token.secret_hash,
        second_factor=second_factor,
        last_seen_at=clock.now(),
        expires_at=clock.now() + SESSION_LIFETIME,
    )
    session.add(opened)
    session.flush()
    audit.record(
        session,
        actor=actor_of(person.id),
        action="login.opened",
        subject=public_id(PREFIX, person.id),
        facts={"second_factor": second_factor},
        clock=clock,
    )
    return SignedIn(token.text, _principal(session, person, opened), opened.expires_at)


def authenticate_session(database: Database, text: str, now: datetime) -> Principal:
    """Who holds the token, if its session is open, neither expired nor idle too long. Raises BadCredentials."""
    token = Token.parse(TokenKind.SESSION, text)
    with database.session(DatabaseRole.API, token.tenant_id) as session:
        row = session.get(LoginSession, (session.tenant_id, token.id))
        if not token.matches(row.secret_hash if row else None) or row is None or not _is_live(row, now):
            raise BadCredentials
        person = session.get(Person, (session.tenant_id, row.person_id))
        if person is None or person.disabled_at is not None:
            raise BadCredentials
        if now - row.last_seen_at >= SEEN_EVERY:
            row.last_seen_at = now
        return _principal(session, person, row)


def _is_live(row: LoginSession, now: datetime) -> bool:
    return row.ended_at is None and now < row.expires_at and now - row.last_seen_at < SESSION_IDLE


def _principal(session: TenantSession, person: Person, row: LoginSession) -> Principal:
    return Principal(
        tenant_id=session.tenant_id,
        actor=actor_of(person.id),
        permissions=permissions_of(roles_of(session, person.id)),
        party_id=person.party_id,
        language=as_language(person.language),
        # Nobody loses money in a sandbox; everywhere else the factor stands before whatever moves it.
        requires_second_factor=not row.second_factor and not is_sandbox(session),
    )


def log_out(database: Database, text: str, now: datetime) -> None:
    """Close the token's session. Raises BadCredentials when there is none open."""
    token = Token.parse(TokenKind.SESSION, text)
    with database.session(DatabaseRole.API, token.tenant_id) as session:
        row = session.get(LoginSession, (session.tenant_id, token.id))
        if not token.matches(row.secret_hash if row else None) or row is None or row.ended_at is not None:
            raise BadCredentials
        row.ended_at = now


def open_sessions(session: TenantSession, person_id: UUID, now: datetime) -> list[LoginSession]:
    """Where a person is signed in, newest first."""
    rows = session.exec(
        select(LoginSession)
        .where(LoginSession.tenant_id == session.tenant_id, LoginSession.person_id == person_id)
        .order_by(col(LoginSession.id).desc())
    ).all()
    return [row for row in rows if _is_live(row, now)]
