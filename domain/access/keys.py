"""API keys: issued by a person for a program, limited to some permissions, expiring, two live while one is replaced."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain import audit
from domain.access.errors import BadCredentials, KeyLifetimeInvalid, KeyScopeInvalid, TooManyLiveKeys
from domain.access.principal import Principal, as_language
from domain.access.rules import KEY_PERMISSIONS, MAX_KEY_LIFETIME, MAX_LIVE_KEYS, SEEN_EVERY, Permission
from domain.access.tables import ApiKey
from domain.access.tokens import Token, TokenKind
from domain.platform.clock import Clock
from domain.platform.database import Database, TenantSession
from domain.platform.database import Role as DatabaseRole
from domain.platform.ids import public_id, uuid7
from domain.values.actor import Actor, ActorKind
from domain.values.errors import InvalidValue, Language, NotFound

PREFIX = "key"
MAX_NAME = 100


def issue_api_key(
    session: TenantSession,
    *,
    name: str,
    permissions: Collection[Permission],
    expires_at: datetime,
    actor: Actor,
    clock: Clock,
    party_id: UUID | None = None,
    language: Language = "en",
) -> tuple[ApiKey, str]:
    """A new key of the program `name`, and its text, which is shown this once. `clock` tells real time.

    Raises TooManyLiveKeys, KeyScopeInvalid, KeyLifetimeInvalid, InvalidValue.
    """
    _check_terms(name, permissions, expires_at, clock.now())
    _retire_expired(session, name, clock.now())
    token = Token.fresh(TokenKind.KEY, session.tenant_id, uuid7())
    key = _insert(
        session,
        range(1, MAX_LIVE_KEYS + 1),
        {
            "tenant_id": session.tenant_id,
            "id": token.id,
            "created_at": clock.now(),
            "name": name,
            "secret_hash": token.secret_hash,
            "permissions": sorted(permission.value for permission in permissions),
            "party_id": party_id,
            "language": language,
            "issued_by": str(actor),
            "expires_at": expires_at,
        },
    )
    if key is None:
        raise TooManyLiveKeys(name=name, limit=MAX_LIVE_KEYS)
    facts: dict[str, object] = {"name": name, "permissions": key.permissions, "expires_at": expires_at.isoformat()}
    _audit(session, "key.issued", key.id, facts, actor=actor, clock=clock)
    return key, token.text


def _check_terms(name: str, permissions: Collection[Permission], expires_at: datetime, now: datetime) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME:
        raise InvalidValue(
            field="name", value=name[:MAX_NAME], reason="1 to 100 characters", reason_zh="应为 1 至 100 个字符"
        )
    refused = set(permissions) - KEY_PERMISSIONS
    if refused or not permissions:
        raise KeyScopeInvalid(refused=", ".join(sorted(refused)) or Permission.ACCESS_WRITE.value)
    if not now < expires_at <= now + MAX_KEY_LIFETIME:
        raise KeyLifetimeInvalid(days=MAX_KEY_LIFETIME.days, expires_at=expires_at)


def _retire_expired(session: TenantSession, name: str, now: datetime) -> None:
    session.execute(
        update(ApiKey)
        .where(
            col(ApiKey.tenant_id) == session.tenant_id,
            col(ApiKey.name) == name,
            col(ApiKey.revoked_at).is_(None),
            col(ApiKey.expires_at) <= now,
        )
        .values(revoked_at=now)
    )


def _insert(session: TenantSession, slots: Iterable[int], row: dict[str, object]) -> ApiKey | None:
    # The unique slot decides, not a count: two administrators at once cannot make a third key.
    for slot in slots:
        added = insert(ApiKey).values(**row, slot=slot).on_conflict_do_nothing().returning(ApiKey)
        key = session.scalars(added).one_or_none()
        if key is not None:
            return key
    return None


def authenticate_key(database: Database, text: str, now: datetime) -> Principal:
    """The program that holds the key, if it is live. Raises BadCredentials."""
    token = Token.parse(TokenKind.KEY, text)
    with database.session(DatabaseRole.API, token.tenant_id) as session:
        key = session.get(ApiKey, (session.tenant_id, token.id))
        if not token.matches(key.secret_hash if key else None) or key is None:
            raise BadCredentials
        if key.revoked_at is not None or now >= key.expires_at:
            raise BadCredentials
        if key.last_used_at is None or now - key.last_used_at >= SEEN_EVERY:
            key.last_used_at = now
        return Principal(
            tenant_id=session.tenant_id,
            actor=Actor(ActorKind.API_KEY, str(key.id)),
            permissions=frozenset(known for known in Permission if known.value in key.permissions),
            party_id=key.party_id,
            language=as_language(key.language),
        )


def revoke_api_key(session: TenantSession, key_id: UUID, *, actor: Actor, clock: Clock) -> ApiKey:
    """End a key now; a second time changes nothing. Raises NotFound."""
    key = session.exec(
        select(ApiKey).where(ApiKey.tenant_id == session.tenant_id, ApiKey.id == key_id).with_for_update()
    ).one_or_none()
    if key is None:
        raise NotFound(kind="API key", reference=public_id(PREFIX, key_id))
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        session.flush()
        _audit(session, "key.revoked", key.id, {"name": key.name}, actor=actor, clock=clock)
    return key


def api_keys(session: TenantSession) -> list[ApiKey]:
    """All keys of the tenant, newest first, ended ones too."""
    query = select(ApiKey).where(ApiKey.tenant_id == session.tenant_id).order_by(col(ApiKey.id).desc())
    return list(session.exec(query).all())


def _audit(
    session: TenantSession, action: str, key_id: UUID, facts: dict[str, object], *, actor: Actor, clock: Clock
) -> None:
    subject = public_id(PREFIX, key_id)
    audit.record(session, actor=actor, action=action, subject=subject, facts=facts, clock=clock)
