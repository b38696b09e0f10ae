"""States of facilities, requests, offers and advances (rules/financing.md, "States")."""

from enum import StrEnum


class FacilityState(StrEnum):
    """A lender's line: agreed by its maker and checker before it lends."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class RequestState(StrEnum):
    """A seller's wish to have one receivable financed."""

    REQUESTED = "requested"
    APPROVED_BY_SELLER = "approved_by_seller"
    OPEN = "open"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    EXPIRED = "expired"


class OfferState(StrEnum):
    """A lender's answer to a request."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OUTBID = "outbid"
    LAPSED = "lapsed"


class AdvanceState(StrEnum):
    """The money lent, from acceptance to the release of the reserve."""

    CREATED = "created"
    CONDITIONS_MET = "conditions_met"
    LAPSED = "lapsed"
    INSTRUCTED = "instructed"
    FUNDED = "funded"
    FUNDING_FAILED = "funding_failed"
    PART_REPAID = "part_repaid"
    OVERDUE = "overdue"
    REPAID = "repaid"
    RECOURSE_DEMANDED = "recourse_demanded"
    BOUGHT_BACK = "bought_back"
    WRITTEN_OFF = "written_off"
    CLOSED = "closed"


class Licence(StrEnum):
    """By what right a lender lends."""

    BANK = "bank"
    FACTOR = "factor"
    NONE = "none"


class ChangeKind(StrEnum):
    """What one person proposes to change and another puts in force."""

    AMEND_FACILITY = "amend_facility"
    RESUME_FACILITY = "resume_facility"
    CLOSE_FACILITY = "close_facility"
    SET_LIMIT = "set_limit"
    REFERENCE_RATE = "reference_rate"
    LENDER_PROFILE = "lender_profile"
    AGENT_POLICY = "agent_policy"
    AGENT_DAYS = "agent_days"
    AGENT_HISTORY = "agent_history"


class ChangeState(StrEnum):
    """Proposed by one, applied or refused by another, or taken back."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"


class RepaymentState(StrEnum):
    """A payment that a person books, from its arrival to its settlement in the books."""

    RECEIVED = "received"
    SUSPENSE = "suspense"
    MATCHED = "matched"
    ALLOCATED = "allocated"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    REVERSED = "reversed"
    REPLAYED = "replayed"


class Payer(StrEnum):
    """Whose money a payment is, and what for: it decides which fact it becomes."""

    DEBTOR = "debtor"  # pays its invoices
    SELLER_RECOURSE = "seller_recourse"  # buys its invoice back (R11)
    SELLER_DILUTION = "seller_dilution"  # answers a call (R10)


class WriteOffState(StrEnum):
    """A write-off is proposed, and booked or refused by another person."""

    PROPOSED = "proposed"
    BOOKED = "booked"
    REFUSED = "refused"


