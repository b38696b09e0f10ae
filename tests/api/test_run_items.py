"""Runs with items over HTTP: approved by digest, followed, a failed collection presented again."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn
from app.installation import Installation
from domain.access.rules import Permission
from domain.banking.channels.http import HttpChannel
from domain.platform.database import Database
from tests.api.groups import Client, Group, NewGroup
from tests.api.treasury import Treasury
from tests.domain.runs.world import World


@dataclass(frozen=True)
class Debits:
    """A treasury over HTTP, and the house and bank it belongs to."""

    treasury: Treasury
    world: World
    channel: HttpChannel
    hand: SimulatedBank

    def refused(self) -> int:
        """A collection that failed because the account was closed; its number."""
        number = self.world.numbers[self.world.others[0]]
        self.hand.open_accounts([AccountIn(number=number, name="x", currency="CNY", closed_on=self.world.today)])
        self.world.owe("a", "100.00")
        run = self.world.plan()
        self.world.execute(run, self.channel)
        self.hand.set_day(self.world.today)
        self.world.record(self.channel)
        (item,) = self.treasury.get(f"instructions?filter=run:eq:{run.public_id}")["items"]
        assert (item["state"], item["reason"]) == ("rejected", "AC04")
        return int(item["id"])


@pytest.fixture
def debits(client: Client, group: Group, database: Database, house: Installation) -> Iterator[Debits]:
    world = World(database, group.tenant_id, house.keys).furnish()
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        world.open_at(hand)
        yield Debits(Treasury.of(client, group), world, channel, hand)


class TestApproval:
    def test_above_the_limit_another_person_approves_exactly_what_was_seen(self, debits: Debits) -> None:
        debits.world.owe("a", "1000000.01")  # the limit is 1,000,000.00
        run = debits.world.plan()
        path = f"runs/{run.public_id}"
        shown = debits.treasury.get(path)
        assert (shown["state"], shown["totals"]) == ("frozen", [{"amount": "1000000.01", "currency": "CNY"}])
        assert debits.treasury.get(f"{path}/standing")["waiting"] == 1
        wrong = debits.treasury.post(f"{path}/approve", {"digest": "0" * 64})
        assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/digest_changed")
        assert debits.treasury.done(f"{path}/approve", {"digest": shown["digest"]})["state"] == "approved"

    def test_planning_is_not_approving(self, debits: Debits) -> None:
        debits.world.owe("a", "1000000.01")
        run = debits.world.plan()
        planner = debits.treasury.group.key(Permission.RUNS_PLAN, Permission.RUNS_READ)
        body = {"digest": debits.treasury.get(f"runs/{run.public_id}")["digest"]}
        assert debits.treasury.post(f"runs/{run.public_id}/approve", body, by=planner).status_code == 403

    def test_another_group_sees_neither_run_nor_items(
        self, client: Client, debits: Debits, new_group: NewGroup
    ) -> None:
        debits.world.owe("a", "100.00")
        run, stranger = debits.world.plan(), new_group().headers
        assert client.get("/v1/runs", headers=stranger).json()["items"] == []
        assert client.get("/v1/instructions", headers=stranger).json()["items"] == []
        for path in ("", "/standing", "/certificate"):
            assert client.get(f"/v1/runs/{run.public_id}{path}", headers=stranger).status_code == 404


class TestHistory:
    def test_tells_what_happened_alone_and_together(self, debits: Debits, new_group: NewGroup) -> None:
        path = f"instructions/{debits.refused()}/history"
        told = debits.treasury.get(path)
        assert [each["state"] for each in told] == ["locked", "submitted", "rejected"]
        assert (told[-1]["reason"], told[-1]["item_count"]) == ("AC04", 1)
        assert debits.treasury.client.get(f"/v1/{path}", headers=new_group().headers).status_code == 404


class TestPausing:
    def test_a_paused_run_sends_nothing_until_it_is_resumed(self, debits: Debits) -> None:
        debits.world.owe("a", "100.00")
        run = debits.world.plan()
        path, why = f"runs/{run.public_id}", {"reason": "wrong day"}
        reader = debits.treasury.group.key(Permission.RUNS_READ)
        assert debits.treasury.post(f"{path}/pause", why, by=reader).status_code == 403
        assert debits.treasury.done(f"{path}/pause", why)["paused_at"] is not None
        assert debits.world.execute(run, debits.channel).sendings == {}
        assert debits.treasury.done(f"{path}/resume", why)["paused_at"] is None
        assert debits.treasury.post(f"{path}/pause", {}).status_code == 422
        assert len(debits.world.execute(run, debits.channel).sendings) == 1


class TestRetryByHand:
    def test_a_failed_collection_is_presented_again_on_a_business_day(self, debits: Debits) -> None:
        path = f"instructions/{debits.refused()}/retry"
        saturday = debits.treasury.post(path, {"due_on": "2026-03-07"})
        assert (saturday.status_code, saturday.json()["type"]) == (422, "/problems/retry_day_refused")
        debits.treasury.done(f"{path}?dry_run=true", {"due_on": "2026-03-03"})
        assert debits.world.planned() == []
        assert debits.treasury.done(path, {"due_on": "2026-03-03"})["due_on"] == "2026-03-03"
        assert [str(day) for _, _, day in debits.world.planned()] == ["2026-03-03"]
        again = debits.treasury.post(path, {"due_on": "2026-03-04"})
        assert (again.status_code, again.json()["type"]) == (409, "/problems/retry_pending")

    def test_chosen_items_of_a_run_are_retried_together_and_once(self, debits: Debits) -> None:
        number = debits.refused()
        (run,) = debits.treasury.get("runs")["items"]
        path, body = f"runs/{run['id']}/retry", {"instruction_ids": [number], "due_on": "2026-03-03"}
        strange = debits.treasury.post(path, {**body, "instruction_ids": [number, number + 1]})
        assert strange.status_code == 404
        assert debits.treasury.done(path, body) == [{"instruction_id": number, "due_on": "2026-03-03"}]
        again = debits.treasury.post(path, body)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/retry_pending")

    def test_not_by_another_group_or_without_leave(self, debits: Debits, new_group: NewGroup) -> None:
        path, body = f"instructions/{debits.refused()}/retry", {"due_on": "2026-03-03"}
        assert debits.treasury.post(path, body, by=new_group().headers).status_code == 404
        reader = debits.treasury.group.key(Permission.RUNS_READ)
        assert debits.treasury.post(path, body, by=reader).status_code == 403
