"""Dynamic discounting: offered, accepted, ordered by two, paid by the bank, booked; and never paid twice."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.banking.states import Verdict
from domain.financing.acceptance import accept_offers
from domain.financing.errors import NotFinanceable
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.payables.dues import due_early_payments
from domain.financing.payables.early import accept_early_payments, expire_early_offers, lapse_early_payments
from domain.financing.payables.errors import (
    EarlyOfferExpired,
    EarlyOfferNotOpen,
    InvoiceNotFree,
    LiquidityExceeded,
    NotPayableEarly,
    OwnCashUsedUp,
)
from domain.financing.payables.liquidity import liquidity
from domain.financing.payables.orders import (
    approve_early_payments,
    order_early_payments,
    withdraw_order,
)
from domain.financing.payables.programmes import find_programme, suspend_programme
from domain.financing.payables.states import EarlyPaymentState
from domain.financing.payables.tables import Programme
from domain.financing.requests import request_financing
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Offer, Request
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.receivables.disputes import dispute_receivable, settle_dispute
from domain.receivables.states import ReceivableState
from domain.values.errors import DomainError, NotFound
from tests.domain.financing.payables.conftest import CALENDAR, CHECKER, MAKER, SUPPLIER, Buyer, cny

TUESDAY = date(2026, 3, 3)
DUE_ON = date(2026, 4, 4)  # 32 days after Tuesday


def refused(buyer: Buyer, programme: Programme, payment_id: UUID) -> DomainError:
    result = accept_early_payments(
        buyer.session,
        programme.id,
        [payment_id],
        supplier_id=buyer.parties["supplier"],
        actor=SUPPLIER,
        clock=buyer.clock,
    )
    return result.refused[payment_id]


class TestOffer:
    def test_is_for_the_next_business_day_at_the_programmes_rate(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        (offer,) = buyer.offered(programme)
        # 100,000 × 8 % × 32 / 365 = 701.37   (R18)
        assert (offer.pay_on, offer.discount, offer.net) == (TUESDAY, cny("701.37"), cny("99298.63"))

    def test_is_made_once_a_morning_and_anew_when_its_day_has_passed(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        (first,) = buyer.offered(programme)
        assert [each.id for each in buyer.offered(programme)] == [first.id]
        buyer.on(TUESDAY)
        assert expire_early_offers(buyer.session, clock=buyer.clock) == 1
        (second,) = buyer.offered(programme)
        # A day later: 100,000 × 8 % × 31 / 365 = 679.45   (R18)
        assert (second.id != first.id, second.discount) == (True, cny("679.45"))

    def test_is_not_made_for_what_comes_hardly_early(self, buyer: Buyer) -> None:
        programme = buyer.programme(min_days_early=5)
        buyer.approved(programme, "A-4", due_on=TUESDAY + timedelta(days=4))
        buyer.approved(programme, "A-5", due_on=TUESDAY + timedelta(days=5))
        assert [each.due_on for each in buyer.offered(programme)] == [TUESDAY + timedelta(days=5)]


class TestAcceptance:
    def test_locks_the_invoice_against_lenders(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        buyer.accepted(programme)
        assert buyer.invoice(invoice).state is ReceivableState.LISTED
        with pytest.raises(NotFinanceable):
            request_financing(
                buyer.session, [invoice], seller_id=buyer.parties["supplier"], actor=MAKER, clock=buyer.clock
            )

    def test_takes_over_a_request_that_lenders_had_offered_on(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.facility()
        invoice = buyer.approved(programme, "A-1")
        buyer.lines_may_buy(programme)
        (request_id,) = buyer.listed(programme, invoice)
        make_auto_offers(buyer.session, clock=buyer.clock, calendar=CALENDAR)
        (offer_id,) = cheapest_offers(buyer.session, seller_id=buyer.parties["supplier"], clock=buyer.clock)
        (payment_id,) = buyer.accepted(programme)
        key = buyer.session.tenant_id
        assert buyer.payment(payment_id).request_id == request_id
        assert buyer.session.get_one(Request, (key, request_id)).state is RequestState.ACCEPTED
        assert buyer.session.get_one(Offer, (key, offer_id)).state is OfferState.OUTBID
        late = accept_offers(
            buyer.session,
            [offer_id],
            seller_id=buyer.parties["supplier"],
            actor=MAKER,
            clock=buyer.clock,
            calendar=CALENDAR,
        )
        assert list(late.refused) == [offer_id]

    def test_is_refused_once_a_lender_has_the_invoice(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.facility()
        invoice = buyer.approved(programme, "A-1")
        (offer,) = buyer.offered(programme)
        buyer.bought(programme, invoice)
        assert isinstance(refused(buyer, programme, offer.id), InvoiceNotFree)

    def test_is_refused_when_the_invoice_was_credited_since(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (offer,) = buyer.offered(programme)
        dispute_receivable(buyer.session, invoice, reason="short delivery", actor=CHECKER, clock=buyer.clock)
        settle_dispute(
            buyer.session, invoice, reason="agreed", amount=cny("90000.00"), actor=CHECKER, clock=buyer.clock
        )
        assert isinstance(refused(buyer, programme, offer.id), InvoiceNotFree)

    def test_is_refused_after_its_last_day_and_the_second_time(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        buyer.approved(programme, "A-2")
        first, second = (each.id for each in buyer.offered(programme))
        buyer.accept(programme, [first])
        assert isinstance(refused(buyer, programme, first), EarlyOfferNotOpen)
        assert isinstance(refused(buyer.on(TUESDAY), programme, second), EarlyOfferExpired)

    def test_stops_where_idle_cash_ends_above_the_floor(self, buyer: Buyer) -> None:
        # 1,000,000 − 100,000 = 900,000 idle; the first takes 9 × 99,298.63 = 893,687.67, and 6,312.33 are left
        programme = buyer.programme()
        buyer.approved(programme, "A-1", "900000.00")
        buyer.approved(programme, "A-2", "10000.00")
        first, second = (each.id for each in buyer.offered(programme))
        buyer.accept(programme, [first])
        refusal = refused(buyer, programme, second)
        assert isinstance(refusal, OwnCashUsedUp)
        free = liquidity(buyer.session, find_programme(buyer.session, programme.id), clock=buyer.clock)
        assert free.available == cny("6312.33")

    def test_stops_where_the_own_cash_limit_ends(self, buyer: Buyer) -> None:
        programme = buyer.programme(own_cash_limit=cny("99298.63"))
        buyer.approved(programme, "A-1")
        buyer.approved(programme, "A-2", "1000.00")
        first, second = (each.id for each in buyer.offered(programme))
        buyer.accept(programme, [first])
        refusal = refused(buyer, programme, second)
        assert isinstance(refusal, OwnCashUsedUp)
        # How much the buyer holds is no supplier's business.
        assert refusal.facts == {"needed": "992.99 CNY"}

    def test_another_supplier_finds_nothing(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        ids = [each.id for each in buyer.offered(programme)]
        with pytest.raises(NotFound):
            buyer.accept(programme, ids, "second supplier")


class TestOrder:
    def test_needs_two_people_and_the_digest_the_second_one_saw(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        accepted = buyer.accepted(programme)
        order = order_early_payments(
            buyer.session, programme.id, accepted, pay_on=TUESDAY, actor=MAKER, clock=buyer.clock, calendar=CALENDAR
        )
        assert order.total_minor == 9_929_863
        with pytest.raises(SamePerson):
            approve_early_payments(buyer.session, order.id, digest_seen=order.digest, actor=MAKER, clock=buyer.clock)
        with pytest.raises(DigestChanged):
            approve_early_payments(buyer.session, order.id, digest_seen="0" * 64, actor=CHECKER, clock=buyer.clock)

    def test_that_leaves_later_costs_the_supplier_less(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        accepted = buyer.accepted(programme)
        (payment_id,) = buyer.ordered(programme, accepted, pay_on=TUESDAY + timedelta(days=2))
        assert buyer.payment(payment_id).discount == cny("657.53")  # 100,000 × 8 % × 30 / 365   (R18)

    def test_dated_on_a_saturday_leaves_on_the_monday_and_costs_less(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme), pay_on=date(2026, 3, 7))
        payment = buyer.payment(payment_id)
        # Saturday 7 March -> Monday 9 March; 100,000 x 8 % x 26 / 365 = 569.86   (R18, R24)
        assert (payment.pay_on, payment.discount) == (date(2026, 3, 9), cny("569.86"))

    def test_that_leaves_sooner_costs_it_no_more_than_it_accepted(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        assert buyer.payment(payment_id).discount == cny("701.37")

    def test_beyond_the_cash_above_the_floor_is_refused_by_what_is_left(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1", "900000.00", due_on=TUESDAY)
        buyer.approved(programme, "A-2", "0.01", due_on=TUESDAY)
        # 1,000,000 − 100,000 = 900,000 idle, and 900,000.01 falls due
        with pytest.raises(LiquidityExceeded, match=r"900,000\.01"):
            buyer.maturities(programme, TUESDAY)

    def test_of_a_disputed_invoice_is_refused(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        accepted = buyer.accepted(programme)
        dispute_receivable(buyer.session, invoice, reason="broken", actor=CHECKER, clock=buyer.clock)
        with pytest.raises(NotPayableEarly):
            buyer.ordered(programme, accepted)

    def test_is_not_due_at_the_bank_while_its_invoice_is_disputed_and_lapses(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        assert len(buyer.session.execute(due_early_payments(buyer.session, buyer.today)).all()) == 1
        dispute_receivable(buyer.session, invoice, reason="broken", actor=CHECKER, clock=buyer.clock)
        assert buyer.session.execute(due_early_payments(buyer.session, buyer.today)).all() == []
        assert lapse_early_payments(buyer.session, clock=buyer.clock) == 1
        assert buyer.payment(payment_id).state is EarlyPaymentState.LAPSED
        settle_dispute(buyer.session, invoice, reason="repaired", actor=CHECKER, clock=buyer.clock)
        assert buyer.invoice(invoice).state is ReceivableState.CONFIRMED
        buyer.listed(programme, invoice)

    def test_is_due_to_the_approved_account_for_the_net_amount(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        buyer.ordered(programme, buyer.accepted(programme), pay_on=TUESDAY)
        assert buyer.session.execute(due_early_payments(buyer.session, buyer.today)).all() == []
        (due,) = buyer.session.execute(due_early_payments(buyer.session, TUESDAY))
        accounts = (buyer.accounts["buyer"], buyer.accounts["supplier"])
        assert (due.amount_minor, due.own_account_id, due.counter_account_id) == (9_929_863, *accounts)

    def test_that_nobody_gives_frees_the_invoice_after_days(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        buyer.accepted(programme)
        assert lapse_early_payments(buyer.session, clock=buyer.on(TUESDAY + timedelta(days=5)).clock) == 0
        assert lapse_early_payments(buyer.session, clock=buyer.on(TUESDAY + timedelta(days=6)).clock) == 1
        assert buyer.invoice(invoice).state is ReceivableState.CONFIRMED

    def test_may_be_taken_back_before_a_run_has_it(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        order_id = buyer.payment(payment_id).order_id
        assert order_id
        taken = withdraw_order(buyer.session, order_id, reason="wrong day", actor=MAKER, clock=buyer.clock)
        assert taken == [payment_id]
        assert buyer.invoice(invoice).state is ReceivableState.CONFIRMED


class TestBank:
    def test_paid_settles_the_payable_earns_the_discount_and_closes_the_invoice(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        assert buyer.balance(AccountKind.TRADE_PAYABLE) == cny("100000.00")
        buyer.paid(programme)
        assert buyer.balance(AccountKind.TRADE_PAYABLE) == cny("0.00")
        assert buyer.balance(AccountKind.DISCOUNT_INCOME) == cny("701.37")
        assert buyer.balance(AccountKind.CASH_AT_BANK) == cny("900701.37")  # 1,000,000 − 99,298.63
        row = buyer.invoice(invoice)
        assert (row.state, row.unpaid) == (ReceivableState.CLOSED, cny("0.00"))

    def test_a_word_said_twice_changes_nothing(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        instruction = buyer.bank_pays(payment_id)
        # Banking books a word once, so the cash does not move again; the ledger's key sees to that here too.
        buyer.bank_pays(payment_id, instruction=instruction)
        assert buyer.balance(AccountKind.DISCOUNT_INCOME) == cny("701.37")

    def test_refused_frees_the_invoice(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        buyer.bank_pays(payment_id, Verdict.REJECTED)
        assert buyer.payment(payment_id).state is EarlyPaymentState.FAILED
        assert buyer.payment(payment_id).failure_reason == "AC04"
        assert buyer.invoice(invoice).state is ReceivableState.CONFIRMED
        assert len(buyer.offered(programme)) == 1

    def test_returned_reopens_everything_it_had_brought_about(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        instruction = buyer.bank_pays(payment_id)
        buyer.bank_pays(payment_id, Verdict.RETURNED, instruction=instruction)
        assert buyer.balance(AccountKind.TRADE_PAYABLE) == cny("100000.00")
        assert buyer.balance(AccountKind.DISCOUNT_INCOME) == cny("0.00")
        row = buyer.invoice(invoice)
        assert (row.state, row.paid_minor) == (ReceivableState.CONFIRMED, 0)
        assert len(buyer.offered(programme)) == 1

    def test_money_that_left_for_a_payment_taken_back_waits_in_suspense(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        order_id = buyer.payment(payment_id).order_id
        assert order_id
        withdraw_order(buyer.session, order_id, reason="wrong day", actor=MAKER, clock=buyer.clock)
        instruction = buyer.bank_pays(payment_id)
        suspense = AccountRef(AccountKind.SUSPENSE, "CNY", buyer.accounts["buyer"])
        assert balance(buyer.session, suspense).posted == cny("-99298.63")
        assert buyer.invoice(invoice).state is ReceivableState.CONFIRMED
        buyer.bank_pays(payment_id, Verdict.RETURNED, instruction=instruction)
        assert balance(buyer.session, suspense).posted == cny("0.00")

    @pytest.mark.parametrize("settled_for", [None, "90000.00"])
    def test_a_payment_that_overtook_a_dispute_is_booked_as_the_bank_says(
        self, buyer: Buyer, settled_for: str | None
    ) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        (payment_id,) = buyer.ordered(programme, buyer.accepted(programme))
        dispute_receivable(buyer.session, invoice, reason="late", actor=CHECKER, clock=buyer.clock)
        if settled_for:
            settle_dispute(
                buyer.session, invoice, reason="agreed", amount=cny(settled_for), actor=CHECKER, clock=buyer.clock
            )
        buyer.bank_pays(payment_id)
        assert buyer.invoice(invoice).state is ReceivableState.CLOSED
        # Paid in full, and credited 10,000 where the dispute was settled for less: the buyer has a claim for that.
        assert buyer.balance(AccountKind.TRADE_PAYABLE) == cny("-10000.00" if settled_for else "0.00")


class TestMaturity:
    def test_what_nobody_paid_early_is_paid_in_full_when_due(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        due = buyer.approved(programme, "A-1", due_on=TUESDAY)
        later = buyer.approved(programme, "A-2", due_on=DUE_ON)
        buyer.on(TUESDAY)
        order = buyer.maturities(programme, TUESDAY)
        assert (order.item_count, order.total_minor, order.discount_minor) == (1, 10_000_000, 0)
        approved = approve_early_payments(
            buyer.session, order.id, digest_seen=order.digest, actor=CHECKER, clock=buyer.clock
        )
        buyer.bank_pays(approved[0])
        assert buyer.invoice(due).state is ReceivableState.CLOSED
        assert buyer.invoice(later).state is ReceivableState.CONFIRMED
        with pytest.raises(NotPayableEarly):
            buyer.maturities(programme, TUESDAY)

    def test_what_a_lender_bought_is_not_paid_to_the_supplier(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.facility()
        invoice = buyer.approved(programme, "A-1", due_on=date(2026, 3, 20))
        buyer.bought(programme, invoice)
        buyer.on(date(2026, 3, 20))
        with pytest.raises(NotPayableEarly):
            buyer.maturities(programme, buyer.today)


def test_cash_that_stands_in_an_invoice_comes_free_when_it_would_have_been_due(buyer: Buyer) -> None:
    programme = buyer.programme()
    buyer.approved(programme, "A-1")
    buyer.paid(programme)
    fresh = find_programme(buyer.session, programme.id)
    assert liquidity(buyer.session, fresh, clock=buyer.clock).used == cny("99298.63")
    assert liquidity(buyer.session, fresh, clock=buyer.on(DUE_ON).clock).used == cny("0.00")


def test_a_suspended_programme_offers_and_agrees_to_nothing(buyer: Buyer) -> None:
    programme = buyer.programme(annual_rate=Decimal("0.1"))
    buyer.approved(programme, "A-1")
    (offer,) = buyer.offered(programme)
    suspend_programme(buyer.session, programme.id, reason="liquidity", actor=MAKER, clock=buyer.clock)
    with pytest.raises(DomainError, match="suspended"):
        buyer.accept(programme, [offer.id])
