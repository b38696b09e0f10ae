"""Signing in: passwords, codes, lockout, sessions; and that a refusal tells nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from domain import audit
from domain.access.errors import (
    BadCredentials,
    EmailTaken,
    FactorEnrolled,
    OwnRoles,
    PasswordUnfit,
    RoleNeedsParty,
    SecondFactorMissing,
    SecondFactorRequired,
)
from domain.access.people import (
    actor_of,
    change_password,
    confirm_second_factor,
    disable_person,
    enrol_second_factor,
    register_person,
    reset_second_factor,
    rotate_factor_keys,
    set_roles,
)
from domain.access.rules import Permission, Role
from domain.access.sessions import SignedIn, authenticate_session, log_in, log_out, open_sessions, prove_password
from domain.access.tables import Person
from domain.access.tokens import Token, TokenKind
from domain.access.totp import code_of, step_at
from domain.platform.clock import FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.database import Role as DatabaseRole
from domain.platform.encryption import KeyRing, new_key_text
from domain.platform.ids import tenant_key
from domain.values.actor import Actor, ActorKind
from domain.values.errors import InvalidValue

PASSWORD = "quiet rivers run deep"  # noqa: S105 - a test's
WRONG = "quiet rivers run deeper"
ADMIN = Actor(ActorKind.PERSON, "admin")


class Door:
    """Somebody who tries to sign in to one tenant."""

    def __init__(self, database: Database, keys: KeyRing, slug: str, now: datetime) -> None:
        self.database, self.keys, self.slug, self.now = database, keys, slug, now

    def enter(
        self, password: str = PASSWORD, code: str | None = None, *, email: str = "li.na@example.com", late: int = 0
    ) -> SignedIn:
        now = self.now + timedelta(seconds=late)
        return log_in(self.database, self.keys, tenant=self.slug, email=email, password=password, code=code, now=now)

    def use(self, token: str, *, late: int = 0) -> frozenset[Permission]:
        return authenticate_session(self.database, token, self.now + timedelta(seconds=late)).permissions


@pytest.fixture
def door(database: Database, keys: KeyRing, slug: str, person: Person, clock: FixedClock) -> Door:
    assert person.email == "li.na@example.com"
    return Door(database, keys, slug, clock.now())


class TestPassword:
    def test_the_right_password_opens_a_session_of_that_person(self, door: Door, person: Person) -> None:
        entered = door.enter(email=" LI.NA@example.com ")
        principal = authenticate_session(door.database, entered.token, door.now)
        assert principal == entered.principal
        assert (principal.person_id, principal.language, principal.party_id) == (person.id, "zh", None)
        assert Permission.POOLS_SWEEP in principal.permissions

    @pytest.mark.parametrize("email", ["li.na@example.com", "nobody@example.com", ""])
    @pytest.mark.parametrize("tenant", ["its own", "unknown"])
    def test_wrong_password_unknown_person_and_unknown_tenant_get_the_same_answer(
        self, door: Door, email: str, tenant: str
    ) -> None:
        door.slug = door.slug if tenant == "its own" else "no-such-tenant"
        with pytest.raises(BadCredentials) as refusal:
            door.enter(WRONG, email=email)
        assert refusal.value.facts == {}

    def test_neither_password_nor_token_is_kept_in_the_clear(self, door: Door, inside: TenantSession) -> None:
        token = door.enter().token
        secret = token.split("_")[-1]
        for table in ("person", "login_session", "audit_entry"):
            kept = inside.execute(text(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")).scalar_one()
            assert PASSWORD not in kept
            assert secret not in kept
        assert secret not in repr(door.enter())

    @pytest.mark.parametrize("password", ["elevenchars", "x" * 257])
    def test_a_password_too_short_or_absurdly_long_is_refused(
        self, inside: TenantSession, clock: FixedClock, password: str
    ) -> None:
        with pytest.raises(PasswordUnfit):
            register_person(inside, email="a@b.cn", name="A", password=password, roles=[], actor=ADMIN, clock=clock)

    def test_a_changed_password_signs_out_everywhere(
        self, door: Door, person: Person, inside: TenantSession, clock: FixedClock
    ) -> None:
        token = door.enter().token
        with pytest.raises(BadCredentials):
            change_password(inside, person.id, old=WRONG, new="another sentence of mine", clock=clock)
        change_password(inside, person.id, old=PASSWORD, new="another sentence of mine", clock=clock)
        inside.commit()
        with pytest.raises(BadCredentials):
            door.use(token)
        assert door.enter("another sentence of mine")


class TestLockout:
    def test_the_fifth_failure_locks_for_fifteen_minutes_even_the_right_password(self, door: Door) -> None:
        for _ in range(5):
            with pytest.raises(BadCredentials):
                door.enter(WRONG)
        with pytest.raises(BadCredentials):
            door.enter(late=15 * 60 - 1)
        assert door.enter(late=15 * 60)

    def test_four_failures_do_not_lock_and_success_forgets_them(self, door: Door) -> None:
        for _ in range(2):
            for _ in range(4):
                with pytest.raises(BadCredentials):
                    door.enter(WRONG)
            assert door.enter()

    def test_guesses_sent_at_once_are_counted_one_by_one(self, door: Door, inside: TenantSession) -> None:
        def guess(_: int) -> None:
            with pytest.raises(BadCredentials):
                door.enter(WRONG)

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(guess, range(5)))
        with pytest.raises(BadCredentials):
            door.enter()
        actions = [entry.action for entry in audit.entries(inside) if entry.action.startswith("login")]
        assert actions == ["login.locked", *["login.failed"] * 4]

    def test_guesses_behind_an_open_session_lock_as_well(self, door: Door, person: Person) -> None:
        def prove(password: str) -> None:
            prove_password(door.database, person.tenant_id, person.id, password, door.now)

        prove(PASSWORD)
        for _ in range(5):
            with pytest.raises(BadCredentials):
                prove(WRONG)
        with pytest.raises(BadCredentials):
            prove(PASSWORD)
        with pytest.raises(BadCredentials):
            prove_password(door.database, person.tenant_id, uuid4(), PASSWORD, door.now)


class TestSecondFactor:
    def enrol(self, door: Door, person: Person, clock: FixedClock) -> str:
        with door.database.session(DatabaseRole.API, person.tenant_id) as session:
            secret = enrol_second_factor(session, person.id, door.keys, clock=clock).secret
            confirm_second_factor(session, person.id, code_of(secret, step_at(clock.now())), door.keys, clock=clock)
        return secret

    def test_without_it_money_is_out_of_reach(self, door: Door) -> None:
        principal = door.enter().principal
        with pytest.raises(SecondFactorMissing):
            principal.require(Permission.POOLS_SWEEP)

    def test_once_enrolled_signing_in_takes_a_fresh_code(self, door: Door, person: Person, clock: FixedClock) -> None:
        secret = self.enrol(door, person, clock)
        with pytest.raises(SecondFactorRequired):
            door.enter()
        used = code_of(secret, step_at(door.now))
        with pytest.raises(BadCredentials):
            door.enter(code=used)
        entered = door.enter(code=code_of(secret, step_at(door.now) + 1))
        entered.principal.require(Permission.POOLS_SWEEP)

    def test_a_wrong_password_does_not_tell_that_a_code_would_be_needed(
        self, door: Door, person: Person, clock: FixedClock
    ) -> None:
        self.enrol(door, person, clock)
        with pytest.raises(BadCredentials):
            door.enter(WRONG)

    def test_guessed_codes_lock_as_guessed_passwords_do(self, door: Door, person: Person, clock: FixedClock) -> None:
        secret = self.enrol(door, person, clock)
        right = code_of(secret, step_at(door.now) + 1)
        wrong = f"{(int(right) + 1) % 1_000_000:06}"
        for _ in range(5):
            with pytest.raises(BadCredentials):
                door.enter(code=wrong)
        with pytest.raises(BadCredentials):
            door.enter(code=right)

    def test_enrolling_ends_sessions_without_the_factor(self, door: Door, person: Person, clock: FixedClock) -> None:
        token = door.enter().token
        self.enrol(door, person, clock)
        with pytest.raises(BadCredentials):
            door.use(token)

    def test_a_factor_in_use_is_only_taken_away_by_somebody_else(
        self, door: Door, person: Person, inside: TenantSession, clock: FixedClock
    ) -> None:
        self.enrol(door, person, clock)
        with pytest.raises(FactorEnrolled):
            enrol_second_factor(inside, person.id, door.keys, clock=clock)
        with pytest.raises(OwnRoles):
            reset_second_factor(inside, person.id, actor=actor_of(person.id), clock=clock)
        reset_second_factor(inside, person.id, actor=ADMIN, clock=clock)
        inside.commit()
        assert door.enter()

    def test_the_secret_survives_a_rotation_of_keys(self, door: Door, person: Person, clock: FixedClock) -> None:
        old, lookup = new_key_text("k1").split(",")
        new = new_key_text("k2").split(",")[0]
        door.keys = KeyRing.from_text(f"{old},{lookup}")
        secret = self.enrol(door, person, clock)
        door.keys = KeyRing.from_text(f"{new},{old},{lookup}")
        with door.database.session(DatabaseRole.WORKER, person.tenant_id) as session:
            assert [rotate_factor_keys(session, door.keys) for _ in range(2)] == [1, 0]
        door.keys = KeyRing.from_text(f"{new},{lookup}")
        assert door.enter(code=code_of(secret, step_at(door.now) + 1))

    def test_a_sandbox_asks_for_no_second_factor_because_no_money_is_real(
        self, door: Door, inside: TenantSession
    ) -> None:
        inside.execute(text("UPDATE tenant SET sandbox = true, sandbox_at = now()"))
        inside.commit()
        door.enter().principal.require(Permission.POOLS_SWEEP)


class TestSession:
    def test_it_ends_when_signed_out(self, door: Door) -> None:
        token = door.enter().token
        log_out(door.database, token, door.now)
        with pytest.raises(BadCredentials):
            door.use(token)
        with pytest.raises(BadCredentials):
            log_out(door.database, token, door.now)

    def test_it_ends_after_thirty_minutes_without_a_request(self, door: Door) -> None:
        token = door.enter().token
        assert door.use(token, late=29 * 60)
        assert door.use(token, late=58 * 60)
        with pytest.raises(BadCredentials):
            door.use(token, late=88 * 60)

    def test_it_ends_after_twelve_hours_of_work(self, door: Door) -> None:
        token = door.enter().token
        for minute in range(0, 12 * 60, 20):
            assert door.use(token, late=minute * 60)
        with pytest.raises(BadCredentials):
            door.use(token, late=12 * 3600)

    def test_a_disabled_person_is_out_at_once(
        self, door: Door, person: Person, inside: TenantSession, clock: FixedClock
    ) -> None:
        token = door.enter().token
        assert len(open_sessions(inside, person.id, door.now)) == 1
        disable_person(inside, person.id, actor=ADMIN, clock=clock)
        inside.commit()
        with pytest.raises(BadCredentials):
            door.use(token)
        with pytest.raises(BadCredentials):
            door.enter()

    def test_roles_count_from_the_next_request_on(
        self, door: Door, person: Person, inside: TenantSession, clock: FixedClock
    ) -> None:
        token = door.enter().token
        set_roles(inside, person.id, [Role.AUDITOR], actor=ADMIN, clock=clock)
        inside.commit()
        assert Permission.POOLS_SWEEP not in door.use(token)

    @pytest.mark.parametrize("part", [0, 1, 2, 3])
    def test_a_token_changed_anywhere_is_refused_like_any_other(self, door: Door, part: int) -> None:
        parts = door.enter().token.split("_")
        other = Token.fresh(TokenKind.KEY, tenant_key("other"), uuid4()).text.split("_")
        parts[part] = other[part]
        with pytest.raises(BadCredentials):
            door.use("_".join(parts))

    @pytest.mark.parametrize(
        "text", ["", "tribs", "tribs___", "tribs_-1_x_y", "Bearer x", f"tribs_{'f' * 17}_{'0' * 32}_s", "tribs_ß_ß_ß"]
    )
    def test_what_is_no_token_is_refused_like_a_wrong_one(self, door: Door, text: str) -> None:
        with pytest.raises(BadCredentials):
            door.use(text)


class TestPeople:
    def test_one_address_is_one_person(self, inside: TenantSession, person: Person, clock: FixedClock) -> None:
        with pytest.raises(EmailTaken):
            register_person(
                inside,
                email=person.email.upper(),
                name="B",
                password=PASSWORD,
                roles=[],
                actor=ADMIN,
                clock=clock,
            )

    @pytest.mark.parametrize("email", ["", "a", "a@b", "@b.cn", "a b@c.cn", "a@" + "b" * 260 + ".cn"])
    def test_what_is_no_address_is_refused(self, inside: TenantSession, clock: FixedClock, email: str) -> None:
        with pytest.raises(InvalidValue):
            register_person(inside, email=email, name="B", password=PASSWORD, roles=[], actor=ADMIN, clock=clock)

    def test_nobody_changes_their_own_roles(self, inside: TenantSession, person: Person, clock: FixedClock) -> None:
        with pytest.raises(OwnRoles):
            set_roles(inside, person.id, [Role.ADMINISTRATOR], actor=actor_of(person.id), clock=clock)

    def test_a_lenders_maker_acts_for_a_lender(self, inside: TenantSession, person: Person, clock: FixedClock) -> None:
        with pytest.raises(RoleNeedsParty):
            set_roles(inside, person.id, [Role.LENDER_MAKER], actor=ADMIN, clock=clock)
