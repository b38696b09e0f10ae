"""A claim in parts over HTTP: split by two people of its holder, passed on to a third, seen by who may."""

from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any
from zipfile import ZipFile

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, Headers
from tests.api.treasury import Treasury

THIRDS = ["500000.00", "300000.00", "200000.00"]
_NUMBERS = count(1)


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@dataclass(frozen=True)
class Trade:
    """A debtor, its supplier and the supplier's own; two people of each by their keys."""

    treasury: Treasury
    firms: dict[str, str]
    people: dict[str, tuple[Headers, Headers]]

    def invoice(self, due_on: str = "2026-05-14") -> str:
        """A confirmed certificate of 1,000,000.00 of 1 March 2026, due 73 days after the second."""
        body = {
            "debtor_code": "F-debtor",
            "invoice_number": f"EC-{next(_NUMBERS)}",
            "issued_on": "2026-03-01",
            "due_on": due_on,
            "total": cny("1000000.00"),
            "is_certificate": True,
        }
        treasury = self.treasury
        report = treasury.done("receivables", {"items": [body], "seller_id": self.firms["supplier"]})
        treasury.done(f"receivables/imports/{report['id']}/submit", by=treasury.checker)
        treasury.done("receivables/verify", {"receivable_ids": report["receivable_ids"]})
        (receivable,) = report["receivable_ids"]
        answers = {"debtor_id": self.firms["debtor"], "answers": [{"receivable_id": receivable}]}
        answer = treasury.done("confirmations", answers)["id"]
        treasury.done(f"confirmations/{answer}/sign", by=treasury.checker)
        return str(receivable)

    def proposed(self, whole: str, *amounts: str) -> Any:  # noqa: ANN401 - a view
        body = {"amounts": [cny(amount) for amount in amounts or THIRDS], "reason": "to pay suppliers"}
        return self.treasury.done(f"receivables/{whole}/split", body, by=self.people["supplier"][0])

    def split(self, whole: str, *amounts: str) -> list[str]:
        split = self.proposed(whole, *amounts)
        approved = self.decided(f"splits/{split['id']}/approve", split, "supplier")
        return [part["id"] for part in approved["parts"]]

    def decided(self, path: str, seen: Any, firm: str, digest: str = "digest") -> Any:  # noqa: ANN401 - views
        return self.treasury.done(path, {"digest": seen[digest]}, by=self.people[firm][1])

    def passed_on(self, part: str) -> Any:  # noqa: ANN401 - a view
        body = {"to_id": self.firms["subcontractor"], "reason": "order 7", "reference": "PO-7"}
        offered = self.treasury.done(f"receivables/{part}/transfer", body, by=self.people["supplier"][0])
        self.decided(f"transfers/{offered['id']}/approve", offered, "supplier")
        return self.decided(f"transfers/{offered['id']}/accept", offered, "subcontractor")

    def seen(self, path: str, firm: str) -> Any:  # noqa: ANN401 - an answer
        return self.treasury.client.get(f"/v1/{path}", headers=self.people[firm][0])


@pytest.fixture
def trade(client: Client, group: Group) -> Trade:
    treasury = Treasury.of(client, group)
    kinds = {"debtor": "debtor", "supplier": "supplier", "subcontractor": "supplier"}
    firms, people = {}, {}
    for name, kind in kinds.items():
        body = {"kind": kind, "name": name, "code": f"F-{name}", "country": "DE", "tax_id": f"DE-{name}"}
        firms[name] = treasury.done("parties", body)["id"]
        party = parse_public_id("pty", firms[name])
        first, second = (group.key(*KEY_PERMISSIONS, party_id=party) for _ in range(2))
        people[name] = (first, second)
    return Trade(treasury, firms, people)


