"""Parties and bank accounts over HTTP."""

from typing import Any

from domain.access.rules import Permission, Role
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, Headers

NUMBER = "6222 0212 3456 7890 128"  # 19 digits, and by Luhn's formula a multiple of ten


def register(client: Client, headers: Headers, name: str, code: str, kind: str = "supplier") -> Any:  # noqa: ANN401
    answer = client.post("/v1/parties", json={"kind": kind, "name": name, "code": code}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def names(client: Client, headers: Headers, query: str = "") -> list[str]:
    return [item["name"] for item in client.get(f"/v1/parties{query}", headers=headers).json()["items"]]


class TestSearch:
    def test_parties_stand_in_chinese_order_with_latin_names_among_them(self, client: Client, group: Group) -> None:
        for place, name in enumerate(("张家港港务", "Kiln & Co", "安徽茶业", "林氏物流", "北京印刷")):
            register(client, group.headers, name, f"S{place}")
        # an … bei … kiln … lin … zhang
        assert names(client, group.headers) == ["安徽茶业", "北京印刷", "Kiln & Co", "林氏物流", "张家港港务"]

    def test_pages_follow_each_other_without_gap_or_repeat(self, client: Client, group: Group) -> None:
        for place in range(7):
            register(client, group.headers, "同名公司", f"S{place}")
        seen, cursor = [], ""
        while cursor is not None:
            page = client.get("/v1/parties?limit=3" + (f"&cursor={cursor}" if cursor else ""), headers=group.headers)
            seen.append([item["code"] for item in page.json()["items"]])
            cursor = page.json()["next_cursor"]
        assert [len(codes) for codes in seen] == [3, 3, 1]
        assert sorted(code for codes in seen for code in codes) == [f"S{place}" for place in range(7)]

    def test_a_cursor_belongs_to_its_listing_filters_and_tenant(
        self,
        client: Client,
        group: Group,
        new_group: Any,  # noqa: ANN401
    ) -> None:
        for place in range(3):
            register(client, group.headers, "同名公司", f"S{place}")
        cursor = client.get("/v1/parties?limit=1", headers=group.headers).json()["next_cursor"]
        assert client.get(f"/v1/parties?limit=2&cursor={cursor}", headers=group.headers).status_code == 200
        other_filter = client.get(f"/v1/parties?q=a&cursor={cursor}", headers=group.headers)
        other_tenant = client.get(f"/v1/parties?cursor={cursor}", headers=new_group().headers)
        made_up = client.get("/v1/parties?cursor=AAAA", headers=group.headers)
        for refused in (other_filter, other_tenant, made_up):
            assert (refused.status_code, refused.json()["type"]) == (422, "/problems/cursor_invalid")

    def test_pinyin_and_initials_find_a_name(self, client: Client, group: Group) -> None:
        register(client, group.headers, "张家港港务", "S1")
        register(client, group.headers, "安徽茶业", "S2")
        assert names(client, group.headers, "?q=zhangjia") == ["张家港港务"]
        assert names(client, group.headers, "?q=ahcy") == ["安徽茶业"]

    def test_who_acts_for_a_firm_sees_that_firm_only(self, client: Client, group: Group) -> None:
        own = register(client, group.headers, "安徽茶业", "S1")
        other = register(client, group.headers, "北京印刷", "S2")
        bound = group.key(Permission.PARTIES_READ, party_id=parse_public_id("pty", own["id"]))
        assert names(client, bound) == ["安徽茶业"]
        assert client.get(f"/v1/parties/{other['id']}", headers=bound).status_code == 404
        assert client.get(f"/v1/parties/{other['id']}/bank-accounts", headers=bound).status_code == 404


class TestRegistering:
    def test_the_caller_sets_neither_id_nor_time(self, client: Client, group: Group) -> None:
        for field in ("id", "created_at", "tenant_id", "name_key"):
            body = {"kind": "hq", "name": "总部", "code": "HQ", field: "x"}
            answer = client.post("/v1/parties", json=body, headers=group.headers)
            assert answer.json()["errors"] == [
                {"code": "unknown_field", "detail": f"Object contains unknown field `{field}`", "pointer": f"#/{field}"}
            ]

    def test_a_parent_that_is_not_there_is_not_found(self, client: Client, group: Group) -> None:
        body = {"kind": "branch", "name": "门店", "code": "B1", "parent_id": "pty_01h455vb4pex5vsknk084sn02q"}
        assert client.post("/v1/parties", json=body, headers=group.headers).status_code == 404

    def test_a_tax_id_that_does_not_add_up_is_refused(self, client: Client, group: Group) -> None:
        body = {"kind": "supplier", "name": "青禾", "code": "S1", "tax_id": "91350100M000100Y44"}
        answer = client.post("/v1/parties", json=body, headers=group.headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid_tax_id")

    def test_a_new_name_moves_the_party_in_its_order(self, client: Client, group: Group) -> None:
        party = register(client, group.headers, "张家港港务", "S1")
        register(client, group.headers, "北京印刷", "S2")
        client.put(f"/v1/parties/{party['id']}/name", json={"name": "安港港务"}, headers=group.headers)
        assert names(client, group.headers) == ["安港港务", "北京印刷"]


class TestRelations:
    def test_of_affiliates_go_both_ways_and_the_same_twice_is_once(self, client: Client, group: Group) -> None:
        one = register(client, group.headers, "安徽茶业", "S1")["id"]
        other = register(client, group.headers, "北京印刷", "D1", "debtor")["id"]
        path = f"/v1/parties/{one}/relations"
        for _ in range(2):
            answer = client.post(path, json={"related_id": other, "kind": "affiliate"}, headers=group.headers)
            assert answer.status_code == 201, answer.text
        assert answer.json() == {"items": [{"related_id": other, "kind": "affiliate"}]}
        back = client.get(f"/v1/parties/{other}/relations", headers=group.headers).json()
        assert back == {"items": [{"related_id": one, "kind": "affiliate"}]}

    def test_need_two_parties(self, client: Client, group: Group) -> None:
        one = register(client, group.headers, "安徽茶业", "S1")["id"]
        body = {"related_id": one, "kind": "guarantor"}
        answer = client.post(f"/v1/parties/{one}/relations", json=body, headers=group.headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/related_to_itself")

    def test_are_noted_by_the_group_and_seen_by_the_firm(self, client: Client, group: Group) -> None:
        one = register(client, group.headers, "安徽茶业", "S1")["id"]
        other = register(client, group.headers, "北京印刷", "D1", "debtor")["id"]
        bound = group.key(Permission.PARTIES_READ, Permission.PARTIES_WRITE, party_id=parse_public_id("pty", one))
        body = {"related_id": other, "kind": "guarantor"}
        answer = client.post(f"/v1/parties/{one}/relations", json=body, headers=bound)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/for_the_group")
        assert client.get(f"/v1/parties/{one}/relations", headers=bound).json() == {"items": []}
        assert client.get(f"/v1/parties/{other}/relations", headers=bound).status_code == 404


class TestBankAccounts:
    def add(self, client: Client, group: Group, headers: Headers) -> Any:  # noqa: ANN401
        party = register(client, group.headers, "青禾服饰", "S1")
        body = {"holder_name": "青禾服饰", "bank_id": "ICBKCNBJ", "number": NUMBER, "currency": "CNY"}
        answer = client.post(f"/v1/parties/{party['id']}/bank-accounts", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def test_the_number_goes_in_and_never_comes_out(self, client: Client, group: Group) -> None:
        account = self.add(client, group, group.headers)
        assert account["masked"] == "**** **** **** 0128"
        listed = client.get(f"/v1/parties/{account['party_id']}/bank-accounts", headers=group.headers)
        for text in (str(account), listed.text):
            assert NUMBER not in text
            assert NUMBER.replace(" ", "") not in text

    def test_a_number_that_does_not_add_up_is_refused_without_repeating_it(self, client: Client, group: Group) -> None:
        party = register(client, group.headers, "青禾服饰", "S1")
        body = {"holder_name": "青禾", "bank_id": "ICBKCNBJ", "number": "6222021234567890127", "currency": "CNY"}
        answer = client.post(f"/v1/parties/{party['id']}/bank-accounts", json=body, headers=group.headers)
        assert answer.status_code == 422
        assert "6222021234567890127" not in answer.text

    def test_one_registers_and_another_verifies(self, client: Client, group: Group) -> None:
        account = self.add(client, group, group.headers)
        path = f"/v1/bank-accounts/{account['id']}/verify"
        assert client.post(path, headers=group.headers).json()["type"] == "/problems/same_person"
        verified = client.post(path, headers=group.sign_in(client, Role.TREASURY))
        assert verified.status_code == 200
        assert (verified.json()["state"], verified.json()["usable_from"]) == ("verified", "2026-03-02")

    def test_a_replacement_closes_the_old_one_when_it_is_verified(self, client: Client, group: Group) -> None:
        old = self.add(client, group, group.headers)
        checker = group.sign_in(client, Role.TREASURY)
        client.post(f"/v1/bank-accounts/{old['id']}/verify", headers=checker)
        body = {"holder_name": "青禾服饰", "bank_id": "ICBKCNBJ", "number": "1202021419900056789"}
        new = client.post(f"/v1/bank-accounts/{old['id']}/replace", json=body, headers=group.headers).json()
        assert new["replaces_id"] == old["id"]
        assert client.get(f"/v1/bank-accounts/{old['id']}", headers=group.headers).json()["state"] == "verified"
        client.post(f"/v1/bank-accounts/{new['id']}/verify", headers=checker)
        assert client.get(f"/v1/bank-accounts/{old['id']}", headers=group.headers).json()["state"] == "closed"

    def test_closed_is_closed(self, client: Client, group: Group) -> None:
        account = self.add(client, group, group.headers)
        path = f"/v1/bank-accounts/{account['id']}/close"
        assert client.post(path, json={"reason": "moved"}, headers=group.headers).json()["state"] == "closed"
        again = client.post(path, json={"reason": "moved"}, headers=group.headers)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal_transition")
