"""A lender, a shop with an account and a mandate's worth of sales, and a bank that does what a test says."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import select

from domain.banking.answers import Outcome
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing.accrual import accrue
from domain.financing.capacities import check_capacities
from domain.financing.limits import check_limits
from domain.financing.sales.ageing import mark_behind
from domain.financing.sales.check import check_sales_advances
from domain.financing.sales.dues import obligation_of
from domain.financing.sales.explaining import SalesStanding, standing
from domain.financing.sales.outcomes import book_sales_collections, book_sales_disbursements
from domain.financing.sales.proposals import NewSalesAdvance, digest_of
from domain.financing.sales.proving import prove
from domain.financing.sales.quotes import SalesTerms
from domain.financing.sales.refunds import book_refunds
from domain.financing.sales.repayment_reversals import approve_reversal, propose_reversal
from domain.financing.sales.repayments import (
    NewSalesRepayment,
    propose_repayment,
    review_repayment,
    settle_repayment,
)
from domain.financing.sales.reports import MerchantSaleLine, MerchantSalesReported, report_merchant_sales
from domain.financing.sales.service import approve_sales_advance, propose_sales_advance
from domain.financing.sales.tables import SalesAdvance, SalesRefund, SalesRepayment
from domain.financing.states import RepaymentState
from domain.financing.tables import Facility
from domain.ledger.chart import AccountKind
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_party
from domain.parties.states import PartyKind
from domain.platform.database import TenantSession
from domain.values.money import Money
from tests.domain.financing.conftest import CHECKER, KEYS, MAKER, World, cny

DAY = date(2026, 3, 2)
FINAL = date(2026, 12, 31)
TERMS = SalesTerms(cny("100000.00"), Decimal("0.18"), 360, cny("9000.00"), cny("1000.00"))
DISBURSEMENT, COLLECTION = Purpose.SALES_DISBURSEMENT, Purpose.SALES_COLLECTION
HANDLERS = {DISBURSEMENT: book_sales_disbursements, COLLECTION: book_sales_collections}


@dataclass
class Till:
    """A shop that sells every day, and what a lender advances against it."""

    world: World
    merchant: UUID
    facility: Facility
    payments: int = 0

    @property
    def session(self) -> TenantSession:
        return self.world.session

    def new(self, **changed: object) -> NewSalesAdvance:
        base = NewSalesAdvance(self.facility.id, self.merchant, TERMS, "SA-1", self.world.today, FINAL)
        return replace(base, **changed)  # type: ignore[arg-type]

    def proposed(self, **changed: object) -> SalesAdvance:
        return propose_sales_advance(self.session, self.new(**changed), actor=MAKER, clock=self.world.clock)

    def approved(self, **changed: object) -> UUID:
        row = self.proposed(**changed)
        clock = self.world.clock
        approve_sales_advance(self.session, row.id, digest=digest_of(row), actor=CHECKER, clock=clock)
        self.session.commit()
        return row.id

    def funded(self, **changed: object) -> UUID:
        advance_id = self.approved(**changed)
        self.bank(DISBURSEMENT, advance_id, "9000.00")
        return advance_id

    def row(self, advance_id: UUID) -> SalesAdvance:
        self.session.flush()
        self.session.expire_all()
        row: SalesAdvance = self.session.get_one(SalesAdvance, (self.session.tenant_id, advance_id))
        return row

    @property
    def only(self) -> SalesAdvance:
        """The till's one advance, as it is now."""
        self.session.flush()
        self.session.expire_all()
        wanted = select(SalesAdvance).where(SalesAdvance.tenant_id == self.session.tenant_id)
        return self.session.exec(wanted).one()

    def sold(self, *amounts: str, on: date | None = None, reference: str = "Z") -> MerchantSalesReported:
        day = on or self.world.today
        lines = [
            MerchantSaleLine(place, day, f"{reference}-{day}-{place}", cny(amount))
            for place, amount in enumerate(amounts, start=1)
        ]
        clock = self.world.clock
        return report_merchant_sales(self.session, self.merchant, lines, actor=MAKER, clock=clock)

    def night(self) -> None:
        """The day is closed, and the next one begins."""
        accrue(self.session, self.world.today, clock=self.world.clock)
        self.session.commit()
        self.holds()
        self.world.on(self.world.today + timedelta(days=1))

    def bank(
        self,
        purpose: Purpose,
        advance_id: UUID,
        amount: str,
        verdict: Verdict = Verdict.SETTLED,
        *,
        on: date | None = None,
        instruction: int | None = None,
        obligation: str = "",
    ) -> Outcome:
        """The bank's word, with its cash leg booked as banking books it."""
        row = self.row(advance_id)
        outcome = Outcome(
            instruction_id=instruction or next(self.world.instructions),
            purpose=purpose,
            direction=Direction.DEBIT if purpose is COLLECTION else Direction.CREDIT,
            subject_id=advance_id,
            result=verdict,
            amount=cny(amount),
            value_date=on or self.world.today,
            reason=None if verdict is Verdict.SETTLED else "AM04",
            own_account_id=row.own_account_id,
            counter_account_id=row.payee_account_id,
            mandate_id=None,
            attempt=1,
            obligation_key=obligation or obligation_of(row),
            run_id=None,
        )
        self.world.move_cash(outcome)
        HANDLERS[purpose](self.session, [outcome], clock=self.world.clock)
        self.session.commit()
        self.holds()
        return outcome

    def pay(self, advance_id: UUID, amount: str, on: date | None = None, **more: object) -> SalesRepayment:
        """The merchant's own transfer, entered by one person, settled by another, and looked at where it is large."""
        repayment = self.entered(advance_id, amount, on, **more)
        if repayment.state is RepaymentState.SUSPENSE:
            review_repayment(self.session, repayment.id, actor=MAKER, clock=self.world.clock)
        settle_repayment(self.session, repayment.id, actor=CHECKER, clock=self.world.clock)
        self.session.commit()
        self.holds()
        return repayment

    def entered(self, advance_id: UUID, amount: str, on: date | None = None, **more: object) -> SalesRepayment:
        """The same, waiting for the second person."""
        self.payments += 1
        told = {"reference": f"T-{self.payments}", "reason": "by transfer"} | more
        new = NewSalesRepayment(advance_id, cny(amount), on or self.world.today, **told)  # type: ignore[arg-type]
        return propose_repayment(self.session, new, actor=MAKER, clock=self.world.clock)

    def undo(self, repayment: SalesRepayment) -> None:
        """Two people say that it was another's money."""
        propose_reversal(self.session, repayment.id, actor=MAKER, clock=self.world.clock)
        clock = self.world.clock
        approve_reversal(self.session, repayment.id, reason="another's money", actor=CHECKER, clock=clock)
        self.session.commit()
        self.holds()

    def live_until(self, on: date) -> None:
        """The days up to there are closed, and what is late is marked so."""
        self.world.on(on)
        accrue(self.session, on - timedelta(days=1), clock=self.world.clock)
        mark_behind(self.session, self.world.today, clock=self.world.clock)
        self.session.commit()
        self.holds()

    def refund(
        self, row: SalesRefund, verdict: Verdict = Verdict.SETTLED, *, instruction: int | None = None
    ) -> Outcome:
        """The bank's word on what goes back to the merchant, with its cash leg."""
        advance = self.row(row.advance_id)
        outcome = Outcome(
            instruction_id=instruction or next(self.world.instructions),
            purpose=Purpose.WALLET_REFUND,
            direction=Direction.CREDIT,
            subject_id=row.id,
            result=verdict,
            amount=row.amount,
            value_date=self.world.today,
            reason=None if verdict is Verdict.SETTLED else "AC04",
            own_account_id=advance.own_account_id,
            counter_account_id=advance.payee_account_id,
            mandate_id=None,
            attempt=1,
            obligation_key=f"sales_refund:{row.id}",
            run_id=None,
        )
        self.world.move_cash(outcome)
        book_refunds(self.session, [outcome], self.world.clock)
        self.session.commit()
        self.holds()
        return outcome

    def holds(self) -> None:
        """Everything agrees: cash, ledger, lines, limits and capacities."""
        self.world.nothing_in_transit()
        assert check_sales_advances(self.session) == []
        assert check_limits(self.session) == []
        assert check_capacities(self.session) == []

    def replays(self, advance_id: UUID) -> None:
        """What is kept, and what was posted, is what the events alone lead to."""
        assert prove(self.session, self.row(advance_id)).differences == ()

    def stand(self, advance_id: UUID, on: date | None = None) -> SalesStanding:
        return standing(self.session, self.row(advance_id), on or self.world.today)

    def balance(self, kind: AccountKind, owner: str = "lender") -> Money:
        return self.world.balance(kind, owner)


@pytest.fixture
def till(world: World) -> Till:
    clock = world.clock
    shop = NewParty(kind=PartyKind.BRANCH, name="Shop 7", code="B7")
    merchant = register_party(world.session, shop, actor=MAKER, clock=clock)
    account = NewBankAccount(
        party_id=merchant.id, holder_name="Shop 7", bank_id="ICBKCNBJ", number="3100665700180777", currency="CNY"
    )
    world.on(date(2026, 2, 20))
    (added,) = add_bank_accounts(world.session, [account], KEYS, actor=MAKER, clock=world.clock)
    verify_bank_accounts(world.session, [added.id], actor=CHECKER, clock=world.clock)
    world.on(DAY)
    world.parties["shop"], world.accounts["shop"] = merchant.id, added.id
    facility = world.facility(limit="20000.00", max_tenor_days=365)
    world.session.commit()
    return Till(world, merchant.id, facility)
