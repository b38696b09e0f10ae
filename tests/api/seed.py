"""A group in the middle of its work, so that whatever reads it finds rows of every kind."""

import re
from typing import Any

from app.installation import Installation
from domain.platform.database import Database
from tests.api.paid_out import pay_out
from tests.api.treasury import MONDAY, Treasury
from tests.domain.runs.world import World

HEADER, BRANCH, SMALL = "33001616781053000601", "33001616781053000602", "33001616781053000603"
SELLER = "33001616781053000605"
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
        **_receivable(treasury),
        **_pool(treasury),
        **_mandate(treasury),
        **_bank(treasury),
        **_instruction(treasury, run),
        **_collection(treasury),
        **_agent(treasury),
        **_programme(treasury),
        **_sales_advances(treasury, database),
    }


def _receivable(treasury: Treasury) -> Ids:
    """A confirmed invoice with a lender's claim on it and one check; one whose debtor was asked; one in parts."""
    firms = {}
    for kind in ("supplier", "debtor", "lender"):
        body = {"kind": kind, "name": kind, "code": f"R-{kind}", "country": "DE", "tax_id": f"DE-{kind}"}
        firms[kind] = treasury.done("parties", body)["id"]
    total = {"amount": "1000.00", "currency": "CNY"}
    dates = {"issued_on": "2026-01-05", "due_on": "2026-03-27"}
    items = [{"debtor_code": "R-debtor", "invoice_number": f"R-{n}", **dates, "total": total} for n in (1, 2, 3)]
    report = treasury.done("receivables", {"items": items, "seller_id": firms["supplier"]})
    confirmed, asked, split = report["receivable_ids"]
    treasury.done(f"receivables/imports/{report['id']}/submit", by=treasury.checker)
    treasury.done("receivables/verify", {"receivable_ids": report["receivable_ids"]})
    answers = [{"receivable_id": each} for each in (confirmed, split)]
    answer = treasury.done("confirmations", {"debtor_id": firms["debtor"], "answers": answers})["id"]
    treasury.done(f"confirmations/{answer}/sign", by=treasury.checker)
    paper = {"sha256": "ab" * 32, "reference": "Letter 7"}
    letter = {"answer_by": "2026-03-09", "silence_is_consent": True, "document": paper}
    notice = treasury.done("confirmation-notices", {"debtor_id": firms["debtor"], "receivable_ids": [asked], **letter})[
        "id"
    ]
    entry = {"registry_name": "中登网", "registry_reference": "Z-1", "registered_at": "2026-03-02T00:30:00Z"}
    path = f"receivables/{confirmed}"
    claim = treasury.done(f"{path}/registrations", {"lender_id": firms["lender"], "amount": total, **entry})["id"]
    treasury.done(f"{path}/eligibility")
    return {
        "receivable_id": confirmed,
        "import_id": report["id"],
        "confirmation_id": answer,
        "notice_id": notice,
        "registration_id": claim,
        **_parts(treasury, split),
    }


def _parts(treasury: Treasury, whole: str) -> Ids:
    """A split in force whose first part is offered to another firm."""
    split = treasury.done(f"receivables/{whole}/split", {"parts": 2, "reason": "x"})
    made = treasury.done(f"splits/{split['id']}/approve", {"digest": split["digest"]}, by=treasury.checker)
    body = {"kind": "supplier", "name": "Z", "code": "R-other", "country": "DE", "tax_id": "DE-other"}
    to = {"to_id": treasury.done("parties", body)["id"], "reason": "x"}
    transfer = treasury.done(f"receivables/{made['parts'][0]['id']}/transfer", to)
    return {"split_id": split["id"], "transfer_id": transfer["id"]}


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


def _collection(treasury: Treasury) -> Ids:
    """A client with a plan whose due is near."""
    client = collection_client(treasury)
    payer = treasury.party("payer", "Z3")
    account = treasury.account(payer, "33001616781053000607", own=False)
    plan = register_plan(treasury, client, payer, account)["registered"][0]
    return {"client_id": client, "plan_id": plan}


def collection_client(treasury: Treasury, **given: Any) -> str:  # noqa: ANN401 - fields of the body
    """An approved client for insurance premiums."""
    operator = treasury.party("hq", "Z4")
    nothing = {"amount": "0.00", "currency": "CNY"}
    body = {
        "party_id": treasury.party("client", "Z2"),
        "own_account_id": treasury.account(operator, "33001616781053000606"),
        "purpose": "insurance",
        "fee_per_item": {"amount": "0.50", "currency": "CNY"},
        "fee_bp": "30",
        "risk_limit": nothing,
    }
    client = treasury.done("collection/clients", body | given)
    treasury.done(f"collection/clients/{client['id']}/approve", {"digest": client["digest"]}, by=treasury.checker)
    return str(client["id"])


def register_plan(treasury: Treasury, client: str, payer: str, account: str, **given: Any) -> Any:  # noqa: ANN401
    """A monthly plan of a payer, with a mandate for it; what became of it."""
    signed = {"party_id": payer, "account_id": account, "currency": "CNY", "signed_on": str(MONDAY)}
    insured = {"reference": f"INS-{account[-6:]}", "purpose": "insurance", **signed}
    body = {
        "reference": "POLICY-1",
        "payer_id": payer,
        "mandate_id": treasury.done("mandates", {"items": [insured]})["granted"][0],
        "kind": "subscription",
        "frequency": "monthly",
        "amount": {"amount": "120.00", "currency": "CNY"},
        "first_on": "2026-03-31",
        "day": 31,
    }
    return treasury.done(f"collection/clients/{client}/plans", {"items": [body | given]})


