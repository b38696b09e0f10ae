"""An order larger than a bank takes becomes several files that together say the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.banking.messages.model import DirectDebitBlock, DirectDebitFile
from domain.banking.messages.rules import FileRules, Rule, check_file
from domain.banking.messages.splitting import split_debits, split_transfers
from domain.values.business_days import BusinessCalendar

from .test_payment_files import debit, debit_block, debit_file, transfer_block, transfer_file, written_debits


def order(*sizes: int, days: tuple[int, ...] = ()) -> DirectDebitFile:
    """Blocks of so many debits, numbered through, on days of January."""
    blocks, number = [], 0
    for place, size in enumerate(sizes):
        items = [debit(number + each) for each in range(size)]
        number += size
        block = debit_block(*items, block_id=f"B{place}")
        blocks.append(replace(block, collection_on=date(2026, 1, days[place] if days else 6)))
    return debit_file(*blocks)


def split(file: DirectDebitFile, rules: FileRules) -> list[list[tuple[str, int]]]:
    """By file, its blocks with their counts."""
    return [
        [(block.block_id, block.count or 0) for block in part.blocks]
        for part in split_debits(file, rules, lambda number: f"M{number}")
    ]


def test_at_the_limit_it_is_one_file_and_with_one_more_it_is_two() -> None:
    assert split(order(4), FileRules(max_items=4)) == [[("B0", 4)]]
    assert split(order(5), FileRules(max_items=4)) == [[("B0", 4)], [("B0-2", 1)]]


def test_a_block_is_cut_only_where_a_file_is_full() -> None:
    assert split(order(3, 3, 2), FileRules(max_items=4)) == [[("B0", 3), ("B1", 1)], [("B1-2", 2), ("B2", 2)]]


def test_no_file_has_more_blocks_or_dates_than_the_bank_takes() -> None:
    assert split(order(1, 1, 1), FileRules(max_blocks=2)) == [[("B0", 1), ("B1", 1)], [("B2", 1)]]
    dated = order(1, 1, 1, 1, days=(6, 7, 7, 6))
    assert split(dated, FileRules(max_dates=1)) == [[("B0", 1)], [("B1", 1), ("B2", 1)], [("B3", 1)]]


def test_each_part_is_a_valid_file_with_its_own_sums(assert_valid: Callable[[bytes], None]) -> None:
    # 5 × 10.01 = 50.05 becomes 40.04 + 10.01
    parts = list(split_debits(order(5), FileRules(max_items=4), lambda number: f"M{number}"))
    assert [(part.message_id, part.count, part.total) for part in parts] == [
        ("M1", 4, Decimal("40.04")),
        ("M2", 1, Decimal("10.01")),
    ]
    for part in parts:
        assert_valid(written_debits(part))


def test_credit_transfers_are_split_alike() -> None:
    file = transfer_file(transfer_block(), transfer_block())
    assert list(split_transfers(file, FileRules(), lambda number: f"M{number}")) == []


@given(
    sizes=st.lists(st.integers(0, 7), max_size=5),
    max_items=st.integers(1, 5),
    max_blocks=st.integers(1, 3),
    max_dates=st.integers(1, 2),
    data=st.data(),
)
def test_nothing_is_lost_doubled_or_moved_and_no_limit_is_broken(
    sizes: list[int], max_items: int, max_blocks: int, max_dates: int, data: st.DataObject
) -> None:
    days = data.draw(st.tuples(*(st.integers(5, 7) for _ in sizes)))
    rules = FileRules(max_items=max_items, max_blocks=max_blocks, max_dates=max_dates, checked_numbers=False)
    parts = list(split_debits(order(*sizes, days=days), rules, lambda number: f"M{number}"))
    for part in parts:
        assert [each for each in check_file(part, rules, BusinessCalendar()) if each.rule is not Rule.CHARACTERS] == []
    assert ids(parts) == [f"E2E-{number}" for number in range(sum(sizes))]


def ids(files: list[DirectDebitFile]) -> list[str]:
    blocks: list[DirectDebitBlock] = [block for file in files for block in file.blocks]
    return [item.end_to_end_id for block in blocks for item in block.items]
