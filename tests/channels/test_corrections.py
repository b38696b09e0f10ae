"""Reversals and recalls at the simulated bank: what is given back, what is cancelled, what it refuses."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest

from domain.banking.messages.camt029 import read_resolution
from domain.banking.messages.camt056 import write_recalls
from domain.banking.messages.corrections import Recall, RecallFile, Reversal, ReversalFile
from domain.banking.messages.pain007 import write_reversals

from .simulated_bank import (
    BRANCH,
    HQ,
    MONDAY,
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
)

AT = datetime(2026, 1, 7, 8, tzinfo=UTC)


def reversals(*items: tuple[str, str, str], message_id: str = "REV-1") -> bytes:
    """Of each: end-to-end id, collected, reversed."""
    made = [
        Reversal(f"R-{place}", name, cny(collected), cny(back), "AM05")
        for place, (name, collected, back) in enumerate(items, start=1)
    ]
    total = sum((item.reversed_amount.amount for item in made), Decimal(0))
    out = BytesIO()
    write_reversals(
        ReversalFile(message_id, AT, "总部", "M-1", "pain.008.001.08", "M-1-1", len(made), total, made), out
    )
    return out.getvalue()


def recalls(*items: tuple[str, str], message_id: str = "REC-1") -> bytes:
    made = [Recall(f"C-{name}", name, cny(amount), "DUPL") for name, amount in items]
    total = sum((item.amount.amount for item in made), Decimal(0))
    out = BytesIO()
    write_recalls(RecallFile(message_id, AT, "总部", None, "P-1", "pain.001.001.09", len(made), total, made), out)
    return out.getvalue()


@pytest.fixture
def teller() -> Iterator[Teller]:
    with bank() as teller:
        teller.open(HQ, "0")
        teller.open(BRANCH, "100.00")
        teller.day(MONDAY)
        yield teller


def balance(teller: Teller, number: str) -> str:
    rows = teller.http.get("/simulator/balances").json()["balances"]
    return next(str(row["balance"]) for row in rows if row["account"] == number)


def sent(teller: Teller, content: bytes) -> dict[str, tuple[str, str | None]]:
    answer = teller.http.post("/messages", content=content, headers={"Content-Type": "application/xml"})
    assert answer.status_code == 202
    return outcomes(report_of(answer.content))


class TestReversals:
    def test_a_settled_debit_goes_back_whole_and_once(self, teller: Teller) -> None:
        sent(teller, debit_file("M-1", debit("E-1", "30.00"), debit("E-2", "20.00")))
        teller.day(TUESDAY)
        assert balance(teller, BRANCH) == "50.00"  # 100.00 − 30.00 − 20.00
        document = reversals(("E-1", "30.00", "30.00"))
        assert sent(teller, document) == {"E-1": ("ACCP", None)}
        assert sent(teller, document) == {"E-1": ("ACCP", None)}  # the same file again changes nothing
        assert sent(teller, reversals(("E-1", "30.00", "30.00"), message_id="REV-2")) == {"E-1": ("RJCT", "AM05")}
        teller.day(WEDNESDAY)
        assert (balance(teller, BRANCH), balance(teller, HQ)) == ("80.00", "20.00")
        assert teller.http.get("/simulator/books").json()["balanced"]
        kinds = [each["kind"] for each in teller.http.get("/answers").json()["answers"]]
        assert kinds == ["pain.002.001.10", "camt.054.001.08"]

    def test_what_never_settled_or_is_reversed_in_part_stays(self, teller: Teller) -> None:
        sent(teller, debit_file("M-1", debit("E-1", "30.00"), debit("E-2", "200.00")))
        teller.day(TUESDAY)
        document = reversals(("E-1", "30.00", "10.00"), ("E-2", "200.00", "200.00"), ("E-9", "1.00", "1.00"))
        assert sent(teller, document) == {
            "E-1": ("RJCT", "AM09"),
            "E-2": ("RJCT", "NOOR"),
            "E-9": ("RJCT", "NOOR"),
        }
        teller.day(WEDNESDAY)
        assert balance(teller, HQ) == "30.00"

    def test_a_reversal_cut_off_or_with_a_wrong_sum_does_nothing(self, teller: Teller) -> None:
        sent(teller, debit_file("M-1", debit("E-1", "30.00")))
        teller.day(TUESDAY)
        document = reversals(("E-1", "30.00", "30.00"))
        for broken in (document[:-30], document.replace(b"<CtrlSum>30.00", b"<CtrlSum>31.00")):
            assert teller.http.post("/messages", content=broken).status_code == 400
        teller.day(WEDNESDAY)
        assert balance(teller, HQ) == "30.00"


class TestRecalls:
    def test_a_transfer_not_executed_yet_is_cancelled_and_another_stays(self, teller: Teller) -> None:
        teller.deposit("D-1", "100.00", MONDAY, HQ)
        sent(teller, transfer_file("P-1", transfer("E-1", "10.00"), on=MONDAY))
        teller.day(MONDAY)
        sent(teller, transfer_file("P-2", transfer("E-2", "20.00"), on=WEDNESDAY))
        assert sent(teller, recalls(("E-1", "10.00"), ("E-2", "20.00"), ("E-9", "1.00"))) == {
            "E-1": ("ACCP", None),
            "E-2": ("ACCP", None),
            "E-9": ("ACCP", None),
        }
        answers = teller.http.get("/answers").json()["answers"]
        (answer,) = [each for each in answers if each["kind"] == "camt.029.001.09"]
        resolution = read_resolution(BytesIO(answer["xml"].encode()))
        assert resolution.confirmation == "PECR"
        assert [(each.end_to_end_id, each.status, each.reason) for each in resolution.decisions] == [
            ("E-1", "RJCR", "CUST"),
            ("E-2", "ACCR", None),
            ("E-9", "RJCR", "NOOR"),
        ]
        teller.day(date(2026, 1, 8))
        assert balance(teller, HQ) == "90.00"  # 100.00 − 10.00; the 20.00 never left
        told = teller.http.get("/messages/P-2")
        assert outcomes(report_of(told.content)) == {"E-2": ("RJCT", "CANC")}
