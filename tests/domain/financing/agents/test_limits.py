"""What an agent may sell: the worked numbers of R21 and R26 on the real thing, and many sales against one limit."""

from datetime import date

import pytest
from sqlalchemy import text

from domain.financing.agents import limits, profiles
from domain.financing.agents.errors import AgentLimitExceeded, OtherCurrency, SaleNotPositive, SaleReferenceReused
from domain.financing.agents.states import Status
from domain.platform.database import Database, Role
from domain.values.money import Money
from tests.domain.financing.agents.conftest import MAKER, Agency, cny
from tests.domain.ledger.test_races import together

RACERS = 20


@pytest.fixture
def trusted(agency: Agency) -> Agency:
    """Status A, capacity 1,300,000.00, deposit 300,000.00."""
    agency.trusted()
    agency.with_history()
    agency.deposit("300000.00")
    return agency


def warnings(agency: Agency) -> list[int]:
    """The levels whose warning stands."""
    found = text("SELECT level FROM agent_warning WHERE tenant_id = :tenant AND cleared_at IS NULL ORDER BY level")
    return list(agency.session.scalars(found, {"tenant": agency.session.tenant_id}))


def announced(agency: Agency, kind: str) -> int:
    agency.session.flush()
    found = text("SELECT count(*) FROM outbox_event WHERE tenant_id = :tenant AND kind = :kind")
    return int(agency.session.execute(found, {"tenant": agency.session.tenant_id, "kind": kind}).scalar_one())


class TestTheWorkedNumbers:
    def test_capacity_is_25_days_of_26000_twice(self, trusted: Agency) -> None:
        # R21: (420,000 + 390,000 + 360,000) / 45 = 26,000; (15 + 10) x 26,000 x 2 = 1,300,000
        assert trusted.agent.status is Status.A
        assert trusted.agent.standing.capacity == cny("1300000.00")
        assert trusted.agent.outstanding == cny("0.00")
        trusted.proved()

    def test_a_sale_beyond_the_limit_is_refused_with_its_numbers(self, trusted: Agency) -> None:
        # R26: min(1,300,000; 300,000 x 4) - 1,050,000 = 150,000 < 160,000
        trusted.sell("1050000.00")
        with pytest.raises(AgentLimitExceeded) as refused:
            trusted.sell("160000.00")
        assert refused.value.facts == {
            "amount": "160,000.00 CNY",
            "headroom": "150,000.00 CNY",
            "limit": "1,200,000.00 CNY",
            "capacity": "1,300,000.00 CNY",
            "deposit": "300,000.00 CNY",
            "multiple": "4",
            "risk_status": "A",
            "outstanding": "1,050,000.00 CNY",
        }

    def test_remitting_early_restores_capacity_at_once(self, trusted: Agency) -> None:
        # R26: 1,200,000 - 1,050,000 + 200,000 = 350,000; after the sale 190,000 are left
        trusted.sell("1050000.00")
        trusted.remit("200000.00")
        assert limits.explain_limit(trusted.session, trusted.agent_id, clock=trusted.clock).headroom == cny("350000.00")
        assert trusted.sell("160000.00").headroom == cny("190000.00")
        trusted.proved()

    def test_at_87_50_per_cent_two_warnings_stand_once_each(self, trusted: Agency) -> None:
        # R21: 1,050,000 / 1,200,000 = 87.5 %: beyond 50 and 75, not yet 100
        before = announced(trusted, "agent.limit_used")
        trusted.sell("1000000.00")
        trusted.sell("50000.00")
        assert warnings(trusted) == [50, 75]
        assert announced(trusted, "agent.limit_used") == before + 2
        explained = limits.explain_limit(trusted.session, trusted.agent_id, clock=trusted.clock)
        assert str(explained.used_percent) == "87.50"

    def test_a_warning_is_cleared_when_capacity_is_restored_and_comes_again(self, trusted: Agency) -> None:
        before = announced(trusted, "agent.limit_restored")
        trusted.sell("1050000.00")
        trusted.remit("200000.00")  # 850,000 / 1,200,000 = 70.8 %
        assert (warnings(trusted), announced(trusted, "agent.limit_restored")) == ([50], before + 1)
        trusted.sell("100000.00")  # 950,000 / 1,200,000 = 79.2 %
        assert warnings(trusted) == [50, 75]

    def test_the_explanation_names_every_input(self, trusted: Agency) -> None:
        explained = limits.explain_limit(trusted.session, trusted.agent_id, clock=trusted.clock)
        assert (explained.days_at_risk, str(explained.factor.normalize())) == (25, "2")
        assert explained.mean_daily_sales == cny("26000.00")
        assert [each.sales for each in explained.highest] == [cny("420000.00"), cny("390000.00"), cny("360000.00")]
        assert (explained.policy_from, explained.citation) == (date(2026, 1, 1), "Agency risk manual, chapter 3")


