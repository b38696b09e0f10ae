"""A business day: invoices come in, debtors answer for them, sellers ask for cash, lenders give it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.demo.cast import CHECKER, MAKER, Cast
from app.demo.feed import Feed
from domain.collection.mandates import reinstate_mandates
from domain.collection.queries import list_mandates
from domain.collection.states import MandateState
from domain.collection.tables import Mandate
from domain.financing.acceptance import accept_offers
from domain.financing.agents.limits import over_agents
from domain.financing.funding import approve_funding, check_conditions, order_funding
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.queries import advances
from domain.financing.requests import approve_requests, request_financing
from domain.financing.service import represent_collections
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.imports import import_invoices
from domain.receivables.queries import in_state
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmations,
    sign_confirmations,
    submit_import,
    verify_receivables,
)
from domain.receivables.states import Answer, ReceivableState
from domain.receivables.tables import Receivable
from domain.runs.queries import given_up_collections
from domain.values.business_days import BusinessCalendar


@dataclass
class Intake:
    """What came in so far, and why the rest did not."""

    read: int = 0
    registered: int = 0
    disputed: int = 0
    held: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Business:
    """The people of the scenario at work; `do_day` is one day of theirs."""

    feed: Feed
    cast: Cast
    calendar: BusinessCalendar
    intake: Intake = field(default_factory=Intake)
    # Verified and waiting for the debtor's next business day; confirmed and not yet offered to lenders.
    verified: list[UUID] = field(default_factory=list)
    confirmed: list[UUID] = field(default_factory=list)

    def do_day(self, session: TenantSession, day: date, clock: Clock) -> None:
        """Everything people do on `day` before the first run."""
        self._look_after_debits(session, clock)
        submitted: list[UUID] = []
        for seller, content in self.feed.invoices.get(day, {}).items():
            submitted += self._take_in(session, seller, content, clock)
        if submitted:
            verification = verify_receivables(session, submitted, clock=clock)
            self.intake.held += len(verification.held)
            self.verified += verification.verified
        if self.calendar.is_business_day(day):
            self._confirm(session, clock)
            self._finance(session, day, clock)

    def _look_after_debits(self, session: TenantSession, clock: Clock) -> None:
        """An operator asks the debtors: accounts the bank called closed are open, and what failed is presented anew."""
        suspended = [each.id for each in list_mandates(session, Mandate.state == MandateState.SUSPENDED)]
        reason = "the debtor says its account is open"
        reinstate_mandates(session, suspended, reason=reason, actor=CHECKER, clock=clock)
        represent_collections(session, given_up_collections(session))

    def _take_in(self, session: TenantSession, seller: str, content: bytes, clock: Clock) -> list[UUID]:
        report = import_invoices(
            session,
            content=content,
            file_name=f"{seller}-{clock.today():%Y%m%d}.csv",
            currency=self.feed.currency,
            seller_id=self.cast.sellers[seller].party_id,
            actor=MAKER,
            clock=clock,
        )
        self.intake.read += report.read
        self.intake.registered += report.registered
        self.intake.refused.update({(error.row, error.code): error.code for error in report.refused}.values())
        if not report.receivable_ids:
            return []
        return submit_import(session, report.import_id, actor=CHECKER, clock=clock)

    def _confirm(self, session: TenantSession, clock: Clock) -> None:
        by_debtor: dict[UUID, list[Receivable]] = defaultdict(list)
        for invoice in in_state(session, self.verified, ReceivableState.VERIFIED):
            by_debtor[invoice.debtor_id].append(invoice)
        answered = {
            debtor_id: [self._answer(invoice) for invoice in invoices] for debtor_id, invoices in by_debtor.items()
        }
        if answered:
            proposed = propose_confirmations(session, answered, actor=MAKER, clock=clock)
            sign_confirmations(session, [each.id for each in proposed], actor=CHECKER, clock=clock)
        self.confirmed, self.verified = self.verified, []

    def _answer(self, invoice: Receivable) -> DebtorAnswer:
        payment = self.feed.payments.get(invoice.invoice_number)
        if payment is None or not payment.disputed:
            return DebtorAnswer(invoice.id)
        self.intake.disputed += 1
        return DebtorAnswer(invoice.id, Answer.DISPUTED, reason="goods not as ordered")

    def _finance(self, session: TenantSession, day: date, clock: Clock) -> None:
        by_seller: dict[UUID, list[UUID]] = defaultdict(list)
        for invoice in in_state(session, self.confirmed, ReceivableState.CONFIRMED, ReceivableState.PART_CONFIRMED):
            # One that fell due while it waited is the seller's to collect.
            if invoice.due_on > day:
                by_seller[invoice.seller_id].append(invoice.id)
        self.confirmed.clear()
        for seller_id, ids in by_seller.items():
            batch = request_financing(session, ids, seller_id=seller_id, actor=MAKER, clock=clock)
            approve_requests(session, batch, actor=CHECKER, clock=clock)
        make_auto_offers(session, clock=clock, calendar=self.calendar)
        for seller in self.cast.sellers.values():
            offers = cheapest_offers(session, seller_id=seller.party_id, clock=clock)
            if offers:
                accept_offers(
                    session,
                    offers,
                    seller_id=seller.party_id,
                    actor=CHECKER,
                    clock=clock,
                    calendar=self.calendar,
                    others=over_agents(clock),
                )
        self._fund(session, day, clock)

    def _fund(self, session: TenantSession, day: date, clock: Clock) -> None:
        by_lender: dict[UUID, list[UUID]] = defaultdict(list)
        for advance in advances(session, check_conditions(session, clock=clock).met):
            by_lender[advance.lender_id].append(advance.id)
        for ids in by_lender.values():
            order = order_funding(session, ids, funding_on=day, actor=MAKER, clock=clock)
            approve_funding(session, order.id, actor=CHECKER, clock=clock)
