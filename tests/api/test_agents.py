"""An agent's life over HTTP: enrolled, trusted, selling against its limit, depositing, in default."""

from typing import Any

import pytest

from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group
from tests.api.treasury import MONDAY, Treasury

OWN = "33001616781053000611"
POLICY = {
    "valid_from": str(MONDAY),
    "citation": "Agency risk manual",
    "multiple_a": "4",
    "multiple_b": "2.5",
    "factor_a": "2",
    "factor_b": "1",
}


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def agent(treasury: Treasury) -> str:
    """A new agent of status B, whose deposit counts 2.5 times once it has a history."""
    ids = {
        kind: treasury.done(
            "parties", {"kind": kind, "name": kind, "code": "A-7", "country": "DE", "tax_id": f"DE{place}7654321"}
        )["id"]
        for place, kind in enumerate(("agent", "hq"))
    }
    treasury.account(ids["hq"], OWN)
    treasury.changed("agent-policies", POLICY)
    profile = {"agent_id": ids["agent"], "seller_id": ids["hq"], "currency": "CNY"}
    treasury.done("agents", profile | {"reporting_days": 15, "remittance_days": 10})
    return str(ids["agent"])


def deposited(treasury: Treasury, amount: str) -> None:
    """A transfer that says whose deposit it is, stated by the bank and recognised."""
    treasury.state(OWN, amount, remittance="DEPOSIT A-7")
    assert treasury.done("reconciliation/match")["recognised"]["agent"] == 1


def sale(amount: str, reference: str) -> dict[str, Any]:
    return {"agent_code": "A-7", "sold_on": str(MONDAY), "reference": reference, "amount": cny(amount)}


class TestSelling:
    def test_against_a_deposit_the_bank_stated_and_no_further(self, treasury: Treasury, agent: str) -> None:
        deposited(treasury, "1000.00")
        path = f"agent-sales/{agent}/authorise"
        done = treasury.done(path, {"amount": cny("900.00"), "reference": "T-1"})
        assert (done["headroom"]["amount"], done["repeated"]) == ("100.00", False)
        answer = treasury.post(path, {"amount": cny("100.01"), "reference": "T-2"})
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/agent_limit_exceeded")
        assert (answer.json()["headroom"], answer.json()["outstanding"]) == ("100.00 CNY", "900.00 CNY")
        levels = [each["level"] for each in treasury.get("agents/warnings")["items"]]
        assert sorted(levels) == [50, 75]  # 90 % used

    def test_remitting_by_transfer_restores_it(self, treasury: Treasury, agent: str) -> None:
        deposited(treasury, "1000.00")
        treasury.done("agent-sales", {"items": [sale("900.00", "D-1")]})
        treasury.state(OWN, "400.00", opening="1000.00", remittance="票款 A-7")
        treasury.done("reconciliation/match")
        shown = treasury.get(f"agents/{agent}")
        assert (shown["outstanding"]["amount"], shown["headroom"]["amount"]) == ("500.00", "500.00")
        assert treasury.get("agent-periods/remittances")["items"][0]["kind"] == "remitted"

    def test_trying_does_not_count(self, treasury: Treasury, agent: str) -> None:
        deposited(treasury, "1000.00")
        body = {"amount": cny("900.00"), "reference": "T-1"}
        assert treasury.done(f"agent-sales/{agent}/authorise?dry_run=true", body)["headroom"]["amount"] == "100.00"
        assert treasury.get(f"agents/{agent}")["outstanding"]["amount"] == "0.00"

    def test_a_file_is_answered_line_by_line(self, treasury: Treasury, agent: str) -> None:
        content = b"agent,date,reference,amount\nA-7,2026-03-02,D-1,10.00\nA-9,2026-03-02,D-2,1.00\n"
        report = treasury.upload("agent-sales/imports?file_name=s.csv&currency=CNY", content).json()
        assert (report["taken"], [error["code"] for error in report["refused"]]) == (1, ["unknown_agent"])
        assert treasury.get(f"agent-sales?filter=agent:eq:{agent}")["items"][0]["amount"] == cny("10.00")

    def test_the_limit_is_explained_with_its_rules(self, treasury: Treasury, agent: str) -> None:
        deposited(treasury, "1000.00")
        explained = treasury.get(f"agents/{agent}/limit")
        assert explained["rules"] == ["R21", "R25", "R26"]
        assert (explained["status"], explained["multiple"], explained["days_at_risk"]) == ("B", "2.5", 25)
        assert (explained["capacity"], explained["limit"]["amount"]) == (None, "1000.00")

    def test_an_agent_sees_and_reports_its_own_only(self, treasury: Treasury, agent: str, group: Group) -> None:
        party = parse_public_id("pty", agent)
        own = group.key(Permission.AGENTS_READ, Permission.AGENTS_REPORT, party_id=party)
        other = treasury.done("parties", {"kind": "agent", "name": "x", "code": "A-8"})["id"]
        stranger = group.key(Permission.AGENTS_READ, Permission.AGENTS_REPORT, party_id=parse_public_id("pty", other))
        body = {"items": [sale("1.00", "D-1")]}
        assert treasury.done("agent-sales", body, by=stranger)["refused"][0]["code"] == "unknown_agent"
        assert treasury.done("agent-sales", body, by=own)["taken"] == 1
        for headers, status in ((own, 200), (stranger, 404)):
            assert treasury.client.get(f"/v1/agents/{agent}", headers=headers).status_code == status
        assert treasury.client.get("/v1/agent-sales", headers=stranger).json()["items"] == []


