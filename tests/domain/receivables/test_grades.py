"""How well a debtor confirmed: silence, silence as consent, a signature, a waiver; each with its evidence."""

from datetime import date
from hashlib import sha256
from uuid import UUID

import pytest

from domain.access.errors import SamePerson
from domain.platform.transitions import move
from domain.receivables.disputes import dispute_receivable, settle_dispute
from domain.receivables.errors import (
    AlreadyRelied,
    DeadlineTooSoon,
    DeliveryOutOfTime,
    DeliveryProved,
    GradeNotBetter,
    NotConfirmable,
)
from domain.receivables.evidence import Document, evidence_of
from domain.receivables.notices import NewNotice, prove_delivery, send_notice, take_silence_for_consent
from domain.receivables.service import DebtorAnswer, refuse_confirmation
from domain.receivables.states import Answer, ConfirmationGrade, Delivery, EvidenceKind, ReceivableState
from domain.receivables.tables import ConfirmationNotice
from domain.values.money import Money
from tests.domain.receivables.conftest import CHECKER, MAKER, Office

ROWS = tuple(f"D1,INV-{number},2026-01-05,2026-03-27,1000.00" for number in range(3))
LETTER = Document(sha256(b"letter").digest(), "Letter 7")
RECEIPT = Document(sha256(b"receipt").digest(), "Courier 42")
SENT, DEADLINE, LATER = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 10)
G = ConfirmationGrade


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def ask(office: Office, *ids: UUID, consent: bool = False, answer_by: date = DEADLINE) -> ConfirmationNotice:
    new = NewNotice(office.debtors["D1"], ids, answer_by, consent, LETTER)
    return send_notice(office.session, new, actor=MAKER, clock=office.clock)


def delivered(office: Office, notice: ConfirmationNotice, on: date = SENT) -> date:
    """Proves the delivery; the last day the debtor may answer."""
    return prove_delivery(
        office.session,
        notice.id,
        delivered_on=on,
        how=Delivery.COURIER,
        document=RECEIPT,
        actor=CHECKER,
        clock=office.clock,
    ).answer_until


def fall_silent(office: Office, on: date = LATER) -> dict[ConfirmationGrade, int]:
    return dict(take_silence_for_consent(office.session, on, clock=office.on(on).clock))


