"""Debits that failed for good, over HTTP: listed, tried first, presented anew."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.installation import Installation
from domain.access.rules import Permission
from domain.access.tenants import tenant_clock
from domain.banking.states import InstructionState
from domain.banking.tables import Instruction
from domain.platform.database import Role
from domain.platform.ids import parse_public_id
from domain.runs.planning import plan_run
from domain.runs.states import RunKind
from tests.api.groups import Client, Group
from tests.api.paid_out import pay_out
from tests.api.test_sales_advances import Desk, cny, furnished
from tests.api.treasury import MONDAY, Treasury

P = Permission
PATH = "financing/failed-debits"


def failed_share(treasury: Treasury, house: Installation) -> Desk:
    """A shop's share of 50.00 was to be debited; nothing came of it, and nothing tries it again."""
    desk, tenant_id = furnished(treasury), treasury.group.tenant_id
    reference = desk.approved().rpartition("/")[2]
    pay_out(house.database, tenant_id, reference)
    signed = {"reference": "M-1", "party_id": desk.shop, "account_id": desk.accounts["shop"], "currency": "CNY"}
    signed |= {"signed_on": str(MONDAY), "purpose": "loan_repayment"}
    assert treasury.done("mandates", {"items": [signed]})["granted"]
    item = {"sold_on": str(MONDAY), "reference": "Z-1", "amount": cny("277.78")}
    treasury.done("financing/merchant-sales", {"merchant_id": desk.shop, "items": [item]})
    with house.database.session(Role.WORKER, tenant_id) as session:
        clock = tenant_clock(session)
        plan_run(session, kind=RunKind.DEBIT, business_date=clock.today(), slot="2001", clock=clock)
        answered = update(Instruction).where(col(Instruction.tenant_id) == tenant_id)
        session.execute(answered.values(state=InstructionState.CANCELLED, released=True))
    return desk


@pytest.fixture
def desk(client: Client, group: Group, house: Installation) -> Desk:
    return failed_share(Treasury.of(client, group), house)


def test_is_presented_by_who_may_and_sees_it(desk: Desk) -> None:
    treasury = desk.treasury
    (failed,) = treasury.get(PATH)["items"]
    assert (failed["advance_id"], failed["lender_id"]) == (None, desk.lender)
    other = treasury.group.key(
        P.ADVANCES_READ, P.COLLECTIONS_PRESENT, party_id=parse_public_id("pty", treasury.party("lender", "L9"))
    )
    assert treasury.client.get(f"/v1/{PATH}", headers=other).json()["items"] == []
    named = {"sales_advance_ids": [failed["sales_advance_id"]]}
    assert treasury.post(f"{PATH}/present", named, by=other).status_code == 404
    assert treasury.post(f"{PATH}/present", {}, by=desk.of(desk.lender, P.ADVANCES_READ)).status_code == 403

    lender = desk.of(desk.lender, P.COLLECTIONS_PRESENT)
    assert treasury.done(f"{PATH}/present?dry_run=true", named, by=lender)["items"] == [failed]
    assert treasury.get(PATH)["items"] == [failed]
    assert treasury.done(f"{PATH}/present", named, by=lender)["items"] == [failed]
    assert treasury.get(PATH)["items"] == []
    assert treasury.done(f"{PATH}/present", {})["items"] == []


def test_names_advances_of_both_kinds(desk: Desk) -> None:
    strange = {"advance_ids": ["adv_00000000000000000000000000"]}
    assert desk.treasury.post(f"{PATH}/present", strange).status_code == 404
    assert desk.treasury.done(f"{PATH}/present", {"advance_ids": []})["items"] == []
