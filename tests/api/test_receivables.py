"""Receivables over HTTP: registered in bulk, confirmed by grade, checked, aged, claimed."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, Headers

TAX_IDS = {"supplier": "SELLER1", "debtor": "DEBTOR2", "lender": "LENDER3"}
PAPER = {"sha256": "ab" * 32, "reference": "Letter 7"}
P = Permission


@dataclass
class Desk:
    """Three firms, and whoever asks for something."""

    client: Client
    group: Group
    checker: Headers
    firms: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    def post(self, path: str, body: object = None, by: Headers | None = None) -> Any:  # noqa: ANN401
        return self.client.post(f"/v1/{path}", json=body, headers=by or self.group.headers)

    def done(self, path: str, body: object = None, by: Headers | None = None) -> Any:  # noqa: ANN401
        answer = self.post(path, body, by)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def get(self, path: str, by: Headers | None = None) -> Any:  # noqa: ANN401
        answer = self.client.get(f"/v1/{path}", headers=by or self.group.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, body: object = None, by: Headers | None = None) -> tuple[int, str]:
        answer = self.post(path, body, by)
        return answer.status_code, answer.json()["type"].removeprefix("/problems/")

    def of(self, firm: str, *permissions: Permission) -> Headers:
        """Somebody of a firm."""
        return self.group.key(*permissions, party_id=parse_public_id("pty", self.firms[firm]))

    def verified(self, total: str = "750000.00", due_on: str = "2026-03-27") -> str:
        body = {"items": [invoice(next(self.numbers), total, due_on=due_on)], "seller_id": self.firms["supplier"]}
        report = self.done("receivables", body)
        ids: list[str] = self.done(f"receivables/imports/{report['id']}/submit", by=self.checker)["receivable_ids"]
        self.done("receivables/verify", {"receivable_ids": ids})
        return ids[0]

    def confirmed(self, total: str = "750000.00", due_on: str = "2026-03-27") -> str:
        receivable = self.verified(total, due_on)
        body = {"debtor_id": self.firms["debtor"], "answers": [{"receivable_id": receivable}]}
        proposed = self.done("confirmations", body, self.of("debtor", P.RECEIVABLES_ANSWER))
        self.done(f"confirmations/{proposed['id']}/sign", by=self.of("debtor", P.RECEIVABLES_CONFIRM))
        return receivable


def invoice(number: int, total: str = "1000.00", **more: object) -> dict[str, Any]:
    return {
        "debtor_code": "F-debtor",
        "invoice_number": f"INV-{number}",
        "issued_on": "2026-01-05",
        "due_on": "2026-03-27",
        "total": cny(total),
        **more,
    }


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.fixture
def desk(client: Client, group: Group) -> Desk:
    desk = Desk(client, group, group.key(*KEY_PERMISSIONS))
    for kind, tax_id in TAX_IDS.items():
        body = {"kind": kind, "name": kind, "code": f"F-{kind}", "country": "DE", "tax_id": tax_id}
        desk.firms[kind] = desk.done("parties", body)["id"]
    return desk


class TestRegistering:
    def test_pairs_each_registered_invoice_with_its_place(self, desk: Desk) -> None:
        bad = invoice(2, due_on="2026-01-04", debtor_code="nobody")
        report = desk.done("receivables", {"items": [invoice(1), bad, invoice(3)], "seller_id": desk.firms["supplier"]})
        assert [row["row"] for row in report["rows"]] == [1, 3]
        assert [row["receivable_id"] for row in report["rows"]] == report["receivable_ids"]
        assert {(error["row"], error["code"]) for error in report["refused"]} == {
            (2, "unknown_debtor"),
            (2, "due_before_issue"),
        }

    def test_tells_an_exact_copy_from_a_match_in_part(self, desk: Desk) -> None:
        seller = {"seller_id": desk.firms["supplier"]}
        desk.done("receivables", {"items": [invoice(1)], **seller})
        report = desk.done("receivables", {"items": [invoice(1), invoice(1, "1000.01")], **seller})
        assert [(error["row"], error["code"]) for error in report["refused"]] == [(1, "duplicate_invoice")]
        assert [(note["row"], note["code"]) for note in report["resembling"]] == [(2, "resembles_registered")]

    def test_keeps_what_eligibility_asks_for(self, desk: Desk) -> None:
        told = invoice(1, delivered_on="2026-01-03", contract_reference="HT-7", not_assignable=True)
        report = desk.done("receivables", {"items": [told], "seller_id": desk.firms["supplier"]})
        shown = desk.get(f"receivables/{report['receivable_ids'][0]}")
        assert (shown["delivered_on"], shown["contract_reference"]) == ("2026-01-03", "HT-7")
        assert (shown["not_assignable"], shown["red_lettered"], shown["is_certificate"]) == (True, False, False)


class TestConfirming:
    def test_takes_a_maker_and_a_checker_of_the_debtor(self, desk: Desk) -> None:
        receivable = desk.confirmed()
        standing = desk.get(f"receivables/{receivable}/confirmation")
        assert (standing["grade"], standing["confirmed_amount"]) == ("signed", cny("750000.00"))
        assert [each["kind"] for each in standing["evidence"]] == ["signature"]

    def test_a_checker_alone_cannot_answer(self, desk: Desk) -> None:
        body = {"debtor_id": desk.firms["debtor"], "answers": [{"receivable_id": desk.verified()}]}
        checker = desk.of("debtor", P.RECEIVABLES_CONFIRM)
        assert desk.refused("confirmations", body, checker) == (403, "access_refused")

    def test_a_waiver_raises_the_grade_and_names_its_paper(self, desk: Desk) -> None:
        receivable = desk.confirmed()
        answers = [{"receivable_id": receivable, "waives_defences": True}]
        body = {"debtor_id": desk.firms["debtor"], "answers": answers, "document": PAPER}
        proposed = desk.done("confirmations", body)
        desk.done(f"confirmations/{proposed['id']}/sign", by=desk.checker)
        standing = desk.get(f"receivables/{receivable}/confirmation")
        assert standing["grade"] == "signed_with_waiver"
        assert standing["evidence"][-1]["document"] == PAPER
        assert desk.get("receivables?filter=confirmation_grade:eq:signed_with_waiver")["items"][0]["id"] == receivable
        assert desk.refused("confirmations", body) == (409, "grade_not_better")

    def test_a_notice_is_proved_by_another_person(self, desk: Desk) -> None:
        asked = {
            "debtor_id": desk.firms["debtor"],
            "receivable_ids": [desk.verified()],
            "answer_by": "2026-03-09",
            "silence_is_consent": True,
            "document": PAPER,
        }
        assert desk.refused("confirmation-notices", {**asked, "answer_by": "2026-03-06"})[1] == "deadline_too_soon"
        notice = desk.done("confirmation-notices", asked)
        proof = {"delivered_on": "2026-03-02", "how": "courier", "document": PAPER}
        path = f"confirmation-notices/{notice['id']}/delivery"
        assert desk.refused(path, proof) == (403, "same_person")
        assert desk.done(path, proof, desk.checker)["answer_until"] == "2026-03-09"
        debtor = desk.of("debtor", P.RECEIVABLES_READ)
        assert [each["id"] for each in desk.get("confirmation-notices", debtor)["items"]] == [notice["id"]]
        assert desk.get("confirmation-notices", desk.of("supplier", P.RECEIVABLES_READ))["items"] == []

    def test_what_a_debtor_brings_in_is_confirmed_by_its_checker(self, desk: Desk) -> None:
        item = {key: value for key, value in invoice(1).items() if key != "debtor_code"}
        body = {"debtor_id": desk.firms["debtor"], "items": [{**item, "seller_code": "F-supplier"}]}
        brought = desk.done("receivables/approved", body, desk.of("debtor", P.RECEIVABLES_ANSWER))
        assert brought["confirmation_id"] is None
        path = f"receivables/imports/{brought['report']['id']}/confirm"
        assert desk.refused(path, by=desk.of("supplier", P.RECEIVABLES_CONFIRM)) == (404, "not_found")
        verified = desk.done(path, by=desk.of("debtor", P.RECEIVABLES_CONFIRM))["verified"]
        assert desk.get(f"receivables/{verified[0]}")["confirmation_grade"] == "signed"


class TestEligibility:
    def test_is_checked_and_kept_for_the_seller_and_not_the_debtor(self, desk: Desk) -> None:
        receivable = desk.confirmed()
        path = f"receivables/{receivable}/eligibility"
        assert desk.get(path)["items"] == []
        check = desk.done(path)
        assert (check["verdict"], check["eligible"], check["policy_version"]) == ("pass", cny("750000.00"), "2026-1")
        assert len(check["results"]) == 11
        seller = desk.of("supplier", P.RECEIVABLES_READ)
        assert desk.get(path, seller)["items"] == [check]
        debtor = desk.of("debtor", P.RECEIVABLES_READ)
        assert desk.client.get(f"/v1/{path}", headers=debtor).status_code == 404

    def test_is_asked_for_before_lenders_are(self, desk: Desk) -> None:
        receivable = desk.confirmed()
        related = {"related_id": desk.firms["debtor"], "kind": "affiliate"}
        desk.done(f"parties/{desk.firms['supplier']}/relations", related)
        body = {"seller_id": desk.firms["supplier"], "receivable_ids": [receivable]}
        answer = desk.post("requests", body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not_eligible")
        assert "no_affiliate (affiliate True)" in answer.json()["detail"]


class TestPortfolios:
    def test_show_what_may_be_borrowed(self, desk: Desk) -> None:
        desk.confirmed("100000.00")
        desk.confirmed("20000.00", due_on="2026-01-05")
        base = desk.get("receivables/borrowing-base?currency=CNY&on=2026-04-06&concentration_cap=1&advance_rate=0.8")
        # 5 Jan + 91 days = 6 Apr: 20,000 is over-age; 100,000 × 80 %
        assert base["gross"] == cny("120000.00")
        assert [(each["reason"], each["amount"]) for each in base["excluded"]] == [("over_age", cny("20000.00"))]
        assert (base["eligible"], base["available"]) == (cny("100000.00"), cny("80000.00"))

    def test_show_how_late_balances_are(self, desk: Desk) -> None:
        desk.confirmed("100.00")
        (aged,) = desk.get("receivables/ageing?currency=CNY&on=2026-03-28")["items"]
        assert (aged["party_id"], aged["days_1_30"], aged["not_due"]) == (
            desk.firms["debtor"],
            cny("100.00"),
            cny("0.00"),
        )

    def test_show_a_firm_what_it_sells_and_no_more(self, desk: Desk) -> None:
        desk.confirmed("100.00")
        of_seller = desk.get("receivables/ageing?currency=CNY&by=seller", desk.of("supplier", P.RECEIVABLES_READ))
        assert [each["party_id"] for each in of_seller["items"]] == [desk.firms["supplier"]]
        stranger = desk.of("lender", P.RECEIVABLES_READ)
        assert desk.get("receivables/ageing?currency=CNY", stranger)["items"] == []
        path = f"/v1/receivables/borrowing-base?currency=CNY&seller={desk.firms['supplier']}"
        assert desk.client.get(path, headers=stranger).status_code == 404


class TestClaims:
    def test_decide_who_is_paid_first(self, desk: Desk) -> None:
        receivable, lender = desk.confirmed(), desk.firms["lender"]
        entry = {
            "lender_id": lender,
            "amount": cny("600000.00"),
            "registry_name": "中登网",
            "registry_reference": "Z-1",
            "registered_at": "2026-03-02T00:30:00Z",
        }
        path = f"receivables/{receivable}"
        registration = desk.done(f"{path}/registrations", entry)
        assert desk.refused(f"{path}/registrations", entry) == (409, "claim_on_record")
        claims = desk.get(f"{path}/claims")
        assert claims["shares"] == [{"lender_id": lender, "amount": cny("600000.00")}]
        earlier = {"amount": cny("300000.00"), "registered_at": "2026-03-01T00:00:00Z"}
        # 750,000 − 300,000 registered earlier = 450,000   (R13)
        preview = desk.done(f"{path}/priority-preview", earlier)
        assert preview["then"] == [{"lender_id": lender, "amount": cny("450000.00")}]
        assert preview["another"] == cny("300000.00")
        gone = desk.done(f"registrations/{registration['id']}/discharge", {"reason": "repaid"})
        assert gone["discharged_on"] == "2026-03-02"
        assert desk.get(f"{path}/claims")["shares"] == []

    def test_are_no_business_of_a_lender_that_lent_nothing(self, desk: Desk) -> None:
        receivable = desk.confirmed()
        lender = desk.of("lender", P.RECEIVABLES_READ, P.CLAIMS_WRITE)
        answer = desk.client.get(f"/v1/receivables/{receivable}/claims", headers=lender)
        assert answer.status_code == 404
        served = {
            "lender_id": desk.firms["lender"],
            "amount": cny("1.00"),
            "served_at": "2026-03-02T00:30:00Z",
            "how": "notary",
            "document": PAPER,
        }
        assert desk.refused(f"receivables/{receivable}/assignment-notices", served, lender) == (404, "not_found")
        assert desk.done(f"receivables/{receivable}/assignment-notices", served)["how"] == "notary"


class TestDefault:
    def test_is_for_risk_and_for_what_is_long_overdue(self, desk: Desk) -> None:
        path, why = f"receivables/{desk.confirmed()}/default", {"reason": "the debtor is gone"}
        assert desk.refused(path, why, desk.group.key(P.RECEIVABLES_VERIFY)) == (403, "access_refused")
        assert desk.refused(path, why) == (409, "not_defaultable")
