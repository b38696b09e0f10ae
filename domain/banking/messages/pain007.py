"""Reversals of direct debits: pain.007, written as 001.09, read in any version from 02 to 10."""

from collections.abc import Iterator
from typing import BinaryIO

from domain.banking.messages import writing
from domain.banking.messages.corrections import Reversal, ReversalFile
from domain.banking.messages.errors import MessageIncomplete
from domain.banking.messages.fields import Fields
from domain.banking.messages.initiation import Written, group_header
from domain.banking.messages.model import ControlSum
from domain.banking.messages.parts import Declared, reason
from domain.banking.messages.xml import Element, next_named, stream

KIND = "pain.007.001.09"
_ROOT = "CstmrPmtRvsl"
_GROUP, _BLOCK, _ITEM = "OrgnlGrpInf", "OrgnlPmtInfAndRvsl", "TxInf"


def write_reversals(file: ReversalFile, out: BinaryIO) -> ControlSum:
    """Write `file` to `out` item by item. Raises FieldRefused and ControlSumMismatch; `out` then holds no message."""
    header = group_header(file.message_id, file.created_at, file.count, file.total, file.initiating_name)
    original = (
        f"<{_GROUP}><OrgnlMsgId>{writing.identifier('OrgnlMsgId', file.original_message_id)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{writing.identifier('OrgnlMsgNmId', file.original_kind)}</OrgnlMsgNmId></{_GROUP}>\n"
    )
    block = writing.identifier("OrgnlPmtInfId", file.original_block_id)
    out.write((writing.document(KIND, _ROOT) + header + original).encode())
    out.write(f"<{_BLOCK}><OrgnlPmtInfId>{block}</OrgnlPmtInfId><PmtInfRvsl>false</PmtInfRvsl>\n".encode())
    written = Written()
    for item in file.items:
        out.write(_item(item).encode())
        written.add(item.reversed_amount)
    out.write((f"</{_BLOCK}>" + writing.closing(_ROOT)).encode())
    return written.agreed(file.count, file.total)


def _item(item: Reversal) -> str:
    on = item.collected_on
    collected = f"<OrgnlTxRef><ReqdColltnDt>{on.isoformat()}</ReqdColltnDt></OrgnlTxRef>" if on else ""
    return (
        f"<{_ITEM}><RvslId>{writing.identifier('RvslId', item.reversal_id)}</RvslId>"
        f"<OrgnlEndToEndId>{writing.identifier('OrgnlEndToEndId', item.end_to_end_id)}</OrgnlEndToEndId>"
        f"{writing.amount('OrgnlInstdAmt', item.collected)}{writing.amount('RvsdInstdAmt', item.reversed_amount)}"
        f"<RvslRsnInf>{writing.reason(item.reason)}</RvslRsnInf>{collected}</{_ITEM}>\n"
    )


def read_reversals(source: BinaryIO) -> ReversalFile:
    """A pain.007, its items streamed; the sums are proved with the last.

    Raises what `stream` does, MessageIncomplete, FieldRefused, ControlSumMismatch.
    """
    nodes = stream(source, ("pain.007",), ("GrpHdr", _GROUP, _ITEM, _BLOCK))
    header = Fields(next_named(nodes, "GrpHdr"))
    original = Fields(next_named(nodes, _GROUP))
    declared = Declared(header)
    first = next_named(nodes, _ITEM)
    block = first.getparent()
    assert block is not None, "an item stands in a block"
    return ReversalFile(
        message_id=header.required("MsgId"),
        created_at=header.instant("CreDtTm"),
        initiating_name=header.raw("InitgPty/Nm") or "",
        original_message_id=original.required("OrgnlMsgId"),
        original_kind=original.required("OrgnlMsgNmId"),
        original_block_id=Fields(block).required("OrgnlPmtInfId"),
        count=declared.count,
        total=declared.total,
        items=_items(first, nodes, declared),
    )


def _items(first: Element, nodes: Iterator[Element], declared: Declared) -> Iterator[Reversal]:
    node: Element | None = first
    while node is not None:
        if node.tag.endswith(f"}}{_ITEM}"):
            item = _read_item(Fields(node))
            declared.add(item.reversed_amount)
            yield item
        node = next(nodes, None)
    declared.check()


def _read_item(node: Fields) -> Reversal:
    collected = node.required_money("OrgnlInstdAmt")
    why = reason(node, "RvslRsnInf")
    if why is None:
        raise MessageIncomplete(element=f"{_ITEM}/RvslRsnInf")
    return Reversal(
        reversal_id=node.required("RvslId"),
        end_to_end_id=node.required("OrgnlEndToEndId"),
        collected=collected,
        reversed_amount=node.money("RvsdInstdAmt") or collected,
        reason=why,
        collected_on=node.date("OrgnlTxRef/ReqdColltnDt"),
    )
