"""Retries at a real bank: only what lacked funds, never twice, and only while it is owed."""

from datetime import date

import pytest
from sqlalchemy import text

from app.bank_simulator.structs import AccountIn, DepositIn
from domain.collection.mandates import reinstate_mandates
from domain.runs import service as runs
from domain.runs.errors import RetryPending

from .conftest import Bank
from .world import CHECKER, World, cny

TUESDAY, FRIDAY, NEXT_MONDAY = date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 9)


def live(world: World, bank: Bank, on: date) -> runs.Recorded:
    """A day of debits: planned, sent, answered."""
    world.today = on
    bank.hand.set_day(on)
    run = world.plan()
    if run.item_count:
        world.execute(run, bank.channel)
    bank.hand.set_day(on)
    return world.record(bank.channel)


def give(world: World, bank: Bank, who: int, amount: str, on: date) -> None:
    account = world.numbers[world.others[who]]
    bank.hand.deposit([DepositIn(reference=f"G{who}{on}", account=account, amount=amount, on=on)])


class TestShortOfFunds:
    def test_is_tried_three_times_in_a_week_then_presented_anew_until_it_is_paid(
        self, world: World, bank: Bank
    ) -> None:
        world.owe("a", "1500.00")  # the debtor has 1,000.00
        assert live(world, bank, world.today).retries_planned == 1
        assert world.planned() == [("a", 2, TUESDAY)]
        live(world, bank, TUESDAY)
        assert world.planned() == [("a", 3, FRIDAY)]
        live(world, bank, FRIDAY)
        assert world.planned() == [("a", 4, NEXT_MONDAY)]
        give(world, bank, 0, "500.00", NEXT_MONDAY)
        assert live(world, bank, NEXT_MONDAY).settled == 1
        assert world.states("a") == ["rejected", "rejected", "rejected", "settled"]
        assert [row.attempt for row in world.items()] == [1, 2, 3, 4]
        assert world.planned() == []
        assert world.cash() == "1500.00"

    def test_takes_what_is_owed_on_the_day_of_the_retry(self, world: World, bank: Bank) -> None:
        world.owe("a", "1500.00")
        live(world, bank, world.today)
        world.reduce("a", "700.00")  # the debtor paid 800.00 by itself
        live(world, bank, TUESDAY)
        assert world.cash() == "700.00"

    def test_is_not_tried_once_nothing_is_owed(self, world: World, bank: Bank) -> None:
        world.owe("a", "1500.00")
        live(world, bank, world.today)
        world.pay_off("a")
        live(world, bank, TUESDAY)
        assert world.states("a") == ["rejected"]

    def test_says_so_in_the_event_of_the_failure(self, world: World, bank: Bank) -> None:
        world.owe("a", "1500.00")
        live(world, bank, world.today)
        with world.session() as session:
            told = session.execute(
                text("SELECT payload FROM outbox_event WHERE tenant_id = :t AND kind = 'collection.failed'"),
                {"t": world.tenant_id},
            ).scalar_one()
        assert (told["will_attempt_retry"], told["next_attempt_on"]) == (True, "2026-03-03")

    def test_is_planned_once_however_often_it_is_told(self, world: World, bank: Bank) -> None:
        world.owe("a", "1500.00")
        live(world, bank, world.today)
        with world.session() as session:
            assert runs.plan_retries(session, world.booked, clock=world.clock) == {}
        assert len(world.planned()) == 1


class TestOtherReasons:
    def test_a_closed_account_is_never_tried_again_and_its_mandate_is_suspended(self, world: World, bank: Bank) -> None:
        account = AccountIn(number=world.numbers[world.others[0]], name="客户", currency="CNY", closed_on=world.today)
        bank.hand.open_accounts([account])
        world.owe("a", "100.00")
        world.owe("b", "100.00", who=1)
        recorded = live(world, bank, world.today)
        assert (recorded.rejected, recorded.retries_planned, recorded.mandates_suspended) == (1, 0, 1)
        live(world, bank, TUESDAY)
        assert world.states("a") == ["rejected"]


class TestByHand:
    def test_a_person_may_present_again_what_is_not_tried_by_itself(self, world: World, bank: Bank) -> None:
        number = world.numbers[world.others[0]]
        closed = AccountIn(number=number, name="客户", currency="CNY", closed_on=world.today)
        bank.hand.open_accounts([closed])
        world.owe("a", "100.00")
        live(world, bank, world.today)
        bank.hand.open_accounts([AccountIn(number=number, name="客户", currency="CNY", closed_on=None)])
        with world.session() as session:
            reinstate_mandates(session, world.mandates[:1], reason="called", actor=CHECKER, clock=world.clock)
            (failed,) = world.items()
            runs.retry_by_hand(session, failed.id, due_on=TUESDAY, actor=CHECKER, clock=world.clock)
        assert live(world, bank, TUESDAY).settled == 1

    def test_is_refused_while_a_retry_is_pending(self, world: World, bank: Bank) -> None:
        world.owe("a", "1500.00")
        live(world, bank, world.today)
        (failed,) = world.items()
        with pytest.raises(RetryPending), world.session() as session:
            runs.retry_by_hand(session, failed.id, due_on=TUESDAY, actor=CHECKER, clock=world.clock)


def test_golden_week_waits_for_the_eighth_of_october(world: World, bank: Bank) -> None:
    world.today = date(2026, 9, 30)
    world.owe("a", "1500.00")
    live(world, bank, world.today)
    assert world.planned() == [("a", 2, date(2026, 10, 8))]
    for day in (date(2026, 10, 1), date(2026, 10, 7)):
        live(world, bank, day)
    assert world.states("a") == ["rejected"]
    give(world, bank, 0, "500.00", date(2026, 10, 8))
    live(world, bank, date(2026, 10, 8))
    assert world.states("a") == ["rejected", "settled"]
    assert cny(world.cash()) == cny("1500.00")
