"""Mandates on their way between creditor and debtor's bank: pain.009 request, 010 amend, 011 cancel, 012 accept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, TypedDict

from lxml.etree import QName

from domain.banking.messages import writing
from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.fields import Fields
from domain.banking.messages.model import Party
from domain.banking.messages.parts import account, bank_id, party_name, reason
from domain.banking.messages.xml import find_all, next_named, stream
from domain.values.money import Money

VERSION = "001.05"
MAX_BYTES = 1_000_000  # one mandate
_PURPOSE_LIMIT = 70  # Max70Text
_YES, _NO = {"true", "1"}, {"false", "0"}
FREQUENCIES = ("DAIL", "WEEK", "FRTN", "MNTH", "QURT", "MIAN", "YEAR", "ADHO", "INDA")  # Frequency6Code


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateTerms:
    """What the debtor agrees to."""

    mandate_id: str | None  # given by the creditor or its bank; a request may do without
    request_id: str
    creditor: Party
    debtor: Party
    creditor_scheme_id: str | None = None
    is_recurring: bool = True
    frequency: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    collection: Money | None = None  # the same amount each time
    maximum: Money | None = None  # at most this much each time
    signed_on: date | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRequest:
    """pain.009: the creditor asks for a mandate."""

    message_id: str
    created_at: datetime
    initiating_name: str
    terms: MandateTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateAmendment:
    """pain.010: a mandate under `original_mandate_id` gets other terms."""

    message_id: str
    created_at: datetime
    initiating_name: str
    original_mandate_id: str
    reason: str
    terms: MandateTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateCancellation:
    """pain.011: a mandate ends."""

    message_id: str
    created_at: datetime
    initiating_name: str
    mandate_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateAcceptance:
    """pain.012: the debtor's bank has accepted a request, amendment or cancellation, or refused it for `reason`."""

    message_id: str
    created_at: datetime
    initiating_name: str
    original_message_id: str
    original_kind: str
    mandate_id: str
    is_accepted: bool
    reason: str | None = None


MandateMessage = MandateRequest | MandateAmendment | MandateCancellation | MandateAcceptance


def write_mandate_message(message: MandateMessage, out: BinaryIO) -> None:
    """Write a message of any of the four kinds, valid against its official schema (001.05). Raises FieldRefused."""
    match message:
        case MandateRequest():
            kind, root, body = "pain.009", "MndtInitnReq", f"<Mndt>{_terms(message.terms)}</Mndt>"
        case MandateAmendment():
            kind, root, body = "pain.010", "MndtAmdmntReq", _amendment(message)
        case MandateCancellation():
            kind, root, body = "pain.011", "MndtCxlReq", _cancellation(message)
        case MandateAcceptance():
            kind, root, body = "pain.012", "MndtAccptncRpt", _acceptance(message)
    header = (
        f"<GrpHdr><MsgId>{writing.identifier('MsgId', message.message_id)}</MsgId>"
        f"<CreDtTm>{writing.instant(message.created_at)}</CreDtTm>"
        f"<InitgPty><Nm>{writing.words('InitgPty/Nm', message.initiating_name)}</Nm></InitgPty></GrpHdr>\n"
    )
    out.write((writing.document(f"{kind}.{VERSION}", root) + header + body + writing.closing(root)).encode())


def _amendment(message: MandateAmendment) -> str:
    if message.terms.mandate_id is None:
        raise FieldRefused.empty("MndtId")
    return (
        f"<UndrlygAmdmntDtls><AmdmntRsn>{writing.reason(message.reason)}</AmdmntRsn>"
        f"<Mndt>{_terms(message.terms)}</Mndt>{_original(message.original_mandate_id)}</UndrlygAmdmntDtls>"
    )


def _cancellation(message: MandateCancellation) -> str:
    return (
        f"<UndrlygCxlDtls><CxlRsn>{writing.reason(message.reason)}</CxlRsn>"
        f"{_original(message.mandate_id)}</UndrlygCxlDtls>"
    )


def _acceptance(message: MandateAcceptance) -> str:
    original, kind = message.original_message_id, message.original_kind
    code = "" if message.reason is None else writing.reason(message.reason)
    return (
        f"<UndrlygAccptncDtls><OrgnlMsgInf><MsgId>{writing.identifier('OrgnlMsgInf/MsgId', original)}</MsgId>"
        f"<MsgNmId>{writing.identifier('MsgNmId', kind)}</MsgNmId></OrgnlMsgInf>"
        f"<AccptncRslt><Accptd>{str(message.is_accepted).lower()}</Accptd>"
        f"{code.replace('Rsn>', 'RjctRsn>')}</AccptncRslt>{_original(message.mandate_id)}</UndrlygAccptncDtls>"
    )


def _original(mandate_id: str) -> str:
    return f"<OrgnlMndt><OrgnlMndtId>{writing.identifier('OrgnlMndtId', mandate_id)}</OrgnlMndtId></OrgnlMndt>"


def _terms(terms: MandateTerms) -> str:
    signed = terms.signed_on
    return (
        f"{writing.tagged('MndtId', terms.mandate_id)}{writing.tagged('MndtReqId', terms.request_id)}"
        + ("" if signed is None else f"<Authntcn><Dt>{signed.isoformat()}</Dt></Authntcn>")
        + f"{_occurrences(terms)}<TrckgInd>false</TrckgInd>"
        + ("" if terms.collection is None else writing.amount("ColltnAmt", terms.collection))
        + ("" if terms.maximum is None else writing.amount("MaxAmt", terms.maximum))
        + (f"<Rsn><Prtry>{writing.words('Rsn', terms.purpose, _PURPOSE_LIMIT)}</Prtry></Rsn>" if terms.purpose else "")
        + writing.creditor_scheme(terms.creditor_scheme_id)
        + writing.party_account_bank("Cdtr", terms.creditor)
        + writing.party_account_bank("Dbtr", terms.debtor)
    )


