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


class SalesEventKind(StrEnum):
    """What moves money; on one date in this order."""

    FUNDED = "funded"
    COLLECTED = "collected"
    RETURNED = "returned"


_S = SalesAdvanceState

# An advance may catch up; a payment that comes back reopens what was repaid. Money that left although its order was
# taken back at that very moment is owed all the same.
SALES_ADVANCE_TRANSITIONS = {
    _S.PROPOSED: frozenset({_S.APPROVED, _S.LAPSED}),
    _S.APPROVED: frozenset({_S.FUNDED, _S.FUNDING_FAILED, _S.LAPSED}),
    _S.LAPSED: frozenset({_S.FUNDED}),
    _S.FUNDED: frozenset({_S.OVERDUE, _S.REPAID, _S.FUNDING_FAILED}),
    _S.OVERDUE: frozenset({_S.FUNDED, _S.REPAID, _S.FUNDING_FAILED}),
    _S.REPAID: frozenset({_S.FUNDED, _S.FUNDING_FAILED}),
}

# Money is out and owed.
OUTSTANDING = (_S.FUNDED, _S.OVERDUE)
# A merchant with one of these gets no other.
LIVE = (_S.APPROVED, *OUTSTANDING)
