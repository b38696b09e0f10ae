"""Statements in other formats than camt, long ones, and balances that agree by value date."""

from io import BytesIO

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.banking import portions, statements
from domain.banking.lookup import details_of
from domain.banking.messages.errors import AccountDiffers, AccountNotNamed
from domain.banking.messages.model import EntryDetail
from domain.banking.messages.model import StatementEntry as BankEntry
from domain.banking.states import ExceptionKind
from domain.banking.tables import Statement
from domain.values.money import Money

from .conftest import Desk, entry
from .test_statements import MON, TUE, Importer, statement

BOC = """中国银行交易流水明细单
记账日期,记账时间,币别,金额,余额,交易名称,渠道,网点名称,附言,对方账户名,对方卡号/账号,对方开户行,借记卡号
2026-03-03,12:23:04,人民币,50.00,"1,150.00",转账,柜台,-------------------,货款,甲公司,6217000000000017,中国银行,{tail}
2026-03-02,09:00:00,人民币,"-1,900.00","1,100.00",转账,柜台,-------------------,租金,乙公司,----------,中国银行,{tail}
"""
MT940 = """:20:STARTUMS
:25:{number}
:28C:7/1
:60F:C260301CNY1000,00
:61:2603020302C250,00NTRFT-1//BK-1
:61:2603020302D50,00NTRFNONREF//BK-2
:62F:C260302CNY1200,
-
"""


@pytest.fixture
def importer(desk: Desk) -> Importer:
    return Importer(desk)


class TestMt940:
    def test_is_imported_like_any_statement(self, importer: Importer) -> None:
        # 1,000.00 + 250.00 − 50.00 = 1,200.00
        brought = importer.bring(MT940.format(number=importer.number).encode())
        assert (len(brought.statement_ids), brought.entries_new) == (1, 2)
        assert [(row.identity, str(row.amount)) for row in importer.entries()] == [
            ("ref:BK-1", "250.00 CNY"),
            ("ref:BK-2", "50.00 CNY"),
        ]
        assert importer.exceptions() == []

    def test_an_id_that_repeats_yearly_is_another_statement(self, importer: Importer) -> None:
        importer.bring(MT940.format(number=importer.number).encode())
        next_year = MT940.format(number=importer.number).replace(":2603", ":2703").replace("C2603", "C2703")
        again = importer.bring(next_year.replace("BK-", "BL-").encode())
        assert (len(again.statement_ids), again.entries_new) == (1, 2)


class TestBankLists:
    def bring(self, importer: Importer, tail: str, *, charset: str = "gb18030") -> statements.ImportedStatements:
        desk = importer.desk
        content = BOC.format(tail=tail).encode(charset)
        return statements.import_statements(
            desk.session, BytesIO(content), keys=desk.keys, clock=desk.clock, account_id=desk.group.own
        )

    @pytest.mark.parametrize("charset", ["gb18030", "utf-8", "utf-8-sig"])
    def test_a_list_is_a_statement_of_the_account_it_is_brought_for(self, importer: Importer, charset: str) -> None:
        brought = self.bring(importer, importer.number[-4:], charset=charset)
        assert brought.entries_new == 2
        assert [(row.remittance, row.counterparty_name) for row in importer.entries()] == [
            ("租金 09:00:00", "乙公司"),
            ("货款 12:23:04", "甲公司"),
        ]
        # opening 1,100.00 + 1,900.00 = 3,000.00; 3,000.00 − 1,900.00 + 50.00 = 1,150.00
        session = importer.desk.session
        balances = select(col(Statement.opening_minor), col(Statement.closing_minor))
        kept = session.execute(balances.where(col(Statement.tenant_id) == session.tenant_id)).one()
        assert (kept.opening_minor, kept.closing_minor) == (300_000, 115_000)
        assert importer.exceptions() == []

    def test_a_list_of_another_account_is_refused(self, importer: Importer) -> None:
        with pytest.raises(AccountDiffers, match="ending in 0000"):
            self.bring(importer, "0000")

    def test_a_list_without_an_account_is_refused(self, importer: Importer) -> None:
        with pytest.raises(AccountNotNamed):
            importer.bring(BOC.format(tail="1234").encode())


