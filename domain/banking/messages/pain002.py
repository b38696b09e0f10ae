"""The bank's answer to a file: pain.002, written as 001.10, read in any version from 03 to 10."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import BinaryIO

from lxml.etree import QName

from domain.banking.messages import writing
from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.model import ItemStatus, StatusReport
from domain.banking.messages.parts import reason
from domain.banking.messages.xml import Element, date_of, instant_of, next_named, required, stream, text

KIND = "pain.002.001.10"
_ROOT = "CstmrPmtStsRpt"
_GROUP, _BLOCK, _ITEM = "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"


def write_status_report(report: StatusReport, out: BinaryIO) -> None:
    """Write `report` item by item, valid against the official schema. Raises FieldRefused."""
    out.write((writing.document(KIND, _ROOT) + _header(report)).encode())
    items = iter(report.items)
    first = next(items, None)
    if first is not None:
        block_id = writing.identifier("OrgnlMsgId", report.original_message_id)
        out.write(f"<{_BLOCK}><OrgnlPmtInfId>{block_id}</OrgnlPmtInfId>\n{_item(first)}".encode())
        out.writelines(_item(item).encode() for item in items)
        out.write(f"</{_BLOCK}>".encode())
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

    A bank that gives no group status but rejects the only payment block has rejected the group; the block's reason is
    then the group's (such a report is read to its end at once). Raises NotXml, DoctypeForbidden, UnexpectedMessage,
    MessageIncomplete, FieldRefused.
    """
    nodes = stream(source, ("pain.002",), ("GrpHdr", _GROUP, _ITEM, _BLOCK))
    header = next_named(nodes, "GrpHdr")
    message_id, created_at = required(header, "MsgId"), instant_of(header, "CreDtTm")
    group = next_named(nodes, _GROUP)
    blocks = _Blocks(text(group, "GrpSts"), reason(group, "StsRsnInf"))
    original_message_id, original_kind = required(group, "OrgnlMsgId"), required(group, "OrgnlMsgNmId")
    items: Iterable[ItemStatus] = blocks.items(nodes)
    if blocks.group_status is None:
        items = tuple(items)
    group_status, group_reason = blocks.verdict()
    return StatusReport(
        message_id=message_id,
        created_at=created_at,
        original_message_id=original_message_id,
        original_kind=original_kind,
        group_status=group_status,
        items=items,
        group_reason=group_reason,
    )


class _Blocks:
    """The payment blocks gone through so far: what they say stands in where the group or an item says nothing."""

    def __init__(self, group_status: str | None, group_reason: str | None) -> None:
        self.group_status = group_status
        self.group_reason = group_reason
        self._verdicts: list[tuple[str | None, str | None]] = []

    def items(self, nodes: Iterator[Element]) -> Iterator[ItemStatus]:
        for node in nodes:
            if QName(node).localname == _ITEM:
                yield self._item(node)
            else:
                self._verdicts.append((text(node, "PmtInfSts"), reason(node, "StsRsnInf")))

    def verdict(self) -> tuple[str | None, str | None]:
        if self.group_status is None and len(self._verdicts) == 1:
            status, block_reason = self._verdicts[0]
            return status, self.group_reason or block_reason
        return self.group_status, self.group_reason

    def _item(self, node: Element) -> ItemStatus:
        block = node.getparent()
        assert block is not None, "an item stands in a block"
        status = text(node, "TxSts") or text(block, "PmtInfSts") or self.group_status
        if status is None:
            raise MessageIncomplete(element=f"{_ITEM}/TxSts")
        return ItemStatus(
            end_to_end_id=required(node, "OrgnlEndToEndId"),
            status=status,
            reason=reason(node, "StsRsnInf"),
            value_date=date_of(node, "OrgnlTxRef/IntrBkSttlmDt"),
        )
