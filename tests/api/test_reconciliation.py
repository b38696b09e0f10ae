"""Statements, suspense and misfits over HTTP."""

import pytest

from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from tests.api.groups import Client, Group, NewGroup
from tests.api.treasury import Treasury

NUMBER = "33001616781053000401"


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def party(treasury: Treasury) -> str:
    """Headquarters, with an own account."""
    party = treasury.party("hq", "HQ")
    treasury.account(party, NUMBER)
    return party


def in_suspense(treasury: Treasury, amount: str = "12.34") -> int:
    """An entry nobody recognises; its number."""
    treasury.state(NUMBER, amount)
    assert treasury.done("reconciliation/match")["in_suspense"] == 1
    (entry,) = treasury.get("reconciliation/suspense")["items"]
    return int(entry["id"])


class TestStatements:
    def test_a_statement_shows_its_balances_and_entries_and_comes_once(self, treasury: Treasury, party: str) -> None:
        assert party
        told = treasury.state(NUMBER, "10.00", "-3.00", opening="100.00")
        (identity,) = told["statement_ids"]
        shown = treasury.get(f"statements/{identity}")
        assert [(each["kind"], each["amount"]["amount"]) for each in shown["balances"]] == [
            ("OPBD", "100.00"),
            ("CLBD", "107.00"),  # 100.00 + 10.00 - 3.00
        ]
        entries = treasury.get(f"statement-entries?filter=statement:eq:{identity}")["items"]
        assert sorted((each["direction"], each["amount"]["amount"]) for each in entries) == [
            ("credit", "10.00"),
            ("debit", "3.00"),
        ]

    def test_who_holds_the_account_sees_it_and_no_other_firm_or_group(
        self, client: Client, treasury: Treasury, party: str, new_group: NewGroup
    ) -> None:
        (identity,) = treasury.state(NUMBER, "10.00")["statement_ids"]
        path = f"/v1/statements/{identity}"
        holder = treasury.group.key(Permission.STATEMENTS_READ, party_id=parse_public_id("pty", party))
        assert client.get(path, headers=holder).status_code == 200
        assert len(client.get("/v1/statements", headers=holder).json()["items"]) == 1
        assert len(client.get("/v1/statement-entries", headers=holder).json()["items"]) == 1
        branch = parse_public_id("pty", treasury.party("branch", "1"))
        other = treasury.group.key(Permission.STATEMENTS_READ, party_id=branch)
        assert client.get("/v1/statements", headers=other).json()["items"] == []
        for stranger in (other, new_group().headers):
            assert client.get(path, headers=stranger).status_code == 404

    def test_reading_is_not_writing(self, treasury: Treasury) -> None:
        reader = treasury.group.key(Permission.STATEMENTS_READ)
        assert treasury.upload("statements/imports", b"<x/>", by=reader).status_code == 403
        assert treasury.post("reconciliation/match", by=reader).status_code == 403


class TestSuspense:
    def test_a_person_says_whose_it_is_once(self, treasury: Treasury, party: str) -> None:
        path = f"reconciliation/suspense/{in_suspense(treasury)}/resolve"
        body = {"kind": "fee_income", "owner_id": party, "reason": "bank interest"}
        tried = treasury.done(f"{path}?dry_run=true", body)
        resolved = treasury.done(path, body)
        assert tried == resolved
        assert (resolved["state"], resolved["reason"]) == ("resolved", "bank interest")
        assert treasury.get("reconciliation/suspense")["items"] == []
        balance = treasury.get(f"ledger/balance?kind=fee_income&currency=CNY&owner={party}")
        assert balance["posted"]["amount"] == "12.34"
        again = treasury.post(path, body)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/not_in_suspense")

    def test_accounts_whose_items_a_module_keeps_are_not_booked_by_hand(self, treasury: Treasury, party: str) -> None:
        assert party
        path = f"reconciliation/suspense/{in_suspense(treasury)}/resolve"
        for kind in ("cash_at_bank", "suspense", "advance_principal", "takings"):
            refused = treasury.post(path, {"kind": kind, "reason": "x"})
            assert (refused.status_code, refused.json()["type"]) == (422, "/problems/not_for_suspense")

    def test_it_needs_the_leave_to_correct_the_ledger(self, treasury: Treasury, party: str) -> None:
        assert party
        writer = treasury.group.key(Permission.STATEMENTS_READ, Permission.STATEMENTS_WRITE)
        path = f"reconciliation/suspense/{in_suspense(treasury)}/resolve"
        assert treasury.post(path, {"kind": "tolerance", "reason": "x"}, by=writer).status_code == 403

    def test_another_group_neither_sees_nor_resolves_it(
        self, client: Client, treasury: Treasury, party: str, new_group: NewGroup
    ) -> None:
        assert party
        entry, stranger = in_suspense(treasury), new_group().headers
        assert client.get("/v1/reconciliation/suspense", headers=stranger).json()["items"] == []
        path = f"reconciliation/suspense/{entry}/resolve"
        answer = treasury.post(path, {"kind": "tolerance", "reason": "x"}, by=stranger)
        assert answer.status_code == 404


class TestMisfits:
    def test_a_gap_between_statements_is_shown_until_somebody_dealt_with_it(
        self, client: Client, treasury: Treasury, party: str, new_group: NewGroup
    ) -> None:
        assert party
        treasury.state(NUMBER, "10.00")  # closes with 10.00
        treasury.state(NUMBER, "1.00", opening="50.00")
        (gap,) = treasury.get("reconciliation/exceptions?filter=resolved:eq:false")["items"]
        assert (gap["kind"], gap["facts"]["previous_closing_minor"]) == ("statement_gap", "1000")
        stranger = new_group().headers
        assert client.get("/v1/reconciliation/exceptions", headers=stranger).json()["items"] == []
        path = f"reconciliation/exceptions/{gap['id']}/resolve"
        assert treasury.post(path, by=stranger).status_code == 404
        assert treasury.done(path)["resolved_at"] is not None
        assert treasury.done(path)["resolved_at"] is not None
        assert treasury.get("reconciliation/exceptions?filter=resolved:eq:false")["items"] == []
