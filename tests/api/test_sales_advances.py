"""Advances out of sales over HTTP: R15's worked numbers, two people, and two days of it at a bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn, DepositIn
from app.installation import Installation
from domain.access.rules import KEY_PERMISSIONS, Permission
from domain.access.tenants import move_sandbox_clock, tenant_clock
from domain.banking.channels.http import HttpChannel
from domain.financing.accrual import accrue
from domain.financing.check import check_subledger
from domain.financing.receipts import Capital, book_capital
from domain.financing.sales.check import check_sales_advances
from domain.platform.database import Role
from domain.platform.ids import parse_public_id
from domain.runs import service as runs
from domain.runs.states import RunKind
from domain.values.money import Money
from tests.api.groups import Client, Group, Headers
from tests.api.treasury import MONDAY, Treasury
from tests.domain.runs.world import CHECKER, MAKER

LENDER, SHOP = "33001616781053000701", "33001616781053000702"
P = Permission


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


TERMS = {"payment_volume": cny("100000.00"), "share": "0.18", "year_days": 360, "net": cny("9000.00")}
TERMS |= {"fee": cny("1000.00")}


@dataclass
class Desk:
    """A lender with a line, a shop, and whoever asks for something."""

    treasury: Treasury
    lender: str
    shop: str
    accounts: dict[str, str]
    facility: str

    def body(self, **changed: object) -> dict[str, Any]:
        named = {"facility_id": self.facility, "merchant_id": self.shop, "terms": TERMS, "contract_reference": "SA-1"}
        return {**named, "funding_on": str(MONDAY), "final_on": "2026-12-31", **changed}

    def approved(self) -> str:
        proposed = self.treasury.done("financing/sales-advances", self.body())
        path = f"financing/sales-advances/{proposed['id']}"
        self.treasury.done(f"{path}/approve", {"digest": proposed["digest"]}, by=self.treasury.checker)
        return path

    def of(self, party: str, *permissions: Permission) -> Headers:
        return self.treasury.group.key(*permissions, party_id=parse_public_id("pty", party))


def furnished(treasury: Treasury) -> Desk:
    lender, shop = treasury.party("lender", "L1"), treasury.party("branch", "B7")
    accounts = {"lender": treasury.account(lender, LENDER), "shop": treasury.account(shop, SHOP, own=False)}
    price = {"advance_rate": "0.9", "fee_bp": "20", "annual_rate": "0.055"}
    body = {"lender_id": lender, "limit": cny("20000.00"), "price": price, "max_tenor_days": 360}
    facility = treasury.done("facilities", body)["id"]
    treasury.done(f"facilities/{facility}/approve", by=treasury.checker)
    return Desk(treasury, lender, shop, accounts, facility)


@pytest.fixture
def desk(client: Client, group: Group) -> Desk:
    return furnished(Treasury.of(client, group))


class TestTheQuote:
    def test_shows_the_worked_numbers(self, desk: Desk) -> None:
        # 100,000 × 18 % / 360 = 50.00; (9,000 + 1,000) / 50 = 200; 0.106781 % a day; 8,959.61 / 9.61, then
        # 8,919.18 / 9.57; 1,000 / 9,000 × 365 / 200 = 20.28 %; 1.00106781^365 − 1 = 47.63 %   (R15, R14)
        quote = desk.treasury.done("financing/sales-advances/quote", TERMS)
        assert (quote["daily_payment"], quote["payments"], quote["owed"]) == (cny("50.00"), 200, cny("10000.00"))
        assert quote["daily_effective_rate"] == "0.001067814"  # 0.106781 %
        assert quote["annual_effective_rate"].startswith("0.4763")
        assert quote["all_in"]["simple"] == "0.202777778"
        first, second = quote["schedule"][:2]
        assert (first["balance"], first["income"]) == (cny("8959.61"), cny("9.61"))
        assert (second["balance"], second["income"]) == (cny("8919.18"), cny("9.57"))
        assert quote["schedule"][-1]["balance"] == cny("0.00")

    def test_refuses_what_sales_never_repay(self, desk: Desk) -> None:
        body = TERMS | {"share": "0.000001"}
        answer = desk.treasury.post("financing/sales-advances/quote", body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/sales_too_small")


class TestAgreeing:
    def test_takes_a_maker_and_a_checker_of_the_lender_and_the_digest(self, desk: Desk) -> None:
        maker = desk.of(desk.lender, P.ADVANCES_FUND, P.ADVANCES_READ)
        checker = desk.of(desk.lender, P.ADVANCES_APPROVE, P.ADVANCES_READ)
        proposed = desk.treasury.done("financing/sales-advances", desk.body(), by=maker)
        path = f"financing/sales-advances/{proposed['id']}"
        wrong = desk.treasury.post(f"{path}/approve", {"digest": "0" * 64}, by=checker)
        assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/digest_changed")
        approved = desk.treasury.done(f"{path}/approve", {"digest": proposed["digest"]}, by=checker)
        assert (approved["state"], approved["digest"]) == ("approved", proposed["digest"])
        assert desk.treasury.get(f"facilities/{desk.facility}")["used"] == cny("9000.00")

    def test_shows_it_to_lender_and_merchant_alone(self, desk: Desk) -> None:
        path = desk.approved()
        other = desk.treasury.party("branch", "B8")
        for party, count_of in ((desk.lender, 1), (desk.shop, 1), (other, 0)):
            headers = desk.of(party, P.ADVANCES_READ)
            answer = desk.treasury.client.get("/v1/financing/sales-advances", headers=headers)
            assert len(answer.json()["items"]) == count_of
            shown = desk.treasury.client.get(f"/v1/{path}", headers=headers)
            assert shown.status_code == (200 if count_of else 404)

    def test_is_the_lenders_to_decide(self, desk: Desk) -> None:
        path = desk.approved()
        shop = desk.of(desk.shop, P.ADVANCES_FUND)
        assert desk.treasury.post(f"{path}/withdraw", {"reason": "x"}, by=shop).status_code == 404
        assert desk.treasury.done(f"{path}/withdraw", {"reason": "x"})["state"] == "lapsed"
        assert desk.treasury.get(f"facilities/{desk.facility}")["used"] == cny("0.00")

    def test_may_be_refused_by_the_second_person(self, desk: Desk) -> None:
        proposed = desk.treasury.done("financing/sales-advances", desk.body())
        path = f"financing/sales-advances/{proposed['id']}/refuse"
        body = {"digest": proposed["digest"], "reason": "too dear"}
        assert desk.treasury.done(path, body, by=desk.treasury.checker)["state"] == "lapsed"

    def test_may_be_tried_first(self, desk: Desk) -> None:
        assert desk.treasury.done("financing/sales-advances?dry_run=true", desk.body())["state"] == "proposed"
        assert desk.treasury.get("financing/sales-advances")["items"] == []


class TestReporting:
    def test_takes_a_file_and_names_its_bad_lines(self, desk: Desk) -> None:
        content = "日期,编号,金额\n2026-03-02,Z-1,277.78\n2026-03-02,Z-2,x\n2026-03-03,Z-3,1.00\n".encode()
        path = f"financing/merchant-sales/imports?merchant={desk.shop}&file_name=z.csv&currency=CNY"
        report = desk.treasury.upload(path, content).json()
        assert (report["read"], report["taken"]) == (3, 1)
        assert [(error["row"], error["code"]) for error in report["refused"]] == [(3, "bad_amount"), (4, "in_future")]

    def test_is_of_the_merchants_own(self, desk: Desk) -> None:
        item = {"sold_on": str(MONDAY), "reference": "Z-1", "amount": cny("277.78")}
        body = {"merchant_id": desk.shop, "items": [item]}
        other = desk.of(desk.treasury.party("branch", "B8"), P.SALES_REPORT)
        assert desk.treasury.post("financing/merchant-sales", body, by=other).status_code == 404
        own = desk.of(desk.shop, P.SALES_REPORT, P.ADVANCES_READ)
        assert desk.treasury.done("financing/merchant-sales", body, by=own)["taken"] == 1
        (line,) = desk.treasury.get("financing/merchant-sales")["items"]
        assert (line["reference"], line["amount"]) == ("Z-1", cny("277.78"))


@dataclass
class AtTheBank:
    """The desk, and the bank its application talks to."""

    desk: Desk
    house: Installation
    channel: HttpChannel
    hand: SimulatedBank

    @property
    def today(self) -> date:
        with self.house.database.session(Role.WORKER, self.desk.treasury.group.tenant_id) as session:
            return tenant_clock(session).today()

    def funded(self) -> str:
        """An advance that the bank has paid out, and the shop's mandate to repay it."""
        desk, treasury = self.desk, self.desk.treasury
        path = desk.approved()
        signed = {"reference": "M-1", "party_id": desk.shop, "account_id": desk.accounts["shop"], "currency": "CNY"}
        signed |= {"signed_on": str(MONDAY), "purpose": "loan_repayment"}
        assert treasury.done("mandates", {"items": [signed]})["granted"]
        assert self.run("disbursement")["item_count"] == 1
        return path

    def sell(self, amount: str) -> None:
        """The shop's sales of today."""
        item = {"sold_on": str(self.today), "reference": f"Z-{self.today}", "amount": cny(amount)}
        body = {"merchant_id": self.desk.shop, "items": [item]}
        assert self.desk.treasury.done("financing/merchant-sales", body)["taken"] == 1

    def run(self, kind: str) -> dict[str, Any]:
        """A run of today, carried out, with the bank's word on it booked."""
        treasury, slot = self.desk.treasury, f"20{next(_SLOTS):02d}"
        run = treasury.done("runs", {"kind": kind, "slot": slot})
        if run["state"] == "frozen":
            treasury.done(f"runs/{run['id']}/execute")
            with self.house.database.session(Role.WORKER, treasury.group.tenant_id) as session:
                clock = tenant_clock(session)
            self.hand.set_day(clock.today())  # the bank carries out what it was given
            keys, tenant_id = self.house.keys, treasury.group.tenant_id
            runs.record_answers(self.house.database, self.channel, tenant_id, keys=keys, clock=clock)
        shown: dict[str, Any] = treasury.get(f"runs/{run['id']}")
        return shown

    def night(self) -> None:
        """The business date closed, and everything compared; then the next day."""
        treasury = self.desk.treasury
        with self.house.database.session(Role.WORKER, treasury.group.tenant_id) as session:
            clock = tenant_clock(session)
            accrue(session, clock.today(), clock=clock)
            assert [*check_sales_advances(session), *check_subledger(session)] == []
            move_sandbox_clock(session, to=clock.now() + timedelta(days=1), actor=MAKER)


