"""The base case from request to release, and what happens when the debtor is late, pays in part, or takes it back."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from domain.banking.states import Purpose, Verdict
from domain.financing.accrual import accrue
from domain.financing.ageing import mark_overdue
from domain.financing.dues import due_disbursements, due_releases
from domain.financing.holds import approve_release
from domain.financing.outcomes import book_collections
from domain.financing.queries import events_of
from domain.financing.quotes import Price
from domain.financing.receipts import Receipt, book_receipts
from domain.financing.service import charge_cost, figures_as_of
from domain.financing.states import AdvanceState
from domain.financing.terms import InterestTiming, Terms
from domain.ledger.chart import AccountKind
from domain.receivables.queries import receivable
from domain.receivables.states import ReceivableState
from tests.domain.financing.conftest import MAKER, World, cny

DISBURSEMENT, COLLECTION, RELEASE = (
    Purpose.ADVANCE_DISBURSEMENT,
    Purpose.RECEIVABLE_COLLECTION,
    Purpose.HOLDBACK_RELEASE,
)
DUE_ON = date(2026, 3, 27)
TEN_DAYS_LATE = date(2026, 4, 6)


def dues(world: World, select: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in world.session.execute(select)]


class TestFunding:
    def test_asks_the_bank_for_the_advance_less_the_fee_once_two_people_ordered_it(self, world: World) -> None:
        world.facility()
        (advance_id,) = world.instructed(world.invoice("INV-1"))
        (due,) = dues(world, due_disbursements(world.session, world.today))
        # R3: 900,000.00 - 2,000.00 = 898,000.00
        assert (due["amount_minor"], due["subject_id"]) == (898_000_00, advance_id)
        assert due["counter_account_id"] == world.accounts["seller"]
        assert due["own_account_id"] == world.accounts["lender"]

    def test_is_booked_only_by_the_banks_word(self, world: World) -> None:
        world.facility()
        (advance_id,) = world.instructed(world.invoice("INV-1"))
        assert world.advance(advance_id).state is AdvanceState.INSTRUCTED
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("0.00")
        world.bank(DISBURSEMENT, advance_id, cny("898000.00"))
        assert world.advance(advance_id).state is AdvanceState.FUNDED
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("900000.00")
        assert world.balance(AccountKind.FEE_INCOME) == cny("2000.00")
        assert world.balance(AccountKind.CASH_AT_BANK) == cny("9102000.00")

    def test_withholds_front_ended_interest(self, world: World) -> None:
        front = Terms(annual_rate=Decimal("0.055"), interest_timing=InterestTiming.FRONT)
        world.facility(price=Price(Decimal("0.9"), Decimal(20), front))
        (advance_id,) = world.instructed(world.invoice("INV-1"))
        (due,) = dues(world, due_disbursements(world.session, world.today))
        assert due["amount_minor"] == 894_562_50  # R4
        world.bank(DISBURSEMENT, advance_id, cny("894562.50"))
        # Received before it is earned: the receivable stands on its other side.
        assert world.balance(AccountKind.INTEREST_RECEIVABLE) == cny("-3437.50")

    def test_that_the_bank_refuses_frees_the_invoice_and_the_line(self, world: World) -> None:
        facility = world.facility()
        invoice = world.invoice("INV-1")
        (advance_id,) = world.instructed(invoice)
        world.bank(DISBURSEMENT, advance_id, cny("898000.00"), Verdict.REJECTED)
        assert world.advance(advance_id).state is AdvanceState.FUNDING_FAILED
        assert receivable(world.session, invoice).state is ReceivableState.CONFIRMED
        assert receivable(world.session, invoice).exposure_minor == 0
        world.session.refresh(facility)
        assert facility.used_minor == 0
        world.funded(invoice)  # and may be tried again

    def test_that_the_sellers_bank_sends_back_is_undone(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        accrue(world.session, world.today, clock=world.clock)
        instruction = int(events_of(world.session, [advance_id])[advance_id][0].source.split(":")[1])
        world.on(date(2026, 3, 4))
        world.bank(DISBURSEMENT, advance_id, cny("898000.00"), Verdict.RETURNED, instruction=instruction)
        assert world.advance(advance_id).state is AdvanceState.FUNDING_FAILED
        for kind in (AccountKind.ADVANCE_PRINCIPAL, AccountKind.FEE_INCOME, AccountKind.INTEREST_INCOME):
            assert world.balance(kind) == cny("0.00")
        assert world.balance(AccountKind.CASH_AT_BANK) == cny("10000000.00")


class TestRepayment:
    def test_on_time_pays_interest_and_principal_and_leaves_the_reserve(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        accrue(world.session, date(2026, 3, 26), clock=world.clock)
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"))
        # 1,000,000.00 - 900,000.00 - 3,437.50 = 96,562.50   (R5)
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("96562.50")
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("3437.50")
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("0.00")
        assert world.advance(advance_id).state is AdvanceState.REPAID
        assert receivable(world.session, invoice).state is ReceivableState.PAID

    def test_closes_when_the_reserve_has_reached_the_seller(self, world: World) -> None:
        facility = world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"))
        (due,) = dues(world, due_releases(world.session, world.today))
        assert (due["amount_minor"], due["counter_account_id"]) == (96_562_50, world.accounts["seller"])
        world.bank(RELEASE, advance_id, cny("96562.50"))
        assert world.advance(advance_id).state is AdvanceState.CLOSED
        assert receivable(world.session, invoice).state is ReceivableState.CLOSED
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("0.00")
        # 10,000,000.00 + 2,000.00 + 3,437.50
        assert world.balance(AccountKind.CASH_AT_BANK) == cny("10005437.50")
        assert dues(world, due_releases(world.session, world.today)) == []
        world.session.refresh(facility)
        assert facility.used_minor == 0

    def test_ten_days_late_pays_the_penalty_that_replaces_interest(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        world.on(TEN_DAYS_LATE)
        accrue(world.session, date(2026, 4, 5), clock=world.clock)
        assert mark_overdue(world.session, world.today, clock=world.clock) == 1
        assert world.advance(advance_id).state is AdvanceState.OVERDUE
        assert receivable(world.session, invoice).state is ReceivableState.OVERDUE
        world.bank(COLLECTION, advance_id, cny("1000000.00"))
        # 900,000 x 5.5 % x 1.5 x 10 / 360 = 2,062.50; 96,562.50 - 2,062.50 = 94,500.00   (R6, R5)
        assert world.balance(AccountKind.PENALTY_INCOME) == cny("2062.50")
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("3437.50")
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("94500.00")

    def test_in_part_follows_the_waterfall(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(TEN_DAYS_LATE)
        charge_cost(
            world.session,
            advance_id,
            amount=cny("300.00"),
            on=world.today,
            reference="lawyer-1",
            reason="reminder",
            actor=MAKER,
            clock=world.clock,
        )
        world.bank(COLLECTION, advance_id, cny("500000.00"))
        # 300.00 / 2,062.50 / 3,437.50 / 494,200.00; 405,800.00 left   (R7)
        event = events_of(world.session, [advance_id])[advance_id][-1]
        assert (event.costs_minor, event.penalty_minor, event.interest_minor) == (300_00, 2_062_50, 3_437_50)
        assert event.principal_minor == -494_200_00
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("405800.00")
        assert world.balance(AccountKind.COST_RECOVERY) == cny("300.00")
        assert world.advance(advance_id).state is AdvanceState.OVERDUE

    def test_bears_penalty_on_what_is_unpaid_and_not_on_the_original(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(TEN_DAYS_LATE).bank(COLLECTION, advance_id, cny("500000.00"))
        # 900,000.00 - (500,000.00 - 2,062.50 - 3,437.50) = 405,500.00; x 8.25 % x 4 / 360 = 371.71
        figures = figures_as_of(world.session, advance_id, date(2026, 4, 10))
        assert figures.principal == cny("405500.00")
        assert figures.penalty_accrued == cny("2434.21")  # 2,062.50 + 371.71

    def test_early_by_the_debtor_itself_lowers_interest_and_what_is_debited(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        world.on(date(2026, 3, 17))
        receipt = Receipt("entry:1", world.accounts["lender"], cny("300000.00"), world.today, "payment of INV-1 thanks")
        booked = book_receipts(world.session, [receipt], actor=MAKER, clock=world.clock)
        assert booked == {"entry:1": advance_id}
        # 15 days: 2,062.50 interest, 297,937.50 principal; 602,062.50 left   (R9, R7)
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("602062.50")
        assert receivable(world.session, invoice).unpaid == cny("700000.00")
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("700000.00"))
        # 602,062.50 x 5.5 % x 10 / 360 = 919.82; 700,000.00 - 602,062.50 - 919.82 = 97,017.68
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("97017.68")

    def test_early_gives_back_front_ended_interest_that_was_not_used(self, world: World) -> None:
        front = Terms(annual_rate=Decimal("0.055"), interest_timing=InterestTiming.FRONT)
        world.facility(price=Price(Decimal("0.9"), Decimal(20), front))
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(date(2026, 3, 17)).bank(COLLECTION, advance_id, cny("1000000.00"))
        # 100,000.00 + 3,437.50 - 2,062.50 = 101,375.00   (R9)
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("101375.00")
        assert world.balance(AccountKind.INTEREST_RECEIVABLE) == cny("0.00")
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("2062.50")

    def test_beyond_the_invoice_stays_the_debtors(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        receipt = Receipt("entry:1", world.accounts["lender"], cny("300000.00"), world.today, "INV-1")
        book_receipts(world.session, [receipt], actor=MAKER, clock=world.clock)
        # The debit of the whole was on its way when the debtor paid by itself.
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"))
        assert world.balance(AccountKind.WALLET, "debtor") == cny("300000.00")
        assert world.advance(advance_id).state is AdvanceState.REPAID

    def test_that_arrives_twice_counts_once(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(DUE_ON)
        outcome = world.outcome(COLLECTION, advance_id, cny("1000000.00"))
        world.move_cash(outcome)
        book_collections(world.session, [outcome], world.clock)
        book_collections(world.session, [outcome], world.clock)
        world.nothing_in_transit()
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("96562.50")

    def test_that_is_refused_changes_nothing_but_the_reason(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"), Verdict.REJECTED)
        advance = world.advance(advance_id)
        assert (advance.state, advance.failure_reason) == (AdvanceState.FUNDED, "AM04")

    def test_recorded_late_takes_back_what_accrued_meanwhile(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(date(2026, 3, 31))
        accrue(world.session, date(2026, 3, 30), clock=world.clock)
        mark_overdue(world.session, world.today, clock=world.clock)
        # Four nights of penalty stood there: 206.25 a night.
        assert world.balance(AccountKind.PENALTY_INCOME) == cny("825.00")
        world.bank(COLLECTION, advance_id, cny("1000000.00"), on=DUE_ON)
        assert world.balance(AccountKind.PENALTY_INCOME) == cny("0.00")
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("96562.50")


class TestReturn:
    def test_of_a_full_repayment_reopens_the_advance_as_if_it_had_never_been(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        advance_id = world.funded(invoice)
        instruction = world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"))
        world.on(TEN_DAYS_LATE)
        world.bank(COLLECTION, advance_id, cny("1000000.00"), Verdict.RETURNED, instruction=instruction)
        assert world.advance(advance_id).state is AdvanceState.OVERDUE
        assert receivable(world.session, invoice).state is ReceivableState.OVERDUE
        assert world.balance(AccountKind.ADVANCE_PRINCIPAL) == cny("900000.00")
        assert world.balance(AccountKind.PENALTY_RECEIVABLE) == cny("2062.50")
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("0.00")

    def test_allocates_a_later_payment_anew(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        instruction = world.on(date(2026, 3, 12)).bank(COLLECTION, advance_id, cny("400000.00"))
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("500000.00"))
        world.on(date(2026, 3, 30))
        world.bank(COLLECTION, advance_id, cny("400000.00"), Verdict.RETURNED, instruction=instruction)
        # 25 days on the whole: 3,437.50 and 496,562.50 of the second payment; 403,437.50 left, 3 nights at 8.25 %
        advance = world.advance(advance_id)
        assert advance.figures.principal == cny("403437.50")
        assert advance.figures.interest_paid == cny("3437.50")
        assert advance.figures.penalty_accrued == cny("277.36")

    def test_after_the_reserve_has_left_is_a_claim_on_the_seller(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        instruction = world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"))
        world.bank(RELEASE, advance_id, cny("96562.50"))
        world.on(date(2026, 3, 30))
        world.bank(COLLECTION, advance_id, cny("1000000.00"), Verdict.RETURNED, instruction=instruction)
        assert world.balance(AccountKind.RECOURSE_CLAIM) == cny("96562.50")
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("0.00")
        assert world.advance(advance_id).state is AdvanceState.OVERDUE

    def test_of_a_release_keeps_the_reserve_for_the_seller_until_somebody_looked(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(DUE_ON).bank(COLLECTION, advance_id, cny("1000000.00"))
        (first,) = dues(world, due_releases(world.session, world.today))
        instruction = world.bank(RELEASE, advance_id, cny("96562.50"))
        world.bank(RELEASE, advance_id, cny("96562.50"), Verdict.RETURNED, instruction=instruction)
        assert world.balance(AccountKind.HOLDBACK_PAYABLE, "seller") == cny("96562.50")
        assert world.advance(advance_id).state is AdvanceState.REPAID
        assert dues(world, due_releases(world.session, world.today)) == []
        approve_release(world.session, advance_id)
        (second,) = dues(world, due_releases(world.session, world.today))
        assert second["obligation_key"] != first["obligation_key"]


class TestReceipts:
    def receipt(self, world: World, amount: str, remittance: str) -> Receipt:
        return Receipt("entry:1", world.accounts["lender"], cny(amount), world.today, remittance)

    def book(self, world: World, receipt: Receipt) -> dict[str, Any]:
        return book_receipts(world.session, [receipt], actor=MAKER, clock=world.clock)

    def test_without_a_known_invoice_are_left_to_reconciliation(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        assert self.book(world, self.receipt(world, "300000.00", "INV-12")) == {}

    def test_that_name_two_invoices_are_set_against_them_by_law(self, world: World) -> None:
        world.facility()
        later = world.funded(world.invoice("INV-1", "1000000.00", date(2026, 4, 27)))
        earlier = world.funded(world.invoice("INV-2", "200000.00"))
        assert self.book(world, self.receipt(world, "300000.00", "INV-1 and INV-2")) == {"entry:1": earlier}
        # Neither is matured, both bear 5.5 %: earliest due first, 200,000.00 and then 100,000.00   (R8)
        assert world.advance(earlier).collected_minor == 200_000_00
        assert world.advance(later).collected_minor == 100_000_00

    def test_up_to_five_times_the_debt_are_booked_and_more_is_reviewed(self, world: World) -> None:
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        assert self.book(world, self.receipt(world, "5000000.01", "INV-1")) == {}
        assert self.book(world, self.receipt(world, "5000000.00", "INV-1")) == {"entry:1": advance_id}
