"""Sets of advances out of sales: SQL earns what the replay earns, limits and the provision count them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.financing.accrual import accrue
from domain.financing.closing import Sessions, close_dates
from domain.financing.errors import AvailabilityExceeded
from domain.financing.exposure_rules import Scope
from domain.financing.limits import NewLimit, limits_seen_by, set_limit
from domain.financing.provision import close_provision, provision_of
from domain.financing.sales.accrual import income_sql, penalty_sql
from domain.financing.sales.proposals import digest_of
from domain.financing.sales.replay import SalesContract, SalesFigures, accrue_to, unfunded
from domain.financing.sales.service import approve_sales_advance
from domain.financing.sales.states import SalesAdvanceState
from domain.ledger.chart import AccountKind
from domain.platform.database import TenantSession
from domain.values.money import Money
from tests.domain.financing.conftest import CHECKER, cny
from tests.domain.financing.sales.conftest import COLLECTION, DAY, FINAL, Till

_INCOME = text(f"""
    SELECT {income_sql("CAST(:at AS date)")}
    FROM (SELECT CAST(:balance AS numeric(40,20)) AS balance, CAST(:rate AS numeric(38,30)) AS daily_rate,
                 CAST(:net AS bigint) AS net_minor, CAST(:fee AS bigint) AS fee_minor,
                 CAST(:collected AS bigint) AS repaid_minor, 0 AS rebated_minor, 0 AS written_off_minor,
                 CAST(:since AS date) AS accrued_until) AS advance
""")


_PENALTY = text(f"""
    SELECT {penalty_sql("CAST(:at AS date)")}
    FROM (SELECT CAST(:net AS bigint) AS net_minor, CAST(:fee AS bigint) AS fee_minor, 0 AS rebated_minor,
                 CAST(:repaid AS bigint) AS repaid_minor, 0 AS written_off_minor, 0 AS penalty_written_off_minor,
                 CAST(:base AS numeric(30,0)) AS penalty_base, CAST(:rate AS numeric(12,9)) AS penalty_rate,
                 CAST(:year AS integer) AS year_days, CAST(:final AS date) AS final_on, 5 AS grace_days,
                 CAST(:since AS date) AS accrued_until) AS advance
""")


@st.composite
def walks(draw: st.DrawFn) -> tuple[SalesContract, SalesFigures, SalesFigures]:
    """A contract, and two dates of an advance under it between which nothing happened."""
    net, fee, rate = (draw(st.integers(low, high)) for low, high in ((1, 10**12), (0, 10**10), (0, 10**28)))
    contract = SalesContract(
        Money.from_minor(net, "CNY"), Money.from_minor(min(fee, net), "CNY"), Decimal(rate).scaleb(-30)
    )
    collected = Money.from_minor(draw(st.integers(0, contract.owed.minor)), "CNY")
    worth = Decimal(min(max(net - collected.minor, 0), contract.owed.minor - collected.minor))
    standing = {"funded_on": DAY, "as_of": DAY, "owed": contract.owed, "collected": collected, "repaid": collected}
    start = replace(unfunded("CNY"), **standing, balance=worth, income=contract.fee)  # type: ignore[arg-type]
    first = accrue_to(contract, start, DAY + timedelta(days=draw(st.integers(1, 400))))
    assert first.as_of is not None
    return contract, first, accrue_to(contract, first, first.as_of + timedelta(days=draw(st.integers(1, 400))))


@given(walk=walks())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_night_in_sql_earns_what_the_replay_earns(
    session: TenantSession, walk: tuple[SalesContract, SalesFigures, SalesFigures]
) -> None:
    contract, first, last = walk
    binds = {
        "at": last.as_of,
        "balance": first.balance,
        "rate": contract.daily_rate,
        "net": contract.net.minor,
        "fee": contract.fee.minor,
        "collected": first.collected.minor,
        "since": first.as_of,
    }
    assert session.execute(_INCOME, binds).scalar_one() == last.income.minor


@given(
    repaid=st.integers(0, 1_000_000),
    rate=st.integers(0, 10**9),
    year=st.sampled_from([360, 365]),
    days=st.tuples(st.integers(0, 30), st.integers(1, 60)),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_night_in_sql_charges_what_the_replay_charges(
    session: TenantSession, repaid: int, rate: int, year: int, days: tuple[int, int]
) -> None:
    contract = SalesContract(
        *(cny("9000.00"), cny("1000.00"), Decimal(0)),
        penalty_rate=Decimal(rate).scaleb(-9),
        year_days=year,
        final_on=DAY,
        penalty_from=DAY + timedelta(days=5),
    )
    paid = Money.from_minor(repaid, "CNY")
    start = replace(unfunded("CNY"), funded_on=DAY, as_of=DAY, owed=contract.owed, collected=paid, repaid=paid)
    first = accrue_to(contract, start, DAY + timedelta(days=days[0]))
    assert first.as_of is not None
    last = accrue_to(contract, first, first.as_of + timedelta(days=days[1]))
    binds: dict[str, object] = {
        "at": last.as_of,
        "net": 9_000_00,
        "fee": 1_000_00,
        "repaid": repaid,
        "base": first.penalty_base,
    }
    binds |= {"rate": contract.penalty_rate, "year": year, "final": DAY, "since": first.as_of}
    assert session.execute(_PENALTY, binds).scalar_one() == last.penalty_accrued.minor


def sessions_of(till: Till) -> Sessions:
    """The test's own session for every step, kept open between them."""

    @contextmanager
    def step() -> Iterator[TenantSession]:
        yield till.session
        till.session.commit()

    return step


