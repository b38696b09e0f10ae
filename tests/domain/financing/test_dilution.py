"""Credit notes before and after funding (R10): what the debtor owes less, and what the seller is called for."""

from datetime import date
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import FromClause, Uuid, literal, select

from domain.access.errors import SamePerson
from domain.banking.states import Purpose, Verdict
from domain.financing.dilution import Dilution, cancel_credit_note, dilute_receivable, set_off_call
from domain.financing.dues import due_collections, due_disbursements
from domain.financing.errors import ConditionsNotMet, NotThePair
from domain.financing.funding import check_conditions, order_funding
from domain.financing.states import AdvanceState
from domain.ledger.chart import AccountKind
from domain.receivables.dilution import propose_cancellation
from domain.receivables.disputes import dispute_receivable
from domain.receivables.errors import CreditBeyondInvoice, CreditCancelled, CreditKnown, CreditNotYetIssued
from domain.receivables.queries import receivable
from domain.receivables.states import ReceivableState
from tests.domain.financing.conftest import CHECKER, MAKER, World, cny

DUE_ON = date(2026, 3, 27)


def credit(world: World, invoice: UUID, amount: str, reference: str = "CN-1", on: date | None = None) -> Dilution:
    diluted = dilute_receivable(
        world.session,
        invoice,
        amount=cny(amount),
        reference=reference,
        issued_on=on or world.today,
        reason="tickets refunded",
        evidence=sha256(reference.encode()).digest(),
        actor=MAKER,
        clock=world.clock,
    )
    world.session.commit()
    return diluted


