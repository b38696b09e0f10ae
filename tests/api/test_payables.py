"""Payables over HTTP: a programme agreed by two, invoices that bind the buyer, paid early out of its own cash."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.financing.receipts import Capital, book_capital
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.ids import parse_public_id
from domain.values.money import Money
from tests.api.groups import TESTER, Client, Group, Headers

TESTED_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TAX_IDS = {"supplier": "91330100799655058B", "debtor": "91350100M000100Y43", "hq": "91110000100000000A"}


@dataclass(frozen=True)
class Trade:
    """Two people; a buyer that its headquarters pays for, and a supplier."""

    client: Client
    group: Group
    maker: Headers
    checker: Headers
    firms: dict[str, str]

    def send(self, path: str, body: Any = None, who: Headers | None = None, *, key: str | None = None) -> Any:  # noqa: ANN401
        headers = {**(who or self.maker), **({"Idempotency-Key": key} if key else {})}
        return self.client.post(f"/v1/payables/{path}", json=body, headers=headers)

    def post(self, path: str, body: Any = None, who: Headers | None = None, *, key: str | None = None) -> Any:  # noqa: ANN401
        answer = self.send(path, body, who, key=key)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def get(self, path: str, who: Headers | None = None) -> Any:  # noqa: ANN401
        answer = self.client.get(f"/v1/payables/{path}", headers=who or self.maker)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def as_firm(self, kind: str, *permissions: Permission) -> Headers:
        return self.group.key(*permissions, party_id=parse_public_id("pty", self.firms[kind]))


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.fixture
def trade(client: Client, group: Group, database: Database) -> Trade:
    maker, checker = group.headers, group.key(*KEY_PERMISSIONS)
    firms, accounts = {}, {}
    for place, kind in enumerate(TAX_IDS):
        body = {"kind": kind, "name": f"{kind} 公司", "code": f"P-{kind}", "country": "DE", "tax_id": TAX_IDS[kind]}
        firms[kind] = client.post("/v1/parties", json=body, headers=maker).json()["id"]
        account = {
            "holder_name": kind,
            "bank_id": "ICBKCNBJ",
            "number": f"120202141990007678{place}",
            "currency": "CNY",
            "own": kind == "hq",
        }
        path = f"/v1/parties/{firms[kind]}/bank-accounts"
        accounts[kind] = client.post(path, json=account, headers=maker).json()["id"]
        client.post(f"/v1/bank-accounts/{accounts[kind]}/verify", headers=checker)
    _fill(database, group, firms["hq"], accounts["hq"])
    return Trade(client, group, maker, checker, firms)


def _fill(database: Database, group: Group, party: str, account: str) -> None:
    """Headquarters has 1,000,000.00 at the bank."""
    clock = FixedClock(TESTED_AT)
    with database.session(Role.WORKER, group.tenant_id) as session:
        money = Capital(
            "entry:1",
            parse_public_id("pty", party),
            parse_public_id("acc", account),
            Money.of("1000000.00", "CNY"),
            clock.today(),
        )
        book_capital(session, [money], actor=TESTER, clock=clock)


def programme(trade: Trade) -> str:
    """One in force, with the supplier in it."""
    body = {
        "buyer_id": trade.firms["debtor"],
        "payer_id": trade.firms["hq"],
        "limit": cny("5000000.00"),
        "own_cash_limit": cny("500000.00"),
        "liquidity_floor": cny("100000.00"),
        "annual_rate": "0.08",
    }
    made = trade.post("programmes", body)
    assert made["state"] == "proposed"
    path = f"programmes/{made['id']}"
    assert trade.post(f"{path}/approve", who=trade.checker)["state"] == "active"
    (named,) = trade.post(f"{path}/suppliers", {"supplier_ids": [trade.firms["supplier"]]})["items"]
    (joined,) = trade.post(f"{path}/suppliers/{named['batch_id']}/approve", who=trade.checker)["items"]
    assert joined["state"] == "active"
    return str(made["id"])


def invoice(number: str, total: str = "100000.00", seller: str = "P-supplier") -> dict[str, Any]:
    return {
        "seller_code": seller,
        "debtor_code": "P-debtor",
        "invoice_number": number,
        "issued_on": "2026-02-20",
        "due_on": "2026-04-04",
        "total": cny(total),
    }


def bound(trade: Trade, programme_id: str, *numbers: str) -> list[str]:
    """Invoices the buyer brought in and is bound to."""
    body = {"programme_id": programme_id, "items": [invoice(number) for number in numbers]}
    report = trade.post("uploads", body)
    ids: list[str] = trade.post(f"uploads/{report['id']}/approve", who=trade.checker)["receivable_ids"]
    assert len(ids) == len(numbers)
    return ids


def offered(trade: Trade, programme_id: str) -> list[dict[str, Any]]:
    trade.post("early-payments/offers", {"programme_id": programme_id})
    items: list[dict[str, Any]] = trade.get("early-payments?filter=state:eq:offered")["items"]
    return items


def accept(trade: Trade, programme_id: str, ids: list[str]) -> dict[str, Any]:
    body = {"programme_id": programme_id, "supplier_id": trade.firms["supplier"], "payment_ids": ids}
    result: dict[str, Any] = trade.post("early-payments/accept", body, key=f"accept-{ids[0]}")
    return result


def test_an_approved_invoice_is_offered_accepted_and_ordered_by_two(trade: Trade) -> None:
    programme_id = programme(trade)
    bound(trade, programme_id, "A-1")
    (offer,) = offered(trade, programme_id)
    # For Tuesday 3 March: 100,000 × 8 % × 32 / 365 = 701.37   (R18)
    assert (offer["discount"], offer["net"], offer["pay_on"]) == (cny("701.37"), cny("99298.63"), "2026-03-03")
    # 701.37 / 100,000 × 365 / 32 = 8.00 % of the invoice; 701.37 / 99,298.63 × 365 / 32 = 8.06 % of the cash   (R18)
    assert (offer["rate_on_face"], offer["rate_on_cash"]) == ("0.080000016", "0.080565075")
    assert accept(trade, programme_id, [offer["id"]]) == {"accepted": [offer["id"]], "refused": []}
    body = {"programme_id": programme_id, "payment_ids": [offer["id"]], "pay_on": "2026-03-03"}
    order = trade.post("orders", body, key="order")
    assert (order["total"], order["discount"]) == (cny("99298.63"), cny("701.37"))
    path = f"orders/{order['id']}/approve"
    same = trade.send(path, {"digest": order["digest"]}, key="same")
    assert (same.status_code, same.json()["type"]) == (403, "/problems/same_person")
    other = trade.send(path, {"digest": "0" * 64}, trade.checker, key="other")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/digest_changed")
    approved = trade.post(path, {"digest": order["digest"]}, trade.checker, key="right")
    assert approved["payment_ids"] == [offer["id"]]
    free = trade.get(f"programmes/{programme_id}/liquidity")
    # 1,000,000 − 99,298.63 − 100,000 idle, of which the limit leaves 500,000 − 99,298.63
    assert (free["idle"], free["available"]) == (cny("800701.37"), cny("400701.37"))


def test_an_order_may_be_rehearsed(trade: Trade) -> None:
    programme_id = programme(trade)
    bound(trade, programme_id, "A-1")
    (offer,) = offered(trade, programme_id)
    accept(trade, programme_id, [offer["id"]])
    body = {"programme_id": programme_id, "payment_ids": [offer["id"]], "pay_on": "2026-03-03"}
    order = trade.post("orders?dry_run=true", body, key="rehearsal")
    answer = trade.client.get(f"/v1/payables/orders/{order['id']}", headers=trade.maker)
    assert answer.status_code == 404


def test_each_invoice_and_each_offer_is_answered_by_itself(trade: Trade) -> None:
    programme_id = programme(trade)
    items = [invoice("B-1"), invoice("B-2", seller="nobody")]
    report = trade.post("uploads", {"programme_id": programme_id, "items": items})
    assert (report["registered"], [error["code"] for error in report["refused"]]) == (1, ["unknown_seller"])
    trade.post(f"uploads/{report['id']}/approve", who=trade.checker)
    ids = [offer["id"] for offer in offered(trade, programme_id)]
    accept(trade, programme_id, ids)
    body = {"programme_id": programme_id, "supplier_id": trade.firms["supplier"], "payment_ids": ids}
    again = trade.post("early-payments/accept", body, key="again")
    assert [refused["code"] for refused in again["refused"]] == ["early_offer_not_open"]


def test_a_file_is_the_body(trade: Trade) -> None:
    programme_id = programme(trade)
    rows = (
        "seller_code,debtor_code,invoice_number,issued_on,due_on,amount\n"
        "P-supplier,P-debtor,C-1,2026-02-20,2026-04-04,1000.00\nP-supplier,P-debtor,C-2,2026-02-20,2026-04-04,x\n"
    )
    path = f"/v1/payables/uploads/files?programme={programme_id}&file_name=c.csv"
    report = trade.client.post(path, content=rows.encode(), headers=trade.maker).json()
    assert (report["read"], report["registered"], report["refused"][0]["row"]) == (2, 1, 3)


def test_a_month_ties_and_best_execution_explains_itself(trade: Trade) -> None:
    programme_id = programme(trade)
    bound(trade, programme_id, "D-1", "D-2")
    path = f"programmes/{programme_id}"
    (march,) = trade.get(f"{path}/roll-forward?first=2026-03-01&last=2026-03-31")["items"]
    assert (march["month"], march["confirmed"], march["closing"]) == ("2026-03", cny("200000.00"), cny("200000.00"))
    choices = trade.get(f"{path}/best-execution")["items"]
    assert [choice["way"]["kind"] for choice in choices] == ["own_cash", "own_cash"]
    # 701.37 / 99,298.63 × 365 / 32 = 8.06 % simple   (R14)
    assert choices[0]["way"]["simple"].startswith("0.0805")


def test_a_firm_sees_and_does_what_is_its_own_only(trade: Trade) -> None:
    programme_id = programme(trade)
    bound(trade, programme_id, "E-1")
    (offer,) = offered(trade, programme_id)
    supplier = trade.as_firm("supplier", Permission.PAYABLES_READ, Permission.OFFERS_ACCEPT, Permission.PAYABLES_PAY)
    buyer = trade.as_firm("debtor", Permission.PAYABLES_READ, Permission.PAYABLES_PAY, Permission.PAYABLES_WRITE)
    assert trade.get(f"early-payments/{offer['id']}", supplier)["id"] == offer["id"]
    assert trade.get("programmes", supplier)["items"] == []
    assert trade.client.get(f"/v1/payables/programmes/{programme_id}", headers=supplier).status_code == 404
    assert trade.get(f"programmes/{programme_id}", buyer)["id"] == programme_id
    # The buyer's people decide what is owed; whose cash leaves, decides when.
    answer = trade.send("early-payments/offers", {"programme_id": programme_id}, buyer)
    assert answer.status_code == 404
    body = {"programme_id": programme_id, "supplier_id": trade.firms["debtor"], "payment_ids": [offer["id"]]}
    assert trade.send("early-payments/accept", body, supplier, key="foreign").status_code == 404
