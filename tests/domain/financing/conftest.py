"""A seller, a debtor and a lender with their accounts; a lender's line; and a bank that does what a test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid4

import pytest

from domain.banking.answers import Outcome
from domain.banking.cash import cash_at_bank, in_transit
from domain.banking.states import Direction, EntryDirection, EntryState, Purpose, Verdict
from domain.banking.tables import Statement, StatementEntry, StatementFile
from domain.financing import check, outcomes
from domain.financing.acceptance import accept_offers
from domain.financing.facilities import NewFacility, approve_facility, propose_facility
from domain.financing.funding import approve_funding, check_conditions, order_funding
from domain.financing.offers import approve_offers, cheapest_offers, make_auto_offers, make_offers
from domain.financing.quotes import Price
from domain.financing.receipts import Capital, book_capital
from domain.financing.refunds import book_wallet_refunds
from domain.financing.requests import approve_requests, request_financing
from domain.financing.tables import Advance, Facility, WalletRefund
from domain.financing.terms import Terms
from domain.ledger import service as ledger
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.receivables.imports import register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmation,
    sign_confirmation,
    submit_import,
    verify_receivables,
)
from domain.values.actor import Actor, ActorKind
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

KEYS = KeyRing.generate()
MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
CALENDAR = BusinessCalendar()
BASE_TERMS = Terms(annual_rate=Decimal("0.055"))
BASE_PRICE = Price(advance_rate=Decimal("0.9"), fee_bp=Decimal(20), terms=BASE_TERMS)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class World:
    """One seller, one debtor, two lenders, and the day it is; the procedures of the main job in one line each."""

    session: TenantSession
    today: date = date(2026, 3, 2)
    parties: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    instructions: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def clock(self) -> FixedClock:
        return FixedClock(datetime.combine(self.today, time(1), UTC))

    def on(self, day: date) -> "World":
        self.today = day
        return self

    def invoice(self, number: str, amount: str = "1000000.00", due_on: date = date(2026, 3, 27)) -> UUID:
        """A confirmed invoice of the seller on the debtor."""
        row = InvoiceRow(1, "D1", number, date(2026, 1, 5), due_on, cny(amount))
        seller = self.parties["seller"]
        report = register_invoices(self.session, [row], seller_id=seller, actor=MAKER, clock=self.clock)
        assert not report.refused, report.refused
        submit_import(self.session, report.import_id, actor=CHECKER, clock=self.clock)
        verify_receivables(self.session, report.receivable_ids, clock=self.clock)
        answers = [DebtorAnswer(receivable_id) for receivable_id in report.receivable_ids]
        debtor = self.parties["debtor"]
        proposed = propose_confirmation(self.session, debtor_id=debtor, answers=answers, actor=MAKER, clock=self.clock)
        sign_confirmation(self.session, proposed.id, actor=CHECKER, clock=self.clock)
        return report.receivable_ids[0]

    def facility(
        self, lender: str = "lender", limit: str = "50000000.00", price: Price = BASE_PRICE, **more: object
    ) -> Facility:
        """An active line that offers by itself."""
        new = NewFacility(self.parties[lender], cny(limit), price, auto_offer=True, **more)  # type: ignore[arg-type]
        proposed = propose_facility(self.session, new, actor=MAKER, clock=self.clock)
        return approve_facility(self.session, proposed.id, actor=CHECKER, clock=self.clock)

    def listed(self, *receivables: UUID) -> list[UUID]:
        """Requests on the invoices, open to lenders."""
        seller = self.parties["seller"]
        batch = request_financing(self.session, receivables, seller_id=seller, actor=MAKER, clock=self.clock)
        return approve_requests(self.session, batch, actor=CHECKER, clock=self.clock)

    def accepted(self, *receivables: UUID) -> list[UUID]:
        """Advances made of the cheapest offers on the invoices."""
        self.listed(*receivables)
        make_auto_offers(self.session, clock=self.clock, calendar=CALENDAR)
        best = cheapest_offers(self.session, seller_id=self.parties["seller"], clock=self.clock)
        return self.accept(best)

    def accept(self, best: list[UUID]) -> list[UUID]:
        """Advances made of these offers."""
        seller = self.parties["seller"]
        result = accept_offers(self.session, best, seller_id=seller, actor=MAKER, clock=self.clock, calendar=CALENDAR)
        assert not result.refused, result.refused
        return list(result.advances.values())

    def funded_by(self, facility: Facility, receivable: UUID) -> UUID:
        """An advance of this very facility that the bank has paid out today."""
        batch = make_offers(
            self.session,
            facility_id=facility.id,
            request_ids=self.listed(receivable),
            actor=MAKER,
            clock=self.clock,
            calendar=CALENDAR,
        )
        advances = self.accept(approve_offers(self.session, batch, actor=CHECKER, clock=self.clock))
        return self.pay_out(self.order(advances)[0])

    def instructed(self, *receivables: UUID) -> list[UUID]:
        """Advances that two people of the lender have ordered to be paid out today."""
        return self.order(self.accepted(*receivables))

    def order(self, advances: list[UUID]) -> list[UUID]:
        """The advances, ordered and approved."""
        assert check_conditions(self.session, clock=self.clock, ids=advances).met == sorted(advances)
        order = order_funding(self.session, advances, funding_on=self.today, actor=MAKER, clock=self.clock)
        return approve_funding(self.session, order.id, actor=CHECKER, clock=self.clock)

    def funded(self, receivable: UUID) -> UUID:
        """An advance that the bank has paid out today."""
        (advance_id,) = self.instructed(receivable)
        return self.pay_out(advance_id)

    def pay_out(self, advance_id: UUID) -> UUID:
        """The bank's word that the advance has left."""
        advance = self.advance(advance_id)
        amount = advance.money(advance.principal_minor - advance.fee_minor - advance.prepaid_minor)
        self.bank(Purpose.ADVANCE_DISBURSEMENT, advance_id, amount)
        return advance_id

    def advance(self, advance_id: UUID) -> Advance:
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Advance, (self.session.tenant_id, advance_id))

    def bank(
        self,
        purpose: Purpose,
        advance_id: UUID,
        amount: Money,
        verdict: Verdict = Verdict.SETTLED,
        *,
        on: date | None = None,
        instruction: int | None = None,
    ) -> int:
        """The bank's word on an instruction, with its cash leg booked as banking books it; returns the instruction."""
        outcome = self.outcome(purpose, advance_id, amount, verdict, on=on, instruction=instruction)
        self.move_cash(outcome)
        HANDLERS[purpose](self.session, [outcome], self.clock)
        self.session.commit()
        self.nothing_in_transit()
        return outcome.instruction_id

    def outcome(
        self,
        purpose: Purpose,
        advance_id: UUID,
        amount: Money,
        verdict: Verdict = Verdict.SETTLED,
        *,
        on: date | None = None,
        instruction: int | None = None,
    ) -> Outcome:
        collects = purpose in {Purpose.RECEIVABLE_COLLECTION, Purpose.RECOURSE_COLLECTION}
        advance = self.advance(advance_id)
        assert advance.own_account_id is not None
        return Outcome(
            instruction_id=instruction or next(self.instructions),
            purpose=purpose,
            direction=Direction.DEBIT if collects else Direction.CREDIT,
            subject_id=advance_id,
            result=verdict,
            amount=amount,
            value_date=on or self.today,
            reason=None if verdict is Verdict.SETTLED else "AM04",
            own_account_id=advance.own_account_id,
            counter_account_id=self.accounts["debtor" if purpose is Purpose.RECEIVABLE_COLLECTION else "seller"],
            mandate_id=None,
            attempt=1,
            obligation_key=f"test:{advance_id}",
            run_id=None,
        )

    def book_refund(self, row: WalletRefund, outcome: Outcome) -> None:
        """The bank's word, which names the refund and not the advance."""
        book_wallet_refunds(self.session, [replace(outcome, subject_id=row.id)], self.clock)
        self.session.commit()
        self.nothing_in_transit()

    def move_cash(self, outcome: Outcome) -> None:
        if outcome.result is Verdict.REJECTED:
            return
        currency = outcome.amount.currency
        cash, transit = cash_at_bank(outcome.own_account_id, currency), in_transit(outcome.own_account_id, currency)
        comes_in = (outcome.direction is Direction.DEBIT) == (outcome.result is Verdict.SETTLED)
        leg = Leg(cash, transit, outcome.amount) if comes_in else Leg(transit, cash, outcome.amount)
        key = f"bank:{outcome.instruction_id}:{outcome.result.value}"
        posting = Posting(key, "bank", key, outcome.value_date, (leg,))
        ledger.post(self.session, posting, actor=MAKER, clock=self.clock)

    def nothing_in_transit(self) -> None:
        for name in ("lender", "second lender"):
            transit = in_transit(self.accounts[name], "CNY")
            assert balance(self.session, transit).posted == cny("0.00")
        assert check.check_subledger(self.session) == []

    def balance(self, kind: AccountKind, owner: str = "lender") -> Money:
        owner_id = self.accounts[owner] if kind is AccountKind.CASH_AT_BANK else self.parties[owner]
        return balance(self.session, AccountRef(kind, "CNY", owner_id)).posted


