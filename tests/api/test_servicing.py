"""Funded advances over HTTP: credit notes, payments that two people book, holds, recourse, and what it cost."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS
from domain.access.tenants import move_sandbox_clock
from domain.financing.ageing import mark_overdue
from domain.financing.tables import Advance
from domain.platform.database import Database, Role
from domain.platform.ids import public_id
from tests.api.groups import Client, Group, Headers
from tests.domain.financing.conftest import BASE_PRICE, BASE_TERMS, MAKER, World, furnished

DUE_ON, TEN_DAYS_LATE, JULY = "2026-03-27", "2026-04-06", date(2026, 7, 1)


@dataclass
class Funded:
    """The base case's advance, funded on 2 March 2026 and unpaid on 1 July, and two people."""

    client: Client
    maker: Headers
    checker: Headers
    world: World
    advance: Advance

    def __post_init__(self) -> None:
        self.keys = count(1)

    @property
    def path(self) -> str:
        return f"advances/{self.advance.public_id}"

    def party(self, name: str) -> str:
        return public_id("pty", self.world.parties[name])

    def post(self, path: str, body: object = None, who: Headers | None = None, *, status: int = 0) -> Any:  # noqa: ANN401
        headers = {**(who or self.maker), "Idempotency-Key": f"k{next(self.keys)}"}
        answer = self.client.post(f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code in ({status} if status else {200, 201}), answer.text
        return answer.json()

    def get(self, path: str) -> Any:  # noqa: ANN401
        answer = self.client.get(f"/v1/{path}", headers=self.maker)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def payment(self, amount: str, on: str, **more: object) -> dict[str, object]:
        return {
            "lender_id": self.party("lender"),
            "payer_id": self.party("debtor"),
            "amount": money(amount),
            "value_date": on,
            "reference": f"{amount}/{on}",
            "reason": "cheque",
            **more,
        }


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


@pytest.fixture
def funded(client: Client, group: Group, database: Database) -> Iterator[Funded]:
    with database.session(Role.WORKER, group.tenant_id) as session:
        world = furnished(session)
        world.facility()
        advance_id = world.funded(world.invoice("INV-1"))
        world.on(JULY)
        move_sandbox_clock(session, to=datetime(2026, 7, 1, 2, tzinfo=UTC), actor=MAKER)
        mark_overdue(session, JULY, clock=world.clock)
        session.commit()
        yield Funded(client, group.headers, group.key(*KEY_PERMISSIONS), world, world.advance(advance_id))


class TestRepayments:
    def test_show_their_waterfall_without_booking_anything(self, funded: Funded) -> None:
        body = funded.payment("500000.00", TEN_DAYS_LATE)
        seen = funded.post("repayments?dry_run=true", body)
        (share,) = seen["shares"]
        # 2,062.50 penalty, 3,437.50 interest, 494,500.00 principal; 405,500.00 left   (R6, R7)
        assert [share[part]["amount"] for part in ("penalty", "interest", "principal", "payoff_after")] == [
            "2062.50",
            "3437.50",
            "494500.00",
            "405500.00",
        ]
        assert funded.get("repayments")["items"] == []

    def test_are_entered_by_one_and_settled_by_another(self, funded: Funded) -> None:
        entered = funded.post("repayments", funded.payment("500000.00", TEN_DAYS_LATE))["repayment"]
        assert entered["state"] == "allocated"
        funded.post(f"repayments/{entered['id']}/settle", status=403)
        settled = funded.post(f"repayments/{entered['id']}/settle", None, funded.checker)
        assert settled["repayment"]["state"] == "settled"
        assert funded.get(funded.path)["figures"]["principal_open"]["amount"] == "405500.00"

    def test_are_taken_back_after_full_repayment(self, funded: Funded) -> None:
        entered = funded.post("repayments", funded.payment("1000000.00", DUE_ON))["repayment"]
        funded.post(f"repayments/{entered['id']}/settle", None, funded.checker)
        assert funded.get(f"{funded.path}/cost")["realised"]["simple"] == "0.088404788"
        funded.post(f"repayments/{entered['id']}/reversal")
        undone = funded.post(f"repayments/{entered['id']}/reversal/approve", {"reason": "not ours"}, funded.checker)
        assert undone["state"] == "replayed"
        assert funded.get(funded.path)["figures"]["principal_open"]["amount"] == "900000.00"

    def test_of_exactly_the_payoff_close_an_advance_early_with_nothing_left(self, funded: Funded) -> None:
        world = funded.world.on(date(2026, 3, 2))
        price = replace(BASE_PRICE, terms=replace(BASE_TERMS, early_settlement_bp=Decimal(50)))
        path = f"advances/{public_id('adv', world.funded_by(world.facility(price=price), world.invoice('INV-2')))}"
        asked = funded.get(f"{path}/figures?as_of=2026-03-17")
        # 900,000.00 + 2,062.50 of interest + 0.50 % of 900,000.00 = 906,562.50   (R9)
        assert (asked["early_charge"]["amount"], asked["payoff"]["amount"]) == ("4500.00", "906562.50")
        told = funded.get(f"{path}/explanation?as_of=2026-03-17")["figures"]
        (payoff,) = [each for each in told if each["figure"] == "payoff"]
        assert [(part["of"], part["rules"]) for part in payoff["parts"]][-1] == ("early_charge", ["R9"])
        payment = funded.payment("906562.50", "2026-03-17", advance_ids=[path.removeprefix("advances/")])
        entered = funded.post("repayments", payment)
        assert entered["shares"][0]["payoff_after"]["amount"] == "0.00"
        funded.post(f"repayments/{entered['repayment']['id']}/settle", None, funded.checker)
        closed = funded.get(path)
        figures = closed["figures"]
        left = [figures[name]["amount"] for name in ("payoff", "surplus", "early_paid", "early_charge")]
        assert (closed["state"], left) == ("closed", ["0.00", "0.00", "4500.00", "0.00"])

    def test_of_tomorrow_are_refused(self, funded: Funded) -> None:
        refused = funded.post("repayments", funded.payment("1.00", "2199-01-01"), status=422)
        assert refused["type"].endswith("value_date_ahead")


class TestCreditNotes:
    def test_call_from_the_seller_what_was_lent_on_them(self, funded: Funded) -> None:
        note = {
            "amount": money("30000.00"),
            "reference": "CN-1",
            "issued_on": "2026-03-10",
            "reason": "tickets refunded",
            "evidence": sha256(b"note").hexdigest(),
        }
        path = f"receivables/{public_id('rcv', funded.advance.receivable_id)}/credit-notes"
        assert funded.post(f"{path}?dry_run=true", note)["call"]["amount"] == "27000.00"  # R10
        assert funded.get(path)["items"] == []
        assert funded.post(path, note)["call"]["amount"] == "27000.00"
        assert funded.get(funded.path)["figures"]["called"]["amount"] == "27000.00"
        assert funded.post(path, note, status=409)["type"].endswith("credit_known")
        larger = note | {"reference": "CN-2", "amount": money("970000.01")}
        assert funded.post(path, larger, status=422)["type"].endswith("credit_beyond_invoice")

    def test_are_cancelled_by_two_people(self, funded: Funded) -> None:
        note = {
            "amount": money("30000.00"),
            "reference": "CN-1",
            "issued_on": "2026-03-10",
            "reason": "tickets refunded",
            "evidence": sha256(b"note").hexdigest(),
        }
        path = f"receivables/{public_id('rcv', funded.advance.receivable_id)}/credit-notes"
        made = funded.post(path, note)["credit_note"]
        funded.post(f"{path}/{made['id']}/cancellation")
        reason = {"reason": "of another invoice"}
        done = funded.post(f"{path}/{made['id']}/cancellation/approve", reason, funded.checker)
        assert (done["call"]["amount"], done["credit_note"]["cancelled_on"] is None) == ("0.00", False)
        assert funded.get(funded.path)["figures"]["called"]["amount"] == "0.00"
        refused = funded.post(f"{path}/{made['id']}/cancellation", status=409)
        assert refused["type"].endswith("credit_cancelled")


class TestRefunds:
    def test_of_what_was_paid_too_much_are_asked_for_by_one_and_approved_by_another(self, funded: Funded) -> None:
        entered = funded.post("repayments", funded.payment("1000500.00", DUE_ON))["repayment"]
        funded.post(f"repayments/{entered['id']}/settle", None, funded.checker)
        path = f"{funded.path}/refunds"
        asked = funded.post(path, {"amount": money("500.00"), "reason": "paid twice"})
        assert asked["state"] == "proposed"
        assert funded.post(f"{path}/{asked['id']}/approve", None, funded.checker)["state"] == "approved"
        again = funded.post(path, {"amount": money("500.00"), "reason": "paid twice"}, status=409)
        assert again["type"].endswith("nothing_to_refund")
        assert [each["id"] for each in funded.get(path)["items"]] == [asked["id"]]


class TestServicing:
    def test_keeps_a_part_of_the_reserve_back(self, funded: Funded) -> None:
        hold = funded.post(f"{funded.path}/holds", {"amount": money("500.00"), "reason": "audit"})
        assert funded.get(funded.path)["held_back"]["amount"] == "500.00"
        funded.post(f"{funded.path}/holds/{hold['id']}/lift", {"reason": "done"})
        assert funded.get(f"{funded.path}/holds")["items"][0]["lift_reason"] == "done"
        funded.post(f"{funded.path}/release", status=409)

    def test_charges_a_cost_and_demands_recourse_for_all_that_is_owed(self, funded: Funded) -> None:
        cost = {"amount": money("300.00"), "on": DUE_ON, "reference": "L-1", "reason": "lawyer"}
        assert funded.post(f"{funded.path}/costs", cost)["figures"]["costs_charged"]["amount"] == "300.00"
        funded.post(f"{funded.path}/default", {"reason": "insolvent"})
        demanded = funded.post(f"{funded.path}/recourse", {"reason": "unpaid"})
        # 900,000.00 + 3,437.50 + 900,000 x 8.25 % x 96 / 360 = 19,800.00 + 300.00   (R11)
        assert demanded["amount"]["amount"] == "923537.50"
        proposed = funded.post(f"{funded.path}/write-off", {"reason": "insolvent"})
        funded.post(f"write-offs/{proposed['id']}/approve", status=403)
        booked = funded.post(f"write-offs/{proposed['id']}/approve", None, funded.checker)
        assert booked["state"] == "booked"
        assert funded.get(funded.path)["state"] == "written_off"
