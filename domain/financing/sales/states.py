"""States of advances out of sales, and what happens to them."""

from enum import StrEnum


class SalesAdvanceState(StrEnum):
    """From the lender's proposal to the last share of sales."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    LAPSED = "lapsed"
    FUNDED = "funded"
    FUNDING_FAILED = "funding_failed"
    OVERDUE = "overdue"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"


class SalesEventKind(StrEnum):
    """What moves money; on one date in this order."""

    FUNDED = "funded"
    COLLECTED = "collected"
    RECEIVED = "received"  # by the merchant's own transfer
    WRITTEN_OFF = "written_off"
    RETURNED = "returned"


_S = SalesAdvanceState

# An advance may catch up; a payment that comes back, or is booked for an earlier date, changes whatever had come about.
# Money that left although its order was taken back at that very moment is owed all the same.
SALES_ADVANCE_TRANSITIONS = {
    _S.PROPOSED: frozenset({_S.APPROVED, _S.LAPSED}),
    _S.APPROVED: frozenset({_S.FUNDED, _S.FUNDING_FAILED, _S.LAPSED}),
    _S.LAPSED: frozenset({_S.FUNDED}),
    _S.FUNDED: frozenset({_S.OVERDUE, _S.REPAID, _S.FUNDING_FAILED}),
    _S.OVERDUE: frozenset({_S.FUNDED, _S.REPAID, _S.WRITTEN_OFF, _S.FUNDING_FAILED}),
    _S.REPAID: frozenset({_S.FUNDED, _S.WRITTEN_OFF, _S.FUNDING_FAILED}),
    _S.WRITTEN_OFF: frozenset({_S.FUNDED, _S.REPAID, _S.FUNDING_FAILED}),
}

# Money is out and owed.
OUTSTANDING = (_S.FUNDED, _S.OVERDUE)
# The bank has paid it out, whatever came of it since.
PAID_OUT = (*OUTSTANDING, _S.REPAID, _S.WRITTEN_OFF)
# A merchant with one of these gets no other.
LIVE = (_S.APPROVED, *OUTSTANDING)