_SLOTS = count(1)


@pytest.fixture
def at_the_bank(house: Installation, group: Group) -> Iterator[AtTheBank]:
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        connected = Installation(database=house.database, keys=house.keys, channel=lambda _tenant: channel)
        with TestClient(create_app(connected), raise_server_exceptions=False) as client:
            desk = furnished(Treasury(client, group, group.key(*KEY_PERMISSIONS)))
            numbers = ((LENDER, True), (SHOP, False))
            hand.open_accounts(
                AccountIn(number=number, name="x", currency="CNY", opening_balance="20000.00", customer=ours)
                for number, ours in numbers
            )
            hand.set_day(MONDAY)
            _furnish_books(house, desk)
            yield AtTheBank(desk, connected, channel, hand)


def _furnish_books(house: Installation, desk: Desk) -> None:
    """The lender's money, and runs that go by themselves."""
    lender, account = parse_public_id("pty", desk.lender), parse_public_id("acc", desk.accounts["lender"])
    with house.database.session(Role.WORKER, desk.treasury.group.tenant_id) as session:
        clock = tenant_clock(session)
        put_in = Capital("capital", lender, account, Money.of("20000.00", "CNY"), MONDAY)
        book_capital(session, [put_in], actor=MAKER, clock=clock)
        limit = Money.of("100000.00", "CNY")
        for kind in (RunKind.DEBIT, RunKind.DISBURSEMENT):
            runs.set_run_limit(session, kind=kind, limit=limit, actor=CHECKER, clock=clock)