class TestStatus:
    def test_follows_finances_and_history(self, treasury: Treasury, agent: str) -> None:
        body = {"passed": True, "evidence": "Audited accounts 2025"}
        assert treasury.done(f"agents/{agent}/finances", body)["status"] == "A"
        treasury.changed(f"agents/{agent}/history", {"passes": False, "reason": "fraud inquiry"})
        judged = treasury.get(f"agents/{agent}")
        assert (judged["status"], judged["override_reason"]) == ("B", "fraud inquiry")
        statuses = [each["status"] for each in treasury.get("agents/statuses")["items"]]
        assert statuses == ["B", "A", "B"]

    def test_a_policy_does_not_reach_into_the_past(self, treasury: Treasury, agent: str) -> None:
        assert agent
        answer = treasury.post("agent-policies", POLICY | {"valid_from": "2026-03-01"})
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/policy_backdated")
        answer = treasury.post("agent-policies", POLICY | {"valid_from": "2026-03-03", "multiple_a": "40"})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/policy_out_of_range")

    def test_a_policy_is_put_in_force_by_another_person_who_saw_exactly_it(
        self, treasury: Treasury, agent: str
    ) -> None:
        assert agent
        change = treasury.done("agent-policies", POLICY | {"valid_from": "2026-03-03", "multiple_a": "3"})
        assert (change["kind"], change["proposed"]["multiple_a"]) == ("agent_policy", "3")
        path, seen = f"financing-changes/{change['id']}/approve", {"digest": change["digest"]}
        for body, by, problem in (
            (seen, treasury.group.headers, (403, "/problems/same_person")),
            ({"digest": "0" * 64}, treasury.checker, (409, "/problems/digest_changed")),
        ):
            answer = treasury.post(path, body, by=by)
            assert (answer.status_code, answer.json()["type"]) == problem
        assert treasury.done(path, seen, by=treasury.checker)["state"] == "applied"
        assert treasury.get("agent-policies/current")["multiple_a"] == "4"  # the other begins tomorrow

    def test_of_two_policies_for_one_day_the_first_approved_stands(self, treasury: Treasury, agent: str) -> None:
        assert agent
        body = POLICY | {"valid_from": "2026-03-03"}
        first, second = (treasury.done("agent-policies", body | {"multiple_a": each}) for each in ("3", "2"))
        treasury.done(f"financing-changes/{first['id']}/approve", {"digest": first["digest"]}, by=treasury.checker)
        answer = treasury.post(
            f"financing-changes/{second['id']}/approve", {"digest": second["digest"]}, by=treasury.checker
        )
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/policy_backdated")

    def test_terms_of_an_agent_are_changed_by_two_people(self, treasury: Treasury, agent: str) -> None:
        change = treasury.done(f"agents/{agent}/days", {"reporting_days": 30, "remittance_days": 5})
        assert (change["kind"], change["proposed"]["agent_id"]) == ("agent_days", agent)
        seen, before = {"digest": change["digest"]}, treasury.get(f"agents/{agent}")
        path = f"financing-changes/{change['id']}/approve"
        assert treasury.post(path, seen).json()["type"] == "/problems/same_person"
        assert treasury.get(f"agents/{agent}") == before
        assert treasury.done(path, seen, by=treasury.checker)["state"] == "applied"
        after = treasury.get(f"agents/{agent}")
        assert (after["reporting_days"], after["remittance_days"]) == (30, 5)

    def test_what_was_proposed_before_another_change_is_looked_at_again(self, treasury: Treasury, agent: str) -> None:
        proposed = {
            "days": {"reporting_days": 30, "remittance_days": 5},
            "history": {"passes": True, "reason": "paid in cash"},
        }
        for what, body in proposed.items():
            waiting = treasury.done(f"agents/{agent}/{what}", body)
            treasury.changed(f"agents/{agent}/{what}", body)
            path = f"financing-changes/{waiting['id']}/approve"
            answer = treasury.post(path, {"digest": waiting["digest"]}, by=treasury.checker)
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/agent_changed_since")

    def test_periods_are_of_15_or_30_days(self, treasury: Treasury, agent: str) -> None:
        body = {"reporting_days": 16, "remittance_days": 10}
        answer = treasury.post(f"agents/{agent}/days", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/reporting_days")


class TestDeposit:
    def test_goes_back_by_two_people_who_saw_the_same(self, treasury: Treasury, agent: str) -> None:
        deposited(treasury, "1000.00")
        asked = treasury.done("agent-deposits/returns", {"agent_id": agent, "amount": cny("100.00")})
        path, seen = f"agent-deposits/returns/{asked['id']}/approve", {"digest": asked["digest"]}
        assert treasury.post(path, seen).json()["type"] == "/problems/same_person"
        wrong = treasury.post(path, {"digest": "0" * 64}, by=treasury.checker)
        assert wrong.json()["type"] == "/problems/digest_changed"
        assert treasury.done(path, seen, by=treasury.checker)["state"] == "approved"
        assert treasury.get(f"agents/{agent}")["limit"]["amount"] == "900.00"

    def test_lies_in_suspense_until_a_person_says_whose_it_is(self, treasury: Treasury, agent: str) -> None:
        treasury.state(OWN, "50.00", remittance="for you know what")
        treasury.done("reconciliation/match")
        (entry,) = treasury.get("reconciliation/suspense")["items"]
        by_hand = {"kind": "deposit_held", "reason": "x", "owner_id": agent}
        refused = treasury.post(f"reconciliation/suspense/{entry['id']}/resolve", by_hand)
        assert refused.json()["type"] == "/problems/not_for_suspense"
        treasury.done(f"reconciliation/suspense/{entry['id']}/deposit", {"agent_id": agent})
        assert treasury.get(f"agents/{agent}")["deposit"]["amount"] == "50.00"
        assert treasury.get("agent-deposits")["items"][0]["kind"] == "received"


class TestDefault:
    def test_uses_the_deposit_and_claims_the_rest(self, treasury: Treasury, agent: str) -> None:
        deposited(treasury, "300.00")
        treasury.done("agent-sales", {"items": [sale("412.00", "D-1")]})
        body = {"agent_id": agent, "owed": cny("412.00"), "reason": "no remittance"}
        declared = treasury.done("agent-defaults", body)
        path = f"agent-defaults/{declared['id']}/enforce"
        done = treasury.done(path, {"digest": declared["digest"]}, by=treasury.checker)
        assert (done["state"], done["by_deposit"]["amount"], done["rest"]["amount"]) == ("enforced", "300.00", "112.00")
        (claim,) = treasury.get(f"agent-claims?filter=default:eq:{done['id']}")["items"]
        assert (claim["step"], claim["amount"]["amount"]) == ("payouts", "112.00")
        (call,) = treasury.get("agent-deposits/calls")["items"]
        assert (call["amount"]["amount"], call["state"]) == ("300.00", "called")
        assert treasury.get(f"agents/{agent}/limit")["rules"][-1] == "R27"
        passed = treasury.done(f"agent-claims/{claim['id']}/pass-on", {"reason": "nothing is paid to it"})
        assert passed["step"] == "seller"
        paying = {"amount": cny("112.00")}
        treasury.done(f"agent-claims/{passed['id']}/payments", paying)
        paid = treasury.done(f"agent-claims/{passed['id']}/payments/approve", paying, by=treasury.checker)
        assert (paid["state"], treasury.get("agent-defaults")["items"][0]["state"]) == ("paid", "settled")
