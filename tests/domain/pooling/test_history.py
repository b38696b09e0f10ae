"""What simulator, forecast and shadow report read of a pool; none of them writes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import func, select

from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling.errors import PeriodTooLong
from domain.pooling.history import MAX_DAYS, forecast_pool, replay_pool, shadow_report
from domain.pooling.structures import NewMember, PoolTerms
from domain.pooling.tables import Sweep, Taking, TakingsImport
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import TODAY, WORKED, ZERO, Desk, Fund, fen

THREE_DAYS_AGO = TODAY - timedelta(days=3)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    desk = Desk(session, chain, clock, fund)
    desk.fund(chain.accounts["1"], "100.00", TODAY - timedelta(days=10))
    desk.state(chain.accounts["1"], "60000.00", THREE_DAYS_AGO)
    desk.state(chain.accounts["2"], "500.00", YESTERDAY)
    return desk


class TestTheSimulator:
    def test_replays_what_statements_told_without_touching_the_books(self, desk: Desk) -> None:
        pool = desk.pool()
        run = replay_pool(desk.session, pool, since=THREE_DAYS_AGO, until=YESTERDAY, header_rate=Decimal("0.036"))
        assert [day.up for day in run.days] == [fen("60100.00"), 0, fen("500.00")]
        assert run.days[0].gained == fen("60100.00") * Decimal("0.036") / 360
        assert desk.booked(pool)[desk.chain.accounts["1"]] == "60100.00"
        sweeps = select(func.count()).select_from(Sweep).where(Sweep.tenant_id == desk.session.tenant_id)
        assert desk.session.exec(sweeps).one() == 0

    def test_tries_other_members_and_terms(self, desk: Desk) -> None:
        pool = desk.pool()
        # a target of 50,000 and lots of 10,000: of 60,100 goes 10,000, which is below the minimum of 20,000
        run = replay_pool(
            desk.session,
            pool,
            since=THREE_DAYS_AGO,
            until=YESTERDAY,
            header_rate=Decimal(0),
            terms=PoolTerms(floor=Money.zero("CNY"), up_rate=Decimal("0.01")),
            members=[NewMember(account_id=desk.chain.accounts["1"], terms=WORKED)],
        )
        assert [(day.made, day.failed, day.idle) for day in run.days] == [(0, 1, fen("60100.00"))] * 3

    def test_works_out_a_year_at_a_time(self, desk: Desk) -> None:
        pool = desk.pool()
        with pytest.raises(PeriodTooLong):
            replay_pool(
                desk.session,
                pool,
                since=YESTERDAY - timedelta(days=MAX_DAYS),
                until=YESTERDAY,
                header_rate=Decimal(0),
            )


class TestTheForecast:
    def test_is_what_there_is_and_what_such_a_weekday_brings(self, desk: Desk) -> None:
        pool = desk.pool()
        tuesday = TODAY + timedelta(days=1)
        for weeks, amount in ((1, 700_00), (2, 900_00)):
            self.take(desk, tuesday - timedelta(days=7 * weeks), amount)
        self.take(desk, tuesday - timedelta(days=6), 99_00)  # a Wednesday
        found = forecast_pool(desk.session, pool, TODAY)
        # 60,100 + 500 are there, (700 + 900) / 2 come
        assert (found.on, found.weeks) == (tuesday, 2)
        assert (str(found.available.amount), str(found.takings.amount)) == ("60600.00", "800.00")
        assert str(found.expected.amount) == "61400.00"

    def test_counts_a_sweep_on_its_way_once(self, desk: Desk) -> None:
        pool = desk.pool(ZERO)
        desk.evaluate(pool)
        desk.gather()
        found = forecast_pool(desk.session, pool, TODAY)
        assert (str(found.available.amount), str(found.sweeps_under_way.amount)) == ("60600.00", "60600.00")

    def take(self, desk: Desk, on: date, minor: int) -> None:
        imported = TakingsImport(
            tenant_id=desk.session.tenant_id,
            created_at=desk.clock.now(),
            file_name="t",
            digest=b"",
            currency="CNY",
            rows_read=0,
            rows_outside=0,
            rows_known=0,
            rows_taken=0,
            rows_refused=0,
            refused=[],
            made_by="t",
        )
        desk.session.add(imported)
        desk.session.flush()
        taking = Taking(
            tenant_id=desk.session.tenant_id,
            reference=f"TK{on:%Y%m%d}-1",
            branch_id=desk.chain.shops["1"],
            taken_on=on,
            amount_minor=minor,
            currency="CNY",
            import_id=imported.id,
        )
        desk.session.add(taking)
        desk.session.flush()


def test_the_shadow_report_sets_balances_off_night_by_night(desk: Desk) -> None:
    desk.state(desk.chain.accounts["3"], "-600.00", YESTERDAY)
    rates = {"credit_rate": Decimal("0.0036"), "debit_rate": Decimal("0.036")}
    report = shadow_report(desk.session, desk.pool(), since=YESTERDAY, until=YESTERDAY, **rates)
    # alone 60,600 x 0.36 % / 360 - 600 x 3.6 % / 360 = 0.606 - 0.06; set off 60,000 x 0.36 % / 360 = 0.60
    assert report[YESTERDAY].alone == Decimal("54.6")
    assert report[YESTERDAY].benefit == Decimal("5.4")
