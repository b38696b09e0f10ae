"""The simulated bank without bad luck: what it takes, what it books, what it says."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from tests.channels.simulated_bank import (
    BRANCH,
    HQ,
    MONDAY,
    OTHER_BRANCH,
    STRANGER,
    TUESDAY,
    WEDNESDAY,
    Teller,
    bank,
    cny,
    debit,
    debit_file,
    outcomes,
    report_of,
    transfer,
    transfer_file,
    transfers_from,
)

SCHEMAS = Path(__file__).parents[3] / "shared" / "data" / "xsd"


@pytest.fixture
def teller() -> Iterator[Teller]:
    with bank() as teller:
        yield teller
        assert teller.is_balanced()


class TestTakingAFileIn:
    def test_a_file_is_acknowledged_and_nothing_moves_before_its_day(self, teller: Teller) -> None:
        reply = teller.send(debit_file("M1", debit("E1", "30.00")))
        assert (reply.status_code, report_of(reply.content).group_status) == (202, "ACTC")
        assert teller.balances()[HQ] == cny("0.00")
        assert outcomes(teller.latest("M1")) == {"E1": ("PDNG", None)}

    def test_the_same_file_again_gets_the_same_answer_and_is_executed_once(self, teller: Teller) -> None:
        body = debit_file("M1", debit("E1", "30.00"))
        first = teller.send(body)
        teller.day(TUESDAY)
        again = teller.send(body)
        teller.day(WEDNESDAY)
        assert (again.status_code, again.content) == (202, first.content)
        assert teller.debits() == {"E1": (1, 0, "30.00")}

    def test_another_file_under_a_known_id_is_refused(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "30.00")))
        reply = teller.send(debit_file("M1", debit("E1", "31.00")))
        report = report_of(reply.content)
        assert (reply.status_code, report.group_status, report.group_reason) == (409, "RJCT", "DU01")
        teller.day(TUESDAY)
        assert teller.debits() == {"E1": (1, 0, "30.00")}

    def test_a_file_cut_off_on_its_way_may_come_again_whole(self, teller: Teller) -> None:
        body = debit_file("M1", debit("E1", "30.00"))
        cut = teller.send(body[:-40])
        assert (cut.status_code, report_of(cut.content).group_reason) == (400, "FF01")
        assert teller.http.get("/messages/M1").status_code == 404
        assert teller.send(body).status_code == 202

    @pytest.mark.parametrize(
        ("wrong", "right", "reason"),
        [
            (b"<CtrlSum>30.01</CtrlSum>", b"<CtrlSum>30.00</CtrlSum>", "AM10"),
            (b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>1</NbOfTxs>", "AM18"),
        ],
    )
    def test_a_file_with_wrong_sums_is_refused_as_a_whole(
        self, teller: Teller, wrong: bytes, right: bytes, reason: str
    ) -> None:
        reply = teller.send(debit_file("M1", debit("E1", "30.00")).replace(right, wrong))
        report = report_of(reply.content)
        assert (reply.status_code, report.group_status, report.group_reason) == (202, "RJCT", reason)
        assert teller.day(TUESDAY)["settled"] == 0
        assert teller.latest("M1") == report

    def test_a_file_for_an_account_that_is_no_customers_is_refused(self, teller: Teller) -> None:
        teller.open(STRANGER, "50.00", customer=False)
        collected = report_of(teller.send(debit_file("M1", debit("E1", "1.00"), creditor=STRANGER)).content)
        paid = report_of(teller.send(transfer_file("M2", transfer("E2", "1.00"), debtor="404")).content)
        assert (collected.group_reason, paid.group_reason) == ("AC03", "AC02")

    def test_one_block_of_an_account_that_is_no_customers_refuses_the_whole_file(self, teller: Teller) -> None:
        file = transfers_from("M1", {BRANCH: [transfer("E1", "1.00")], "404": [transfer("E2", "1.00")]})
        report = report_of(teller.send(file).content)
        assert (report.group_status, report.group_reason) == ("RJCT", "AC02")
        assert teller.day(TUESDAY)["settled"] == 0

    def test_a_file_of_several_own_accounts_is_answered_by_one_report_that_names_their_blocks(
        self, teller: Teller
    ) -> None:
        teller.open(OTHER_BRANCH, "5.00")
        blocks = {BRANCH: [transfer("E1", "60.00", HQ)], OTHER_BRANCH: [transfer("E2", "5.00", HQ)]}
        teller.send(transfers_from("M1", blocks))
        teller.day(TUESDAY)
        [report] = teller.reports()
        assert [(item.end_to_end_id, item.status, item.block_id) for item in report.items] == [
            ("E1", "ACSC", "M1-1"),
            ("E2", "ACSC", "M1-2"),
        ]
        # 100.00 - 60.00, 5.00 - 5.00, 60.00 + 5.00
        assert [str(teller.balances()[number]) for number in (BRANCH, OTHER_BRANCH, HQ)] == [
            "40.00 CNY",
            "0.00 CNY",
            "65.00 CNY",
        ]

    def test_end_to_end_ids_used_before_refuse_the_file_and_are_named(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "30.00")))
        report = report_of(teller.send(debit_file("M2", debit("E1", "30.00"), debit("E2", "1.00"))).content)
        assert (report.group_status, report.group_reason) == ("RJCT", "AM05")
        assert outcomes(report) == {"E1": ("RJCT", "AM05")}
        twice = report_of(teller.send(debit_file("M3", debit("E3", "1.00"), debit("E3", "1.00"))).content)
        assert outcomes(twice) == {"E3": ("RJCT", "AM05")}
        # E2 was in a refused file, so it is free
        assert report_of(teller.send(debit_file("M4", debit("E2", "1.00"))).content).group_status == "ACTC"

    def test_message_ids_may_hold_slashes(self, teller: Teller) -> None:
        teller.send(debit_file("RUN/2026-01-05/1", debit("E1", "30.00")))
        assert teller.latest("RUN/2026-01-05/1").original_message_id == "RUN/2026-01-05/1"


class TestExecution:
    def test_a_debit_settles_on_its_day_when_the_debtor_has_the_money(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "30.00"), on=WEDNESDAY))
        assert teller.day(TUESDAY)["settled"] == 0
        assert teller.day(WEDNESDAY)["settled"] == 1
        # 100.00 − 30.00 = 70.00
        assert (teller.balances()[BRANCH], teller.balances()[HQ]) == (cny("70.00"), cny("30.00"))
        (item,) = teller.latest("M1").items
        assert (item.status, item.value_date) == ("ACSC", WEDNESDAY)

    def test_debits_are_served_in_order_until_the_money_is_gone(self, teller: Teller) -> None:
        # 60 leaves 40; 50 does not fit; 40 does
        teller.send(debit_file("M1", debit("E1", "60.00"), debit("E2", "50.00"), debit("E3", "40.00")))
        teller.day(TUESDAY)
        report = teller.latest("M1")
        assert report.group_status == "PART"
        assert outcomes(report) == {"E1": ("ACSC", None), "E2": ("RJCT", "AM04"), "E3": ("ACSC", None)}
        assert teller.balances()[BRANCH] == cny("0.00")

    def test_the_deposit_of_the_day_comes_before_its_debits(self, teller: Teller) -> None:
        teller.deposit("CASH-1", "50.00", TUESDAY)
        teller.send(debit_file("M1", debit("E1", "150.00")))
        teller.day(TUESDAY)
        assert outcomes(teller.latest("M1")) == {"E1": ("ACSC", None)}

    def test_unknown_and_closed_accounts_are_told_apart(self, teller: Teller) -> None:
        teller.open(STRANGER, "50.00", customer=False, closed_on=TUESDAY)
        teller.send(
            debit_file("M1", debit("E1", "1.00", "404"), debit("E2", "1.00", STRANGER), debit("E3", "1.00", HQ))
        )
        teller.day(TUESDAY)
        report = teller.latest("M1")
        assert report.group_status == "RJCT"
        assert outcomes(report) == {"E1": ("RJCT", "AC01"), "E2": ("RJCT", "AC04"), "E3": ("RJCT", "AG01")}

    def test_an_item_in_another_currency_than_its_accounts_is_refused(self, teller: Teller) -> None:
        body = debit_file("M1", debit("E1", "1.00")).replace(b'Ccy="CNY"', b'Ccy="EUR"')
        teller.send(body)
        teller.day(TUESDAY)
        assert outcomes(teller.latest("M1")) == {"E1": ("RJCT", "AM03")}

    def test_a_transfer_opens_an_account_for_a_payee_the_bank_never_saw(self, teller: Teller) -> None:
        teller.send(transfer_file("M1", transfer("E1", "30.00"), transfer("E2", "80.00"), debtor=BRANCH))
        teller.day(TUESDAY)
        assert outcomes(teller.latest("M1")) == {"E1": ("ACSC", None), "E2": ("RJCT", "AM04")}
        assert teller.balances()[STRANGER] == cny("30.00")

    def test_todays_file_is_executed_today_by_another_cycle_of_today(self, teller: Teller) -> None:
        teller.send(transfer_file("M1", transfer("E1", "30.00", HQ), on=MONDAY, debtor=BRANCH))
        assert teller.day(MONDAY)["settled"] == 1
        assert teller.statements(MONDAY)[HQ].balance("CLBD") == cny("30.00")


class TestAnswers:
    def test_come_in_order_and_only_after_the_cursor(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "1.00")))
        teller.send(debit_file("M2", debit("E2", "1.00"), on=WEDNESDAY))
        teller.day(WEDNESDAY)
        first, second = teller.answers()
        assert [report.original_message_id for report in teller.reports()] == ["M1", "M2"]
        assert teller.answers(after=first["cursor"]) == [second]
        page = teller.http.get("/answers", params={"limit": 1}).json()
        assert (page["answers"], page["next"]) == ([first], first["cursor"])
        assert teller.http.get("/answers", params={"after": second["cursor"]}).json()["next"] == second["cursor"]

    def test_a_report_names_the_outcome_of_every_item(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "60.00"), debit("E2", "60.00")))
        teller.day(TUESDAY)
        (report,) = teller.reports()
        assert (report.group_status, report.original_kind) == ("PART", "pain.008.001.08")
        assert outcomes(report) == {"E1": ("ACSC", None), "E2": ("RJCT", "AM04")}


class TestStatements:
    def test_open_where_the_day_before_closed_and_show_every_entry(self, teller: Teller) -> None:
        teller.deposit("CASH-1", "20.00", TUESDAY)
        teller.deposit("CORR-1", "-5.00", TUESDAY)
        teller.send(debit_file("M1", debit("E1", "30.00", remittance="OBL-1"), debit("E2", "10.00")))
        teller.day(TUESDAY)
        branch = teller.statements(TUESDAY)[BRANCH]
        # 100.00 + 20.00 − 5.00 − 30.00 − 10.00 = 75.00
        assert (branch.balance("OPBD"), branch.balance("CLBD")) == (cny("100.00"), cny("75.00"))
        assert [(entry.amount, entry.end_to_end_id, entry.remittance) for entry in branch.entries] == [
            (cny("20.00"), None, "CASH-1"),
            (cny("-5.00"), None, "CORR-1"),
            (cny("-30.00"), "E1", "OBL-1"),
            (cny("-10.00"), "E2", "rent"),
        ]

    def test_name_the_other_side_and_have_a_reference_no_other_entry_has(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "30.00")))
        teller.day(TUESDAY)
        statements = teller.statements(TUESDAY)
        ((collected,), (paid,)) = tuple(statements[HQ].entries), tuple(statements[BRANCH].entries)
        assert (collected.counterparty_name, paid.counterparty_name) == ("户名 2", "户名 1")
        assert collected.counterparty_account is not None
        assert collected.counterparty_account.number == BRANCH
        assert (collected.bank_transaction_code, paid.bank_transaction_code) == ("PMNT-IDDT-PMDD", "PMNT-RDDT-PMDD")
        assert collected.servicer_reference != paid.servicer_reference

    def test_of_the_past_stay_as_they_were(self, teller: Teller) -> None:
        teller.deposit("CASH-1", "20.00", TUESDAY)
        teller.day(TUESDAY)
        then = teller.statements(TUESDAY)
        teller.deposit("CASH-2", "7.00", WEDNESDAY)
        teller.day(WEDNESDAY)
        assert teller.statements(TUESDAY) == then

    def test_show_a_late_deposit_on_the_day_it_was_booked_with_the_value_date_it_was_meant_for(
        self, teller: Teller
    ) -> None:
        teller.day(TUESDAY)
        teller.deposit("CASH-1", "20.00", MONDAY)
        teller.day(WEDNESDAY)
        (entry,) = teller.statements(WEDNESDAY)[BRANCH].entries
        assert (entry.booked_on, entry.value_date) == (WEDNESDAY, MONDAY)

    def test_are_of_customers_only_all_or_one(self, teller: Teller) -> None:
        teller.open(STRANGER, "50.00", customer=False)
        assert set(teller.statements(MONDAY)) == {HQ, BRANCH}
        assert set(teller.statements(MONDAY, account=HQ)) == {HQ}
        for unknown in (STRANGER, "404"):
            missing = teller.http.get("/statements", params={"on": MONDAY.isoformat(), "account": unknown})
            assert missing.status_code == 404

    def test_of_tomorrow_do_not_exist(self, teller: Teller) -> None:
        assert teller.http.get("/statements", params={"on": TUESDAY.isoformat()}).status_code == 409

    def test_and_reports_are_valid_by_the_official_schemas(self, teller: Teller) -> None:
        if not SCHEMAS.is_dir():
            pytest.skip("the folder of official schemas is not beside this checkout")
        acknowledged = teller.send(debit_file("M1", debit("E1", "30.00"), debit("E2", "90.00")))
        teller.day(TUESDAY)
        documents = [
            (acknowledged.content, "pain.002.001.10"),
            (teller.http.get("/messages/M1").content, "pain.002.001.10"),
            (teller.http.get("/statements", params={"on": TUESDAY.isoformat()}).content, "camt.053.001.08"),
            *((each["xml"].encode(), each["kind"]) for each in teller.answers()),
        ]
        for document, kind in documents:
            etree.XMLSchema(etree.parse(str(SCHEMAS / f"{kind}.xsd"))).assertValid(etree.parse(BytesIO(document)))