class TestBalances:
    def test_a_closing_balance_may_leave_out_what_is_valued_the_next_day(self, importer: Importer) -> None:
        # by booking 1,000.00 + 250.00 + 70.00 = 1,320.00; the 70.00 are valued on Tuesday: 1,250.00
        tomorrow = entry(None, "70.00", MON, servicer_reference="BK-2")._replace(value_date=TUE)
        importer.day(MON, "1000.00", "1250.00", entry(None, "250.00", MON, servicer_reference="BK-1"), tomorrow)
        assert importer.exceptions() == []

    def test_what_agrees_on_neither_basis_is_shown_to_a_person(self, importer: Importer) -> None:
        importer.day(MON, "1000.00", "1251.00", entry(None, "250.00", MON, servicer_reference="BK-1"))
        assert importer.exceptions() == [ExceptionKind.STATEMENT_SUM]


class TestLongStatements:
    @pytest.mark.parametrize("count", [5, 6, 7, 12, 13])
    def test_parts_are_one_statement_whatever_the_portion(
        self, importer: Importer, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        monkeypatch.setattr(portions, "PORTION", 6)
        # equal rows are different payments: each further one is another occurrence, in whatever part it stands
        rows = [entry(None, "1.00", MON, servicer_reference=None) for _ in range(count)]
        content = statement(importer.number, MON, "0.00", f"{count}.00", *rows)
        brought = importer.bring(content)
        assert (len(brought.statement_ids), brought.entries_new, brought.entries_known) == (1, count, 0)
        assert importer.exceptions() == []
        again = importer.bring(content)
        assert (again.statement_ids, again.entries_new, again.entries_known) == ((), 0, count)

    def test_a_sum_that_is_off_is_told_once(self, importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(portions, "PORTION", 2)
        rows = [entry(None, "1.00", MON, servicer_reference=f"R{place}") for place in range(5)]
        importer.bring(statement(importer.number, MON, "0.00", "6.00", *rows))
        assert importer.exceptions() == [ExceptionKind.STATEMENT_SUM]
        assert len(importer.entries()) == 5

    def test_what_comes_once_more_than_it_is_known_is_new_once_in_whatever_part_it_stands(
        self, importer: Importer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(portions, "PORTION", 2)
        importer.bring(
            statement(importer.number, MON, "0.00", "1.00", entry(None, "1.00", MON, servicer_reference="A"))
        )
        rows = [entry(None, "1.00", MON, servicer_reference=name) for name in ("A", "B", "C", "A", "D")]
        brought = importer.bring(statement(importer.number, MON, "0.00", "5.00", *rows, name="LONG"))
        assert (brought.entries_new, brought.entries_known) == (4, 1)
        # in the order of the statement, though the second A was found out last
        assert [row.identity for row in importer.entries()] == ["ref:A", "ref:B", "ref:C", "ref:A#2", "ref:D"]

    def test_details_belong_to_the_occurrence_they_came_with(
        self, importer: Importer, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def batch(name: str) -> BankEntry:
            parts = [
                EntryDetail(Money.of("1.00", "CNY"), None, f"{name}{at}", None, None, "", None, None) for at in (1, 2)
            ]
            return entry(None, "2.00", MON, servicer_reference="B")._replace(details=tuple(parts))

        monkeypatch.setattr(portions, "PORTION", 1)
        importer.bring(statement(importer.number, MON, "0.00", "4.00", batch("x"), batch("y")))
        importer.bring(statement(importer.number, MON, "0.00", "4.00", batch("x"), batch("y"), name="AGAIN"))
        told = [[part.end_to_end_id for part in details_of(desk.session, row.id)] for row in importer.entries()]
        assert told == [["x1", "x2"], ["y1", "y2"]]
