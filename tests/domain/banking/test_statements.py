"""Statements: imported once however they come, chained by their balances, each entry with an identity of its own."""

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.banking import entries, statements
from domain.banking.lookup import details_of
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.errors import NotXml
from domain.banking.messages.model import AccountNumber, Balance, EntryDetail, ItemStatus
from domain.banking.messages.model import Statement as BankStatement
from domain.banking.messages.model import StatementEntry as BankEntry
from domain.banking.originals import PART_BYTES
from domain.banking.statements import ImportedStatements
from domain.banking.states import EntryDirection, EntryState, ExceptionKind
from domain.banking.tables import BankException, Statement, StatementBalance, StatementEntry
from domain.values.money import Money

from .conftest import NOON, Desk, Group, entry, notice
from .test_answers import Mailbox, Order

MON, TUE, WED = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


def money(amount: str) -> Money:
    return Money.of(amount, "CNY")


def statement(number: str, on: date, opening: str, closing: str, *booked: BankEntry, name: str = "ST") -> bytes:
    """A camt.053 of one account and day."""
    return document(told(number, on, opening, closing, *booked, name=name), name=f"{name}-{on}")


def document(*statements_told: BankStatement, name: str = "DOC") -> bytes:
    """A camt.053."""
    out = BytesIO()
    write_statements(statements_told, out, kind="camt.053", message_id=name, created_at=NOON)
    return out.getvalue()


def told(number: str, on: date, opening: str, closing: str, *booked: BankEntry, name: str = "ST") -> BankStatement:
    """One account and day."""
    return BankStatement(
        statement_id=f"{name}-{on}",
        account=AccountNumber(number),
        currency="CNY",
        from_on=on,
        to_on=on,
        created_at=NOON,
        balances=(Balance("OPBD", money(opening), on), Balance("CLBD", money(closing), on)),
        entries=booked,
    )