class TestSplitting:
    def test_parts_stand_in_the_place_of_the_whole_once_two_people_agreed(self, trade: Trade) -> None:
        whole = trade.invoice()
        split = trade.proposed(whole)
        assert (split["state"], split["whole"], split["beyond_usual_term"]) == ("proposed", cny("1000000.00"), False)
        path, body = f"splits/{split['id']}/approve", {"digest": split["digest"]}
        own = trade.treasury.post(path, body, by=trade.people["supplier"][0])
        assert (own.status_code, own.json()["type"]) == (403, "/problems/same_person")
        tried = trade.decided(f"{path}?dry_run=true", split, "supplier")
        assert [part["face_amount"] for part in tried["parts"]] == [cny(each) for each in THIRDS]
        assert trade.treasury.get(f"receivables/{whole}")["state"] == "confirmed"
        done = trade.decided(path, split, "supplier")
        assert (done["state"], done["unpaid"]) == ("split", cny("1000000.00"))
        listed = trade.treasury.get(f"receivables?filter=parent:eq:{whole}")["items"]
        assert sorted(part["id"] for part in done["parts"]) == sorted(part["id"] for part in listed)
        assert {part["parent_id"] for part in listed} == {whole}
        assert trade.treasury.get("splits?filter=state:eq:in_force")["items"][0]["id"] == split["id"]

    def test_a_preview_shows_what_the_parts_would_bear_and_that_it_is_the_wholes(self, trade: Trade) -> None:
        body = {"parts": 7, "annual_rate": "0.042", "from_on": "2026-03-02"}
        shown = trade.treasury.done(f"receivables/{trade.invoice()}/split/preview", body)
        # 73 days: 1,000,000 × 4.2 % × 73 / 360 = 8,516.67   (R17)
        assert shown["interest"] == cny("8516.67")
        cents = [int(part["interest"]["amount"].replace(".", "")) for part in shown["parts"]]
        assert (len(cents), sum(cents)) == (7, 8_516_67)

    def test_wants_either_a_number_or_amounts_that_are_all_of_it(self, trade: Trade) -> None:
        whole = trade.invoice()
        for body, problem in (
            ({}, "validation_failed"),
            ({"parts": 2, "amounts": [cny("1000000.00")]}, "validation_failed"),
            ({"amounts": [cny("1.00")]}, "parts_differ"),
        ):
            answer = trade.treasury.post(f"receivables/{whole}/split", {"reason": "x", **body})
            assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}")

    def test_of_a_certificate_over_six_months_is_marked_and_over_a_year_refused(self, trade: Trade) -> None:
        terms = {"2026-09-01": False, "2026-09-02": True, "2027-03-01": True}  # notice 77 of 2025, art. 11
        assert {due: trade.proposed(trade.invoice(due))["beyond_usual_term"] for due in terms} == terms
        whole = trade.invoice("2027-03-02")
        answer = trade.treasury.post(f"receivables/{whole}/split", {"parts": 2, "reason": "x"})
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/certificate_term_too_long")

    def test_is_the_holders_affair(self, trade: Trade) -> None:
        whole = trade.invoice()
        body = {"parts": 2, "reason": "x"}
        for firm in ("debtor", "subcontractor"):
            answer = trade.treasury.post(f"receivables/{whole}/split", body, by=trade.people[firm][0])
            assert answer.status_code == 404
        split = trade.proposed(whole)
        answer = trade.treasury.post(
            f"splits/{split['id']}/approve", {"digest": split["digest"]}, by=trade.people["debtor"][1]
        )
        assert answer.status_code == 404

    def test_may_be_refused_and_merged_back(self, trade: Trade) -> None:
        whole = trade.invoice()
        split = trade.proposed(whole)
        no = {"digest": split["digest"], "reason": "too small"}
        refused = trade.treasury.done(f"splits/{split['id']}/refuse", no, by=trade.people["supplier"][1])
        assert refused["state"] == "refused"
        trade.split(whole)
        split = trade.treasury.get(f"receivables/{whole}/parts")["splits"][-1]
        merge = trade.treasury.done(f"splits/{split['id']}/merge", by=trade.people["supplier"][0])
        merged = trade.decided(f"splits/{split['id']}/merge/approve", merge, "supplier", "merge_digest")
        assert (merged["state"], merged["unpaid"]) == ("confirmed", cny("1000000.00"))
        assert trade.treasury.get(f"receivables/{whole}/parts")["parts"] == []


