"""A group in the middle of its work, so that whatever reads it finds rows of every kind."""

import re
from typing import Any

from app.installation import Installation
from domain.platform.database import Database
from tests.api.treasury import MONDAY, Treasury
from tests.domain.runs.world import World

HEADER, BRANCH, SMALL = "33001616781053000601", "33001616781053000602", "33001616781053000603"
_WELL_FORMED = re.compile(r"[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}|[1-9][0-9]*")
Ids = dict[str, str]


def seed(treasury: Treasury, database: Database, house: Installation) -> Ids:
    """Fill the treasury's group; an id for each parameter of a path that names something of treasury."""
    world = World(database, treasury.group.tenant_id, house.keys).furnish()
    world.owe("a", "100.00")
    world.owe("b", "1000000.01", 1)
    run = world.plan().public_id
    return {
        "run_id": run,
        **_pool(treasury),
        **_mandate(treasury),
        **_bank(treasury),
        **_instruction(treasury, run),
        **_programme(treasury),
    }


def _pool(treasury: Treasury) -> Ids:
    """A pool that sweeps one branch and skips another, waiting for its approval; and takings."""
    header = treasury.account(treasury.party("hq", "Z"), HEADER)
    shops = {code: treasury.party("branch", code) for code in ("1", "2")}
    accounts = [treasury.account(shops["1"], BRANCH), treasury.account(shops["2"], SMALL)]
    least = {"amount": "10.00", "currency": "CNY"}
    members = [{"account_id": account, "method": "zero", "minimum": least} for account in accounts]
    body = {"name": "华东", "header_account_id": header, "currency": "CNY", "members": members}
    pool = treasury.done("pools", body)["id"]
    treasury.state(BRANCH, opening="500.00")
    treasury.state(SMALL, opening="5.00")
    treasury.done("reconciliation/match")
    proposal = treasury.done(f"pools/{pool}/evaluate", {"slot": "1830"})
    assert (proposal["sweep_count"], proposal["skip_count"]) == (1, 1)
    till = b"Store,Dept,Date,Weekly_Sales\n1,1,2026-03-06,700.00\n9,1,2026-03-06,1.00\n"
    assert treasury.upload("takings/imports?file_name=till.csv&currency=CNY", till).json()["taken"] == 1
    return {"pool_id": pool, "proposal_id": proposal["id"], "party_id": shops["1"], "account_id": accounts[0]}


def _mandate(treasury: Treasury) -> Ids:
    debtor = treasury.party("debtor", "Z1")
    account = treasury.account(debtor, "33001616781053000604", own=False)
    signed = {"reference": "Z1", "party_id": debtor, "account_id": account, "currency": "CNY", "signed_on": str(MONDAY)}
    return {"mandate_id": treasury.done("mandates", {"items": [signed]})["granted"][0]}


def _bank(treasury: Treasury) -> Ids:
    """A statement with an entry nobody recognises, a gap before it, and cash that was compared."""
    statement = treasury.state(BRANCH, "12.34", opening="700.00")["statement_ids"][0]
    treasury.done("reconciliation/match")
    entry = treasury.get("reconciliation/suspense")["items"][0]["id"]
    gap = treasury.get("reconciliation/exceptions")["items"][0]["id"]
    treasury.done("cash-agreements", {"on": str(MONDAY)})
    return {"statement_id": statement, "entry_id": str(entry), "exception_id": gap}


def _programme(treasury: Treasury) -> Ids:
    """A payables programme in force, and a supplier named for it."""
    amounts = {name: {"amount": "1000.00", "currency": "CNY"} for name in ("limit", "own_cash_limit")}
    floor = {"amount": "0.00", "currency": "CNY"}
    body = {"buyer_id": treasury.party("debtor", "Z2"), **amounts, "liquidity_floor": floor, "annual_rate": "0.08"}
    programme = treasury.done("payables/programmes", body)["id"]
    treasury.done(f"payables/programmes/{programme}/approve", by=treasury.checker)
    supplier = treasury.party("supplier", "Z3")
    treasury.done(f"payables/programmes/{programme}/suppliers", {"supplier_ids": [supplier]})
    return {"programme_id": programme}


def _instruction(treasury: Treasury, run: str) -> Ids:
    return {"instruction_id": str(treasury.get(f"instructions?filter=run:eq:{run}")["items"][0]["id"])}


def pointed_at(ids: Ids, parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a path with what was seeded instead of well-formed ids that name nothing."""
    return {
        name: ids[name] if name in ids and _WELL_FORMED.fullmatch(str(value)) else value
        for name, value in parameters.items()
    }