class TestSilence:
    def test_after_a_delivered_notice_confirms_the_face_as_silent(self, office: Office) -> None:
        asked, other, _ = office.verified(*ROWS)
        delivered(office, ask(office, asked))
        assert fall_silent(office) == {G.SILENT: 1}
        row = office.found(asked)
        assert (row.state, row.confirmation_grade) == (ReceivableState.CONFIRMED, G.SILENT)
        assert row.confirmed_amount == cny("1000.00")
        assert office.found(other).state is ReceivableState.VERIFIED

    def test_after_a_notice_that_says_so_counts_as_consent(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        notice = ask(office, asked, consent=True)
        delivered(office, notice)
        assert fall_silent(office) == {G.DEEMED: 1}
        (evidence,) = evidence_of(office.session, asked)
        assert (evidence.kind, evidence.grade, evidence.amount_minor) == (EvidenceKind.SILENCE, G.DEEMED, 100_000)
        assert (evidence.document_sha256, evidence.reference) == (RECEIPT.sha256, notice.public_id)

    def test_says_nothing_where_nobody_proved_the_delivery(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        ask(office, asked, consent=True)
        assert fall_silent(office) == {}

    def test_lasts_through_the_last_day(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        delivered(office, ask(office, asked))
        assert fall_silent(office, DEADLINE) == {}
        assert fall_silent(office, LATER) == {G.SILENT: 1}

    def test_lasts_five_days_from_a_late_delivery(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        notice = ask(office, asked)
        office.on(date(2026, 3, 8))
        # 8 Mar + 5 days
        assert delivered(office, notice, date(2026, 3, 8)) == date(2026, 3, 13)
        assert fall_silent(office, date(2026, 3, 13)) == {}

    def test_is_broken_by_an_answer_that_waits_for_its_checker(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        delivered(office, ask(office, asked))
        waiting = office.propose(DebtorAnswer(asked, Answer.DISPUTED, reason="damaged"))
        assert fall_silent(office) == {}
        refuse_confirmation(office.session, waiting.id, reason="a mistake", actor=CHECKER, clock=office.clock)
        assert fall_silent(office) == {G.SILENT: 1}

    def test_changes_nothing_that_was_answered(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        delivered(office, ask(office, asked, consent=True))
        office.sign(office.propose(DebtorAnswer(asked, amount=cny("800.00"))))
        assert fall_silent(office) == {}
        assert office.found(asked).confirmed_amount == cny("800.00")

    def test_is_taken_once(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        delivered(office, ask(office, asked))
        assert fall_silent(office) == {G.SILENT: 1}
        assert fall_silent(office) == {}
        assert len(evidence_of(office.session, asked)) == 1

    def test_becomes_consent_by_a_later_notice_that_says_so(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        delivered(office, ask(office, asked))
        fall_silent(office)
        delivered(office, ask(office, asked, consent=True, answer_by=date(2026, 3, 16)), LATER)
        assert fall_silent(office, date(2026, 3, 17)) == {G.DEEMED: 1}
        grades = [evidence.grade for evidence in evidence_of(office.session, asked)]
        assert grades == [G.SILENT, G.DEEMED]


class TestNotice:
    def test_leaves_five_days_to_answer(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        with pytest.raises(DeadlineTooSoon, match="2026-03-07"):
            ask(office, asked, answer_by=date(2026, 3, 6))
        ask(office, asked, answer_by=date(2026, 3, 7))

    def test_is_about_the_debtors_own_unanswered_invoices(self, office: Office) -> None:
        (signed,) = office.confirmed(ROWS[0])
        (foreign,) = office.verified("D2,INV-9,2026-01-05,2026-03-27,10.00")
        for asked in (signed, foreign):
            with pytest.raises(NotConfirmable):
                ask(office, asked)

    def test_is_proved_delivered_by_another_person_than_its_sender(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        notice = ask(office, asked)
        with pytest.raises(SamePerson):
            prove_delivery(
                office.session,
                notice.id,
                delivered_on=SENT,
                how=Delivery.EMAIL,
                document=RECEIPT,
                actor=MAKER,
                clock=office.clock,
            )

    @pytest.mark.parametrize("on", [date(2026, 3, 1), date(2026, 3, 3)])
    def test_is_delivered_neither_before_it_was_sent_nor_tomorrow(self, office: Office, on: date) -> None:
        (asked, *_) = office.verified(*ROWS)
        with pytest.raises(DeliveryOutOfTime):
            delivered(office, ask(office, asked), on)

    def test_is_proved_delivered_once(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        notice = ask(office, asked)
        delivered(office, notice)
        with pytest.raises(DeliveryProved):
            delivered(office, notice)


class TestGrades:
    def silent(self, office: Office) -> UUID:
        (asked, *_) = office.verified(*ROWS)
        delivered(office, ask(office, asked))
        fall_silent(office)
        return asked

    def test_rise_with_what_the_debtor_signs(self, office: Office) -> None:
        asked = self.silent(office)
        office.sign(office.propose(DebtorAnswer(asked)))
        assert office.found(asked).confirmation_grade is G.SIGNED
        office.sign(office.propose(DebtorAnswer(asked, waives_defences=True)))
        assert office.found(asked).confirmation_grade is G.SIGNED_WITH_WAIVER
        kinds = [evidence.kind for evidence in evidence_of(office.session, asked)]
        assert kinds == [EvidenceKind.SILENCE, EvidenceKind.SIGNATURE, EvidenceKind.WAIVER]

    def test_never_fall(self, office: Office) -> None:
        (asked,) = office.confirmed(ROWS[0])
        with pytest.raises(GradeNotBetter):
            office.propose(DebtorAnswer(asked))
        office.sign(office.propose(DebtorAnswer(asked, waives_defences=True)))
        with pytest.raises(GradeNotBetter):
            office.propose(DebtorAnswer(asked, waives_defences=True))

    def test_may_come_with_another_amount_while_nobody_relies_on_it(self, office: Office) -> None:
        asked = self.silent(office)
        office.sign(office.propose(DebtorAnswer(asked, amount=cny("700.00"))))
        row = office.found(asked)
        assert (row.state, row.confirmed_amount) == (ReceivableState.PART_CONFIRMED, cny("700.00"))
        office.sign(office.propose(DebtorAnswer(asked, amount=cny("1000.00"), waives_defences=True)))
        assert office.found(asked).state is ReceivableState.CONFIRMED

    def test_rise_on_a_listed_invoice_for_exactly_what_lenders_were_told(self, office: Office) -> None:
        asked = self.silent(office)
        row = office.found(asked)
        move(office.session, row, ReceivableState.LISTED, actor=MAKER, clock=office.clock)
        with pytest.raises(AlreadyRelied):
            office.propose(DebtorAnswer(asked, amount=cny("999.99")))
        with pytest.raises(AlreadyRelied):
            office.propose(DebtorAnswer(asked, due_on=date(2026, 3, 28)))
        office.sign(office.propose(DebtorAnswer(asked)))
        row = office.found(asked)
        assert (row.state, row.confirmation_grade) == (ReceivableState.LISTED, G.SIGNED)

    def test_are_proved_by_the_paper_that_was_signed(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        office.sign(office.propose(DebtorAnswer(asked), document=LETTER))
        (evidence,) = evidence_of(office.session, asked)
        assert (evidence.document_sha256, evidence.reference) == (LETTER.sha256, "Letter 7")
        assert (evidence.actor, evidence.on) == (str(CHECKER), SENT)

    def test_count_as_signed_once_the_debtor_settles_a_dispute(self, office: Office) -> None:
        asked = self.silent(office)
        dispute_receivable(office.session, asked, reason="late", actor=CHECKER, clock=office.clock)
        settle_dispute(office.session, asked, reason="agreed", actor=CHECKER, clock=office.clock)
        assert office.found(asked).confirmation_grade is G.SIGNED
        kinds = [evidence.kind for evidence in evidence_of(office.session, asked)]
        assert kinds == [EvidenceKind.SILENCE, EvidenceKind.DISPUTE, EvidenceKind.SETTLEMENT]

    def test_keep_a_waiver_through_a_dispute(self, office: Office) -> None:
        (asked, *_) = office.verified(*ROWS)
        office.sign(office.propose(DebtorAnswer(asked, waives_defences=True)))
        dispute_receivable(office.session, asked, reason="late", actor=CHECKER, clock=office.clock)
        settle_dispute(office.session, asked, reason="agreed", actor=CHECKER, clock=office.clock)
        assert office.found(asked).confirmation_grade is G.SIGNED_WITH_WAIVER
