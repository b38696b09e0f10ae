"""The sandbox's clock over HTTP."""

from datetime import date, datetime
from typing import Any

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.values.actor import Actor
from tests.api.groups import Client, Group


def move(client: Client, group: Group, to: str) -> Any:  # noqa: ANN401
    return client.post("/v1/sandbox/clock", json={"to": to}, headers=group.headers)


def test_the_clock_stands_until_it_is_moved(client: Client, group: Group) -> None:
    shown = client.get("/v1/sandbox/clock", headers=group.headers).json()
    assert shown == {"now": "2026-03-02T01:00:00Z", "today": "2026-03-02", "zone": "Asia/Shanghai", "sandbox": True}
    # 17:00 in London is the next day in Beijing
    assert move(client, group, "2026-03-04T17:00:00Z").json()["today"] == "2026-03-05"
    assert client.get("/v1/sandbox/clock", headers=group.headers).json()["today"] == "2026-03-05"


def test_the_clock_does_not_go_back(client: Client, group: Group) -> None:
    answer = move(client, group, "2026-03-01T00:00:00Z")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/clock_moves_forward")


@pytest.mark.parametrize(("to", "status"), [("2026-06-02T01:00:00Z", 200), ("2026-06-02T01:00:01Z", 422)])
def test_a_leap_is_92_days_at_most(client: Client, group: Group, to: str, status: int) -> None:
    # 29 days of March after the 2nd, 30 of April, 31 of May, 2 of June: 92
    assert move(client, group, to).status_code == status


def test_the_days_in_between_are_lived_by_what_the_application_was_composed_with(
    house: Installation, group: Group
) -> None:
    asked: list[tuple[int, datetime, str]] = []

    def advance(tenant_id: int, to: datetime, actor: Actor) -> date:
        asked.append((tenant_id, to, actor.kind))
        return to.date()

    composed = Installation(database=house.database, keys=house.keys, advance_sandbox=advance)
    with TestClient(create_app(composed)) as client:
        assert move(client, group, "2026-03-04T00:00:00Z").status_code == 200
    assert asked == [(group.tenant_id, datetime.fromisoformat("2026-03-04T00:00:00Z"), "key")]
