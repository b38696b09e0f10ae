"""A buyer with cash of its own, two suppliers, a lender; a programme; and a bank that does what a test says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from domain.banking.answers import Outcome
from domain.banking.cash import cash_at_bank, in_transit
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing.acceptance import accept_offers
from domain.financing.check import check_subledger
from domain.financing.facilities import NewFacility, approve_facility, propose_facility
from domain.financing.funding import approve_funding, check_conditions, order_funding
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.outcomes import book_collections, book_disbursements
from domain.financing.payables.check import check_payables
from domain.financing.payables.early import accept_early_payments, make_early_offers
from domain.financing.payables.movements import note_movements
from domain.financing.payables.orders import approve_early_payments, order_early_payments, order_maturities
from domain.financing.payables.outcomes import book_early_payments
from domain.financing.payables.programmes import (
    NewProgramme,
    approve_programme,
    facilities_of,
    find_programme,
    propose_programme,
)
from domain.financing.payables.purchases import request_purchase
from domain.financing.payables.states import EarlyPaymentState
from domain.financing.payables.suppliers import approve_suppliers, propose_suppliers
from domain.financing.payables.tables import EarlyPayment, EarlyPaymentOrder, Programme, ProgrammeFacility
from domain.financing.payables.uploads import UploadReport, approve_upload, upload_invoices
from domain.financing.quotes import Price
from domain.financing.receipts import Capital, book_capital
from domain.financing.requests import approve_requests
from domain.financing.tables import Advance, Facility
from domain.financing.terms import Terms
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.receivables.parsing import InvoiceRow
from domain.receivables.tables import Receivable
from domain.values.actor import Actor, ActorKind
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

KEYS = KeyRing.generate()
MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
SUPPLIER = Actor(ActorKind.PERSON, "supplier")
CALENDAR = BusinessCalendar()
PRICE = Price(advance_rate=Decimal(1), fee_bp=Decimal(0), terms=Terms(annual_rate=Decimal("0.055")))
FIRMS = {
    "buyer": (PartyKind.DEBTOR, "B1"),
    "supplier": (PartyKind.SUPPLIER, "S1"),
    "second supplier": (PartyKind.SUPPLIER, "S2"),
    "lender": (PartyKind.LENDER, "L1"),
}
OWN = ("buyer", "lender")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class Buyer:
    """A buyer's programme and the day it is; the procedures in one line each."""

    session: TenantSession
    today: date = date(2026, 3, 2)
    parties: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def clock(self) -> FixedClock:
        return FixedClock(datetime.combine(self.today, time(1), UTC))

    def on(self, day: date) -> "Buyer":
        self.today = day
        return self

    def programme(self, **terms: Any) -> Programme:  # noqa: ANN401
        """One in force at 8 % by 365, with both suppliers in it."""
        agreed: dict[str, Any] = {
            "limit": cny("10000000.00"),
            "own_cash_limit": cny("5000000.00"),
            "liquidity_floor": cny("100000.00"),
            "annual_rate": Decimal("0.08"),
        } | terms
        proposed = propose_programme(
            self.session, NewProgramme(self.parties["buyer"], **agreed), actor=MAKER, clock=self.clock
        )
        programme = approve_programme(self.session, proposed.id, actor=CHECKER, clock=self.clock)
        members = [self.parties["supplier"], self.parties["second supplier"]]
        batch = propose_suppliers(self.session, programme.id, members, actor=MAKER, clock=self.clock)
        approve_suppliers(self.session, batch, actor=CHECKER, clock=self.clock)
        return programme

    def row(self, number: str, amount: str, due_on: date, seller: str = "S1", debtor: str = "B1") -> InvoiceRow:
        return InvoiceRow(1, debtor, number, date(2026, 1, 5), due_on, cny(amount), seller_code=seller)

    def upload(self, programme: Programme, *rows: InvoiceRow) -> UploadReport:
        return upload_invoices(self.session, programme.id, rows, actor=MAKER, clock=self.clock)

    def approved(
        self,
        programme: Programme,
        number: str,
        amount: str = "100000.00",
        due_on: date = date(2026, 4, 4),
        seller: str = "S1",
    ) -> UUID:
        """An invoice that binds the buyer."""
        report = self.upload(programme, self.row(number, amount, due_on, seller))
        assert report.upload_id, report.refused
        (confirmed,) = approve_upload(self.session, report.upload_id, actor=CHECKER, clock=self.clock)
        return confirmed

    def offered(self, programme: Programme) -> list[EarlyPayment]:
        """This morning's offers, with what was offered before and stands."""
        fresh = find_programme(self.session, programme.id)
        make_early_offers(self.session, fresh, clock=self.clock, calendar=CALENDAR)
        return self.payments(EarlyPaymentState.OFFERED)

    def accepted(self, programme: Programme, supplier: str = "supplier") -> list[UUID]:
        """Everything offered to a supplier, accepted."""
        ids = [each.id for each in self.offered(programme) if each.supplier_id == self.parties[supplier]]
        return self.accept(programme, ids, supplier)

    def accept(self, programme: Programme, ids: list[UUID], supplier: str = "supplier") -> list[UUID]:
        result = accept_early_payments(
            self.session, programme.id, ids, supplier_id=self.parties[supplier], actor=SUPPLIER, clock=self.clock
        )
        assert not result.refused, result.refused
        return result.accepted

    def ordered(self, programme: Programme, ids: list[UUID], pay_on: date | None = None) -> list[UUID]:
        """The payments, ordered and approved by two of treasury."""
        order = order_early_payments(
            self.session,
            programme.id,
            ids,
            pay_on=pay_on or self.today,
            actor=MAKER,
            clock=self.clock,
            calendar=CALENDAR,
        )
        return approve_early_payments(self.session, order.id, digest_seen=order.digest, actor=CHECKER, clock=self.clock)

    def paid(self, programme: Programme, supplier: str = "supplier") -> list[UUID]:
        """What was offered this morning, paid on the next business day."""
        accepted = self.accepted(programme, supplier)
        self.on(CALENDAR.add(self.today, 1))
        for payment_id in self.ordered(programme, accepted):
            self.bank_pays(payment_id)
        return accepted

    def maturities(self, programme: Programme, pay_on: date) -> EarlyPaymentOrder:
        """What falls due by a day, ordered by treasury's maker."""
        return order_maturities(
            self.session, programme.id, pay_on=pay_on, actor=MAKER, clock=self.clock, calendar=CALENDAR
        )

    def bank_pays(self, payment_id: UUID, verdict: Verdict = Verdict.SETTLED, *, instruction: int | None = None) -> int:
        payment = self.payment(payment_id)
        assert payment.own_account_id
        assert payment.payee_account_id
        outcome = self.outcome(
            Purpose.EARLY_PAYMENT,
            payment_id,
            payment.net,
            (payment.own_account_id, payment.payee_account_id),
            verdict,
            instruction=instruction,
        )
        self.move_cash(outcome)
        book_early_payments(self.session, [outcome], clock=self.clock)
        self.all_is_well()
        return outcome.instruction_id

    def outcome(
        self,
        purpose: Purpose,
        subject_id: UUID,
        amount: Money,
        accounts: tuple[UUID, UUID],
        verdict: Verdict = Verdict.SETTLED,
        *,
        instruction: int | None = None,
    ) -> Outcome:
        collects = purpose is Purpose.RECEIVABLE_COLLECTION
        return Outcome(
            instruction_id=instruction or next(self.numbers),
            purpose=purpose,
            direction=Direction.DEBIT if collects else Direction.CREDIT,
            subject_id=subject_id,
            result=verdict,
            amount=amount,
            value_date=self.today,
            reason=None if verdict is Verdict.SETTLED else "AC04",
            own_account_id=accounts[0],
            counter_account_id=accounts[1],
            mandate_id=None,
            attempt=1,
            obligation_key=f"test:{subject_id}",
            run_id=None,
        )

    def move_cash(self, outcome: Outcome) -> None:
        if outcome.result is Verdict.REJECTED:
            return
        cash, transit = cash_at_bank(outcome.own_account_id, "CNY"), in_transit(outcome.own_account_id, "CNY")
        comes_in = (outcome.direction is Direction.DEBIT) == (outcome.result is Verdict.SETTLED)
        leg = Leg(cash, transit, outcome.amount) if comes_in else Leg(transit, cash, outcome.amount)
        key = f"bank:{outcome.instruction_id}:{outcome.result.value}"
        ledger.post(self.session, Posting(key, "bank", key, outcome.value_date, (leg,)), actor=MAKER, clock=self.clock)

    def facility(self, **more: Any) -> Facility:  # noqa: ANN401
        """A lender's line that buys whole invoices and offers by itself."""
        new = NewFacility(self.parties["lender"], cny("5000000.00"), PRICE, auto_offer=True, **more)
        proposed = propose_facility(self.session, new, actor=MAKER, clock=self.clock)
        return approve_facility(self.session, proposed.id, actor=CHECKER, clock=self.clock)

    def listed(self, programme: Programme, *invoices: UUID, supplier: str = "supplier") -> list[UUID]:
        """Requests to buy the invoices, open to lenders."""
        batch = request_purchase(
            self.session,
            programme.id,
            invoices,
            supplier_id=self.parties[supplier],
            actor=MAKER,
            clock=self.clock,
        )
        return approve_requests(self.session, batch, actor=CHECKER, clock=self.clock)

    def bought(self, programme: Programme, invoice: UUID, supplier: str = "supplier") -> UUID:
        """An advance of the lender on the invoice, paid out today; every line of the lender may buy."""
        self.lines_may_buy(programme)
        self.listed(programme, invoice, supplier=supplier)
        make_auto_offers(self.session, clock=self.clock, calendar=CALENDAR)
        seller = self.parties[supplier]
        best = cheapest_offers(self.session, seller_id=seller, clock=self.clock)
        result = accept_offers(self.session, best, seller_id=seller, actor=MAKER, clock=self.clock, calendar=CALENDAR)
        (advance_id,) = result.advances.values()
        check_conditions(self.session, clock=self.clock, ids=[advance_id])
        order = order_funding(self.session, [advance_id], funding_on=self.today, actor=MAKER, clock=self.clock)
        approve_funding(self.session, order.id, actor=CHECKER, clock=self.clock)
        advance = self.session.get_one(Advance, (self.session.tenant_id, advance_id))
        self._advance_moves(advance, Purpose.ADVANCE_DISBURSEMENT, advance.money(advance.principal_minor))
        return advance_id

    def lines_may_buy(self, programme: Programme, *, recourse: bool = True) -> None:
        """Every line there is, in the programme; as if it had been agreed with it."""
        known = {line.facility_id for line in facilities_of(self.session, programme.id)}
        for facility in self.session.exec(select(Facility).where(Facility.tenant_id == self.session.tenant_id)):
            if facility.id not in known:
                self.session.add(
                    ProgrammeFacility(
                        tenant_id=self.session.tenant_id,
                        programme_id=programme.id,
                        facility_id=facility.id,
                        recourse=recourse,
                    )
                )
        self.session.flush()

    def buyer_pays_lender(self, advance_id: UUID) -> None:
        """At maturity the buyer pays the lender everything it confirmed and has not paid."""
        self.session.expire_all()
        advance = self.session.get_one(Advance, (self.session.tenant_id, advance_id))
        self._advance_moves(advance, Purpose.RECEIVABLE_COLLECTION, self.invoice(advance.receivable_id).unpaid)

    def _advance_moves(self, advance: Advance, purpose: Purpose, amount: Money) -> None:
        outcome = self.outcome(purpose, advance.id, amount, (self.accounts["lender"], self.accounts["supplier"]))
        self.move_cash(outcome)
        book = book_collections if purpose is Purpose.RECEIVABLE_COLLECTION else book_disbursements
        book(self.session, [outcome], self.clock)
        self.session.flush()

    def all_is_well(self) -> None:
        """The books, the sub-ledgers and the roll-forward agree, and nothing is in transit."""
        note_movements(self.session, clock=self.clock)
        assert check_payables(self.session, clock=self.clock) == []
        assert check_subledger(self.session) == []
        for name in OWN:
            assert ledger.balance(self.session, in_transit(self.accounts[name], "CNY")).posted == cny("0.00")

    def invoice(self, receivable_id: UUID) -> Receivable:
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Receivable, (self.session.tenant_id, receivable_id))

    def payment(self, payment_id: UUID) -> EarlyPayment:
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(EarlyPayment, (self.session.tenant_id, payment_id))

    def payments(self, *states: EarlyPaymentState) -> list[EarlyPayment]:
        self.session.flush()
        self.session.expire_all()
        rows = self.session.exec(
            select(EarlyPayment)
            .where(EarlyPayment.tenant_id == self.session.tenant_id, col(EarlyPayment.state).in_(states))
            .order_by(col(EarlyPayment.due_on).desc(), col(EarlyPayment.amount_minor).desc(), col(EarlyPayment.id))
        )
        return list(rows)

    def balance(self, kind: AccountKind, owner: str = "buyer") -> Money:
        owner_id = self.accounts[owner] if kind is AccountKind.CASH_AT_BANK else self.parties[owner]
        return ledger.balance(self.session, AccountRef(kind, "CNY", owner_id)).posted


