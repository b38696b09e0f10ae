"""Three days of a small group against the simulated bank over HTTP, led by the jobs alone.

Monday the lender's capital and the first takings arrive, Tuesday an invoice is paid early and the first sweep runs, on
Wednesday the debtor is debited and the advance repaid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from domain.access.tenants import found_tenant
from domain.banking.cash import cash_at_bank, in_transit
from domain.banking.channels.http import HttpChannel
from domain.collection.mandates import NewMandate, grant_mandates
from domain.financing.acceptance import accept_offers
from domain.financing.check import check_subledger
from domain.financing.facilities import NewFacility, approve_facility, propose_facility
from domain.financing.funding import approve_funding, check_conditions, order_funding
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.quotes import Price
from domain.financing.requests import approve_requests, request_financing
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance
from domain.financing.terms import Terms
from domain.ledger.balances import balances
from domain.ledger.check import check as check_ledger
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import Clock, FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.platform.job_runs import JobRun, JobState
from domain.pooling.checks import check_pooling, intercompany_positions
from domain.pooling.deposits import expected_takings, takings_differences
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.tables import Sweep
from domain.pooling.takings import import_takings
from domain.receivables.claims import NewRegistration, record_registration
from domain.receivables.imports import register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmation,
    sign_confirmation,
    submit_import,
    verify_receivables,
)
from domain.runs.planning import set_run_limit
from domain.runs.states import RunKind
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money
from jobs.context import JobContext
from jobs.sandbox import advance
from tests.channels.simulated_bank import Teller, bank

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
FOUNDED = FixedClock(datetime(2026, 3, 1, 22, 30, tzinfo=UTC))  # Monday 06:30 in Beijing

# shop 1 takes 100.00 a day and corrects 30.00 on Tuesday, shop 2 takes 200.00 a day
TILLS = """Store,Dept,Date,Weekly_Sales
1,1,2026-03-06,700.00
1,9,2026-03-03,-30.00
2,1,2026-03-06,1400.00
"""


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class Group:
    """The group, its bank, and what happens to it from outside."""

    context: JobContext
    teller: Teller
    parties: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    def set_day(self, on: date) -> None:
        self.teller.day(on)

    def morning(self, day: date) -> None:
        """Takings are carried to the bank; on Tuesday people finance the invoice."""
        shops = {self.accounts[shop]: self.numbers[shop] for shop in ("shop 1", "shop 2")}
        with self.context.session() as session:
            for taking in expected_takings(session, day):
                self.teller.deposit(
                    taking.reference, str(taking.amount.amount), day, shops[taking.account_id]
                ).raise_for_status()
            if day == TUESDAY:
                self._finance(session, self.context.clock())

    def _finance(self, session: TenantSession, clock: Clock) -> None:
        seller, calendar = self.parties["supplier"], self.context.calendar(TUESDAY)
        row = InvoiceRow(1, "debtor", "INV-1", date(2026, 2, 2), WEDNESDAY, cny("100000.00"))
        report = register_invoices(session, [row], seller_id=seller, actor=MAKER, clock=clock)
        submit_import(session, report.import_id, actor=CHECKER, clock=clock)
        verify_receivables(session, report.receivable_ids, clock=clock)
        answers = [DebtorAnswer(receivable_id) for receivable_id in report.receivable_ids]
        debtor = self.parties["debtor"]
        confirmation = propose_confirmation(session, debtor_id=debtor, answers=answers, actor=MAKER, clock=clock)
        sign_confirmation(session, confirmation.id, actor=CHECKER, clock=clock)
        batch = request_financing(session, report.receivable_ids, seller_id=seller, actor=MAKER, clock=clock)
        approve_requests(session, batch, actor=CHECKER, clock=clock)
        make_auto_offers(session, clock=clock, calendar=calendar)
        best = cheapest_offers(session, seller_id=seller, clock=clock)
        accepted = accept_offers(session, best, seller_id=seller, actor=MAKER, clock=clock, calendar=calendar)
        for receivable_id in report.receivable_ids:  # whose assignment is registered before the money leaves
            registered = NewRegistration(
                receivable_id, self.parties["lender"], cny("90000.00"), "Registry", "R-1", clock.now()
            )
            record_registration(session, registered, actor=MAKER, clock=clock)
        met = check_conditions(session, clock=clock, ids=list(accepted.advances.values())).met
        order = order_funding(session, met, funding_on=TUESDAY, actor=MAKER, clock=clock)
        approve_funding(session, order.id, actor=CHECKER, clock=clock)


@pytest.fixture
def group(database: Database) -> Iterator[Group]:
    slug = f"days-{uuid4().hex[:12]}"
    keys = KeyRing.generate()
    with bank(customers={}) as teller, HttpChannel(str(teller.http.base_url)) as channel:
        group = Group(JobContext(database, channel, keys, tenant_key(slug)), teller)
        with database.session(Role.WORKER, tenant_key(slug)) as session:
            found_tenant(
                session,
                slug=slug,
                name="Three days",
                currency="CNY",
                zone="Asia/Shanghai",
                sandbox=True,
                cooling_off_days=0,
                clock=FOUNDED,
            )
            _enrol(session, group, keys)
            _agree(session, group)
        yield group


def _enrol(session: TenantSession, group: Group, keys: KeyRing) -> None:
    kinds = {
        "HQ": PartyKind.HQ,
        "shop 1": PartyKind.BRANCH,
        "shop 2": PartyKind.BRANCH,
        "supplier": PartyKind.SUPPLIER,
        "debtor": PartyKind.DEBTOR,
        "lender": PartyKind.LENDER,
    }
    tax_ids = {"supplier": "91350100M000100Y43", "debtor": "91110000600037341L"}
    for place, (name, kind) in enumerate(kinds.items()):
        party = NewParty(kind=kind, name=name.title(), code=name.removeprefix("shop "), tax_id=tax_ids.get(name))
        register_parties(session, [party], actor=MAKER, clock=FOUNDED)
        own = kind in {PartyKind.HQ, PartyKind.BRANCH, PartyKind.LENDER}
        account = NewBankAccount(
            party_id=party.id,
            holder_name=party.name,
            bank_id="313290000017",
            number=f"3100000000{place}",
            currency="CNY",
            own=own,
        )
        add_bank_accounts(session, [account], keys, actor=MAKER, clock=FOUNDED)
        verify_bank_accounts(session, [account.id], actor=CHECKER, clock=FOUNDED)
        group.parties[name], group.accounts[name], group.numbers[name] = party.id, account.id, account.number
        group.teller.open(account.number, "500000.00" if name == "debtor" else "0", customer=own)
    capital = group.teller.deposit("CAPITAL-L", "1000000.00", MONDAY, group.numbers["lender"])
    capital.raise_for_status()


def _agree(session: TenantSession, group: Group) -> None:
    """A line of credit, a mandate, a pool, limits for runs, and the week's till file."""
    price = Price(advance_rate=Decimal("0.9"), fee_bp=Decimal(20), terms=Terms(annual_rate=Decimal("0.055")))
    line = NewFacility(group.parties["lender"], cny("900000.00"), price, auto_offer=True)
    facility = propose_facility(session, line, actor=MAKER, clock=FOUNDED)
    approve_facility(session, facility.id, actor=CHECKER, clock=FOUNDED)
    mandate = NewMandate(
        reference="M-1",
        party_id=group.parties["debtor"],
        account_id=group.accounts["debtor"],
        currency="CNY",
        signed_on=date(2026, 1, 5),
    )
    grant_mandates(session, [mandate], actor=MAKER, clock=FOUNDED)
    for kind in (RunKind.DEBIT, RunKind.RELEASE):
        set_run_limit(session, kind=kind, limit=cny("500000.00"), actor=CHECKER, clock=FOUNDED)
    target = SweepTerms(SweepMethod.TARGET, "CNY", target_minor=cny("300.00").minor, two_way=True)
    create_structure(
        session,
        name="Takings",
        header_account_id=group.accounts["HQ"],
        floor=cny("0.00"),
        members=[
            NewMember(account_id=group.accounts["shop 1"], terms=SweepTerms(SweepMethod.ZERO, "CNY")),
            NewMember(account_id=group.accounts["shop 2"], terms=target),
        ],
        auto_approve=True,
        actor=MAKER,
        clock=FOUNDED,
    )
    tills = BytesIO(TILLS.encode())
    import_takings(session, source=tills, file_name="tills.csv", currency="CNY", actor=MAKER, clock=FOUNDED)


