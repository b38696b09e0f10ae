"""Recalls of payments: camt.056, written as 001.08, read in any version from 01 to 10."""

from collections.abc import Iterator
from typing import BinaryIO

from domain.banking.messages import writing
from domain.banking.messages.corrections import Recall, RecallFile
from domain.banking.messages.errors import MessageIncomplete
from domain.banking.messages.fields import Fields
from domain.banking.messages.initiation import Written, sums
from domain.banking.messages.model import ControlSum
from domain.banking.messages.parts import Declared, bank_id, reason
from domain.banking.messages.xml import Element, next_named, stream

KIND = "camt.056.001.08"
_ROOT = "FIToFIPmtCxlReq"
_EXPLANATION_LIMIT = 105  # Max105Text


def write_recalls(file: RecallFile, out: BinaryIO) -> ControlSum:
    """Write `file` to `out` item by item. Raises FieldRefused and ControlSumMismatch; `out` then holds no message."""
    header = (
        f"<Assgnmt><Id>{writing.identifier('Assgnmt/Id', file.message_id)}</Id>"
        f"<Assgnr><Pty><Nm>{writing.words('Assgnr/Nm', file.assigner)}</Nm></Pty></Assgnr>"
        f"<Assgne><Agt>{writing.bank(file.bank_id)}</Agt></Assgne>"
        f"<CreDtTm>{writing.instant(file.created_at)}</CreDtTm></Assgnmt>"
        f"<CtrlData>{sums(file.count, file.total)}</CtrlData>\n<Undrlyg>\n"
    )
    original = (
        f"<OrgnlGrpInf><OrgnlMsgId>{writing.identifier('OrgnlMsgId', file.original_message_id)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{writing.identifier('OrgnlMsgNmId', file.original_kind)}</OrgnlMsgNmId></OrgnlGrpInf>"
    )
    out.write((writing.document(KIND, _ROOT) + header).encode())
    written = Written()
    for item in file.items:
        out.write(_item(item, original).encode())
        written.add(item.amount)
    out.write(("</Undrlyg>" + writing.closing(_ROOT)).encode())
    return written.agreed(file.count, file.total)


def _item(item: Recall, original: str) -> str:
    on = item.settled_on
    settled = f"<OrgnlIntrBkSttlmDt>{on.isoformat()}</OrgnlIntrBkSttlmDt>" if on else ""
    told = item.explanation
    more = f"<AddtlInf>{writing.words('AddtlInf', told, _EXPLANATION_LIMIT)}</AddtlInf>" if told else ""
    return (
        f"<TxInf><CxlId>{writing.identifier('CxlId', item.recall_id)}</CxlId>{original}"
        f"<OrgnlEndToEndId>{writing.identifier('OrgnlEndToEndId', item.end_to_end_id)}</OrgnlEndToEndId>"
        f"{writing.amount('OrgnlIntrBkSttlmAmt', item.amount)}{settled}"
        f"<CxlRsnInf>{writing.reason(item.reason)}{more}</CxlRsnInf></TxInf>\n"
    )


def read_recalls(source: BinaryIO) -> RecallFile:
    """A camt.056, its items streamed; the sums are proved with the last.

    Raises what `stream` does, MessageIncomplete, FieldRefused, ControlSumMismatch.
    """
    nodes = stream(source, ("camt.056",), ("Assgnmt", "CtrlData", "TxInf"))
    assignment = Fields(next_named(nodes, "Assgnmt"))
    declared = Declared(Fields(next_named(nodes, "CtrlData")))
    first = next_named(nodes, "TxInf")
    original = Fields(first)
    return RecallFile(
        message_id=assignment.required("Id"),
        created_at=assignment.instant("CreDtTm"),
        assigner=assignment.raw("Assgnr/Pty/Nm", "Assgnr/Agt/FinInstnId/Nm") or "",
        bank_id=bank_id(assignment, "Assgne/Agt"),
        original_message_id=original.required("OrgnlGrpInf/OrgnlMsgId"),
        original_kind=original.required("OrgnlGrpInf/OrgnlMsgNmId"),
        count=declared.count,
        total=declared.total,
        items=_items(first, nodes, declared),
    )


def _items(first: Element, nodes: Iterator[Element], declared: Declared) -> Iterator[Recall]:
    node: Element | None = first
    while node is not None:
        item = _read_item(Fields(node))
        declared.add(item.amount)
        yield item
        node = next(nodes, None)
    declared.check()


def _read_item(node: Fields) -> Recall:
    why = reason(node, "CxlRsnInf")
    if why is None:
        raise MessageIncomplete(element="TxInf/CxlRsnInf")
    return Recall(
        recall_id=node.required("CxlId"),
        end_to_end_id=node.required("OrgnlEndToEndId"),
        amount=node.required_money("OrgnlIntrBkSttlmAmt"),
        reason=why,
        settled_on=node.date("OrgnlIntrBkSttlmDt"),
        explanation=node.raw("CxlRsnInf/AddtlInf") or "",
    )
