"""The bank's answer to a file: pain.002, written as 001.10, read in any version from 03 to 10."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import BinaryIO

from domain.banking.messages import writing
from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.fields import Fields, day_of
from domain.banking.messages.model import BlockStatus, ItemStatus, StatusReport
from domain.banking.messages.parts import reason
from domain.banking.messages.xml import Element, local_name, next_named, stream

KIND = "pain.002.001.10"
_ROOT = "CstmrPmtStsRpt"
_GROUP, _BLOCK, _ITEM = "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"
_DAY = "OrgnlTxRef/IntrBkSttlmDt"
_UNDATED = ["OrgnlEndToEndId", "TxSts"]
_DATED = [*_UNDATED, "OrgnlTxRef"]


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
    nodes = stream(source, ("pain.002",), ("GrpHdr", _GROUP, _ITEM, _BLOCK))
    header = Fields(next_named(nodes, "GrpHdr"))
    message_id, created_at = header.required("MsgId"), header.instant("CreDtTm")
    group = Fields(next_named(nodes, _GROUP))
    group_status, group_reason = group.text("GrpSts"), reason(group, "StsRsnInf")
    original_message_id, original_kind = group.required("OrgnlMsgId"), group.required("OrgnlMsgNmId")
    blocks: list[BlockStatus] = []
    items: Iterable[ItemStatus] = _items(nodes, original_message_id, group_status, blocks)
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
    nodes: Iterator[Element], message_id: str, group_status: str | None, blocks: list[BlockStatus]
) -> Iterator[ItemStatus]:
    """The items; a block ends with its own element, and what it says as a whole goes to `blocks`."""
    named, block, block_id = 0, None, None
    for node in nodes:
        if node.tag.endswith(_ITEM):
            # The header of a block stands before its first item: read once, not once per item.
            if block is None:
                block = Fields(_block_of(node))
                block_id = block.text("OrgnlPmtInfId")
                block_id = None if block_id == message_id else block_id
            named += 1
            yield _plain_item(node, block_id) or _read_item(Fields(node), block, block_id, group_status)
            continue
        whole = Fields(node)
        status = whole.text("PmtInfSts")
        if status is not None:
            blocks.append(
                BlockStatus(whole.text("OrgnlPmtInfId") or message_id, status, reason(whole, "StsRsnInf"), named)
            )
        named, block = 0, None


def _block_of(item: Element) -> Element:
    block = item.getparent()
    assert block is not None, "an item stands in a block"
    return block


def _plain_item(node: Element, block_id: str | None) -> ItemStatus | None:
    """An item that says its id, its status and at most the day: nearly all do. None for one that has to be searched."""
    children = list(node)
    tags = [local_name(child.tag) for child in children]
    if tags == _DATED:
        dated = list(children[2])
        if len(dated) != 1 or local_name(dated[0].tag) != "IntrBkSttlmDt":
            return None
        day = dated[0].text
        if not day:
            return None
    elif tags == _UNDATED:
        day = None
    else:
        return None
    name, status = children[0].text, children[1].text
    if not (name and status) or name[0].isspace() or name[-1].isspace() or not status.isalnum():
        return None
    return ItemStatus(name, status, None, None if day is None else day_of(_DAY, day), block_id)


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
