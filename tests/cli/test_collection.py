"""`tributary collection`: what is collected for whom, and a file of what payers owe."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from tests.api.groups import Group
from tests.api.seed import collection_client, register_plan
from tests.api.treasury import Treasury

from .conftest import Command


@dataclass(frozen=True)
class Insurer:
    """A client, and how its only payer's mandate is filed."""

    id: str
    mandate: str


@pytest.fixture
def insurer(database: Database, group: Group, keys: KeyRing) -> Insurer:
    """With a monthly plan, POLICY-1."""
    with TestClient(create_app(Installation(database=database, keys=keys))) as client:
        treasury = Treasury.of(client, group)
        insurer = collection_client(treasury)
        payer = treasury.party("payer", "P1")
        register_plan(treasury, insurer, payer, treasury.account(payer, "33001616781053000701", own=False))
        (mandate,) = treasury.get("mandates")["items"]
    return Insurer(insurer, mandate["reference"])


def test_a_file_of_bills_is_registered_and_listed(tributary: Command, insurer: Insurer, tmp_path: Path) -> None:
    file = tmp_path / "bills.csv"
    file.write_text(f"编号,授权编号,金额,到期日\nB-1,{insurer.mandate},88.00,2026-03-09\n", encoding="gb18030")
    done = tributary("collection", "import", str(file), "--client", insurer.id)
    assert (done.exit_code, done.stdout) == (0, "1 read, 1 registered\n")
    plans = json.loads(tributary("collection", "plans", "--json").stdout)
    assert [plan["reference"] for plan in plans] == ["B-1", "POLICY-1"]
    table = tributary("collection", "dues", "--filter", f"plan:eq:{plans[0]['id']}").stdout
    assert "88.00 CNY" in table
    assert "2026-03-09  planned" in table
    assert insurer.id in tributary("collection", "clients").stdout
    for nothing_yet in ("payouts", "claims"):
        assert json.loads(tributary("collection", nothing_yet, "--json").stdout) == []


def test_a_file_with_a_fault_changes_nothing(tributary: Command, insurer: Insurer, tmp_path: Path) -> None:
    file = tmp_path / "bills.csv"
    rows = f"B-1,{insurer.mandate},88.00,2026-03-09\nB-2,NONE,1,2026-03-09\n"
    file.write_text(f"reference,mandate,amount,due on\n{rows}")
    refused = tributary("collection", "import", str(file), "--client", insurer.id)
    assert (refused.exit_code, refused.stdout) == (3, "2 read, 0 registered\n")
    assert refused.stderr.startswith("3 mandate: No mandate has the reference “NONE”.")
    assert len(json.loads(tributary("collection", "plans", "--json").stdout)) == 1
