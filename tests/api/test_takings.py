"""Takings and positions over HTTP: whose they are, and page by page."""

import gzip

import pytest

from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, Headers, NewGroup
from tests.api.treasury import Treasury

HEADING = "Store,Dept,Date,Weekly_Sales\n"
IMPORT = "takings/imports?file_name=till.csv&currency=CNY"
WEEK = "takings?since=2026-02-28&until=2026-03-06"


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def shops(treasury: Treasury) -> dict[str, str]:
    """Two branches by their codes."""
    return {code: treasury.party("branch", code) for code in ("1", "2")}


def of_branch(treasury: Treasury, branch: str) -> Headers:
    leave = (Permission.POOLS_READ, Permission.TAKINGS_WRITE)
    return treasury.group.key(*leave, party_id=parse_public_id("pty", branch))


class TestImport:
    def test_a_branch_brings_in_its_own_weeks_only(self, treasury: Treasury, shops: dict[str, str]) -> None:
        till = f"{HEADING}1,1,2026-03-06,700.00\n2,1,2026-03-06,70.00\n".encode()
        report = treasury.upload(IMPORT, till, by=of_branch(treasury, shops["1"])).json()
        assert (report["taken"], [(each["row"], each["code"]) for each in report["refused"]]) == (
            1,
            [(3, "unknown_branch")],
        )

    def test_the_same_file_again_takes_nothing_twice(self, treasury: Treasury, shops: dict[str, str]) -> None:
        assert shops
        till = gzip.compress(f"{HEADING}1,1,2026-03-06,700.00\n".encode())
        assert treasury.upload(IMPORT, till).json()["taken"] == 1
        again = treasury.upload(IMPORT, till).json()
        assert (again["known"], again["taken"]) == (1, 0)
        kept = treasury.get("takings/imports")["items"]
        assert [each["rows_known"] for each in kept] == [1, 0]  # newest first

    def test_reading_pools_is_not_writing_takings(self, treasury: Treasury) -> None:
        reader = treasury.group.key(Permission.POOLS_READ)
        assert treasury.upload(IMPORT, HEADING.encode(), by=reader).status_code == 403


class TestListing:
    def test_pages_by_day_without_gap_and_branches_see_their_own(
        self, client: Client, treasury: Treasury, shops: dict[str, str], new_group: NewGroup
    ) -> None:
        till = f"{HEADING}1,1,2026-03-06,700.00\n2,1,2026-03-06,70.00\n".encode()
        treasury.upload(IMPORT, till)
        seen, cursor = [], ""
        while cursor is not None:
            page = treasury.get(f"{WEEK}&limit=4" + (f"&cursor={cursor}" if cursor else ""))
            seen += [(each["taken_on"], each["reference"]) for each in page["items"]]
            cursor = page["next_cursor"]
        assert seen == sorted(set(seen))
        assert len(seen) == 14  # two branches, seven days
        own = of_branch(treasury, shops["2"])
        mine = client.get(f"/v1/{WEEK}", headers=own).json()["items"]
        assert {(each["branch_id"], each["amount"]["amount"]) for each in mine} == {(shops["2"], "10.00")}
        assert client.get(f"/v1/{WEEK}&branch={shops['1']}", headers=own).status_code == 404
        assert client.get(f"/v1/{WEEK}", headers=new_group().headers).json()["items"] == []

    def test_more_than_a_year_is_an_export(self, client: Client, group: Group) -> None:
        answer = client.get("/v1/takings/days?since=2025-01-01&until=2026-03-01", headers=group.headers)
        assert answer.json()["errors"][0]["parameter"] == "until"


class TestMembers:
    def test_terms_are_shown_as_they_were_agreed_page_by_page(self, treasury: Treasury, shops: dict[str, str]) -> None:
        header = treasury.account(treasury.party("hq", "HQ"), "33001616781053000500")
        members = [
            {
                "account_id": treasury.account(party, f"3300161678105300051{code}"),
                "method": "target",
                "target": {"amount": "50.00", "currency": "CNY"},
                "lot": {"amount": "10.00", "currency": "CNY"},
                "two_way": True,
            }
            for code, party in shops.items()
        ]
        body = {"name": "x", "header_account_id": header, "currency": "CNY", "members": members}
        pool = treasury.done("pools", body)["id"]
        first = treasury.get(f"pools/{pool}/members?limit=1")
        second = treasury.get(f"pools/{pool}/members?limit=1&cursor={first['next_cursor']}")
        assert second["next_cursor"] is None
        shown = [page["items"][0] for page in (first, second)]
        assert [each["party_id"] for each in shown] == list(shops.values())
        for asked, each in zip(members, shown, strict=True):
            assert asked.items() <= each["terms"].items()
            assert each["position"]["available"]["amount"] == "0.00"

    def test_a_standing_approval_is_given_by_who_may_approve(self, treasury: Treasury) -> None:
        header = treasury.account(treasury.party("hq", "HQ"), "33001616781053000500")
        branch = treasury.account(treasury.party("branch", "1"), "33001616781053000511")
        member = {"account_id": branch, "method": "zero"}
        body = {"name": "x", "header_account_id": header, "currency": "CNY", "members": [member]}
        writer = treasury.group.key(Permission.POOLS_WRITE)
        assert treasury.post("pools", body | {"auto_approve": True}, by=writer).status_code == 403
        assert treasury.post("pools", body, by=writer).status_code == 201
