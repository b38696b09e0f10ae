"""An invoice's way to money over HTTP: two people at every decision, prices sealed, limits kept."""

from dataclasses import dataclass
from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, Headers

TAX_IDS = {"supplier": "91330100799655058B", "debtor": "91350100M000100Y43", "lender": "91110000100000000A"}


@dataclass(frozen=True)
class Firms:
    """Two people, and three firms of the group with accounts that can be used."""

    client: Client
    maker: Headers
    checker: Headers
    supplier: str
    debtor: str
    lender: str

    def post(self, path: str, body: Any, who: Headers | None = None, *, key: str | None = None) -> Any:  # noqa: ANN401
        headers = {**(who or self.maker), **({"Idempotency-Key": key} if key else {})}
        answer = self.client.post(f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def get(self, path: str, who: Headers | None = None) -> Any:  # noqa: ANN401
        answer = self.client.get(f"/v1/{path}", headers=who or self.maker)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def firms(client: Client, group: Group) -> Firms:
    maker, checker = group.headers, group.key(*KEY_PERMISSIONS)
    ids = {}
    for place, kind in enumerate(("supplier", "debtor", "lender")):
        body = {
            "kind": kind,
            "name": f"{kind} 有限公司",
            "code": f"F-{place}",
            "country": "DE",
            "tax_id": TAX_IDS[kind],
        }
        ids[kind] = client.post("/v1/parties", json=body, headers=maker).json()["id"]
        account = {
            "holder_name": kind,
            "bank_id": "ICBKCNBJ",
            "number": f"120202141990005678{place}",
            "currency": "CNY",
            "own": kind == "lender",
        }
        path = f"/v1/parties/{ids[kind]}/bank-accounts"
        registered = client.post(path, json=account, headers=maker).json()
        client.post(f"/v1/bank-accounts/{registered['id']}/verify", headers=checker)
    return Firms(client, maker, checker, **ids)


def invoice(number: str, total: str = "1000000.00") -> dict[str, Any]:
    return {
        "debtor_code": "F-1",
        "invoice_number": number,
        "issued_on": "2026-02-20",
        "due_on": "2026-03-27",
        "total": {"amount": total, "currency": "CNY"},
    }


def confirmed(firms: Firms, *numbers: str) -> list[str]:
    """Registers invoices and brings them to the debtor's signature."""
    body = {"items": [invoice(number) for number in numbers], "seller_id": firms.supplier}
    report = firms.post("receivables", body)
    path = f"receivables/imports/{report['id']}/submit"
    ids: list[str] = firms.post(path, None, firms.checker)["receivable_ids"]
    firms.post("receivables/verify", {"receivable_ids": ids})
    answers = {"debtor_id": firms.debtor, "answers": [{"receivable_id": each} for each in ids]}
    proposed = firms.post("confirmations", answers)
    firms.post(f"confirmations/{proposed['id']}/sign", None, firms.checker)
    return ids


def facility(firms: Firms) -> str:
    price = {"advance_rate": "0.9", "annual_rate": "0.055"}
    body = {"lender_id": firms.lender, "limit": {"amount": "5000000.00", "currency": "CNY"}, "price": price}
    proposed = firms.post("facilities", body)
    return str(firms.post(f"facilities/{proposed['id']}/approve", None, firms.checker)["id"])


class TestReceivables:
    def test_each_invoice_is_answered_by_itself(self, firms: Firms) -> None:
        unknown = {**invoice("A-3"), "debtor_code": "nobody"}
        body = {"items": [invoice("A-1"), invoice("A-1"), unknown], "seller_id": firms.supplier}
        report = firms.post("receivables", body)
        assert (report["read"], report["registered"]) == (3, 1)
        assert [(error["row"], error["code"]) for error in report["refused"]] == [
            (2, "duplicate_in_file"),
            (3, "unknown_debtor"),
        ]

    def test_a_file_is_the_body_and_its_rows_are_answered_by_themselves(self, firms: Firms) -> None:
        rows = (
            "debtor_code,invoice_number,issued_on,due_on,amount\n"
            "F-1,B-1,2026-02-20,2026-03-27,1000.00\nF-1,B-2,2026-02-20,2026-03-27,12.345\n"
        )
        path = f"/v1/receivables/imports?file_name=i.csv&currency=CNY&seller={firms.supplier}"
        headers = {**firms.maker, "Content-Type": "text/csv"}
        report = firms.client.post(path, content=rows.encode(), headers=headers).json()
        assert (report["read"], report["registered"]) == (2, 1)
        assert [(error["row"], error["column"], error["code"]) for error in report["refused"]] == [
            (3, "amount", "bad_amount")
        ]

    def test_an_amount_as_a_number_is_refused_at_its_place(self, firms: Firms) -> None:
        wrong = {**invoice("A-1"), "total": {"amount": 1000.5, "currency": "CNY"}}
        answer = firms.client.post("/v1/receivables", json={"items": [wrong]}, headers=firms.maker)
        assert answer.json()["errors"][0]["pointer"] == "#/items/0/total/amount"

    def test_the_listing_filters_and_pages(self, firms: Firms) -> None:
        body = {"items": [invoice(f"A-{n}", f"{n}000.00") for n in range(1, 6)], "seller_id": firms.supplier}
        firms.post("receivables", body)
        path = "receivables?filter=state:eq:draft&filter=face_amount:ge:3000.00:CNY&limit=2"
        first = firms.get(path)
        second = firms.get(f"{path}&cursor={first['next_cursor']}")
        numbers = [item["invoice_number"] for page in (first, second) for item in page["items"]]
        # 3,000 4,000 and 5,000 reach 3,000; newest first
        assert sorted(numbers) == ["A-3", "A-4", "A-5"]
        assert second["next_cursor"] is None

    def test_a_filter_nobody_declared_names_those_there_are(self, firms: Firms) -> None:
        for text, code in (("fingerprint:eq:x", "unknown_filter_field"), ("state:eq:lost", "bad_filter")):
            answer = firms.client.get(f"/v1/receivables?filter={text}", headers=firms.maker)
            assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}")

    def test_who_brought_invoices_in_does_not_submit_them(self, firms: Firms) -> None:
        report = firms.post("receivables", {"items": [invoice("A-1")], "seller_id": firms.supplier})
        answer = firms.client.post(f"/v1/receivables/imports/{report['id']}/submit", headers=firms.maker)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/same_person")

    def test_a_firm_sees_its_own_receivables_and_nobody_elses(self, firms: Firms, group: Group) -> None:
        firms.post("receivables", {"items": [invoice("A-1")], "seller_id": firms.supplier})
        seller = group.key(Permission.RECEIVABLES_READ, party_id=parse_public_id("pty", firms.supplier))
        lender = group.key(Permission.RECEIVABLES_READ, party_id=parse_public_id("pty", firms.lender))
        mine = firms.get("receivables", seller)["items"]
        assert len(mine) == 1
        assert firms.get("receivables", lender)["items"] == []
        answer = firms.client.get(f"/v1/receivables/{mine[0]['id']}", headers=lender)
        assert answer.status_code == 404


