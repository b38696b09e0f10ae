"""Daily sales in, settlement periods out: the airline's invoices on its agent, financed like any other."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from domain.banking.states import Purpose
from domain.financing.agents import sales
from domain.financing.agents.sales_files import SaleLine
from domain.financing.agents.tables import AgentPeriod
from domain.financing.parts import propose_split
from domain.ledger.chart import AccountKind
from domain.receivables.errors import MissingColumns
from domain.receivables.parts.errors import NotDivisible
from domain.receivables.parts.rules import split_evenly
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from tests.domain.financing.agents.conftest import FIRST_PERIOD, MAKER, Agency, cny

END = FIRST_PERIOD + timedelta(days=15)


def imported(agency: Agency, content: str) -> sales.SalesReported:
    return sales.import_sales(
        agency.session, content=content.encode(), file_name="s.csv", currency="CNY", actor=MAKER, clock=agency.clock
    )


def periods(agency: Agency) -> list[AgentPeriod]:
    found = text("SELECT id FROM agent_period WHERE tenant_id = :tenant ORDER BY ends_on")
    ids = agency.session.scalars(found, {"tenant": agency.session.tenant_id})
    return [agency.session.get_one(AgentPeriod, (agency.session.tenant_id, each)) for each in ids]


def invoice_of(agency: Agency, period: AgentPeriod) -> Receivable:
    assert period.receivable_id is not None
    return agency.session.get_one(Receivable, (agency.session.tenant_id, period.receivable_id))


class TestReports:
    def test_sales_raise_and_refunds_lower_what_is_outstanding(self, agency: Agency) -> None:
        agency.report("1000.00")
        agency.report("-150.00")
        assert (agency.agent.sold_minor, agency.agent.refunded_minor) == (100_000, 15_000)
        assert agency.agent.outstanding == cny("850.00")
        agency.proved()

    def test_an_identical_report_is_one(self, agency: Agency) -> None:
        content = "agent,date,reference,amount\nA-7,2026-01-01,D-1,1000.00\nA-7,2026-01-01,D-2,-20.00\n"
        first, again = imported(agency, content), imported(agency, content)
        assert (first.taken, first.known, again.taken, again.known) == (2, 0, 0, 2)
        assert agency.agent.outstanding == cny("980.00")

    def test_each_line_is_answered_by_itself(self, agency: Agency) -> None:
        agency.report("5.00", reference="K-1")
        report = imported(
            agency,
            "代理人,日期,编号,金额\n"
            "A-7,2026-01-01,D-1,1000.00\n"
            "A-8,2026-01-01,D-2,1.00\n"
            "A-7,2026-01-02,D-3,1.00\n"
            "A-7,2026-01-01,D-1,1.00\n"
            "A-7,2026-01-01,D-4,1.005\n"
            "A-7,1 Jan,D-5,1.00\n"
            "A-7,2026-01-01,D-6,0.00\n"
            "A-7,2026-01-01,,1.00\n"
            "A-7,2026-01-01,K-1,6.00\n",
        )
        assert (report.read, report.taken) == (9, 1)
        assert [(error.row, error.code) for error in report.refused] == [
            (3, "unknown_agent"),
            (4, "in_future"),
            (5, "duplicate_in_file"),
            (6, "bad_amount"),
            (7, "bad_date"),
            (8, "zero"),
            (9, "empty"),
            (10, "differs_from_before"),
        ]
        agency.proved()

    def test_a_file_without_its_columns_is_refused_as_a_whole(self, agency: Agency) -> None:
        with pytest.raises(MissingColumns):
            imported(agency, "agent,amount\nA-7,1.00\n")

    def test_one_who_acts_for_a_firm_reports_its_own_sales_only(self, agency: Agency) -> None:
        line = SaleLine(1, "A-7", FIRST_PERIOD, "D-1", cny("1.00"))
        stranger = agency.world.parties["lender"]
        report = sales.report_sales(agency.session, [line], actor=MAKER, clock=agency.clock, party_id=stranger)
        assert [error.code for error in report.refused] == ["unknown_agent"]
        own = sales.report_sales(agency.session, [line], actor=MAKER, clock=agency.clock, party_id=agency.agent_id)
        assert own.taken == 1

    def test_a_sale_allowed_beforehand_is_known_when_it_is_reported(self, agency: Agency) -> None:
        agency.deposit("1000.00")
        agency.sell("400.00", "T-1")
        assert agency.report("400.00", reference="T-1").known == 1
        assert agency.agent.outstanding == cny("400.00")


class TestSettlement:
    def test_a_period_becomes_a_confirmed_invoice_due_ten_days_later(self, agency: Agency) -> None:
        agency.report("1000000.00")
        agency.report("-100000.00")
        agency.world.on(END)
        assert (agency.settle().periods, agency.settle().periods) == (1, 0)
        (period,) = periods(agency)
        invoice = invoice_of(agency, period)
        # 1 to 15 January; 15 + 10 = 25 January
        assert (period.starts_on, period.ends_on, period.due_on) == (
            FIRST_PERIOD,
            date(2026, 1, 15),
            date(2026, 1, 25),
        )
        assert (invoice.face_amount, invoice.state) == (cny("900000.00"), ReceivableState.CONFIRMED)
        assert (invoice.seller_id, invoice.debtor_id) == (agency.airline, agency.agent.debtor_id)
        agency.proved()

    def test_what_was_remitted_early_is_not_invoiced(self, agency: Agency) -> None:
        agency.report("1000.00")
        agency.remit("400.00")
        agency.world.on(END)
        agency.settle()
        (period,) = periods(agency)
        assert (period.early_minor, period.face_minor, agency.agent.unapplied_minor) == (40_000, 60_000, 0)
        assert agency.agent.outstanding == cny("600.00")
        agency.proved()

    def test_refunds_beyond_sales_lower_the_next_invoice(self, agency: Agency) -> None:
        agency.report("-50.00")
        agency.world.on(END)
        agency.settle()
        agency.report("200.00")
        agency.world.on(END + timedelta(days=15))
        agency.settle()
        # 0 - 50 is no invoice; 200 - 50 = 150
        assert [period.face_minor for period in periods(agency)] == [0, 15_000]
        assert agency.agent.outstanding == cny("150.00")
        agency.proved()

    def test_sales_reported_late_belong_to_the_next_period(self, agency: Agency) -> None:
        agency.world.on(END)
        agency.settle()
        agency.report("70.00", sold_on=FIRST_PERIOD)
        agency.world.on(END + timedelta(days=15))
        agency.settle()
        assert [period.sales_minor for period in periods(agency)] == [0, 7_000]
        agency.proved()

    def test_missed_evenings_are_caught_up(self, agency: Agency) -> None:
        agency.world.on(FIRST_PERIOD + timedelta(days=46))
        assert agency.settle().periods == 3

    def test_a_periods_invoice_is_not_split_because_remittances_are_set_against_it_whole(self, agency: Agency) -> None:
        agency.report("1000.00")
        agency.world.on(END)
        agency.settle()
        (period,) = periods(agency)
        invoice = invoice_of(agency, period)
        faces = split_evenly(invoice.unpaid, 2)
        with pytest.raises(NotDivisible, match="settlement period"):
            propose_split(agency.session, invoice.id, faces, reason="x", actor=MAKER, clock=agency.clock)

    def test_the_airline_has_its_cash_today_and_the_agents_payment_repays_the_lender(self, agency: Agency) -> None:
        world = agency.world
        world.parties["seller"], world.parties["debtor"] = agency.airline, agency.agent.debtor_id
        world.accounts["seller"], world.accounts["debtor"] = agency.own_account, agency.payee_account
        agency.report("1000000.00")
        world.on(END)
        agency.settle()
        world.facility()
        (period,) = periods(agency)
        assert period.receivable_id is not None
        advance_id = world.funded(period.receivable_id)
        assert world.advance(advance_id).principal_open_minor == 90_000_000  # 90 % of 1,000,000.00 (R1)
        assert agency.agent.outstanding == cny("1000000.00")

        world.on(date(2026, 1, 25))
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        agency.review()
        assert agency.agent.outstanding == cny("0.00")
        assert agency.agent.late_periods == 0
        agency.proved()


class TestRemittances:
    def test_one_source_counts_once(self, agency: Agency) -> None:
        agency.report("1000.00")
        for _ in range(2):
            agency.remit("400.00", "statement_entry:77")
        assert agency.agent.outstanding == cny("600.00")
        # An airline's own money: cash at bank against what is kept for it.
        assert agency.balance(AccountKind.CASH_AT_BANK, agency.own_account) == cny("400.00")
        assert agency.balance(AccountKind.WALLET, agency.airline) == cny("400.00")

    def test_pays_the_invoice_that_is_due_first(self, agency: Agency) -> None:
        for amount, on in (("100.00", END), ("50.00", END + timedelta(days=15))):
            agency.report(amount)
            agency.world.on(on)
            agency.settle()
        agency.remit("120.00")
        first, second = periods(agency)
        assert (invoice_of(agency, first).paid_minor, invoice_of(agency, second).paid_minor) == (10_000, 2_000)
        assert agency.agent.outstanding == cny("30.00")
        agency.proved()

    def test_beyond_what_is_owed_waits_for_what_will_be_sold(self, agency: Agency) -> None:
        agency.report("100.00")
        agency.remit("130.00")
        assert agency.agent.outstanding == cny("0.00")
        agency.report("100.00")
        assert agency.agent.outstanding == cny("70.00")
        agency.proved()


class TestPaymentHistory:
    def test_a_period_unpaid_after_its_day_fails_it_and_paying_late_does_not_undo_that(self, agency: Agency) -> None:
        agency.trusted()
        agency.report("1000.00")
        agency.world.on(END)
        agency.settle()
        agency.world.on(date(2026, 1, 25))
        agency.review()
        assert agency.agent.status.value == "A"  # its day is not over
        agency.world.on(date(2026, 1, 26))
        agency.remit("1000.00")
        agency.review()
        assert (agency.agent.late_periods, agency.agent.history_pass) == (1, False)
        assert agency.agent.status.value == "B"  # R25: one fails
        agency.proved()

    def test_a_period_remitted_in_time_is_not_late_whatever_comes_after(self, agency: Agency) -> None:
        agency.with_history()
        agency.world.on(date(2026, 4, 1))
        agency.review()
        assert agency.agent.late_periods == 0

    def test_every_change_of_status_is_kept(self, agency: Agency) -> None:
        agency.trusted()
        agency.review()
        found = text("SELECT status, reason FROM agent_status_change WHERE tenant_id = :tenant ORDER BY id")
        rows = agency.session.execute(found, {"tenant": agency.session.tenant_id}).all()
        assert [tuple(row) for row in rows] == [("B", "enrolled"), ("A", "finances reviewed")]