HANDLERS: dict[Purpose, Callable[..., None]] = {
    Purpose.ADVANCE_DISBURSEMENT: outcomes.book_disbursements,
    Purpose.RECEIVABLE_COLLECTION: outcomes.book_collections,
    Purpose.RECOURSE_COLLECTION: outcomes.book_recourse,
    Purpose.HOLDBACK_RELEASE: outcomes.book_releases,
}


@pytest.fixture
def world(session: TenantSession) -> World:
    """The firms of the base case, on the day it is funded."""
    return furnished(session)


def furnished(session: TenantSession) -> World:
    """A tenant with the firms of the base case; each lender has put 10,000,000.00 into its own account."""
    world = World(session, today=date(2026, 2, 20))
    kinds = {
        "seller": (PartyKind.SUPPLIER, "S1", "Airline"),
        "debtor": (PartyKind.DEBTOR, "D1", "Ticket agent"),
        "lender": (PartyKind.LENDER, "L1", "First factor"),
        "second lender": (PartyKind.LENDER, "L2", "Second factor"),
    }
    new = [
        NewParty(kind=kind, name=name, code=code, tax_id=f"{place}{session.tenant_id}", country="DE")
        for place, (kind, code, name) in enumerate(kinds.values())
    ]
    registered = register_parties(session, new, actor=MAKER, clock=world.clock)
    world.parties = {name: party.id for name, party in zip(kinds, registered, strict=True)}
    accounts = add_bank_accounts(
        session,
        [
            NewBankAccount(
                party_id=party_id,
                holder_name=name,
                bank_id="ICBKCNBJ",
                number=f"31006657001800{place:04d}",
                currency="CNY",
                own="lender" in name,
            )
            for place, (name, party_id) in enumerate(world.parties.items())
        ],
        KEYS,
        actor=MAKER,
        clock=world.clock,
    )
    world.accounts = {name: account.id for name, account in zip(world.parties, accounts, strict=True)}
    verify_bank_accounts(session, list(world.accounts.values()), actor=CHECKER, clock=world.clock)
    capital = [
        Capital(f"entry:{name}", world.parties[name], world.accounts[name], cny("10000000.00"), world.today)
        for name in ("lender", "second lender")
    ]
    book_capital(session, capital, actor=MAKER, clock=world.clock)
    session.commit()
    return world.on(date(2026, 3, 2))


