"""What branches took meets what the bank credited."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from domain.banking.states import EntryDirection
from domain.banking.tables import Statement, StatementEntry, StatementFile
from domain.ledger.posting import Mode
from domain.platform import numbers
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.pooling import checks
from domain.pooling.deposits import book_takings, expected_takings, takings_differences
from domain.pooling.postings import taking_booked
from domain.pooling.takings import import_takings
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain

FRIDAY = date(2012, 2, 10)
ROWS = "Store,Dept,Date,Weekly_Sales\n1,1,2012-02-10,700.00\n2,1,2012-02-10,1400.00\n2,9,2012-02-10,-30.00\n"


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class Bank:
    """States entries on the accounts of shops."""

    session: TenantSession
    chain: Chain
    clock: FixedClock

    def states(self, shop: str, amount: str, on: date = FRIDAY, remittance: str = "", reference: str = "") -> int:
        tenant, account, now = self.session.tenant_id, self.chain.accounts[shop], self.clock.now()
        file = StatementFile(tenant_id=tenant, created_at=now, digest=uuid7().bytes)
        self.session.add(file)
        self.session.flush()
        statement = Statement(
            tenant_id=tenant,
            created_at=now,
            file_id=file.id,
            account_id=account,
            bank_reference=uuid7().hex,
            currency="CNY",
            opened_on=on,
            closed_on=on,
            stated_at=now,
        )
        self.session.add(statement)
        self.session.flush()
        return self._entry(statement.id, account, cny(amount), on, remittance, reference)

    def _entry(self, statement: UUID, account: UUID, amount: Money, on: date, remittance: str, reference: str) -> int:  # noqa: PLR0917 - an entry
        entry = StatementEntry(
            tenant_id=self.session.tenant_id,
            id=numbers.reserve(self.session, "statement_entry", 1).start,
            statement_id=statement,
            account_id=account,
            identity=uuid7().hex,
            direction=EntryDirection.CREDIT if amount.amount > 0 else EntryDirection.DEBIT,
            amount_minor=abs(amount.minor),
            currency="CNY",
            booked_on=on,
            value_date=on,
            end_to_end_id=reference or None,
            remittance=remittance,
        )
        self.session.add(entry)
        self.session.flush()
        return entry.id


@pytest.fixture
def bank(session: TenantSession, chain: Chain, clock: FixedClock, actor: Actor) -> Bank:
    source = io.BytesIO(ROWS.encode())
    import_takings(session, source=source, file_name="t.csv", currency="CNY", actor=actor, clock=clock)
    return Bank(session, chain, clock)


def named(session: TenantSession, amount: str) -> str:
    """The reference of Friday's taking of that amount."""
    return next(item.reference for item in expected_takings(session, FRIDAY) if item.amount == cny(amount))


@pytest.fixture
def book(session: TenantSession, actor: Actor, clock: FixedClock) -> Callable[[list[int]], tuple[int, ...]]:
    return lambda entries: book_takings(session, entries, actor=actor, clock=clock).entry_ids


Book = Callable[[list[int]], tuple[int, ...]]


class TestExpectedTakings:
    def test_name_account_reference_and_amount_of_a_day(self, session: TenantSession, bank: Bank) -> None:
        found = expected_takings(session, FRIDAY)
        assert {(item.account_id, item.reference[:11], item.amount) for item in found} == {
            (bank.chain.accounts["1"], "TK20120210-", cny("100.00")),
            (bank.chain.accounts["2"], "TK20120210-", cny("200.00")),
            (bank.chain.accounts["2"], "TC20120210-", cny("-30.00")),
        }
        assert len({item.reference for item in found}) == 3


class TestBooking:
    def test_takes_the_reference_from_whatever_field_carries_it(
        self, session: TenantSession, bank: Bank, book: Book
    ) -> None:
        entries = [
            bank.states("1", "100.00", remittance=f"takings {named(session, '100.00')} thank you"),
            bank.states("2", "200.00", reference=named(session, "200.00")),
            bank.states("2", "-30.00", reference=named(session, "-30.00")),
        ]
        assert book(entries) == tuple(entries)
        assert expected_takings(session, FRIDAY) == []
        assert [item for item in takings_differences(session, FRIDAY) if item.taken_on == FRIDAY] == []
        assert checks.check_pooling(session) == []

    def test_books_the_banks_figure_and_shows_the_difference(
        self, session: TenantSession, bank: Bank, book: Book
    ) -> None:
        book([bank.states("1", "99.50", reference=named(session, "100.00"))])
        shop_1 = bank.chain.shops["1"]
        assert [
            (item.expected, item.booked, item.difference)
            for item in takings_differences(session, FRIDAY)
            if item.branch_id == shop_1 and item.taken_on == FRIDAY
        ] == [(cny("100.00"), cny("99.50"), cny("-0.50"))]
        assert checks.check_pooling(session) == []

    def test_without_reference_takes_equal_amounts_of_the_nearest_day(
        self, session: TenantSession, bank: Bank, book: Book
    ) -> None:
        # seven takings of 100.00, Saturday 4 to Friday 10; two credits on Friday are Friday's and Thursday's
        entries = [bank.states("1", "100.00"), bank.states("1", "100.00")]
        assert book(entries) == tuple(entries)
        seen = {
            item.taken_on for item in takings_differences(session, FRIDAY) if item.branch_id == bank.chain.shops["1"]
        }
        assert date(2012, 2, 10) not in seen
        assert date(2012, 2, 9) not in seen
        assert date(2012, 2, 8) in seen

    def test_leaves_what_is_no_taking_to_the_caller(self, session: TenantSession, bank: Bank, book: Book) -> None:
        other_amount = bank.states("1", "55.00")
        too_late = bank.states("1", "100.00", date(2012, 2, 15))
        other_number = bank.states("1", "77.00", remittance=f"{named(session, '100.00')}2")
        assert book([other_amount, too_late, other_number]) == ()

    def test_happens_once(self, session: TenantSession, bank: Bank, book: Book) -> None:
        reference = named(session, "100.00")
        entry = bank.states("1", "100.00", reference=reference)
        assert book([entry]) == (entry,)
        assert book([entry]) == ()
        assert book([bank.states("1", "100.00", reference=reference, on=date(2012, 3, 1))]) == ()
        assert checks.check_pooling(session) == []

    def test_of_a_correction_goes_through_on_an_account_that_was_swept_empty(
        self, session: TenantSession, bank: Bank, book: Book
    ) -> None:
        entry = bank.states("2", "-30.00", reference=named(session, "-30.00"))
        assert book([entry]) == (entry,)


class TestTheEntry:
    @pytest.mark.parametrize(("amount", "event"), [("5.00", "takings.deposited"), ("-5.00", "takings.corrected")])
    def test_debits_cash_and_credits_takings_or_the_other_way_round(self, amount: str, event: str) -> None:
        posting = taking_booked(
            branch_id=uuid7(),
            account_id=uuid7(),
            reference="TK20120210-1",
            expected=cny("6.00"),
            booked=cny(amount),
            value_date=FRIDAY,
        )
        leg = posting.legs[0]
        assert posting.event == event
        assert (leg.amount, leg.mode) == (cny("5.00"), Mode.IMPOSED)  # type: ignore[union-attr]
        assert posting.explanation == {"expected": "6.00", "booked": amount}