class TestAdvance:
    def test_from_request_to_the_order_to_pay_out(self, firms: Firms) -> None:
        (receivable,) = confirmed(firms, "A-1")
        line = facility(firms)
        batch = firms.post("requests", {"seller_id": firms.supplier, "receivable_ids": [receivable]})
        opened = firms.post(f"requests/batches/{batch['batch_id']}/approve", None, firms.checker)
        request = opened["items"][0]["id"]
        made = firms.post("offers", {"facility_id": line, "request_ids": [request]})
        firms.post(f"offers/batches/{made['batch_id']}/approve", None, firms.checker)
        offer = firms.get(f"requests/{request}/offers")["items"][0]
        # 1,000,000.00 x 0.9 (R1); 900,000.00 x 5.5 % x 25 / 360 = 3,437.50 (R2)
        assert offer["principal"] == {"amount": "900000.00", "currency": "CNY"}
        assert (offer["interest"]["amount"], offer["price"]["annual_rate"]) == ("3437.50", "0.055")

        advance = firms.post(f"offers/{offer['id']}/accept", None, key="accept")
        assert advance["state"] == "created"
        assert firms.get(f"facilities/{line}")["used"]["amount"] == "900000.00"
        met = firms.post("advances/conditions", {"advance_ids": [advance["id"]]})
        assert met == {"met": [advance["id"]], "waiting": [], "lapsed": []}
        body = {"advance_ids": [advance["id"]], "funding_on": "2026-03-02"}
        order = firms.post("funding-orders", body, key="order")
        assert order["total"] == {"amount": "900000.00", "currency": "CNY"}
        done = firms.post(f"funding-orders/{order['id']}/approve", None, firms.checker, key="approve")
        assert done == {"advance_ids": [advance["id"]]}
        assert firms.get(f"advances/{advance['id']}")["state"] == "instructed"

    def test_an_approved_order_is_taken_back_by_its_lender_before_a_run_gathers_it(
        self, firms: Firms, group: Group
    ) -> None:
        offer, line = self.offered(firms)
        advance = firms.post(f"offers/{offer}/accept", None, key="accept")["id"]
        firms.post("advances/conditions", {"advance_ids": [advance]})
        body = {"advance_ids": [advance], "funding_on": "2026-03-02"}
        path = f"funding-orders/{firms.post('funding-orders', body, key='order')['id']}"
        reason = {"reason": "the seller asked for it"}
        early = firms.client.post(f"/v1/{path}/withdraw", json=reason, headers=firms.checker | {"Idempotency-Key": "1"})
        assert (early.status_code, early.json()["type"]) == (409, "/problems/nothing_to_withdraw")
        firms.post(f"{path}/approve", None, firms.checker, key="approve")
        stranger = group.key(Permission.ADVANCES_APPROVE, party_id=parse_public_id("pty", firms.supplier))
        foreign = firms.client.post(f"/v1/{path}/withdraw", json=reason, headers=stranger | {"Idempotency-Key": "2"})
        assert foreign.status_code == 404
        tried = firms.post(f"{path}/withdraw?dry_run=true", reason, firms.checker, key="dry")
        done = firms.post(f"{path}/withdraw", reason, firms.checker, key="withdraw")
        assert tried == done == {"advance_ids": [advance]}
        row = firms.get(f"advances/{advance}")
        assert (row["state"], row["failure_reason"]) == ("lapsed", "the seller asked for it")
        assert firms.get(f"facilities/{line}")["used"]["amount"] == "0.00"

    def test_accepting_can_be_tried_without_doing(self, firms: Firms) -> None:
        offer, line = self.offered(firms)
        tried = firms.post(f"offers/{offer}/accept?dry_run=true", None, key="dry")
        assert tried["principal"]["amount"] == "900000.00"
        assert firms.get(f"facilities/{line}")["used"]["amount"] == "0.00"
        assert firms.get("advances")["items"] == []

    def test_accepting_twice_under_one_key_is_one_advance(self, firms: Firms) -> None:
        offer, _ = self.offered(firms)
        first = firms.post(f"offers/{offer}/accept", None, key="once")
        assert firms.post(f"offers/{offer}/accept", None, key="once") == first
        answer = firms.client.post(f"/v1/offers/{offer}/accept", headers={**firms.maker, "Idempotency-Key": "again"})
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/offer_not_open")

    def test_a_sealed_offer_is_seen_by_its_lender_only(self, firms: Firms, group: Group) -> None:
        offer, _ = self.offered(firms, sealed_until="2026-03-02T02:00:00Z")
        request = firms.get("requests")["items"][0]["id"]
        lender = group.key(Permission.OFFERS_READ, party_id=parse_public_id("pty", firms.lender))
        assert firms.get(f"requests/{request}/offers", lender)["items"][0]["id"] == offer
        answer = firms.client.get(f"/v1/requests/{request}/offers", headers=firms.maker)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/offers_still_sealed")

    def test_a_rate_that_is_a_slip_of_the_keyboard_is_refused(self, firms: Firms) -> None:
        price = {"advance_rate": "0.9", "annual_rate": "5.5"}
        body = {"lender_id": firms.lender, "limit": {"amount": "1.00", "currency": "CNY"}, "price": price}
        answer = firms.client.post("/v1/facilities", json=body, headers=firms.maker)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/rate_out_of_range")

    def test_its_lender_puts_its_claim_on_record_and_sees_no_other(self, firms: Firms, group: Group) -> None:
        offer, _ = self.offered(firms)
        firms.post(f"offers/{offer}/accept", None, key="accept")
        path = f"receivables/{firms.get('receivables')['items'][0]['id']}"
        entry = {"registry_name": "中登网", "registered_at": "2026-03-02T00:30:00Z"}
        amount = {"amount": "900000.00", "currency": "CNY"}
        other = firms.post("parties", {"kind": "lender", "name": "另一保理", "code": "L-9"})["id"]
        theirs = {"lender_id": other, "amount": amount, "registry_reference": "Z-1", **entry}
        firms.post(f"{path}/registrations", theirs)
        permissions = (Permission.RECEIVABLES_READ, Permission.CLAIMS_WRITE)
        lender = group.key(*permissions, party_id=parse_public_id("pty", firms.lender))
        refused = firms.client.post(f"/v1/{path}/registrations", json=theirs, headers=lender)
        assert refused.status_code == 404
        mine = {"lender_id": firms.lender, "amount": amount, "registry_reference": "Z-2", **entry}
        firms.post(f"{path}/registrations", mine, lender)
        claims = firms.get(f"{path}/claims", lender)
        assert [each["registry_reference"] for each in claims["registrations"]] == ["Z-2"]
        # 1,000,000.00 between two claims of 900,000.00 registered at one moment   (R13)
        assert claims["shares"] == [{"lender_id": firms.lender, "amount": {"amount": "500000.00", "currency": "CNY"}}]

    def offered(self, firms: Firms, **more: str) -> tuple[str, str]:
        (receivable,) = confirmed(firms, "A-1")
        line = facility(firms)
        batch = firms.post("requests", {"seller_id": firms.supplier, "receivable_ids": [receivable], **more})
        opened = firms.post(f"requests/batches/{batch['batch_id']}/approve", None, firms.checker)
        made = firms.post("offers", {"facility_id": line, "request_ids": [opened["items"][0]["id"]]})
        firms.post(f"offers/batches/{made['batch_id']}/approve", None, firms.checker)
        return str(made["items"][0]["id"]), line