class TestThreeDays:
    def test_end_with_books_that_balance_and_a_bank_that_agrees(self, group: Group) -> None:
        days = advance(group.context, WEDNESDAY, actor=MAKER, bank=group, on_day=group.morning)
        assert [day.on for day in days] == [MONDAY, TUESDAY, WEDNESDAY]
        with group.context.session() as session:
            self.every_job_is_done(session)
            self.branches_are_swept_by_what_the_books_knew(session, group)
            self.the_advance_is_repaid(session)
            self.the_bank_agrees(session, group)
            assert check_ledger(session) == []
            assert check_subledger(session) == []
            assert check_pooling(session) == []
        assert group.teller.is_balanced()

    def every_job_is_done(self, session: TenantSession) -> None:
        runs = session.exec(select(JobRun).where(JobRun.tenant_id == session.tenant_id)).all()
        assert {run.state for run in runs} == {JobState.DONE}
        closes = [run.outcome for run in runs if run.job in {"close_of_business", "statements"}]
        assert [outcome["differences"] for outcome in closes if outcome and "differences" in outcome] == [0, 0, 0]
        assert [outcome["disagreeing"] for outcome in closes if outcome and "disagreeing" in outcome] == [[], [], []]
        assert [outcome["in_suspense"] for outcome in closes if outcome and "in_suspense" in outcome] == [0, 0, 0]

    def branches_are_swept_by_what_the_books_knew(self, session: TenantSession, group: Group) -> None:
        """A sweep sees the statement of the evening before.

        Monday: nothing booked; shop 2 lacks 300.00 and headquarters has nothing. Tuesday: shop 1 gives its 100.00, with
        which shop 2 (200.00) is filled to 300.00. Wednesday: shop 1 gives 100 - 30 = 70.00, shop 2 (500.00) 200.00.
        """
        sweeps = session.exec(select(Sweep).where(Sweep.tenant_id == session.tenant_id).order_by("created_at", "place"))
        assert [(sweep.direction.value, str(sweep.amount.amount), sweep.state.value) for sweep in sweeps] == [
            ("down", "0.00", "skipped"),
            ("up", "100.00", "confirmed"),
            ("down", "100.00", "confirmed"),
            ("up", "70.00", "confirmed"),
            ("up", "200.00", "confirmed"),
        ]
        assert intercompany_positions(session, "CNY") == {
            group.parties["shop 1"]: cny("170.00"),
            group.parties["shop 2"]: cny("100.00"),
        }
        # the week began on Saturday 28 February, before the group had its bank
        missing = {difference.taken_on for difference in takings_differences(session, WEDNESDAY)}
        assert missing == {date(2026, 2, 28), date(2026, 3, 1)}

    def the_advance_is_repaid(self, session: TenantSession) -> None:
        made = session.exec(select(Advance).where(Advance.tenant_id == session.tenant_id)).one()
        assert made.state in {AdvanceState.REPAID, AdvanceState.CLOSED}
        # 90 % of 100,000.00; 90,000.00 x 5.5 % x 1 day / 360 = 13.75
        assert (made.principal_minor, made.interest_accrued_minor) == (9_000_000, 1_375)

    def the_bank_agrees(self, session: TenantSession, group: Group) -> None:
        own = ("HQ", "shop 1", "shop 2", "lender")
        refs = {name: cash_at_bank(group.accounts[name], "CNY") for name in own}
        books = balances(session, refs.values())
        at_the_bank = group.teller.balances()
        assert {name: books[ref].posted for name, ref in refs.items()} == {
            name: at_the_bank[group.numbers[name]] for name in own
        }
        # 870.00 taken in three days: 3 x 100 - 30 + 3 x 200
        assert books[refs["HQ"]].posted + books[refs["shop 1"]].posted + books[refs["shop 2"]].posted == cny("870.00")
        assert books[refs["HQ"]].posted == cny("270.00")
        transit = balances(session, [in_transit(group.accounts[name], "CNY") for name in own])
        assert {balance.posted for balance in transit.values()} == {cny("0.00")}

    def test_lived_again_change_nothing(self, group: Group) -> None:
        advance(group.context, MONDAY, actor=MAKER, bank=group, on_day=group.morning)
        again = advance(group.context, MONDAY, actor=MAKER, bank=group, on_day=group.morning)
        assert [day.jobs_run for day in again] == [0]
