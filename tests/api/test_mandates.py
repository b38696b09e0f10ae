"""Mandates over HTTP."""

from typing import Any

import pytest

from app.installation import Installation
from domain.access.rules import Permission
from domain.collection.registration import prepare_registrations
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, NewGroup
from tests.api.treasury import NOON, Treasury


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def debtor(treasury: Treasury) -> dict[str, str]:
    party = treasury.party("debtor", "D1")
    return {"party_id": party, "account_id": treasury.account(party, "33001616781053000301", own=False)}


def mandate(debtor: dict[str, str], reference: str = "M1", **given: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**debtor, "reference": reference, "currency": "CNY", "signed_on": "2026-03-02", **given}


def granted(treasury: Treasury, debtor: dict[str, str]) -> str:
    return str(treasury.done("mandates", {"items": [mandate(debtor)]})["granted"][0])


class TestGranting:
    def test_each_is_granted_or_refused_by_itself(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        granted(treasury, debtor)
        items = [
            mandate(debtor, "M1"),
            mandate(debtor, "M2"),
            mandate(debtor, "M2"),
            mandate(debtor, "M3", currency="USD"),
            mandate(debtor, "M4", ends_on="2026-03-01"),
        ]
        answer = treasury.done("mandates", {"items": items})
        assert len(answer["granted"]) == 1
        assert [(each["place"], each["reference"], each["code"]) for each in answer["refused"]] == [
            (0, "M1", "mandate_exists"),
            (2, "M2", "mandate_exists"),
            (3, "M3", "account_not_of_party"),
            (4, "M4", "mandate_ends_before_signed"),
        ]

    def test_a_debtor_grants_its_own_only(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        other = treasury.group.key(
            Permission.MANDATES_WRITE, party_id=parse_public_id("pty", treasury.party("debtor", "D2"))
        )
        assert treasury.post("mandates", {"items": [mandate(debtor)]}, by=other).status_code == 404


class TestStanding:
    def test_suspended_reinstated_and_cancelled_for_good(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        path, why = f"mandates/{granted(treasury, debtor)}", {"reason": "account blocked"}
        assert treasury.done(f"{path}/suspend", why)["state"] == "suspended"
        assert treasury.done(f"{path}/reinstate", why)["state"] == "active"
        assert treasury.done(f"{path}/cancel", why)["state"] == "cancelled"
        refused = treasury.post(f"{path}/reinstate", why)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/mandates_moved")
        (listed,) = treasury.get("mandates?filter=state:eq:cancelled")["items"]
        assert listed == treasury.get(path)


PROOF = {"evidence_digest": "ab" * 32, "evidence_reference": "archive/2026/1"}


def drafted(treasury: Treasury, debtor: dict[str, str], reference: str = "D1") -> str:
    item = {**debtor, "reference": reference, "currency": "CNY", "limits": {"max_per_cycle": 1}}
    return str(treasury.done("mandates/drafts", {"items": [item]})["drafted"][0])


class TestEnrolment:
    def test_each_draft_is_taken_or_refused_by_itself(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        items = [{**debtor, "reference": name, "currency": money} for name, money in [("A", "CNY"), ("B", "USD")]]
        answer = treasury.done("mandates/drafts", {"items": items})
        assert [(each["place"], each["code"]) for each in answer["refused"]] == [(1, "account_not_of_party")]
        shown = treasury.get(f"mandates/{answer['drafted'][0]}")
        assert (shown["state"], shown["signed_on"]) == ("draft", "2026-03-02")

    def test_a_file_is_drafted_whole_or_not_at_all(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        path, account = "mandates/imports?file_name=m.csv&currency=CNY", "33001616781053000301"
        good = f"reference,account,payer,purpose\nF-1,{account},D1,rent\nF-2,{account},,租金\n"
        faulty = treasury.upload(path, f"{good}F-3,{account},D9,rent\n".encode()).json()
        assert (faulty["read"], faulty["drafted"]) == (3, [])
        assert [(each["row"], each["column"], each["code"]) for each in faulty["refused"]] == [
            (4, "payer", "other_payer")
        ]
        assert treasury.get("mandates")["items"] == []
        done = treasury.upload(path, good.encode()).json()
        assert (len(done["drafted"]), done["refused"]) == (2, [])
        firm = treasury.group.key(Permission.MANDATES_WRITE, party_id=parse_public_id("pty", debtor["party_id"]))
        assert treasury.upload(path, good.encode(), by=firm).status_code == 403

    def test_authorised_with_its_proof_it_waits_for_the_bank(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        path = f"mandates/{drafted(treasury, debtor)}"
        early = treasury.post(f"{path}/authorise", {"signed_on": "2026-03-01", **PROOF})
        assert (early.status_code, early.json()["type"]) == (409, "/problems/illegal_transition")
        assert treasury.done(f"{path}/ask-authorisation")["state"] == "pending_authorisation"
        late = treasury.post(f"{path}/authorise", {"signed_on": "2026-03-03", **PROOF})
        assert (late.status_code, late.json()["type"]) == (422, "/problems/authorised_later")
        done = treasury.done(f"{path}/authorise", {"signed_on": "2026-03-01", **PROOF})
        assert (done["state"], done["signed_on"]) == ("pending_submission", "2026-03-01")
        (version,) = treasury.get(f"{path}/versions")["versions"]
        assert (version["version"], version["evidence_digest"]) == (1, "ab" * 32)
        assert treasury.get(f"{path}/registrations") == {"registrations": []}

    def test_its_payer_authorises_its_own_only(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        path = f"mandates/{drafted(treasury, debtor)}"
        own, other = debtor["party_id"], treasury.party("debtor", "D2")
        payer, stranger = (
            treasury.group.key(Permission.MANDATES_WRITE, party_id=parse_public_id("pty", party))
            for party in (own, other)
        )
        assert treasury.post(f"{path}/ask-authorisation", by=stranger).status_code == 404
        treasury.done(f"{path}/ask-authorisation")
        body = {"signed_on": "2026-03-02", **PROOF}
        assert treasury.done(f"{path}/authorise", body, by=payer)["state"] == "pending_submission"

    def test_what_the_bank_was_told_and_said_is_shown(
        self, treasury: Treasury, debtor: dict[str, str], database: Database, house: Installation
    ) -> None:
        treasury.account(treasury.party("hq", "HQ"), "33001616781053000302")
        mandate_id = drafted(treasury, debtor)
        treasury.done(f"mandates/{mandate_id}/ask-authorisation")
        treasury.done(f"mandates/{mandate_id}/authorise", {"signed_on": "2026-03-02", **PROOF})
        with database.session(Role.WORKER, treasury.group.tenant_id) as session:
            prepare_registrations(session, keys=house.keys, clock=FixedClock(NOON))
        assert treasury.get(f"mandates/{mandate_id}")["state"] == "submitted"
        (told,) = treasury.get(f"mandates/{mandate_id}/registrations")["registrations"]
        assert (told["kind"], told["version"], told["message_state"]) == ("request", 1, "prepared")
        assert (told["accepted"], told["reason"], told["decided_at"]) == (None, None, None)


class TestTakingUpAgainAndReplacing:
    def test_a_cancelled_one_goes_to_the_bank_anew_and_a_blocked_one_never(
        self, treasury: Treasury, debtor: dict[str, str]
    ) -> None:
        path, why = f"mandates/{granted(treasury, debtor)}", {"reason": "a slip"}
        treasury.done(f"{path}/cancel", why)
        assert treasury.done(f"{path}/reinstate-ended", why)["state"] == "pending_submission"
        other = f"mandates/{treasury.done('mandates', {'items': [mandate(debtor, 'M2')]})['granted'][0]}"
        assert treasury.done(f"{other}/block", why)["state"] == "blocked"
        refused = treasury.post(f"{other}/reinstate-ended", why)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/illegal_transition")

    def test_a_second_person_puts_a_new_paper_in_force(self, treasury: Treasury, debtor: dict[str, str]) -> None:
        path = f"mandates/{granted(treasury, debtor)}"
        account = treasury.account(debtor["party_id"], "33001616781053000303", own=False)
        paper = {"reference": "M1-NEW", "account_id": account, "signed_on": "2026-03-02", **PROOF}
        proposed = treasury.done(f"{path}/replace", paper)
        same = treasury.post(f"{path}/approve-replacement", paper)
        assert (same.status_code, same.json()["type"]) == (403, "/problems/same_person")
        other = treasury.post(f"{path}/approve-replacement", {**paper, "reference": "X"}, by=treasury.checker)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/digest_changed")
        new = treasury.done(f"{path}/approve-replacement", paper, by=treasury.checker)
        assert (new["reference"], new["account_id"], new["state"]) == ("M1-NEW", account, "active")
        assert treasury.get(path)["state"] == "replaced"
        refused = treasury.post(f"{path}/refuse-replacement", {"digest": proposed["digest"], "reason": "x"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already_decided")

    @pytest.mark.parametrize("what", ["replacement", "amendment"])
    def test_a_checker_refuses_and_a_maker_takes_back(
        self, treasury: Treasury, debtor: dict[str, str], what: str
    ) -> None:
        path = f"mandates/{granted(treasury, debtor)}"
        terms = {"account_id": debtor["account_id"], "limits": {"max_per_cycle": 1}, **PROOF}
        paper = {**terms, "reference": "NEW", "signed_on": "2026-03-02"}
        step, body = ("replace", paper) if what == "replacement" else ("amend", terms)
        of_firm = parse_public_id("pty", debtor["party_id"])
        maker = treasury.group.key(Permission.MANDATES_WRITE, party_id=of_firm)
        checker = treasury.group.key(Permission.MANDATES_APPROVE, party_id=of_firm)
        for verb, by, other in (("withdraw", maker, checker), ("refuse", checker, maker)):
            no = {"digest": treasury.done(f"{path}/{step}", body, by=maker)["digest"], "reason": "not as agreed"}
            assert treasury.post(f"{path}/{verb}-{what}", no, by=other).status_code == 403
            assert treasury.done(f"{path}/{verb}-{what}", no, by=by)["state"] == "active"
            late = treasury.post(f"{path}/approve-{what}", body, by=checker)
            assert (late.status_code, late.json()["type"]) == (409, "/problems/already_decided")


class TestAccess:
    def test_without_the_permission_nothing_is_granted_or_shown(
        self, client: Client, treasury: Treasury, debtor: dict[str, str]
    ) -> None:
        reader = treasury.group.key(Permission.MANDATES_READ)
        assert treasury.post("mandates", {"items": [mandate(debtor)]}, by=reader).status_code == 403
        writer = treasury.group.key(Permission.MANDATES_WRITE)
        assert client.get("/v1/mandates", headers=writer).status_code == 403

    def test_another_group_sees_none(
        self, client: Client, treasury: Treasury, debtor: dict[str, str], new_group: NewGroup
    ) -> None:
        own, stranger = granted(treasury, debtor), new_group().headers
        assert client.get("/v1/mandates", headers=stranger).json()["items"] == []
        assert client.get(f"/v1/mandates/{own}", headers=stranger).status_code == 404
        answer = treasury.post(f"mandates/{own}/cancel", {"reason": "x"}, by=stranger)
        assert answer.status_code == 404
