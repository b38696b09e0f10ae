"""Explanations and evidence packs over HTTP: what they hold, that they can be checked, and who gets which."""

import io
import json
import zipfile
from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.platform.evidence import check_pack
from domain.platform.ids import parse_public_id, public_id
from tests.api.groups import Client, Group, Headers
from tests.api.test_mandates import granted
from tests.api.test_servicing import Funded, funded
from tests.api.treasury import Treasury

__all__ = ["funded"]
DEBTORS_VIEW = [Permission.RECEIVABLES_READ, Permission.MANDATES_READ]


def unpacked(content: bytes) -> dict[str, Any]:
    assert check_pack(content, file="pack.zip").findings == ()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}


def party_key(funded: Funded, group: Group, party: str, *permissions: Permission) -> Headers:
    return group.key(*(permissions or KEY_PERMISSIONS), party_id=funded.world.parties[party])


def evidence(funded: Funded, who: Headers) -> Any:  # noqa: ANN401
    receivable = public_id("rcv", funded.advance.receivable_id)
    return funded.client.get(f"/v1/receivables/{receivable}/evidence", headers=who)


class TestExplanation:
    def test_tells_every_figure_by_its_parts_as_of_a_past_date(self, funded: Funded) -> None:
        told = funded.get(f"{funded.path}/explanation?as_of=2026-04-06")
        figures = {each["figure"]: each for each in told["figures"]}
        (penalty,) = figures["penalty"]["parts"]
        # 900,000 x 8.25 % x 10 / 360 = 2,062.50   (R6)
        assert penalty["rules"] == ["R6", "R16"]
        assert (penalty["period"]["days"], penalty["period"]["exact"]) == (10, "2062.5")
        assert figures["payoff"]["amount"]["amount"] == "905500.00"
        assert told["adds_up"]
        assert told["proof"] == {
            "as_of": "2026-03-02",
            "subledger_agrees": True,
            "ledger_agrees": True,
            "differences": [],
        }

    def test_names_the_posting_which_the_ledger_explains(self, funded: Funded) -> None:
        (event,) = funded.get(f"{funded.path}/explanation")["events"]
        posting = funded.get(f"ledger/postings/{event['posting']}")
        assert (posting["event"], posting["source"]) == ("advance.funded", funded.advance.public_id)

    def test_quotes_where_each_rule_comes_from(self, funded: Funded) -> None:
        rules = {each["number"]: each["citation"] for each in funded.get(f"{funded.path}/explanation")["rules"]}
        assert rules["R7"] == "Civil Code art. 561"

    def test_is_for_its_parties_and_keeps_the_lenders_provision_from_the_seller(
        self, funded: Funded, group: Group
    ) -> None:
        path = f"/v1/{funded.path}/explanation"
        sellers = funded.client.get(path, headers=party_key(funded, group, "seller"))
        assert "provision_share" not in {each["figure"] for each in sellers.json()["figures"]}
        assert funded.client.get(path, headers=party_key(funded, group, "second lender")).status_code == 404
        assert funded.client.get(f"{path}?as_of=0001-01-01", headers=funded.maker).status_code == 422


class TestEvidenceOfAReceivable:
    def test_holds_all_that_is_known_and_can_be_checked_offline(self, funded: Funded) -> None:
        answer = evidence(funded, funded.maker)
        assert answer.headers["content-type"] == "application/zip"
        files = unpacked(answer.content)
        folder = f"advances/{funded.advance.public_id}"
        assert files["receivable.json"]["facts"]["invoice_number"] == "INV-1"
        assert len(files["receivable.json"]["facts"]["fingerprint"]) == 64
        assert files["confirmations.json"]["lines"][0]["confirmation"]["state"] == "signed"
        assert files[f"{folder}/events.json"][0]["kind"] == "funded"
        assert files[f"{folder}/explanation.json"]["proof"]["ledger_agrees"] is True
        assert files[f"{folder}/postings.json"]["postings"][0]["booked"]["legs"]
        assert {"funded", "overdue"} <= {each["to_state"] for each in files["transitions.json"]}
        assert {"postings", "transfers", "accounts", "audit"} == files["seals.json"].keys()

    def test_masks_account_numbers(self, funded: Funded) -> None:
        files = unpacked(evidence(funded, funded.maker).content)
        accounts = files[f"advances/{funded.advance.public_id}/advance.json"]["accounts"]
        assert len(accounts) == 2
        assert all("3100665700" not in json.dumps(content) for content in files.values())
        assert all("*" in each["masked"] or "…" in each["masked"] for each in accounts)

    @pytest.mark.parametrize(("party", "requests"), [("seller", 1), ("lender", 0)])
    def test_gives_seller_and_lender_their_own(self, funded: Funded, group: Group, party: str, requests: int) -> None:
        files = unpacked(evidence(funded, party_key(funded, group, party)).content)
        assert len(files["requests.json"]["requests"]) == requests
        assert len(files["requests.json"]["offers"]) == 1
        assert any(name.startswith("advances/") for name in files)
        assert ("claims.json" in files, "audit.json" in files) == (party == "lender", False)

    def test_tells_the_debtor_nothing_of_the_financing(self, funded: Funded, group: Group) -> None:
        files = unpacked(evidence(funded, party_key(funded, group, "debtor")).content)
        assert "requests.json" not in files
        assert "eligibility.json" not in files
        assert not any(name.startswith("advances/") for name in files)

    def test_tells_a_program_that_may_only_read_receivables_nothing_of_the_financing(
        self, funded: Funded, group: Group
    ) -> None:
        files = unpacked(evidence(funded, party_key(funded, group, "seller", Permission.RECEIVABLES_READ)).content)
        assert "requests.json" not in files

    def test_is_not_there_for_a_lender_that_has_nothing_on_it(self, funded: Funded, group: Group) -> None:
        assert evidence(funded, party_key(funded, group, "second lender")).status_code == 404


class TestEvidenceOfAMandate:
    def test_holds_versions_debits_refusals_and_notices(self, client: Client, group: Group) -> None:
        treasury = Treasury.of(client, group)
        party = treasury.party("debtor", "D1")
        debtor = {"party_id": party, "account_id": treasury.account(party, "33001616781053000301", own=False)}
        path = f"/v1/mandates/{granted(treasury, debtor)}/evidence"
        own = group.key(*DEBTORS_VIEW, party_id=parse_public_id("pty", party))
        files = unpacked(client.get(path, headers=own).content)
        assert files["mandate.json"]["facts"]["reference"] == "M1"
        assert "33001616781053000301" not in json.dumps(files)
        assert [each["version"] for each in files["versions.json"]] == [1]
        assert (files["debits.json"], files["refusals.json"], files["notices.json"]["proofs"]) == ([], [], [])
        assert "audit.json" not in files
        other = group.key(*DEBTORS_VIEW, party_id=parse_public_id("pty", treasury.party("debtor", "D2")))
        assert client.get(path, headers=other).status_code == 404
