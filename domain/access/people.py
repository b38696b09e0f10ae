"""People: registering them, their roles, password and second factor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain import audit
from domain.access import passwords, totp
from domain.access.errors import BadCredentials, EmailTaken, FactorEnrolled, OwnRoles, RoleNeedsParty
from domain.access.rules import FIRM_ROLES, Role
from domain.access.tables import LoginSession, Membership, Person
from domain.access.tenants import tenant_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id, uuid7
from domain.platform.rotation import BATCH, SealedField, reencrypt
from domain.values.actor import Actor, ActorKind
from domain.values.errors import InvalidValue, Language, NotFound

PREFIX = "psn"
SECRET = SealedField("person", "totp_secret", "totp_key_id")
MAX_EMAIL = 254  # RFC 5321's longest path


@dataclass(frozen=True, slots=True)
class FactorSecret:
    """A second factor's secret, shown once for an authenticator app to take."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def actor_of(person_id: UUID) -> Actor:
    """The person as they stand in transitions and the audit trail."""
    return Actor(ActorKind.PERSON, str(person_id))


def register_person(
    session: TenantSession,
    *,
    email: str,
    name: str,
    password: str,
    roles: Collection[Role],
    actor: Actor,
    clock: Clock,
    party_id: UUID | None = None,
    language: Language = "en",
) -> Person:
    """Register somebody who signs in, for the group or (`party_id`) for one firm, which the caller has read.

    Raises EmailTaken, PasswordUnfit, RoleNeedsParty, InvalidValue.
    """
    _check_roles(roles, party_id)
    person_id = uuid7()
    added = (
        insert(Person)
        .values(
            tenant_id=session.tenant_id,
            id=person_id,
            created_at=clock.now(),
            email=normal_email(email),
            name=name.strip(),
            language=language,
            party_id=party_id,
            password_hash=passwords.hash_password(password),
            failed_logins=0,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "email"])
        .returning(Person)
    )
    person = session.scalars(added).one_or_none()
    if person is None:
        raise EmailTaken(email=normal_email(email))
    _write_roles(session, person_id, roles, actor, clock)
    _audit(session, "person.registered", person_id, {"roles": sorted(roles)}, actor=actor, clock=clock)
    return person


def normal_email(email: str) -> str:
    """The address in lower case. Raises InvalidValue for what is none."""
    plain = email.strip().lower()
    name, _, host = plain.rpartition("@")
    if not name or "." not in host or len(plain) > MAX_EMAIL or any(character.isspace() for character in plain):
        raise InvalidValue(
            field="email", value=email[:MAX_EMAIL], reason="not an e-mail address", reason_zh="不是邮箱地址"
        )
    return plain


def person_of(session: TenantSession, person_id: UUID) -> Person:
    """The person. Raises NotFound."""
    person = session.get(Person, (session.tenant_id, person_id))
    if person is None:
        raise NotFound(kind="person", reference=person_id)
    return person


def roles_of(session: TenantSession, person_id: UUID) -> frozenset[Role]:
    """The roles a person holds."""
    held = select(Membership.role).where(Membership.tenant_id == session.tenant_id, Membership.person_id == person_id)
    return frozenset(Role(role) for role in session.exec(held))


def set_roles(session: TenantSession, person_id: UUID, roles: Collection[Role], *, actor: Actor, clock: Clock) -> None:
    """Give a person exactly these roles, from the next request on. Raises OwnRoles, RoleNeedsParty, NotFound."""
    person = person_of(session, person_id)
    if actor == actor_of(person_id):
        raise OwnRoles
    _check_roles(roles, person.party_id)
    session.execute(
        delete(Membership).where(col(Membership.tenant_id) == session.tenant_id, col(Membership.person_id) == person_id)
    )
    _write_roles(session, person_id, roles, actor, clock)
    _audit(session, "person.roles_set", person_id, {"roles": sorted(roles)}, actor=actor, clock=clock)


def _check_roles(roles: Collection[Role], party_id: UUID | None) -> None:
    for role in roles:
        if (role in FIRM_ROLES) != (party_id is not None):
            raise RoleNeedsParty(role=role.value)


def _write_roles(session: TenantSession, person_id: UUID, roles: Collection[Role], actor: Actor, clock: Clock) -> None:
    session.flush()
    for role in sorted(set(roles)):
        session.add(
            Membership(
                tenant_id=session.tenant_id,
                person_id=person_id,
                role=role,
                granted_by=str(actor),
                granted_at=clock.now(),
            )
        )
    session.flush()


