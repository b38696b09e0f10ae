"""What pain.001 and pain.008 share: a group header, payment blocks, items, and control sums that must agree."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import BinaryIO, Generic, Protocol, TypeVar

from lxml.etree import QName

from domain.banking.messages import writing
from domain.banking.messages.errors import ControlSumMismatch, FieldRefused, MessageIncomplete
from domain.banking.messages.fields import Fields
from domain.banking.messages.model import ControlSum
from domain.banking.messages.parts import Declared
from domain.banking.messages.xml import Element, next_named, stream
from domain.values.money import Money

MAX_SUM_DIGITS = 18  # DecimalNumber
PAGE = 512  # items written at once: a write per item costs as much as its text


class Item(Protocol):
    """What both kinds of item have."""

    @property
    def amount(self) -> Money:
        """What the item moves."""


BlockT = TypeVar("BlockT")
ItemT = TypeVar("ItemT", bound=Item)
ItemsT_co = TypeVar("ItemsT_co", bound=Item, covariant=True)


class Block(Protocol[ItemsT_co]):
    """What both kinds of payment block have."""

    @property
    def count(self) -> int | None:
        """How many items its header states."""

    @property
    def total(self) -> Decimal | None:
        """Their sum, as its header states it."""

    @property
    def items(self) -> Iterable[ItemsT_co]:
        """What it holds."""


@dataclass(frozen=True, slots=True)
class Group:
    """The group header of a message being read."""

    message_id: str
    created_at: datetime
    initiating_name: str
    declared: Declared


@dataclass(frozen=True, slots=True)
class Layout(Generic[BlockT, ItemT]):
    """How one kind names its elements; `block` reads a block's header from the PmtInf above its first item."""

    kind: str
    item_tag: str
    block: Callable[[Fields, Declared, Iterator[ItemT]], BlockT]
    item: Callable[[Fields], ItemT]


def read_file(source: BinaryIO, layout: Layout[BlockT, ItemT]) -> tuple[Group, Iterator[BlockT]]:
    """The group header of a message and its payment blocks, each with a stream of items, consumed before the next.

    Both may raise NotXml, DoctypeForbidden, UnexpectedMessage, MessageIncomplete, FieldRefused, ControlSumMismatch; the
    group's sum is known to be right only when the iteration has ended, so act on nothing before that.
    """
    nodes = stream(source, (layout.kind,), ("GrpHdr", layout.item_tag, "PmtInf"))
    group = _read_group(Fields(next_named(nodes, "GrpHdr")))
    return group, _blocks(nodes, group, layout)


def _blocks(nodes: Iterator[Element], group: Group, layout: Layout[BlockT, ItemT]) -> Iterator[BlockT]:
    for node in nodes:
        if QName(node).localname != layout.item_tag:
            raise MessageIncomplete(element=layout.item_tag)
        parent = node.getparent()
        assert parent is not None, "an item stands in a block"
        block = Fields(parent)
        declared = Declared(block)
        if group.declared.count is None and declared.count is None:
            raise MessageIncomplete(element="NbOfTxs")
        items = _items(node, nodes, group, declared, layout)
        yield layout.block(block, declared, items)
        for _left_over in items:
            pass
    group.declared.check()


def _items(
    first: Element, nodes: Iterator[Element], group: Group, block: Declared, layout: Layout[BlockT, ItemT]
) -> Iterator[ItemT]:
    node: Element | None = first
    while node is not None and QName(node).localname == layout.item_tag:
        item = layout.item(Fields(node))
        group.declared.add(item.amount)
        block.add(item.amount)
        yield item
        node = next(nodes, None)
    block.check()


def _read_group(header: Fields) -> Group:
    return Group(
        message_id=header.required("MsgId"),
        created_at=header.instant("CreDtTm"),
        initiating_name=header.raw("InitgPty/Nm") or "",
        declared=Declared(header),
    )


def group_header(
    message_id: str, created_at: datetime, count: int | None, total: Decimal | None, initiating_name: str
) -> str:
    """The GrpHdr of a message to be written."""
    return (
        f"<GrpHdr><MsgId>{writing.identifier('MsgId', message_id)}</MsgId>"
        f"<CreDtTm>{writing.instant(created_at)}</CreDtTm>{sums(count, total)}"
        f"<InitgPty><Nm>{writing.words('InitgPty/Nm', initiating_name)}</Nm></InitgPty></GrpHdr>\n"
    )


def sums(count: int | None, total: Decimal | None) -> str:
    """NbOfTxs and CtrlSum; a file that cannot be checked is not written."""
    if count is None:
        raise FieldRefused.empty("NbOfTxs")
    if total is None:
        raise FieldRefused.empty("CtrlSum")
    if len(total.as_tuple().digits) > MAX_SUM_DIGITS:
        raise FieldRefused.malformed("CtrlSum", f"{total:f}", f"at most {MAX_SUM_DIGITS} digits")
    return f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total:f}</CtrlSum>"


def write_blocks(
    blocks: Iterable[tuple[str, Block[ItemT]]],
    render: Callable[[ItemT], str],
    declared: tuple[int | None, Decimal | None],
    out: BinaryIO,
) -> ControlSum:
    """Write every block (after its opening) and item as it comes.

    Raises ControlSumMismatch when a block's items, or those of all blocks, are not what their header declared.
    """
    written = Written()
    for opening, block in blocks:
        out.write(opening.encode())
        control = _write_items(block, render, out)
        out.write(b"</PmtInf>")
        written.count, written.total = written.count + control.count, written.total + control.total
    return written.agreed(*declared)


def _write_items(block: Block[ItemT], render: Callable[[ItemT], str], out: BinaryIO) -> ControlSum:
    written = Written()
    items = iter(block.items)
    while page := list(islice(items, PAGE)):
        out.write("".join(map(render, page)).encode())
        written.count += len(page)
        written.total = sum((item.amount.amount for item in page), written.total)
    return written.agreed(block.count, block.total)


@dataclass(slots=True)
class Written:
    """What the items of a message that is being written have come to."""

    count: int = 0
    total: Decimal = Decimal(0)

    def add(self, amount: Money) -> None:
        """One more item."""
        self.count += 1
        self.total += amount.amount

    def agreed(self, count: int | None, total: Decimal | None) -> ControlSum:
        """The control sum; raises ControlSumMismatch unless it is what the header declared."""
        if (self.count, self.total) != (count, total):
            raise ControlSumMismatch(
                declared_count=count or 0,
                declared_total=total,
                actual_count=self.count,
                actual_total=self.total,
            )
        return ControlSum(self.count, self.total)