def owes_back(world: World, amount: str) -> None:
    """An invoice of the debtor on its own supplier: the same two firms, the other way round."""
    tenant, country = world.session.tenant_id, "DE"
    kinds = (
        (PartyKind.SUPPLIER, "Ticket agent", "S9", f"1{tenant}"),
        (PartyKind.DEBTOR, "Airline", "D9", f"0{tenant}"),
    )
    parts = [
        NewParty(kind=kind, name=name, code=code, tax_id=tax_id, country=country) for kind, name, code, tax_id in kinds
    ]
    supplier, _ = register_parties(world.session, parts, actor=MAKER, clock=world.clock)
    row = InvoiceRow(1, "D9", "BACK-1", date(2026, 1, 5), date(2026, 4, 27), cny(amount))
    report = register_invoices(world.session, [row], seller_id=supplier.id, actor=MAKER, clock=world.clock)
    submit_import(world.session, report.import_id, actor=CHECKER, clock=world.clock)
    verify_receivables(world.session, report.receivable_ids, clock=world.clock)


def suspended_entry(world: World, amount: str) -> int:
    """A credit on the lender's account that nobody recognised: it waits in suspense, with its money."""
    tenant_id = world.session.tenant_id
    file = StatementFile(tenant_id=tenant_id, created_at=world.clock.now(), digest=uuid4().bytes)
    statement = Statement(
        tenant_id=tenant_id,
        created_at=world.clock.now(),
        file_id=file.id,
        account_id=world.accounts["lender"],
        bank_reference=uuid4().hex,
        currency="CNY",
        opened_on=world.today,
        closed_on=world.today,
        stated_at=world.clock.now(),
    )
    entry = StatementEntry(
        tenant_id=tenant_id,
        id=1,
        statement_id=statement.id,
        account_id=world.accounts["lender"],
        identity="1",
        direction=EntryDirection.CREDIT,
        amount_minor=cny(amount).minor,
        currency="CNY",
        booked_on=world.today,
        value_date=world.today,
        state=EntryState.SUSPENSE,
    )
    for row in (file, statement, entry):
        world.session.add(row)
        world.session.flush()
    cash, suspense = cash_at_bank(world.accounts["lender"], "CNY"), AccountRef(AccountKind.SUSPENSE, "CNY")
    posting = Posting("entry", "statement.suspense", "entry", world.today, (Leg(cash, suspense, cny(amount)),))
    ledger.post(world.session, posting, actor=MAKER, clock=world.clock)
    return entry.id
