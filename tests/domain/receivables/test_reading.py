"""Files of invoices: encodings, separators, workbooks, headers in two languages; dates and amounts as people write."""

from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from domain.receivables.columns import (
    US_PAYMENT_HISTORY,
    ColumnMap,
    DateOrder,
    InvoiceField,
    recognise_columns,
)
from domain.receivables.errors import MissingColumns, TooManyRows, UnreadableFile
from domain.receivables.parsing import InvoiceRow, parse_row
from domain.receivables.row_errors import RowError
from domain.receivables.sheets import MAX_ROWS, Row, read_sheet
from domain.values.money import Money

HEADER = ("debtor", "invoice number", "issue date", "due date", "amount", "currency")
COLUMNS = recognise_columns(HEADER)
GOOD = ("D1", "INV-1", "2026-01-05", "2026-03-27", "1000000.00", "")


def parsed(*cells: str, columns: ColumnMap = COLUMNS) -> InvoiceRow | list[RowError]:
    return parse_row(Row(7, cells), HEADER, columns, "CNY")


def errors(*cells: str) -> list[tuple[int, str, str]]:
    found = parsed(*cells)
    assert isinstance(found, list)
    return [(error.row, error.column, error.code) for error in found]


def with_cell(position: int, text: str) -> tuple[str, ...]:
    return (*GOOD[:position], text, *GOOD[position + 1 :])


class TestFiles:
    TEXT = "付款方,发票号码,开票日期,到期日,金额\n甲公司,001,2026-01-05,2026-03-27,10.00\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_are_read_in_the_encodings_chinese_offices_use(self, encoding: str) -> None:
        sheet = read_sheet(self.TEXT.encode(encoding), "f.csv")
        assert sheet.header == ("付款方", "发票号码", "开票日期", "到期日", "金额")
        assert sheet.rows == [Row(2, ("甲公司", "001", "2026-01-05", "2026-03-27", "10.00"))]

    def test_lose_only_the_row_that_is_in_another_encoding(self) -> None:
        lines = [self.TEXT.encode(), "乙公司,002,2026-01-05,2026-03-27,10.00\n".encode("gb18030")]
        content = b"".join([*lines, "丙公司,003,2026-01-05,2026-03-27,10.00\n".encode()])
        sheet = read_sheet(content, "f.csv")
        results = [parse_row(row, sheet.header, recognise_columns(sheet.header), "CNY") for row in sheet.rows]
        assert [type(result) for result in results] == [InvoiceRow, list, InvoiceRow]
        (error,) = results[1] if isinstance(results[1], list) else []
        assert (error.row, error.column, error.code) == (3, "付款方", "wrong_encoding")

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_may_be_separated_as_spreadsheets_do(self, separator: str) -> None:
        sheet = read_sheet(f"a{separator}b\n1{separator}2\n".encode(), "f.csv")
        assert sheet.rows == [Row(2, ("1", "2"))]

    def test_keep_their_row_numbers_where_rows_are_blank(self) -> None:
        assert [row.number for row in read_sheet(b"a,b\n\n1,2\n,\n3,4\n", "f.csv").rows] == [3, 5]

    def test_that_are_no_text_are_refused(self) -> None:
        with pytest.raises(UnreadableFile):
            read_sheet("a,b\n1,2\n".encode("utf-16"), "f.csv")

    def test_with_an_unclosed_cell_are_refused(self) -> None:
        with pytest.raises(UnreadableFile):
            read_sheet(b'a,b\n"1,2\n', "f.csv")

    def test_in_the_old_workbook_format_are_refused(self) -> None:
        with pytest.raises(UnreadableFile):
            read_sheet(b"\xd0\xcf\x11\xe0rest", "f.xls")

    def test_that_are_damaged_workbooks_are_refused(self) -> None:
        with pytest.raises(UnreadableFile):
            read_sheet(b"PK\x03\x04nothing", "f.xlsx")

    def test_hold_as_many_rows_as_one_transaction_takes_and_not_one_more(self) -> None:
        full = b"a,b\n" + b"1,2\n" * MAX_ROWS
        assert len(read_sheet(full, "f.csv").rows) == MAX_ROWS
        with pytest.raises(TooManyRows):
            read_sheet(full + b"1,2\n", "f.csv")

    def test_that_are_workbooks_give_what_was_typed(self) -> None:
        workbook = Workbook()
        sheet = workbook.active
        assert sheet is not None
        sheet.append(["debtor", "invoice number", "issue date", "due date", "amount"])
        sheet.append(["D1", 18104516, datetime(2026, 1, 5), date(2026, 3, 27), 55.94])  # noqa: DTZ001 - as Excel has it
        sheet.append(["D1", "00012", "2026-01-05", "2026-03-27", 12.345])
        content = BytesIO()
        workbook.save(content)
        first, second = read_sheet(content.getvalue(), "f.xlsx").rows
        assert first.cells == ("D1", "18104516", "2026-01-05", "2026-03-27", "55.94")
        assert second.cells[4] == "12.345"  # refused later, not rounded


