"""The journal: an accountant's own tool adds our books up, and comes to our balances."""

import io
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.export import Format
from domain.ledger.posting import Leg, Mode, Posting
from domain.values.money import Money
from tests.domain.ledger.books import MONDAY, Books


@pytest.fixture
def busy(books: Books) -> Books:
    """Three currencies with 2, 0 and 3 decimals, holds, a reversal, and words that tools could trip over."""
    books.fund(books.wallet(1), "1234.50")
    for currency, amount in (("JPY", "500"), ("KWD", "1.234")):
        legs = (
            Leg(
                AccountRef(AccountKind.CASH_AT_BANK, currency, UUID(int=7)),
                AccountRef(AccountKind.SUSPENSE, currency),
                Money.of(amount, currency),
            ),
        )
        posting = Posting(f'k "{currency}" ; \\', 'deposit "x";\n= 5', "s; |", MONDAY, legs)
        ledger.post(books.session, posting, actor=books.actor, clock=books.clock)
    held = books.post("hold", Leg(books.wallet(1), books.wallet(2), books.cny("34.50"), Mode.PENDING))
    books.post("open", Leg(books.wallet(1), books.wallet(2), books.cny("1.00"), Mode.PENDING))
    books.post("end", Leg.resolving(held.transfer_ids[0], Mode.POST))
    return books


def journal(books: Books, journal_format: Format, folder: Path) -> Path:
    out = io.StringIO()
    assert ledger.export(books.session, journal_format, out) == 4  # funding, two deposits, the end of the hold
    path = folder / f"books.{journal_format}"
    path.write_text(out.getvalue())
    return path


def bean_check(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("bean-check")
    return subprocess.run([program, path], capture_output=True, text=True, check=False)


def hledger(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed: apt-get install hledger")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


class TestBeancount:
    def test_accepts_the_journal_with_its_assertions(self, busy: Books, tmp_path: Path) -> None:
        checked = bean_check(journal(busy, Format.BEANCOUNT, tmp_path))
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")

    def test_refuses_it_when_a_figure_is_changed(self, busy: Books, tmp_path: Path) -> None:
        path = journal(busy, Format.BEANCOUNT, tmp_path)
        path.write_text(path.read_text().replace("1234.50 CNY", "1234.51 CNY"))
        assert "Balance failed" in bean_check(path).stderr


class TestHledger:
    def test_accepts_the_journal_strictly_with_its_assertions(self, busy: Books, tmp_path: Path) -> None:
        path = journal(busy, Format.HLEDGER, tmp_path)
        checked = hledger("check", "--strict", "-f", path)
        assert (checked.returncode, checked.stderr) == (0, "")

    def test_comes_to_our_balances(self, busy: Books, tmp_path: Path) -> None:
        path = journal(busy, Format.HLEDGER, tmp_path)
        owned = f"liabilities:wallet:CNY:{UUID(int=1).hex[-12:]}"
        shown = hledger("balance", "-f", path, "--no-total", "--flat", owned)
        assert shown.stdout.split() == ["-1200.00", "CNY", owned]  # 1,234.50 - 34.50, a credit

    def test_refuses_it_when_a_figure_is_changed(self, busy: Books, tmp_path: Path) -> None:
        path = journal(busy, Format.HLEDGER, tmp_path)
        path.write_text(path.read_text().replace("1234.50 CNY", "1234.51 CNY"))
        assert hledger("check", "-f", path).returncode != 0


def test_an_empty_ledger_exports_nothing(books: Books) -> None:
    out = io.StringIO()
    assert (ledger.export(books.session, Format.HLEDGER, out), out.getvalue()) == (0, "")
