"""What a bank decides of recalls: camt.029, written as 001.09, read in any version from 03 to 11."""

from collections.abc import Iterator
from typing import BinaryIO

from domain.banking.messages import writing
from domain.banking.messages.corrections import RecallDecision, Resolution
from domain.banking.messages.errors import FieldRefused
from domain.banking.messages.fields import Fields
from domain.banking.messages.parts import reason
from domain.banking.messages.xml import Element, next_named, stream

KIND = "camt.029.001.09"
_ROOT = "RsltnOfInvstgtn"
_ITEM = "TxInfAndSts"
ACCEPTED, REJECTED, OPEN = "ACCR", "RJCR", "PDCR"
_STATUSES = {ACCEPTED, REJECTED, OPEN, "PACR"}


def write_resolution(resolution: Resolution, out: BinaryIO) -> None:
    """Write the decisions one by one. Raises FieldRefused."""
    header = (
        f"<Assgnmt><Id>{writing.identifier('Assgnmt/Id', resolution.message_id)}</Id>"
        f"<Assgnr><Pty><Nm>{writing.words('Assgnr/Nm', resolution.assigner)}</Nm></Pty></Assgnr>"
        "<Assgne><Pty/></Assgne>"
        f"<CreDtTm>{writing.instant(resolution.created_at)}</CreDtTm></Assgnmt>"
        f"<Sts><Conf>{writing.identifier('Conf', resolution.confirmation)}</Conf></Sts>\n<CxlDtls>\n"
    )
    original = resolution.original_message_id
    group = ""
    if original is not None:
        written = writing.identifier("OrgnlMsgId", original)
        group = f"<OrgnlGrpInf><OrgnlMsgId>{written}</OrgnlMsgId><OrgnlMsgNmId>camt.056</OrgnlMsgNmId></OrgnlGrpInf>"
    out.write((writing.document(KIND, _ROOT) + header).encode())
    out.writelines(_item(decision, group).encode() for decision in resolution.decisions)
    out.write(("</CxlDtls>" + writing.closing(_ROOT)).encode())


def _item(decision: RecallDecision, group: str) -> str:
    if decision.status not in _STATUSES:
        raise FieldRefused.malformed("TxCxlSts", decision.status, " / ".join(sorted(_STATUSES)))
    recall = decision.recall_id
    status_id = "" if recall is None else f"<CxlStsId>{writing.identifier('CxlStsId', recall)}</CxlStsId>"
    why = "" if decision.reason is None else f"<CxlStsRsnInf>{writing.reason(decision.reason)}</CxlStsRsnInf>"
    return (
        f"<{_ITEM}>{status_id}{group}"
        f"<OrgnlEndToEndId>{writing.identifier('OrgnlEndToEndId', decision.end_to_end_id)}</OrgnlEndToEndId>"
        f"<TxCxlSts>{decision.status}</TxCxlSts>{why}</{_ITEM}>\n"
    )


def read_resolution(source: BinaryIO) -> Resolution:
    """A camt.029, its decisions streamed. Raises what `stream` does, MessageIncomplete, FieldRefused."""
    nodes = stream(source, ("camt.029",), ("Assgnmt", "Sts", _ITEM))
    assignment = Fields(next_named(nodes, "Assgnmt"))
    status = Fields(next_named(nodes, "Sts"))
    first = next(nodes, None)
    original = None if first is None else Fields(first).text("OrgnlGrpInf/OrgnlMsgId")
    return Resolution(
        message_id=assignment.required("Id"),
        created_at=assignment.instant("CreDtTm"),
        assigner=assignment.raw("Assgnr/Pty/Nm", "Assgnr/Agt/FinInstnId/Nm") or "",
        original_message_id=original,
        confirmation=status.required("Conf", "RjctdMod/Cd"),
        decisions=_decisions(first, nodes),
    )


def _decisions(first: Element | None, nodes: Iterator[Element]) -> Iterator[RecallDecision]:
    node = first
    while node is not None:
        fields = Fields(node)
        yield RecallDecision(
            recall_id=fields.text("CxlStsId"),
            end_to_end_id=fields.required("OrgnlEndToEndId"),
            status=fields.required("TxCxlSts"),
            reason=reason(fields, "CxlStsRsnInf"),
        )
        node = next(nodes, None)
