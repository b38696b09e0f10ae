"""Deposits: received, called up, returned by two people and the bank, used in default in the order of R27."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.access.errors import SamePerson
from domain.banking.answers import Outcome
from domain.banking.cash import cash_at_bank, in_transit
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing.agents import defaults, returns
from domain.financing.agents.errors import (
    AgentLimitExceeded,
    ClaimOverpaid,
    DefaultOpen,
    DepositTooLow,
    NobodyLeftToClaim,
    NothingOwed,
)
from domain.financing.agents.remittances import reverse_remittance
from domain.financing.agents.states import CallState, ClaimStep, DefaultState, ReturnState, Status
from domain.financing.agents.tables import AgentClaim, AgentDefault, DepositCall, DepositReturn
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.errors import InsufficientFunds
from domain.ledger.posting import Leg, Posting
from domain.parties.relations import relate
from domain.parties.states import RelationKind
from domain.runs import service as runs
from tests.domain.financing.agents.conftest import CHECKER, FIRST_PERIOD, MAKER, Agency, cny


def calls(agency: Agency) -> list[DepositCall]:
    agency.session.flush()
    found = text("SELECT id FROM agent_deposit_call WHERE tenant_id = :tenant ORDER BY id")
    ids = list(agency.session.scalars(found, {"tenant": agency.session.tenant_id}))
    return [agency.session.get_one(DepositCall, (agency.session.tenant_id, each)) for each in ids]


def open_claim(agency: Agency) -> AgentClaim:
    agency.session.flush()
    found = text("SELECT id FROM agent_claim WHERE tenant_id = :tenant AND state = 'open'")
    identity = agency.session.scalars(found, {"tenant": agency.session.tenant_id}).one()
    return agency.session.get_one(AgentClaim, (agency.session.tenant_id, identity))


class TestReceived:
    def test_stands_in_the_books_and_once_per_source(self, agency: Agency) -> None:
        assert agency.deposit("300.00", "statement_entry:5") == ["statement_entry:5"]
        assert agency.deposit("300.00", "statement_entry:5") == []
        assert agency.agent.deposit_minor == 30_000
        assert agency.balance(AccountKind.DEPOSIT_HELD, agency.agent_id) == cny("300.00")
        agency.proved()


class TestCalls:
    def test_a_deposit_that_no_longer_secures_its_sales_is_called_up_once(self, agency: Agency) -> None:
        # R26, status B: 1,000 / 2 = 500 are needed, 200 are held
        agency.deposit("200.00")
        agency.report("1000.00")
        assert (agency.review().calls, agency.review().calls) == (1, 0)
        (call,) = calls(agency)
        assert (call.amount_minor, call.target_minor, call.due_on) == (30_000, 50_000, FIRST_PERIOD + timedelta(5))
        agency.proved()

    def test_it_is_missed_after_its_day_and_met_all_the_same(self, agency: Agency) -> None:
        agency.deposit("200.00")
        agency.report("1000.00")
        agency.review()
        agency.world.on(FIRST_PERIOD + timedelta(6))
        assert agency.review().missed == 1
        assert calls(agency)[0].state is CallState.MISSED
        agency.deposit("299.99")
        assert calls(agency)[0].state is CallState.MISSED
        agency.deposit("0.01")
        assert calls(agency)[0].state is CallState.MET


class TestReturned:
    def proposed(self, agency: Agency, amount: str) -> DepositReturn:
        return returns.propose_return(agency.session, agency.agent_id, cny(amount), actor=MAKER, clock=agency.clock)

    def approved(self, agency: Agency, amount: str) -> DepositReturn:
        row = self.proposed(agency, amount)
        return returns.approve_return(
            agency.session, row.id, digest_seen=returns.digest(row), actor=CHECKER, clock=agency.clock
        )

    def bank(self, agency: Agency, row: DepositReturn, verdict: Verdict) -> None:
        """The bank's word, with its cash leg as banking books it."""
        cash, transit = cash_at_bank(agency.own_account, "CNY"), in_transit(agency.own_account, "CNY")
        outcome = Outcome(
            instruction_id=1,
            purpose=Purpose.DEPOSIT_RETURN,
            direction=Direction.CREDIT,
            subject_id=row.id,
            result=verdict,
            amount=row.amount,
            value_date=agency.world.today,
            reason=None if verdict is Verdict.SETTLED else "AC04",
            own_account_id=agency.own_account,
            counter_account_id=agency.payee_account,
            mandate_id=None,
            attempt=1,
            obligation_key=f"deposit_return:{row.id}",
            run_id=None,
        )
        if verdict is not Verdict.REJECTED:
            leg = Leg(transit, cash, row.amount) if verdict is Verdict.SETTLED else Leg(cash, transit, row.amount)
            posting = Posting(f"bank:{verdict.value}", "bank", "bank", agency.world.today, (leg,))
            ledger.post(agency.session, posting, actor=MAKER, clock=agency.clock)
        for _ in range(2):  # a word that comes twice changes nothing
            returns.book_deposit_returns(agency.session, [outcome], clock=agency.clock)
        assert agency.balance(AccountKind.IN_TRANSIT, agency.own_account) == cny("0.00")
        agency.proved()

    def test_never_below_what_secures_outstanding_sales(self, agency: Agency) -> None:
        # R26, status B: 1,000 / 2 = 500 stay; 600 - 500 = 100 are free
        agency.deposit("600.00")
        agency.report("1000.00")
        with pytest.raises(DepositTooLow) as refused:
            self.proposed(agency, "100.01")
        assert (refused.value.facts["needed"], refused.value.facts["free"]) == ("500.00 CNY", "100.00 CNY")
        assert self.approved(agency, "100.00").state is ReturnState.APPROVED

    def test_what_is_promised_back_secures_nothing_any_more(self, agency: Agency) -> None:
        agency.deposit("600.00")
        self.approved(agency, "600.00")
        with pytest.raises(AgentLimitExceeded):
            agency.sell("0.01")
        with pytest.raises(DepositTooLow):
            self.proposed(agency, "0.01")
        agency.proved()

    def test_more_sold_meanwhile_stops_the_approval(self, agency: Agency) -> None:
        agency.deposit("600.00")
        row = self.proposed(agency, "600.00")
        agency.sell("0.01")
        with pytest.raises(DepositTooLow):
            returns.approve_return(
                agency.session, row.id, digest_seen=returns.digest(row), actor=CHECKER, clock=agency.clock
            )

    def test_needs_two_people(self, agency: Agency) -> None:
        agency.deposit("600.00")
        row = self.proposed(agency, "1.00")
        with pytest.raises(SamePerson):
            returns.approve_return(
                agency.session, row.id, digest_seen=returns.digest(row), actor=MAKER, clock=agency.clock
            )

    def test_is_due_to_the_account_the_agent_is_paid_to_out_of_the_airlines(self, agency: Agency) -> None:
        agency.deposit("600.00")
        row = self.approved(agency, "50.00")
        agency.session.flush()
        (due,) = agency.session.execute(returns.due_deposit_returns(agency.session, date(2026, 1, 3))).all()
        assert (due.own_account_id, due.counter_account_id) == (agency.own_account, agency.payee_account)
        assert (due.amount_minor, due.purpose, due.subject_id) == (5_000, "deposit_return", row.id)

    def test_goes_out_with_the_releases_of_the_day(self, agency: Agency) -> None:
        agency.deposit("600.00")
        self.approved(agency, "50.00")
        agency.world.on(date(2026, 1, 3))  # its new account has cooled off
        run = runs.plan_run(
            agency.session,
            kind=runs.RunKind.RELEASE,
            business_date=agency.world.today,
            slot="1030",
            clock=agency.clock,
        )
        assert (run.item_count, run.totals) == (1, {"CNY": 5_000})

    def test_leaves_the_books_when_the_bank_has_paid_it(self, agency: Agency) -> None:
        agency.deposit("600.00")
        row = self.approved(agency, "50.00")
        self.bank(agency, row, Verdict.SETTLED)
        assert (row.state, agency.agent.deposit_minor) == (ReturnState.PAID, 55_000)
        assert agency.balance(AccountKind.DEPOSIT_HELD, agency.agent_id) == cny("550.00")

    def test_that_the_bank_sends_back_is_deposit_again(self, agency: Agency) -> None:
        agency.deposit("600.00")
        row = self.approved(agency, "50.00")
        self.bank(agency, row, Verdict.SETTLED)
        self.bank(agency, row, Verdict.RETURNED)
        assert (row.state, row.failure_reason, agency.agent.deposit_minor) == (ReturnState.FAILED, "AC04", 60_000)

    def test_that_the_bank_refuses_was_never_gone(self, agency: Agency) -> None:
        agency.deposit("600.00")
        row = self.approved(agency, "50.00")
        self.bank(agency, row, Verdict.REJECTED)
        assert (agency.agent.deposit_minor, agency.agent.returning_minor) == (60_000, 0)


