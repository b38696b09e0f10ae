"""Changes of pools, edited proposals, slots, interest, slips and reports over HTTP."""

from typing import Any

import pytest

from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group
from tests.api.treasury import Treasury

HEADER, SHOP, SECOND = "33001616781053000901", "33001616781053000902", "33001616781053000903"


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def accounts(treasury: Treasury) -> dict[str, str]:
    """Headquarters and two shops, of which the first holds 500.00."""
    parties = {"hq": treasury.party("hq", "HQ"), **{code: treasury.party("branch", code) for code in ("1", "2")}}
    numbers = {"hq": HEADER, "1": SHOP, "2": SECOND}
    found = {code: treasury.account(party, numbers[code]) for code, party in parties.items()}
    treasury.state(SHOP, opening="500.00")
    treasury.state(SECOND, opening="40.00")
    treasury.done("reconciliation/match")
    return found | {f"party {code}": party for code, party in parties.items()}


@pytest.fixture
def pool(treasury: Treasury, accounts: dict[str, str]) -> str:
    members = [{"account_id": accounts[code], "method": "zero"} for code in ("1", "2")]
    body = {"name": "华东", "header_account_id": accounts["hq"], "currency": "CNY", "members": members}
    return str(treasury.done("pools", body | {"up_rate": "0.0135", "down_rate": "0.03"})["id"])


