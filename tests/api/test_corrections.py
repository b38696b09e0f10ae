"""Corrections over HTTP: proposed by one, approved by another, for exactly what was seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.installation import Installation
from domain.banking.channels.http import HttpChannel
from domain.platform.database import Database
from tests.api.groups import Client, Group
from tests.api.treasury import Treasury
from tests.domain.collection.entrusted import Entrusted
from tests.domain.runs.conftest import Bank
from tests.domain.runs.world import World


@dataclass(frozen=True)
class Desk:
    treasury: Treasury
    world: World
    debit: int


@pytest.fixture
def desk(client: Client, group: Group, database: Database, house: Installation) -> Iterator[Desk]:
    """A debit of 100.00 that settled today."""
    world = World(database, group.tenant_id, house.keys).furnish()
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        world.open_at(hand)
        world.owe("a", "100.00")
        world.execute(world.plan(), channel)
        hand.set_day(world.today)
        world.record(channel)
        yield Desk(Treasury.of(client, group), world, int(world.items()[0].id))


def asked(desk: Desk, amount: str = "100.00", total: str = "100.00") -> dict[str, Any]:
    def money(digits: str) -> dict[str, str]:
        return {"amount": digits, "currency": "CNY"}

    return {
        "instruction_id": desk.debit,
        "amount": money(amount),
        "expected_total": money(total),
        "reason": "AM05",
    }


def test_a_reversal_is_proposed_by_one_and_approved_by_another(desk: Desk) -> None:
    proposed = desk.treasury.post("corrections", asked(desk)).json()
    assert (proposed["state"], proposed["amount"]["amount"]) == ("proposed", "100.00")
    path = f"corrections/{proposed['id']}"
    wrong = desk.treasury.post(f"{path}/approve", {"digest": "0" * 64})
    assert wrong.json()["type"] == "/problems/digest_changed"
    same = desk.treasury.post(f"{path}/approve", {"digest": proposed["digest"]})
    assert same.json()["type"] == "/problems/same_person"
    assert desk.treasury.get(path)["state"] == "proposed"
    yes = desk.treasury.done(f"{path}/approve", {"digest": proposed["digest"]}, by=desk.treasury.checker)
    assert (yes["state"], yes["method"], yes["not_before"]) == ("approved", "reversal", "2026-03-02")
    assert [each["id"] for each in desk.treasury.get("corrections?filter=state:eq:approved")["items"]] == [
        proposed["id"]
    ]


def test_a_total_that_differs_is_refused_with_both(desk: Desk) -> None:
    refused = desk.treasury.post("corrections", asked(desk, total="120.00"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/refund_total_differs")


def test_a_purpose_that_names_no_funds_is_only_given_back_whole(desk: Desk) -> None:
    refused = desk.treasury.post("corrections", asked(desk, "40.00", "40.00"))
    assert refused.json()["type"] == "/problems/no_refund_funds"


def test_a_proposal_can_be_withdrawn_and_made_anew(desk: Desk) -> None:
    proposed = desk.treasury.post("corrections", asked(desk)).json()
    refusal = {"digest": proposed["digest"], "reason": "not a duplicate"}
    assert desk.treasury.post(f"corrections/{proposed['id']}/withdraw", refusal).json()["state"] == "withdrawn"
    assert desk.treasury.post("corrections", asked(desk)).json()["state"] == "proposed"


def test_over_debits_are_listed(desk: Desk) -> None:
    assert desk.treasury.get("over-debits")["items"] == []


def test_a_part_of_an_entrusted_due_goes_back_out_of_what_is_held_for_its_client(
    client: Client, group: Group, database: Database, house: Installation
) -> None:
    world = Entrusted(database, group.tenant_id, house.keys).entrust()
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        bank = Bank(channel, hand)
        world.open_client_at(hand)
        world.bill("100.00")
        world.collect(bank)
    desk = Desk(Treasury.of(client, group), world, int(world.items()[0].id))
    proposed = desk.treasury.done("corrections", asked(desk, "30.00", "30.00"))
    assert (proposed["method"], proposed["not_before"]) == ("transfer", "2026-03-09")  # 2 March + 7 days
    path, seen = f"corrections/{proposed['id']}/approve", {"digest": proposed["digest"]}
    assert desk.treasury.done(path, seen, by=desk.treasury.checker)["state"] == "approved"
    assert world.held() == "70.00"
    (claim,) = desk.treasury.get("collection/claims")["items"]
    assert (claim["amount"]["amount"], claim["paid_by"], claim["recovered_by"]) == ("30.00", None, None)
    more = desk.treasury.post("corrections", asked(desk, "80.00", "110.00"))
    assert (more.status_code, more.json()["type"]) == (409, "/problems/correction_under_way")
