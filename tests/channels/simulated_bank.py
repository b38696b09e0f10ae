"""A client of the simulated bank for tests: real HTTP, values in and out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from app.bank_simulator.faults import NO_FAULTS, FaultPlan
from app.bank_simulator.server import running_bank
from domain.banking.messages.camt import read_statements
from domain.banking.messages.model import (
    AccountNumber,
    CreditTransfer,
    CreditTransferBlock,
    CreditTransferFile,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    Party,
    Statement,
    StatusReport,
)
from domain.banking.messages.pain001 import write_credit_transfers
from domain.banking.messages.pain002 import read_status_report
from domain.banking.messages.pain008 import write_direct_debits
from domain.values.money import Money

HQ, BRANCH, OTHER_BRANCH, STRANGER = "622200001", "622200002", "622200003", "955500009"
MONDAY = date(2026, 1, 5)
TUESDAY = date(2026, 1, 6)
WEDNESDAY = date(2026, 1, 7)
AT = datetime(2026, 1, 5, 8, tzinfo=UTC)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def debit(end_to_end_id: str, amount: str, debtor: str = BRANCH, remittance: str = "rent") -> DirectDebit:
    party = Party("分店 A&B", AccountNumber(debtor))
    return DirectDebit(end_to_end_id, cny(amount), party, "MND-1", date(2025, 6, 1), remittance)


def debit_file(message_id: str, *items: DirectDebit, on: date = TUESDAY, creditor: str = HQ) -> bytes:
    out = BytesIO()
    total = sum((item.amount.amount for item in items), Decimal(0))
    party = Party("总部", AccountNumber(creditor))
    block = DirectDebitBlock(f"{message_id}-1", on, party, "CN1", len(items), total, items)
    write_direct_debits(DirectDebitFile(message_id, AT, "总部", len(items), total, [block]), out)
    return out.getvalue()


def transfer(end_to_end_id: str, amount: str, creditor: str = STRANGER, remittance: str = "refund") -> CreditTransfer:
    return CreditTransfer(end_to_end_id, cny(amount), Party("收款人", AccountNumber(creditor)), remittance)


def transfer_file(message_id: str, *items: CreditTransfer, on: date = TUESDAY, debtor: str = HQ) -> bytes:
    return transfers_from(message_id, {debtor: items}, on=on)


def transfers_from(message_id: str, by_debtor: Mapping[str, Sequence[CreditTransfer]], on: date = TUESDAY) -> bytes:
    """A payment block per debtor."""
    out = BytesIO()
    blocks = [
        CreditTransferBlock(f"{message_id}-{place}", on, Party("总部", AccountNumber(debtor)), len(items), total, items)
        for place, (debtor, items) in enumerate(by_debtor.items(), start=1)
        for total in [sum((item.amount.amount for item in items), Decimal(0))]
    ]
    count = sum(len(items) for items in by_debtor.values())
    total = sum((block.total or Decimal(0) for block in blocks), Decimal(0))
    write_credit_transfers(CreditTransferFile(message_id, AT, "总部", count, total, blocks), out)
    return out.getvalue()


def report_of(xml: bytes | str) -> StatusReport:
    report = read_status_report(BytesIO(xml.encode() if isinstance(xml, str) else xml))
    return replace(report, items=tuple(report.items))


def outcomes(report: StatusReport) -> dict[str, tuple[str, str | None]]:
    return {item.end_to_end_id: (item.status, item.reason) for item in report.items}


@dataclass(frozen=True)
class Teller:
    """The bank's counter, seen from outside."""

    http: httpx.Client

    def open(self, number: str, balance: str = "0", *, customer: bool = True, closed_on: date | None = None) -> None:
        account = {
            "number": number,
            "name": f"户名 {number[-1]}",
            "currency": "CNY",
            "opening_balance": balance,
            "customer": customer,
            "closed_on": closed_on and closed_on.isoformat(),
        }
        self.http.post("/simulator/accounts", json={"accounts": [account]}).raise_for_status()

    def deposit(self, reference: str, amount: str, on: date, account: str = BRANCH) -> httpx.Response:
        deposit = {"reference": reference, "account": account, "amount": amount, "on": on.isoformat()}
        return self.http.post("/simulator/deposits", json={"deposits": [deposit]})

    def day(self, on: date) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post("/simulator/day", json={"on": on.isoformat()}).raise_for_status().json()
        return answer

    def send(self, body: bytes) -> httpx.Response:
        return self.http.post("/messages", content=body, headers={"content-type": "application/xml"})

    def latest(self, message_id: str) -> StatusReport:
        return report_of(self.http.get(f"/messages/{message_id}").raise_for_status().content)

    def answers(self, after: int = 0) -> list[dict[str, Any]]:
        queued: list[dict[str, Any]] = self.http.get("/answers", params={"after": after}).json()["answers"]
        return queued

    def reports(self, after: int = 0) -> list[StatusReport]:
        return [report_of(each["xml"]) for each in self.answers(after) if each["kind"].startswith("pain.002")]

    def statements(self, on: date, **params: str) -> dict[str, Statement]:
        document = self.http.get("/statements", params={"on": on.isoformat(), **params}).raise_for_status().content
        return statements_in(document)

    def balances(self) -> dict[str, Money]:
        found = self.http.get("/simulator/balances").json()["balances"]
        return {each["account"]: Money.of(each["balance"], each["currency"]) for each in found}

    def debits(self, by: str = "end_to_end_id") -> dict[str, tuple[int, int, str]]:
        found = self.http.get("/simulator/debits", params={"by": by}).json()["debits"]
        return {each["key"]: (each["settled"], each["returned"], each["net"]) for each in found}

    def is_balanced(self) -> bool:
        return self.http.get("/simulator/books").json()["balanced"] is True


def statements_in(document: bytes | str) -> dict[str, Statement]:
    source = BytesIO(document.encode() if isinstance(document, str) else document)
    return {each.account.number: replace(each, entries=tuple(each.entries)) for each in read_statements(source)}


@contextmanager
def bank(
    faults: FaultPlan = NO_FAULTS,
    *,
    seed: int = 0,
    store_path: Path | None = None,
    customers: Mapping[str, str] = MappingProxyType({HQ: "0.00", BRANCH: "100.00"}),
) -> Iterator[Teller]:
    """A bank at Monday with customers by number and opening balance."""
    with running_bank(store_path, seed, faults) as url, httpx.Client(base_url=url, timeout=10) as http:
        teller = Teller(http)
        for number, balance in customers.items():
            teller.open(number, balance)
        teller.day(MONDAY)
        yield teller
