"""One order to the bank as several files, none larger than the bank takes: counts and sums made anew, order kept."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from domain.banking.messages.model import (
    CreditTransferBlock,
    CreditTransferFile,
    DirectDebitBlock,
    DirectDebitFile,
)
from domain.banking.messages.rules import FileRules

BlockT = TypeVar("BlockT", CreditTransferBlock, DirectDebitBlock)


def split_debits(
    file: DirectDebitFile, rules: FileRules, message_id: Callable[[int], str]
) -> Iterator[DirectDebitFile]:
    """Files with `message_id(1)`, `message_id(2)`, …; together they hold every item once, in its order.

    A block that is cut goes on under its id with a number behind it. Memory grows with the largest file, not with all.
    """
    for number, blocks in enumerate(_files(file.blocks, rules), start=1):
        count, total = _sums(blocks)
        yield replace(file, message_id=message_id(number), count=count, total=total, blocks=blocks)


def split_transfers(
    file: CreditTransferFile, rules: FileRules, message_id: Callable[[int], str]
) -> Iterator[CreditTransferFile]:
    """The same for credit transfers."""
    for number, blocks in enumerate(_files(file.blocks, rules), start=1):
        count, total = _sums(blocks)
        yield replace(file, message_id=message_id(number), count=count, total=total, blocks=blocks)


def _files(blocks: Iterable[BlockT], rules: FileRules) -> Iterator[list[BlockT]]:
    filling = _Filling[BlockT](rules)
    for block in blocks:
        part = 0
        # A block is begun afresh in the next file when this one has no place left for it.
        for item in block.items:
            if not filling.has_room_for(block, is_open=part > 0):
                if filling.pieces:
                    yield filling.taken()
                part += 1
                filling.begin(block, part)
            elif part == 0:
                part = 1
                filling.begin(block, part)
            filling.add(item)
    if filling.pieces:
        yield filling.taken()


@dataclass(slots=True)
class _Filling(Generic[BlockT]):
    """A file that is being filled."""

    rules: FileRules
    pieces: list[tuple[BlockT, int, list[object]]] = field(default_factory=list)
    count: int = 0
    dates: set[date] = field(default_factory=set)

    def has_room_for(self, block: BlockT, *, is_open: bool) -> bool:
        if self.count >= self.rules.max_items:
            return False
        if is_open:
            return True
        is_new_date = block.on not in self.dates
        return len(self.pieces) < self.rules.max_blocks and len(self.dates) + is_new_date <= self.rules.max_dates

    def begin(self, block: BlockT, part: int) -> None:
        self.pieces.append((block, part, []))
        self.dates.add(block.on)

    def add(self, item: object) -> None:
        self.pieces[-1][2].append(item)
        self.count += 1

    def taken(self) -> list[BlockT]:
        made = [_piece(*piece) for piece in self.pieces]
        self.pieces, self.count, self.dates = [], 0, set()
        return made


def _piece(block: BlockT, part: int, items: list[object]) -> BlockT:
    total = sum((item.amount.amount for item in items), Decimal(0))  # type: ignore[attr-defined]
    block_id = block.block_id if part == 1 else f"{block.block_id}-{part}"
    return replace(block, block_id=block_id, count=len(items), total=total, items=items)  # type: ignore[arg-type]


def _sums(blocks: list[BlockT]) -> tuple[int, Decimal]:
    return sum(block.count or 0 for block in blocks), sum((block.total or Decimal(0) for block in blocks), Decimal(0))
