"""Invoices in: rows are independent, an invoice is registered once, and nobody learns by whom."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from domain.access.errors import SamePerson
from domain.access.tenants import found_tenant
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.receivables.errors import RedLettered
from domain.receivables.imports import register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.queries import of_import
from domain.receivables.rules import InvoiceIdentity, normal
from domain.receivables.service import (
    clear_resemblance,
    mark_red_lettered,
    reject_receivables,
    submit_import,
    verify_receivables,
)
from domain.receivables.states import ReceivableState
from domain.receivables.tables import InvoiceImport
from domain.values.money import Money
from tests.domain.receivables.conftest import CHECKER, MAKER, Office, office_of

HEADER = "debtor,invoice number,issue date,due date,amount\n"
GOOD = "D1,INV-1,2026-01-05,2026-03-27,1000.00\n"
HISTORY = Path(__file__).parents[4] / "shared" / "data" / "receivables.csv"


def codes(report: object) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in report.refused]  # type: ignore[attr-defined]


class TestRows:
    def test_that_are_good_come_in_and_bad_ones_are_named(self, office: Office) -> None:
        report = office.bring(
            HEADER
            + GOOD
            + "D1,INV-2,2026-01-05,2026-03-27,12.345\n"
            + "D9,INV-3,2026-01-05,2026-03-27,10.00\n"
            + "D1,INV-4,2026-02-30,2026-03-27,10.00\n"
            + "D3,INV-5,2026-01-05,2026-03-27,10.00\n"
            + "D2,INV-6,2026-01-05,2026-03-27,10.00\n"
        )
        assert (report.read, report.registered) == (6, 2)
        assert codes(report) == [
            (3, "amount", "bad_amount"),
            (4, "debtor", "unknown_debtor"),
            (5, "issue date", "bad_date"),
            (6, "debtor", "no_tax_id"),
        ]
        assert [each.invoice_number for each in of_import(office.session, report.import_id)] == ["INV-1", "INV-6"]
        kept = office.session.get_one(InvoiceImport, (office.session.tenant_id, report.import_id))
        assert [error["row"] for error in kept.refused] == [3, 4, 5, 6]

    def test_that_repeat_one_of_the_file_point_to_it(self, office: Office) -> None:
        report = office.bring(HEADER + GOOD + GOOD.replace("INV-1", "inv 1"))
        assert codes(report) == [(3, "invoice number", "duplicate_in_file")]
        assert "row 2" in report.refused[0].message_en

    def test_that_repeat_one_of_another_file_are_refused(self, office: Office) -> None:
        office.bring(HEADER + GOOD)
        report = office.bring(HEADER + GOOD + GOOD.replace("INV-1", "INV-2"))
        assert (report.registered, codes(report)) == (1, [(2, "invoice number", "duplicate_invoice")])

    def test_that_another_tenant_registered_are_refused_without_a_word_of_it(
        self, office: Office, database: Database, clock: FixedClock
    ) -> None:
        salt = office.session.tenant_id
        office.bring(HEADER + GOOD)
        office.session.commit()
        other_tenant = tenant_key(f"test-{uuid4().hex}")
        with TenantSession(database.engines[Role.WORKER], other_tenant) as session:
            report = office_of(session, clock, salt).bring(HEADER + GOOD)
        (error,) = report.refused
        assert error.code == "registered_elsewhere"
        told = f"{error.message_en}{error.message_zh}"
        assert str(salt) not in told
        assert "Seller" not in told

    def test_of_a_sandbox_never_meet_those_of_real_tenants(
        self, office: Office, database: Database, clock: FixedClock
    ) -> None:
        salt = office.session.tenant_id
        slug = f"test-{uuid4().hex[:20]}"
        with TenantSession(database.engines[Role.WORKER], tenant_key(slug)) as session:
            found_tenant(
                session,
                slug=slug,
                name="Sandbox",
                currency="CNY",
                zone="Asia/Shanghai",
                sandbox=True,
                clock=clock,
                actor=MAKER,
            )
            assert office_of(session, clock, salt).bring(HEADER + GOOD).registered == 1
            session.commit()
        assert office.bring(HEADER + GOOD).registered == 1

    def test_may_come_from_a_program_by_the_same_rules(self, office: Office) -> None:
        row = InvoiceRow(1, "D1", "INV-1", date(2026, 1, 5), date(2026, 3, 27), Money.of("10.00", "CNY"))
        rows = [row, replace(row, row=2), replace(row, row=3, seller_code="S9", invoice_number="INV-2")]
        report = register_invoices(office.session, rows, seller_id=office.seller, actor=MAKER, clock=office.clock)
        assert report.registered == 1
        assert codes(report) == [(2, "invoice_number", "duplicate_in_file"), (3, "seller_code", "unknown_seller")]

    def test_in_a_race_of_two_files_come_in_once(self, office: Office, database: Database) -> None:
        office.session.commit()
        numbers = [f"INV-{number}" for number in range(200)]
        files = [
            HEADER + "".join(GOOD.replace("INV-1", number) for number in order) for order in (numbers, numbers[::-1])
        ]
        start = Barrier(2)

        def bring(content: str) -> int:
            with TenantSession(database.engines[Role.WORKER], office.session.tenant_id) as session:
                start.wait()
                registered = replace(office, session=session).bring(content).registered
                session.commit()
                return registered

        with ThreadPoolExecutor(2) as threads:
            assert sum(threads.map(bring, files)) == 200

    @pytest.mark.skipif(not HISTORY.exists(), reason="the data folder is not here")
    def test_of_the_payment_history_all_come_in(self, office: Office) -> None:
        lines = HISTORY.read_text().splitlines()
        customers = sorted({line.split(",")[1] for line in lines[1:]})
        debtors = [
            NewParty(
                kind=PartyKind.DEBTOR, name=code, code=code, tax_id=f"{place}X{office.session.tenant_id}", country="DE"
            )
            for place, code in enumerate(customers)
        ]
        register_parties(office.session, debtors, actor=MAKER, clock=office.clock)
        report = office.bring(HISTORY.read_bytes())
        assert (report.read, report.registered, report.refused) == (2466, 2466, [])


class TestSubmission:
    def test_is_for_a_second_person(self, office: Office) -> None:
        report = office.bring(HEADER + GOOD)
        with pytest.raises(SamePerson):
            submit_import(office.session, report.import_id, actor=MAKER, clock=office.clock)
        submit_import(office.session, report.import_id, actor=CHECKER, clock=office.clock)
        (invoice,) = of_import(office.session, report.import_id)
        assert invoice.state is ReceivableState.SUBMITTED


class TestVerification:
    def submitted(self, office: Office, row: str) -> UUID:
        report = office.bring(HEADER + row)
        (submitted,) = submit_import(office.session, report.import_id, actor=CHECKER, clock=office.clock)
        return submitted

    def test_passes_what_resembles_nothing(self, office: Office) -> None:
        invoice = self.submitted(office, GOOD)
        assert verify_receivables(office.session, [invoice], clock=office.clock).verified == [invoice]

    def test_holds_the_same_number_with_another_total_for_a_person(self, office: Office) -> None:
        self.submitted(office, GOOD)
        likely = self.submitted(office, GOOD.replace("1000.00", "1000.01"))
        assert verify_receivables(office.session, [likely], clock=office.clock).held == [likely]
        cleared = clear_resemblance(office.session, likely, reason="second delivery", actor=CHECKER, clock=office.clock)
        assert cleared.state is ReceivableState.VERIFIED

    def test_holds_a_red_lettered_one_and_nobody_clears_it(self, office: Office) -> None:
        red = self.submitted(office, GOOD)
        mark_red_lettered(office.session, red, reason="returned", actor=MAKER, clock=office.clock)
        assert verify_receivables(office.session, [red], clock=office.clock).held == [red]
        with pytest.raises(RedLettered):
            clear_resemblance(office.session, red, reason="fine", actor=CHECKER, clock=office.clock)

    def test_that_fails_frees_the_fingerprint(self, office: Office) -> None:
        invoice = self.submitted(office, GOOD)
        reject_receivables(office.session, [invoice], reason="not issued", actor=CHECKER, clock=office.clock)
        assert office.bring(HEADER + GOOD).registered == 1


class TestFingerprint:
    BASE = InvoiceIdentity("DE1", "DE2", "", "INV-1", date(2026, 1, 5), Money.of("1000.00", "CNY"))

    @pytest.mark.parametrize("typed", ["inv-1", "INV 1", "ＩＮＶ－１", " INV–1 "])
    def test_is_the_same_however_the_number_is_typed(self, typed: str) -> None:
        assert replace(self.BASE, invoice_number=typed).fingerprint == self.BASE.fingerprint
        assert normal(typed) == "INV1"

    def test_differs_between_sellers_with_the_same_number(self) -> None:
        assert replace(self.BASE, seller_tax_id="DE9").fingerprint != self.BASE.fingerprint

    def test_differs_by_date_and_total_while_the_likeness_does_not(self) -> None:
        reissued = replace(self.BASE, issued_on=date(2026, 1, 6), total=Money.of("1000.01", "CNY"))
        assert reissued.fingerprint != self.BASE.fingerprint
        assert reissued.likeness == self.BASE.likeness

    def test_keeps_its_parts_apart(self) -> None:
        assert (
            replace(self.BASE, seller_tax_id="DE12", debtor_tax_id="DE").fingerprint
            != replace(self.BASE, seller_tax_id="DE1", debtor_tax_id="2DE").fingerprint
        )
