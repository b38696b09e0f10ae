"""`tributary mandates`: files whole or not at all, and what became of them."""

import json
from pathlib import Path

import pytest

from domain.collection.files import read_rows
from domain.collection.mandate_file import COLUMNS
from domain.parties.accounts import NewBankAccount
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.encryption import KeyRing
from domain.receivables.errors import MissingColumns
from tests.api.groups import TESTER, Group
from tests.domain.collection.test_checks import furnished

from .conftest import Command

HEADER = "reference,account,payer,currency,purpose,ends on,max amount,cycle,max per cycle,max total,payee\n"


@pytest.fixture
def accounts(database: Database, group: Group, keys: KeyRing, clock: FixedClock) -> list[NewBankAccount]:
    """Two firms of ours (P0, P1) with an account each, and a payer (P2) with two: 400000000000 to 400000000003."""
    with database.session(Role.WORKER, group.tenant_id) as session:
        return furnished(session, clock, TESTER, keys)


@pytest.mark.usefixtures("accounts")
class TestImport:
    def test_drafts_every_row_of_a_file_in_order(self, tributary: Command, tmp_path: Path) -> None:
        file = tmp_path / "mandates.csv"
        file.write_text(
            HEADER
            + 'M-1,4000 0000 0002,P2,,insurance,2027-03-01,"1,200.00",month,1,"5,000.00",P0\n'
            + "M-2,400000000003,,,保险,2027年3月1日,,,,,\n",
            encoding="utf-8",
        )
        done = tributary("mandates", "import", str(file))
        assert (done.exit_code, done.stdout) == (0, "2 read, 2 registered\n")
        listed = json.loads(tributary("mandates", "list", "--json").stdout)
        assert [(row["reference"], row["state"], row["purpose"], row["ends_on"]) for row in listed] == [
            ("M-2", "draft", "insurance", "2027-03-01"),
            ("M-1", "draft", "insurance", "2027-03-01"),
        ]
        limits = listed[1]["limits"]
        assert (limits["max_amount"]["amount"], limits["cycle"], limits["max_per_cycle"]) == ("1200.00", "month", 1)
        shown = json.loads(tributary("mandates", "show", listed[1]["id"]).stdout)
        assert (shown["mandate"], shown["versions"], shown["registrations"]) == (listed[1], [], [])

    def test_takes_nothing_of_a_file_with_faults_and_names_each(self, tributary: Command, tmp_path: Path) -> None:
        file = tmp_path / "mandates.csv"
        file.write_text(
            HEADER
            + "M-1,400000000002,P2,,,,,,,,\n"
            + ",400000000002,P0,,,,,,,,\n"
            + "M-3,400000000009,,,,2027-02-30,0,fortnight,0,1.234,P9\n"
            + "M-4,400000000002,,XXX,gambling,,,,,,\n",
            encoding="utf-8",
        )
        refused = tributary("mandates", "import", str(file), "--json")
        assert refused.exit_code == 3
        report = json.loads(refused.stdout)
        assert (report["read"], report["made"]) == (4, [])
        assert [(each["row"], each["column"], each["code"]) for each in report["refused"]] == [
            (3, "payer", "other_payer"),
            (3, "reference", "empty"),
            (4, "account", "unknown_account"),
            (4, "cycle", "unknown_word"),
            (4, "ends on", "bad_date"),
            (4, "max amount", "not_positive"),
            (4, "max per cycle", "bad_number"),
            (4, "max total", "bad_amount"),
            (4, "payee", "unknown_party"),
            (5, "currency", "unknown_currency"),
            (5, "purpose", "unknown_word"),
        ]
        assert json.loads(tributary("mandates", "list", "--json").stdout) == []

    def test_a_file_brought_in_twice_is_refused_as_a_whole(self, tributary: Command, tmp_path: Path) -> None:
        file = tmp_path / "mandates.csv"
        file.write_text(HEADER + "M-1,400000000002,,,,,,,,,\n", encoding="utf-8")
        assert tributary("mandates", "import", str(file)).exit_code == 0
        file.write_text(HEADER + "M-2,400000000002,,,,,,,,,\nM-1,400000000002,,,,,,,,,\n", encoding="utf-8")
        again = tributary("mandates", "import", str(file))
        assert again.exit_code == 3
        assert "3 reference: 1 mandates are registered already, such as M-1" in again.stderr
        assert len(json.loads(tributary("mandates", "list", "--json").stdout)) == 1


def test_a_file_without_its_columns_is_refused_before_any_row() -> None:
    with pytest.raises(MissingColumns):
        read_rows(b"reference,purpose\nM-1,rent\n", "mandates.csv", COLUMNS)
