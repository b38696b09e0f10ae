"""What payers owe, brought in by the thousand: bills in a request, plans in a file."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from domain.collection.bills import MAX_BILLS
from tests.api.groups import Client, Group
from tests.api.seed import collection_client, register_plan
from tests.api.treasury import Treasury

HEADER = "reference,mandate,amount,due on,kind,frequency,day,ends on\n"


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def insurer(treasury: Treasury) -> str:
    """A client with a monthly plan, POLICY-1, of a payer who has the only mandate."""
    insurer = collection_client(treasury)
    payer = treasury.party("payer", "P1")
    register_plan(treasury, insurer, payer, treasury.account(payer, "33001616781053000701", own=False))
    return insurer


def bill(treasury: Treasury, reference: str, amount: str = "88.00", due_on: str = "2026-03-05") -> dict[str, object]:
    (mandate,) = treasury.get("mandates")["items"]
    money = {"amount": amount, "currency": "CNY"}
    return {"reference": reference, "mandate_id": mandate["id"], "amount": money, "due_on": due_on}


def paper(treasury: Treasury) -> str:
    """How the payer's mandate is filed."""
    (mandate,) = treasury.get("mandates")["items"]
    return str(mandate["reference"])


class TestBills:
    def test_each_is_a_due_or_refused_by_itself(self, treasury: Treasury, insurer: str) -> None:
        good = bill(treasury, "B-1")
        nobodys = {**good, "reference": "B-4", "mandate_id": "mnd_01j00000000000000000000000"}
        items = [good, bill(treasury, "B-2", due_on="2026-03-01"), {**good, "amount": bill(treasury, "x")["amount"]}]
        answer = treasury.done(
            f"collection/clients/{insurer}/dues", {"items": [*items, nobodys, bill(treasury, "B-5")]}
        )
        assert [each["place"] for each in answer["registered"]] == [0, 4]
        assert [(each["place"], each["reference"], each["code"]) for each in answer["refused"]] == [
            (1, "B-2", "plan_needs_dates"),
            (2, "B-1", "plan_exists"),
            (3, "B-4", "not_found"),
        ]
        shown = {each["id"]: each for each in treasury.get("collection/dues")["items"]}
        due = shown[answer["registered"][0]["due_id"]]
        assert (due["amount"]["amount"], due["due_on"], due["state"]) == ("88.00", "2026-03-05", "planned")

    def test_ten_thousand_go_in_one_call_and_no_more(self, treasury: Treasury, insurer: str) -> None:
        one = bill(treasury, "B")
        many = [{**one, "reference": f"B-{n}"} for n in range(MAX_BILLS + 1)]
        path = f"collection/clients/{insurer}/dues"
        assert treasury.post(path, {"items": many}).status_code == 422
        answer = treasury.done(path, {"items": many[:MAX_BILLS]})
        assert (len(answer["registered"]), answer["refused"]) == (10_000, [])


class TestFiles:
    def test_bills_subscriptions_and_instalments_in_one_workbook(self, treasury: Treasury, insurer: str) -> None:
        book, filed = Workbook(), paper(treasury)
        sheet = book.active
        assert sheet is not None
        for row in (
            ["编号", "授权编号", "金额", "到期日", "类型", "频率", "每期日"],
            ["F-1", filed, "12.50", "2026-03-09", None, None, None],
            ["F-2", filed, "1,200.00", "2026年3月31日", "订阅", "每月", 31],
            ["F-3", filed, "33.33", "2026-04-01", "分期", None, None],
            ["F-3", filed, "33.34", "2026-05-01", "分期", None, None],
        ):
            sheet.append(row)
        out = BytesIO()
        book.save(out)
        path = f"collection/clients/{insurer}/plans/imports?file_name=plans.xlsx"
        report = treasury.upload(path, out.getvalue()).json()
        assert (report["read"], len(report["registered"]), report["refused"]) == (4, 3, [])
        plans = {plan["reference"]: plan for plan in treasury.get("collection/plans")["items"]}
        # 33.33 + 33.34 = 66.67
        assert [(plans[name]["kind"], plans[name]["amount"]["amount"]) for name in ("F-1", "F-2", "F-3")] == [
            ("one_off", "12.50"),
            ("subscription", "1200.00"),
            ("instalments", "66.67"),
        ]
        parts = treasury.get(f"collection/dues?filter=plan:eq:{plans['F-3']['id']}")["items"]
        assert sorted((due["due_on"], due["amount"]["amount"]) for due in parts) == [
            ("2026-04-01", "33.33"),
            ("2026-05-01", "33.34"),
        ]

    def test_nothing_is_registered_of_a_file_with_a_fault(self, treasury: Treasury, insurer: str) -> None:
        filed = paper(treasury)
        file = (
            HEADER
            + f"F-1,{filed},12.50,2026-03-09,,,,\n"
            + "F-2,INS-9,12.50,2026-02-30,once a year,,32,\n"
            + f"F-3,{filed},10.00,2026-04-01,instalments,,,\n"
            + "F-3,OTHER,,2026-05-01,instalments,,,\n"
        ).encode()
        path = f"collection/clients/{insurer}/plans/imports?file_name=plans.csv"
        report = treasury.upload(path, file).json()
        assert (report["read"], report["registered"]) == (4, [])
        assert [(each["row"], each["column"], each["code"]) for each in report["refused"]] == [
            (3, "day", "bad_number"),
            (3, "due on", "bad_date"),
            (3, "kind", "unknown_word"),
            (3, "mandate", "unknown_mandate"),
            (5, "amount", "empty"),
            (5, "mandate", "unknown_mandate"),
            (5, "mandate", "other_parts"),
        ]
        assert len(treasury.get("collection/plans")["items"]) == 1

    def test_what_the_rules_refuse_is_named_by_its_row(self, treasury: Treasury, insurer: str) -> None:
        filed = paper(treasury)
        file = (HEADER + f"F-1,{filed},12.50,2026-03-09,,,,\n\nPOLICY-1,{filed},1.00,2026-03-09,,,,\n").encode()
        report = treasury.upload(f"collection/clients/{insurer}/plans/imports?file_name=p.csv", file).json()
        assert [(each["row"], each["column"], each["code"]) for each in report["refused"]] == [
            (4, "reference", "plan_exists")
        ]
