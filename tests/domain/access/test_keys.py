"""API keys: limited, expiring, two live, and refused without telling why."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from domain.access.errors import BadCredentials, KeyLifetimeInvalid, KeyScopeInvalid, TooManyLiveKeys
from domain.access.keys import api_keys, authenticate_key, issue_api_key, revoke_api_key
from domain.access.rules import Permission
from domain.access.tables import ApiKey
from domain.access.tokens import Token, TokenKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.ids import tenant_key
from domain.values.actor import Actor, ActorKind
from domain.values.errors import AccessRefused, NotFound

DAY = timedelta(days=1)


def issue(
    session: TenantSession, actor: Actor, clock: FixedClock, *, name: str = "erp", days: int = 90
) -> tuple[ApiKey, str]:
    issued = issue_api_key(
        session,
        name=name,
        permissions=[Permission.RECEIVABLES_WRITE],
        expires_at=clock.now() + days * DAY,
        actor=actor,
        clock=clock,
    )
    session.commit()
    return issued


class TestUsing:
    def test_a_key_stands_for_its_program_and_no_more_than_its_permissions(
        self, database: Database, inside: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        key, secret = issue(inside, actor, clock)
        principal = authenticate_key(database, secret, clock.now())
        assert principal.actor == Actor(ActorKind.API_KEY, str(key.id))
        principal.require(Permission.RECEIVABLES_WRITE)
        with pytest.raises(AccessRefused):
            principal.require(Permission.RECEIVABLES_READ)

    def test_the_secret_is_kept_only_as_a_hash_and_never_printed(
        self, inside: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        key, token = issue(inside, actor, clock)
        secret = token.rsplit("_", maxsplit=1)[-1]
        kept = inside.execute(text("SELECT string_agg(k::text, '') FROM api_key k")).scalar_one()
        assert secret not in kept + repr(key) + repr(Token.parse(TokenKind.KEY, token))

    def test_an_expired_revoked_unknown_or_foreign_key_gets_the_same_answer(
        self, database: Database, inside: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        key, expiring = issue(inside, actor, clock, days=1)
        _, revoked = issue(inside, actor, clock)
        revoke_api_key(inside, api_keys(inside)[0].id, actor=actor, clock=clock)
        inside.commit()
        good = Token.parse(TokenKind.KEY, expiring)
        wrong = [
            revoked,
            Token.fresh(TokenKind.KEY, inside.tenant_id, key.id).text,
            Token.fresh(TokenKind.KEY, inside.tenant_id, uuid4()).text,
            Token(TokenKind.KEY, tenant_key("no-such-tenant"), good.id, good.secret).text,
            "tribk_x",
        ]
        for token in wrong:
            with pytest.raises(BadCredentials):
                authenticate_key(database, token, clock.now())
        assert authenticate_key(database, expiring, clock.now() + DAY - timedelta(seconds=1))
        with pytest.raises(BadCredentials):
            authenticate_key(database, expiring, clock.now() + DAY)

    def test_last_use_is_noted_once_a_minute(
        self, database: Database, inside: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        key, secret = issue(inside, actor, clock)
        for seconds in (0, 30, 59):
            authenticate_key(database, secret, clock.now() + timedelta(seconds=seconds))
        inside.refresh(key)
        assert key.last_used_at == clock.now()


class TestIssuing:
    def test_two_keys_of_one_program_are_live_and_the_third_is_refused(
        self, inside: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        first, _ = issue(inside, actor, clock)
        issue(inside, actor, clock)
        issue(inside, actor, clock, name="another program")
        with pytest.raises(TooManyLiveKeys):
            issue(inside, actor, clock)
        revoke_api_key(inside, first.id, actor=actor, clock=clock)
        assert issue(inside, actor, clock)

    def test_an_expired_key_makes_room(self, inside: TenantSession, actor: Actor, clock: FixedClock) -> None:
        issue(inside, actor, clock, days=1)
        issue(inside, actor, clock, days=10)
        assert issue(inside, actor, FixedClock(clock.now() + DAY))

    @pytest.mark.parametrize("permissions", [[], [Permission.ACCESS_WRITE]])
    def test_a_key_carries_something_but_never_the_right_to_grant_access(
        self, inside: TenantSession, actor: Actor, clock: FixedClock, permissions: list[Permission]
    ) -> None:
        with pytest.raises(KeyScopeInvalid):
            issue_api_key(
                inside, name="x", permissions=permissions, expires_at=clock.now() + DAY, actor=actor, clock=clock
            )

    @pytest.mark.parametrize("days", [-1, 0, 367])
    def test_a_key_lives_a_year_at_most(
        self, inside: TenantSession, actor: Actor, clock: FixedClock, days: int
    ) -> None:
        with pytest.raises(KeyLifetimeInvalid):
            issue(inside, actor, clock, days=days)
        assert issue(inside, actor, clock, days=366)

    def test_revoking_twice_changes_nothing_and_an_unknown_key_is_not_found(
        self, inside: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        key, _ = issue(inside, actor, clock)
        revoked = revoke_api_key(inside, key.id, actor=actor, clock=clock).revoked_at
        later = FixedClock(clock.now() + DAY)
        assert revoke_api_key(inside, key.id, actor=actor, clock=later).revoked_at == revoked
        with pytest.raises(NotFound):
            revoke_api_key(inside, uuid4(), actor=actor, clock=clock)
