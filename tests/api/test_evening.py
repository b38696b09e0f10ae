"""A branch's Sunday takings through the API: till file, statement, sweep, bank, certificate."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import AccountIn, DepositIn
from app.installation import Installation
from domain.access.tenants import tenant_clock
from domain.banking.channels.http import HttpChannel
from domain.platform.database import Role
from domain.runs import service as runs
from tests.api.groups import Group
from tests.api.treasury import MONDAY, Treasury

SUNDAY = date(2026, 3, 1)
HEADER, BRANCH = "33001616781053000201", "33001616781053000202"


@dataclass(frozen=True)
class Evening:
    """A treasury, and the bank its application talks to."""

    treasury: Treasury
    house: Installation
    channel: HttpChannel
    hand: SimulatedBank

    def import_statements(self, on: date) -> None:
        for source in self.channel.statements(on):
            assert self.treasury.upload("statements/imports", source.read()).status_code == 201

    def record_answers(self) -> int:
        """What the job does between the API's calls."""
        tenant_id = self.treasury.group.tenant_id
        with self.house.database.session(Role.WORKER, tenant_id) as session:
            clock = tenant_clock(session)
        return runs.record_answers(
            self.house.database, self.channel, tenant_id, keys=self.house.keys, clock=clock
        ).settled


@pytest.fixture
def evening(house: Installation, group: Group) -> Iterator[Evening]:
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        connected = Installation(database=house.database, keys=house.keys, channel=lambda _tenant: channel)
        with TestClient(create_app(connected), raise_server_exceptions=False) as client:
            yield Evening(Treasury.of(client, group), connected, channel, hand)


def test_takings_are_seen_swept_and_certified(evening: Evening) -> None:
    treasury, hand = evening.treasury, evening.hand
    header = treasury.account(treasury.party("hq", "HQ"), HEADER)
    branch_party = treasury.party("branch", "1")
    branch = treasury.account(branch_party, BRANCH)
    terms = {"account_id": branch, "method": "zero"}
    body = {"name": "华东", "header_account_id": header, "currency": "CNY", "members": [terms]}
    pool = treasury.done("pools", body)["id"]

    # The till's week: 700.00 over seven days from 28 February, so 100.00 each.
    till = b"Store,Dept,Date,Weekly_Sales\n1,1,2026-03-06,700.00\n9,1,2026-03-06,5.00\n"
    report = treasury.upload("takings/imports?file_name=till.csv&currency=CNY", till).json()
    assert (report["read"], report["taken"], report["total"]["amount"]) == (2, 1, "700.00")
    assert [(error["row"], error["code"]) for error in report["refused"]] == [(3, "unknown_branch")]
    sunday = treasury.get(f"takings?since={SUNDAY}&until={SUNDAY}")["items"]
    assert [(each["amount"]["amount"], each["standing"]) for each in sunday] == [("100.00", "expected")]

    # The bank credits 99.00 of it.
    hand.open_accounts(
        AccountIn(number=number, name="own", currency="CNY", customer=True) for number in (HEADER, BRANCH)
    )
    reference = sunday[0]["reference"]
    hand.deposit([DepositIn(reference=reference, account=BRANCH, amount="99.00", on=SUNDAY, text=reference)])
    hand.set_day(SUNDAY)
    evening.import_statements(SUNDAY)
    assert treasury.done("reconciliation/match")["recognised"]["takings"] == 1
    (day,) = treasury.get(f"takings/days?since={SUNDAY}&until={SUNDAY}")["items"]
    assert (day["booked"]["amount"], day["difference"]["amount"], day["differing"]) == ("99.00", "-1.00", 1)
    assert len(treasury.get("takings?since=2026-03-01&until=2026-03-01&standing=differs")["items"]) == 1

    # Monday's sweep, decided by two.
    (member,) = treasury.get(f"pools/{pool}/members")["items"]
    assert member["position"]["available"]["amount"] == "99.00"
    proposal = treasury.done(f"pools/{pool}/evaluate", {"slot": "1830"})
    assert proposal["up"]["amount"] == "99.00"
    treasury.done(f"sweep-proposals/{proposal['id']}/approve", {"digest": proposal["digest"]}, by=treasury.checker)
    run = treasury.done("runs", {"kind": "sweep", "slot": "1830"})
    executed = treasury.done(f"runs/{run['id']}/execute")
    assert (executed["state"], list(executed["messages"].values())) == ("acknowledged", ["acknowledged"])
    again = treasury.done(f"runs/{run['id']}/execute")
    assert (again["state"], again["messages"]) == ("acknowledged", {})  # what was sent is not sent twice
    assert treasury.get(f"runs/{run['id']}/standing")["at_bank"] == 1

    # The bank's word, and its statement.
    hand.set_day(MONDAY)
    assert evening.record_answers() == 1
    evening.import_statements(MONDAY)
    matched = treasury.done("reconciliation/match")
    assert (matched["matched"], matched["runs_closed"]) == (2, 1)  # both sides of the sweep
    certificate = treasury.get(f"runs/{run['id']}/certificate")
    assert certificate["differing"] == []
    owed = treasury.get("intercompany-positions?currency=CNY")["items"]
    assert owed == [{"branch_id": branch_party, "due_from_header": {"amount": "99.00", "currency": "CNY"}}]
    treasury.done("cash-agreements", {"on": str(MONDAY)})
    kept = treasury.get(f"cash-agreements?on={MONDAY}")["items"]
    assert [(each["agrees"], each["difference"]["amount"]) for each in kept] == [(True, "0.00"), (True, "0.00")]
