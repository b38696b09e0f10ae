"""Facilities, limits, rates and sealed offers over HTTP: two people and the digest they read, and what rivals see."""

from typing import Any

from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from tests.api import test_financing as main
from tests.api.groups import Group, Headers
from tests.api.test_financing import Firms, confirmed, facility

firms = main.firms
P = Permission


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def approved(firms: Firms, change: Any) -> Any:  # noqa: ANN401 - JSON
    return firms.post(f"financing-changes/{change['id']}/approve", {"digest": change["digest"]}, firms.checker)


def refused(firms: Firms, path: str, body: Any, who: Headers | None = None) -> tuple[int, str]:  # noqa: ANN401
    answer = firms.client.post(f"/v1/{path}", json=body, headers=who or firms.maker)
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def asked(firms: Firms, number: str = "A-1", **more: Any) -> str:  # noqa: ANN401
    (receivable,) = confirmed(firms, number)
    batch = firms.post("requests", {"seller_id": firms.supplier, "receivable_ids": [receivable], **more})
    opened = firms.post(f"requests/batches/{batch['batch_id']}/approve", None, firms.checker)
    return str(opened["items"][0]["id"])


def offered(firms: Firms, line: str, request: str) -> str:
    made = firms.post("offers", {"facility_id": line, "request_ids": [request]})
    firms.post(f"offers/batches/{made['batch_id']}/approve", None, firms.checker)
    return str(made["items"][0]["id"])


class TestFacilities:
    def test_on_a_reference_show_where_their_rate_comes_from(self, firms: Firms) -> None:
        price = {"advance_rate": "0.9", "reference": {"name": "lpr_1y", "margin_bp": "250"}}
        body = {"lender_id": firms.lender, "limit": cny("5000000.00"), "price": price}
        shown = firms.post("facilities", body)["price"]
        # 3.00 % since 20 May 2025 + 250 bp
        assert shown["annual_rate"] == "0.055"
        assert shown["reference"] == {
            "name": "lpr_1y",
            "margin_bp": "250",
            "rate": "0.03",
            "effective_on": "2025-05-20",
        }

    def test_have_a_rate_or_a_reference_and_not_both(self, firms: Firms) -> None:
        body = {"lender_id": firms.lender, "limit": cny("1.00"), "price": {"advance_rate": "0.9"}}
        answer = firms.client.post("/v1/facilities", json=body, headers=firms.maker)
        assert answer.json()["errors"][0]["pointer"] == "#/price/annual_rate"

    def test_are_amended_by_two_people_and_by_what_the_second_read(self, firms: Firms) -> None:
        line = facility(firms)
        grades = [{"grade": "signed", "advance_rate": "0.8"}]
        rules = [{"max_days": 30, "rate_bp": "-50"}, {"declines": True}]
        price = {
            "advance_rate": "0.85",
            "annual_rate": "0.06",
            "waterfall": ["costs", "interest", "penalty", "principal"],
        }
        body = {"version": 1, "limit": cny("6000000.00"), "price": price, "grades": grades, "rules": rules}
        change = firms.post(f"facilities/{line}/amend", body)
        stale = {"digest": "0" * 64}
        assert refused(firms, f"financing-changes/{change['id']}/approve", stale, firms.checker) == (
            409,
            "digest_changed",
        )
        assert refused(firms, f"financing-changes/{change['id']}/approve", {"digest": change["digest"]}) == (
            403,
            "same_person",
        )
        assert approved(firms, change)["state"] == "applied"
        now = firms.get(f"facilities/{line}")
        assert (now["version"], now["limit"], now["price"]["annual_rate"]) == (2, cny("6000000.00"), "0.06")
        bidding = firms.get(f"facilities/{line}/bidding")
        assert (bidding["grades"], bidding["rules"][0]["rate_bp"], bidding["rules"][1]["declines"]) == (
            grades,
            "-50",
            True,
        )

    def test_are_suspended_by_one_and_resumed_by_two(self, firms: Firms) -> None:
        line = facility(firms)
        assert firms.post(f"facilities/{line}/suspend", {"reason": "news"})["state"] == "suspended"
        change = firms.post(f"facilities/{line}/resume", {"reason": "all is well"})
        approved(firms, change)
        assert firms.get(f"facilities/{line}")["state"] == "active"

    def test_show_how_they_bid_to_their_lender_only(self, firms: Firms, group: Group) -> None:
        line = facility(firms)
        seller = group.key(P.FACILITIES_READ, party_id=parse_public_id("pty", firms.supplier))
        assert firms.client.get(f"/v1/facilities/{line}/bidding", headers=seller).status_code == 404


class TestLimits:
    def test_bind_an_acceptance_that_names_them(self, firms: Firms) -> None:
        body = {"currency": "CNY", "debtor_id": firms.debtor, "limit": cny("500000.00")}
        change = firms.post("limits", body)
        assert change["proposed"]["scope"]["debtor_id"] == firms.debtor
        assert change["proposed"]["limit"] == cny("500000.00")
        approved(firms, change)
        offer = offered(firms, facility(firms), asked(firms))
        answer = firms.client.post(f"/v1/offers/{offer}/accept", headers={**firms.maker, "Idempotency-Key": "a"})
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "/problems/availability_exceeded")
        assert (problem["bound_by"], problem["available"]) == ("debtor", "500,000.00 CNY")
        (shown,) = firms.get("limits")["items"]
        assert (shown["scope"], shown["limit"], shown["used"]) == ("debtor", cny("500000.00"), cny("0.00"))

    def test_of_the_group_are_not_a_lenders_to_set(self, firms: Firms, group: Group) -> None:
        lender = group.key(P.LIMITS_WRITE, party_id=parse_public_id("pty", firms.lender))
        body = {"currency": "CNY", "debtor_id": firms.debtor, "limit": cny("1.00")}
        assert refused(firms, "limits", body, lender) == (403, "for_the_group")
        assert firms.post("limits", {**body, "lender_id": firms.lender}, lender)["lender_id"] == firms.lender

    def test_name_somebody_and_are_above_zero(self, firms: Firms) -> None:
        for body in ({"currency": "CNY", "limit": cny("1.00")}, {"currency": "CNY", "limit": None}):
            assert refused(firms, "limits", body) == (422, "validation_failed")
        zero = {"currency": "CNY", "debtor_id": firms.debtor, "limit": cny("0.00")}
        assert refused(firms, "limits", zero) == (422, "validation_failed")


