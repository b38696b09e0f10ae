"""The roll-forward, best execution on real lines, and the property that nobody is paid twice whatever happens."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.banking.states import Verdict
from domain.financing.payables.best_execution import OWN_CASH, WayKind
from domain.financing.payables.check import check_payables
from domain.financing.payables.early import accept_early_payments, expire_early_offers, lapse_early_payments
from domain.financing.payables.errors import PeriodTooLong
from domain.financing.payables.execution import plan_execution
from domain.financing.payables.movements import note_movements
from domain.financing.payables.orders import approve_early_payments
from domain.financing.payables.roll_forward import MAX_MONTHS, roll_forward
from domain.financing.payables.rules import Period
from domain.financing.payables.states import EarlyPaymentState
from domain.financing.payables.tables import Programme
from domain.receivables.disputes import dispute_receivable, settle_dispute
from domain.receivables.states import ReceivableState
from domain.values.errors import DomainError
from domain.values.money import Money
from tests.domain.financing.payables.conftest import CALENDAR, CHECKER, SUPPLIER, Buyer, cny


def months(buyer: Buyer, programme: Programme, first: date, last: date) -> list[Period]:
    return roll_forward(buyer.session, programme.id, first=first, last=last, clock=buyer.clock)


class TestRollForward:
    def test_shows_every_way_an_invoice_is_paid(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.facility()
        early = buyer.approved(programme, "A-1", "1000.00")
        bought = buyer.approved(programme, "A-2", "200.00", date(2026, 4, 8))
        buyer.approved(programme, "A-3", "30.00", date(2026, 4, 8))
        credited = buyer.approved(programme, "A-4", "4.00", date(2026, 5, 8))
        advance = buyer.bought(programme, bought)
        (offer,) = [each for each in buyer.offered(programme) if each.receivable_id == early]
        buyer.accept(programme, [offer.id])
        buyer.bank_pays(buyer.ordered(programme, [offer.id])[0])
        buyer.on(date(2026, 4, 8))
        expire_early_offers(buyer.session, clock=buyer.clock)
        buyer.buyer_pays_lender(advance)
        order = buyer.maturities(programme, buyer.today)
        (payment,) = approve_early_payments(
            buyer.session, order.id, digest_seen=order.digest, actor=CHECKER, clock=buyer.clock
        )
        buyer.bank_pays(payment)
        dispute_receivable(buyer.session, credited, reason="short", actor=CHECKER, clock=buyer.clock)
        settle_dispute(buyer.session, credited, reason="agreed", amount=cny("3.50"), actor=CHECKER, clock=buyer.clock)
        march, april, may = months(buyer, programme, date(2026, 3, 15), date(2026, 5, 1))
        # 0 + 1,234 − 1,000 = 234; 234 − 30 − 200 − 0.50 = 3.50
        assert (march.opening, march.confirmed, march.paid_early, march.closing) == (
            cny("0.00"),
            cny("1234.00"),
            cny("1000.00"),
            cny("234.00"),
        )
        assert (april.paid_at_maturity, april.paid_to_lenders, april.diluted, april.closing) == (
            cny("30.00"),
            cny("200.00"),
            cny("0.50"),
            cny("3.50"),
        )
        assert (may.opening, may.closing) == (cny("3.50"), cny("3.50"))
        buyer.all_is_well()
        assert months(buyer, programme, date(2026, 4, 1), date(2026, 4, 30)) == [april]

    def test_is_the_same_before_and_after_the_day_is_closed(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        buyer.facility()
        advance = buyer.bought(programme, buyer.approved(programme, "A-1", "200.00"))
        buyer.buyer_pays_lender(advance)
        before = months(buyer, programme, buyer.today, buyer.today)
        assert note_movements(buyer.session, clock=buyer.clock) == 1
        assert note_movements(buyer.session, clock=buyer.clock) == 0
        assert months(buyer, programme, buyer.today, buyer.today) == before
        assert before[0].closing == cny("0.00")

    def test_shows_five_years_and_no_more(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        assert len(months(buyer, programme, date(2026, 3, 1), date(2031, 2, 28))) == MAX_MONTHS
        for last in (date(2031, 3, 1), date(2026, 2, 28)):
            with pytest.raises(PeriodTooLong):
                months(buyer, programme, date(2026, 3, 1), last)

    def test_a_figure_that_was_changed_behind_it_shows(self, buyer: Buyer) -> None:
        programme = buyer.programme()
        invoice = buyer.approved(programme, "A-1")
        buyer.invoice(invoice).paid_minor = 1
        (difference,) = check_payables(buyer.session, clock=buyer.clock)
        assert (difference.expected_minor, difference.found_minor) == (10_000_000, 9_999_999)


class TestBestExecution:
    def test_weighs_own_cash_against_lenders_lines_and_says_what_bound(self, buyer: Buyer) -> None:
        # Own cash at 4 % is cheaper than the line at 5.5 %, and reaches for one of the two.
        facility = buyer.facility()
        programme = buyer.programme(
            annual_rate=Decimal("0.04"), own_cash_limit=cny("100000.00"), facilities={facility.id: False}
        )
        longer = buyer.approved(programme, "A-1", due_on=date(2026, 5, 4))
        shorter = buyer.approved(programme, "A-2", due_on=date(2026, 4, 4))
        first, second = plan_execution(buyer.session, programme.id, clock=buyer.clock, calendar=CALENDAR)
        assert [first.candidate.receivable_id, second.candidate.receivable_id] == [longer, shorter]
        assert first.way
        assert first.way.kind is WayKind.OWN_CASH
        assert first.way.gain == cny("679.45")  # 100,000 × 4 % × 62 / 365   (R18)
        assert second.way
        assert second.way.kind is WayKind.PURCHASE
        assert second.way.cost == cny("519.44")  # 100,000 × 5.5 % × 34 / 360: Saturday 4 April rolls to Monday   (R2)
        # 100,000 − 350.68 is needed, and 100,000 − 99,320.55 is left
        assert [(each.limit, each.needed, each.left) for each in second.bound] == [
            (OWN_CASH, cny("99649.32"), cny("679.45"))
        ]

    def test_a_line_with_recourse_is_an_advance(self, buyer: Buyer) -> None:
        facility = buyer.facility()
        programme = buyer.programme(own_cash_limit=cny("0.00"), facilities={facility.id: True})
        buyer.approved(programme, "A-1")
        (choice,) = plan_execution(buyer.session, programme.id, clock=buyer.clock, calendar=CALENDAR)
        assert choice.way
        assert choice.way.kind is WayKind.ADVANCE


STEPS = st.sampled_from(
    ["upload", "accept", "pay", "refuse", "return", "buy", "lender paid", "mature", "credit", "dispute", "wait"]
)


class Chance:
    """One random life of a programme: every step is tried on what there is, and refusals are part of life."""

    def __init__(self, buyer: Buyer, draw: st.DataObject) -> None:
        self.buyer = buyer
        self.draw = draw
        self.programme = buyer.programme()
        self.invoices: list[UUID] = []
        self.advances: dict[UUID, UUID] = {}
        self.instructions: dict[UUID, int] = {}
        self.cash_out: dict[UUID, int] = {}
        buyer.facility()

    def step(self, name: str) -> None:
        savepoint = self.buyer.session.begin_nested()
        try:
            getattr(self, "_" + name.replace(" ", "_"))()
        except DomainError:
            savepoint.rollback()
            self.buyer.session.expire_all()
        else:
            savepoint.commit()
        self.buyer.all_is_well()

    def _pick(self, *states: EarlyPaymentState) -> UUID | None:
        found = [each.id for each in self.buyer.payments(*states)]
        return self.draw.draw(st.sampled_from(found)) if found else None

    def _invoice(self) -> UUID | None:
        return self.draw.draw(st.sampled_from(self.invoices)) if self.invoices else None

    def _upload(self) -> None:
        days, minor = self.draw.draw(st.integers(2, 60)), self.draw.draw(st.integers(100, 5_000_000))
        number, due_on = f"P-{next(self.buyer.numbers)}", self.buyer.today + timedelta(days=days)
        amount = str(Money.from_minor(minor, "CNY").amount)
        self.invoices.append(self.buyer.approved(self.programme, number, amount, due_on))

    def _accept(self) -> None:
        self.buyer.offered(self.programme)
        payment = self._pick(EarlyPaymentState.OFFERED)
        if payment:
            accept_early_payments(
                self.buyer.session,
                self.programme.id,
                [payment],
                supplier_id=self.buyer.parties["supplier"],
                actor=SUPPLIER,
                clock=self.buyer.clock,
            )

    def _instructed(self) -> UUID | None:
        if not self.buyer.payments(EarlyPaymentState.ACCEPTED, EarlyPaymentState.INSTRUCTED):
            self._accept()
        accepted = self._pick(EarlyPaymentState.ACCEPTED)
        if accepted:
            self.buyer.ordered(self.programme, [accepted])
        return self._pick(EarlyPaymentState.INSTRUCTED)

    def _pay(self) -> None:
        payment = self._instructed()
        if payment:
            self.instructions[payment] = self.buyer.bank_pays(payment)

    def _refuse(self) -> None:
        payment = self._instructed()
        if payment:
            self.buyer.bank_pays(payment, Verdict.REJECTED)

    def _return(self) -> None:
        payment = self._pick(EarlyPaymentState.PAID)
        if payment:
            self.buyer.bank_pays(payment, Verdict.RETURNED, instruction=self.instructions[payment])

    def _buy(self) -> None:
        invoice = self._invoice()
        if invoice:
            self.advances[invoice] = self.buyer.bought(self.programme, invoice)

    def _lender_paid(self) -> None:
        owed = [each for each, _ in self.advances.items() if self.buyer.invoice(each).state is ReceivableState.FINANCED]
        if owed:
            self.buyer.buyer_pays_lender(self.advances[self.draw.draw(st.sampled_from(owed))])

    def _mature(self) -> None:
        order = self.buyer.maturities(self.programme, self.buyer.today)
        approve_early_payments(
            self.buyer.session, order.id, digest_seen=order.digest, actor=CHECKER, clock=self.buyer.clock
        )

    def _credit(self) -> None:
        invoice = self._invoice()
        if invoice and self.buyer.invoice(invoice).confirmed_minor:
            self._dispute_one(invoice)
            least = self.draw.draw(st.integers(1, self.buyer.invoice(invoice).confirmed_minor or 1))
            amount = Money.from_minor(least, "CNY")
            settle_dispute(
                self.buyer.session, invoice, reason="credit", amount=amount, actor=CHECKER, clock=self.buyer.clock
            )

    def _dispute(self) -> None:
        invoice = self._invoice()
        if invoice:
            self._dispute_one(invoice)
            if self.draw.draw(st.booleans()):
                settle_dispute(self.buyer.session, invoice, reason="settled", actor=CHECKER, clock=self.buyer.clock)

    def _dispute_one(self, invoice: UUID) -> None:
        dispute_receivable(self.buyer.session, invoice, reason="chance", actor=CHECKER, clock=self.buyer.clock)

    def _wait(self) -> None:
        self.buyer.on(CALENDAR.add(self.buyer.today, self.draw.draw(st.integers(1, 12))))
        expire_early_offers(self.buyer.session, clock=self.buyer.clock)
        lapse_early_payments(self.buyer.session, clock=self.buyer.clock)


@pytest.fixture
def alone(buyer: Buyer) -> Iterator[Buyer]:
    yield buyer
    buyer.session.rollback()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=8, max_size=20), draw=st.data())
def test_whatever_happens_the_roll_forward_ties_and_no_invoice_is_paid_twice(
    alone: Buyer, steps: list[str], draw: st.DataObject
) -> None:
    life = alone.session.begin_nested()
    started = alone.today
    chance = Chance(alone, draw)
    for name in ["upload", "upload", *steps]:
        # After each, `check_payables` holds roll-forward, invoices, ledger and payments against each other.
        chance.step(name)
    periods = months(alone, chance.programme, started, alone.today)
    owed = [alone.invoice(each) for each in chance.invoices]
    assert periods[-1].closing.minor == sum((row.confirmed_minor or 0) - row.paid_minor for row in owed)
    life.rollback()
    alone.session.expire_all()
    alone.on(started)