def change_password(session: TenantSession, person_id: UUID, *, old: str, new: str, clock: Clock) -> None:
    """Change one's own password; whoever is signed in elsewhere is signed out. Raises BadCredentials, PasswordUnfit."""
    person = person_of(session, person_id)
    if not passwords.password_matches(person.password_hash, old):
        raise BadCredentials
    person.password_hash = passwords.hash_password(new)
    session.flush()
    end_sessions(session, [person_id], clock=clock)
    _audit(session, "person.password_changed", person_id, {}, actor=actor_of(person_id), clock=clock)


def disable_person(session: TenantSession, person_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Let somebody in no more, from now on."""
    person = person_of(session, person_id)
    person.disabled_at = clock.now()
    session.flush()
    end_sessions(session, [person_id], clock=clock)
    _audit(session, "person.disabled", person_id, {}, actor=actor, clock=clock)


def end_sessions(session: TenantSession, person_ids: Sequence[UUID], *, clock: Clock) -> None:
    """Sign people out everywhere."""
    session.execute(
        update(LoginSession)
        .where(
            col(LoginSession.tenant_id) == session.tenant_id,
            col(LoginSession.person_id).in_(list(person_ids)),
            col(LoginSession.ended_at).is_(None),
        )
        .values(ended_at=clock.now())
    )


def enrol_second_factor(session: TenantSession, person_id: UUID, keys: KeyRing, *, clock: Clock) -> FactorSecret:
    """Make the secret for one's authenticator app; it counts once `confirm_second_factor` saw a code of it.

    Raises FactorEnrolled: a factor in use is only taken away by somebody else (`reset_second_factor`).
    """
    person = person_of(session, person_id)
    if person.totp_enrolled_at is not None:
        raise FactorEnrolled
    secret = totp.new_secret()
    context = SECRET.context(session.tenant_id, person_id)
    person.totp_key_id, person.totp_secret = keys.encrypt(secret, context)
    person.totp_last_step = None
    session.flush()
    _audit(session, "person.factor_offered", person_id, {}, actor=actor_of(person_id), clock=clock)
    issuer = f"Tributary {tenant_of(session).slug}"
    return FactorSecret(secret, totp.enrolment_uri(secret, account=person.email, issuer=issuer))


def confirm_second_factor(session: TenantSession, person_id: UUID, code: str, keys: KeyRing, *, clock: Clock) -> None:
    """The app has the secret: from now on signing in takes a code. Raises BadCredentials, FactorEnrolled."""
    person = person_of(session, person_id)
    if person.totp_enrolled_at is not None:
        raise FactorEnrolled
    if not spend_code(session, person, code, keys, clock=clock):
        raise BadCredentials
    person.totp_enrolled_at = clock.now()
    session.flush()
    # Sessions opened without the factor end: they would go on as if it did not exist.
    end_sessions(session, [person_id], clock=clock)
    _audit(session, "person.factor_enrolled", person_id, {}, actor=actor_of(person_id), clock=clock)


def reset_second_factor(session: TenantSession, person_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Take a lost factor away, by somebody else; the person enrols anew. Raises OwnRoles."""
    if actor == actor_of(person_id):
        raise OwnRoles
    person = person_of(session, person_id)
    person.totp_secret = person.totp_key_id = person.totp_enrolled_at = person.totp_last_step = None
    session.flush()
    end_sessions(session, [person_id], clock=clock)
    _audit(session, "person.factor_reset", person_id, {}, actor=actor, clock=clock)


def spend_code(session: TenantSession, person: Person, code: str, keys: KeyRing, *, clock: Clock) -> bool:
    """Whether the code is right and fresh; it is used up, and so are all earlier ones (RFC 6238 section 5.2)."""
    if person.totp_secret is None or person.totp_key_id is None:
        return False
    secret = keys.decrypt(person.totp_key_id, person.totp_secret, SECRET.context(session.tenant_id, person.id))
    step = totp.accepted_step(secret, code, clock.now(), person.totp_last_step)
    if step is None:
        return False
    person.totp_last_step = step
    return True


def rotate_factor_keys(session: TenantSession, keys: KeyRing, *, batch: int = BATCH) -> int:
    """Seal up to `batch` second factors anew under the active key; 0 when all are."""
    return reencrypt(session, SECRET, keys, batch=batch)


def _audit(
    session: TenantSession, action: str, person_id: UUID, facts: dict[str, object], *, actor: Actor, clock: Clock
) -> None:
    audit.record(session, actor=actor, action=action, subject=public_id(PREFIX, person_id), facts=facts, clock=clock)
