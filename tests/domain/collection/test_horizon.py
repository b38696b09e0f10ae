"""Dues found by their day while nothing but the ordinary happens to them, and by themselves when something does."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import CERTAIN_BP, FaultPlan
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.collection import horizon
from domain.collection.check import check_collection
from domain.collection.dues import due_debits
from domain.collection.tables import Due
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.runs.states import RunKind
from tests.domain.runs.conftest import Bank
from tests.domain.runs.world import MONDAY, cny

from .entrusted import Entrusted

KEYS = KeyRing.generate()
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))


@pytest.fixture
def house(database: Database, tenant_id: int) -> Entrusted:
    return Entrusted(database, tenant_id, KEYS).entrust()


@pytest.fixture
def bank(house: Entrusted) -> Iterator[Bank]:
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        house.open_client_at(hand)
        yield Bank(channel, hand)


def due_on(house: Entrusted, day: date) -> list[str]:
    """The remittances of what would be debited."""
    with house.session() as session:
        return [row.remittance for row in session.execute(due_debits(session, day))]


def leave_behind(house: Entrusted, day: date) -> None:
    with house.session() as session:
        horizon.leave_days_behind(session, day)


def apart(house: Entrusted) -> int:
    """How many dues are found by themselves."""
    with house.session() as session:
        found = select(col(Due.id)).where(Due.tenant_id == house.tenant_id, col(Due.ordinary).is_(False))
        return len(session.exec(found).all())


def test_a_due_that_payers_were_told_of_is_found_by_its_day(house: Entrusted) -> None:
    house.bill("100.00")
    assert apart(house) == 1
    house.morning()
    assert apart(house) == 0
    assert len(due_on(house, MONDAY)) == 1


def test_what_no_run_took_on_its_day_is_found_on_every_later_one(house: Entrusted) -> None:
    house.bill("100.00", "200.00")
    house.morning()
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        leave_behind(house, day)
        assert len(due_on(house, day)) == 2
    # Monday was left behind on Wednesday: with a day between, because answers come in the evening.
    assert apart(house) == 2


def test_days_are_left_behind_in_one_direction(house: Entrusted) -> None:
    house.bill("100.00")
    house.morning()
    leave_behind(house, THURSDAY)
    leave_behind(house, TUESDAY)
    with house.session() as session:
        assert horizon.open_from(session) == WEDNESDAY
    assert len(due_on(house, THURSDAY)) == 1


def test_told_after_its_day_was_left_behind_it_is_found_all_the_same(house: Entrusted) -> None:
    leave_behind(house, THURSDAY)
    house.bill("100.00", on=MONDAY)
    house.morning()
    assert (apart(house), len(due_on(house, THURSDAY))) == (1, 1)


def test_what_comes_back_is_found_whatever_was_left_behind(house: Entrusted) -> None:
    faults = FaultPlan(late_return_bp=CERTAIN_BP)
    with running_bank(faults=faults) as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        bank = Bank(channel, hand)
        house.open_client_at(hand)
        (due,) = house.bill("100.00")
        house.collect(bank)
        leave_behind(house, MONDAY + timedelta(days=30))
        assert apart(house) == 0
        while house.due_states([due]) == ["collected"]:
            house.today += timedelta(days=1)
            hand.set_day(house.today)
            house.record(channel)
    assert house.due_states([due]) == ["returned"]
    assert len(due_on(house, house.today)) == 1


def test_what_was_paid_late_is_put_away_with_its_day(house: Entrusted, bank: Bank) -> None:
    house.bill("100.00")
    house.morning()
    leave_behind(house, WEDNESDAY)
    assert apart(house) == 1
    house.today = WEDNESDAY
    assert house.send(bank, RunKind.DEBIT, "0800").settled == 1
    leave_behind(house, THURSDAY)
    assert (apart(house), due_on(house, THURSDAY)) == (0, [])


def test_a_due_that_no_run_would_find_is_a_difference(house: Entrusted) -> None:
    (due,) = house.bill("100.00")
    house.morning()
    leave_behind(house, THURSDAY)
    with house.session() as session:
        assert check_collection(session) == []
        session.execute(text("UPDATE collection_due SET ordinary = true"))
        assert [(each.what, each.subject) for each in check_collection(session)] == [
            ("a due that no run would find", str(due))
        ]
        session.rollback()


def test_collecting_touches_no_index(house: Entrusted, bank: Bank) -> None:
    house.bill(*["10.00"] * 50)
    house.morning()
    before = _updates(house)
    assert house.send(bank, RunKind.DEBIT, "0800").settled == 50
    after = _updates(house)
    assert (after[0] - before[0], after[1] - before[1]) == (50, 50)
    assert house.held() == str(cny("500.00").amount)


def _updates(house: Entrusted) -> tuple[int, int]:
    with house.session() as session:
        session.execute(text("SELECT pg_stat_force_next_flush()"))
    with house.session() as session:
        counted = text("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'collection_due'")
        row = session.execute(counted).one()
        return row.n_tup_upd, row.n_tup_hot_upd
