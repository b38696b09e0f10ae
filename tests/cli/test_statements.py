"""`tributary statements`: real files of banks brought in, and what a person is told of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from tests.api.groups import Group
from tests.api.treasury import Treasury
from tests.domain.banking.test_statements import MON, WED, statement

from .conftest import Command

FINNISH, SWISS = "FI7433010001222090", "CH2909000000250094239"
BOC, CMB = "33001616781053003167", "6225880000000001"
CURRENCIES = {FINNISH: "EUR", SWISS: "CHF", BOC: "CNY", CMB: "CNY"}


@pytest.fixture
def accounts(database: Database, group: Group, keys: KeyRing) -> dict[str, str]:
    """Own accounts of the group, by their numbers."""
    with TestClient(create_app(Installation(database=database, keys=keys))) as client:
        treasury = Treasury.of(client, group)
        hq = treasury.party("hq", "HQ")
        return {number: _own_account(treasury, hq, number) for number in CURRENCIES}


def _own_account(treasury: Treasury, hq: str, number: str) -> str:
    body = {"holder_name": "x", "bank_id": "NDEAFIHH", "number": number, "currency": CURRENCIES[number], "own": True}
    return str(treasury.done(f"parties/{hq}/bank-accounts", body)["id"])


@pytest.fixture
def finnish(bank_samples: Path) -> str:
    """camt.053: 10 entries of 13,644.83 EUR in all, of which two are batches of 5 transactions."""
    return str(bank_samples / "moov-io__iso20022" / "FI_camt_053_sample.xml.xml")


def told(tributary: Command, *words: str) -> Any:  # noqa: ANN401 - what the command says
    return json.loads(tributary("statements", *words, "--json").stdout)


def test_a_file_is_imported_matched_and_compared_with_the_books(
    tributary: Command, accounts: dict[str, str], finnish: str
) -> None:
    done = tributary("statements", "import", finnish)
    # Nobody knows where the money came from: all ten entries lie in suspense, and so the cash agrees. 10,000.00 and
    # entries of 13,644.83 are 23,644.83, of which 2,120.00 are valued on the day behind the statement.
    assert done.exit_code == 3
    assert done.stdout.startswith(
        "1 statements new, 10 entries new, 0 known\n  in suspense (nobody knows what it is): 10\n"
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1].split()[-6:] == ["10,000.00", "EUR", "23,644.83", "EUR", "yes", "yes"]
    assert done.stderr == ""
    (kept,) = told(tributary, "list")
    assert kept["account_id"] == accounts[FINNISH]
    assert "10" not in tributary("statements", "entries", "--filter", "state:eq:imported").stdout
    assert len(told(tributary, "entries", "--filter", f"statement:eq:{kept['id']}")) == 10
    shown = json.loads(tributary("statements", "show", kept["id"]).stdout)
    assert {each["kind"] for each in shown["balances"]} >= {"OPBD", "CLBD"}


def test_the_same_file_again_brings_nothing(tributary: Command, accounts: dict[str, str], finnish: str) -> None:
    assert accounts
    tributary("statements", "import", finnish)
    again = tributary("statements", "import", finnish)
    assert (again.exit_code, again.stdout) == (0, "0 statements new, 0 entries new, 10 known\n")


def test_a_dry_run_tells_the_same_and_keeps_nothing(tributary: Command, accounts: dict[str, str], finnish: str) -> None:
    assert accounts
    tried = told(tributary, "import", finnish, "--dry-run")
    assert (tried["dry_run"], tried["imported"]["entries_new"]) == (True, 10)
    assert told(tributary, "list") == []
    done = told(tributary, "import", finnish)
    assert [done[part] for part in ("entries", "accounts", "disagreeing")] == [
        tried[part] for part in ("entries", "accounts", "disagreeing")
    ]


def test_balances_by_value_date_add_up(tributary: Command, accounts: dict[str, str], bank_samples: Path) -> None:
    file = next(bank_samples.glob("moov-io__iso20022/camt.053_P_CH29*.xml"))
    brought = told(tributary, "import", str(file))
    (statement,) = brought["statements"]
    assert (statement["adds_up"], brought["waiting"]) == (True, 0)
    assert statement["statement"]["account_id"] == accounts[SWISS]
    assert brought["imported"]["entries_new"] == 5


def test_a_list_of_a_bank_needs_its_account(tributary: Command, accounts: dict[str, str], bank_samples: Path) -> None:
    file = str(bank_samples / "cn-csv" / "example-boc-records.csv")
    refused = tributary("statements", "import", file)
    assert refused.exit_code == 1
    assert refused.exception is not None
    listed = json.loads(tributary("bank", "accounts", "--filter", "currency:eq:CNY", "--json").stdout)
    assert {each["id"] for each in listed} == {accounts[BOC], accounts[CMB]}
    brought = told(tributary, "import", file, "--account", accounts[BOC])
    # 17 rows come to 426.70, and the running balance agrees with them.
    assert brought["imported"]["entries_new"] == 17
    assert brought["statements"][0]["adds_up"] is True


def test_what_is_nobodys_is_held_back_and_said(
    tributary: Command, accounts: dict[str, str], bank_samples: Path
) -> None:
    assert accounts
    file = str(bank_samples / "viafintech__camt_parser" / "052__valid_example.xml")
    held = tributary("statements", "import", file)
    assert (held.exit_code, held.stdout) == (3, "0 statements new, 0 entries new, 0 known\n")
    assert held.stderr.startswith("**** **** **** 3626 is none of our accounts: its statement ")


def test_what_does_not_add_up_is_said_in_the_users_language(
    tributary: Command, accounts: dict[str, str], bank_samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIBUTARY_LANGUAGE", "zh")
    file = str(bank_samples / "cn-csv" / "example-cmb-records.csv")
    done = tributary("statements", "import", file, "--account", accounts[CMB])
    assert (done.exit_code, done.stdout.splitlines()[:2]) == (
        3,
        ["新对账单 1 份,新明细 5 笔,已有 0 笔", "  挂账 (无法识别): 5"],
    )
    # 37.66 - 779.14 = -741.48
    wrong, differs = done.stderr.splitlines()
    assert wrong.endswith(":期初 37.66 CNY 加发生额 -779.14 CNY 不等于期末 1,218.24 CNY,请重新获取。")
    assert "账面 -741.48 CNY" in differs


def test_a_statement_that_is_missing_between_two_is_missed(
    tributary: Command, accounts: dict[str, str], tmp_path: Path
) -> None:
    assert accounts
    file = tmp_path / "stated.xml"
    for stated in (statement(CMB, MON, "0.00", "0.00"), statement(CMB, WED, "150.00", "150.00")):
        file.write_bytes(stated)
        done = tributary("statements", "import", str(file))
    assert "opens with 150.00 CNY, the one before closed with 0.00 CNY" in done.stderr


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("wolph__mt940/cmxl__closing_balance.sta", "message_unexpected"),
        ("wolph__mt940/betterplace__sepa_snippet_broken.sta", "message_field_refused"),
        ("moov-io__iso20022/pain008-musterfile.xml", "message_unexpected"),
        ("genkgo__camt/camt052.v4.xml", "message_currencies_mixed"),
    ],
)
def test_a_file_that_is_no_statement_keeps_nothing(
    tributary: Command, group: Group, bank_samples: Path, name: str, code: str
) -> None:
    assert group
    refused = tributary("statements", "import", str(bank_samples / name))
    assert getattr(refused.exception, "code", None) == code
    assert told(tributary, "list") == []