class TestHeaders:
    def test_are_recognised_in_chinese_and_english(self) -> None:
        chinese = recognise_columns(["客户代码", "发票代码", "发票号码", "开票日期", "到期日", "价税合计", "币种"])
        english = recognise_columns(["Invoice No", "Customer ID", "DUE DATE", "Issue_Date", "Gross Amount"])
        assert chinese.headers[InvoiceField.AMOUNT] == "价税合计"
        assert english.headers[InvoiceField.DEBTOR_CODE] == "Customer ID"

    def test_of_the_payment_history_are_known_with_their_american_dates(self) -> None:
        header = "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed"
        assert recognise_columns(header.split(",")) == US_PAYMENT_HISTORY

    def test_without_a_needed_column_are_refused_by_name(self) -> None:
        with pytest.raises(MissingColumns) as refused:
            recognise_columns(["debtor", "invoice number", "issue date", "due date"])
        assert refused.value.facts["missing"] == "amount"


class TestRows:
    def test_become_invoices(self) -> None:
        assert parsed(*GOOD) == InvoiceRow(
            7, "D1", "INV-1", date(2026, 1, 5), date(2026, 3, 27), Money.of("1000000.00", "CNY")
        )

    @pytest.mark.parametrize("text", ["1,000,000.00", "¥1000000", "￥1000000.0", "１００００００"])
    def test_take_amounts_as_people_write_them(self, text: str) -> None:
        found = parsed(*with_cell(4, text))
        assert isinstance(found, InvoiceRow)
        assert found.total == Money.of("1000000.00", "CNY")

    @pytest.mark.parametrize("text", ["12.345", "1e3", "1000.", "10,00", "ten", "1 000", "nan", "0x10", "1_000"])
    def test_refuse_what_is_no_amount(self, text: str) -> None:
        assert errors(*with_cell(4, text)) == [(7, "amount", "bad_amount")]

    @pytest.mark.parametrize("text", ["0", "0.00", "-5.00"])
    def test_refuse_invoices_for_nothing(self, text: str) -> None:
        assert errors(*with_cell(4, text)) == [(7, "amount", "not_positive")]

    def test_refuse_decimals_that_their_own_currency_lacks(self) -> None:
        assert errors(*GOOD[:4], "10.50", "JPY") == [(7, "amount", "bad_amount")]
        assert errors(*GOOD[:4], "10.50", "XXX") == [(7, "currency", "unknown_currency")]

    @pytest.mark.parametrize(
        "text", ["2026-03-27", "2026/3/27", "2026.03.27", "20260327", "2026年3月27日", "2026-03-27 00:00:00"]
    )
    def test_take_dates_as_people_write_them(self, text: str) -> None:
        found = parsed(*with_cell(3, text))
        assert isinstance(found, InvoiceRow)
        assert found.due_on == date(2026, 3, 27)

    @pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "0203-03-27", "soon", "2026-03", "2026-3/27"])
    def test_refuse_dates_that_do_not_exist(self, text: str) -> None:
        assert errors(*with_cell(3, text)) == [(7, "due date", "bad_date")]

    def test_refuse_a_date_that_can_be_read_two_ways_unless_the_file_says_how(self) -> None:
        assert errors(*with_cell(3, "4/3/2026")) == [(7, "due date", "ambiguous_date")]
        american = ColumnMap(COLUMNS.headers, DateOrder.MONTH_DAY_YEAR)
        european = ColumnMap(COLUMNS.headers, DateOrder.DAY_MONTH_YEAR)
        for columns, due_on in ((american, date(2026, 4, 3)), (european, date(2026, 3, 4))):
            found = parsed(*with_cell(3, "4/3/2026"), columns=columns)
            assert isinstance(found, InvoiceRow)
            assert found.due_on == due_on

    def test_refuse_dates_the_wrong_way_round(self) -> None:
        assert errors(*with_cell(3, "2026-01-04")) == [(7, "due date", "due_before_issue")]

    def test_tell_everything_that_is_wrong_at_once(self) -> None:
        wrong = errors("", "INV-1", "2026-02-30", "2026-03-27", "1e3", "")
        assert wrong == [(7, "issue date", "bad_date"), (7, "debtor", "empty"), (7, "amount", "bad_amount")]

    def test_with_more_cells_than_the_header_are_refused(self) -> None:
        assert errors(*GOOD, "more") == [(7, "", "too_many_cells")]

    def test_explain_themselves_in_both_languages(self) -> None:
        found = parsed(*with_cell(4, "12.345"))
        assert isinstance(found, list)
        assert found[0].message_en == (
            "“12.345” is not an amount in CNY: write digits with at most 2 decimals, such as 1234.50."
        )
        assert found[0].message_zh == "“12.345”不是有效的 CNY 金额:请填写数字,小数最多 2 位,例如 1234.50。"
