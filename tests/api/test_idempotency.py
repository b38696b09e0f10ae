"""`Idempotency-Key`: the same request twice has one effect and one answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from litestar.di import NamedDependency
from litestar.testing import TestClient
from sqlalchemy import text

from app.asgi import create_app
from app.deps import Work
from app.endpoints import command
from app.installation import Installation
from domain.access.rules import Role as PersonRole
from domain.parties.service import NewParty, register_party
from domain.parties.states import PartyKind
from domain.platform.clock import SystemClock
from domain.platform.database import Database, Role
from domain.platform.idempotency import MAX_KEY_LENGTH
from tests.api.groups import Client, Group, NewGroup

STARTED, GO_ON = Event(), Event()
SUPPLIER = {"kind": "supplier", "name": "春秋纺织", "code": "S-1"}


@command("/probe/slow", needs=None)
def slow(work: NamedDependency[Work]) -> dict[str, str]:
    """Registers a party, slowly."""
    new = NewParty(kind=PartyKind.SUPPLIER, name="慢", code="SLOW")
    register_party(work.session, new, actor=work.actor, clock=work.clock)
    STARTED.set()
    GO_ON.wait(10)
    return {"done": "yes"}


@pytest.fixture(scope="module")
def probe(house: Installation) -> Iterator[Client]:
    with TestClient(create_app(house, extra=[slow]), raise_server_exceptions=False) as client:
        yield client


def keyed(group: Group, key: str) -> dict[str, str]:
    return {**group.headers, "Idempotency-Key": key}


def count(client: Client, group: Group) -> int:
    return len(client.get("/v1/parties", headers=group.headers).json()["items"])


class TestRepeats:
    def test_the_same_request_gets_the_first_answer_byte_for_byte(self, client: Client, group: Group) -> None:
        first = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        again = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert first.headers["content-type"] == again.headers["content-type"]
        assert "idempotent-replay" not in first.headers
        assert again.headers["idempotent-replay"] == "true"
        assert count(client, group) == 1

    def test_without_a_key_the_second_is_a_second_request(self, client: Client, group: Group) -> None:
        assert client.post("/v1/parties", json=SUPPLIER, headers=group.headers).status_code == 201
        assert client.post("/v1/parties", json=SUPPLIER, headers=group.headers).status_code == 409

    def test_the_same_key_with_another_body_is_refused(self, client: Client, group: Group) -> None:
        client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        other = client.post("/v1/parties", json={**SUPPLIER, "code": "S-2"}, headers=keyed(group, "a"))
        assert other.status_code == 422
        assert other.json()["type"] == "/problems/idempotency_key_used_for_other"
        assert count(client, group) == 1

    def test_the_same_key_at_another_endpoint_is_another_request(self, client: Client, group: Group) -> None:
        client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        other = client.post("/v1/sandbox/clock", json=SUPPLIER, headers=keyed(group, "a"))
        assert other.status_code == 422

    def test_keys_belong_to_their_caller(self, client: Client, new_group: NewGroup) -> None:
        one, two = new_group(), new_group()
        client.post("/v1/parties", json=SUPPLIER, headers=keyed(one, "a"))
        answer = client.post("/v1/parties", json=SUPPLIER, headers=keyed(two, "a"))
        assert "idempotent-replay" not in answer.headers
        assert count(client, two) == 1

    def test_a_refusal_of_the_business_is_kept_too(self, client: Client, group: Group) -> None:
        client.post("/v1/parties", json=SUPPLIER, headers=group.headers)
        refused = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        again = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        assert (refused.status_code, again.status_code) == (409, 409)
        assert refused.content == again.content
        assert again.headers["content-type"] == "application/problem+json"
        assert again.headers["idempotent-replay"] == "true"

    def test_a_request_that_was_never_begun_may_be_corrected_under_its_key(self, client: Client, group: Group) -> None:
        wrong = client.post("/v1/parties", json={**SUPPLIER, "kind": "?"}, headers=keyed(group, "a"))
        right = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "a"))
        assert (wrong.status_code, right.status_code) == (422, 201)

    def test_a_key_has_1_to_255_visible_characters(self, client: Client, group: Group) -> None:
        longest = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "k" * MAX_KEY_LENGTH))
        assert longest.status_code == 201
        for key in ("k" * (MAX_KEY_LENGTH + 1), "a b"):
            refused = client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, key))
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["header"] == "Idempotency-Key"


class TestSecrets:
    def test_a_kept_answer_is_encrypted(self, client: Client, group: Group, database: Database) -> None:
        headers = {**group.sign_in(client, PersonRole.ADMINISTRATOR), "Idempotency-Key": "issue"}
        expires_at = (SystemClock().now() + timedelta(days=30)).isoformat()
        body = {"name": "erp", "permissions": ["parties:read"], "expires_at": expires_at}
        first = client.post("/v1/api-keys", json=body, headers=headers)
        again = client.post("/v1/api-keys", json=body, headers=headers)
        assert first.json()["secret"] == again.json()["secret"]
        with database.session(Role.WORKER, group.tenant_id) as session:
            stored = session.execute(
                text("SELECT body FROM idempotency_record WHERE tenant_id = :tenant AND key = 'issue'"),
                {"tenant": group.tenant_id},
            ).scalar_one()
        assert first.json()["secret"].encode() not in bytes(stored)


class TestAtOnce:
    def test_while_the_first_is_at_work_the_second_is_told_to_wait(self, probe: Client, group: Group) -> None:
        STARTED.clear()
        GO_ON.clear()
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(probe.post, "/probe/slow", headers=keyed(group, "slow"))
            assert STARTED.wait(10)
            second = probe.post("/probe/slow", headers=keyed(group, "slow"))
            GO_ON.set()
            assert first.result(10).status_code == 201
        assert second.status_code == 409
        assert second.json()["type"] == "/problems/idempotency_key_in_flight"
        assert probe.post("/probe/slow", headers=keyed(group, "slow")).headers["idempotent-replay"] == "true"

    def test_eight_at_the_same_moment_have_one_effect(self, client: Client, group: Group) -> None:
        together = Barrier(8)

        def send(_: int) -> int:
            together.wait(10)
            return client.post("/v1/parties", json=SUPPLIER, headers=keyed(group, "eight")).status_code

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(send, range(8)))
        assert set(statuses) <= {201, 409}
        assert statuses.count(201) >= 1
        assert count(client, group) == 1
