"""Whatever happens in whatever order: never over the limit, nothing below zero, the parts are the whole."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.financing.agents import defaults, limits, queries, rules
from domain.financing.agents.check import check_agents
from domain.financing.agents.errors import AgentLimitExceeded
from domain.financing.agents.remittances import reverse_remittance
from domain.values.money import Money
from tests.domain.financing.agents.conftest import CHECKER, MAKER, Agency

AMOUNTS = st.integers(min_value=1, max_value=500_000)  # up to 5,000.00
KINDS = ("sell", "report", "refund", "remit", "take_back", "deposit", "default", "days", "review")


class Journal:
    """One agent's life, with the figures it must come to kept beside it."""

    def __init__(self, agency: Agency) -> None:
        self.agency = agency
        self.sold = self.refunded = self.remitted = self.deposit = 0
        self.remittances: list[tuple[str, int]] = []

    def sell(self, minor: int) -> None:
        agent = self.agency.agent
        free = rules.headroom(agent.standing).minor
        try:
            self.agency.sell(amount(minor))
        except AgentLimitExceeded:
            assert minor > free
        else:
            assert minor <= free
            self.sold += minor
            assert self.agency.agent.outstanding_minor <= self.agency.agent.limit_minor

    def report(self, minor: int) -> None:
        self.agency.report(amount(minor))
        self.sold += minor

    def refund(self, minor: int) -> None:
        self.agency.report(f"-{amount(minor)}")
        self.refunded += minor

    def remit(self, minor: int) -> None:
        self.remittances.append((self.agency.remit(amount(minor)), minor))
        self.remitted += minor

    def take_back(self, _minor: int) -> None:
        if self.remittances:
            source, minor = self.remittances.pop()
            reverse_remittance(
                self.agency.session,
                source,
                cash=self.agency.cash,
                value_on=self.agency.world.today,
                actor=MAKER,
                clock=self.agency.clock,
            )
            self.remitted -= minor

    def put(self, minor: int) -> None:
        self.agency.deposit(amount(minor))
        self.deposit += minor

    def default(self, minor: int) -> None:
        owed = min(minor, self.agency.agent.outstanding_minor)
        if not owed or self.agency.agent.halted:
            return
        session, clock = self.agency.session, self.agency.clock
        row = defaults.declare_default(
            session, self.agency.agent_id, Money.from_minor(owed, "CNY"), reason="x", actor=MAKER, clock=clock
        )
        defaults.enforce_default(session, row.id, digest_seen=defaults.digest(row), actor=CHECKER, clock=clock)
        used = min(owed, self.deposit)
        self.deposit -= used
        self.remitted += used
        self.close_claim()

    def close_claim(self) -> None:
        """The seller bears what is left, so that the next default may be declared."""
        session, clock = self.agency.session, self.agency.clock
        for claim_id in open_claims(self.agency):
            claim = defaults.pass_on_claim(session, claim_id, reason="x", actor=MAKER, clock=clock)
            defaults.propose_claim_payment(session, claim.id, claim.unpaid, actor=MAKER, clock=clock)
            self.remitted += claim.unpaid.minor
            defaults.approve_claim_payment(session, claim.id, claim.unpaid, actor=CHECKER, clock=clock)

    def days(self, minor: int) -> None:
        self.agency.world.today += timedelta(days=minor % 20)
        self.agency.settle()

    def review(self, _minor: int) -> None:
        self.agency.review()
        agent = self.agency.agent
        policy = queries.policy_on(self.agency.session, self.agency.world.today)
        found = limits.periods_in_window(self.agency.session, agent, self.agency.world.today)
        days = agent.reporting_days + agent.remittance_days
        assert agent.standing.capacity == rules.capacity(found, days, policy.factor(agent.status))
        passes = {"finances_pass": agent.finances_pass, "history_pass": agent.history_pass}
        assert agent.status is rules.risk_status(**passes)
        assert agent.multiple == policy.multiple(agent.status)

    def check(self) -> None:
        agent = self.agency.agent
        assert check_agents(self.agency.session) == []
        parts = (agent.sold_minor, agent.refunded_minor, agent.remitted_minor, agent.deposit_minor)
        assert parts == (self.sold, self.refunded, self.remitted, self.deposit)
        assert agent.outstanding_minor == max(self.sold - self.refunded - self.remitted, 0)
        assert agent.deposit_minor >= 0
        assert agent.limit_minor == rules.agent_limit(agent.standing).minor
        reached = rules.warnings_reached(rules.agent_limit(agent.standing), agent.outstanding)
        assert standing_warnings(self.agency) == list(reached)


def amount(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


def values(agency: Agency, query: str) -> list[Any]:
    agency.session.flush()
    return list(agency.session.scalars(text(query), {"tenant": agency.session.tenant_id}))


def open_claims(agency: Agency) -> list[UUID]:
    return values(agency, "SELECT id FROM agent_claim WHERE tenant_id = :tenant AND state = 'open'")


def standing_warnings(agency: Agency) -> list[int]:
    return values(
        agency, "SELECT level FROM agent_warning WHERE tenant_id = :tenant AND cleared_at IS NULL ORDER BY level"
    )


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(KINDS), AMOUNTS), min_size=6, max_size=18))
def test_any_sequence_of_sales_refunds_remittances_deposits_and_defaults(
    agency: Agency, steps: list[tuple[str, int]]
) -> None:
    start = agency.world.today
    attempt = agency.session.begin_nested()
    journal = Journal(agency)
    deeds: dict[str, Callable[[int], None]] = {
        kind: getattr(journal, "put" if kind == "deposit" else kind) for kind in KINDS
    }
    journal.put(250_000)
    for kind, minor in steps:
        deeds[kind](minor)
        journal.check()
    attempt.rollback()
    agency.session.expire_all()
    agency.world.today = start
