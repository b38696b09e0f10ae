"""Pools that are evaluated by themselves: at cron times, and when a balance crosses a threshold."""

from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling.cron import MAX_TIMES_A_DAY, Cron
from domain.pooling.errors import BadCron
from domain.pooling.slots import NewSlot, cron_slots, evaluate_crossed, set_slots, slots_of, without_slots
from domain.pooling.tables import PoolStructure
from domain.values.money import CurrencyMismatch, Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import TREASURER, Desk, Fund

MONDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)


class TestCron:
    def test_gives_the_times_of_a_day(self) -> None:
        assert Cron.parse("0,30 11-12 * * *").times == [time(11), time(11, 30), time(12), time(12, 30)]
        assert Cron.parse("*/20 18 * * *").times == [time(18), time(18, 20), time(18, 40)]
        assert Cron.parse("5/25 9 * * *").times == [time(9, 5), time(9, 30), time(9, 55)]

    def test_falls_on_weekdays_and_days_of_the_month_either_where_both_are_named(self) -> None:
        assert Cron.parse("0 9 * * 1-5").falls_on(MONDAY)
        assert not Cron.parse("0 9 * * 1-5").falls_on(SATURDAY)
        assert Cron.parse("0 9 * * 7").falls_on(date(2026, 3, 1))  # 0 and 7 are Sunday
        assert Cron.parse("0 9 7 * 1").falls_on(SATURDAY)
        assert Cron.parse("0 9 7 * 1").falls_on(MONDAY)
        assert not Cron.parse("0 9 * 4 *").falls_on(MONDAY)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0 9 * *",
            "60 9 * * *",
            "0 24 * * *",
            "a 9 * * *",
            "0 9 0 * *",
            "5-1 9 * * *",
            "*/0 9 * * *",
            "- 9 * * *",
        ],
    )
    def test_refuses_what_is_no_expression(self, text: str) -> None:
        with pytest.raises(BadCron):
            Cron.parse(text)

    def test_refuses_the_small_hours_and_more_times_than_a_pool_can_use(self) -> None:
        with pytest.raises(BadCron, match="01:00 to 03:00"):
            Cron.parse("0 1-4 * * *")
        assert len(Cron.parse("*/5 9-10 * * *").times) == MAX_TIMES_A_DAY
        with pytest.raises(BadCron, match="more than 24"):
            Cron.parse("*/5 9-11 * * *")

    @given(st.text(alphabet="0123456789*/,- ", max_size=20))
    def test_never_fails_otherwise(self, text: str) -> None:
        with suppress(BadCron):
            assert Cron.parse(text).times


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


@pytest.fixture
def pool(desk: Desk) -> PoolStructure:
    return desk.pool()


def put(desk: Desk, pool: PoolStructure, *slots: NewSlot) -> None:
    set_slots(desk.session, structure_id=pool.id, slots=slots, actor=TREASURER, clock=desk.clock)


class TestSlots:
    def test_replace_those_before_and_take_the_pool_out_of_the_evening(self, desk: Desk, pool: PoolStructure) -> None:
        assert without_slots(desk.session) == [pool.id]
        put(desk, pool, NewSlot("noon", cron="0 12 * * *"), NewSlot("high", threshold=Money.of("50.00", "CNY")))
        put(desk, pool, NewSlot("noon", cron="30 11 * * *"))
        assert [slot.name for slot in slots_of(desk.session, pool.id)] == ["noon"]
        assert [slot.cron.times for slot in cron_slots(desk.session)] == [[time(11, 30)]]
        assert without_slots(desk.session) == []

    def test_of_bad_times_or_another_currency_are_refused(self, desk: Desk, pool: PoolStructure) -> None:
        with pytest.raises(BadCron):
            put(desk, pool, NewSlot("x", cron="whenever"))
        with pytest.raises(CurrencyMismatch):
            put(desk, pool, NewSlot("x", threshold=Money.of("1.00", "USD")))


class TestABalance:
    def test_that_crosses_the_threshold_by_a_statement_is_swept_once(self, desk: Desk, pool: PoolStructure) -> None:
        shop = desk.chain.accounts["1"]
        put(desk, pool, NewSlot("high", threshold=Money.of("50.00", "CNY")))
        desk.state(shop, "30.00")
        assert evaluate_crossed(desk.session, clock=desk.clock) == []
        desk.state(shop, "25.00")
        (proposal,) = evaluate_crossed(desk.session, clock=desk.clock)
        assert (proposal.slot, proposal.up_minor) == ("high-0100", 5500)
        assert evaluate_crossed(desk.session, clock=desk.clock) == []

    def test_that_was_above_before_is_no_event(self, desk: Desk, pool: PoolStructure) -> None:
        shop = desk.chain.accounts["1"]
        desk.fund(shop, "60.00")
        put(desk, pool, NewSlot("high", threshold=Money.of("50.00", "CNY")))
        desk.state(shop, "25.00")
        assert evaluate_crossed(desk.session, clock=desk.clock) == []