class TestDefault:
    def defaulted(self, agency: Agency, owed: str = "412000.00", deposit: str = "300000.00") -> AgentDefault:
        agency.trusted()
        agency.deposit(deposit)
        agency.report(owed)
        row = defaults.declare_default(
            agency.session, agency.agent_id, cny(owed), reason="no remittance", actor=MAKER, clock=agency.clock
        )
        return defaults.enforce_default(
            agency.session, row.id, digest_seen=defaults.digest(row), actor=CHECKER, clock=agency.clock
        )

    def test_takes_the_deposit_claims_the_rest_and_stops_sales_until_it_is_topped_up(self, agency: Agency) -> None:
        # R27: 412,000 - 300,000 = 112,000
        row = self.defaulted(agency)
        assert (row.deposit_minor, row.state) == (30_000_000, DefaultState.ENFORCED)
        claim = open_claim(agency)
        assert (claim.amount_minor, claim.step, claim.payer_id) == (11_200_000, ClaimStep.PAYOUTS, agency.agent_id)
        agent = agency.agent
        assert (agent.outstanding, agent.deposit_minor, agent.limit_minor) == (cny("112000.00"), 0, 0)
        assert agent.status is Status.B  # R25: a default fails the payment history
        (call,) = calls(agency)
        assert (call.amount_minor, call.target_minor) == (30_000_000, 30_000_000)
        assert agency.balance(AccountKind.DEPOSIT_HELD, agency.agent_id) == cny("0.00")
        assert agency.balance(AccountKind.WALLET, agency.airline) == cny("300000.00")
        agency.proved()

    def test_nothing_is_sold_until_all_of_it_is_topped_up(self, agency: Agency) -> None:
        self.defaulted(agency)
        agency.deposit("299999.99")
        with pytest.raises(AgentLimitExceeded):
            agency.sell("0.01")
        agency.deposit("0.01")
        # no period has ended, so its security alone speaks for it: 300,000 - 112,000 = 188,000
        assert agency.sell("1000.00").headroom == cny("187000.00")
        agency.proved()

    def test_needs_two_people_and_is_one_at_a_time(self, agency: Agency) -> None:
        agency.report("100.00")
        row = defaults.declare_default(
            agency.session, agency.agent_id, cny("100.00"), reason="x", actor=MAKER, clock=agency.clock
        )
        with pytest.raises(SamePerson):
            defaults.enforce_default(
                agency.session, row.id, digest_seen=defaults.digest(row), actor=MAKER, clock=agency.clock
            )
        with pytest.raises(DefaultOpen):
            defaults.declare_default(
                agency.session, agency.agent_id, cny("1.00"), reason="x", actor=MAKER, clock=agency.clock
            )

    def test_is_never_of_more_than_is_outstanding(self, agency: Agency) -> None:
        agency.report("100.00")
        with pytest.raises(NothingOwed):
            defaults.declare_default(
                agency.session, agency.agent_id, cny("100.01"), reason="x", actor=MAKER, clock=agency.clock
            )

    def test_that_the_deposit_covers_is_settled_at_once(self, agency: Agency) -> None:
        row = self.defaulted(agency, "200000.00")
        assert (row.state, agency.agent.deposit_minor) == (DefaultState.SETTLED, 10_000_000)
        (call,) = calls(agency)
        assert (call.amount_minor, call.target_minor) == (20_000_000, 30_000_000)
        agency.proved()

    def test_goes_on_to_the_guarantor_and_then_to_the_seller(self, agency: Agency) -> None:
        guarantor = agency.world.parties["seller"]
        relate(agency.session, agency.agent_id, guarantor, RelationKind.GUARANTOR, actor=MAKER, clock=agency.clock)
        self.defaulted(agency)
        payers: list[tuple[ClaimStep, UUID]] = []
        for _ in range(2):
            claim = defaults.pass_on_claim(
                agency.session, open_claim(agency).id, reason="nothing held", actor=MAKER, clock=agency.clock
            )
            payers.append((claim.step, claim.payer_id))
        assert payers == [(ClaimStep.GUARANTOR, guarantor), (ClaimStep.SELLER, agency.airline)]
        with pytest.raises(NobodyLeftToClaim):
            defaults.pass_on_claim(agency.session, open_claim(agency).id, reason="x", actor=MAKER, clock=agency.clock)

    def test_a_payout_held_for_the_agent_pays_the_claim_when_two_people_say_so(self, agency: Agency) -> None:
        row = self.defaulted(agency)
        wallet = AccountRef(AccountKind.WALLET, "CNY", agency.agent_id)
        leg = Leg(agency.cash, wallet, cny("100000.00"))
        ledger.post(
            agency.session,
            Posting("payout", "test", "test", agency.world.today, (leg,)),
            actor=MAKER,
            clock=agency.clock,
        )
        claim = open_claim(agency)
        assert defaults.claims_on(agency.session, [agency.agent_id], "CNY") == {agency.agent_id: cny("112000.00")}

        def pay(amount: str) -> None:
            defaults.propose_claim_payment(agency.session, claim.id, cny(amount), actor=MAKER, clock=agency.clock)
            defaults.approve_claim_payment(agency.session, claim.id, cny(amount), actor=CHECKER, clock=agency.clock)

        with pytest.raises(ClaimOverpaid):
            pay("112000.01")
        with pytest.raises(InsufficientFunds), agency.session.begin_nested():
            pay("112000.00")
        pay("100000.00")
        assert (claim.unpaid, row.rest, agency.agent.outstanding) == (cny("12000.00"),) * 3
        agency.proved()

    def test_repays_the_lender_first_where_an_advance_stands_on_the_debt(self, agency: Agency) -> None:
        world = agency.world
        world.parties["seller"], world.parties["debtor"] = agency.airline, agency.agent.debtor_id
        world.accounts["seller"], world.accounts["debtor"] = agency.own_account, agency.payee_account
        agency.trusted()
        agency.report("412000.00")
        world.on(FIRST_PERIOD + timedelta(days=15))
        agency.settle()
        world.facility()
        found = text("SELECT receivable_id FROM agent_period WHERE tenant_id = :tenant")
        (receivable_id,) = agency.session.scalars(found, {"tenant": agency.session.tenant_id}).all()
        advance_id = world.funded(receivable_id)
        world.on(date(2026, 2, 5))
        agency.deposit("300000.00")
        row = defaults.declare_default(
            agency.session, agency.agent_id, cny("412000.00"), reason="late", actor=MAKER, clock=agency.clock
        )
        defaults.enforce_default(
            agency.session, row.id, digest_seen=defaults.digest(row), actor=CHECKER, clock=agency.clock
        )
        # 412,000 x 90 % = 370,800 lent. From 16 January: 9 days to the due date, which rolls from Sunday 25 to Monday
        # 26 January, so 10 days x 370,800 x 5.5 % / 360 = 566.50; 10 days late at 8.25 %: 849.75 (R6).
        # 300,000 - 849.75 - 566.50 = 298,583.75 of principal (R7); 72,216.25 stay.
        advance = world.advance(advance_id)
        assert advance.principal_open_minor == 7_221_625
        assert agency.agent.outstanding == cny("112000.00")
        assert agency.balance(AccountKind.DEPOSIT_HELD, agency.agent_id) == cny("0.00")
        assert agency.balance(AccountKind.WALLET, agency.airline) == cny("0.00")
        agency.proved()


def test_a_remittance_the_bank_takes_back_is_owed_again(agency: Agency) -> None:
    agency.report("100.00")
    source = agency.remit("60.00")
    for _ in range(2):
        reverse_remittance(
            agency.session, source, cash=agency.cash, value_on=agency.world.today, actor=MAKER, clock=agency.clock
        )
    assert agency.agent.outstanding == cny("100.00")
    assert agency.balance(AccountKind.CASH_AT_BANK, agency.own_account) == cny("0.00")
    agency.proved()