def test_two_days_of_sales_at_a_bank(at_the_bank: AtTheBank) -> None:
    treasury = at_the_bank.desk.treasury
    path = at_the_bank.funded()
    funded = treasury.get(path)
    assert (funded["state"], funded["figures"]["funded_on"]) == ("funded", str(MONDAY))

    # A day's 277.78 × 18 % = 50.00, collected the day after, when 9.61 are earned: 8,959.61 is left   (R15)
    for left in ("8959.61", "8919.18"):
        at_the_bank.sell("277.78")
        at_the_bank.night()
        assert at_the_bank.run("debit")["totals"] == [cny("50.00")]
        assert treasury.get(path)["figures"]["carrying"] == cny(left)

    days = treasury.get(f"{path}/days")
    assert (days["due"], days["collected"], days["behind"]) == (cny("100.00"), cny("100.00"), cny("0.00"))
    assert [day["share"] for day in days["items"]] == [cny("50.00"), cny("50.00")]
    payments = treasury.get(f"{path}/payments")["items"]
    assert [(each["kind"], each["amount"]) for each in payments] == [
        ("funded", cny("9000.00")),
        ("collected", cny("50.00")),
        ("collected", cny("50.00")),
    ]
    explained = {each["figure"]: each for each in treasury.get(f"{path}/explanation")["figures"]}
    assert (explained["income"]["amount"], explained["income"]["rules"]) == (cny("19.18"), ["R15", "R16"])
    assert explained["open"]["amount"] == cny("9900.00")
    assert len(treasury.get(f"{path}/schedule")["items"]) == 200


def test_a_till_that_was_empty_is_debited_on_the_retry_day_with_what_came_due_since(at_the_bank: AtTheBank) -> None:
    treasury, hand = at_the_bank.desk.treasury, at_the_bank.hand
    path = at_the_bank.funded()
    emptied = DepositIn(reference="spent", account=SHOP, amount="-28990.00", on=MONDAY)
    hand.deposit([emptied])

    at_the_bank.sell("277.78")
    at_the_bank.night()
    at_the_bank.run("debit")
    standing = treasury.get(path)
    assert (standing["figures"]["collected"], standing["failure_reason"]) == (cny("0.00"), "AM04")

    # Wednesday: the retry has its day, and takes Monday's and Tuesday's share in one.
    at_the_bank.sell("277.78")
    at_the_bank.night()
    hand.deposit([DepositIn(reference="sold", account=SHOP, amount="500.00", on=date(2026, 3, 4))])
    assert at_the_bank.run("debit")["totals"] == [cny("100.00")]
    assert treasury.get(path)["figures"]["collected"] == cny("100.00")
    assert treasury.get(f"{path}/days")["behind"] == cny("0.00")
