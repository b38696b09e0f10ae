"""Refusals answer in one shape, in the caller's language, with the place of every fault."""

import json
from typing import Any

import pytest

from app.problems import problem_body
from domain.access.rules import Permission
from domain.financing.errors import AvailabilityExceeded
from domain.receivables.errors import NotEligible
from domain.values.errors import DomainError
from tests.api.groups import Client, Group

PARTY = {"kind": "supplier", "name": "春秋纺织", "code": "S-1"}


def body_of(refusal: DomainError) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(problem_body(refusal, language="en", instance="/"))
    return body


class TestShape:
    def test_a_problem_names_its_type_and_the_facts_behind_it(self, client: Client, group: Group) -> None:
        client.post("/v1/parties", json=PARTY, headers=group.headers)
        answer = client.post("/v1/parties", json=PARTY, headers=group.headers)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "/problems/party_exists"
        assert (problem["status"], problem["instance"]) == (409, "/v1/parties")
        assert problem["codes"] == "S-1"

    def test_a_refusal_by_a_numbered_rule_cites_it_beside_its_figures(self) -> None:
        exceeded = {"principal": "9.00 CNY", "available": "8.00 CNY", "headrooms": {}}
        by_limit = body_of(AvailabilityExceeded(bound_by="debtor", **exceeded))  # type: ignore[arg-type]
        assert (by_limit["rules"], by_limit["bound_by"]) == (["R1"], "debtor")
        by_share = body_of(AvailabilityExceeded(bound_by="concentration", **exceeded))  # type: ignore[arg-type]
        assert by_share["rules"] == ["R1", "R22"]
        assert "notice 205 of 2019" in by_share["citations"]

    def test_a_figure_that_was_called_rules_before_stays_what_it_was(self) -> None:
        told = "not_over_age (R20): days_late 91"
        refused = body_of(NotEligible(count=1, first="rcv_1", rules=told, numbers=("R20",)))
        assert (refused["rules"], refused["citations"]) == (told, ["asset-based lending practice"])

    def test_one_by_no_numbered_rule_cites_nothing(self, client: Client) -> None:
        assert "rules" not in client.get("/v1/parties").json()

    @pytest.mark.parametrize(
        ("language", "beginning"),
        [
            ("zh-CN,zh;q=0.9,en;q=0.8", "请先登录"),
            ("en-GB", "Sign in first"),
            ("fr, zh", "请先登录"),
            ("", "Sign in first"),
        ],
    )
    def test_the_detail_is_in_the_language_asked_for(self, client: Client, language: str, beginning: str) -> None:
        answer = client.get("/v1/session", headers={"Accept-Language": language})
        assert answer.json()["detail"].startswith(beginning)

    def test_every_type_has_a_page_in_both_languages(self, client: Client) -> None:
        page = client.get("/problems/not_found")
        assert page.status_code == 200
        assert "未找到" in page.text
        assert "Check the reference" in page.text
        assert client.get("/problems").text.count("<li>") > 50
        assert client.get("/problems/no_such_code").status_code == 404


class TestHttp:
    def test_nothing_under_this_path_is_404(self, client: Client) -> None:
        assert client.get("/v1/nothing").json()["type"] == "/problems/no_such_path"

    def test_another_method_is_405_and_names_those_there_are(self, client: Client) -> None:
        answer = client.delete("/v1/parties")
        assert answer.json()["type"] == "/problems/method_not_allowed"
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST", "OPTIONS"}

    def test_what_is_no_json_is_400(self, client: Client, group: Group) -> None:
        headers = {**group.headers, "Content-Type": "application/json"}
        for content in (b"{", b"\xff\xfe", b"[" * 100_000, b'{"kind": 5, ', b'{"kind": "\xff"}'):
            answer = client.post("/v1/parties", content=content, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed_json")

    def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_413(self, client: Client, group: Group) -> None:
        headers = {**group.headers, "Content-Type": "application/json"}
        full = b'"' + b"a" * (1024 * 1024 - 2) + b'"'
        assert client.post("/v1/parties", content=full, headers=headers).status_code == 422
        answer = client.post("/v1/parties", content=full + b" ", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body_too_large")

    def test_another_media_type_is_415(self, client: Client, group: Group) -> None:
        answer = client.post("/v1/parties", content=b"kind=supplier", headers=group.headers)
        assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported_media_type")

    def test_without_a_key_it_is_401_and_says_how(self, client: Client) -> None:
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer tribk_1_2_3"}):
            answer = client.get("/v1/parties", headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")

    def test_without_the_permission_it_is_403_and_names_it(self, client: Client, group: Group) -> None:
        answer = client.post("/v1/parties", json=PARTY, headers=group.key(Permission.PARTIES_READ))
        assert answer.status_code == 403
        assert answer.json()["permission"] == "parties:write"


class TestFaults:
    def test_every_wrong_field_is_named_with_its_place(self, client: Client, group: Group) -> None:
        body = {"kind": "firm", "name": "", "city": 5, "colour": "red", "state": "verified", "id": "pty_1"}
        problem = client.post("/v1/parties", json=body, headers=group.headers).json()
        assert {fault["pointer"]: fault["code"] for fault in problem["errors"]} == {
            "#/kind": "not_a_choice",
            "#/name": "wrong_length",
            "#/city": "wrong_type",
            "#/code": "missing",
            "#/colour": "unknown_field",
            "#/state": "unknown_field",
            "#/id": "unknown_field",
        }

    def test_faults_read_in_chinese_too(self, client: Client, group: Group) -> None:
        headers = {**group.headers, "Accept-Language": "zh"}
        problem = client.post("/v1/parties", json={"kind": "hq", "name": "总部"}, headers=headers).json()
        assert problem["errors"] == [{"code": "missing", "detail": "缺少必填字段 code", "pointer": "#/code"}]

    def test_a_text_is_no_number_and_a_number_no_text(self, client: Client, group: Group) -> None:
        problem = client.post("/v1/parties", json={**PARTY, "code": 5}, headers=group.headers).json()
        assert problem["errors"][0]["pointer"] == "#/code"

    def test_a_line_end_or_nul_in_a_name_is_refused(self, client: Client, group: Group) -> None:
        for name in ("a\nb", "a\x00b", "\u0085", "   "):
            answer = client.post("/v1/parties", json={**PARTY, "name": name}, headers=group.headers)
            assert answer.status_code == 422

    def test_a_figure_the_business_refuses_points_to_its_field(self, client: Client, group: Group) -> None:
        party = client.post("/v1/parties", json=PARTY, headers=group.headers).json()
        body = {"holder_name": "春秋", "bank_id": "??", "number": "12345678", "currency": "CNY"}
        answer = client.post(f"/v1/parties/{party['id']}/bank-accounts", json=body, headers=group.headers)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/bank_id")

    def test_a_parameter_out_of_its_range_is_named(self, client: Client, group: Group) -> None:
        for limit, status in ((1, 200), (200, 200), (0, 422), (201, 422)):
            answer = client.get(f"/v1/parties?limit={limit}", headers=group.headers)
            assert answer.status_code == status
        assert answer.json()["errors"][0]["parameter"] == "limit"

    def test_null_is_no_filter(self, client: Client, group: Group) -> None:
        assert client.get("/v1/parties?kind=null", headers=group.headers).status_code == 422
        assert client.get("/v1/parties?q=null", headers=group.headers).status_code == 200
