"""A pool explained: positions from sweeps, interest from periods, back-values apart, all of it what the books hold."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from app.api.pool_explanations_dto import pool_explanation_view
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling.explaining import ExplainedLeg, explain_legs, legs_of_account
from domain.pooling.explanation import Bearing, Period
from domain.pooling.revaluation import correct_value_date, propose_correction
from domain.pooling.settlements import propose_settlement, settle_interest
from domain.pooling.states import MovementKind, SettlementMode
from domain.pooling.tables import PoolLeg
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import CHECKER, TODAY, TREASURER, Desk, Fund
from tests.domain.pooling.test_interest import LAST_DAY, RATES, change_rates, close_until


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


def day(number: int) -> date:
    """The days of the story: the first is 0."""
    return TODAY + timedelta(days=number)


def explained(desk: Desk, as_of: date, shop: str = "1") -> ExplainedLeg:
    desk.session.expire_all()
    (leg,) = explain_legs(desk.session, legs_of_account(desk.session, desk.chain.accounts[shop]), as_of).legs
    return leg


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def told(period: Period) -> tuple[date, date, str, str, int, str]:
    principal, rate = str(period.principal.amount), str(period.rate.normalize())
    return period.start, period.end, principal, rate, period.version, str(period.amount.amount)


class TestInterest:
    def test_is_told_by_periods_that_come_to_what_nights_accrued(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        desk.fund(desk.chain.accounts["2"], "-400000.00")
        desk.sweep(desk.pool(rates=RATES))
        close_until(desk, LAST_DAY)
        up, down = explained(desk, LAST_DAY), explained(desk, LAST_DAY, "2")
        # 1,200,000 x 1.35 % x 30 / 360 = 1,350.00; 400,000 x 3.00 % x 30 / 360 = 1,000.00
        assert [told(each) for each in up.explanation.periods] == [
            (day(0), day(30), "1200000.00", "0.0135", 1, "1350.00")
        ]
        assert [told(each) for each in down.explanation.periods] == [
            (day(0), day(30), "400000.00", "0.03", 1, "1000.00")
        ]
        assert down.explanation.periods[0].bearing is Bearing.OWED
        assert (up.booked.earned, down.booked.owed) == (cny("1350.00"), cny("1000.00"))
        assert (up.explanation.position, down.explanation.position) == (cny("1200000.00"), cny("-400000.00"))
        assert up.proved
        assert down.proved

    def test_of_a_past_date_knows_nothing_of_what_came_after_it(self, desk: Desk) -> None:
        pool = desk.pool(rates=RATES)
        desk.fund(desk.chain.accounts["1"], "600000.00")
        desk.sweep(pool, "noon")
        close_until(desk, day(9))
        desk.fund(desk.chain.accounts["1"], "300000.00")
        desk.sweep(pool, on=day(10))
        close_until(desk, day(10))
        earlier = explained(desk, day(9))
        # 600,000 x 1.35 % x 10 / 360 = 225.00
        assert (earlier.explanation.position, earlier.booked.earned) == (cny("600000.00"), cny("225.00"))
        assert earlier.proved
        # and 900,000 x 1.35 % x 1 / 360 = 33.75
        assert [told(each) for each in explained(desk, day(10)).explanation.periods] == [
            (day(0), day(10), "600000.00", "0.0135", 1, "225.00"),
            (day(10), day(11), "900000.00", "0.0135", 1, "33.75"),
        ]

    def test_names_the_version_whose_rate_each_period_bore(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        pool = desk.pool(rates=RATES)
        desk.sweep(pool)
        change_rates(desk, pool, day(10), up="0.027")
        close_until(desk, day(19))
        found = explained(desk, day(19))
        # ten days at 1.35 % are 450.00, ten at 2.70 % are 900.00
        assert [told(each) for each in found.explanation.periods] == [
            (day(0), day(10), "1200000.00", "0.0135", 1, "450.00"),
            (day(10), day(20), "1200000.00", "0.027", 2, "900.00"),
        ]
        assert found.proved

    def test_carries_the_residue_of_rounding(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1000.10")
        desk.sweep(desk.pool(rates=RATES))
        close_until(desk, LAST_DAY)
        (period,) = explained(desk, LAST_DAY).explanation.periods
        # 1,000.10 x 1.35 % x 30 / 360 = 1.1251125: 1.13 is booked, 0.0048875 too much so far   (R16)
        assert (period.amount, period.exact, period.residue) == (
            *(cny("1.13"), Decimal("1.1251125"), Decimal("-0.0048875")),
        )


class TestBackValue:
    def corrected(self, desk: Desk) -> UUID:
        desk.fund(desk.chain.accounts["1"], "200000.00")
        proposal = desk.sweep(desk.pool(rates=RATES), on=day(5))
        close_until(desk, day(9))
        sweep = desk.sweeps(proposal)[0]
        word = {"sweep_id": sweep.id, "value_date": TODAY, "reason": "bank notice", "clock": desk.clock}
        propose_correction(desk.session, actor=TREASURER, **word)  # type: ignore[arg-type]
        return correct_value_date(desk.session, actor=CHECKER, **word).id  # type: ignore[arg-type]

    def test_is_told_apart_from_what_the_sweep_bore_by_its_first_date(self, desk: Desk) -> None:
        correction = self.corrected(desk)
        found = explained(desk, day(9))
        # 200,000 x 1.35 % x 5 / 360 = 37.50 from the sixth day on, and 37.50 for being five days older
        assert [(told(each), each.found_by, each.rules[0]) for each in found.explanation.periods] == [
            ((day(5), day(10), "200000.00", "0.0135", 1, "37.50"), None, "Sweeps"),
            ((day(0), day(5), "200000.00", "0.0135", 1, "37.50"), correction, "Back-value"),
        ]
        assert [(row.was_valued_on, row.valued_on, row.earned_minor) for row in found.corrections] == [
            (day(5), TODAY, 37_50)
        ]
        assert [move.kind for move in found.explanation.moves] == [
            *(MovementKind.REVALUED_TO, MovementKind.EXECUTED, MovementKind.REVALUED_FROM)
        ]
        assert found.explanation.position == cny("200000.00")
        assert found.proved

    def test_is_shown_with_the_sweep_whose_date_was_another(self, desk: Desk) -> None:
        self.corrected(desk)
        legs = legs_of_account(desk.session, desk.chain.accounts["1"])
        (leg,) = pool_explanation_view(explain_legs(desk.session, legs, day(9))).items
        first, difference = leg.periods
        assert (first.corrects, difference.corrects, difference.rules) == (
            *(None, leg.corrections[0].sweep_id, ["Back-value", "R2", "R16"]),
        )
        assert (leg.accrued.earned.amount, leg.unexplained.earned.amount, leg.proved) == ("75.00", "0.00", True)


class TestProof:
    def swept(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        desk.sweep(desk.pool(rates=RATES))
        close_until(desk, LAST_DAY)

    def test_holds_after_interest_was_added_to_the_position(self, desk: Desk) -> None:
        self.swept(desk)
        pool = desk.session.exec(select(PoolLeg.structure_id).where(PoolLeg.tenant_id == desk.session.tenant_id)).one()
        mode = SettlementMode.CAPITALISED
        digest = propose_settlement(desk.session, structure_id=pool, mode=mode, actor=TREASURER, clock=desk.clock)
        settle_interest(desk.session, structure_id=pool, mode=mode, digest=digest, actor=CHECKER, clock=desk.clock)
        found = explained(desk, LAST_DAY)
        assert (found.settled.earned, found.explanation.position) == (cny("1350.00"), cny("1201350.00"))
        assert found.proved

    def test_names_what_was_altered(self, desk: Desk) -> None:
        self.swept(desk)
        altered = "UPDATE pool_leg SET earned_minor = earned_minor + 1 WHERE tenant_id = :tenant"
        desk.session.execute(text(altered), {"tenant": desk.session.tenant_id})
        assert explained(desk, LAST_DAY).differences == (
            "earned: explained 1,350.00 CNY, accrued 1,350.01 CNY",
            "ic_interest_receivable: explained 1,350.01 CNY, ledger 1,350.00 CNY",
        )
        moved = "UPDATE pool_movement SET amount_minor = amount_minor + 1 WHERE tenant_id = :tenant"
        desk.session.execute(text(moved), {"tenant": desk.session.tenant_id})
        assert explained(desk, LAST_DAY).differences[0] == (
            "position: explained 1,200,000.01 CNY, accrued 1,200,000.00 CNY"
        )

    def test_names_slips_versions_and_postings(self, desk: Desk) -> None:
        self.swept(desk)
        legs = desk.session.exec(
            select(PoolLeg).where(PoolLeg.tenant_id == desk.session.tenant_id).order_by(col(PoolLeg.account_id))
        ).all()
        found = explain_legs(desk.session, legs, day(1))
        (move,) = found.legs[0].explanation.moves
        assert (move.slip, move.version) == ("EL20260302-1", 1)
        assert [version.version for version in found.versions] == [1]
        assert [posting.event for posting in found.postings] == [
            *("sweep.executed", "pool.interest_accrued", "pool.interest_accrued")
        ]
