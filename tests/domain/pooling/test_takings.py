"""Till weeks of a file become what branches should see on their accounts."""

import gzip
import io
from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import col, select

from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling.errors import TakingsFileUnreadable
from domain.pooling.tables import Taking, TillWeek
from domain.pooling.takings import TakingsReport, daily_takings, import_takings
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain

Take = Callable[..., TakingsReport]
HEADING = "Store,Dept,Date,Weekly_Sales,IsHoliday\n"


@pytest.fixture
def take(session: TenantSession, actor: Actor, clock: FixedClock) -> Take:
    def taken(rows: str, period: tuple[date, date] | None = None) -> TakingsReport:
        return import_takings(
            session,
            source=io.BytesIO((HEADING + rows).encode()),
            file_name="tills.csv",
            currency="CNY",
            actor=actor,
            clock=clock,
            period=period,
        )

    return taken


def takings(session: TenantSession, branch: object) -> list[tuple[date, int, str]]:
    rows = session.exec(
        select(Taking)
        .where(Taking.tenant_id == session.tenant_id, Taking.branch_id == branch)
        .order_by(col(Taking.taken_on), col(Taking.reference))
    )
    return [(row.taken_on, row.amount_minor, row.reference) for row in rows]


class TestImport:
    def test_sums_the_tills_of_a_branch_day_by_day(self, session: TenantSession, chain: Chain, take: Take) -> None:
        report = take("1,1,2012-02-10,100.00,F\n1,2,2012-02-10,0.07,F\n")
        # 100.00: four days of 14.29, three of 14.28; 0.07: a cent a day
        assert takings(session, chain.shops["1"]) == [
            (date(2012, 2, 4), 1430, "TK20120204-1"),
            (date(2012, 2, 5), 1430, "TK20120205-2"),
            (date(2012, 2, 6), 1430, "TK20120206-3"),
            (date(2012, 2, 7), 1430, "TK20120207-4"),
            (date(2012, 2, 8), 1429, "TK20120208-5"),
            (date(2012, 2, 9), 1429, "TK20120209-6"),
            (date(2012, 2, 10), 1429, "TK20120210-7"),
        ]
        assert (report.read, report.taken, report.total) == (2, 2, Money.of("100.07", "CNY"))

    def test_a_negative_week_corrects_its_last_day(self, session: TenantSession, chain: Chain, take: Take) -> None:
        take("2,47,2012-02-10,-863,F\n2,48,2012-02-10,-0.50,F\n2,49,2012-02-10,0,F\n")
        assert takings(session, chain.shops["2"]) == [(date(2012, 2, 10), -86_350, "TC20120210-1")]

    @pytest.mark.parametrize("minor", [1, 6, 7, 8, 1_000_003, -1, -8])
    def test_spreads_a_week_as_the_rule_does(
        self, session: TenantSession, chain: Chain, take: Take, minor: int
    ) -> None:
        week = Money.from_minor(minor, "CNY")
        take(f"1,1,2012-02-10,{week.amount},F\n")
        expected = [day.minor for day in daily_takings(week) if day]
        assert [amount for _, amount, _ in takings(session, chain.shops["1"])] == expected

    def test_of_the_same_file_again_changes_nothing(self, session: TenantSession, chain: Chain, take: Take) -> None:
        take("1,1,2012-02-10,100.00,F\n")
        before = takings(session, chain.shops["1"])
        again = take("1,1,2012-02-10,100.00,F\n")
        assert (again.taken, again.known, again.refused_count) == (0, 1, 0)
        assert takings(session, chain.shops["1"]) == before

    def test_of_a_till_that_comes_late_adds_a_taking_of_its_own(
        self, session: TenantSession, chain: Chain, take: Take
    ) -> None:
        take("1,1,2012-02-10,0.07,F\n")
        take("1,1,2012-02-10,0.07,F\n1,2,2012-02-10,0.14,F\n")
        first_day = [row for row in takings(session, chain.shops["1"]) if row[0] == date(2012, 2, 4)]
        # the first import numbered its seven takings 1 to 7
        assert first_day == [(date(2012, 2, 4), 1, "TK20120204-1"), (date(2012, 2, 4), 2, "TK20120204-8")]

    @pytest.mark.usefixtures("chain")
    def test_names_the_rows_it_cannot_take_and_takes_the_rest(self, take: Take) -> None:
        take("3,1,2012-02-10,7.00,F\n")
        report = take(
            "1,1,2012-02-10,12.345,F\n"
            "9,1,2012-02-10,1.00,F\n"
            "1,2,2012-02-10,0.70,F\n"
            "1,2,2012-02-10,0.80,F\n"
            "3,1,2012-02-10,8.00,F\n"
        )
        assert [(error.row, error.column, error.code) for error in report.refused] == [
            (2, "Weekly_Sales", "bad_amount"),
            (3, "Store", "unknown_branch"),
            (5, "Date", "duplicate_in_file"),
            (6, "Weekly_Sales", "differs_from_before"),
        ]
        assert report.refused[3].message_en.startswith("This week was imported before as 7.00 CNY, now it is 8.00 CNY")
        assert (report.read, report.taken, report.total) == (5, 1, Money.of("0.70", "CNY"))

    @pytest.mark.usefixtures("chain")
    def test_takes_only_whole_weeks_of_the_period(self, take: Take) -> None:
        # weeks 28 Jan - 3 Feb, 4 - 10 Feb, 11 - 17 Feb; the period is 1 - 16 Feb
        rows = "1,1,2012-02-03,7.00,F\n1,1,2012-02-10,7.00,F\n1,1,2012-02-17,7.00,F\n"
        report = take(rows, (date(2012, 2, 1), date(2012, 2, 16)))
        assert (report.outside, report.taken) == (2, 1)
        exactly = take(rows, (date(2012, 2, 11), date(2012, 2, 17)))
        assert (exactly.outside, exactly.taken) == (2, 1)

    @pytest.mark.usefixtures("chain")
    def test_reads_gzip_and_leaves_nothing_of_a_file_it_cannot_read(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        whole = gzip.compress((HEADING + "1,1,2012-02-10,7.00,F\n" * 3).encode())
        common = {"file_name": "t.csv.gz", "currency": "CNY", "actor": actor, "clock": clock}
        with pytest.raises(TakingsFileUnreadable):
            import_takings(session, source=io.BytesIO(whole[:-9]), **common)  # type: ignore[arg-type]
        session.rollback()
        assert import_takings(session, source=io.BytesIO(whole), **common).taken == 1  # type: ignore[arg-type]
        assert session.exec(select(TillWeek.amount_minor).where(TillWeek.tenant_id == session.tenant_id)).all() == [700]
