"""Debits written straight from their rows, against what the writer makes of the objects."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.banking.messages.errors import ControlSumMismatch, FieldRefused
from domain.banking.messages.model import AccountNumber, DirectDebit, DirectDebitBlock, DirectDebitFile, Party
from domain.banking.messages.pain008 import ReadyBlock, write_direct_debits, write_ready_debits
from domain.banking.plain_debits import DebitDesk
from domain.banking.profiles import STANDARD
from domain.banking.references import end_to_end_id
from domain.parties.accounts import NUMBER, opened_number
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id, public_id_of_text, uuid7
from domain.values.money import Money

TENANT = 7
KEYS = KeyRing.generate()
ON = date(2026, 3, 2)
US = Party("总部", AccountNumber("6222020000000000001"), "102100099996")
CHINESE = "6222020200000000042"
IBAN = "DE89370400440532013000"


def row(
    number: str = CHINESE, holder: str = "客户42", remittance: str = "RENT 2026-03", *, mandate: bool = True
) -> Sequence[Any]:
    account = str(uuid7())
    key_id, sealed = KEYS.encrypt(number, NUMBER.context(TENANT, account))
    under = str(uuid7()) if mandate else None
    return str(uuid7()), under, account, 42, 10_050, remittance, holder, "102100099996", key_id, sealed


def as_object(item: Sequence[Any]) -> DirectDebit:
    _, mandate, account, instruction, minor, remittance, holder, bank_id, key_id, sealed = item
    number = opened_number(KEYS, TENANT, account, key_id, sealed)
    return DirectDebit(
        end_to_end_id=end_to_end_id(TENANT, instruction),
        amount=Money.from_minor(minor, "CNY"),
        debtor=Party(holder, AccountNumber(number), bank_id),
        mandate_id=None if mandate is None else public_id_of_text("mnd", mandate),
        mandate_signed_on=None,
        remittance=remittance,
    )


class Slowly:
    """The way through the object, and how often it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self, item: Sequence[Any]) -> DirectDebit:
        self.taken += 1
        return as_object(item)


def block(items: Iterator[DirectDebit] | Sequence[DirectDebit], count: int) -> DirectDebitBlock:
    total = Money.from_minor(10_050 * count, "CNY").amount
    return DirectDebitBlock("1-1", ON, US, None, count, total, items)


def file(count: int, blocks: Sequence[DirectDebitBlock] = ()) -> DirectDebitFile:
    total = Money.from_minor(10_050 * count, "CNY").amount
    return DirectDebitFile("M1", datetime(2026, 3, 2, 1, tzinfo=UTC), "总部", count, total, blocks)


def written(rows: Sequence[Sequence[Any]], slowly: Slowly, *, stated: int | None = None) -> bytes:
    out, count = BytesIO(), len(rows) if stated is None else stated
    ready = DebitDesk(TENANT, "CNY", KEYS, STANDARD, slowly).written(rows)
    write_ready_debits(file(count), [ReadyBlock(block((), count), ready)], out)
    return out.getvalue()


def through_objects(rows: Sequence[Sequence[Any]]) -> bytes:
    out = BytesIO()
    write_direct_debits(file(len(rows), [block([as_object(each) for each in rows], len(rows))]), out)
    return out.getvalue()


def test_plain_debits_are_the_same_bytes_and_no_object_is_made_of_them() -> None:
    rows, slowly = [row(), row("1", "A", "x"), row(holder="李 小明", remittance="a | b")], Slowly()
    assert written(rows, slowly) == through_objects(rows)
    # Only the bar between two spaces looks as if a text ended there.
    assert slowly.taken == 1


@pytest.mark.parametrize(
    "odd",
    [
        row(IBAN),
        row("62-2202"),
        row(holder="Müller & Söhne <KG>"),
        row(remittance=""),
        row(remittance="a  b"),
        row(remittance=" a"),
        row(holder="A "),
        row(mandate=False),
        row("12345678901234567890123456789012345"[:34]),
    ],
)
def test_what_is_not_plain_is_the_same_bytes_by_the_other_way(odd: Sequence[Any]) -> None:
    rows = [row(), odd, row()]
    assert written(rows, Slowly()) == through_objects(rows)


@pytest.mark.parametrize("refused", [row(holder="客" * 141), row(holder=""), row(holder="A\x07"), row("1" * 35)])
def test_what_the_writer_refuses_is_refused(refused: Sequence[Any]) -> None:
    with pytest.raises(FieldRefused):
        written([row(), refused], Slowly())


def test_a_file_whose_items_are_not_what_its_header_states_is_not_written() -> None:
    with pytest.raises(ControlSumMismatch) as error:
        written([row(), row()], Slowly(), stated=3)
    assert (error.value.facts["actual_count"], error.value.facts["actual_total"]) == (2, "201.00")


@pytest.mark.parametrize("identity", [UUID(int=0), UUID(int=2**128 - 1), uuid7(), uuid4()])
def test_an_id_is_the_same_from_its_text(identity: UUID) -> None:
    assert public_id_of_text("mnd", str(identity)) == public_id("mnd", identity)
