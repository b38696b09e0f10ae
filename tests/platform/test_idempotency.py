"""One effect per key: stored answers, other requests, two at once, dead processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from domain.platform.database import Database, Role
from domain.platform.idempotency import (
    Begun,
    KeyInFlight,
    KeyUsedForOther,
    StoredAnswer,
    abandon,
    begin,
    complete,
    purge,
)
from domain.values.actor import Actor, ActorKind

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ANSWER = StoredAnswer(201, {"location": "/v1/x"}, b'{"id": "x"}')
SECOND = timedelta(seconds=1)


class Caller:
    """Requests of one program, each step in its own transaction as the app does it."""

    def __init__(self, database: Database, tenant_id: int, actor: Actor) -> None:
        self.database, self.tenant_id, self.actor = database, tenant_id, actor

    def begin(self, body: bytes = b"one", at: datetime = NOW, key: str = "K") -> Begun | StoredAnswer:
        with self.database.session(Role.API, self.tenant_id) as session:
            return begin(session, actor=self.actor, key=key, request_hash=body, now=at)

    def right(self, body: bytes = b"one", at: datetime = NOW, key: str = "K") -> Begun:
        begun = self.begin(body, at, key)
        assert isinstance(begun, Begun)
        return begun

    def complete(self, begun: Begun) -> None:
        with self.database.session(Role.API, self.tenant_id) as session:
            complete(session, begun, ANSWER)

    def abandon(self, begun: Begun) -> None:
        with self.database.session(Role.API, self.tenant_id) as session:
            abandon(session, begun)


@pytest.fixture
def caller(database: Database, tenant_id: int, actor: Actor) -> Caller:
    return Caller(database, tenant_id, actor)


def test_the_same_request_again_gets_the_stored_answer(caller: Caller) -> None:
    caller.complete(caller.right())
    assert caller.begin() == ANSWER


def test_the_key_with_another_request_is_refused(caller: Caller) -> None:
    caller.complete(caller.right())
    with pytest.raises(KeyUsedForOther):
        caller.begin(b"two")


def test_while_the_first_is_at_work_the_second_is_told_so(caller: Caller) -> None:
    caller.right()
    with pytest.raises(KeyInFlight):
        caller.begin()
    with pytest.raises(KeyUsedForOther):
        caller.begin(b"two")


def test_of_eight_at_once_one_has_the_right(caller: Caller) -> None:
    def attempt(_: int) -> str:
        try:
            return type(caller.begin()).__name__
        except KeyInFlight:
            return "KeyInFlight"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == ["Begun", *["KeyInFlight"] * 7]


def test_work_without_effect_frees_the_key_for_any_request(caller: Caller) -> None:
    caller.abandon(caller.right())
    assert caller.right(b"two")


def test_an_answer_is_not_abandoned(caller: Caller) -> None:
    begun = caller.right()
    caller.complete(begun)
    caller.abandon(begun)
    assert caller.begin() == ANSWER


def test_a_dead_process_holds_its_key_five_minutes(caller: Caller) -> None:
    caller.right()
    with pytest.raises(KeyInFlight):
        caller.begin(at=NOW + timedelta(minutes=5))
    assert caller.right(at=NOW + timedelta(minutes=5) + SECOND).attempt == 2


def test_a_process_thought_dead_cannot_finish_after_another_took_over(caller: Caller) -> None:
    first = caller.right()
    second = caller.right(at=NOW + timedelta(minutes=6))
    with pytest.raises(KeyInFlight):
        caller.complete(first)
    caller.abandon(first)
    caller.complete(second)
    assert caller.begin(at=NOW + timedelta(minutes=7)) == ANSWER


def test_keys_of_two_callers_and_two_tenants_do_not_meet(caller: Caller) -> None:
    caller.complete(caller.right())
    other = Caller(caller.database, caller.tenant_id, Actor(ActorKind.API_KEY, "other"))
    assert other.right(b"two")
    elsewhere = Caller(caller.database, caller.tenant_id + 1, caller.actor)
    assert elsewhere.right(b"two")


def test_after_a_day_a_key_is_forgotten(caller: Caller) -> None:
    caller.complete(caller.right())
    caller.complete(caller.right(key="K2", at=NOW + timedelta(hours=1)))
    later = NOW + timedelta(hours=24) + SECOND
    with caller.database.session(Role.WORKER, caller.tenant_id) as session:
        assert purge(session, now=later) == 1
    assert caller.right(b"two", at=later)
    assert caller.begin(key="K2", at=later) == ANSWER


def test_a_key_past_its_day_is_free_even_before_the_purge(caller: Caller) -> None:
    caller.complete(caller.right())
    assert caller.right(b"two", at=NOW + timedelta(hours=24) + SECOND)
