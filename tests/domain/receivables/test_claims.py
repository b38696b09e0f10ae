"""Registrations and notices on record, who is paid first (R13), and what ends a claim."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.transitions import move
from domain.receivables.claims import (
    NewAssignmentNotice,
    NewRegistration,
    claims_on,
    discharge_registration,
    preview_priority,
    record_assignment_notice,
    record_registration,
    registrations_on,
)
from domain.receivables.defaults import mark_defaulted
from domain.receivables.errors import ClaimDischarged, ClaimInTheFuture, ClaimOnRecord, NotDefaultable
from domain.receivables.evidence import Document
from domain.receivables.exposure import move_receivables
from domain.receivables.priority import Claim, priority
from domain.receivables.states import Delivery, ReceivableState
from domain.receivables.tables import ClaimRegistration
from domain.values.errors import InvalidValue, NotFound
from domain.values.money import CurrencyMismatch, Money
from tests.domain.receivables.conftest import MAKER, Office

ROW = "D1,INV-1,2026-01-05,2026-03-27,750000.00"
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # where the office's clock stands
S = ReceivableState


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@pytest.fixture
def lenders(office: Office) -> tuple[UUID, UUID]:
    new = [NewParty(kind=PartyKind.LENDER, name=code, code=code) for code in ("L1", "L2")]
    first, second = register_parties(office.session, new, actor=MAKER, clock=office.clock)
    return first.id, second.id


def registered(
    office: Office, receivable: UUID, lender: UUID, amount: str, *, reference: str = "R1", at: datetime = MORNING
) -> ClaimRegistration:
    new = NewRegistration(receivable, lender, cny(amount), "中登网", reference, at)
    return record_registration(office.session, new, actor=MAKER, clock=office.clock)


def notified(office: Office, receivable: UUID, lender: UUID, amount: str) -> None:
    new = NewAssignmentNotice(
        receivable, lender, cny(amount), MORNING, Delivery.NOTARY, Document(bytes(32), "Notary 3")
    )
    record_assignment_notice(office.session, new, actor=MAKER, clock=office.clock)


class TestClaims:
    def test_on_record_decide_who_is_paid_first(self, office: Office, lenders: tuple[UUID, UUID]) -> None:
        (receivable,) = office.confirmed(ROW)
        first, second = lenders
        notified(office, receivable, second, "300000.00")
        registered(office, receivable, first, "600000.00")
        shares = priority(claims_on(office.session, receivable), cny("750000.00"))
        # 600,000 registered; 750,000 − 600,000 = 150,000   (R13)
        assert shares == {first: cny("600000.00"), second: cny("150000.00")}

    def test_of_one_lender_count_once_when_it_registered_and_notified(
        self, office: Office, lenders: tuple[UUID, UUID]
    ) -> None:
        (receivable,) = office.confirmed(ROW)
        notified(office, receivable, lenders[0], "600000.00")
        registered(office, receivable, lenders[0], "600000.00")
        (claim,) = claims_on(office.session, receivable)
        assert (claim.amount, claim.registered_at) == (cny("600000.00"), MORNING)

    def test_can_be_tried_against_another(self, office: Office, lenders: tuple[UUID, UUID]) -> None:
        (receivable,) = office.confirmed(ROW)
        first, other = lenders
        notified(office, receivable, first, "600000.00")
        another = Claim(other, cny("300000.00"), registered_at=MORNING)
        preview = preview_priority(claims_on(office.session, receivable), another, cny("750000.00"))
        # 300,000 would come first: 750,000 − 300,000 = 450,000 instead of 600,000
        assert (preview.now[first], preview.then[first]) == (cny("600000.00"), cny("450000.00"))
        assert claims_on(office.session, receivable) == [Claim(first, cny("600000.00"), notified_at=MORNING)]

    def test_are_recorded_once_per_entry(self, office: Office, lenders: tuple[UUID, UUID]) -> None:
        (receivable,) = office.confirmed(ROW)
        registered(office, receivable, lenders[0], "1.00")
        with pytest.raises(ClaimOnRecord):
            registered(office, receivable, lenders[1], "1.00")

    def test_are_recorded_when_they_have_happened(self, office: Office, lenders: tuple[UUID, UUID]) -> None:
        (receivable,) = office.confirmed(ROW)
        with pytest.raises(ClaimInTheFuture):
            registered(office, receivable, lenders[0], "1.00", at=MORNING + timedelta(seconds=1))

    def test_are_above_zero_in_the_receivables_currency_and_of_a_party(
        self, office: Office, lenders: tuple[UUID, UUID]
    ) -> None:
        (receivable,) = office.confirmed(ROW)
        with pytest.raises(InvalidValue):
            registered(office, receivable, lenders[0], "0.00")
        with pytest.raises(NotFound):
            registered(office, receivable, receivable, "1.00")
        dollars = NewRegistration(receivable, lenders[0], Money.of("1.00", "USD"), "UCC", "R1", MORNING)
        with pytest.raises(CurrencyMismatch):
            record_registration(office.session, dollars, actor=MAKER, clock=office.clock)


class TestDischarge:
    def test_ends_a_claim_once(self, office: Office, lenders: tuple[UUID, UUID]) -> None:
        (receivable,) = office.confirmed(ROW)
        registration = registered(office, receivable, lenders[0], "600000.00")
        discharge_registration(office.session, registration.id, reason="repaid", actor=MAKER, clock=office.clock)
        assert claims_on(office.session, receivable) == []
        with pytest.raises(ClaimDischarged):
            discharge_registration(office.session, registration.id, reason="again", actor=MAKER, clock=office.clock)

    def test_comes_with_the_closing_of_the_receivable(self, office: Office, lenders: tuple[UUID, UUID]) -> None:
        closing, staying = office.confirmed(ROW, ROW.replace("INV-1", "INV-2"))
        for each in (closing, staying):
            registered(office, each, lenders[0], "600000.00")
        early = registered(office, closing, lenders[1], "1.00", reference="R2")
        discharge_registration(office.session, early.id, reason="let go", actor=MAKER, clock=office.clock)
        for state in (S.LISTED, S.FINANCED):
            move(office.session, office.found(closing), state, actor=MAKER, clock=office.clock)
        moves = [(closing, S.FINANCED, S.CLOSED)]
        move_receivables(office.session, moves, actor=MAKER, clock=office.clock, reason="paid")
        assert claims_on(office.session, closing) == []
        assert len(claims_on(office.session, staying)) == 1
        reasons = {discharge.reason for _, discharge in registrations_on(office.session, closing) if discharge}
        assert reasons == {"the receivable closed", "let go"}


class TestDefault:
    def overdue(self, office: Office) -> UUID:
        (receivable,) = office.confirmed(ROW)
        for state in (S.LISTED, S.FINANCED, S.OVERDUE):
            move(office.session, office.found(receivable), state, actor=MAKER, clock=office.clock)
        return receivable

    def test_comes_after_ninety_days_and_not_on_the_ninetieth(self, office: Office) -> None:
        receivable = self.overdue(office)
        # 27 Mar + 90 days = 25 Jun 2026
        office.on(datetime(2026, 6, 25, tzinfo=UTC).date())
        with pytest.raises(NotDefaultable):
            mark_defaulted(office.session, receivable, reason="gone", actor=MAKER, clock=office.clock)
        office.on(datetime(2026, 6, 26, tzinfo=UTC).date())
        mark_defaulted(office.session, receivable, reason="gone", actor=MAKER, clock=office.clock)
        assert office.found(receivable).state is S.DEFAULTED

    def test_is_of_overdue_receivables_only(self, office: Office) -> None:
        (receivable,) = office.confirmed(ROW)
        office.on(datetime(2026, 7, 1, tzinfo=UTC).date())
        with pytest.raises(NotDefaultable):
            mark_defaulted(office.session, receivable, reason="gone", actor=MAKER, clock=office.clock)
