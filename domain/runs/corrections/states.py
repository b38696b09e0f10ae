"""By what way money is given back, and what becomes of a correction."""

from collections.abc import Mapping
from enum import StrEnum


class Method(StrEnum):
    """How the bank is asked."""

    RECALL = "recall"  # camt.056: not settled yet, or a payment that its payee may give back
    REVERSAL = "reversal"  # pain.007: a collection, whole, soon after it settled
    TRANSFER = "transfer"  # a payment of its own to the account that was debited


class CorrectionState(StrEnum):
    """Where a correction stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENT = "sent"  # with the bank; a refund by transfer is its own instruction from its approval on
    DONE = "done"
    REFUSED = "refused"  # by the bank
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # the money went back, or never came, by itself


_C = CorrectionState
TRANSITIONS: Mapping[CorrectionState, frozenset[CorrectionState]] = {
    _C.PROPOSED: frozenset({_C.APPROVED, _C.WITHDRAWN, _C.OVERTAKEN}),
    _C.APPROVED: frozenset({_C.SENT, _C.DONE, _C.REFUSED, _C.OVERTAKEN}),
    # The bank may refuse a reversal of what was returned meanwhile.
    _C.SENT: frozenset({_C.DONE, _C.REFUSED, _C.OVERTAKEN}),
    _C.DONE: frozenset({_C.REFUSED}),  # a refund that came back from a closed account
    _C.REFUSED: frozenset(),
    _C.WITHDRAWN: frozenset(),
    _C.OVERTAKEN: frozenset(),
}
OPEN = (_C.PROPOSED, _C.APPROVED, _C.SENT)
GIVEN_BACK = (_C.PROPOSED, _C.APPROVED, _C.SENT, _C.DONE)  # counts as refunded when another refund is asked for
