"""Invoices the debtor itself brings in: they come confirmed, once a second person of the debtor stands by them."""

from datetime import date

import pytest

from domain.access.errors import SamePerson
from domain.receivables.approved import confirm_approved, register_approved
from domain.receivables.evidence import evidence_of
from domain.receivables.parsing import InvoiceRow
from domain.receivables.queries import of_import
from domain.receivables.service import submit_import
from domain.receivables.states import ConfirmationGrade, EvidenceKind, ReceivableState
from domain.values.errors import NotFound
from domain.values.money import Money
from tests.domain.receivables.conftest import CHECKER, MAKER, Office

G = ConfirmationGrade


def invoice(row: int, number: str, seller: str = "S1") -> InvoiceRow:
    total = Money.of("1000.00", "CNY")
    return InvoiceRow(row, "", number, date(2026, 1, 5), date(2026, 3, 27), total, seller_code=seller)


class TestApprovedInvoices:
    def test_are_confirmed_by_the_debtors_checker(self, office: Office) -> None:
        rows = [invoice(1, "INV-1"), invoice(2, "INV-2", "S9")]
        debtor = office.debtors["D1"]
        report, answer = register_approved(office.session, rows, debtor_id=debtor, actor=MAKER, clock=office.clock)
        assert (report.registered, [error.code for error in report.refused], answer) == (1, ["unknown_seller"], None)
        with pytest.raises(SamePerson):
            confirm_approved(office.session, report.import_id, actor=MAKER, clock=office.clock)
        confirm_approved(office.session, report.import_id, actor=CHECKER, clock=office.clock)
        row = office.found(report.receivable_ids[0])
        assert (row.state, row.debtor_id, row.confirmation_grade) == (ReceivableState.CONFIRMED, debtor, G.SIGNED)
        assert row.confirmed_amount == row.face_amount
        (evidence,) = evidence_of(office.session, row.id)
        assert (evidence.kind, evidence.grade) == (EvidenceKind.DEBTOR_UPLOAD, G.SIGNED)

    def test_that_the_seller_registered_before_are_put_to_the_debtors_signature(self, office: Office) -> None:
        (known,) = office.verified("D1,inv 1,2026-01-05,2026-03-27,1000.00")
        report, answer = register_approved(
            office.session, [invoice(1, "INV-1")], debtor_id=office.debtors["D1"], actor=MAKER, clock=office.clock
        )
        assert (report.registered, report.known) == (0, [known])
        assert answer is not None
        office.sign(answer)
        assert office.found(known).state is ReceivableState.CONFIRMED

    def test_that_resemble_another_wait_for_a_person(self, office: Office) -> None:
        office.verified("D1,INV-1,2026-01-05,2026-03-27,999.00")
        report, _ = register_approved(
            office.session, [invoice(1, "INV-1")], debtor_id=office.debtors["D1"], actor=MAKER, clock=office.clock
        )
        done = confirm_approved(office.session, report.import_id, actor=CHECKER, clock=office.clock)
        assert (done.verified, done.held) == ([], report.receivable_ids)

    def test_are_not_submitted_as_a_sellers_nor_a_sellers_confirmed_as_a_debtors(self, office: Office) -> None:
        report, _ = register_approved(
            office.session, [invoice(1, "INV-1")], debtor_id=office.debtors["D1"], actor=MAKER, clock=office.clock
        )
        with pytest.raises(NotFound):
            submit_import(office.session, report.import_id, actor=CHECKER, clock=office.clock)
        sellers = office.bring("debtor,invoice number,issue date,due date,amount\nD1,X-1,2026-01-05,2026-03-27,1.00\n")
        with pytest.raises(NotFound):
            confirm_approved(office.session, sellers.import_id, actor=CHECKER, clock=office.clock)
        assert of_import(office.session, sellers.import_id)[0].state is ReceivableState.DRAFT

    def test_are_brought_by_debtors_only(self, office: Office) -> None:
        with pytest.raises(NotFound):
            register_approved(office.session, [], debtor_id=office.seller, actor=MAKER, clock=office.clock)
