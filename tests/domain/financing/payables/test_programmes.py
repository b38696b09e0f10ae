"""Programmes, suppliers and uploads: two people at every decision, and evidence for what binds the buyer."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.financing.errors import LenderWithoutLicence, NotOfferable, RateOutOfRange
from domain.financing.lenders import NewProfile, keep_profile
from domain.financing.offers import make_auto_offers, make_offers, offers_of_batch
from domain.financing.parts import propose_split
from domain.financing.payables.errors import (
    BadProgrammeLimit,
    FacilityMayNotBuy,
    ProgrammeLimitExceeded,
    ProgrammeNotActive,
    SuppliersNotEligible,
)
from domain.financing.payables.programmes import (
    NewProgramme,
    approve_programme,
    propose_programme,
    propose_resumption,
    suspend_programme,
)
from domain.financing.payables.purchases import offer_purchase
from domain.financing.payables.states import ProgrammeState
from domain.financing.payables.suppliers import approve_suppliers, propose_suppliers, remove_supplier
from domain.financing.payables.uploads import approve_upload, confirm_cleared, upload_file
from domain.financing.states import Licence
from domain.ledger.chart import AccountKind
from domain.receivables.parts.errors import NotDivisible
from domain.receivables.parts.rules import split_evenly
from domain.receivables.service import clear_resemblance
from domain.receivables.states import ConfirmationGrade, ConfirmationState, ReceivableState
from domain.receivables.tables import Confirmation, ConfirmationLine
from domain.values.money import CurrencyMismatch, Money
from tests.domain.financing.payables.conftest import CALENDAR, CHECKER, MAKER, SUPPLIER, Buyer, cny

DUE_ON = date(2026, 4, 4)


def proposed(buyer: Buyer, **terms: object) -> NewProgramme:
    agreed = {
        "limit": cny("1000.00"),
        "own_cash_limit": cny("0.00"),
        "liquidity_floor": cny("0.00"),
        "annual_rate": Decimal("0.08"),
    }
    return NewProgramme(buyer.parties["buyer"], **{**agreed, **terms})  # type: ignore[arg-type]


class TestProgramme:
    def test_is_in_force_once_a_second_person_approves_it(self, buyer: Buyer) -> None:
        programme = propose_programme(buyer.session, proposed(buyer), actor=MAKER, clock=buyer.clock)
        with pytest.raises(SamePerson):
            approve_programme(buyer.session, programme.id, actor=MAKER, clock=buyer.clock)
        approved = approve_programme(buyer.session, programme.id, actor=CHECKER, clock=buyer.clock)
        assert approved.state is ProgrammeState.ACTIVE

    def test_that_changed_since_it_was_proposed_is_not_approved(self, buyer: Buyer) -> None:
        programme = propose_programme(buyer.session, proposed(buyer), actor=MAKER, clock=buyer.clock)
        programme.annual_rate = Decimal("0.09")
        buyer.session.flush()
        with pytest.raises(DigestChanged):
            approve_programme(buyer.session, programme.id, actor=CHECKER, clock=buyer.clock)

    @pytest.mark.parametrize(
        ("terms", "refusal"),
        [
            ({"annual_rate": Decimal("0.361")}, RateOutOfRange),
            ({"min_days_early": 0}, RateOutOfRange),
            ({"limit": cny("0.00")}, BadProgrammeLimit),
            ({"liquidity_floor": cny("-0.01")}, BadProgrammeLimit),
            ({"own_cash_limit": Money.of("1.00", "EUR")}, CurrencyMismatch),
        ],
    )
    def test_with_terms_no_programme_has_is_refused(
        self, buyer: Buyer, terms: dict[str, object], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            propose_programme(buyer.session, proposed(buyer, **terms), actor=MAKER, clock=buyer.clock)

    def test_is_stopped_by_one_person_and_resumed_by_two_each_time(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        for _ in range(2):
            suspend_programme(buyer.session, programme.id, reason="liquidity", actor=MAKER, clock=buyer.clock)
            with pytest.raises(ProgrammeNotActive):
                buyer.upload(programme, buyer.row("A-1", "1.00", DUE_ON))
            propose_resumption(buyer.session, programme.id, actor=MAKER, clock=buyer.clock)
            with pytest.raises(SamePerson):
                approve_programme(buyer.session, programme.id, actor=MAKER, clock=buyer.clock)
            approve_programme(buyer.session, programme.id, actor=CHECKER, clock=buyer.clock)


class TestSuppliers:
    def test_join_by_two_people_and_once(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        member = [buyer.parties["supplier"]]
        with pytest.raises(SuppliersNotEligible):
            propose_suppliers(buyer.session, programme.id, member, actor=MAKER, clock=buyer.clock)
        with pytest.raises(SuppliersNotEligible):
            propose_suppliers(buyer.session, programme.id, [buyer.parties["buyer"]], actor=MAKER, clock=buyer.clock)

    def test_that_left_may_come_back_by_two_people(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        supplier = buyer.parties["supplier"]
        remove_supplier(buyer.session, programme.id, supplier, reason="ended", actor=MAKER, clock=buyer.clock)
        assert buyer.upload(programme, buyer.row("A-1", "1.00", DUE_ON)).upload_id is None
        batch = propose_suppliers(buyer.session, programme.id, [supplier], actor=MAKER, clock=buyer.clock)
        with pytest.raises(SamePerson):
            approve_suppliers(buyer.session, batch, actor=MAKER, clock=buyer.clock)
        approve_suppliers(buyer.session, batch, actor=CHECKER, clock=buyer.clock)
        assert buyer.upload(programme, buyer.row("A-1", "1.00", DUE_ON)).registered == 1

    def test_that_left_is_offered_nothing_more(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        remove_supplier(
            buyer.session, programme.id, buyer.parties["supplier"], reason="ended", actor=MAKER, clock=buyer.clock
        )
        assert buyer.offered(programme) == []


class TestUpload:
    @pytest.mark.parametrize(
        ("waives", "grade"), [(False, ConfirmationGrade.SIGNED), (True, ConfirmationGrade.SIGNED_WITH_WAIVER)]
    )
    def test_counts_as_the_debtors_confirmation_with_its_evidence(
        self, buyer: Buyer, waives: bool, grade: ConfirmationGrade
    ) -> None:
        programme = buyer.programme(waives_defences=waives)
        invoice = buyer.approved(programme, "A-1", "1234.56")
        row = buyer.invoice(invoice)
        assert (row.state, row.confirmed_minor, row.confirmation_grade) == (ReceivableState.CONFIRMED, 123_456, grade)
        line = buyer.session.exec(select(ConfirmationLine).where(ConfirmationLine.receivable_id == invoice)).one()
        assert (line.amount_minor, line.due_on) == (123_456, DUE_ON)
        evidence = buyer.session.get_one(Confirmation, (buyer.session.tenant_id, line.confirmation_id))
        assert (evidence.state, evidence.made_by) == (ConfirmationState.SIGNED, str(MAKER))
        assert evidence.signed_at == buyer.clock.now()
        assert buyer.balance(AccountKind.PURCHASES) == cny("1234.56")

    def test_needs_a_second_person(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        report = buyer.upload(programme, buyer.row("A-1", "1.00", DUE_ON))
        assert report.upload_id
        with pytest.raises(SamePerson):
            approve_upload(buyer.session, report.upload_id, actor=MAKER, clock=buyer.clock)

    def test_whose_due_date_changed_since_is_not_approved(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        report = buyer.upload(programme, buyer.row("A-1", "1.00", DUE_ON))
        assert report.upload_id
        buyer.invoice(report.receivable_ids[0]).due_on = date(2026, 5, 4)
        with pytest.raises(DigestChanged):
            approve_upload(buyer.session, report.upload_id, actor=CHECKER, clock=buyer.clock)

    def test_answers_each_row_by_itself(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        other = Money.of("5.00", "EUR")
        rows = [
            buyer.row("A-1", "1.00", DUE_ON),
            buyer.row("A-1", "1.00", DUE_ON),
            buyer.row("A-2", "1.00", DUE_ON, seller="S9"),
            buyer.row("A-3", "1.00", DUE_ON, debtor="B9"),
        ]
        foreign = buyer.row("A-4", "1.00", DUE_ON)
        rows.append(type(foreign)(**{**{name: getattr(foreign, name) for name in foreign.__slots__}, "total": other}))
        report = buyer.upload(programme, *rows)
        assert (report.read, report.registered) == (5, 1)
        assert sorted(error.code for error in report.refused) == [
            "duplicate_in_file",
            "unknown_currency",
            "unknown_debtor",
            "unknown_seller",
        ]

    def test_may_be_a_file(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        content = (
            "供应商代码,付款方代码,发票号码,开票日期,到期日,金额\n"
            "S1,B1,A-1,2026-01-05,2026-04-04,100.00\nS2,B1,A-2,2026-01-05,2026-04-04,1.234\n"
        ).encode()
        report = upload_file(
            buyer.session, programme.id, content=content, file_name="a.csv", actor=MAKER, clock=buyer.clock
        )
        assert (report.read, report.registered, [error.row for error in report.refused]) == (2, 1, [3])

    def test_beyond_the_programmes_limit_is_refused_to_the_cent(self, buyer: Buyer) -> None:
        programme = buyer.programme(limit=cny("100.00"))
        buyer.approved(programme, "A-1", "60.00")
        report = buyer.upload(programme, buyer.row("A-2", "40.01", DUE_ON))
        assert report.upload_id
        with pytest.raises(ProgrammeLimitExceeded, match=r"40\.01"):
            approve_upload(buyer.session, report.upload_id, actor=CHECKER, clock=buyer.clock)
        buyer.approved(programme, "A-3", "40.00")

    def test_that_resembles_another_waits_for_a_person_and_binds_once_cleared(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1", "10.00")
        again = buyer.upload(programme, buyer.row("A-1", "11.00", DUE_ON))
        assert again.upload_id
        assert approve_upload(buyer.session, again.upload_id, actor=CHECKER, clock=buyer.clock) == []
        clear_resemblance(
            buyer.session, again.receivable_ids[0], reason="a second delivery", actor=CHECKER, clock=buyer.clock
        )
        assert confirm_cleared(buyer.session, actor=SUPPLIER, clock=buyer.clock) == 1
        assert confirm_cleared(buyer.session, actor=SUPPLIER, clock=buyer.clock) == 0
        assert buyer.invoice(again.receivable_ids[0]).state is ReceivableState.CONFIRMED

    def test_is_not_split_because_the_programme_counts_on_it_whole(self, buyer: Buyer) -> None:
        invoice = buyer.approved(buyer.programme(), "INV-1")
        faces = split_evenly(cny("100000.00"), 2)
        with pytest.raises(NotDivisible, match="a programme of its buyer"):
            propose_split(buyer.session, invoice, faces, reason="x", actor=MAKER, clock=buyer.clock)


class TestPurchase:
    def test_is_offered_out_of_the_programmes_lines_only(self, buyer: Buyer) -> None:
        facility = buyer.facility()
        with_line = buyer.programme(facilities={facility.id: False})
        requests = buyer.listed(with_line, buyer.approved(with_line, "A-1"))
        facts = {"facility_id": facility.id, "actor": MAKER, "clock": buyer.clock, "calendar": CALENDAR}
        batch = offer_purchase(buyer.session, with_line.id, requests, **facts)  # type: ignore[arg-type]
        (offer,) = offers_of_batch(buyer.session, batch)
        # A purchase without recourse, by a line whose own price has it   (R12)
        assert (offer.recourse, facility.recourse) == (False, True)
        without = buyer.programme()
        requests = buyer.listed(without, buyer.approved(without, "A-2"))
        with pytest.raises(FacilityMayNotBuy):
            offer_purchase(buyer.session, without.id, requests, **facts)  # type: ignore[arg-type]
        # Neither by hand nor by rule does the line offer on another programme's invoices.
        with pytest.raises(NotOfferable):
            make_offers(buyer.session, request_ids=requests, **facts)  # type: ignore[arg-type]
        assert make_auto_offers(buyer.session, clock=buyer.clock, calendar=CALENDAR) == 0

    def test_is_not_agreed_with_a_lender_that_may_not_lend(self, buyer: Buyer) -> None:
        facility = buyer.facility()
        profile = NewProfile(buyer.parties["lender"], Licence.NONE)
        keep_profile(buyer.session, profile, actor=CHECKER, clock=buyer.clock)
        with pytest.raises(LenderWithoutLicence):
            buyer.programme(facilities={facility.id: True})
