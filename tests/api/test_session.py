"""Signing in and out, and what keys and sessions may do."""

from datetime import timedelta

from domain.access.rules import MAX_FAILED_LOGINS, Role
from domain.platform.clock import SystemClock
from tests.api.groups import PHRASE, Client, Group, NewGroup


def log_in(client: Client, group: Group, email: str, password: str = PHRASE) -> int:
    body = {"tenant": group.slug, "email": email, "password": password}
    return client.post("/v1/session", json=body).status_code


class TestPeople:
    def test_a_session_says_who_one_is_until_one_signs_out(self, client: Client, group: Group) -> None:
        headers = group.sign_in(client, Role.TREASURY)
        me = client.get("/v1/session", headers=headers)
        assert me.json()["kind"] == "person"
        assert "pools:sweep" in me.json()["permissions"]
        assert client.delete("/v1/session", headers=headers).status_code == 200
        assert client.get("/v1/session", headers=headers).status_code == 401

    def test_any_wrong_answer_is_the_same_401(self, client: Client, group: Group) -> None:
        email = group.person(Role.AUDITOR)
        wrong = [
            {"tenant": group.slug, "email": email, "password": "wrong"},
            {"tenant": group.slug, "email": "nobody@example.com", "password": PHRASE},
            {"tenant": "no-such-tenant", "email": email, "password": PHRASE},
        ]
        answers = [client.post("/v1/session", json=body) for body in wrong]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.content for answer in answers}) == 1

    def test_five_failures_pause_signing_in(self, client: Client, group: Group) -> None:
        email = group.person(Role.AUDITOR)
        assert log_in(client, group, email) == 201
        for _ in range(MAX_FAILED_LOGINS):
            assert log_in(client, group, email, "wrong") == 401
        assert log_in(client, group, email) == 401

    def test_a_password_is_never_in_an_answer(self, client: Client, group: Group) -> None:
        body = {"tenant": group.slug, "email": group.person(Role.AUDITOR), "password": PHRASE, "colour": 1}
        assert PHRASE not in client.post("/v1/session", json=body).text


class TestKeys:
    def test_an_administrator_issues_lists_and_revokes(self, client: Client, group: Group) -> None:
        administrator = group.sign_in(client, Role.ADMINISTRATOR)
        expires_at = (SystemClock().now() + timedelta(days=30)).isoformat()
        body = {"name": "erp", "permissions": ["parties:read"], "expires_at": expires_at}
        issued = client.post("/v1/api-keys", json=body, headers=administrator).json()
        key = {"Authorization": f"Bearer {issued['secret']}"}
        assert client.get("/v1/parties", headers=key).status_code == 200
        listed = client.get("/v1/api-keys", headers=administrator)
        assert issued["key"]["id"] in [item["id"] for item in listed.json()["items"]]
        assert issued["secret"].rpartition("_")[2] not in listed.text
        client.delete(f"/v1/api-keys/{issued['key']['id']}", headers=administrator)
        assert client.get("/v1/parties", headers=key).status_code == 401

    def test_a_key_makes_no_keys(self, client: Client, group: Group) -> None:
        expires_at = (SystemClock().now() + timedelta(days=30)).isoformat()
        body = {"name": "erp", "permissions": ["parties:read"], "expires_at": expires_at}
        assert client.post("/v1/api-keys", json=body, headers=group.headers).status_code == 403

    def test_a_key_has_no_session_to_end(self, client: Client, group: Group) -> None:
        assert client.delete("/v1/session", headers=group.headers).json()["type"] == "/problems/key_has_no_session"

    def test_a_moment_without_its_offset_is_refused(self, client: Client, group: Group) -> None:
        body = {"name": "erp", "permissions": ["parties:read"], "expires_at": "2026-12-31T00:00:00"}
        answer = client.post("/v1/api-keys", json=body, headers=group.sign_in(client, Role.ADMINISTRATOR))
        assert answer.json()["errors"][0]["pointer"] == "#/expires_at"


def test_one_tenants_key_never_sees_anothers_rows(client: Client, new_group: NewGroup) -> None:
    ours, theirs = new_group(), new_group()
    party = client.post("/v1/parties", json={"kind": "hq", "name": "总部", "code": "HQ"}, headers=theirs.headers).json()
    assert client.get(f"/v1/parties/{party['id']}", headers=theirs.headers).status_code == 200
    assert client.get(f"/v1/parties/{party['id']}", headers=ours.headers).status_code == 404
    assert client.get("/v1/parties", headers=ours.headers).json()["items"] == []
    renamed = client.put(f"/v1/parties/{party['id']}/name", json={"name": "x"}, headers=ours.headers)
    assert renamed.status_code == 404