class RefundState(StrEnum):
    """What a debtor paid too much on its way back: asked for by one, approved by another, paid by the bank."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"
    FAILED = "failed"


class ProvisionKind(StrEnum):
    """Why a provision changed."""

    CLOSING = "closing"
    USED = "used"


_F, _R, _O, _A, _C = FacilityState, RequestState, OfferState, AdvanceState, ChangeState

CHANGE_TRANSITIONS = {_C.PROPOSED: frozenset({_C.APPLIED, _C.REFUSED})}

FACILITY_TRANSITIONS = {
    _F.PROPOSED: frozenset({_F.ACTIVE, _F.CLOSED}),
    _F.ACTIVE: frozenset({_F.SUSPENDED, _F.CLOSED}),
    _F.SUSPENDED: frozenset({_F.ACTIVE, _F.CLOSED}),
}

REQUEST_TRANSITIONS = {
    _R.REQUESTED: frozenset({_R.APPROVED_BY_SELLER, _R.EXPIRED}),
    _R.APPROVED_BY_SELLER: frozenset({_R.OPEN}),
    _R.OPEN: frozenset({_R.ACCEPTED, _R.EXPIRED}),
    _R.ACCEPTED: frozenset({_R.LAPSED}),
}

OFFER_TRANSITIONS = {
    _O.PROPOSED: frozenset({_O.OFFERED, _O.DECLINED, _O.OUTBID, _O.EXPIRED}),
    _O.OFFERED: frozenset({_O.ACCEPTED, _O.WITHDRAWN, _O.EXPIRED, _O.OUTBID}),
    _O.ACCEPTED: frozenset({_O.LAPSED}),
}

# Beyond the rules file: an order that no bank has seen may be withdrawn; a late payment repays an overdue advance; one
# that was bought without recourse is written off straight from overdue; a returned payment, or one that is booked for
# an earlier date, changes whatever had come about.
_AFTER_FUNDING = frozenset(
    {_A.FUNDED, _A.PART_REPAID, _A.OVERDUE, _A.RECOURSE_DEMANDED, _A.REPAID, _A.BOUGHT_BACK, _A.WRITTEN_OFF}
    | {_A.CLOSED, _A.FUNDING_FAILED}
)
ADVANCE_TRANSITIONS = {
    _A.CREATED: frozenset({_A.CONDITIONS_MET, _A.LAPSED}),
    _A.CONDITIONS_MET: frozenset({_A.INSTRUCTED, _A.LAPSED}),
    _A.INSTRUCTED: frozenset({_A.FUNDED, _A.FUNDING_FAILED, _A.LAPSED}),
    _A.FUNDED: frozenset({_A.PART_REPAID, _A.REPAID, _A.OVERDUE, _A.FUNDING_FAILED}),
    _A.PART_REPAID: frozenset({_A.FUNDED, _A.REPAID, _A.OVERDUE, _A.FUNDING_FAILED}),
    _A.OVERDUE: _AFTER_FUNDING - {_A.OVERDUE, _A.BOUGHT_BACK, _A.CLOSED},
    _A.RECOURSE_DEMANDED: frozenset({_A.BOUGHT_BACK, _A.WRITTEN_OFF, _A.REPAID, _A.FUNDING_FAILED}),
    _A.REPAID: _AFTER_FUNDING - {_A.REPAID},
    _A.CLOSED: _AFTER_FUNDING - {_A.CLOSED},
    _A.BOUGHT_BACK: _AFTER_FUNDING - {_A.BOUGHT_BACK, _A.CLOSED},
    _A.WRITTEN_OFF: _AFTER_FUNDING - {_A.WRITTEN_OFF, _A.CLOSED},
}

# Money is out: it accrues, and the debtor's payments repay it.
OUTSTANDING = (_A.FUNDED, _A.PART_REPAID, _A.OVERDUE, _A.RECOURSE_DEMANDED)
# The bank has paid it out, whatever came of it since.
PAID_OUT = (*OUTSTANDING, _A.REPAID, _A.CLOSED, _A.BOUGHT_BACK, _A.WRITTEN_OFF)
# A receivable that carries one of these cannot carry another.
ENDED_UNPLEDGED = (_A.LAPSED, _A.FUNDING_FAILED, _A.BOUGHT_BACK, _A.WRITTEN_OFF)

_P = RepaymentState
# What is too large to be meant waits in suspense until a person has looked. One person may withdraw what is not booked;
# what is takes two people to reverse, and is replayed at once.
REPAYMENT_TRANSITIONS = {
    _P.RECEIVED: frozenset({_P.MATCHED, _P.SUSPENSE}),
    _P.SUSPENSE: frozenset({_P.MATCHED, _P.WITHDRAWN}),
    _P.MATCHED: frozenset({_P.ALLOCATED}),
    _P.ALLOCATED: frozenset({_P.SETTLED, _P.WITHDRAWN}),
    _P.SETTLED: frozenset({_P.REVERSED}),
    _P.REVERSED: frozenset({_P.REPLAYED}),
}

WRITE_OFF_TRANSITIONS = {
    WriteOffState.PROPOSED: frozenset({WriteOffState.BOOKED, WriteOffState.REFUSED}),
}

REFUND_TRANSITIONS = {
    RefundState.PROPOSED: frozenset({RefundState.APPROVED, RefundState.REFUSED}),
    RefundState.APPROVED: frozenset({RefundState.PAID, RefundState.FAILED}),
    RefundState.PAID: frozenset({RefundState.FAILED}),
}
