"""An airline with an account of its own, and an agent that sells for it: reports 15 days, remits 10 days later."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

import pytest

from domain.banking.cash import cash_at_bank
from domain.financing.agents import limits, periods, profiles, queries, reviews, sales
from domain.financing.agents.check import check_agents
from domain.financing.agents.deposits import Deposited, receive_deposits
from domain.financing.agents.limits import Authorised
from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.profiles import NewAgent
from domain.financing.agents.remittances import Paid, receive_remittances
from domain.financing.agents.sales import SalesReported
from domain.financing.agents.sales_files import SaleLine
from domain.financing.agents.tables import Agent
from domain.financing.check import check_subledger
from domain.ledger import service as ledger
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money
from tests.domain.financing.conftest import KEYS, World

MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
FIRST_PERIOD = date(2026, 1, 1)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class Agency:
    """One agent of one airline; every procedure in one line."""

    world: World
    airline: UUID
    own_account: UUID
    agent_id: UUID
    payee_account: UUID
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def session(self) -> TenantSession:
        return self.world.session

    @property
    def clock(self) -> FixedClock:
        return self.world.clock

    @property
    def agent(self) -> Agent:
        self.session.flush()
        return queries.find_agent(self.session, self.agent_id)

    @property
    def cash(self) -> AccountRef:
        return cash_at_bank(self.own_account, "CNY")

    def deposit(self, amount: str, source: str | None = None) -> list[str]:
        word = source or f"statement_entry:{next(self.numbers)}"
        put = Deposited(word, self.agent_id, cny(amount), self.world.today, self.cash)
        return receive_deposits(self.session, [put], actor=MAKER, clock=self.clock)

    def remit(self, amount: str, source: str | None = None) -> str:
        word = source or f"statement_entry:{next(self.numbers)}"
        paid = Paid(word, self.agent_id, cny(amount), self.world.today, self.cash)
        receive_remittances(self.session, [paid], actor=MAKER, clock=self.clock)
        return word

    def report(self, amount: str, sold_on: date | None = None, reference: str | None = None) -> SalesReported:
        word = reference or f"R-{next(self.numbers)}"
        line = SaleLine(1, "A-7", sold_on or self.world.today, word, cny(amount))
        return sales.report_sales(self.session, [line], actor=MAKER, clock=self.clock)

    def sell(self, amount: str, reference: str | None = None) -> Authorised:
        word = reference or f"S-{next(self.numbers)}"
        return limits.authorise_sale(self.session, self.agent_id, cny(amount), word, clock=self.clock)

    def settle(self) -> periods.Settled:
        return periods.settle_periods(self.session, clock=self.clock)

    def review(self) -> reviews.Reviewed:
        return reviews.review_agents(self.session, clock=self.clock)

    def trusted(self) -> None:
        """Finances passed: status A as long as it pays on time."""
        profiles.review_finances(
            self.session, self.agent_id, passed=True, evidence="audited accounts 2025", actor=MAKER, clock=self.clock
        )

    def with_history(self) -> None:
        """R21: periods of 420,000, 390,000 and 360,000, each remitted on its day; and on to the fourth."""
        for place, amount in enumerate(("420000.00", "390000.00", "360000.00")):
            starts = FIRST_PERIOD + timedelta(days=15 * place)
            self.world.on(starts + timedelta(days=15))
            self.report(amount, sold_on=starts)
            self.settle()
            self.remit(amount)
        self.review()

    def balance(self, kind: AccountKind, owner: UUID | None) -> Money:
        return balance(self.session, AccountRef(kind, "CNY", owner)).posted

    def proved(self) -> None:
        assert check_agents(self.session) == []
        assert check_subledger(self.session) == []
        assert ledger.check(self.session) == []


@pytest.fixture
def agency(world: World) -> Agency:
    session, salt = world.session, world.session.tenant_id
    world.on(FIRST_PERIOD)
    new = [
        NewParty(kind=PartyKind.HQ, name="航空公司", code="HQ", tax_id=f"91{salt}", country="DE"),
        NewParty(kind=PartyKind.AGENT, name="票务代理", code="A-7", tax_id=f"92{salt}", country="DE"),
    ]
    airline, agent = register_parties(session, new, actor=MAKER, clock=world.clock)
    accounts = add_bank_accounts(
        session,
        [
            NewBankAccount(
                party_id=party.id,
                holder_name=party.name,
                bank_id="ICBKCNBJ",
                number=f"31006657001900{place:04d}",
                currency="CNY",
                own=place == 0,
            )
            for place, party in enumerate((airline, agent))
        ],
        KEYS,
        actor=MAKER,
        clock=world.clock,
    )
    verify_bank_accounts(session, [account.id for account in accounts], actor=CHECKER, clock=world.clock)
    policy = NewPolicy(
        valid_from=world.today,
        citation="Agency risk manual, chapter 3",
        multiple_a=Decimal(4),
        multiple_b=Decimal(2),
        factor_a=Decimal(2),
        factor_b=Decimal(1),
    )
    set_policy(session, policy, actor=MAKER, clock=world.clock)
    profile = NewAgent(agent.id, airline.id, "CNY", reporting_days=15, remittance_days=10)
    profiles.enrol_agent(session, profile, actor=MAKER, clock=world.clock)
    return Agency(world, airline.id, accounts[0].id, agent.id, accounts[1].id)
