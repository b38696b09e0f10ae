"""The simulated bank's bad luck: each fault, and that the same seed brings the same."""

from datetime import date

import pytest

from app.bank_simulator.faults import CERTAIN_BP, MANY_FAULTS, NO_FAULTS, PRESETS, Dice, Fault, FaultPlan
from domain.values.business_days import BusinessCalendar
from tests.channels.simulated_bank import (
    BRANCH,
    HQ,
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
    statements_in,
    transfer,
    transfer_file,
)


class TestLostReply:
    def test_the_file_was_taken_and_sending_it_again_gives_the_answer(self) -> None:
        with bank(FaultPlan(reply_lost_bp=CERTAIN_BP)) as teller:
            body = debit_file("M1", debit("E1", "30.00"))
            lost = teller.send(body)
            assert (lost.status_code, lost.content) == (504, b"")
            assert outcomes(teller.latest("M1")) == {"E1": ("PDNG", None)}
            again = teller.send(body)
            assert (again.status_code, report_of(again.content).group_status) == (202, "ACTC")
            teller.day(TUESDAY)
            assert teller.debits() == {"E1": (1, 0, "30.00")}


class TestDuplicateAnswer:
    def test_the_same_report_comes_twice_under_two_cursors(self) -> None:
        with bank(FaultPlan(duplicate_answer_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", debit("E1", "30.00")))
            assert teller.day(TUESDAY)["answers"] == 2
            first, second = teller.answers()
            assert (first["cursor"], first["xml"]) == (second["cursor"] - 1, second["xml"])


class TestPartialAnswer:
    def test_the_rest_is_told_a_day_later_though_it_was_executed_at_once(self) -> None:
        with bank(FaultPlan(partial_answer_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", debit("E1", "10.00"), debit("E2", "20.00"), debit("E3", "30.00")))
            teller.day(TUESDAY)
            # 10 + 20 + 30 = 60
            assert teller.balances()[HQ] == cny("60.00")
            told = {"E1": ("ACSC", None), "E2": ("ACSC", None)}
            assert [(each.group_status, outcomes(each)) for each in teller.reports()] == [("PART", told)]
            assert outcomes(teller.latest("M1")) == told | {"E3": ("PDNG", None)}
            teller.day(TUESDAY)
            assert len(teller.reports()) == 1
            teller.day(WEDNESDAY)
            _, rest = teller.reports()
            assert (rest.group_status, outcomes(rest)) == ("ACSC", {"E3": ("ACSC", None)})
            assert [item.value_date for item in rest.items] == [TUESDAY]

    def test_a_single_item_cannot_be_told_in_parts(self) -> None:
        with bank(FaultPlan(partial_answer_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", debit("E1", "10.00")))
            teller.day(TUESDAY)
            assert [report.group_status for report in teller.reports()] == ["ACSC"]


class TestLateReturn:
    def test_the_money_goes_back_within_four_business_days_and_everybody_is_told(self) -> None:
        with bank(FaultPlan(late_return_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", debit("E1", "30.00", remittance="OBL-1")))
            teller.day(TUESDAY)
            assert teller.balances()[HQ] == cny("30.00")
            # Tuesday + 4 business days = Monday 12 January
            days = [date(2026, 1, day) for day in (7, 8, 9, 10, 11, 12)]
            (returned_on,) = [day for day in days if teller.day(day)["returned"]]
            assert (teller.balances()[HQ], teller.balances()[BRANCH]) == (cny("0.00"), cny("100.00"))
            assert teller.debits() == {"E1": (1, 1, "0.00")}

            (entry,) = teller.statements(returned_on)[HQ].entries
            assert (entry.amount, entry.end_to_end_id, entry.remittance) == (cny("-30.00"), "E1", "OBL-1")
            assert entry.return_reason in {"AM04", "MD06"}
            (refunded,) = teller.statements(returned_on)[BRANCH].entries
            assert (refunded.amount, refunded.return_reason) == (cny("30.00"), entry.return_reason)

            (notice,) = [each for each in teller.answers() if each["kind"] == "camt.054.001.08"]
            assert list(statements_in(notice["xml"])[HQ].entries) == [entry]
            assert teller.is_balanced()

    def test_takes_the_money_back_even_when_the_creditor_has_spent_it(self) -> None:
        with bank(FaultPlan(late_return_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", debit("E1", "30.00")))
            teller.day(TUESDAY)
            teller.send(transfer_file("M2", transfer("E2", "30.00"), on=TUESDAY))
            teller.day(TUESDAY)
            teller.day(date(2026, 1, 12))
            assert teller.balances()[HQ] == cny("-30.00")
            assert teller.statements(date(2026, 1, 12))[HQ].balance("CLBD") == cny("-30.00")

    def test_comes_on_business_days_only(self) -> None:
        friday, dice = date(2026, 1, 9), Dice(7, FaultPlan(late_return_bp=CERTAIN_BP))
        delays = {1 + dice.pick("return_delay", f"E{number}", 4) for number in range(50)}
        assert delays == {1, 2, 3, 4}
        assert BusinessCalendar().add(friday, 1) == date(2026, 1, 12)

    def test_several_returns_of_a_day_stand_in_one_notice(self) -> None:
        with bank(FaultPlan(late_return_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", *(debit(f"E{number}", "1.00") for number in range(12))))
            teller.day(date(2026, 1, 12))
            notices = [statements_in(each["xml"])[HQ] for each in teller.answers() if each["kind"].startswith("camt")]
            per_day = [len(tuple(notice.entries)) for notice in notices]
            assert sum(per_day) == 12
            assert len(per_day) == len({notice.from_on for notice in notices}) <= 4


class TestClosedAccount:
    def test_a_debit_is_refused_as_if_the_account_were_closed(self) -> None:
        with bank(FaultPlan(closed_account_bp=CERTAIN_BP)) as teller:
            teller.send(debit_file("M1", debit("E1", "30.00")))
            teller.send(transfer_file("M2", transfer("E2", "5.00"), transfer("E3", "6.00", HQ), debtor=BRANCH))
            teller.day(TUESDAY)
            assert outcomes(teller.latest("M1")) == {"E1": ("RJCT", "AC04")}
            # between the client's own accounts nothing closes by accident
            assert outcomes(teller.latest("M2")) == {"E2": ("RJCT", "AC04"), "E3": ("ACSC", None)}
            assert teller.balances()[STRANGER] == cny("0.00")


class TestSlowBank:
    def test_answers_all_the_same(self) -> None:
        with bank(FaultPlan(slow_bp=CERTAIN_BP, slow_ms=1)) as teller:
            assert teller.send(debit_file("M1", debit("E1", "30.00"))).status_code == 202


def a_week(teller: Teller, order: tuple[int, ...]) -> tuple[object, ...]:
    """Files sent in `order`; the fate of every item, what debtors paid, and whose replies were lost."""
    lost: set[str] = set()
    for number in order:
        body = debit_file(f"M{number}", *(debit(f"E{number}-{item}", "0.50") for item in range(8)))
        if teller.send(body).status_code == 504:
            lost.add(f"M{number}")
    teller.day(date(2026, 1, 12))
    fates = {key: fate for number in order for key, fate in outcomes(teller.latest(f"M{number}")).items()}
    return fates, teller.debits(), lost


class TestDeterminism:
    def test_the_same_seed_gives_the_same_fates_whatever_the_order(self) -> None:
        with bank(MANY_FAULTS, seed=3) as first, bank(MANY_FAULTS, seed=3) as second:
            assert a_week(first, (0, 1, 2, 3, 4)) == a_week(second, (4, 2, 0, 3, 1))

    def test_another_seed_gives_others(self) -> None:
        with bank(MANY_FAULTS, seed=3) as first, bank(MANY_FAULTS, seed=4) as second:
            assert a_week(first, (0, 1, 2, 3, 4)) != a_week(second, (0, 1, 2, 3, 4))

    @pytest.mark.parametrize("fault", list(Fault))
    def test_a_chance_strikes_about_that_often(self, fault: Fault) -> None:
        dice = Dice(1, MANY_FAULTS)
        struck = sum(dice.strikes(fault, f"E{number}") for number in range(10_000))
        # a binomial of 10,000 throws stays within 4 standard deviations, at most 200 of 10,000
        assert abs(struck - MANY_FAULTS.chance_bp(fault)) <= 200

    def test_no_faults_means_none(self) -> None:
        assert [fault for fault in Fault if Dice(1, NO_FAULTS).strikes(fault, "E1")] == []
        assert PRESETS["none"] is NO_FAULTS


class TestShortage:
    def test_a_debtor_cannot_pay_the_named_item_before_its_day_whatever_the_balance(self) -> None:
        with bank(FaultPlan()) as teller:
            shortage = {"account": BRANCH, "reference": "INV-7", "until": WEDNESDAY.isoformat()}
            response = teller.http.post("/simulator/shortages", json={"shortages": [shortage]})
            assert response.json() == {"new": 1, "known": 0}
            early = [debit("E1", "10.00", remittance="Invoice INV-7"), debit("E2", "20.00", remittance="Invoice INV-8")]
            teller.send(debit_file("M1", *early))
            teller.day(TUESDAY)
            teller.send(debit_file("M2", debit("E3", "10.00", remittance="Invoice INV-7"), on=WEDNESDAY))
            teller.day(WEDNESDAY)
            first, second = teller.reports()
            assert outcomes(first) == {"E1": ("RJCT", "AM04"), "E2": ("ACSC", None)}
            assert outcomes(second) == {"E3": ("ACSC", None)}
