"""Lists that banks export: columns, preambles, encodings and signs by bank, and sums that must agree."""

from io import BytesIO

import pytest

from domain.banking.messages.bank_csv import read_bank_csv
from domain.banking.messages.errors import (
    AccountDiffers,
    CharsetUnknown,
    ControlSumMismatch,
    FieldRefused,
    MessageIncomplete,
    UnexpectedMessage,
)
from domain.banking.messages.model import AccountNumber, Statement, StatementEntry

ICBC = """明细查询文件下载

卡号: 1234****9876,"卡别名: x"

交易日期,摘要,交易详情,交易场所,交易国家或地区简称,钞/汇,交易金额(收入),交易金额(支出),交易币种,记账金额(收入),记账金额(支出),记账币种,余额,对方户名,对方账户
2026-01-07  \t,"工资 \t"," ","","CHN",钞,"-","-",-,"1,234.56 "," ",人民币,"1,221.16","ABC公司","6217000000000017",
2026-01-06  \t,"消费 \t"," ","麦当劳","CHN",钞,"-","-",-," ","13.40 ",人民币,"-13.40","财付通","1234****0001",

人民币合计,,,,,,,,,"1,234.56","13.40",
"""
CMB = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n"
ACCOUNT = AccountNumber("6222000000009876")


def read(text: str, charset: str = "gb18030") -> tuple[Statement, list[StatementEntry]]:
    statement = read_bank_csv(BytesIO(text.encode(charset)), ACCOUNT)
    return statement, list(statement.entries)


class TestInAndOut:
    @pytest.mark.parametrize("charset", ["gb18030", "utf-8", "utf-8-sig"])
    def test_one_column_each_is_signed_and_the_oldest_comes_first(self, charset: str) -> None:
        statement, entries = read(ICBC, charset)
        assert [str(entry.amount) for entry in entries] == ["-13.40 CNY", "1,234.56 CNY"]
        # 0.00 − 13.40 + 1,234.56 = 1,221.16
        assert (str(statement.balance("OPBD")), str(statement.balance("CLBD"))) == ("0.00 CNY", "1,221.16 CNY")

    def test_a_masked_counterparty_is_nobodys_account(self) -> None:
        _, entries = read(ICBC)
        assert [entry.counterparty_account for entry in entries] == [None, AccountNumber("6217000000000017")]

    def test_the_totals_of_the_last_line_are_proved(self) -> None:
        with pytest.raises(ControlSumMismatch) as refusal:
            read(ICBC.replace('合计,,,,,,,,,"1,234.56","13.40"', '合计,,,,,,,,,"1,234.56","13.41"'))
        assert (refusal.value.facts["declared_total"], refusal.value.facts["actual_total"]) == ("13.41", "13.40")

    def test_the_account_of_the_preamble_must_be_the_one_it_is_read_for(self) -> None:
        with pytest.raises(AccountDiffers):
            read(ICBC.replace("9876", "9875"))

    @pytest.mark.parametrize("cells", ['"1,234.56 ","1.00 "', '" "," "'])
    def test_both_columns_or_neither_are_refused_with_the_line(self, cells: str) -> None:
        with pytest.raises(FieldRefused, match="line 6"):
            read(ICBC.replace('"1,234.56 "," "', cells))


class TestOneColumn:
    def test_a_counterparty_is_a_name_with_the_account_behind_it(self) -> None:
        rows = "2026-01-06,CNY,-3.00,7.00,支付,国网电力有限公司99999999999999,供电\n2026-01-06,CNY,-1.00,6.00,取款,,x\n"
        _, entries = read(CMB + rows)
        assert [(entry.counterparty_name, entry.counterparty_account) for entry in entries] == [
            ("国网电力有限公司", AccountNumber("99999999999999")),
            (None, None),
        ]

    @pytest.mark.parametrize("amount", ["1e3", "１.00", "NaN", "", "1.2345", "--1.00"])
    def test_an_amount_that_is_none_is_refused_with_its_line_and_column(self, amount: str) -> None:
        with pytest.raises(FieldRefused, match="line 2: 交易金额"):
            read(CMB + f"2026-01-06,CNY,{amount},7.00,支付,x,y\n")

    def test_a_row_with_cells_missing_is_refused(self) -> None:
        with pytest.raises(FieldRefused, match="7 columns"):
            read(CMB + "2026-01-06,CNY,1.00\n")

    def test_the_same_list_has_the_same_id_and_another_one_another(self) -> None:
        rows = "2026-01-06,CNY,-3.00,7.00,支付,x,y\n"
        first, again, other = (read(CMB + each)[0].statement_id for each in (rows, rows, rows.replace("x", "z")))
        assert first == again != other


def test_a_list_without_rows_is_refused() -> None:
    with pytest.raises(MessageIncomplete):
        read(CMB)


def test_columns_nobody_knows_are_refused_with_those_that_are() -> None:
    with pytest.raises(UnexpectedMessage, match="boc / cmb / icbc"):
        read("date,amount\n2026-01-06,1.00\n")


def test_bytes_in_no_character_set_of_these_banks_are_refused() -> None:
    with pytest.raises(CharsetUnknown):
        read_bank_csv(BytesIO(CMB.encode() + b"2026-01-06,CNY,\xff\xff\n"), ACCOUNT)