def _occurrences(terms: MandateTerms) -> str:
    frequency = terms.frequency
    if frequency is not None and frequency not in FREQUENCIES:
        raise FieldRefused.malformed("Frqcy", frequency, " / ".join(FREQUENCIES))
    often = "" if frequency is None else f"<Frqcy><Tp>{frequency}</Tp></Frqcy>"
    lasting = ""
    if terms.from_on is not None:
        until = "" if terms.to_on is None else f"<ToDt>{terms.to_on.isoformat()}</ToDt>"
        lasting = f"<Drtn><FrDt>{terms.from_on.isoformat()}</FrDt>{until}</Drtn>"
    return f"<Ocrncs><SeqTp>{'RCUR' if terms.is_recurring else 'OOFF'}</SeqTp>{often}{lasting}</Ocrncs>"


_BODIES = {
    "MndtInitnReq": "Mndt",
    "MndtAmdmntReq": "UndrlygAmdmntDtls",
    "MndtCxlReq": "UndrlygCxlDtls",
    "MndtAccptncRpt": "UndrlygAccptncDtls",
}
_KINDS = ("pain.009", "pain.010", "pain.011", "pain.012")


def read_mandate_message(source: BinaryIO) -> MandateMessage:
    """The one mandate message of a document. Raises what `stream` does, MessageIncomplete, FieldRefused."""
    nodes = stream(source, _KINDS, ("GrpHdr", *_BODIES), limit_bytes=MAX_BYTES)
    header = Fields(next_named(nodes, "GrpHdr"))
    root = next(nodes, None)
    if root is None:
        raise MessageIncomplete(element=" / ".join(_BODIES))
    name = QName(root).localname
    told = find_all(root, _BODIES[name])
    if len(told) != 1:
        raise FieldRefused.malformed(_BODIES[name], str(len(told)), "one mandate in a message")
    body, head = Fields(told[0]), _head(header)
    match name:
        case "MndtInitnReq":
            return MandateRequest(**head, terms=_read_terms(body, ""))
        case "MndtAmdmntReq":
            return MandateAmendment(
                **head,
                original_mandate_id=_read_original(body),
                reason=_read_reason(body, "AmdmntRsn"),
                terms=_read_terms(body, "Mndt/"),
            )
        case "MndtCxlReq":
            return MandateCancellation(**head, mandate_id=_read_original(body), reason=_read_reason(body, "CxlRsn"))
        case _:
            return _read_acceptance(body, head)


class _Head(TypedDict):
    message_id: str
    created_at: datetime
    initiating_name: str


def _head(header: Fields) -> _Head:
    return {
        "message_id": header.required("MsgId"),
        "created_at": header.instant("CreDtTm"),
        "initiating_name": header.raw("InitgPty/Nm") or "",
    }


def _read_acceptance(body: Fields, head: _Head) -> MandateAcceptance:
    accepted = body.required("AccptncRslt/Accptd")
    if accepted not in _YES | _NO:
        raise FieldRefused.malformed("Accptd", accepted, "true / false")
    return MandateAcceptance(
        **head,
        original_message_id=body.required("OrgnlMsgInf/MsgId"),
        original_kind=body.required("OrgnlMsgInf/MsgNmId"),
        mandate_id=_read_original(body),
        is_accepted=accepted in _YES,
        reason=body.text("AccptncRslt/RjctRsn/Cd", "AccptncRslt/RjctRsn/Prtry"),
    )


def _read_original(body: Fields) -> str:
    return body.required("OrgnlMndt/OrgnlMndtId", "OrgnlMndt/OrgnlMndt/MndtId")


def _read_reason(body: Fields, path: str) -> str:
    found = reason(body, path)
    if found is None:
        raise MessageIncomplete(element=path)
    return found


def _read_terms(body: Fields, path: str) -> MandateTerms:
    scheme = f"{path}CdtrSchmeId/Id"
    return MandateTerms(
        mandate_id=body.text(f"{path}MndtId"),
        request_id=body.text(f"{path}MndtReqId") or "",
        creditor=_read_party(body, f"{path}Cdtr"),
        debtor=_read_party(body, f"{path}Dbtr"),
        creditor_scheme_id=body.text(f"{scheme}/PrvtId/Othr/Id", f"{scheme}/OrgId/Othr/Id"),
        is_recurring=body.text(f"{path}Ocrncs/SeqTp") != "OOFF",
        frequency=body.text(f"{path}Ocrncs/Frqcy/Tp", f"{path}Ocrncs/Frqcy"),
        from_on=body.date(f"{path}Ocrncs/Drtn/FrDt"),
        to_on=body.date(f"{path}Ocrncs/Drtn/ToDt"),
        collection=body.money(f"{path}ColltnAmt"),
        maximum=body.money(f"{path}MaxAmt"),
        signed_on=body.date(f"{path}Authntcn/Dt"),
        purpose=body.raw(f"{path}Rsn/Prtry", f"{path}Rsn/Cd"),
    )


def _read_party(body: Fields, role: str) -> Party:
    own = account(body, f"{role}Acct")
    if own is None:
        raise MessageIncomplete(element=f"{role}Acct")
    return Party(party_name(body, role) or "", own, bank_id(body, f"{role}Agt"))
