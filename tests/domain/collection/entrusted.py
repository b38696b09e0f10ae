"""A group that collects insurance dues for a client, at a bank that keeps its own books; the runs are the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.structs import AccountIn
from domain.banking.instructions import settle_finally
from domain.collection import clients, dues, layout, notices, plans
from domain.collection.check import check_collection
from domain.collection.clients import NewClient
from domain.collection.mandates import MandateLimits, NewMandate, grant_mandates
from domain.collection.plans import NewPlan
from domain.collection.rules import FeePlan
from domain.collection.states import MandatePurpose, PlanKind
from domain.collection.tables import ClientPayout, Due
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.ids import uuid7
from domain.runs import service as runs
from domain.runs.owners import Owners
from domain.runs.queries import given_up_dues
from domain.runs.states import RunKind
from domain.values.business_days import BusinessCalendar
from tests.domain.runs.conftest import Bank
from tests.domain.runs.world import CHECKER, MAKER, MONDAY, World, cny

CALENDAR = BusinessCalendar()
NO_LIMITS = MandateLimits()
FEES = FeePlan(cny("0.50"), Decimal(30), None)


@dataclass
class Entrusted(World):
    """World with a client of ours; its payers are the debtors, each with a mandate for insurance."""

    client_id: UUID = field(default_factory=uuid7)
    client_party: UUID = field(default_factory=uuid7)
    client_account: UUID = field(default_factory=uuid7)
    insured: list[UUID] = field(default_factory=list)

    @property
    def owners(self) -> Owners:
        return runs.OWNERS

    def entrust(
        self, *, risk_limit: str = "0.00", notice_days: int = 0, limits: MandateLimits = NO_LIMITS
    ) -> "Entrusted":
        self.furnish()
        # A week ago: the account it is paid to has cooled off.
        self.today = MONDAY - timedelta(days=7)
        firm = NewParty(kind=PartyKind.CLIENT, name="安康保险", code="C1")
        account = NewBankAccount(
            party_id=firm.id,
            holder_name=firm.name,
            bank_id="102100099996",
            number=f"5000{self.tenant_id % 10**9:09d}00001",
            currency="CNY",
        )
        with self.session() as session:
            register_parties(session, [firm], actor=MAKER, clock=self.clock)
            add_bank_accounts(session, [account], self.keys, actor=MAKER, clock=self.clock)
            verify_bank_accounts(session, [account.id], actor=CHECKER, clock=self.clock)
            new = [
                NewMandate(
                    reference=f"INS{place}",
                    party_id=party_id,
                    account_id=self.others[place],
                    currency="CNY",
                    signed_on=MONDAY,
                    purpose=MandatePurpose.INSURANCE,
                    limits=limits,
                )
                for place, party_id in enumerate(self.parties)
            ]
            self.insured = grant_mandates(session, new, actor=MAKER, clock=self.clock)
            asked = NewClient(
                party_id=firm.id,
                own_account_id=self.own,
                purpose=MandatePurpose.INSURANCE,
                fees=FEES,
                risk_limit=cny(risk_limit),
                notice_days=notice_days,
            )
            client = clients.propose_client(session, asked, actor=MAKER, clock=self.clock)
            digest = clients.digest_of(client)
            clients.approve_client(session, client.id, digest=digest, actor=CHECKER, clock=self.clock)
            runs.set_run_limit(session, kind=RunKind.PAYOUT, limit=cny("1000000.00"), actor=CHECKER, clock=self.clock)
            self.client_id = client.id
        self.today = MONDAY
        self.client_party, self.client_account = firm.id, account.id
        self.numbers[account.id] = account.number
        return self

    def open_client_at(self, bank: SimulatedBank) -> None:
        self.open_at(bank)
        number = self.numbers[self.client_account]
        bank.open_accounts([AccountIn(number=number, name="安康保险", currency="CNY", opening_balance="0")])

    def bill(self, *amounts: str, on: date | None = None) -> list[UUID]:
        """A one-off due for each amount, of one payer after another; returns the dues."""
        new = [
            NewPlan(
                reference=f"BILL-{uuid7()}"[:35],
                payer_id=self.parties[place % len(self.parties)],
                mandate_id=self.insured[place % len(self.parties)],
                kind=PlanKind.ONE_OFF,
                amount=cny(amount),
                first_on=on or self.today,
            )
            for place, amount in enumerate(amounts)
        ]
        with self.session() as session:
            made, refused = plans.register_plans(
                session, self.client_id, new, calendar=CALENDAR, actor=MAKER, clock=self.clock
            )
            assert refused == []
            return [dues.dues_of_plan(session, plan_id)[0].id for plan_id in made]

    def morning(self) -> None:
        """What the job of the morning does."""
        with self.session() as session:
            layout.lay_out(session, self.today, calendar=CALENDAR, clock=self.clock)
            notices.prenotify(session, self.today, clock=self.clock)

    def night(self) -> None:
        """What is final today becomes so, what failed for good is given up and dunned."""
        with self.session() as session:
            settle_finally(session, on=self.today, clock=self.clock)
            dues.give_up(session, given_up_dues(session), self.today, clock=self.clock)
            notices.dun(session, self.today, clock=self.clock)
            assert check_collection(session) == []

    def collect(self, bank: Bank, slot: str = "0800") -> runs.Recorded:
        """The debit run of the day, and the bank's answers to it."""
        self.morning()
        return self.send(bank, RunKind.DEBIT, slot)

    def pay_out(self, bank: Bank, slot: str = "1045") -> runs.Recorded:
        """The payout run of the day, and the bank's answers to it."""
        return self.send(bank, RunKind.PAYOUT, slot)

    def send(self, bank: Bank, kind: RunKind, slot: str) -> runs.Recorded:
        self.execute(self.plan(kind, slot), bank.channel)
        bank.hand.set_day(self.today)
        return self.record(bank.channel)

    def due_states(self, ids: Sequence[UUID]) -> list[str]:
        with self.session() as session:
            return [session.get_one(Due, (self.tenant_id, due_id)).state.value for due_id in ids]

    def payouts_at_risk(self) -> list[bool]:
        """Of each payout, the oldest first, whether something in it was not final when it was last looked at."""
        with self.session() as session:
            found = select(ClientPayout).where(ClientPayout.tenant_id == self.tenant_id)
            return [payout.at_risk for payout in session.exec(found.order_by(col(ClientPayout.planned_on)))]

    def held(self) -> str:
        """What is held for the client."""
        return self._balance(AccountRef(AccountKind.CLIENT_FUNDS, "CNY", self.client_party))

    def earned(self) -> str:
        """What we earned by fees."""
        return self._balance(AccountRef(AccountKind.FEE_INCOME, "CNY", self.own_party))

    def _balance(self, account: AccountRef) -> str:
        with self.session() as session:
            return str(balance(session, account).posted.amount)