@pytest.fixture
def buyer(session: TenantSession) -> Buyer:
    """The firms, each with an account; buyer and lender hold 1,000,000.00 in their own."""
    buyer = Buyer(session, today=date(2026, 2, 20))
    new = [
        NewParty(kind=kind, name=name, code=code, tax_id=f"{place}{session.tenant_id}", country="DE")
        for place, (name, (kind, code)) in enumerate(FIRMS.items())
    ]
    registered = register_parties(session, new, actor=MAKER, clock=buyer.clock)
    buyer.parties = {name: party.id for name, party in zip(FIRMS, registered, strict=True)}
    accounts = add_bank_accounts(
        session,
        [
            NewBankAccount(
                party_id=party_id,
                holder_name=name,
                bank_id="ICBKCNBJ",
                number=f"31006657001900{place:04d}",
                currency="CNY",
                own=name in OWN,
            )
            for place, (name, party_id) in enumerate(buyer.parties.items())
        ],
        KEYS,
        actor=MAKER,
        clock=buyer.clock,
    )
    buyer.accounts = {name: account.id for name, account in zip(buyer.parties, accounts, strict=True)}
    verify_bank_accounts(session, list(buyer.accounts.values()), actor=CHECKER, clock=buyer.clock)
    capital = [
        Capital(f"entry:{name}", buyer.parties[name], buyer.accounts[name], cny("1000000.00"), buyer.today)
        for name in OWN
    ]
    book_capital(session, capital, actor=MAKER, clock=buyer.clock)
    return buyer.on(date(2026, 3, 2))
