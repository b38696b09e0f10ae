"""The till file and its spread over the week."""

import gzip
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pooling.errors import TakingsFileUnreadable
from domain.pooling.row_errors import RowError
from domain.pooling.takings import daily_takings
from domain.pooling.till_file import TillRow, read_till_file
from domain.values.money import Money

HEADING = "Store,Dept,Date,Weekly_Sales,IsHoliday\n"


def read(text: str) -> list[TillRow | RowError]:
    return list(read_till_file(io.BytesIO((HEADING + text).encode()), "CNY"))


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestTheWeek:
    def test_is_spread_evenly_with_odd_cents_on_its_first_days(self) -> None:
        # 100.00 / 7 = 14.2857...: 4 x 14.29 + 3 x 14.28 = 57.16 + 42.84
        assert daily_takings(cny("100.00")) == [cny("14.29")] * 4 + [cny("14.28")] * 3

    def test_that_is_negative_is_one_correction_on_its_last_day(self) -> None:
        assert daily_takings(cny("-863.00")) == [cny("0.00")] * 6 + [cny("-863.00")]

    @given(st.integers(-(10**10), 10**10))
    def test_keeps_its_sum(self, minor: int) -> None:
        week = Money.from_minor(minor, "CNY")
        assert Money.total(daily_takings(week), "CNY") == week


class TestTheFile:
    def test_amounts_with_one_decimal_are_exact(self) -> None:
        assert read("1,1,2010-02-05,24924.5,FALSE\n") == [TillRow(2, "1", "1", date(2010, 2, 5), 2_492_450)]

    def test_negative_weeks_are_read(self) -> None:
        assert read("1,47,2010-02-19,-863,FALSE\n") == [TillRow(2, "1", "47", date(2010, 2, 19), -86_300)]

    def test_gzip_byte_order_mark_chinese_headings_and_empty_lines_are_read(self) -> None:
        content = "\ufeff门店,部门,周末日期,周营业额\r\n\r\n1,1,2010-02-05,1.00\r\n".encode()
        assert list(read_till_file(io.BytesIO(gzip.compress(content)), "CNY")) == [
            TillRow(3, "1", "1", date(2010, 2, 5), 100)
        ]

    @pytest.mark.parametrize(
        ("line", "column", "code"),
        [
            ("1,1,2010-02-05,12.345,F", "Weekly_Sales", "bad_amount"),
            ("1,1,2010-02-05,1e3,F", "Weekly_Sales", "bad_amount"),
            ("1,1,2010-02-05,nan,F", "Weekly_Sales", "bad_amount"),
            ("1,1,2010-02-30,1,F", "Date", "bad_date"),
            ("1,1,20100205,1,F", "Date", "bad_date"),
            (",1,2010-02-05,1,F", "Store", "empty"),
            ("1,1,2010-02-05", "Weekly_Sales", "empty"),
            (f"1,{'x' * 33},2010-02-05,1,F", "Dept", "too_long"),
        ],
    )
    def test_a_row_that_cannot_be_taken_is_named_and_the_rest_goes_on(self, line: str, column: str, code: str) -> None:
        bad, good = read(f"{line}\n1,2,2010-02-05,1,F\n")
        assert isinstance(bad, RowError)
        assert (bad.row, bad.column, bad.code) == (2, column, code)
        assert isinstance(good, TillRow)

    def test_bytes_that_are_no_utf8_spoil_their_row_only(self) -> None:
        content = HEADING.encode() + "一店".encode("gb18030") + b",1,2010-02-05,1,F\n1,2,2010-02-05,1,F\n"
        bad, good = read_till_file(io.BytesIO(content), "CNY")
        assert isinstance(bad, RowError)
        assert (bad.row, bad.code) == (2, "wrong_encoding")
        assert isinstance(good, TillRow)

    def test_a_missing_column_refuses_the_file_by_its_name(self) -> None:
        with pytest.raises(TakingsFileUnreadable, match="columns are missing: Weekly_Sales"):
            list(read_till_file(io.BytesIO(b"Store,Dept,Date\n1,1,2010-02-05\n"), "CNY"))

    def test_damaged_gzip_refuses_the_file(self) -> None:
        whole = gzip.compress((HEADING + "1,1,2010-02-05,1,F\n" * 500).encode())
        with pytest.raises(TakingsFileUnreadable, match="gzip"):
            list(read_till_file(io.BytesIO(whole[:-9]), "CNY"))

    @given(
        st.text("0123456789ab店 ", max_size=34),
        st.sampled_from(["2010-02-05", "2012-02-29", "2011-02-29", "20100205", ""]),
        st.one_of(
            st.from_regex(r"[-+]?[0-9]{0,16}[.]?[0-9]{0,3}", fullmatch=True),
            st.sampled_from(["", "1e3", "nan", "1_0", "١", "-"]),
        ),
        st.sampled_from(["CNY", "JPY", "KWD"]),
    )
    def test_a_row_is_read_alike_with_and_without_blanks_around_its_cells(
        self, till: str, week: str, amount: str, currency: str
    ) -> None:
        def rows(blank: str) -> list[TillRow | RowError]:
            cells = [f"{blank}{cell}{blank}" for cell in ("1", till, week, amount)]
            return list(read_till_file(io.BytesIO((HEADING + ",".join(cells)).encode()), currency))

        assert rows("") == rows(" ")