def _limit(till: Till, amount: str) -> None:
    scope = Scope(None, till.merchant, None, "CNY")
    set_limit(till.session, NewLimit(scope, cny(amount)), actor=CHECKER, clock=till.world.clock)


class TestLimits:
    def test_on_the_merchant_bind(self, till: Till) -> None:
        _limit(till, "8999.99")
        row = till.proposed()
        with pytest.raises(AvailabilityExceeded, match="“seller”"):
            approve_sales_advance(till.session, row.id, digest=digest_of(row), actor=CHECKER, clock=till.world.clock)

    def test_follow_what_is_lent_and_repaid(self, till: Till) -> None:
        _limit(till, "9000.00")
        advance = till.funded()
        till.sold("100000.00")
        till.bank(COLLECTION, advance, "4000.00")
        # 10,000 − 4,000 are open, which is less than the 9,000 paid out.
        (limit,) = limits_seen_by(till.session, None)
        assert limit.used_minor == 6_000_00

    def test_set_later_count_what_stands(self, till: Till) -> None:
        till.funded()
        _limit(till, "5000.00")
        (limit,) = limits_seen_by(till.session, None)
        assert (limit.used_minor, limit.over_minor) == (9_000_00, 4_000_00)
        till.holds()


class TestClosing:
    def test_provides_for_what_is_out(self, till: Till) -> None:
        till.funded()
        # 1 % of 9,000.00   (R23)
        close_provision(till.session, DAY, clock=till.world.clock)
        assert provision_of(till.session, till.world.parties["lender"], "CNY") == cny("90.00")
        till.holds()

    def test_earns_every_day_that_was_missed_and_ages(self, till: Till) -> None:
        advance = till.funded()
        till.sold("277.78")
        clock = till.world.on(DAY + timedelta(days=9)).clock
        close_dates(sessions_of(till), DAY, clock=clock)
        closed = close_dates(sessions_of(till), till.world.today, clock=clock)
        assert (len(closed.dates), closed.overdue) == (9, 1)
        # 9,000 × 1.0010678145^10 − 9,000 = 96.57 after ten nights without a payment   (R15, R16)
        assert till.balance(AccountKind.SALES_ADVANCE_INCOME) == cny("96.57")
        assert till.row(advance).state is SalesAdvanceState.OVERDUE
        till.holds()

    def test_after_the_final_day_earns_the_fee_and_no_more(self, till: Till) -> None:
        till.funded()
        clock = till.world.on(FINAL).clock
        close_dates(sessions_of(till), FINAL, clock=clock)
        assert till.balance(AccountKind.SALES_ADVANCE_INCOME) == cny("1000.00")
        assert till.balance(AccountKind.SALES_ADVANCE) == cny("10000.00")
        till.holds()


def test_a_date_is_closed_once(till: Till) -> None:
    till.funded()
    for _ in range(2):
        accrue(till.session, DAY, clock=till.world.clock)
        assert till.balance(AccountKind.SALES_ADVANCE_INCOME) == cny("9.61")
