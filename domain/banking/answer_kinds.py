"""Whose an answer is, told by its beginning: most are large and about payments, and are read once, elsewhere."""

import re

from domain.banking.states import AnswerKind

_LOOK_AT_BYTES = 4_096
_NAMESPACE = re.compile(rb"xmlns(?::\w+)?=[\"'][^\"']*?((?:pain|camt)\.\d{3})\.001\.")
_ORIGINAL = re.compile(rb"<(?:\w+:)?OrgnlMsgNmId>\s*((?:pain|camt)\.\d{3})")
_OWN = {b"pain.012": AnswerKind.MANDATES, b"camt.029": AnswerKind.CORRECTIONS}
_ABOUT = {
    b"pain.009": AnswerKind.MANDATES,
    b"pain.010": AnswerKind.MANDATES,
    b"pain.011": AnswerKind.MANDATES,
    b"pain.007": AnswerKind.CORRECTIONS,
    b"camt.056": AnswerKind.CORRECTIONS,
}


def answer_kind(content: bytes) -> AnswerKind:
    """A status report is of the kind of the message it is about; what cannot be told is left to who reads payments."""
    start = content[:_LOOK_AT_BYTES]
    document = _NAMESPACE.search(start)
    if document is None:
        return AnswerKind.PAYMENTS
    if document[1] != b"pain.002":
        return _OWN.get(document[1], AnswerKind.PAYMENTS)
    original = _ORIGINAL.search(start)
    return _ABOUT.get(original[1] if original else b"", AnswerKind.PAYMENTS)
