"""Pools, sweeps, takings, runs and statements over HTTP."""

from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, Headers


@pytest.fixture
def checker(group: Group) -> Headers:
    return group.key(*KEY_PERMISSIONS)


def send(client: Client, path: str, body: Any, headers: Headers, key: str | None = None) -> Any:  # noqa: ANN401
    return client.post(f"/v1/{path}", json=body, headers={**headers, **({"Idempotency-Key": key} if key else {})})


@pytest.fixture
def accounts(client: Client, group: Group, checker: Headers) -> dict[str, Any]:
    """HQ and a branch, each with an own account that is verified."""
    found = {}
    for place, kind in enumerate(("hq", "branch")):
        party = send(client, "parties", {"kind": kind, "name": kind, "code": kind}, group.headers).json()["id"]
        body = {
            "holder_name": kind,
            "bank_id": "ICBKCNBJ",
            "number": f"120202141990005678{place}",
            "currency": "CNY",
            "own": True,
        }
        account = send(client, f"parties/{party}/bank-accounts", body, group.headers).json()["id"]
        send(client, f"bank-accounts/{account}/verify", None, checker)
        found[kind] = account
        found[f"{kind}_party"] = party
    return found


@pytest.fixture
def pool(client: Client, group: Group, accounts: dict[str, Any]) -> str:
    body = {
        "name": "华东归集",
        "header_account_id": accounts["hq"],
        "currency": "CNY",
        "members": [{"account_id": accounts["branch"], "method": "zero"}],
    }
    answer = send(client, "pools", body, group.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class TestPools:
    def test_a_pool_shows_its_members_as_they_stand(
        self, client: Client, group: Group, pool: str, accounts: dict[str, Any]
    ) -> None:
        shown = client.get(f"/v1/pools/{pool}", headers=group.headers).json()
        assert shown["pool"]["header_account_id"] == accounts["hq"]
        assert [member["available"]["amount"] for member in shown["members"]] == ["0.00"]

    def test_a_member_in_another_currency_is_refused(
        self, client: Client, group: Group, accounts: dict[str, Any]
    ) -> None:
        member = {
            "account_id": accounts["branch"],
            "method": "target",
            "target": {"amount": "1.00", "currency": "USD"},
        }
        body = {"name": "x", "header_account_id": accounts["hq"], "currency": "CNY", "members": [member]}
        answer = send(client, "pools", body, group.headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/currency_mismatch")

    def test_a_slot_is_evaluated_once(self, client: Client, group: Group, pool: str) -> None:
        path = f"pools/{pool}/evaluate"
        first = send(client, path, {"slot": "1830"}, group.headers, key="a").json()
        again = send(client, path, {"slot": "1830"}, group.headers, key="b").json()
        assert (first["id"], first["sweep_count"]) == (again["id"], 0)

    def test_another_digest_than_the_one_shown_is_not_approved(
        self, client: Client, group: Group, pool: str, checker: Headers
    ) -> None:
        proposal = send(client, f"pools/{pool}/evaluate", {"slot": "1830"}, group.headers, key="a").json()
        path = f"sweep-proposals/{proposal['id']}/approve"
        wrong = send(client, path, {"digest": "0" * 64}, checker, key="b")
        assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/digest_changed")
        same = send(client, path, {"digest": proposal["digest"]}, group.headers, key="c")
        assert (same.status_code, same.json()["type"]) == (403, "/problems/same_person")
        right = send(client, path, {"digest": proposal["digest"]}, checker, key="d")
        assert right.json()["state"] in {"approved", "closed"}

    def test_who_acts_for_a_branch_does_not_see_the_pool(
        self, client: Client, group: Group, pool: str, accounts: dict[str, Any]
    ) -> None:
        branch = group.key(Permission.POOLS_READ, party_id=parse_public_id("pty", accounts["branch_party"]))
        assert client.get(f"/v1/pools/{pool}", headers=branch).status_code == 403
        assert client.get("/v1/pools", headers=branch).json()["items"] == []
        assert client.get("/v1/sweeps", headers=branch).status_code == 200


class TestRuns:
    def test_a_run_of_which_nothing_is_due_closes_with_its_certificate(self, client: Client, group: Group) -> None:
        run = send(client, "runs", {"kind": "debit", "slot": "0800"}, group.headers, key="plan").json()
        assert (run["state"], run["item_count"]) == ("closed", 0)
        certificate = client.get(f"/v1/runs/{run['id']}/certificate", headers=group.headers).json()
        assert certificate["differing"] == []
        assert client.get("/v1/runs?filter=kind:eq:debit", headers=group.headers).json()["items"][0]["id"] == run["id"]

    def test_planning_can_be_tried_without_doing(self, client: Client, group: Group) -> None:
        send(client, "runs?dry_run=true", {"kind": "debit", "slot": "0800"}, group.headers, key="plan")
        assert client.get("/v1/runs", headers=group.headers).json()["items"] == []

    def test_without_a_bank_nothing_is_executed(self, client: Client, group: Group) -> None:
        run = send(client, "runs", {"kind": "debit", "slot": "0800"}, group.headers, key="plan").json()
        answer = send(client, f"runs/{run['id']}/execute", None, group.headers)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no_bank")


class TestStatements:
    def test_what_is_no_statement_is_refused(self, client: Client, group: Group) -> None:
        answer = client.post("/v1/statements/imports", content=b"<nothing/>", headers=group.headers)
        assert answer.status_code == 422, answer.text

    def test_without_statements_there_is_nothing_to_disagree(self, client: Client, group: Group) -> None:
        agreed = send(client, "cash-agreements", {"on": "2026-03-02"}, group.headers).json()
        assert agreed == {"on": "2026-03-02", "agrees": True, "accounts": 0, "disagreeing": 0, "items": []}


class TestTakings:
    def test_a_file_of_till_weeks_is_taken_and_its_bad_rows_named(
        self, client: Client, group: Group, accounts: dict[str, Any]
    ) -> None:
        assert accounts
        headers = {**group.headers, "Content-Type": "text/csv"}
        path = "/v1/takings/imports?file_name=takings.csv&currency=CNY"
        answer = client.post(path, content=b"nothing,of,this\n1,2,3\n", headers=headers)
        assert answer.status_code == 422, answer.text