class TestAfterFunding:
    def test_calls_what_was_lent_on_the_credit(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        # reserve' = 970,000 - 900,000 = 70,000 against 97,000 required; call = 900,000 - 0.9 x 970,000   (R10)
        assert credit(world, invoice, "30000.00").call == cny("27000.00")
        assert world.balance(AccountKind.DILUTION_CLAIM) == cny("27000.00")
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("873000.00")
        assert world.advance(advance_id).principal_open_minor == 900_000_00
        assert receivable(world.session, invoice).unpaid == cny("970000.00")
        world.nothing_in_transit()

    def test_shrinks_the_reserve_when_the_debtor_pays_what_it_owes_now(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        credit(world, invoice, "30000.00")
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("970000.00"))
        # 970,000.00 - 900,000.00 - 3,437.50 = 66,562.50; the call is met out of the reserve   (R5, R10)
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("66562.50")
        assert world.balance(AccountKind.DILUTION_CLAIM) == cny("0.00")
        assert world.advance(advance_id).state is AdvanceState.REPAID
        assert receivable(world.session, invoice).state is ReceivableState.PAID

    def test_is_the_debtors_own_money_when_it_pays_the_old_amount(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        credit(world, invoice, "30000.00")
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        assert world.balance(AccountKind.WALLET, "debtor") == cny("30000.00")

    def test_debits_the_debtor_for_less(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.funded(invoice)
        credit(world, invoice, "30000.00")
        mandates = mandates_of(world)
        (due,) = world.session.execute(due_collections(world.session, DUE_ON, mandates=mandates)).all()
        assert due.amount_minor == 970_000_00

    def test_counts_once(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.funded(invoice)
        credit(world, invoice, "30000.00")
        with pytest.raises(CreditKnown):
            credit(world, invoice, "30000.00")

    def test_larger_than_what_is_owed_is_refused_with_the_numbers(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("400000.00"))
        with pytest.raises(CreditBeyondInvoice) as refusal:
            credit(world, invoice, "600000.01")
        assert refusal.value.facts["unpaid"] == "600,000.00 CNY"
        assert refusal.value.facts["face"] == "1,000,000.00 CNY"

    def test_of_tomorrow_is_refused(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        with pytest.raises(CreditNotYetIssued):
            credit(world, invoice, "1.00", on=date(2026, 3, 3))


class TestACall:
    def test_is_set_off_against_the_reserve_of_another_advance(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1", due_on=date(2026, 4, 27))
        owing, giving = world.funded(invoice), world.funded(world.invoice("INV-2"))
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, giving, cny("1000000.00"))
        credit(world, invoice, "30000.00")
        amount = set_off_call(world.session, owing, against_id=giving, reason="call", actor=CHECKER, clock=world.clock)
        assert amount == cny("27000.00")
        world.nothing_in_transit()
        # 96,562.50 - 27,000.00, and the principal is 90 % of 970,000.00 again   (R10)
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("69562.50")
        assert world.advance(owing).principal_open_minor == 873_000_00
        assert world.balance(AccountKind.DILUTION_CLAIM) == cny("0.00")

    def test_of_one_lender_is_not_set_off_against_anothers_reserve(self, world: World) -> None:
        first, second = world.facility(), world.facility("second lender")
        one = world.funded_by(first, world.invoice("INV-1"))
        other = world.funded_by(second, world.invoice("INV-2"))
        with pytest.raises(NotThePair):
            set_off_call(world.session, one, against_id=other, reason="", actor=CHECKER, clock=world.clock)


class TestBeforeFunding:
    def test_lowers_what_can_be_financed(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        credit(world, invoice, "100000.00")
        (advance_id,) = world.accepted(invoice)
        assert world.advance(advance_id).principal_minor == 810_000_00  # 90 % of 900,000.00   (R1)

    def test_undoes_an_acceptance_it_no_longer_covers(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        (advance_id,) = world.accepted(invoice)
        credit(world, invoice, "30000.00")
        assert check_conditions(world.session, clock=world.clock).lapsed == [advance_id]
        assert receivable(world.session, invoice).exposure_minor == 0
        with pytest.raises(ConditionsNotMet):
            order_funding(world.session, [advance_id], funding_on=world.today, actor=MAKER, clock=world.clock)

    def test_stops_the_money_that_two_people_had_ordered(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.instructed(invoice)
        credit(world, invoice, "30000.00")
        assert world.session.execute(due_disbursements(world.session, world.today)).all() == []

    def test_never_leaves_more_principal_on_the_invoice_than_its_debtor_owes(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        (advance_id,) = world.instructed(invoice)
        credit(world, invoice, "150000.00")
        assert receivable(world.session, invoice).exposure_minor == 850_000_00
        world.nothing_in_transit()
        # It was on its way all the same: 900,000.00 on 850,000.00, and 135,000.00 of it is called at once.
        world.bank(Purpose.ADVANCE_DISBURSEMENT, advance_id, cny("898000.00"), Verdict.SETTLED)
        assert world.advance(advance_id).state is AdvanceState.FUNDED


def test_a_dispute_stops_debits(world: World) -> None:
    world.facility()
    invoice = world.invoice("INV-1")
    world.funded(invoice)
    dispute_receivable(world.session, invoice, reason="not delivered", actor=CHECKER, clock=world.clock)
    assert world.session.execute(due_collections(world.session, DUE_ON, mandates=mandates_of(world))).all() == []


def mandates_of(world: World) -> FromClause:
    row = select(
        literal(world.parties["debtor"], Uuid).label("party_id"),
        literal("CNY").label("currency"),
        literal(world.parties["debtor"], Uuid).label("mandate_id"),
        literal(world.accounts["debtor"], Uuid).label("account_id"),
    )
    return row.subquery("mandates")


class TestCancellation:
    """A credit note that was entered wrongly: one person says so, another takes it back."""

    def cancel(self, world: World, note_id: UUID) -> Dilution:
        propose_cancellation(world.session, note_id, actor=MAKER, clock=world.clock)
        with pytest.raises(SamePerson):
            cancel_credit_note(world.session, note_id, reason="of another invoice", actor=MAKER, clock=world.clock)
        done = cancel_credit_note(world.session, note_id, reason="of another invoice", actor=CHECKER, clock=world.clock)
        world.session.commit()
        world.nothing_in_transit()
        return done

    def test_after_funding_takes_the_call_back(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.funded(invoice)
        note = credit(world, invoice, "30000.00").note
        assert self.cancel(world, note.id).call == cny("0.00")
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("900000.00")
        assert receivable(world.session, invoice).unpaid == cny("1000000.00")
        with pytest.raises(CreditCancelled):
            propose_cancellation(world.session, note.id, actor=MAKER, clock=world.clock)

    def test_makes_what_the_seller_paid_on_the_call_a_payment_of_its_debt(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        note = credit(world, invoice, "30000.00").note
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("970000.00"))
        self.cancel(world, note.id)
        assert receivable(world.session, invoice).unpaid == cny("30000.00")
        # 970,000 - 900,000 - 3,437.50: the debtor's last 30,000 are the seller's too   (R5)
        assert world.advance(advance_id).surplus_minor == 66_562_50

    def test_before_funding_lets_the_invoice_be_financed_again(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        (advance_id,) = world.accepted(invoice)
        self.cancel(world, credit(world, invoice, "30000.00").note.id)
        assert check_conditions(world.session, clock=world.clock).met == [advance_id]

    def test_number_counts_once_however_it_is_typed(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        credit(world, invoice, "100.00", "CN-7")
        with pytest.raises(CreditKnown):
            credit(world, invoice, "100.00", "cn 7")
