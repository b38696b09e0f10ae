"""The bank's answer to a file: pain.002, written as 001.10, read in any version from 03 to 10."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import groupby, islice
from typing import BinaryIO

from lxml import etree

from domain.banking.messages import writing
from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.fields import Fields, day_of
from domain.banking.messages.model import BlockStatus, ItemStatus, StatusReport
from domain.banking.messages.parts import reason
from domain.banking.messages.shapes import Shapes
from domain.banking.messages.xml import Element, Part, local_name, next_named, stream_parts

KIND = "pain.002.001.10"
_ROOT = "CstmrPmtStsRpt"
_GROUP, _BLOCK, _ITEM = "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"
_DAY = "OrgnlTxRef/IntrBkSttlmDt"


def write_status_report(report: StatusReport, out: BinaryIO) -> None:
    """Write `report` item by item, items of a block behind one another, then the blocks that have a status as a whole.

    Valid against the official schema. Raises FieldRefused.
    """
    out.write((writing.document(KIND, _ROOT) + _header(report)).encode())
    for block_id, items in groupby(report.items, key=lambda item: item.block_id or report.original_message_id):
        written = writing.identifier("OrgnlPmtInfId", block_id)
        out.write(f"<{_BLOCK}><OrgnlPmtInfId>{written}</OrgnlPmtInfId>\n".encode())
        out.writelines(_item(item).encode() for item in items)
        out.write(f"</{_BLOCK}>".encode())
    out.writelines(_block(block).encode() for block in report.blocks)
    out.write(writing.closing(_ROOT).encode())


def _header(report: StatusReport) -> str:
    group = "" if report.group_status is None else f"<GrpSts>{_status(report.group_status)}</GrpSts>"
    return (
        f"<GrpHdr><MsgId>{writing.identifier('MsgId', report.message_id)}</MsgId>"
        f"<CreDtTm>{writing.instant(report.created_at)}</CreDtTm></GrpHdr>\n"
        f"<{_GROUP}><OrgnlMsgId>{writing.identifier('OrgnlMsgId', report.original_message_id)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{writing.identifier('OrgnlMsgNmId', report.original_kind)}</OrgnlMsgNmId>"
        f"{group}{_reason(report.group_reason)}</{_GROUP}>\n"
    )


def _block(block: BlockStatus) -> str:
    return (
        f"<{_BLOCK}><OrgnlPmtInfId>{writing.identifier('OrgnlPmtInfId', block.block_id)}</OrgnlPmtInfId>"
        f"<PmtInfSts>{_status(block.status)}</PmtInfSts>{_reason(block.reason)}</{_BLOCK}>\n"
    )


def _item(item: ItemStatus) -> str:
    return (
        f"<{_ITEM}><OrgnlEndToEndId>{writing.identifier('OrgnlEndToEndId', item.end_to_end_id)}</OrgnlEndToEndId>"
        f"<TxSts>{_status(item.status)}</TxSts>{_reason(item.reason)}{_settled(item.value_date)}</{_ITEM}>\n"
    )


def _settled(on: date | None) -> str:
    return "" if on is None else f"<OrgnlTxRef><IntrBkSttlmDt>{on.isoformat()}</IntrBkSttlmDt></OrgnlTxRef>"


def _status(code: str) -> str:
    if not (len(code) == 4 and code.isascii() and code.isalnum()):  # noqa: PLR2004 - External…Status1Code
        raise FieldRefused.malformed("Sts", code, "a code of four characters such as ACSC")
    return code


def _reason(code: str | None) -> str:
    return "" if code is None else f"<StsRsnInf>{writing.reason(code)}</StsRsnInf>"


def read_status_report(source: BinaryIO) -> StatusReport:
    """The report, its items streamed: consume them once, and act on nothing before the last, which proves it whole.

    What the bank says of payment blocks as wholes is in `blocks` once the items are consumed (a report without a group
    status is read to its end at once): only who made the file knows which other blocks it has. Raises NotXml,
    DoctypeForbidden, UnexpectedMessage, MessageIncomplete, FieldRefused.
    """
    nodes = stream_parts(source, ("pain.002",), ("GrpHdr", _GROUP, _BLOCK), _BLOCK)
    first = next_named(nodes, "GrpHdr")
    header, root = Fields(first), first.getparent()
    message_id, created_at = header.required("MsgId"), header.instant("CreDtTm")
    group = Fields(next_named(nodes, _GROUP))
    group_status, group_reason = group.text("GrpSts"), reason(group, "StsRsnInf")
    original_message_id, original_kind = group.required("OrgnlMsgId"), group.required("OrgnlMsgNmId")
    blocks: list[BlockStatus] = []
    items: Iterable[ItemStatus] = _items(nodes, root, original_message_id, group_status, blocks)
    if group_status is None:
        items = tuple(items)
    return StatusReport(
        message_id=message_id,
        created_at=created_at,
        original_message_id=original_message_id,
        original_kind=original_kind,
        group_status=group_status,
        items=items,
        group_reason=group_reason,
        blocks=blocks,
    )


def _items(
    nodes: Iterator[Element | Part],
    root: Element | None,
    message_id: str,
    group_status: str | None,
    blocks: list[BlockStatus],
) -> Iterator[ItemStatus]:
    """The items; a block ends with its own element, and what it says as a whole goes to `blocks`.

    Raises MessageIncomplete for an item that stands in no block: nothing a bank says is passed over.
    """
    block: _OpenBlock | None = None
    for node in nodes:
        element = node.element if isinstance(node, Part) else node
        # The header of a block stands before its first item: read once, not once per item.
        block = block or _OpenBlock(Fields(element), message_id, group_status)
        if isinstance(node, Part):
            yield from block.items(element, len(element) - 1)
            continue
        yield from block.items(element, len(element))
        whole = Fields(element)
        status = whole.text("PmtInfSts")
        if status is not None:
            name = whole.text("OrgnlPmtInfId") or message_id
            blocks.append(BlockStatus(name, status, reason(whole, "StsRsnInf"), block.named))
        block = None
    if root is not None and next(root.iter(f"{{*}}{_ITEM}"), None) is not None:
        raise MessageIncomplete(element=_BLOCK)


class _OpenBlock:
    """A payment block being read, and how many items it has named."""

    def __init__(self, header: Fields, message_id: str, group_status: str | None) -> None:
        named = header.text("OrgnlPmtInfId")
        self.block_id = None if named == message_id else named
        self.named = 0
        self._header, self._group_status, self._shapes = header, group_status, Shapes()

    def items(self, block: Element, end: int) -> Iterator[ItemStatus]:
        """The items among the children before `end`, which are taken out of the block."""
        first = next((place for place in range(end) if local_name(block[place].tag) == _ITEM), end)
        if first == end:
            return
        plain = _plain_items(block, end - first)
        if plain is None:
            read = [self._read(child) for child in islice(block, first, end) if local_name(child.tag) == _ITEM]
        else:
            # What looks like this has a name and a status, and nothing that would have to be searched for.
            read = [self._plain(*texts) for texts in plain]
        self.named += len(read)
        del block[first:end]
        yield from read

    def _plain(self, name: str, status: str, why: str | None, day: str | None) -> ItemStatus:
        return ItemStatus(name, status, why, None if day is None else day_of(_DAY, day), self.block_id)

    def _read(self, item: Element) -> ItemStatus:
        return _read_item(self._shapes.fields(item), self._header, self.block_id, self._group_status)


def _plain_items(block: Element, count: int) -> list[tuple[str, str, str | None, str | None]] | None:
    """Name, status, reason and day of the first `count` items, if every one of them says just that; else None.

    The markup is that which the parser writes, not the file's own: comments, CDATA and entities are gone by then.
    """
    markup: str = etree.tostring(block, encoding="unicode", with_tail=False)
    prefix = f"{block.prefix}:" if block.prefix else ""
    start = markup.index(_ITEM) - len(prefix) - 1
    scanner = _plain_item(prefix).scanner(markup, start)  # type: ignore[attr-defined] # the stubs leave it out
    found = islice(iter(scanner.match, None), count)
    items = [match.groups() for match in found]
    return items if len(items) == count else None


@lru_cache(maxsize=64)
def _plain_item(prefix: str) -> re.Pattern[str]:
    """What an item looks like that says its name, its status, at most why, and at most the day: nearly all do."""

    def element(name: str, content: str) -> str:
        return rf"<{re.escape(prefix)}{name}>\s*+{content}</{re.escape(prefix)}{name}>\s*+"

    text = r"([^\s<&]++)"
    why = element("StsRsnInf", element("Rsn", element("Cd", text)))
    day = element("OrgnlTxRef", element("IntrBkSttlmDt", text))
    name, status = element("OrgnlEndToEndId", text), element("TxSts", "([0-9A-Za-z]++)")
    return re.compile(element(_ITEM, f"{name}{status}(?:{why})?(?:{day})?"))


def _read_item(node: Fields, block: Fields, block_id: str | None, group_status: str | None) -> ItemStatus:
    status = node.text("TxSts") or block.text("PmtInfSts") or group_status
    if status is None:
        raise MessageIncomplete(element=f"{_ITEM}/TxSts")
    return ItemStatus(
        end_to_end_id=node.required("OrgnlEndToEndId"),
        status=status,
        reason=reason(node, "StsRsnInf"),
        value_date=node.date(_DAY),
        block_id=block_id,
    )
