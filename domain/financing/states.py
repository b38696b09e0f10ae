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


class ChangeState(StrEnum):
    """Proposed by one, applied or refused by another, or taken back."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"


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

# Beyond the rules file: an order that no bank has seen may be withdrawn; a late payment repays an overdue advance; a
# returned one reopens whatever it had brought about.
ADVANCE_TRANSITIONS = {
    _A.CREATED: frozenset({_A.CONDITIONS_MET, _A.LAPSED}),
    _A.CONDITIONS_MET: frozenset({_A.INSTRUCTED, _A.LAPSED}),
    _A.INSTRUCTED: frozenset({_A.FUNDED, _A.FUNDING_FAILED, _A.LAPSED}),
    _A.FUNDED: frozenset({_A.PART_REPAID, _A.REPAID, _A.OVERDUE, _A.FUNDING_FAILED}),
    _A.PART_REPAID: frozenset({_A.FUNDED, _A.REPAID, _A.OVERDUE, _A.FUNDING_FAILED}),
    _A.OVERDUE: frozenset({_A.FUNDED, _A.PART_REPAID, _A.REPAID, _A.RECOURSE_DEMANDED, _A.FUNDING_FAILED}),
    _A.RECOURSE_DEMANDED: frozenset({_A.BOUGHT_BACK, _A.WRITTEN_OFF, _A.REPAID}),
    _A.REPAID: frozenset({_A.CLOSED, _A.FUNDED, _A.PART_REPAID, _A.OVERDUE, _A.FUNDING_FAILED}),
    _A.CLOSED: frozenset({_A.REPAID, _A.FUNDED, _A.PART_REPAID, _A.OVERDUE, _A.FUNDING_FAILED}),
}

# Money is out: it accrues, and the debtor's payments repay it.
OUTSTANDING = (_A.FUNDED, _A.PART_REPAID, _A.OVERDUE, _A.RECOURSE_DEMANDED)
# The bank has paid it out, whatever came of it since.
PAID_OUT = (*OUTSTANDING, _A.REPAID, _A.CLOSED)
# A receivable that carries one of these cannot carry another.
ENDED_UNPLEDGED = (_A.LAPSED, _A.FUNDING_FAILED, _A.BOUGHT_BACK, _A.WRITTEN_OFF)
