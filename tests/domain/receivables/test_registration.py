"""One invoice, one registration: exact copies and near ones, across tenants, at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from uuid import uuid4

from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.receivables.imports import ImportReport, register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.queries import of_import
from domain.receivables.service import submit_import, verify_receivables
from domain.values.money import Money
from tests.domain.receivables.conftest import CHECKER, MAKER, Office, office_of

ROW = InvoiceRow(1, "D1", "INV-1", date(2026, 1, 5), date(2026, 3, 27), Money.of("1000.00", "CNY"))


def register(office: Office, *rows: InvoiceRow) -> ImportReport:
    return register_invoices(office.session, rows, seller_id=office.seller, actor=MAKER, clock=office.clock)


def reasons(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in report.refused]


class TestList:
    def test_answers_each_invoice_with_all_that_is_wrong_with_it(self, office: Office) -> None:
        wrong = replace(ROW, row=2, debtor_code="D9", total=Money.zero("CNY"), due_on=date(2026, 1, 4))
        report = register(office, ROW, wrong)
        assert (report.read, report.registered, report.rows) == (2, 1, [1])
        assert reasons(report) == [
            (2, "amount", "not_positive"),
            (2, "debtor_code", "unknown_debtor"),
            (2, "due_on", "due_before_issue"),
        ]

    def test_keeps_the_facts_that_eligibility_asks_for(self, office: Office) -> None:
        told = replace(
            ROW,
            delivered_on=date(2026, 1, 3),
            contract_reference="HT-7",
            not_assignable=True,
            red_lettered=True,
            is_certificate=True,
        )
        (row,) = of_import(office.session, register(office, told).import_id)
        assert (row.delivered_on, row.contract_reference) == (date(2026, 1, 3), "HT-7")
        assert (row.not_assignable, row.red_lettered, row.is_certificate) == (True, True, True)

    def test_reads_the_same_facts_from_a_file(self, office: Office) -> None:
        report = office.bring(
            "付款方代码,发票号码,开票日期,到期日,金额,交付日期,合同编号,禁止转让,已红冲\n"
            "D1,INV-1,2026-01-05,2026-03-27,1000.00,2026年1月3日,HT-7,是,否\n"
            "D1,INV-2,2026-01-05,2026-03-27,1000.00,,,也许,\n"
        )
        assert reasons(report) == [(3, "禁止转让", "bad_flag")]
        (row,) = of_import(office.session, report.import_id)
        assert (row.delivered_on, row.contract_reference) == (date(2026, 1, 3), "HT-7")
        assert (row.not_assignable, row.red_lettered) == (True, False)


class TestDuplicates:
    def test_are_exact_or_in_part(self, office: Office) -> None:
        register(office, ROW)
        again = replace(ROW, invoice_number="inv 1")
        near = replace(ROW, row=2, total=Money.of("1000.01", "CNY"))
        report = register(office, again, near)
        assert reasons(report) == [(1, "invoice_number", "duplicate_invoice")]
        assert [(note.row, note.code) for note in report.resembling] == [(2, "resembles_registered")]
        assert report.rows == [2]

    def test_in_part_are_told_of_another_tenant_in_the_same_words(
        self, office: Office, database: Database, clock: FixedClock
    ) -> None:
        register(office, ROW)
        office.session.commit()
        near = replace(ROW, issued_on=date(2026, 1, 6))
        with TenantSession(database.engines[Role.WORKER], tenant_key(f"test-{uuid4().hex}")) as session:
            told = register(office_of(session, clock, office.session.tenant_id), near).resembling
        assert told == register(office, near).resembling

    def test_in_part_of_two_tenants_at_one_moment_are_both_held(
        self, office: Office, database: Database, clock: FixedClock
    ) -> None:
        with TenantSession(database.engines[Role.WORKER], tenant_key(f"test-{uuid4().hex}")) as session:
            other = office_of(session, clock, office.session.tenant_id)
            reports = [
                (office, register(office, ROW)),
                (other, register(other, replace(ROW, issued_on=date(2026, 1, 6)))),
            ]
            # Neither transaction sees the other's row: nothing resembles anything yet.
            assert [report.resembling for _, report in reports] == [[], []]
            for each, _ in reports:
                each.session.commit()
            for each, report in reports:
                ids = submit_import(each.session, report.import_id, actor=CHECKER, clock=clock)
                verification = verify_receivables(each.session, ids, clock=clock)
                assert (verification.verified, verification.held) == ([], ids)
                assert each.found(ids[0]).resembles_registered


class TestRace:
    def test_of_fifty_across_five_tenants_is_won_by_one(self, database: Database, clock: FixedClock) -> None:
        salt = tenant_key(uuid4().hex)
        offices: list[Office] = []
        for _ in range(5):
            with TenantSession(database.engines[Role.WORKER], tenant_key(f"test-{uuid4().hex}")) as session:
                offices.append(office_of(session, clock, salt))
                session.commit()
        start = Barrier(50)

        def bring(place: int) -> list[str]:
            office = offices[place % 5]
            start.wait()
            with TenantSession(database.engines[Role.WORKER], office.session.tenant_id) as session:
                report = register(replace(office, session=session), ROW)
                session.commit()
            return [error.code for error in report.refused]

        with ThreadPoolExecutor(50) as threads:
            answers = list(threads.map(bring, range(50)))
        winners = [place for place, codes in enumerate(answers) if not codes]
        assert len(winners) == 1
        for place, codes in enumerate(answers):
            own = place % 5 == winners[0] % 5
            assert codes == ([] if place == winners[0] else ["duplicate_invoice" if own else "registered_elsewhere"])
