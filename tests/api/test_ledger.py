"""The books over HTTP."""

from datetime import date
from typing import Any

import pytest

from domain.access.rules import Permission
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.ledger.service import post
from domain.platform.clock import FixedClock
from domain.platform.database import Role
from domain.platform.ids import parse_public_id, uuid7
from domain.values.money import Money
from tests.api.groups import TESTER, Client, Group


def book(group: Group, clock: FixedClock, key: str, amount: str, on: date) -> int:
    """Dr suspense, Cr fee income."""
    suspense, income = AccountRef(AccountKind.SUSPENSE, "CNY"), AccountRef(AccountKind.FEE_INCOME, "CNY")
    posting = Posting(
        key=key,
        event="fee.earned",
        source="test",
        value_date=on,
        legs=(Leg(suspense, income, Money.of(amount, "CNY")),),
        explanation={"rule": "R4", "face": "1000.00"},
    )
    with group.database.session(Role.API, group.tenant_id) as session:
        return post(session, posting, actor=TESTER, clock=clock).posting_id


@pytest.fixture
def booked(group: Group, clock: FixedClock) -> list[int]:
    """100.00 on 2 March, 50.00 on the 3rd, 25.00 on the 4th."""
    figures = [("a", "100.00", 2), ("b", "50.00", 3), ("c", "25.00", 4)]
    return [book(group, clock, key, amount, date(2026, 3, day)) for key, amount, day in figures]


def get(client: Client, group: Group, path: str) -> Any:  # noqa: ANN401
    answer = client.get(f"/v1/ledger/{path}", headers=group.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_balance_is_of_now_or_of_a_day(client: Client, group: Group, booked: list[int]) -> None:
    now = get(client, group, "balance?kind=fee_income&currency=CNY")
    # 100.00 + 50.00 + 25.00
    assert now["posted"] == {"amount": "175.00", "currency": "CNY"}
    then = get(client, group, "balance?kind=fee_income&currency=CNY&as_of=2026-03-03")
    assert (then["posted"]["amount"], then["as_of"]) == ("150.00", "2026-03-03")
    assert len(booked) == 3


@pytest.mark.usefixtures("booked")
def test_a_statement_runs_from_opening_to_closing_in_pages(client: Client, group: Group) -> None:
    path = "statement?kind=fee_income&currency=CNY&since=2026-03-03&until=2026-03-04&limit=1"
    first = get(client, group, path)
    assert (first["opening"]["amount"], first["closing"]["amount"]) == ("100.00", "175.00")
    second = get(client, group, f"{path}&cursor={first['next_cursor']}")
    assert [line["balance"]["amount"] for page in (first, second) for line in page["lines"]] == ["150.00", "175.00"]
    assert second["next_cursor"] is None
    other = client.get(
        f"/v1/ledger/{path.replace('03-04', '03-05')}&cursor={first['next_cursor']}", headers=group.headers
    )
    assert other.json()["type"] == "/problems/cursor_invalid"


def test_a_figure_leads_to_the_rule_that_made_it(client: Client, group: Group, booked: list[int]) -> None:
    statement = get(client, group, "statement?kind=fee_income&currency=CNY&since=2026-03-02&until=2026-03-02")
    posting = get(client, group, f"transfers/{statement['lines'][0]['transfer_id']}/posting")
    assert (posting["id"], posting["explanation"]) == (booked[0], {"rule": "R4", "face": "1000.00"})
    assert posting["legs"][0]["amount"] == {"amount": "100.00", "currency": "CNY"}


@pytest.mark.usefixtures("booked")
def test_the_trial_balance_adds_up(client: Client, group: Group) -> None:
    trial = get(client, group, "trial-balance")
    assert trial["balances"] is True
    figures = {line["kind"]: (line["debit"]["amount"], line["credit"]["amount"]) for line in trial["lines"]}
    # suspense stands on the credit side by nature and was debited: it stands at 175.00 debit
    assert figures == {"fee_income": ("0.00", "175.00"), "suspense": ("175.00", "0.00")}
    assert get(client, group, "check") == {"adds_up": True, "findings": []}


def test_a_posting_is_undone_by_an_opposite_one_once(client: Client, group: Group, booked: list[int]) -> None:
    def undo(key: str, query: str = "") -> Any:  # noqa: ANN401
        headers = {**group.headers, "Idempotency-Key": key}
        path = f"/v1/ledger/postings/{booked[0]}/reverse{query}"
        return client.post(path, json={"reason": "booked twice"}, headers=headers)

    assert undo("dry", "?dry_run=true").status_code == 201
    assert get(client, group, "balance?kind=fee_income&currency=CNY")["posted"]["amount"] == "175.00"
    done = undo("one")
    assert done.json()["reverses"] == booked[0]
    # 175.00 - 100.00
    assert get(client, group, "balance?kind=fee_income&currency=CNY")["posted"]["amount"] == "75.00"
    assert get(client, group, f"postings/{booked[0]}")["reversed_by"] == done.json()["posting_id"]
    assert undo("one").content == done.content


def test_a_date_no_books_have_is_refused(client: Client, group: Group) -> None:
    for on in ("0001-01-01", "1969-12-31", "2200-01-01", "9999-12-31"):
        answer = client.get(f"/v1/ledger/trial-balance?as_of={on}", headers=group.headers)
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "as_of")


def test_who_acts_for_a_firm_sees_its_accounts_and_not_the_books(client: Client, group: Group) -> None:
    body = {"kind": "supplier", "name": "青禾", "code": "S1"}
    party = client.post("/v1/parties", json=body, headers=group.headers).json()["id"]
    bound = group.key(Permission.LEDGER_READ, party_id=parse_public_id("pty", party))
    own = client.get(f"/v1/ledger/balance?kind=wallet&currency=CNY&owner={party}", headers=bound)
    assert own.json()["posted"]["amount"] == "0.00"
    other = group.key(Permission.LEDGER_READ, party_id=uuid7())
    assert client.get(f"/v1/ledger/balance?kind=wallet&currency=CNY&owner={party}", headers=other).status_code == 404
    for path in ("trial-balance", "check", "postings/1", "balance?kind=suspense&currency=CNY"):
        assert client.get(f"/v1/ledger/{path}", headers=bound).status_code == 403


def test_the_chart_names_every_kind_in_both_languages(client: Client, group: Group) -> None:
    chart = get(client, group, "chart")["items"]
    assert {line["kind"] for line in chart} == {kind.value for kind in AccountKind}
    assert all(line["name_en"] and line["name_zh"] for line in chart)
