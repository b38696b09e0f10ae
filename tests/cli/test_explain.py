"""`tributary explain` of an advance out of sales: R15's worked numbers with their residue, as of any date."""

import json
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.access.tenants import tenant_clock
from domain.financing.accrual import accrue
from domain.financing.sales.queries import find_sales_advance
from domain.platform.database import Database, Role
from domain.platform.encryption import KeyRing
from domain.platform.ids import parse_public_id
from tests.api.groups import Group
from tests.api.paid_out import pay_out
from tests.api.test_sales_advances import furnished
from tests.api.treasury import MONDAY, Treasury

from .conftest import Command


@pytest.fixture
def advance(database: Database, group: Group, keys: KeyRing) -> str:
    """9,000.00 for a fee of 1,000.00, paid out on Monday, and Monday closed."""
    with TestClient(create_app(Installation(database=database, keys=keys))) as client:
        path = furnished(Treasury.of(client, group)).approved()
    reference = path.rpartition("/")[2]
    pay_out(database, group.tenant_id, reference)
    with database.session(Role.WORKER, group.tenant_id) as session:
        accrue(session, MONDAY, clock=tenant_clock(session))
    return reference


def figures(told: dict[str, Any]) -> dict[str, Any]:
    return {each["figure"]: each for each in told["figures"]}


def test_every_figure_shows_its_rules_its_inputs_and_what_rounding_left_over(tributary: Command, advance: str) -> None:
    shown = tributary("explain", advance, "--as-of", str(MONDAY + timedelta(days=1)))
    assert shown.exit_code == 0
    # 9,000 × 0.106781 % = 9.6103…, of which 9.61 are earned   (R15, R16)
    for told in (advance, "Income earned", "R15 R16", "9.61", "residue 0.0003", "Sub-ledger and ledger agree"):
        assert told in shown.stdout


def test_a_past_date_is_told_as_it_was_then(tributary: Command, advance: str) -> None:
    told = {}
    for day in (0, 1):
        on = str(MONDAY + timedelta(days=day))
        told[day] = json.loads(tributary("explain", advance, "--as-of", on, "--json").stdout)
    assert figures(told[0])["income"]["amount"]["amount"] == "0.00"
    assert figures(told[1])["income"]["amount"]["amount"] == "9.61"
    assert [rule["number"] for rule in told[1]["rules"]] == ["R6", "R7", "R9", "R15", "R16", "R23"]


def test_an_advance_that_is_not_there_is_refused(tributary: Command, advance: str) -> None:
    other = advance[:-1] + ("0" if advance[-1] != "0" else "1")
    refused = tributary("explain", other)
    assert refused.exit_code != 0
    assert refused.stdout == ""


def test_books_that_say_otherwise_are_named_and_change_the_exit_status(
    tributary: Command, advance: str, database: Database, group: Group
) -> None:
    with database.session(Role.WORKER, group.tenant_id) as session:
        find_sales_advance(session, parse_public_id("sad", advance)).collected_minor = 1
    shown = tributary("explain", advance)
    assert shown.exit_code == 3
    assert "The books say otherwise: collected: explained" in shown.stdout
