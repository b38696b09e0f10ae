"""Retries, returns, finality (rules/pooling-and-collection.md), as their table says, from the bank's own answers."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import text

from domain.banking.inbox import store_answer
from domain.banking.instructions import settle_finally
from domain.banking.messages.model import ItemStatus, StatusReport
from domain.banking.messages.pain002 import write_status_report
from domain.banking.references import bank_message_id, end_to_end_id
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.runs import service as runs

from .conftest import Bank
from .world import MONDAY, World

TUESDAY = date(2026, 3, 3)
# Only the insufficient-funds class is tried again; no or withdrawn mandate and a wrong or closed account stop it.
TABLE = {
    "AM04": (True, "active"),
    "AC01": (False, "suspended"),
    "AC04": (False, "suspended"),
    "AC06": (False, "suspended"),
    "MD01": (False, "suspended"),
    "MD06": (False, "active"),
    "381:RJ99": (False, "active"),  # the bank's own code: nobody guesses
}


@pytest.fixture
def world(database: Database, tenant_id: int, keys: KeyRing) -> World:
    return World(database, tenant_id, keys).furnish(debtors=len(TABLE))


def told(world: World, items: Sequence[ItemStatus]) -> runs.Recorded:
    """The bank's report on the first message."""
    with world.session() as session:
        number = session.execute(
            text("SELECT min(number) FROM bank_message WHERE tenant_id = :t"), {"t": world.tenant_id}
        ).scalar_one()
        out = BytesIO()
        report = StatusReport(
            "RPT-1", world.clock.now(), bank_message_id(world.tenant_id, number), "pain.008.001.08", "PART", items
        )
        write_status_report(report, out)
        store_answer(session, "test", out.getvalue(), keys=world.keys, clock=world.clock)
    return runs.record_stored(world.database, world.tenant_id, keys=world.keys, clock=world.clock, owners=world.owners)


def sent(world: World, bank: Bank, *keys: str) -> dict[str, str]:
    """Debits at the bank, a debtor each; their end-to-end ids."""
    for who, key in enumerate(keys):
        world.owe(key, who=who)
    world.execute(world.plan(), bank.channel)
    return {row.obligation_key: end_to_end_id(world.tenant_id, row.id) for row in world.items()}


def mandate_states(world: World) -> list[str]:
    statement = text("SELECT state FROM mandate WHERE tenant_id = :t ORDER BY reference")
    with world.session() as session:
        return list(session.execute(statement, {"t": world.tenant_id}).scalars())


def test_what_each_reason_means_for_retry_and_mandate(world: World, bank: Bank) -> None:
    references = sent(world, bank, *TABLE)
    recorded = told(world, [ItemStatus(references[reason], "RJCT", reason) for reason in TABLE])
    assert (recorded.rejected, recorded.retries_planned, recorded.mandates_suspended) == (7, 1, 4)
    assert world.planned() == [("AM04", 2, TUESDAY)]
    assert dict(zip(TABLE, mandate_states(world), strict=True)) == {
        reason: state for reason, (_, state) in TABLE.items()
    }


def test_a_reason_of_the_banks_own_is_shown_to_a_person(world: World, bank: Bank) -> None:
    references = sent(world, bank, "a", "b")
    told(world, [ItemStatus(references["a"], "RJCT", "381:RJ99"), ItemStatus(references["b"], "RJCT", "AM04")])
    statement = text("SELECT kind, facts ->> 'reason' FROM bank_exception WHERE tenant_id = :t")
    with world.session() as session:
        assert [tuple(row) for row in session.execute(statement, {"t": world.tenant_id})] == [
            ("unknown_reason", "381:RJ99")
        ]


def test_collected_is_final_after_the_window_of_the_bank(world: World, bank: Bank) -> None:
    references = sent(world, bank, "a")
    told(world, [ItemStatus(references["a"], "ACSC", None, MONDAY)])
    assert world.items()[0].final_on == date(2026, 3, 9)  # 2 March + 7 days
    for day, state in ((date(2026, 3, 8), "settled"), (date(2026, 3, 9), "final")):
        with world.session() as session:
            settle_finally(session, on=day, clock=world.clock)
        assert world.states("a") == [state]
