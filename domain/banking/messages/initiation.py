"""What pain.001 and pain.008 share: a group header, payment blocks, items, and control sums that must agree."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO, Generic, Protocol, TypeVar

from lxml.etree import QName

from domain.banking.messages import writing
from domain.banking.messages.errors import ControlSumMismatch, FieldRefused, MessageIncomplete
from domain.banking.messages.model import ControlSum
from domain.banking.messages.parts import Declared
from domain.banking.messages.xml import Element, instant_of, next_named, raw_text, required, stream
from domain.values.money import Money

MAX_SUM_DIGITS = 18  # DecimalNumber


class Item(Protocol):
    """What both kinds of item have."""

    @property
    def amount(self) -> Money:
        """What the item moves."""


FileT = TypeVar("FileT")
ItemT = TypeVar("ItemT", bound=Item)


@dataclass(frozen=True, slots=True)
class Group:
    """The group header of a message being read."""

    message_id: str
    created_at: datetime
    initiating_name: str
    declared: Declared


@dataclass(frozen=True, slots=True)
class Layout(Generic[FileT, ItemT]):
    """How one kind names its elements; `file` reads a block's header from the PmtInf above its first item."""

    kind: str
    item_tag: str
    file: Callable[[Group, Element, Declared, Iterator[ItemT]], FileT]
    item: Callable[[Element], ItemT]


def read_blocks(source: BinaryIO, layout: Layout[FileT, ItemT]) -> Iterator[FileT]:
    """The payment blocks of a message, each with a stream of items to be consumed before the next block.

    Raises NotXml, DoctypeForbidden, UnexpectedMessage, MessageIncomplete, FieldRefused, ControlSumMismatch; the group's
    sum is known to be right only when the iteration has ended, so act on nothing before that.
    """
    nodes = stream(source, (layout.kind,), ("GrpHdr", layout.item_tag, "PmtInf"))
    group = _read_group(next_named(nodes, "GrpHdr"))
    for node in nodes:
        if QName(node).localname != layout.item_tag:
            raise MessageIncomplete(element=layout.item_tag)
        block = node.getparent()
        assert block is not None, "an item stands in a block"
        declared = Declared(block)
        items = _items(node, nodes, group, declared, layout)
        yield layout.file(group, block, declared, items)
        for _left_over in items:
            pass
    group.declared.check()


def _items(
    first: Element, nodes: Iterator[Element], group: Group, block: Declared, layout: Layout[FileT, ItemT]
) -> Iterator[ItemT]:
    node: Element | None = first
    while node is not None and QName(node).localname == layout.item_tag:
        item = layout.item(node)
        group.declared.add(item.amount)
        block.add(item.amount)
        yield item
        node = next(nodes, None)
    block.check()


def _read_group(header: Element) -> Group:
    return Group(
        message_id=required(header, "MsgId"),
        created_at=instant_of(header, "CreDtTm"),
        initiating_name=raw_text(header, "InitgPty/Nm") or "",
        declared=Declared(header),
    )


def stated(group: Group, block: Declared) -> tuple[int, Decimal | None]:
    """Count and sum as the block states them, or else the group header: version 2 blocks often have none."""
    count = group.declared.count if block.count is None else block.count
    if count is None:
        raise MessageIncomplete(element="NbOfTxs")
    return count, group.declared.total if block.total is None else block.total


def group_header(message_id: str, created_at: datetime, count: int, total: Decimal | None, initiating_name: str) -> str:
    """The GrpHdr of a message to be written."""
    return (
        f"<GrpHdr><MsgId>{writing.identifier('MsgId', message_id)}</MsgId>"
        f"<CreDtTm>{writing.instant(created_at)}</CreDtTm>{sums(count, total)}"
        f"<InitgPty><Nm>{writing.words('InitgPty/Nm', initiating_name)}</Nm></InitgPty></GrpHdr>\n"
    )


def sums(count: int, total: Decimal | None) -> str:
    """NbOfTxs and CtrlSum; a file that cannot be checked is not written."""
    if total is None:
        raise FieldRefused.empty("CtrlSum")
    if len(total.as_tuple().digits) > MAX_SUM_DIGITS:
        raise FieldRefused.malformed("CtrlSum", f"{total:f}", f"at most {MAX_SUM_DIGITS} digits")
    return f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total:f}</CtrlSum>"


def write_items(
    items: Iterable[ItemT], render: Callable[[ItemT], str], declared: tuple[int, Decimal | None], out: BinaryIO
) -> ControlSum:
    """Write every item as it comes; raises ControlSumMismatch when they are not what the header declared."""
    count, total = 0, Decimal(0)
    for item in items:
        out.write(render(item).encode())
        count += 1
        total += item.amount.amount
    if (count, total) != declared:
        raise ControlSumMismatch(
            declared_count=declared[0], declared_total=declared[1], actual_count=count, actual_total=total
        )
    return ControlSum(count, total)