class Importer:
    """Statements of the group's own account, imported."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = desk.group.numbers[desk.group.own]

    def bring(self, content: bytes) -> ImportedStatements:
        desk = self.desk
        brought = statements.import_statements(desk.session, BytesIO(content), keys=desk.keys, clock=desk.clock)
        desk.session.commit()
        return brought

    def day(self, on: date, opening: str, closing: str, *booked: BankEntry, name: str = "ST") -> ImportedStatements:
        return self.bring(statement(self.number, on, opening, closing, *booked, name=name))

    def entries(self) -> list[StatementEntry]:
        found = select(StatementEntry).where(col(StatementEntry.tenant_id) == self.desk.session.tenant_id)
        ordered = found.order_by(col(StatementEntry.id)).execution_options(populate_existing=True)
        return list(self.desk.session.execute(ordered).scalars())

    def exceptions(self) -> list[ExceptionKind]:
        found = select(col(BankException.kind)).where(
            col(BankException.tenant_id) == self.desk.session.tenant_id, col(BankException.resolved_at).is_(None)
        )
        return list(self.desk.session.execute(found.order_by(col(BankException.id))).scalars())


@pytest.fixture
def importer(desk: Desk) -> Importer:
    return Importer(desk)


class TestImport:
    def test_keeps_balances_and_entries_with_the_direction_the_entry_says(self, importer: Importer, desk: Desk) -> None:
        # 1,000.00 + 250.00 - 50.00 = 1,200.00
        brought = importer.day(
            MON,
            "1000.00",
            "1200.00",
            entry(None, "250.00", servicer_reference="BK-1", remittance="营业款"),
            entry(None, "-50.00", servicer_reference="BK-2"),
        )
        assert (len(brought.statement_ids), brought.entries_new, brought.entries_known) == (1, 2, 0)
        assert [(row.direction, str(row.amount), row.identity, row.state) for row in importer.entries()] == [
            (EntryDirection.CREDIT, "250.00 CNY", "ref:BK-1", EntryState.IMPORTED),
            (EntryDirection.DEBIT, "50.00 CNY", "ref:BK-2", EntryState.IMPORTED),
        ]
        kept = select(col(StatementBalance.kind), col(StatementBalance.amount_minor)).where(
            col(StatementBalance.tenant_id) == desk.session.tenant_id
        )
        assert desk.session.execute(kept).all() == [("OPBD", 100_000), ("CLBD", 120_000)]
        assert importer.exceptions() == []

    def test_of_the_same_file_again_changes_nothing(self, importer: Importer, desk: Desk) -> None:
        content = statement(importer.number, MON, "0.00", "10.00", entry(None, "10.00"))
        importer.bring(content)
        again = importer.bring(content)
        assert (again.statement_ids, again.entries_new, again.entries_known) == ((), 0, 1)
        assert len(importer.entries()) == 1
        counted = select(Statement).where(col(Statement.tenant_id) == desk.session.tenant_id)
        assert len(desk.session.execute(counted).all()) == 1

    def test_of_an_entry_in_another_file_knows_it_by_the_banks_reference(self, importer: Importer) -> None:
        importer.day(MON, "0.00", "10.00", entry(None, "10.00", servicer_reference="BK-1"))
        again = importer.day(MON, "0.00", "10.00", entry(None, "10.00", servicer_reference="BK-1"), name="COPY")
        assert (len(again.statement_ids), again.entries_new, again.entries_known) == (1, 0, 1)

    def test_of_two_equal_payments_of_one_day_keeps_both_and_each_once(self, importer: Importer) -> None:
        twice = (entry(None, "10.00"), entry(None, "10.00"))
        assert importer.day(MON, "0.00", "20.00", *twice).entries_new == 2
        assert importer.day(MON, "0.00", "20.00", *twice, name="COPY").entries_new == 0
        first, second = importer.entries()
        assert second.identity == f"{first.identity}#2"

    def test_of_one_reference_given_to_two_entries_loses_neither(self, importer: Importer) -> None:
        batch = (entry(None, "10.00", servicer_reference="B"), entry(None, "5.00", servicer_reference="B"))
        assert importer.day(MON, "0.00", "15.00", *batch).entries_new == 2

    def test_of_a_batch_keeps_one_entry_and_what_it_consists_of_once(self, importer: Importer, desk: Desk) -> None:
        def part(reference: str, amount: str) -> EntryDetail:
            return EntryDetail(money(amount), None, reference, None, None, f"invoice {reference}", "门店", None)

        batch = entry(
            None, "100.00", MON, servicer_reference="BATCH-1", details=(part("a", "60.00"), part("b", "40.00"))
        )
        importer.day(MON, "0.00", "100.00", batch)
        importer.day(TUE, "100.00", "100.00", batch, name="AGAIN")
        (kept,) = importer.entries()
        assert [
            (each.position, each.amount_minor, each.end_to_end_id, each.remittance)
            for each in details_of(desk.session, kept.id)
        ] == [(1, 6_000, "a", "invoice a"), (2, 4_000, "b", "invoice b")]  # 60.00 + 40.00 = 100.00
        assert [each.end_to_end_id for each in details_of(desk.session, kept.id, after=1)] == ["b"]

    def test_books_what_was_pending_as_the_same_entry(self, importer: Importer) -> None:
        pending = entry(None, "10.00", MON, servicer_reference="BK-1", status="PDNG")
        importer.day(MON, "0.00", "0.00", pending)
        assert [row.state for row in importer.entries()] == [EntryState.PENDING]
        importer.day(TUE, "0.00", "10.00", entry(None, "10.00", TUE, servicer_reference="BK-1"))
        assert [(row.state, row.booked_on) for row in importer.entries()] == [(EntryState.IMPORTED, TUE)]

    def test_of_one_file_with_many_accounts_keeps_each_by_itself(self, importer: Importer, group: Group) -> None:
        twice = entry(None, "10.00", servicer_reference="BK-1")
        first, second = group.numbers[group.own], group.numbers[group.second_own]
        brought = importer.bring(
            document(
                told(first, MON, "0.00", "10.00", twice),
                told(group.numbers[group.others[0]], MON, "0.00", "10.00", twice),
                told(second, MON, "5.00", "15.00", twice),
                told(first, TUE, "11.00", "11.00"),
            )
        )
        assert (len(brought.statement_ids), brought.entries_new, brought.entries_known) == (3, 2, 0)
        assert [row.account_id for row in importer.entries()] == [group.own, group.second_own]
        # 10.00 on Monday is not 11.00 on Tuesday
        assert sorted(importer.exceptions()) == [ExceptionKind.STATEMENT_GAP, ExceptionKind.UNKNOWN_ACCOUNT]

    def test_of_a_statement_that_a_file_holds_twice_keeps_it_once(self, importer: Importer) -> None:
        once = told(importer.number, MON, "0.00", "10.00", entry(None, "10.00", servicer_reference="BK-1"))
        brought = importer.bring(document(once, once))
        assert (len(brought.statement_ids), brought.entries_new, brought.entries_known) == (1, 1, 1)

    def test_of_an_entry_announced_and_booked_in_one_file_books_it(self, importer: Importer) -> None:
        pending = entry(None, "10.00", MON, servicer_reference="BK-1", status="PDNG")
        booked = entry(None, "10.00", TUE, servicer_reference="BK-1")
        monday = told(importer.number, MON, "0.00", "0.00", pending)
        importer.bring(document(monday, told(importer.number, TUE, "0.00", "10.00", booked)))
        assert [(row.state, row.booked_on) for row in importer.entries()] == [(EntryState.IMPORTED, TUE)]
        assert importer.exceptions() == []

    def test_of_a_file_that_is_none_keeps_nothing(self, importer: Importer) -> None:
        with pytest.raises(NotXml):
            importer.bring(b"<broken")
        importer.desk.session.rollback()
        assert importer.entries() == []

    def test_of_an_account_that_is_not_ours_goes_to_a_person_and_comes_in_once_it_is(
        self, importer: Importer, group: Group
    ) -> None:
        content = statement(group.numbers[group.others[0]], MON, "0.00", "10.00", entry(None, "10.00"))
        assert importer.bring(content).statement_ids == ()
        importer.bring(content)
        assert importer.exceptions() == [ExceptionKind.UNKNOWN_ACCOUNT]


class TestBalances:
    def test_that_do_not_follow_on_are_a_finding_until_the_missing_day_comes(self, importer: Importer) -> None:
        importer.day(MON, "0.00", "10.00", entry(None, "10.00"))
        importer.day(WED, "30.00", "30.00")
        assert importer.exceptions() == [ExceptionKind.STATEMENT_GAP]
        importer.day(TUE, "10.00", "30.00", entry(None, "20.00", TUE))
        assert importer.exceptions() == []

    def test_that_do_not_add_up_are_a_finding(self, importer: Importer) -> None:
        # 0.00 + 10.00 is not 10.01
        importer.day(MON, "0.00", "10.01", entry(None, "10.00"))
        assert importer.exceptions() == [ExceptionKind.STATEMENT_SUM]

    def test_of_the_last_day_up_to_a_date_are_what_the_bank_says_of_cash(
        self, importer: Importer, group: Group
    ) -> None:
        importer.day(MON, "0.00", "10.00", entry(None, "10.00"))
        importer.day(WED, "10.00", "15.00", entry(None, "5.00", WED))
        session = importer.desk.session
        closing = statements.last_closing(session, group.own, TUE)
        assert closing is not None
        assert (closing.on, str(closing.amount)) == (MON, "10.00 CNY")
        assert statements.last_closing(session, group.own, date(2026, 3, 1)) is None


class TestMatching:
    def test_by_reference_takes_settlement_and_return(
        self, importer: Importer, desk: Desk, order: Order, group: Group
    ) -> None:
        mail = Mailbox(desk)
        one, two = mail.send(order("a", "100.00"), order("b", "40.00"))
        mail.receive(
            mail.report(
                ItemStatus(one.end_to_end_id, "ACSC", None, MON), ItemStatus(two.end_to_end_id, "ACSC", None, MON)
            )
        )
        returned = entry(two.end_to_end_id, "-40.00", TUE, return_reason="AM04")
        mail.receive(notice(group.numbers[group.own], returned))
        importer.day(MON, "0.00", "140.00", entry(one.end_to_end_id, "100.00"), entry(two.end_to_end_id, "40.00"))
        importer.day(TUE, "140.00", "100.00", returned)
        assert entries.match_by_reference(desk.session) == 3
        assert [row.instruction_id for row in importer.entries()] == [1, 2, 2]

    @pytest.mark.parametrize(
        ("amount", "why"), [("100.01", "another amount"), ("-100.00", "the wrong side"), ("99.99", "another amount")]
    )
    def test_leaves_what_does_not_agree_to_a_person(
        self, importer: Importer, desk: Desk, order: Order, amount: str, why: str
    ) -> None:
        mail = Mailbox(desk)
        [one] = mail.send(order("a", "100.00"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, MON)))
        importer.day(MON, "0.00", amount, entry(one.end_to_end_id, amount))
        assert entries.match_by_reference(desk.session) == 0, why
        [open_entry] = importer.entries()
        assert entries.close_entries(desk.session, [open_entry.id], EntryState.SUSPENSE, reason="amount") == 1
        assert importer.entries()[0].state is EntryState.SUSPENSE


class Watched(BytesIO):
    """A file that is to be read in pieces."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= PART_BYTES
        return super().read(size)


def test_a_file_is_never_read_whole(importer: Importer, desk: Desk) -> None:
    content = statement(importer.number, MON, "0.00", "10.00", entry(None, "10.00"))
    brought = statements.import_statements(desk.session, Watched(content), keys=desk.keys, clock=desk.clock)
    assert brought.entries_new == 1
