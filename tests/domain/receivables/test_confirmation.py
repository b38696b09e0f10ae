"""The debtor's answer in two steps, and its disputes."""

from datetime import date
from uuid import UUID

import pytest

from domain.access.errors import SamePerson
from domain.platform.ids import public_id
from domain.receivables.disputes import dispute_receivable, settle_dispute
from domain.receivables.errors import ConfirmedBeyondFace, GradeNotBetter, NotConfirmable, NotDisputed
from domain.receivables.evidence import evidence_of
from domain.receivables.queries import receivable
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmation,
    propose_confirmations,
    sign_confirmation,
    sign_confirmations,
    submit_import,
    verify_receivables,
)
from domain.receivables.states import Answer, ReceivableState
from domain.receivables.tables import Confirmation, Receivable
from domain.values.day_count import DatesReversed
from domain.values.errors import NotFound
from domain.values.money import Money
from tests.domain.receivables.conftest import CHECKER, MAKER, Office


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@pytest.fixture
def invoices(office: Office) -> list[UUID]:
    """Three verified invoices of 1,000.00 on the first debtor."""
    rows = "".join(f"D1,INV-{number},2026-01-05,2026-03-27,1000.00\n" for number in range(3))
    report = office.bring("debtor,invoice number,issue date,due date,amount\n" + rows)
    submit_import(office.session, report.import_id, actor=CHECKER, clock=office.clock)
    return verify_receivables(office.session, report.receivable_ids, clock=office.clock).verified


def propose(office: Office, *answers: DebtorAnswer, debtor: str = "D1") -> Confirmation:
    return propose_confirmation(
        office.session, debtor_id=office.debtors[debtor], answers=answers, actor=MAKER, clock=office.clock
    )


def sign(office: Office, confirmation: Confirmation) -> None:
    sign_confirmation(office.session, confirmation.id, actor=CHECKER, clock=office.clock)


def found(office: Office, receivable_id: UUID) -> Receivable:
    office.session.flush()
    office.session.expire_all()
    return receivable(office.session, receivable_id)


class TestConfirmation:
    def test_binds_nobody_before_a_second_person_signs(self, office: Office, invoices: list[UUID]) -> None:
        proposed = propose(office, DebtorAnswer(invoices[0]))
        assert found(office, invoices[0]).state is ReceivableState.VERIFIED
        with pytest.raises(SamePerson):
            sign_confirmation(office.session, proposed.id, actor=MAKER, clock=office.clock)

    def test_in_whole_in_part_and_dispute(self, office: Office, invoices: list[UUID]) -> None:
        whole, part, disputed = invoices
        answers = [
            DebtorAnswer(whole),
            DebtorAnswer(part, amount=cny("800.00"), due_on=date(2026, 4, 3)),
            DebtorAnswer(disputed, Answer.DISPUTED, reason="goods damaged"),
        ]
        sign(office, propose(office, *answers))
        states = [found(office, each).state for each in invoices]
        assert states == [ReceivableState.CONFIRMED, ReceivableState.PART_CONFIRMED, ReceivableState.DISPUTED]
        assert found(office, whole).confirmed_amount == cny("1000.00")
        assert found(office, part).unpaid == cny("800.00")
        assert found(office, part).due_on == date(2026, 4, 3)
        assert found(office, disputed).dispute_reason == "goods damaged"

    def test_beyond_the_invoice_is_refused(self, office: Office, invoices: list[UUID]) -> None:
        with pytest.raises(ConfirmedBeyondFace):
            propose(office, DebtorAnswer(invoices[0], amount=cny("1000.01")))

    def test_of_nothing_is_refused(self, office: Office, invoices: list[UUID]) -> None:
        with pytest.raises(ConfirmedBeyondFace):
            propose(office, DebtorAnswer(invoices[0], amount=cny("0.00")))

    def test_due_before_the_invoice_was_issued_is_refused(self, office: Office, invoices: list[UUID]) -> None:
        with pytest.raises(DatesReversed):
            propose(office, DebtorAnswer(invoices[0], due_on=date(2026, 1, 4)))

    def test_of_another_debtors_invoice_is_refused(self, office: Office, invoices: list[UUID]) -> None:
        with pytest.raises(NotConfirmable):
            propose(office, DebtorAnswer(invoices[0]), debtor="D2")

    def test_of_an_invoice_that_moved_meanwhile_is_refused(self, office: Office, invoices: list[UUID]) -> None:
        first, second = propose(office, DebtorAnswer(invoices[0])), propose(office, DebtorAnswer(invoices[0]))
        sign(office, first)
        with pytest.raises(GradeNotBetter):
            sign(office, second)


