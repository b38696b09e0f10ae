"""Advances out of sales after their payout, over HTTP: payoff, own payments by two people, demand, write-off."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from app.installation import Installation
from domain.access.rules import Permission
from domain.access.tenants import move_sandbox_clock, tenant_clock
from domain.financing.accrual import accrue
from domain.financing.check import check_subledger
from domain.financing.sales.ageing import mark_behind
from domain.financing.sales.check import check_sales_advances
from domain.platform.database import Role
from tests.api.groups import Client, Group
from tests.api.paid_out import pay_out
from tests.api.test_sales_advances import TERMS, Desk, cny, furnished
from tests.api.treasury import MONDAY, Treasury
from tests.domain.runs.world import MAKER

P = Permission
FINAL = date(2026, 12, 31)


@dataclass
class PaidOut:
    """An advance of 9,000.00 for 1,000.00 under way: half of the unearned fee back, 18 % a year after the last day."""

    desk: Desk
    house: Installation
    id: str

    @property
    def path(self) -> str:
        return f"financing/sales-advances/{self.id}"

    @property
    def treasury(self) -> Treasury:
        return self.desk.treasury

    def until(self, day: date) -> None:
        """Everything before that day is closed, and what is late is marked so."""
        with self.house.database.session(Role.WORKER, self.treasury.group.tenant_id) as session:
            clock = tenant_clock(session)
            move_sandbox_clock(session, to=clock.now() + (day - clock.today()), actor=MAKER)
            clock = tenant_clock(session)
            accrue(session, day - timedelta(days=1), clock=clock)
            mark_behind(session, day, clock=clock)
            assert [*check_sales_advances(session), *check_subledger(session)] == []

    def enter(self, amount: str, reference: str = "T-1") -> str:
        """A payment of the merchant today, entered by one person."""
        with self.house.database.session(Role.WORKER, self.treasury.group.tenant_id) as session:
            today = tenant_clock(session).today()
        body = {"sales_advance_id": self.id, "amount": cny(amount), "value_date": str(today)}
        body |= {"reference": reference, "reason": "by transfer"}
        made = self.treasury.done("financing/sales-repayments", body)
        return f"financing/sales-repayments/{made['repayment']['id']}"


@pytest.fixture
def paid_out(client: Client, group: Group, house: Installation) -> PaidOut:
    desk = furnished(Treasury.of(client, group))
    terms = TERMS | {"early_rebate": "0.5", "penalty_rate": "0.18"}
    proposed = desk.treasury.done("financing/sales-advances", desk.body(terms=terms))
    path = f"financing/sales-advances/{proposed['id']}/approve"
    desk.treasury.done(path, {"digest": proposed["digest"]}, by=desk.treasury.checker)
    pay_out(house.database, group.tenant_id, proposed["id"])
    return PaidOut(desk, house, proposed["id"])


def test_the_payoff_of_a_day_is_shown_and_settles(paid_out: PaidOut) -> None:
    treasury, tuesday = paid_out.treasury, MONDAY + timedelta(days=1)
    # (1,000.00 − 9.61) × 50 % = 495.20; 10,000.00 − 495.20 = 9,504.80   (R9, R15)
    payoff = treasury.get(f"{paid_out.path}/payoff?on={tuesday}")
    assert (payoff["unearned"], payoff["rebate"], payoff["amount"]) == (cny("990.39"), cny("495.20"), cny("9504.80"))
    paid_out.until(tuesday)
    path = paid_out.enter("9504.80")
    told = treasury.get(path)
    assert (told["rebate"], told["payoff_after"]) == (cny("495.20"), cny("0.00"))
    refused = treasury.post(f"{path}/settle")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/same_person")
    assert treasury.done(f"{path}/settle", by=treasury.checker)["repayment"]["state"] == "settled"
    figures = treasury.get(paid_out.path)["figures"]
    assert (figures["open"], figures["income"]) == (cny("0.00"), cny("504.80"))

    treasury.done(f"{path}/reversal")
    body = {"reason": "another's money"}
    assert treasury.done(f"{path}/reversal/approve", body, by=treasury.checker)["state"] == "replayed"
    assert treasury.get(paid_out.path)["state"] == "funded"
    assert treasury.get(paid_out.path)["figures"]["open"] == cny("10000.00")


def test_payments_are_seen_by_lender_and_merchant_and_entered_by_the_lender(paid_out: PaidOut) -> None:
    desk, treasury = paid_out.desk, paid_out.treasury
    path = paid_out.enter("50.00")
    other = treasury.party("branch", "B8")
    for party, status in ((desk.lender, 200), (desk.shop, 200), (other, 404)):
        headers = desk.of(party, P.ADVANCES_READ)
        for shown in (path, f"{paid_out.path}/payoff"):
            assert treasury.client.get(f"/v1/{shown}", headers=headers).status_code == status
    shop = desk.of(desk.shop, P.REPAYMENTS_WRITE, P.REPAYMENTS_APPROVE)
    assert treasury.post(f"{path}/settle", by=shop).status_code == 404
    assert treasury.post(f"{path}/withdraw", {"reason": "x"}, by=shop).status_code == 404
    assert treasury.done(f"{path}/withdraw", {"reason": "typed twice"})["state"] == "withdrawn"
    (row,) = treasury.get("financing/sales-repayments?filter=state:eq:withdrawn")["items"]
    assert row["sales_advance_id"] == paid_out.id


def test_a_payment_may_be_tried_first(paid_out: PaidOut) -> None:
    treasury = paid_out.treasury
    body = {"sales_advance_id": paid_out.id, "amount": cny("60000.00"), "value_date": str(MONDAY)}
    body |= {"reference": "T-1", "reason": "by transfer"}
    tried = treasury.done("financing/sales-repayments?dry_run=true", body)
    # 60,000.00 are over five times 10,000.00
    assert (tried["repayment"]["state"], tried["overpaid"]) == ("suspense", cny("50500.00"))
    assert treasury.get("financing/sales-repayments")["items"] == []


def test_after_the_last_day_everything_is_demanded_and_in_the_end_given_up(paid_out: PaidOut) -> None:
    treasury = paid_out.treasury
    ahead = treasury.post(f"{paid_out.path}/demands", {"reason": "late"})
    assert (ahead.status_code, ahead.json()["type"]) == (409, "/problems/not_overdue")
    # Five days of grace, then ten at 18 %: 9,000.00 × 18 % × 10 / 360 = 45.00   (R6)
    paid_out.until(FINAL + timedelta(days=15))
    demand = treasury.done(f"{paid_out.path}/demands", {"reason": "late"})
    assert (demand["amount"], demand["penalty"]) == (cny("10045.00"), cny("45.00"))
    again = treasury.post(f"{paid_out.path}/demands", {"reason": "late"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/sales_already_demanded")
    assert treasury.get(f"{paid_out.path}/demands")["items"] == [demand]

    proposed = treasury.done(f"{paid_out.path}/write-off", {"reason": "insolvent"})
    path = f"financing/sales-write-offs/{proposed['id']}"
    lenders = paid_out.desk.of(paid_out.desk.lender, P.ADVANCES_WRITE_OFF)
    assert treasury.post(f"{path}/approve", by=lenders).json()["type"] == "/problems/for_the_group"
    assert treasury.post(f"{path}/approve").json()["type"] == "/problems/same_person"
    assert treasury.done(f"{path}/approve", by=treasury.checker)["state"] == "booked"
    figures = treasury.get(paid_out.path)["figures"]
    assert (figures["lost"], figures["carrying"]) == (cny("10045.00"), cny("0.00"))

    paid_out.until(FINAL + timedelta(days=30))
    repaid = paid_out.enter("45.00", "T-2")
    assert treasury.done(f"{repaid}/settle", by=treasury.checker)["recovered"] == cny("45.00")
    assert treasury.get(f"{paid_out.path}/payoff")["to_recover"] == cny("10000.00")
    kinds = [each["kind"] for each in treasury.get(f"{paid_out.path}/payments")["items"]]
    assert kinds == ["funded", "written_off", "received"]


def test_giving_up_may_be_refused(paid_out: PaidOut) -> None:
    treasury = paid_out.treasury
    paid_out.until(FINAL + timedelta(days=15))
    proposed = treasury.done(f"{paid_out.path}/write-off", {"reason": "insolvent"})
    body = {"reason": "a buyer was found"}
    path = f"financing/sales-write-offs/{proposed['id']}/refuse"
    assert treasury.done(path, body, by=treasury.checker)["state"] == "refused"
    shop = paid_out.desk.of(paid_out.desk.shop, P.ADVANCES_READ)
    items = treasury.client.get("/v1/financing/sales-write-offs", headers=shop).json()["items"]
    assert items == []
    assert len(treasury.get("financing/sales-write-offs")["items"]) == 1
