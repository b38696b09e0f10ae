"""The simulated bank's control calls: accounts, deposits, days, proofs."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from app.bank_simulator.server import running_bank
from tests.channels.simulated_bank import (
    BRANCH,
    HQ,
    OTHER_BRANCH,
    TUESDAY,
    WEDNESDAY,
    Teller,
    bank,
    cny,
    debit,
    debit_file,
    outcomes,
)


@pytest.fixture
def teller() -> Iterator[Teller]:
    with bank() as teller:
        yield teller
        assert teller.is_balanced()


class TestControl:
    def test_a_deposit_happens_once_however_often_it_is_scheduled(self, teller: Teller) -> None:
        assert teller.deposit("CASH-1", "20.00", TUESDAY).json() == {"new": 1, "known": 0}
        assert teller.deposit("CASH-1", "20.00", TUESDAY).json() == {"new": 0, "known": 1}
        assert teller.deposit("CASH-1", "21.00", TUESDAY).status_code == 409
        teller.day(TUESDAY)
        teller.day(TUESDAY)
        assert teller.balances()[BRANCH] == cny("120.00")

    def test_a_bulk_of_deposits_is_taken_whole_or_not_at_all(self, teller: Teller) -> None:
        good = {"reference": "A", "account": BRANCH, "amount": "1.00", "on": "2026-01-06"}
        bad = good | {"reference": "B", "account": "404"}
        assert teller.http.post("/simulator/deposits", json={"deposits": [good, bad]}).status_code == 404
        assert teller.day(TUESDAY)["deposits"] == 0

    @pytest.mark.parametrize("amount", ["0.00", "1.001", "1e3", "ten", ""])
    def test_amounts_that_are_none_are_refused(self, teller: Teller, amount: str) -> None:
        assert teller.deposit("CASH-1", amount, TUESDAY).status_code in {400, 422}

    def test_unknown_fields_are_refused(self, teller: Teller) -> None:
        assert teller.http.post("/simulator/day", json={"on": "2026-01-06", "at": "noon"}).status_code == 400

    def test_a_jump_lives_through_every_day_between(self, teller: Teller) -> None:
        teller.deposit("CASH-1", "20.00", TUESDAY)
        teller.send(debit_file("M1", debit("E1", "120.00")))
        assert teller.day(date(2026, 1, 9))["settled"] == 1
        assert teller.statements(TUESDAY)[HQ].balance("CLBD") == cny("120.00")
        assert teller.statements(WEDNESDAY)[HQ].balance("OPBD") == cny("120.00")

    def test_the_day_never_goes_back(self, teller: Teller) -> None:
        assert teller.http.post("/simulator/day", json={"on": "2026-01-04"}).status_code == 409

    def test_an_account_can_be_closed_later_and_its_balance_stays(self, teller: Teller) -> None:
        teller.open(BRANCH, "999.00", closed_on=TUESDAY)
        teller.send(debit_file("M1", debit("E1", "1.00")))
        teller.day(TUESDAY)
        assert outcomes(teller.latest("M1")) == {"E1": ("RJCT", "AC04")}
        assert teller.balances()[BRANCH] == cny("100.00")

    def test_debits_are_counted_per_obligation_too(self, teller: Teller) -> None:
        teller.send(debit_file("M1", debit("E1", "10.00", remittance="OBL-1"), debit("E2", "5.00", remittance="OBL-1")))
        teller.day(TUESDAY)
        assert teller.debits(by="remittance") == {"OBL-1": (2, 0, "15.00")}

    def test_the_books_prove_both_sides_and_find_an_altered_balance(self, tmp_path: Path) -> None:
        with bank(store_path=tmp_path / "bank.db") as teller:
            proof = teller.http.get("/simulator/books").json()
            assert proof["currencies"] == [
                {"currency": "CNY", "debits": "100.00", "credits": "100.00", "sum_of_balances": "0.00"}
            ]
            forger = sqlite3.connect(tmp_path / "bank.db")
            with forger:
                forger.execute("UPDATE account SET balance = balance + 1 WHERE number = ?", (HQ,))
            forger.close()
            proof = teller.http.get("/simulator/books").json()
            assert (proof["balanced"], proof["accounts_off"]) == (False, [HQ])

    def test_nothing_is_taken_before_the_first_day(self) -> None:
        with running_bank() as url, httpx.Client(base_url=url) as http:
            assert http.post("/messages", content=debit_file("M1", debit("E1", "1.00"))).status_code == 503
            assert http.get("/messages/M1").json()["type"] == "bank_simulator_not_open"


def test_a_bank_on_disk_remembers_after_a_restart(tmp_path: Path) -> None:
    with bank(store_path=tmp_path / "bank.db") as teller:
        teller.send(debit_file("M1", debit("E1", "30.00")))
    with bank(store_path=tmp_path / "bank.db") as teller:
        teller.day(TUESDAY)
        assert teller.balances()[HQ] == cny("30.00")
        assert OTHER_BRANCH not in teller.balances()