def _bank(treasury: Treasury) -> Ids:
    """A statement with an entry nobody recognises, a gap before it, and cash that was compared."""
    statement = treasury.state(BRANCH, "12.34", opening="700.00")["statement_ids"][0]
    treasury.done("reconciliation/match")
    entry = treasury.get("reconciliation/suspense")["items"][0]["id"]
    gap = treasury.get("reconciliation/exceptions")["items"][0]["id"]
    treasury.done("cash-agreements", {"on": str(MONDAY)})
    return {"statement_id": statement, "entry_id": str(entry), "exception_id": gap}


def _instruction(treasury: Treasury, run: str) -> Ids:
    return {"instruction_id": str(treasury.get(f"instructions?filter=run:eq:{run}")["items"][0]["id"])}


def _agent(treasury: Treasury) -> Ids:
    """An agent with sales, a deposit of which a part is asked back, and a default that left a claim."""
    firms = {
        kind: treasury.done(
            "parties", {"kind": kind, "name": kind, "code": "A-7", "country": "DE", "tax_id": f"DE{place}1234567"}
        )["id"]
        for place, kind in enumerate(("agent", "supplier"))
    }
    policy = {"valid_from": str(MONDAY), "citation": "x", "multiple_a": "4", "multiple_b": "2"}
    treasury.changed("agent-policies", policy | {"factor_a": "2", "factor_b": "1"})
    profile = {"agent_id": firms["agent"], "seller_id": firms["supplier"], "currency": "CNY"}
    treasury.done("agents", profile | {"reporting_days": 15, "remittance_days": 10})
    treasury.account(firms["supplier"], SELLER)
    treasury.state(SELLER, "12.00", remittance="DEPOSIT A-7")
    treasury.done("reconciliation/match")
    of_agent = {"agent_id": firms["agent"]}
    returned = treasury.done("agent-deposits/returns", of_agent | {"amount": {"amount": "1.00", "currency": "CNY"}})
    twenty = {"amount": "20.00", "currency": "CNY"}
    sale = {"agent_code": "A-7", "sold_on": str(MONDAY), "reference": "T-1", "amount": twenty}
    assert treasury.done("agent-sales", {"items": [sale]})["taken"] == 1
    default = treasury.done("agent-defaults", of_agent | {"owed": twenty, "reason": "late"})
    treasury.done(f"agent-defaults/{default['id']}/enforce", {"digest": default["digest"]}, by=treasury.checker)
    claim = treasury.get("agent-claims")["items"][0]["id"]
    ids = {"return_id": returned["id"], "default_id": default["id"], "claim_id": claim}
    return {"agent_id": firms["agent"], **ids}


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


def _sales_advances(treasury: Treasury, database: Database) -> Ids:
    """A lender's line: a shop's advance that waits for its approval, another's under way with a payment entered."""
    lender = treasury.party("lender", "Z5")
    treasury.account(lender, "33001616781053000608")
    limit = {"amount": "20000.00", "currency": "CNY"}
    price = {"advance_rate": "0.9", "fee_bp": "20", "annual_rate": "0.055"}
    body = {"lender_id": lender, "limit": limit, "price": price, "max_tenor_days": 360}
    facility = treasury.done("facilities", body)["id"]
    treasury.done(f"facilities/{facility}/approve", by=treasury.checker)
    waiting = _sales_advance(treasury, facility, "Z6", "33001616781053000609")
    under_way = _sales_advance(treasury, facility, "Z7", "33001616781053000610")
    path = f"financing/sales-advances/{under_way['id']}/approve"
    treasury.done(path, {"digest": under_way["digest"]}, by=treasury.checker)
    pay_out(database, treasury.group.tenant_id, under_way["id"])
    paid = {"sales_advance_id": under_way["id"], "amount": {"amount": "50.00", "currency": "CNY"}}
    paid |= {"value_date": str(MONDAY), "reference": "T-1", "reason": "by transfer"}
    repayment = treasury.done("financing/sales-repayments", paid)["repayment"]["id"]
    return {"sales_advance_id": waiting["id"], "sales_repayment_id": repayment}


def _sales_advance(treasury: Treasury, facility: str, code: str, account: str) -> Any:  # noqa: ANN401 - a view
    """A shop's advance that waits for its approval, and a day's sales."""
    shop = treasury.party("branch", code)
    treasury.account(shop, account, own=False)
    net = {"amount": "9000.00", "currency": "CNY"}
    volume, fee = {"amount": "100000.00", "currency": "CNY"}, {"amount": "1000.00", "currency": "CNY"}
    body = {
        "facility_id": facility,
        "merchant_id": shop,
        "terms": {"payment_volume": volume, "share": "0.18", "net": net, "fee": fee},
        "contract_reference": code,
        "funding_on": str(MONDAY),
        "final_on": "2026-12-31",
    }
    sale = {"sold_on": str(MONDAY), "reference": f"{code}-1", "amount": fee}
    treasury.done("financing/merchant-sales", {"merchant_id": shop, "items": [sale]})
    return treasury.done("financing/sales-advances", body)


def pointed_at(ids: Ids, parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a path with what was seeded instead of well-formed ids that name nothing."""
    return {
        name: ids[name] if name in ids and _WELL_FORMED.fullmatch(str(value)) else value
        for name, value in parameters.items()
    }
