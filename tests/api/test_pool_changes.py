"""Changes of pools, edited proposals, slots, interest, slips and reports over HTTP."""

from typing import Any

import pytest

from app.installation import Installation
from domain.access.rules import Permission
from domain.banking.channels.http import HttpChannel
from domain.platform.clock import FixedClock
from domain.platform.database import Database
from domain.platform.ids import parse_public_id
from jobs import balance_events
from jobs.context import JobContext, Occasion
from tests.api.groups import Client, Group
from tests.api.treasury import MONDAY, NOON, Treasury

NOBODY = "http://127.0.0.1:9"  # no bank listens there, and none is asked
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


def intraday(*entries: tuple[str, str, str]) -> bytes:
    """A bank's intraday report of the first shop (camt.052.001.08): amount, status and reference of each entry."""
    lines = "".join(
        f"<Ntry><Amt Ccy='CNY'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-02</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Prtry><Cd>POS</Cd></Prtry></BkTxCd></Ntry>"
        for amount, status, reference in entries
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.052.001.08'><BkToCstmrAcctRpt>"
        "<GrpHdr><MsgId>INTRADAY-1</MsgId><CreDtTm>2026-03-02T11:45:00+08:00</CreDtTm></GrpHdr>"
        "<Rpt><Id>R-1145</Id><CreDtTm>2026-03-02T11:45:00+08:00</CreDtTm>"
        f"<Acct><Id><Othr><Id>{SHOP}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{lines}</Rpt>"
        "</BkToCstmrAcctRpt></Document>"
    ).encode()


class TestABalanceEvent:
    """A slot with a threshold, and a bank that reports during the day."""

    def reported(self, treasury: Treasury, content: bytes) -> list[str]:
        answer = treasury.upload("statements/imports", content)
        assert answer.status_code == 201, answer.text
        return list(treasury.done("reconciliation/match")["proposals"])

    @pytest.fixture
    def watched(self, client: Client, group: Group, pool: str) -> str:
        """The first shop holds 500.00, and the pool is swept when an account comes to 900.00."""
        body = {"slots": [{"name": "high", "threshold": cny("900.00")}]}
        assert client.put(f"/v1/pools/{pool}/slots", json=body, headers=group.headers).status_code == 200
        return pool

    def test_of_an_intraday_report_proposes_sweeps_once(self, treasury: Treasury, watched: str) -> None:
        # 500.00 + 399.99 is below 900.00; what is only pending is not there yet.
        assert self.reported(treasury, intraday(("399.99", "BOOK", "N1"), ("5000.00", "PDNG", "N2"))) == []
        (proposal,) = self.reported(treasury, intraday(("399.99", "BOOK", "N1"), ("0.01", "BOOK", "N3")))
        shown = treasury.get(f"sweep-proposals/{proposal}")
        assert (shown["pool_id"], shown["slot"]) == (watched, "high-0100")
        # The slot carries the minute, in UTC. 500.00 + 399.99 + 0.01 = 900.00 of the one shop, 40.00 of the other
        sweeps = treasury.get(f"sweeps?filter=proposal:eq:{proposal}")["items"]
        assert sorted(sweep["amount"]["amount"] for sweep in sweeps) == ["40.00", "900.00"]
        # The day's end tells the same entries again.
        again = intraday(("399.99", "BOOK", "N1"), ("0.01", "BOOK", "N3"), ("0.02", "BOOK", "N4"))
        assert self.reported(treasury, again) == []

    def test_is_seen_by_the_clockwork_at_noon(
        self, treasury: Treasury, watched: str, database: Database, house: Installation
    ) -> None:
        assert treasury.upload("statements/imports", intraday(("400.00", "BOOK", "N1"))).status_code == 201
        context = JobContext(database, HttpChannel(NOBODY), house.keys, treasury.group.tenant_id)
        occasion = Occasion(MONDAY, "1200", FixedClock(NOON))
        outcome = balance_events.run(context, occasion)
        # Nobody has approved the proposal: nothing goes to the bank.
        assert (outcome["pools_crossed"], outcome["in_suspense"], outcome["items"]) == (1, 1, 0)
        assert balance_events.run(context, occasion)["pools_crossed"] == 0
        (proposal,) = treasury.get(f"sweep-proposals?filter=pool:eq:{watched}")["items"]
        assert proposal["slot"] == "high-0400"

    def test_is_not_looked_for_where_no_pool_waits_for_one(
        self, treasury: Treasury, pool: str, database: Database, house: Installation
    ) -> None:
        assert pool
        context = JobContext(database, HttpChannel(NOBODY), house.keys, treasury.group.tenant_id)
        assert balance_events.run(context, Occasion(MONDAY, "1200", FixedClock(NOON))) == {}


class TestInterest:
    def test_of_a_pool_that_moved_nothing_is_empty(self, treasury: Treasury, pool: str) -> None:
        assert treasury.get(f"pools/{pool}/interest") == {"items": [], "next_cursor": None}
        asked = treasury.done(f"pools/{pool}/interest/propose", {"mode": "capitalised"})
        body = {"mode": "capitalised"} | asked
        assert treasury.post(f"pools/{pool}/interest/settle", body).status_code == 403  # the same person
        assert treasury.done(f"pools/{pool}/interest/settle", body, by=treasury.checker)["legs"] == 0
        assert treasury.get("loan-slips")["items"] == []

    def test_a_proposal_is_refused_by_another_or_taken_back_by_its_maker_and_made_anew(
        self, treasury: Treasury, pool: str
    ) -> None:
        path, mode = f"pools/{pool}/interest", {"mode": "paid"}
        why = {**treasury.done(f"{path}/propose", mode), "reason": "wait for the month's end"}
        refused = treasury.done(f"{path}/refuse", why, by=treasury.checker)
        assert (refused["state"], refused["digest"], refused["taken_back"]) == ("rejected", why["digest"], False)
        late = treasury.post(f"{path}/settle", {**mode, "digest": why["digest"]}, by=treasury.checker)
        assert (late.status_code, late.json()["type"]) == (409, "/problems/already_decided")
        treasury.done(f"{path}/propose", mode)
        assert treasury.done(f"{path}/refuse", why)["taken_back"] is True
        again = treasury.post(f"{path}/refuse", why)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/already_decided")
        reader = treasury.group.key(Permission.POOLS_READ)
        assert treasury.post(f"{path}/refuse", why, by=reader).status_code == 403

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
        for path in ("versions", "slots", "interest", "forecast"):
            assert client.get(f"/v1/pools/{pool}/{path}", headers=branch).status_code == 403, path
        assert client.get("/v1/loan-slips", headers=branch).json()["items"] == []


def test_a_pool_is_shown_by_pages(client: Client, group: Group, pool: str) -> None:
    first = client.get(f"/v1/pools/{pool}?limit=1", headers=group.headers).json()
    rest = client.get(f"/v1/pools/{pool}?limit=1&cursor={first['next_cursor']}", headers=group.headers).json()
    assert [len(first["members"]), len(rest["members"]), rest["next_cursor"]] == [1, 1, None]
    assert first["members"] != rest["members"]
