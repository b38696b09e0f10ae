"""A small group as its treasury sets it up over HTTP: parties, own accounts, what the bank states of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import count
from typing import Any

from domain.access.rules import KEY_PERMISSIONS
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import AccountNumber, Balance, Statement, StatementEntry
from domain.values.money import Money
from tests.api.groups import Client, Group, Headers

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
_KEYS = count(1)


@dataclass(frozen=True)
class Treasury:
    """Requests of two people: one makes, the other checks."""

    client: Client
    group: Group
    checker: Headers

    @classmethod
    def of(cls, client: Client, group: Group) -> "Treasury":
        return cls(client, group, group.key(*KEY_PERMISSIONS))

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever the endpoint shows
        answer = self.client.get(f"/v1/{path}", headers=self.group.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object = None, *, by: Headers | None = None) -> Any:  # noqa: ANN401 - an answer
        """What came back, whatever it was; each call has an Idempotency-Key of its own."""
        headers = {**(by or self.group.headers), "Idempotency-Key": f"k{next(_KEYS)}"}
        return self.client.post(f"/v1/{path}", json=body, headers=headers)

    def done(self, path: str, body: object = None, *, by: Headers | None = None) -> Any:  # noqa: ANN401 - a view
        """What came back of what must succeed."""
        answer = self.post(path, body, by=by)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def changed(self, path: str, body: object) -> None:
        """What one of the two proposes there and the other puts in force."""
        change = self.done(path, body)
        self.done(f"financing-changes/{change['id']}/approve", {"digest": change["digest"]}, by=self.checker)

    def upload(self, path: str, content: bytes, *, by: Headers | None = None) -> Any:  # noqa: ANN401 - an answer
        headers = {**(by or self.group.headers), "Idempotency-Key": f"k{next(_KEYS)}"}
        return self.client.post(f"/v1/{path}", content=content, headers=headers)

    def party(self, kind: str, code: str) -> str:
        return str(self.done("parties", {"kind": kind, "name": code, "code": code})["id"])

    def account(self, party: str, number: str, *, own: bool = True) -> str:
        """A verified account of the party."""
        body = {"holder_name": "x", "bank_id": "102100099996", "number": number, "currency": "CNY", "own": own}
        account = self.done(f"parties/{party}/bank-accounts", body)["id"]
        self.done(f"bank-accounts/{account}/verify", by=self.checker)
        return str(account)

    def state(self, number: str, *amounts: str, opening: str = "0.00", remittance: str = "") -> Any:  # noqa: ANN401
        """A statement of Monday with these entries, imported; credit is positive."""
        reference = f"ST{next(_KEYS)}"
        entries = [_entry(amount, f"{reference}-{place}", remittance) for place, amount in enumerate(amounts)]
        start = Money.of(opening, "CNY")
        end = start + Money.total((entry.amount for entry in entries), "CNY")
        balances = (Balance("OPBD", start, MONDAY), Balance("CLBD", end, MONDAY))
        told = Statement(reference, AccountNumber(number), "CNY", MONDAY, MONDAY, NOON, balances, entries)
        out = BytesIO()
        write_statements([told], out, kind="camt.053", message_id=reference, created_at=NOON)
        answer = self.upload("statements/imports", out.getvalue())
        assert answer.status_code == 201, answer.text
        return answer.json()


def _entry(amount: str, reference: str, remittance: str) -> StatementEntry:
    return StatementEntry(
        amount=Money.of(amount, "CNY"),
        booked_on=MONDAY,
        value_date=MONDAY,
        servicer_reference=reference,
        end_to_end_id=None,
        status="BOOK",
        bank_transaction_code=None,
        return_reason=None,
        remittance=remittance,
        counterparty_name=None,
        counterparty_account=None,
    )