class TestRates:
    def test_are_read_with_their_source_and_added_to_by_two_people(self, firms: Firms) -> None:
        assert firms.get("reference-rates?name=lpr_1y")["items"][0]["rate"] == "0.03"
        quote = {"name": "lpr_1y", "effective_on": "2026-02-24", "rate": "0.029", "citation": "NIFC, 24 February 2026"}
        change = firms.post("reference-rates", quote)
        assert firms.get("reference-rates?name=lpr_1y")["items"][0]["rate"] == "0.03"
        approved(firms, change)
        newest = firms.get("reference-rates?name=lpr_1y")["items"][0]
        assert (newest["rate"], newest["effective_on"], newest["citation"]) == (
            "0.029",
            "2026-02-24",
            "NIFC, 24 February 2026",
        )
        assert refused(firms, "reference-rates", {**quote, "effective_on": "2026-03-03"}) == (422, "quote_in_future")

    def test_and_the_law_say_from_when_and_where(self, firms: Firms) -> None:
        found = {row["name"]: row for row in firms.get("legal-limits")["items"]}
        assert (found["small_seller_paid_within"]["value"], found["small_seller_paid_within"]["effective_on"]) == (
            "60",
            "2025-06-01",
        )
        assert all(row["citation"] for row in found.values())


class TestOffers:
    def test_are_compared_for_the_term_from_today(self, firms: Firms) -> None:
        request = asked(firms)
        offer = offered(firms, facility(firms), request)
        (shown,) = firms.get(f"requests/{request}/offers")["items"]
        # 900,000 x 5.5 % x 25 / 360 = 3,437.50, no fee
        assert (shown["id"], shown["cheapest"], shown["today"]["days"]) == (offer, True, 25)
        assert (shown["today"]["cost"], shown["today"]["net"]) == (cny("3437.50"), cny("900000.00"))

    def test_show_before_acceptance_what_binds_and_what_it_costs(self, firms: Firms) -> None:
        offer = offered(firms, facility(firms), asked(firms))
        tried = firms.post(f"offers/{offer}/accept?dry_run=true", None, key="dry")
        assert (tried["availability"]["bound_by"], tried["availability"]["available"]) == (
            "advance_rate",
            cny("900000.00"),
        )
        assert tried["availability"]["headrooms"]["facility"] == cny("5000000.00")
        assert tried["quote"]["cost"] == cny("3437.50")

    def test_are_asked_of_the_lenders_named_and_hidden_from_the_others(self, firms: Firms, group: Group) -> None:
        body = {"kind": "lender", "name": "第二保理", "code": "F-9", "country": "DE", "tax_id": "RIVAL12345"}
        rival_id = firms.post("parties", body)["id"]
        reading = (P.OFFERS_READ, P.OFFERS_WRITE, P.REQUESTS_READ)
        invited = group.key(*reading, party_id=parse_public_id("pty", firms.lender))
        rival = group.key(*reading, party_id=parse_public_id("pty", rival_id))
        request = asked(firms, lender_ids=[firms.lender])
        offered(firms, facility(firms), request)
        assert [each["id"] for each in firms.get("requests/open", invited)["items"]] == [request]
        assert firms.get("requests/open", rival)["items"] == []
        for path in (f"requests/{request}", f"requests/{request}/offers"):
            assert firms.client.get(f"/v1/{path}", headers=rival).status_code == 404
            firms.get(path, invited)

    def test_of_a_maker_are_declined_by_the_checker(self, firms: Firms) -> None:
        request = asked(firms)
        made = firms.post("offers", {"facility_id": facility(firms), "request_ids": [request]})
        path = f"offers/batches/{made['batch_id']}/decline"
        assert firms.post(path, {"reason": "too long"}, firms.checker)["items"][0]["state"] == "declined"
        assert firms.get(f"requests/{request}/offers")["items"] == []

    def test_are_not_made_by_a_lender_whose_licence_is_gone(self, firms: Firms) -> None:
        line, request = facility(firms), asked(firms)
        approved(firms, firms.post("lender-profiles", {"lender_id": firms.lender, "licence": "none"}))
        body = {"facility_id": line, "request_ids": [request]}
        assert refused(firms, "offers", body) == (409, "lender_without_licence")

    def test_are_not_accepted_by_the_seller_when_the_debtor_bears_the_fee(self, firms: Firms, group: Group) -> None:
        price = {"advance_rate": "0.9", "annual_rate": "0.055", "fee_bp": "20", "fee_bearer": "debtor"}
        body = {"lender_id": firms.lender, "limit": cny("5000000.00"), "price": price}
        line = firms.post("facilities", body)["id"]
        firms.post(f"facilities/{line}/approve", None, firms.checker)
        offer = offered(firms, line, asked(firms))
        path = f"/v1/offers/{offer}/accept"
        for party, expected in ((firms.supplier, 404), (firms.debtor, 201)):
            who = group.key(P.OFFERS_ACCEPT, party_id=parse_public_id("pty", party))
            answer = firms.client.post(path, headers={**who, "Idempotency-Key": party})
            assert answer.status_code == expected, answer.text
