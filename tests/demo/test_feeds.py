"""Scenarios: packaged ones follow from their seed, real ones from their files, and bad files say what is wrong."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from app.demo.errors import FileUnusable
from app.demo.files import feed_from_files
from app.demo.packaged import packaged_feed

HISTORY = (
    "countryCode,customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate\n"
    "391,0379-NEVHP,611365,2/1/2012,3/2/2012,55.94,No,2/15/2012\n"
    "391,8976-AMJEO,7900770,2/3/2012,3/4/2012,61.74,Yes,3/9/2012\n"
    "406,2820-XGXSB,9231909,1/2/2012,2/1/2012,65.88,No,1/15/2012\n"
    "406,2820-XGXSB,9231910,1/2/2012,2/1/2012,65.88,No,2/5/2012\n"
    "406,9322-YCTQO,9888306,5/1/2012,5/31/2012,105.92,No,6/6/2012\n"
    "406,9322-YCTQO,9888307,2/30/2012,5/31/2012,105.92,No,6/6/2012\n"
)
TILLS = (
    "Store,Dept,Date,Weekly_Sales,IsHoliday\n"
    "1,1,2012-02-03,24924.5,FALSE\n10,1,2012-02-03,1.5,FALSE\n2,1,2012-02-03,7,FALSE\n"
)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    path.write_text(HISTORY, encoding="utf-8")
    return path


@pytest.fixture
def tills(tmp_path: Path) -> Path:
    path = tmp_path / "tills.csv.gz"
    path.write_bytes(gzip.compress(TILLS.encode()))
    return path


class TestRealFiles:
    def test_every_invoice_comes_on_its_day_and_those_that_are_none_of_the_period_are_counted(
        self, history: Path, tills: Path
    ) -> None:
        feed = feed_from_files(history, tills, start=date(2012, 2, 1), days=30)
        assert feed.invoices_read == 6
        # 1 May is still to come; one of 2 January was settled on the 15th, before the first day.
        assert (feed.not_yet, feed.long_past) == (1, 1)
        # The other of 2 January is open on the first day, and 30 February is no day: the import says so on the first.
        assert {day: sorted(files) for day, files in feed.invoices.items()} == {
            date(2012, 2, 1): ["391", "406"],
            date(2012, 2, 3): ["391"],
        }
        assert feed.invoices[date(2012, 2, 1)]["406"].count(b"\n") == 3

    def test_a_debtor_has_the_money_when_the_history_says_it_paid(self, history: Path, tills: Path) -> None:
        feed = feed_from_files(history, tills, start=date(2012, 2, 1), days=30)
        late, on_time = feed.payments["7900770"], feed.payments["611365"]
        assert (late.due_on, late.available_on, late.disputed) == (date(2012, 3, 4), date(2012, 3, 9), True)
        assert on_time.available_on < on_time.due_on

    def test_stores_are_branches_in_the_order_of_their_numbers(self, history: Path, tills: Path) -> None:
        feed = feed_from_files(history, tills, start=date(2012, 2, 1), days=30)
        assert [branch.code for branch in feed.branches] == ["1", "2", "10"]

    def test_a_file_that_is_missing_says_so(self, tmp_path: Path, tills: Path) -> None:
        with pytest.raises(FileUnusable, match="cannot be read: No such file"):
            feed_from_files(tmp_path / "none.csv", tills, start=None, days=30)

    def test_a_file_of_another_kind_names_the_column_it_lacks(self, tmp_path: Path, tills: Path) -> None:
        other = tmp_path / "other.csv"
        other.write_text("a,b\n1,2\n", encoding="utf-8")
        with pytest.raises(FileUnusable, match="has no column DueDate"):
            feed_from_files(other, tills, start=None, days=30)

    def test_a_file_in_another_encoding_is_refused_as_a_whole(self, tmp_path: Path, tills: Path) -> None:
        other = tmp_path / "other.csv"
        other.write_bytes("国家代码,客户\n".encode("gb18030"))
        with pytest.raises(FileUnusable, match="not UTF-8"):
            feed_from_files(other, tills, start=None, days=30)

    def test_takings_that_are_cut_off_are_refused(self, history: Path, tmp_path: Path) -> None:
        cut = tmp_path / "cut.csv.gz"
        cut.write_bytes(gzip.compress(TILLS.encode())[:-12])
        with pytest.raises(FileUnusable):
            feed_from_files(history, cut, start=None, days=30)


class TestPackagedScenario:
    def test_has_forty_branches_in_eight_cities_and_two_lenders(self) -> None:
        feed = packaged_feed(seed=1)
        assert len(feed.branches) == 40
        assert len({branch.region for branch in feed.branches}) == 8
        assert len(feed.credit_lines) == 2

    def test_the_same_seed_gives_the_same_files_to_the_byte_and_another_seed_others(self) -> None:
        first, again, other = packaged_feed(seed=1), packaged_feed(seed=1), packaged_feed(seed=2)
        assert first.invoices == again.invoices != other.invoices
        assert first.takings().read() == again.takings().read() != other.takings().read()
        assert first.payments == again.payments
