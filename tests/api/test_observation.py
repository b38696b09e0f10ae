"""Health, figures and the log: what operators see, and what nobody may."""

import json
from io import StringIO

from app.observation import masked
from tests.api.groups import PHRASE, Client, Group

NUMBER = "6222021234567890128"


def lines(log: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


class TestLog:
    def test_a_request_is_one_line_with_its_route_actor_and_correlation_id(
        self, client: Client, group: Group, log: StringIO
    ) -> None:
        answer = client.get("/v1/parties?q=secret-word", headers=group.headers)
        found = [line for line in lines(log) if line.get("correlation_id") == answer.headers["x-correlation-id"]]
        assert len(found) == 1
        assert found[0].keys() == {
            "event",
            "level",
            "timestamp",
            "correlation_id",
            "method",
            "route",
            "status",
            "milliseconds",
            "tenant_id",
            "actor",
        }
        assert (found[0]["route"], found[0]["status"]) == ("/v1/parties", 200)

    def test_holds_no_bodies_queries_tokens_or_numbers(self, client: Client, group: Group, log: StringIO) -> None:
        client.get("/v1/parties?q=secret-word", headers=group.headers)
        client.post("/v1/session", json={"tenant": group.slug, "email": "a@example.com", "password": PHRASE})
        client.post("/v1/parties", json={"kind": "hq", "name": NUMBER, "code": "x"}, headers=group.headers)
        text = log.getvalue()
        token = group.headers["Authorization"].removeprefix("Bearer ")
        for secret in ("secret-word", PHRASE, NUMBER, token, token.rpartition("_")[2]):
            assert secret not in text

    def test_what_an_exception_says_is_masked(self) -> None:
        told = f"account {NUMBER} of tribk_6f_01_secret owes 1234"
        assert masked(told) == "account ****0128 of (token) owes 1234"

    def test_a_callers_own_correlation_id_is_taken_when_it_is_a_plain_word(self, client: Client) -> None:
        assert client.get("/v1/x", headers={"X-Correlation-Id": "order-7.b"}).headers["x-correlation-id"] == "order-7.b"
        forged = client.get("/v1/x", headers={"X-Correlation-Id": 'a" x="'}).headers["x-correlation-id"]
        assert len(forged) == 32


class TestHealth:
    def test_live_and_ready_need_no_key(self, client: Client) -> None:
        assert client.get("/health/live").json() == {"live": True}
        assert client.get("/health/ready").json()["database"] is True

    def test_metrics_count_by_route_and_not_by_path(self, client: Client, group: Group) -> None:
        client.get("/v1/parties/pty_01h455vb4pex5vsknk084sn02q", headers=group.headers)
        client.get("/v1/some/made/up/path")
        figures = client.get("/metrics").text
        assert 'route="/v1/parties/{party_id}",status="404"' in figures
        assert "pty_01h455vb4pex5vsknk084sn02q" not in figures
        assert "made/up" not in figures
        assert "tributary_request_seconds_bucket" in figures