class TestPassingOn:
    def test_shows_the_part_to_its_new_holder_and_no_longer_to_the_old(self, trade: Trade) -> None:
        whole = trade.invoice()
        first, *_ = trade.split(whole)
        assert trade.seen(f"receivables/{first}", "subcontractor").status_code == 404
        transfer = trade.passed_on(first)
        assert (transfer["state"], transfer["amount"]) == ("accepted", cny("500000.00"))
        assert trade.seen(f"receivables/{first}", "subcontractor").json()["seller_id"] == trade.firms["subcontractor"]
        assert trade.seen(f"receivables/{first}", "supplier").status_code == 404
        # who split it sees where its parts went
        holders = [part["holder_id"] for part in trade.seen(f"receivables/{whole}/parts", "supplier").json()["parts"]]
        assert holders == [trade.firms["subcontractor"], trade.firms["supplier"], trade.firms["supplier"]]
        above = trade.seen(f"receivables/{first}/parts", "subcontractor").json()["split_from"]
        assert above == [whole]
        body = {"receivable_ids": [first], "seller_id": trade.firms["subcontractor"]}
        trade.treasury.done("requests", body, by=trade.people["subcontractor"][0])

    def test_is_accepted_by_the_receiver_alone_or_refused(self, trade: Trade) -> None:
        first, second, _ = trade.split(trade.invoice())
        body = {"to_id": trade.firms["subcontractor"], "reason": "order 7"}
        offered = trade.treasury.done(f"receivables/{first}/transfer", body, by=trade.people["supplier"][0])
        accept = f"transfers/{offered['id']}/accept"
        seen = {"digest": offered["digest"]}
        early = trade.treasury.post(accept, seen, by=trade.people["subcontractor"][1])
        assert early.status_code == 409
        trade.decided(f"transfers/{offered['id']}/approve", offered, "supplier")
        assert trade.treasury.post(accept, seen, by=trade.people["supplier"][1]).status_code == 404
        assert trade.seen(f"transfers/{offered['id']}", "debtor").status_code == 404
        no = seen | {"reason": "we want cash"}
        refused = trade.treasury.done(f"transfers/{offered['id']}/refuse", no, by=trade.people["subcontractor"][1])
        assert refused["state"] == "refused"
        assert trade.treasury.done(f"receivables/{second}/transfer", body)["state"] == "proposed"

    def test_is_told_to_the_debtor_with_a_proof(self, trade: Trade) -> None:
        first, *_ = trade.split(trade.invoice())
        transfer = trade.passed_on(first)
        body = {
            "served_at": "2026-03-02T00:30:00Z",
            "how": "courier",
            "document": {"sha256": "ab" * 32, "reference": "SF-1"},
        }
        told = trade.treasury.done(f"transfers/{transfer['id']}/notice", body)
        assert (told["notice"]["how"], told["notice"]["document"]["reference"]) == ("courier", "SF-1")
        again = trade.treasury.post(f"transfers/{transfer['id']}/notice", body)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/notice_served")

    def test_leaves_credits_on_the_whole_to_its_debtor(self, trade: Trade) -> None:
        whole = trade.invoice()
        first, *_ = trade.split(whole)
        note = {
            "amount": cny("100.00"),
            "reference": "CN-1",
            "issued_on": "2026-03-02",
            "reason": "returned",
            "evidence": "ab" * 32,
        }
        path = f"receivables/{whole}/parts/credit-notes"
        credited = trade.treasury.done(path, note, by=trade.people["supplier"][1])
        assert [each["credit_note"]["amount"] for each in credited["items"]] == [
            cny("50.00"),
            cny("30.00"),
            cny("20.00"),
        ]
        trade.passed_on(first)
        other = note | {"reference": "CN-2"}
        assert trade.treasury.post(path, other, by=trade.people["supplier"][1]).status_code == 404
        trade.treasury.done(path, other, by=trade.people["debtor"][1])
        whole_itself = trade.treasury.post(f"receivables/{whole}/credit-notes", note | {"reference": "CN-3"})
        assert (whole_itself.status_code, whole_itself.json()["type"]) == (409, "/problems/stands_elsewhere")


def test_the_evidence_of_a_part_holds_what_it_was_split_from(trade: Trade) -> None:
    whole = trade.invoice()
    first, *_ = trade.split(whole)
    trade.passed_on(first)
    answer = trade.seen(f"receivables/{first}/evidence", "subcontractor")
    with ZipFile(BytesIO(answer.content)) as archive:
        told = archive.read("parts.json").decode()
    assert whole in told
    assert "PO-7" in told


def test_one_permission_does_not_do_for_both_sides(trade: Trade, group: Group) -> None:
    whole = trade.invoice()
    reader = group.key(Permission.RECEIVABLES_READ)
    answer = trade.treasury.post(f"receivables/{whole}/split", {"parts": 2, "reason": "x"}, by=reader)
    assert answer.status_code == 403
