"""Bank calendars over HTTP."""

from datetime import UTC, datetime
from typing import Any

from domain.access.rules import Permission
from tests.api.groups import Client, Group, Headers, NewGroup


def edit(client: Client, headers: Headers, *days: dict[str, Any], year: int = 2028, by: Headers | None = None) -> Any:  # noqa: ANN401 - an answer
    """Proposed by a second key, brought into force by `headers`."""
    body = {"year": year, "days": list(days), "reason": "notice of the State Council"}
    client.post("/v1/calendars/CN/propose", json=body, headers=by or headers)
    return client.put("/v1/calendars/CN", json=body, headers=headers)


MONDAY = {"day": "2028-01-31", "works": False, "name": "春节"}


class TestACalendar:
    def test_is_the_librarys_until_it_is_kept(self, client: Client, group: Group) -> None:
        shown = client.get("/v1/calendars/CN?year=2026", headers=group.headers).json()
        assert (shown["kept"], shown["provisional"]) == (False, False)
        assert {"2026-02-14": True, "2026-10-10": True, "2026-10-01": False}.items() <= {
            day["day"]: day["works"] for day in shown["days"]
        }.items()

    def test_is_edited_and_shows_who_said_so(self, client: Client, group: Group) -> None:
        maker = group.key(Permission.POOLS_WRITE)
        assert edit(client, group.headers, MONDAY).status_code == 403  # nobody decides on what they proposed
        assert edit(client, group.headers, MONDAY, by=maker).json()["days"] == ["2028-01-31"]
        shown = client.get("/v1/calendars/CN?year=2028", headers=group.headers).json()
        assert (shown["kept"], shown["provisional"]) == (True, True)
        assert [day["day"] for day in shown["days"] if day["edited_by"]] == ["2028-01-31"]
        assert edit(client, group.headers, MONDAY, by=maker).json()["type"] == "/problems/already_decided"

    def test_is_left_as_it_is_when_the_edit_is_refused_or_taken_back(self, client: Client, group: Group) -> None:
        maker, path = group.key(Permission.POOLS_WRITE), "/v1/calendars/CN"
        body = {"year": 2028, "days": [MONDAY], "reason": "notice of the State Council"}
        for by, taken_back in ((group.headers, False), (maker, True)):
            digest = client.post(f"{path}/propose", json=body, headers=maker).json()["digest"]
            no = {"year": 2028, "digest": digest, "reason": "not published yet"}
            refused = client.post(f"{path}/refuse", json=no, headers=by)
            assert (refused.status_code, refused.json()["taken_back"]) == (200, taken_back)
            assert client.put(path, json=body, headers=group.headers).json()["type"] == "/problems/already_decided"
        assert client.get(f"{path}?year=2028", headers=maker).status_code == 403
        assert client.get(f"{path}?year=2028", headers=group.headers).json()["kept"] is False
        other = client.post(f"{path}/refuse", json={**no, "year": 2029}, headers=maker)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/nothing_proposed")

    def test_of_an_unknown_country_or_another_year_is_refused(self, client: Client, group: Group) -> None:
        assert client.get("/v1/calendars/XX?year=2026", headers=group.headers).status_code == 422
        answer = edit(client, group.headers, MONDAY, year=2027, by=group.key(Permission.POOLS_WRITE))
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/day_of_another_year")

    def test_is_not_edited_by_who_only_reads(self, client: Client, group: Group) -> None:
        assert edit(client, group.key(Permission.RUNS_READ), MONDAY).status_code == 403

    def test_lists_what_stands_on_days_that_may_change(self, client: Client, group: Group) -> None:
        assert client.get("/v1/provisional-plans", headers=group.headers).json()["items"] == []


class TestRunsOnDaysThatMayChange:
    def test_warn_in_both_languages_and_are_listed_to_be_planned_again(
        self, client: Client, new_group: NewGroup
    ) -> None:
        group = new_group(datetime(2028, 1, 31, 1, tzinfo=UTC))
        headers = {**group.headers, "Idempotency-Key": "plan"}
        run = client.post("/v1/runs", json={"kind": "payout", "slot": "1045"}, headers=headers).json()
        (warning,) = run["warnings"]
        assert warning["code"] == "provisional_date"
        assert "2028 is not published yet" in warning["message_en"]
        assert "2028 年银行日历尚未公布" in warning["message_zh"]
        assert client.get(f"/v1/runs/{run['id']}", headers=headers).json()["warnings"] == [warning]
        assert client.get("/v1/runs", headers=headers).json()["items"][0]["warnings"] == [warning]
        (plan,) = client.get("/v1/provisional-plans?filter=kind:eq:run", headers=headers).json()["items"]
        assert (plan["subject"], plan["planned_on"], plan["resolved_at"]) == (run["id"], "2028-01-31", None)
        # The State Council makes the day a holiday: the run is named with where it belongs.
        changed = edit(client, group.headers, MONDAY, by=group.key(Permission.POOLS_WRITE)).json()
        assert changed["affected"] == [
            {"kind": "run", "subject": run["id"], "planned_on": "2028-01-31", "rolls_to": "2028-02-01"}
        ]

    def test_on_a_published_day_nothing_is_warned_of(self, client: Client, group: Group) -> None:
        headers = {**group.headers, "Idempotency-Key": "plan"}
        run = client.post("/v1/runs", json={"kind": "payout", "slot": "1045"}, headers=headers).json()
        assert run["warnings"] == []
        assert client.get("/v1/provisional-plans", headers=headers).json()["items"] == []