def change(accounts: dict[str, str], **terms: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    members = [{"account_id": accounts["1"], "method": "zero"}]
    body = {"floor": cny("10.00"), "up_rate": "0.01"} | terms
    return {"effective_on": "2026-03-02", "terms": body, "members": members, "reason": "shop 2 closes"}


class TestVersions:
    def test_are_proposed_by_one_and_approved_by_another(
        self, treasury: Treasury, pool: str, accounts: dict[str, str]
    ) -> None:
        version = treasury.done(f"pools/{pool}/versions", change(accounts))
        path, seen = f"pool-versions/{version['id']}", {"digest": version["digest"]}
        assert treasury.post(f"{path}/approve", seen).json()["type"] == "/problems/same_person"
        assert treasury.done(f"{path}/approve", seen, by=treasury.checker)["state"] == "in_force"
        listed = treasury.get(f"pools/{pool}/versions")["items"]
        assert [(each["version"], each["state"], each["up_rate"]) for each in listed] == [
            (2, "in_force", "0.01"),
            (1, "replaced", "0.0135"),
        ]
        assert [len(treasury.get(f"pool-versions/{each['id']}/members")["items"]) for each in listed] == [1, 2]
        assert len(treasury.get(f"pools/{pool}/members")["items"]) == 1

    def test_in_another_currency_are_refused(self, treasury: Treasury, pool: str, accounts: dict[str, str]) -> None:
        usd = {"amount": "1.00", "currency": "USD"}
        answer = treasury.post(f"pools/{pool}/versions", change(accounts, floor=usd))
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/currency_mismatch")


class TestProposals:
    def test_are_lowered_and_dropped_before_somebody_else_approves(self, treasury: Treasury, pool: str) -> None:
        proposal = treasury.done(f"pools/{pool}/evaluate", {"slot": "1830"})
        sweeps = treasury.get(f"sweeps?filter=proposal:eq:{proposal['id']}")["items"]
        by_amount = {sweep["amount"]["amount"]: sweep["id"] for sweep in sweeps}
        edits = [
            {"sweep_id": by_amount["500.00"], "amount": cny("450.00"), "reason": "rent is due"},
            {"sweep_id": by_amount["40.00"], "reason": "too little"},
        ]
        path = f"sweep-proposals/{proposal['id']}"
        edited = treasury.done(f"{path}/edit", {"digest": proposal["digest"], "edits": edits})
        assert (edited["up"], edited["sweep_count"], edited["skip_count"]) == (cny("450.00"), 1, 1)
        assert (
            treasury.done(f"{path}/approve", {"digest": edited["digest"]}, by=treasury.checker)["state"] == "approved"
        )
        lowered = next(
            sweep
            for sweep in treasury.get(f"sweeps?filter=proposal:eq:{proposal['id']}")["items"]
            if sweep["state"] == "approved"
        )
        assert (lowered["rule_amount"], lowered["edit_reason"]) == (cny("500.00"), "rent is due")


class TestSlots:
    def test_are_set_as_a_whole(self, client: Client, group: Group, treasury: Treasury, pool: str) -> None:
        slots = [{"name": "noon", "cron": "0 12 * * 1-5"}, {"name": "high", "threshold": cny("100000.00")}]
        path = f"/v1/pools/{pool}/slots"
        assert client.put(path, json={"slots": slots}, headers=group.headers).status_code == 200
        assert [slot["kind"] for slot in treasury.get(f"pools/{pool}/slots")["items"]] == ["balance", "cron"]
        both = client.put(
            path, json={"slots": [{"name": "x", "cron": "0 12 * * *", "threshold": cny("1.00")}]}, headers=group.headers
        )
        assert both.status_code == 422
        bad = client.put(path, json={"slots": [{"name": "x", "cron": "0 2 * * *"}]}, headers=group.headers)
        assert (bad.status_code, bad.json()["type"]) == (422, "/problems/bad_cron")


class TestInterest:
    def test_of_a_pool_that_moved_nothing_is_empty(self, treasury: Treasury, pool: str) -> None:
        assert treasury.get(f"pools/{pool}/interest") == {"items": [], "next_cursor": None}
        asked = treasury.done(f"pools/{pool}/interest/propose", {"mode": "capitalised"})
        body = {"mode": "capitalised"} | asked
        assert treasury.post(f"pools/{pool}/interest/settle", body).status_code == 403  # the same person
        assert treasury.done(f"pools/{pool}/interest/settle", body, by=treasury.checker)["legs"] == 0
        assert treasury.get("loan-slips")["items"] == []

    def test_slips_are_downloaded_by_the_month(self, client: Client, group: Group, pool: str) -> None:
        assert pool
        path = "/v1/loan-slip-files?since=2026-03-01&until=2026-03-31"
        answer = client.get(path, headers=group.headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.text.startswith("reference 借据编号,lender 委托人")
        too_long = client.get("/v1/loan-slip-files?since=2026-03-01&until=2026-04-01", headers=group.headers)
        assert too_long.status_code == 422

    def test_a_sweep_that_moved_nothing_has_no_value_date_to_correct(self, treasury: Treasury, pool: str) -> None:
        proposal = treasury.done(f"pools/{pool}/evaluate", {"slot": "1830"})
        sweep = treasury.get(f"sweeps?filter=proposal:eq:{proposal['id']}")["items"][0]["id"]
        answer = treasury.post(
            f"sweeps/{sweep}/value-date/propose", {"value_date": "2026-03-01", "reason": "bank notice"}
        )
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not_yet_moved")


class TestOnPaper:
    def test_a_pool_is_replayed_forecast_and_compared(
        self, treasury: Treasury, pool: str, accounts: dict[str, str]
    ) -> None:
        days = {"since": "2026-03-01", "until": "2026-03-02", "header_rate": "0.036"}
        members = [{"account_id": accounts["1"], "method": "fixed", "fixed": cny("100.00")}]
        replayed = treasury.done(f"pools/{pool}/simulate", days | {"members": members})
        assert [day["sweeps"] for day in replayed["days"]] == [0, 0]  # the shop held nothing before today
        assert treasury.get(f"pools/{pool}/forecast")["available"] == cny("540.00")
        query = "since=2026-03-02&until=2026-03-02&credit_rate=0.0036&debit_rate=0.036"
        assert treasury.get(f"pools/{pool}/notional?{query}")["benefit"] == cny("0.00")

    def test_who_acts_for_a_branch_is_not_shown_the_pool(
        self, client: Client, group: Group, pool: str, accounts: dict[str, str]
    ) -> None:
        branch = group.key(Permission.POOLS_READ, party_id=parse_public_id("pty", accounts["party 1"]))
        for path in ("versions", "slots", "interest", "forecast", "explanation"):
            assert client.get(f"/v1/pools/{pool}/{path}", headers=branch).status_code == 403, path
        assert client.get("/v1/loan-slips", headers=branch).json()["items"] == []
        own, other = (f"/v1/bank-accounts/{accounts[code]}/position-explanation" for code in ("1", "2"))
        assert client.get(own, headers=branch).json()["items"] == []
        assert client.get(other, headers=branch).status_code == 404


def test_a_pool_is_shown_by_pages(client: Client, group: Group, pool: str) -> None:
    first = client.get(f"/v1/pools/{pool}?limit=1", headers=group.headers).json()
    rest = client.get(f"/v1/pools/{pool}?limit=1&cursor={first['next_cursor']}", headers=group.headers).json()
    assert [len(first["members"]), len(rest["members"]), rest["next_cursor"]] == [1, 1, None]
    assert first["members"] != rest["members"]