class TestConfirmationsOfManyDebtors:
    def test_are_proposed_and_signed_at_once_each_by_itself(self, office: Office, invoices: list[UUID]) -> None:
        (other,) = office.verified("D2,INV-9,2026-01-05,2026-03-27,500.00")
        answered = {
            office.debtors["D1"]: [DebtorAnswer(invoices[0]), DebtorAnswer(invoices[1], amount=cny("800.00"))],
            office.debtors["D2"]: [DebtorAnswer(other, Answer.DISPUTED, reason="goods damaged")],
        }
        proposed = propose_confirmations(office.session, answered, actor=MAKER, clock=office.clock)
        assert [each.debtor_id for each in proposed] == list(answered)
        sign_confirmations(office.session, [each.id for each in proposed], actor=CHECKER, clock=office.clock)
        states = [found(office, each).state for each in (*invoices, other)]
        assert states == [
            ReceivableState.CONFIRMED,
            ReceivableState.PART_CONFIRMED,
            ReceivableState.VERIFIED,
            ReceivableState.DISPUTED,
        ]
        assert {each.reference for each in evidence_of(office.session, other)} == {public_id("cnf", proposed[1].id)}

    def test_are_refused_when_one_answers_anothers_invoice(self, office: Office, invoices: list[UUID]) -> None:
        answered = {
            office.debtors["D1"]: [DebtorAnswer(invoices[0])],
            office.debtors["D2"]: [DebtorAnswer(invoices[1])],
        }
        with pytest.raises(NotConfirmable):
            propose_confirmations(office.session, answered, actor=MAKER, clock=office.clock)

    def test_are_signed_all_or_none(self, office: Office, invoices: list[UUID]) -> None:
        proposed = propose(office, DebtorAnswer(invoices[0]))
        with pytest.raises(NotFound):
            sign_confirmations(office.session, [proposed.id, invoices[1]], actor=CHECKER, clock=office.clock)
        assert found(office, invoices[0]).state is ReceivableState.VERIFIED


class TestDispute:
    def test_of_a_confirmed_invoice_ends_where_it_began(self, office: Office, invoices: list[UUID]) -> None:
        sign(office, propose(office, DebtorAnswer(invoices[0], amount=cny("800.00"))))
        dispute_receivable(office.session, invoices[0], reason="late", actor=CHECKER, clock=office.clock)
        settled = settle_dispute(office.session, invoices[0], reason="agreed", actor=CHECKER, clock=office.clock)
        assert (settled.state, settled.confirmed_amount) == (ReceivableState.PART_CONFIRMED, cny("800.00"))

    def test_from_the_first_ends_by_confirming_an_amount(self, office: Office, invoices: list[UUID]) -> None:
        sign(office, propose(office, DebtorAnswer(invoices[0], Answer.DISPUTED, reason="price")))
        settled = settle_dispute(
            office.session,
            invoices[0],
            amount=cny("900.00"),
            reason="agreed",
            actor=CHECKER,
            clock=office.clock,
        )
        assert (settled.state, settled.confirmed_amount) == (ReceivableState.PART_CONFIRMED, cny("900.00"))

    def test_is_refused_before_the_debtor_was_asked(self, office: Office, invoices: list[UUID]) -> None:
        with pytest.raises(NotDisputed):
            settle_dispute(office.session, invoices[0], reason="agreed", actor=CHECKER, clock=office.clock)
