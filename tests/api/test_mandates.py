"""Mandates over HTTP."""

from typing import Any

import pytest

from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, NewGroup
from tests.api.treasury import Treasury


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