class TestADecision:
    def test_is_made_once_per_reference(self, trusted: Agency) -> None:
        first, again = trusted.sell("1000.00", "T-1"), trusted.sell("1000.00", "T-1")
        assert (again.repeated, again.sale_id, trusted.agent.sold_minor) == (True, first.sale_id, 117_100_000)
        with pytest.raises(SaleReferenceReused):
            trusted.sell("1000.01", "T-1")

    def test_is_not_made_of_nothing_nor_in_another_currency(self, trusted: Agency) -> None:
        with pytest.raises(SaleNotPositive):
            trusted.sell("0.00")
        with pytest.raises(OtherCurrency):
            limits.authorise_sale(trusted.session, trusted.agent_id, Money.of("1.00", "USD"), "T", clock=trusted.clock)

    def test_a_new_agent_sells_on_its_deposit_alone(self, agency: Agency) -> None:
        agency.deposit("1000.00")
        assert agency.sell("1000.00").headroom == cny("0.00")
        with pytest.raises(AgentLimitExceeded):
            agency.sell("0.01")

    def test_of_status_c_the_limit_is_the_security_held(self, agency: Agency) -> None:
        agency.with_history()
        agency.deposit("300000.00")
        judged = profiles.NewJudgement(agency.agent_id, passes=False, reason="fraud inquiry", passes_was=None)
        profiles.override_history(agency.session, judged, actor=MAKER, clock=agency.clock)
        assert agency.agent.status is Status.C
        assert agency.agent.limit_minor == 30_000_000  # R21
        agency.proved()

    def test_offers_ask_it_by_agent_or_by_debtor(self, trusted: Agency) -> None:
        trusted.sell("1050000.00")
        agent = trusted.agent
        asked = {agent.id, agent.debtor_id, trusted.airline}
        found = limits.headroom_of(trusted.session, asked, clock=trusted.clock)
        assert found == {agent.id: cny("150000.00"), agent.debtor_id: cny("150000.00")}


def test_twenty_threads_against_one_headroom_never_pass_the_limit(agency: Agency, database: Database) -> None:
    # A deposit of 1,000.00 holds 10 sales of 100.00; 20 are tried at once.
    agency.deposit("1000.00")
    agency.session.commit()

    def sell(number: int) -> str:
        try:
            with database.session(Role.API, agency.session.tenant_id) as session:
                limits.authorise_sale(session, agency.agent_id, cny("100.00"), f"T-{number}", clock=agency.clock)
        except AgentLimitExceeded:
            return "refused"
        return "sold"

    outcomes = together(RACERS, sell)
    agency.session.expire_all()
    assert (outcomes.count("sold"), outcomes.count("refused")) == (10, 10)
    assert agency.agent.outstanding == cny("1000.00")
    agency.proved()


def test_one_reference_in_twenty_threads_is_one_sale(agency: Agency, database: Database) -> None:
    agency.deposit("1000.00")
    agency.session.commit()

    def sell(_number: int) -> str:
        with database.session(Role.API, agency.session.tenant_id) as session:
            done = limits.authorise_sale(session, agency.agent_id, cny("100.00"), "T", clock=agency.clock)
        return "again" if done.repeated else "sold"

    assert sorted(together(RACERS, sell)) == ["again"] * 19 + ["sold"]
    agency.session.expire_all()
    assert agency.agent.outstanding == cny("100.00")
